"""Which pack of custom nodes holds a class, for where the workflow itself does not say."""

from __future__ import annotations

import re

_BY_NAME: tuple[tuple[str, str], ...] = (
    (r"^VHS_", "ComfyUI-VideoHelperSuite"),
    (r"\(rgthree\)$", "rgthree-comfy"),
    (r"\|pysssss$", "ComfyUI-Custom-Scripts"),
    (r"//Inspire$", "ComfyUI-Inspire-Pack"),
    (r"^easy ", "ComfyUI-Easy-Use"),
    (r"^CR ", "ComfyUI_Comfyroll_CustomNodes"),
    (r"^(LayerUtility|LayerMask|LayerColor|LayerStyle|LayerFilter): ", "ComfyUI_LayerStyle"),
    (r"\(Efficient\)$|^Efficient Loader$|^LoRA Stacker$", "efficiency-nodes-comfyui"),
    (r"^ADE_", "ComfyUI-AnimateDiff-Evolved"),
    (r"^ACN_", "ComfyUI-Advanced-ControlNet"),
    (r"^IPAdapter", "ComfyUI_IPAdapter_plus"),
    (r"^WanVideo", "ComfyUI-WanVideoWrapper"),
    (r"^HyVideo", "ComfyUI-HunyuanVideoWrapper"),
    (r"Preprocessor$", "comfyui_controlnet_aux"),
    (r"^UltimateSDUpscale", "ComfyUI_UltimateSDUpscale"),
    (r"^(FaceDetailer|Impact|SAMLoader|UltralyticsDetectorProvider|DetailerForEach)", "ComfyUI-Impact-Pack"),
    (r"^(UnetLoaderGGUF|CLIPLoaderGGUF|DualCLIPLoaderGGUF)", "ComfyUI-GGUF"),
    (r"^RIFE VFI$|VFI$", "ComfyUI-Frame-Interpolation"),
)
"""Naming habits of the packs most met; the first that fits counts."""


def known_pack(class_type: str) -> str:
    """The pack that holds `class_type`, by the habits of its names; "" if there is no telling."""
    return next((pack for pattern, pack in _BY_NAME if re.search(pattern, class_type)), "")
