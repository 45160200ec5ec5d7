"""The latents of video models: empty ones, and those that begin with a picture."""

from __future__ import annotations

from dataclasses import replace

from studio.sketch.nodes.base import Input, choice, integer, link, node, number, size
from studio.sketch.run import NodeRun
from studio.sketch.values import Conditioning, Latent, Mask, Pixels, Vae

BOTH = {"positive": link("CONDITIONING"), "negative": link("CONDITIONING")}
VIDEO_MODELS = "conditioning/video_models"


def clip_shape(
    side: tuple[int, int], length: tuple[int, int, int], width: int, height: int
) -> dict[str, Input]:
    """The inputs width, height, length and batch_size.

    Args:
        side: Smallest and step of the sides, in pixels.
        length: Default, smallest and step of the length, in frames.
        width, height: Defaults.
    """
    low, step = side
    default, shortest, beat = length
    return {
        "width": size(width, low, step=step),
        "height": size(height, low, step=step),
        "length": integer(default, shortest, 16384, step=beat),
        "batch_size": integer(1, 1, 4096),
    }


def empty_clip(width: int, height: int, length: int, batch: int, channels: int, beat: int) -> Latent:
    """An empty video latent; a video model makes 1 + n × beat frames."""
    frames = (length - 1) // beat * beat + 1
    return Latent(width // 8 * 8, height // 8 * 8, batch=batch, frames=frames, channels=channels)


def _empty_video(
    name: str, display: str | None, category: str, sides: tuple[int, int], length: tuple[int, int, int],
    default: tuple[int, int], channels: int,
) -> None:  # fmt: skip
    """Declare an empty video latent."""

    def make(run: NodeRun, *, width: int, height: int, length: int, batch_size: int = 1) -> Latent:
        return empty_clip(width, height, length, batch_size, channels, beat)

    beat = length[2]
    required = clip_shape(sides, length, *default)
    node(name, category=category, display=display, required=required, outputs="LATENT")(make)


_VIDEO = "latent/video"
_empty_video("EmptyHunyuanLatentVideo", "", _VIDEO, (16, 16), (25, 1, 4), (848, 480), 16)
_empty_video("EmptyLTXVLatentVideo", None, f"{_VIDEO}/ltxv", (64, 32), (97, 1, 8), (768, 512), 128)
_empty_video("EmptyMochiLatentVideo", None, _VIDEO, (16, 16), (25, 7, 6), (848, 480), 12)
_empty_video("EmptyCosmosLatentVideo", None, _VIDEO, (16, 16), (121, 1, 8), (1280, 704), 16)


@node(
    "Wan22ImageToVideoLatent",
    category="conditioning/inpaint",
    display=None,
    required={"vae": link("VAE"), **clip_shape((32, 32), (49, 1, 4), 1280, 704)},
    optional={"start_image": link("IMAGE")},
    outputs="LATENT",
)
def wan22_latent(
    run: NodeRun,
    *,
    vae: Vae,
    width: int,
    height: int,
    length: int,
    batch_size: int,
    start_image: Pixels | None = None,
) -> Latent:
    latent = empty_clip(width, height, length, batch_size, 48, 4)
    return replace(latent, start=start_image)


Pair = tuple[Conditioning, Conditioning, Latent]


def from_frames(
    positive: Conditioning, negative: Conditioning, latent: Latent, start: Pixels | None, end: Pixels | None
) -> Pair:
    return replace(positive, first_frame=start, last_frame=end), negative, latent


_WAN = clip_shape((16, 16), (81, 1, 4), 832, 480)
_VISION = link("CLIP_VISION_OUTPUT")


@node(
    "WanImageToVideo",
    category=VIDEO_MODELS,
    display=None,
    required={**BOTH, "vae": link("VAE"), **_WAN},
    optional={"clip_vision_output": _VISION, "start_image": link("IMAGE")},
    outputs="CONDITIONING CONDITIONING LATENT",
    names="positive negative latent",
)
def wan_image_to_video(
    run: NodeRun,
    *,
    positive: Conditioning,
    negative: Conditioning,
    vae: Vae,
    width: int,
    height: int,
    length: int,
    batch_size: int,
    clip_vision_output: Pixels | None = None,
    start_image: Pixels | None = None,
) -> Pair:
    return from_frames(
        positive, negative, empty_clip(width, height, length, batch_size, 16, 4), start_image, None
    )


@node(
    "WanFirstLastFrameToVideo",
    category=VIDEO_MODELS,
    display=None,
    required={**BOTH, "vae": link("VAE"), **_WAN},
    optional={
        "clip_vision_start_image": _VISION,
        "clip_vision_end_image": _VISION,
        "start_image": link("IMAGE"),
        "end_image": link("IMAGE"),
    },
    outputs="CONDITIONING CONDITIONING LATENT",
    names="positive negative latent",
)
def wan_first_last(
    run: NodeRun,
    *,
    positive: Conditioning,
    negative: Conditioning,
    vae: Vae,
    width: int,
    height: int,
    length: int,
    batch_size: int,
    clip_vision_start_image: Pixels | None = None,
    clip_vision_end_image: Pixels | None = None,
    start_image: Pixels | None = None,
    end_image: Pixels | None = None,
) -> Pair:
    latent = empty_clip(width, height, length, batch_size, 16, 4)
    return from_frames(positive, negative, latent, start_image, end_image)


@node(
    "WanFunInpaintToVideo",
    category=VIDEO_MODELS,
    display=None,
    required={**BOTH, "vae": link("VAE"), **_WAN},
    optional={"clip_vision_output": _VISION, "start_image": link("IMAGE"), "end_image": link("IMAGE")},
    outputs="CONDITIONING CONDITIONING LATENT",
    names="positive negative latent",
)
def wan_fun_inpaint(
    run: NodeRun,
    *,
    positive: Conditioning,
    negative: Conditioning,
    vae: Vae,
    width: int,
    height: int,
    length: int,
    batch_size: int,
    clip_vision_output: Pixels | None = None,
    start_image: Pixels | None = None,
    end_image: Pixels | None = None,
) -> Pair:
    latent = empty_clip(width, height, length, batch_size, 16, 4)
    return from_frames(positive, negative, latent, start_image, end_image)


@node(
    "WanFunControlToVideo",
    category=VIDEO_MODELS,
    display=None,
    required={**BOTH, "vae": link("VAE"), **_WAN},
    optional={"clip_vision_output": _VISION, "start_image": link("IMAGE"), "control_video": link("IMAGE")},
    outputs="CONDITIONING CONDITIONING LATENT",
    names="positive negative latent",
)
def wan_fun_control(
    run: NodeRun,
    *,
    positive: Conditioning,
    negative: Conditioning,
    vae: Vae,
    width: int,
    height: int,
    length: int,
    batch_size: int,
    clip_vision_output: Pixels | None = None,
    start_image: Pixels | None = None,
    control_video: Pixels | None = None,
) -> Pair:
    first = start_image if start_image is not None else control_video
    return from_frames(positive, negative, empty_clip(width, height, length, batch_size, 16, 4), first, None)


@node(
    "WanVaceToVideo",
    category=VIDEO_MODELS,
    display=None,
    required={
        **BOTH,
        "vae": link("VAE"),
        **_WAN,
        "strength": number(1.0, 0.0, 1000.0, step=0.01),
    },
    optional={
        "control_video": link("IMAGE"),
        "control_masks": link("MASK"),
        "reference_image": link("IMAGE"),
    },
    outputs="CONDITIONING CONDITIONING LATENT INT",
    names="positive negative latent trim_latent",
)
def wan_vace(
    run: NodeRun,
    *,
    positive: Conditioning,
    negative: Conditioning,
    vae: Vae,
    width: int,
    height: int,
    length: int,
    batch_size: int,
    strength: float,
    control_video: Pixels | None = None,
    control_masks: Mask | None = None,
    reference_image: Pixels | None = None,
) -> tuple[Conditioning, Conditioning, Latent, int]:
    start = control_video if control_video is not None else reference_image
    return (
        *from_frames(positive, negative, empty_clip(width, height, length, batch_size, 16, 4), start, None),
        0,
    )


@node(
    "TrimVideoLatent",
    category=_VIDEO,
    display=None,
    required={"samples": link("LATENT"), "trim_amount": integer(0, 0, 99999)},
    outputs="LATENT",
)
def trim_video_latent(run: NodeRun, *, samples: Latent, trim_amount: int) -> Latent:
    left_out = min(trim_amount * 4, samples.frames - 1)
    pixels = None if samples.pixels is None else samples.pixels[left_out:]
    return replace(samples, frames=samples.frames - left_out, pixels=pixels)


@node(
    "LTXVConditioning",
    category=VIDEO_MODELS,
    display=None,
    required={**BOTH, "frame_rate": number(25.0, 0.0, 1000.0, step=0.01)},
    outputs="CONDITIONING CONDITIONING",
    names="positive negative",
)
def ltxv_conditioning(
    run: NodeRun, *, positive: Conditioning, negative: Conditioning, frame_rate: float
) -> tuple[Conditioning, Conditioning]:
    return positive, negative


@node(
    "LTXVImgToVideo",
    category=VIDEO_MODELS,
    display=None,
    required={
        **BOTH,
        "vae": link("VAE"),
        "image": link("IMAGE"),
        **clip_shape((64, 32), (97, 9, 8), 768, 512),
        "strength": number(1.0, 0.0, 1.0),
    },
    outputs="CONDITIONING CONDITIONING LATENT",
    names="positive negative latent",
)
def ltxv_image_to_video(
    run: NodeRun,
    *,
    positive: Conditioning,
    negative: Conditioning,
    vae: Vae,
    image: Pixels,
    width: int,
    height: int,
    length: int,
    batch_size: int,
    strength: float,
) -> Pair:
    return from_frames(positive, negative, empty_clip(width, height, length, batch_size, 128, 8), image, None)


@node(
    "LTXVPreprocess",
    category="image",
    display=None,
    required={"image": link("IMAGE"), "img_compression": integer(35, 0, 100)},
    outputs="IMAGE",
    names="output_image",
)
def ltxv_preprocess(run: NodeRun, *, image: Pixels, img_compression: int) -> Pixels:
    return image


@node(
    "HunyuanImageToVideo",
    category=VIDEO_MODELS,
    required={
        "positive": link("CONDITIONING"),
        "vae": link("VAE"),
        **clip_shape((16, 16), (53, 1, 4), 848, 480),
        "guidance_type": choice(("v1 (concat)", "v2 (replace)", "custom")),
    },
    optional={"start_image": link("IMAGE")},
    outputs="CONDITIONING LATENT",
    names="positive latent",
)
def hunyuan_image_to_video(
    run: NodeRun,
    *,
    positive: Conditioning,
    vae: Vae,
    width: int,
    height: int,
    length: int,
    batch_size: int,
    guidance_type: str,
    start_image: Pixels | None = None,
) -> tuple[Conditioning, Latent]:
    return replace(positive, first_frame=start_image), empty_clip(width, height, length, batch_size, 16, 4)
