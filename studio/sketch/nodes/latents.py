"""Latents: empty ones, encoded pictures, and what is done to them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from studio.sketch.nodes.base import choice, integer, link, node, number, size
from studio.sketch.pictures import resized, resized_mask, rgb
from studio.sketch.run import NodeRun
from studio.sketch.values import Latent, Mask, Pixels, Vae

METHODS = ("nearest-exact", "bilinear", "area", "bicubic", "bislerp")
CROPS = ("disabled", "center")
GREY = 128  # what an empty latent decodes to


def encoded(pixels: Pixels, vae: Vae) -> Latent:
    """A latent of pictures, whose sides are cut to multiples of 8 as a VAE does."""
    height, width = (side // 8 * 8 for side in pixels.shape[1:3])
    top, left = (pixels.shape[1] - height) // 2, (pixels.shape[2] - width) // 2
    kept = rgb(pixels)[:, top : top + height, left : left + width]
    return Latent(width, height, batch=len(kept), channels=vae.channels, pixels=kept)


def decoded(latent: Latent, vae: Vae) -> Pixels:
    """The pictures of a latent.

    Raises:
        RuntimeError: the latent has another number of channels than the VAE, with PyTorch's message.
    """
    have, want = latent.channels, vae.channels
    if have is not None and want is not None and have != want:
        shape = [latent.pictures, have, latent.height // 8, latent.width // 8]
        raise RuntimeError(
            f"Given groups=1, weight of size [{want}, {want}, 1, 1], expected input{shape} "
            f"to have {want} channels, but got {have} channels instead"
        )
    if latent.pixels is None:
        return np.full((latent.pictures, latent.height, latent.width, 3), GREY, np.uint8)
    return latent.pixels


def _empty(name: str, category: str, display: str | None, side: tuple[int, int, int], channels: int) -> None:
    """Declare an empty latent image: default, smallest and step of its sides."""
    default, low, step = side
    sides = {"width": size(default, low, step=step), "height": size(default, low, step=step)}

    def make(run: NodeRun, *, width: int, height: int, batch_size: int = 1) -> Latent:
        return Latent(width // 8 * 8, height // 8 * 8, batch=batch_size, channels=channels)

    required = {**sides, "batch_size": integer(1, 1, 4096)}
    node(name, category=category, display=display, required=required, outputs="LATENT")(make)


_empty("EmptyLatentImage", "latent", "Empty Latent Image", (512, 16, 8), 4)
_empty("EmptySD3LatentImage", "latent/sd3", None, (1024, 16, 16), 16)
_empty("EmptyHunyuanImageLatent", "latent", "", (2048, 64, 32), 64)


@node(
    "VAEEncode",
    category="latent",
    display="VAE Encode",
    required={"pixels": link("IMAGE"), "vae": link("VAE")},
    outputs="LATENT",
)
def vae_encode(run: NodeRun, *, pixels: Pixels, vae: Vae) -> Latent:
    return encoded(pixels, vae)


@node(
    "VAEEncodeForInpaint",
    category="latent/inpaint",
    display="VAE Encode (for Inpainting)",
    required={
        "pixels": link("IMAGE"),
        "vae": link("VAE"),
        "mask": link("MASK"),
        "grow_mask_by": integer(6, 0, 64, step=1),
    },
    outputs="LATENT",
)
def vae_encode_for_inpaint(
    run: NodeRun, *, pixels: Pixels, vae: Vae, mask: Mask, grow_mask_by: int = 6
) -> Latent:
    latent = encoded(pixels, vae)
    return replace(latent, mask=resized_mask(mask, latent.width, latent.height))


@node(
    "VAEDecode",
    category="latent",
    display="VAE Decode",
    required={"samples": link("LATENT"), "vae": link("VAE")},
    outputs="IMAGE",
)
def vae_decode(run: NodeRun, *, samples: Latent, vae: Vae) -> Pixels:
    return decoded(samples, vae)


@node(
    "VAEDecodeTiled",
    category="_for_testing",
    display="VAE Decode (Tiled)",
    required={
        "samples": link("LATENT"),
        "vae": link("VAE"),
        "tile_size": integer(512, 64, 4096, step=32),
        "overlap": integer(64, 0, 4096, step=32),
        "temporal_size": integer(64, 8, 4096, step=4),
        "temporal_overlap": integer(8, 4, 4096, step=4),
    },
    outputs="IMAGE",
)
def vae_decode_tiled(
    run: NodeRun,
    *,
    samples: Latent,
    vae: Vae,
    tile_size: int,
    overlap: int = 64,
    temporal_size: int = 64,
    temporal_overlap: int = 8,
) -> Pixels:
    return decoded(samples, vae)


@node(
    "LatentUpscale",
    category="latent",
    display="Upscale Latent",
    required={
        "samples": link("LATENT"),
        "upscale_method": choice(METHODS),
        "width": size(512, step=8),
        "height": size(512, step=8),
        "crop": choice(CROPS),
    },
    outputs="LATENT",
)
def latent_upscale(
    run: NodeRun, *, samples: Latent, upscale_method: str, width: int, height: int, crop: str
) -> Latent:
    if width == 0 and height == 0:
        return samples
    wide = width or max(64, round(samples.width * height / samples.height))
    high = height or max(64, round(samples.height * width / samples.width))
    return _rescaled(samples, wide, high, upscale_method, crop == "center")


@node(
    "LatentUpscaleBy",
    category="latent",
    display="Upscale Latent By",
    required={
        "samples": link("LATENT"),
        "upscale_method": choice(METHODS),
        "scale_by": number(1.5, 0.01, 8.0, step=0.01),
    },
    outputs="LATENT",
)
def latent_upscale_by(run: NodeRun, *, samples: Latent, upscale_method: str, scale_by: float) -> Latent:
    return _rescaled(
        samples, round(samples.width * scale_by), round(samples.height * scale_by), upscale_method, False
    )


def _rescaled(latent: Latent, width: int, height: int, method: str, crop: bool) -> Latent:
    width, height = max(width // 8 * 8, 8), max(height // 8 * 8, 8)
    pixels = None if latent.pixels is None else resized(latent.pixels, width, height, method, crop)
    return replace(latent, width=width, height=height, pixels=pixels)


@node(
    "LatentFromBatch",
    category="latent/batch",
    display="Latent From Batch",
    required={"samples": link("LATENT"), "batch_index": integer(0, 0, 63), "length": integer(1, 1, 64)},
    outputs="LATENT",
)
def latent_from_batch(run: NodeRun, *, samples: Latent, batch_index: int, length: int) -> Latent:
    first = min(batch_index, samples.batch - 1)
    count = min(length, samples.batch - first)
    each = samples.frames
    pixels = None if samples.pixels is None else samples.pixels[first * each : (first + count) * each]
    return replace(samples, batch=count, pixels=pixels, first_index=samples.first_index + first)


@node(
    "RepeatLatentBatch",
    category="latent/batch",
    display="Repeat Latent Batch",
    required={"samples": link("LATENT"), "amount": integer(1, 1, 64)},
    outputs="LATENT",
)
def repeat_latent_batch(run: NodeRun, *, samples: Latent, amount: int) -> Latent:
    pixels = None if samples.pixels is None else np.concatenate([samples.pixels] * amount)
    return replace(samples, batch=samples.batch * amount, pixels=pixels)


@node(
    "SetLatentNoiseMask",
    category="latent/inpaint",
    display="Set Latent Noise Mask",
    required={"samples": link("LATENT"), "mask": link("MASK")},
    outputs="LATENT",
)
def set_latent_noise_mask(run: NodeRun, *, samples: Latent, mask: Mask) -> Latent:
    return replace(samples, mask=resized_mask(mask, samples.width, samples.height))
