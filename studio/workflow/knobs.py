"""Inputs that a person wants to turn, by ComfyUI's names for them, in the order in which they are shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from studio.workflow.manifest import ParameterType


@dataclass(frozen=True)
class Knob:
    """Inputs of one meaning; `classes` narrows them to node classes whose name matches."""

    role: str
    type: ParameterType
    label: str
    group: str
    inputs: tuple[str, ...]
    classes: str = ""

    def fits(self, class_type: str) -> bool:
        """Whether this is what the input means in nodes of class `class_type`."""
        return not self.classes or re.search(self.classes, class_type) is not None

    def takes(self, value: Any) -> bool:
        """Whether `value` is of the knob's kind; some nodes use the same name for something else."""
        if self.type is ParameterType.FLOAT:
            return isinstance(value, int | float) and not isinstance(value, bool)
        if self.type in (ParameterType.INT, ParameterType.SEED):
            return isinstance(value, int) and not isinstance(value, bool)
        return isinstance(value, str)


_INT, _FLOAT, _CHOICE = ParameterType.INT, ParameterType.FLOAT, ParameterType.CHOICE

KNOBS: tuple[Knob, ...] = (
    Knob("seed", ParameterType.SEED, "Seed", "Sampling", ("seed", "noise_seed", "rand_seed")),
    Knob("steps", _INT, "Steps", "Sampling", ("steps",), r"^(?!ExtendIntermediateSigmas)"),
    Knob("start_step", _INT, "First step", "Sampling", ("start_at_step",)),
    Knob("end_step", _INT, "Last step", "Sampling", ("end_at_step",)),
    Knob("cfg", _FLOAT, "Guidance (CFG)", "Sampling", ("cfg", "cfg_conds")),
    Knob("guidance", _FLOAT, "Guidance", "Sampling", ("guidance",)),
    Knob("sampler", _CHOICE, "Sampler", "Sampling", ("sampler_name",)),
    Knob("scheduler", _CHOICE, "Scheduler", "Sampling", ("scheduler",)),
    Knob("denoise", _FLOAT, "Denoise", "Sampling", ("denoise",)),
    Knob("shift", _FLOAT, "Shift", "Sampling", ("shift", "max_shift"), r"ModelSampling|Sampler|Scheduler"),
    Knob("width", _INT, "Width", "Frame", ()),
    Knob("batch", _INT, "Frames at once", "Frame", ("batch_size",)),
    Knob(
        "length", _INT, "Length in frames", "Frame", ("length", "num_frames", "video_frames"), r"Video|Latent"
    ),
    Knob("fps", _FLOAT, "Frames a second", "Frame", ("fps", "frame_rate")),
    Knob("seconds", _FLOAT, "Seconds", "Frame", ("seconds",)),
    Knob("megapixels", _FLOAT, "Megapixels", "Frame", ("megapixels",)),
    Knob("scale_by", _FLOAT, "Scale", "Frame", ("scale_by", "upscale_by")),
    Knob(
        "strength", _FLOAT, "Strength", "Control", ("strength",), r"ControlNet|Controlnet|Vace|USO|StyleModel"
    ),
    Knob("start_percent", _FLOAT, "Control from", "Control", ("start_percent",), r"ControlNet"),
    Knob("end_percent", _FLOAT, "Control until", "Control", ("end_percent",), r"ControlNet"),
)

MEDIA: dict[str, tuple[str, ParameterType]] = {
    "LoadImage": ("image", ParameterType.IMAGE),
    "LoadImageMask": ("image", ParameterType.MASK),
    "LoadImageOutput": ("image", ParameterType.IMAGE),
    "LoadVideo": ("file", ParameterType.VIDEO),
    "LoadAudio": ("audio", ParameterType.AUDIO),
    "VHS_LoadVideo": ("video", ParameterType.VIDEO),
    "VHS_LoadVideoPath": ("video", ParameterType.VIDEO),
    "VHS_LoadVideoFFmpeg": ("video", ParameterType.VIDEO),
    "VHS_LoadAudioUpload": ("audio", ParameterType.AUDIO),
}
"""Classes that take a file from the backend's input folder, and in which input."""

MODEL_FOLDERS: dict[str, tuple[str, str]] = {
    "checkpoints": ("checkpoint", "Checkpoint"),
    "diffusion_models": ("model", "Diffusion model"),
    "text_encoders": ("text_encoder", "Text encoder"),
    "vae": ("vae", "VAE"),
    "clip_vision": ("clip_vision", "CLIP vision"),
    "controlnet": ("controlnet", "ControlNet"),
    "upscale_models": ("upscale_model", "Upscaler"),
    "style_models": ("style_model", "Style model"),
    "model_patches": ("model_patch", "Model patch"),
    "audio_encoders": ("audio_encoder", "Audio encoder"),
    "loras": ("lora", "LoRA"),
}
"""Folders of ComfyUI's `models/` → a parameter's role and label."""

_FOLDER_OF_INPUT = {
    "ckpt_name": "checkpoints",
    "unet_name": "diffusion_models",
    "vae_name": "vae",
    "lora_name": "loras",
    "control_net_name": "controlnet",
    "style_model_name": "style_models",
    "gligen_name": "gligen",
    "hypernetwork_name": "hypernetworks",
    "audio_encoder_name": "audio_encoders",
    "photomaker_model_name": "photomaker",
    "base_ckpt_name": "checkpoints",
    "clip_name": "text_encoders",
    "clip_name1": "text_encoders",
    "clip_name2": "text_encoders",
    "clip_name3": "text_encoders",
    "clip_name4": "text_encoders",
}
_FOLDER_OF_PLACE = {
    ("CLIPVisionLoader", "clip_name"): "clip_vision",
    ("UpscaleModelLoader", "model_name"): "upscale_models",
    ("ModelPatchLoader", "name"): "model_patches",
    ("DiffusersLoader", "model_path"): "diffusers",
}
_MODEL_FILE = re.compile(r"\.(safetensors|ckpt|pth?|bin|gguf|sft|onnx)$", re.IGNORECASE)


def model_folder(class_type: str, name: str, value: Any) -> str | None:
    """The folder of `models/` that an input's file is in; "" where that is not known; None for no model."""
    if not isinstance(value, str):
        return None
    folder = _FOLDER_OF_PLACE.get((class_type, name)) or _FOLDER_OF_INPUT.get(name)
    if folder is not None:
        return folder
    return "" if _MODEL_FILE.search(value) else None
