"""Pictures that steer the drawing: references, control nets, styles, what is to be painted in."""

from __future__ import annotations

from dataclasses import replace

from studio.sketch.nodes.base import choice, flag, link, listed_choice, node, number
from studio.sketch.nodes.conditioning import CONDITIONING
from studio.sketch.nodes.latents import encoded
from studio.sketch.pictures import resized, resized_mask
from studio.sketch.run import NodeRun
from studio.sketch.values import Conditioning, Hint, Latent, Mask, Model, NamedModel, Pixels, Vae

BOTH = {"positive": CONDITIONING, "negative": CONDITIONING}
CONTROL = {
    "strength": number(1.0, 0.0, 10.0, step=0.01),
    "start_percent": number(0.0, 0.0, 1.0, step=0.001),
    "end_percent": number(1.0, 0.0, 1.0, step=0.001),
}
KONTEXT_SIZES = (
    (672, 1568), (688, 1504), (720, 1456), (752, 1392), (800, 1328), (832, 1248), (880, 1184), (944, 1104),
    (1024, 1024), (1104, 944), (1184, 880), (1248, 832), (1328, 800), (1392, 752), (1456, 720), (1504, 688),
    (1568, 672),
)  # fmt: skip
"""The sizes FLUX Kontext was trained on, as its makers publish them."""


@node(
    "FluxKontextImageScale",
    category="advanced/conditioning/flux",
    display=None,
    required={"image": link("IMAGE")},
    outputs="IMAGE",
)
def kontext_scale(run: NodeRun, *, image: Pixels) -> Pixels:
    ratio = image.shape[2] / image.shape[1]
    width, height = min(KONTEXT_SIZES, key=lambda size: abs(size[0] / size[1] - ratio))
    return resized(image, width, height, "lanczos", crop=True)


@node(
    "FluxKontextMultiReferenceLatentMethod",
    category="advanced/conditioning/flux",
    display=None,
    required={
        "conditioning": CONDITIONING,
        "reference_latents_method": listed_choice(("offset", "index", "uxo/uno")),
    },
    outputs="CONDITIONING",
)
def reference_method(
    run: NodeRun, *, conditioning: Conditioning, reference_latents_method: str
) -> Conditioning:
    return conditioning


@node(
    "ReferenceLatent",
    category="advanced/conditioning/edit_models",
    display=None,
    required={"conditioning": CONDITIONING},
    optional={"latent": link("LATENT")},
    outputs="CONDITIONING",
)
def reference_latent(
    run: NodeRun, *, conditioning: Conditioning, latent: Latent | None = None
) -> Conditioning:
    if latent is None or latent.pixels is None:
        return conditioning
    return replace(conditioning, references=(*conditioning.references, latent.pixels))


def _hinted(conditioning: Conditioning, image: Pixels, strength: float) -> Conditioning:
    return replace(conditioning, hints=(*conditioning.hints, Hint(image, min(strength, 1.0))))


@node(
    "ControlNetApply",
    category="conditioning/controlnet",
    display="Apply ControlNet (OLD)",
    required={
        "conditioning": CONDITIONING,
        "control_net": link("CONTROL_NET"),
        "image": link("IMAGE"),
        "strength": CONTROL["strength"],
    },
    outputs="CONDITIONING",
)
def control_net_apply(
    run: NodeRun, *, conditioning: Conditioning, control_net: NamedModel, image: Pixels, strength: float
) -> Conditioning:
    return _hinted(conditioning, image, strength)


@node(
    "ControlNetApplyAdvanced",
    category="conditioning/controlnet",
    display="Apply ControlNet",
    required={**BOTH, "control_net": link("CONTROL_NET"), "image": link("IMAGE"), **CONTROL},
    optional={"vae": link("VAE")},
    outputs="CONDITIONING CONDITIONING",
    names="positive negative",
)
def control_net_apply_advanced(
    run: NodeRun,
    *,
    positive: Conditioning,
    negative: Conditioning,
    control_net: NamedModel,
    image: Pixels,
    strength: float,
    start_percent: float,
    end_percent: float,
    vae: Vae | None = None,
) -> tuple[Conditioning, Conditioning]:
    if strength == 0:
        return positive, negative
    return _hinted(positive, image, strength), _hinted(negative, image, strength)


node(
    "ControlNetApplySD3",
    category="conditioning/controlnet",
    display="Apply Controlnet with VAE",
    required={
        **BOTH,
        "control_net": link("CONTROL_NET"),
        "vae": link("VAE"),
        "image": link("IMAGE"),
        **CONTROL,
    },
    outputs="CONDITIONING CONDITIONING",
    names="positive negative",
)(control_net_apply_advanced)


@node(
    "QwenImageDiffsynthControlnet",
    category="advanced/loaders/qwen",
    required={
        "model": link("MODEL"),
        "model_patch": link("MODEL_PATCH"),
        "vae": link("VAE"),
        "image": link("IMAGE"),
        "strength": number(1.0, -10.0, 10.0, step=0.01),
    },
    optional={"mask": link("MASK")},
    outputs="MODEL",
)
def qwen_controlnet(
    run: NodeRun,
    *,
    model: Model,
    model_patch: NamedModel,
    vae: Vae,
    image: Pixels,
    strength: float,
    mask: Mask | None = None,
) -> Model:
    hint = Hint(image, min(max(strength, 0.0), 1.0))
    return replace(model, hints=(*model.hints, hint), patches=(*model.patches, model_patch.name))


@node(
    "InpaintModelConditioning",
    category="conditioning/inpaint",
    required={
        **BOTH,
        "vae": link("VAE"),
        "pixels": link("IMAGE"),
        "mask": link("MASK"),
        "noise_mask": flag(True),
    },
    outputs="CONDITIONING CONDITIONING LATENT",
    names="positive negative latent",
)
def inpaint_conditioning(
    run: NodeRun,
    *,
    positive: Conditioning,
    negative: Conditioning,
    vae: Vae,
    pixels: Pixels,
    mask: Mask,
    noise_mask: bool = True,
) -> tuple[Conditioning, Conditioning, Latent]:
    latent = encoded(pixels, vae)
    return positive, negative, replace(latent, mask=resized_mask(mask, latent.width, latent.height))


@node(
    "InstructPixToPixConditioning",
    category="conditioning/instructpix2pix",
    display=None,
    required={**BOTH, "vae": link("VAE"), "pixels": link("IMAGE")},
    outputs="CONDITIONING CONDITIONING LATENT",
    names="positive negative latent",
)
def instruct_pix_to_pix(
    run: NodeRun, *, positive: Conditioning, negative: Conditioning, vae: Vae, pixels: Pixels
) -> tuple[Conditioning, Conditioning, Latent]:
    latent = replace(encoded(pixels, vae), pixels=None)
    return replace(positive, references=(*positive.references, pixels)), negative, latent


@node(
    "CLIPVisionEncode",
    category="conditioning",
    display="CLIP Vision Encode",
    required={"clip_vision": link("CLIP_VISION"), "image": link("IMAGE"), "crop": choice(("center", "none"))},
    outputs="CLIP_VISION_OUTPUT",
)
def vision_encode(run: NodeRun, *, clip_vision: NamedModel, image: Pixels, crop: str) -> Pixels:
    return image


@node(
    "unCLIPConditioning",
    category="conditioning",
    required={
        "conditioning": CONDITIONING,
        "clip_vision_output": link("CLIP_VISION_OUTPUT"),
        "strength": number(1.0, -10.0, 10.0, step=0.01),
        "noise_augmentation": number(0.0, 0.0, 1.0, step=0.01),
    },
    outputs="CONDITIONING",
)
def unclip_conditioning(
    run: NodeRun,
    *,
    conditioning: Conditioning,
    clip_vision_output: Pixels,
    strength: float,
    noise_augmentation: float,
) -> Conditioning:
    return _hinted(conditioning, clip_vision_output, max(strength, 0.0)) if strength else conditioning


@node(
    "StyleModelApply",
    category="conditioning/style_model",
    display="Apply Style Model",
    required={
        "conditioning": CONDITIONING,
        "style_model": link("STYLE_MODEL"),
        "clip_vision_output": link("CLIP_VISION_OUTPUT"),
        "strength": number(1.0, 0.0, 10.0, step=0.001),
        "strength_type": choice(("multiply", "attn_bias")),
    },
    outputs="CONDITIONING",
)
def style_model_apply(
    run: NodeRun,
    *,
    conditioning: Conditioning,
    style_model: NamedModel,
    clip_vision_output: Pixels,
    strength: float,
    strength_type: str,
) -> Conditioning:
    return _hinted(conditioning, clip_vision_output, strength)
