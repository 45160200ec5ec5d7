"""Loaders: they load nothing, they carry the chosen names along."""

from __future__ import annotations

from typing import Any

from studio.sketch.library import channels
from studio.sketch.nodes.base import Input, choice, integer, link, listed_choice, models, node, number
from studio.sketch.run import NodeRun
from studio.sketch.values import Clip, Model, NamedModel, Vae

PIXEL_SPACE = "pixel_space"
CLIP_TYPES = (
    "stable_diffusion", "stable_cascade", "sd3", "stable_audio", "mochi", "ltxv", "pixart", "cosmos",
    "lumina2", "wan", "hidream", "chroma", "ace", "omnigen2", "qwen_image", "hunyuan_image",
)  # fmt: skip
DUAL_CLIP_TYPES = ("sdxl", "sd3", "flux", "hunyuan_video", "hidream", "hunyuan_image")
WEIGHT_TYPES = ("default", "fp8_e4m3fn", "fp8_e4m3fn_fast", "fp8_e5m2")
UNION_TYPES = (
    "auto", "openpose", "depth", "hed/pidi/scribble/ted", "canny/lineart/anime_lineart/mlsd", "normal",
    "segment", "tile", "repaint",
)  # fmt: skip
DEVICE = {"device": choice(("default", "cpu"), advanced=True)}


def _strength() -> Input:
    return number(1.0, -100.0, 100.0, step=0.01)


@node(
    "CheckpointLoaderSimple",
    category="loaders",
    display="Load Checkpoint",
    required={"ckpt_name": choice(models("checkpoints"))},
    outputs="MODEL CLIP VAE",
)
def load_checkpoint(run: NodeRun, *, ckpt_name: str) -> tuple[Model, Clip, Vae]:
    size = channels(ckpt_name)
    return Model(ckpt_name, size), Clip((ckpt_name,)), Vae(ckpt_name, size)


@node(
    "ImageOnlyCheckpointLoader",
    category="loaders/video_models",
    display="Image Only Checkpoint Loader (img2vid model)",
    required={"ckpt_name": choice(models("checkpoints"))},
    outputs="MODEL CLIP_VISION VAE",
)
def load_image_checkpoint(run: NodeRun, *, ckpt_name: str) -> tuple[Model, NamedModel, Vae]:
    size = channels(ckpt_name)
    return Model(ckpt_name, size), NamedModel(ckpt_name), Vae(ckpt_name, size)


@node(
    "UNETLoader",
    category="advanced/loaders",
    display="Load Diffusion Model",
    required={"unet_name": choice(models("diffusion_models")), "weight_dtype": choice(WEIGHT_TYPES)},
    outputs="MODEL",
)
def load_diffusion_model(run: NodeRun, *, unet_name: str, weight_dtype: str) -> Model:
    return Model(unet_name, channels(unet_name))


@node(
    "CLIPLoader",
    category="advanced/loaders",
    display="Load CLIP",
    required={"clip_name": choice(models("text_encoders")), "type": choice(CLIP_TYPES)},
    optional=DEVICE,
    outputs="CLIP",
)
def load_clip(run: NodeRun, *, clip_name: str, type: str, device: str = "default") -> Clip:
    return Clip((clip_name,))


@node(
    "DualCLIPLoader",
    category="advanced/loaders",
    required={
        "clip_name1": choice(models("text_encoders")),
        "clip_name2": choice(models("text_encoders")),
        "type": choice(DUAL_CLIP_TYPES),
    },
    optional=DEVICE,
    outputs="CLIP",
)
def load_two_clips(
    run: NodeRun, *, clip_name1: str, clip_name2: str, type: str, device: str = "default"
) -> Clip:
    return Clip((clip_name1, clip_name2))


@node(
    "TripleCLIPLoader",
    category="advanced/loaders",
    display=None,
    required={f"clip_name{place}": listed_choice(models("text_encoders")) for place in (1, 2, 3)},
    outputs="CLIP",
)
def load_three_clips(run: NodeRun, *, clip_name1: str, clip_name2: str, clip_name3: str) -> Clip:
    return Clip((clip_name1, clip_name2, clip_name3))


@node(
    "QuadrupleCLIPLoader",
    category="advanced/loaders",
    display=None,
    required={f"clip_name{place}": listed_choice(models("text_encoders")) for place in (1, 2, 3, 4)},
    outputs="CLIP",
)
def load_four_clips(run: NodeRun, **names: str) -> Clip:
    return Clip(tuple(names.values()))


@node(
    "VAELoader",
    category="loaders",
    display="Load VAE",
    required={"vae_name": choice(models("vae", PIXEL_SPACE))},
    outputs="VAE",
)
def load_vae(run: NodeRun, *, vae_name: str) -> Vae:
    return Vae(vae_name, 3 if vae_name == PIXEL_SPACE else channels(vae_name))


@node(
    "LoraLoader",
    category="loaders",
    display="Load LoRA",
    required={
        "model": link("MODEL"),
        "clip": link("CLIP"),
        "lora_name": choice(models("loras")),
        "strength_model": _strength(),
        "strength_clip": _strength(),
    },
    outputs="MODEL CLIP",
)
def load_lora(
    run: NodeRun, *, model: Model, clip: Clip, lora_name: str, strength_model: float, strength_clip: float
) -> tuple[Model, Clip]:
    return model.patched(f"{lora_name} {strength_model:g}"), clip


@node(
    "LoraLoaderModelOnly",
    category="loaders",
    required={"model": link("MODEL"), "lora_name": choice(models("loras")), "strength_model": _strength()},
    outputs="MODEL",
)
def load_lora_model_only(run: NodeRun, *, model: Model, lora_name: str, strength_model: float) -> Model:
    return model.patched(f"{lora_name} {strength_model:g}")


@node(
    "CLIPSetLastLayer",
    category="conditioning",
    display="CLIP Set Last Layer",
    required={"clip": link("CLIP"), "stop_at_clip_layer": integer(-1, -24, -1, step=1)},
    outputs="CLIP",
)
def set_last_layer(run: NodeRun, *, clip: Clip, stop_at_clip_layer: int) -> Clip:
    return clip


def _named(
    name: str, folder: str, field: str, kind: str, category: str, display: str, listed: bool = False
) -> None:
    """Declare a loader whose output is only a name."""
    combo = listed_choice(models(folder)) if listed else choice(models(folder))

    def load(run: NodeRun, **chosen: Any) -> NamedModel:
        return NamedModel(chosen[field], _scale(chosen[field]))

    node(name, category=category, display=display, required={field: combo}, outputs=kind)(load)


def _scale(name: str) -> int:
    """How many times an upscale model enlarges, which its name tells: 4x-…, RealESRGAN_x2."""
    for factor in (8, 4, 3, 2):
        if f"{factor}x" in name.lower() or f"x{factor}" in name.lower():
            return factor
    return 4


_named(
    "ControlNetLoader", "controlnet", "control_net_name", "CONTROL_NET", "loaders", "Load ControlNet Model"
)
_named(
    "UpscaleModelLoader",
    "upscale_models",
    "model_name",
    "UPSCALE_MODEL",
    "loaders",
    "Load Upscale Model",
    True,
)
_named("CLIPVisionLoader", "clip_vision", "clip_name", "CLIP_VISION", "loaders", "Load CLIP Vision")
_named("StyleModelLoader", "style_models", "style_model_name", "STYLE_MODEL", "loaders", "Load Style Model")
_named("ModelPatchLoader", "model_patches", "name", "MODEL_PATCH", "advanced/loaders", "")


@node(
    "SetUnionControlNetType",
    category="conditioning/controlnet",
    required={"control_net": link("CONTROL_NET"), "type": choice(UNION_TYPES)},
    outputs="CONTROL_NET",
)
def set_union_type(run: NodeRun, *, control_net: NamedModel, type: str) -> NamedModel:
    return control_net
