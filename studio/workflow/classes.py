"""What is known of ComfyUI's node classes by name, for where no backend's `object_info` is at hand.

Names, inputs and meanings are ComfyUI's interface (0.3.64, `/object_info`); custom nodes are those most met.
"""

from __future__ import annotations

OUTPUT_KINDS: dict[str, str] = {
    "SaveImage": "image",
    "PreviewImage": "image",
    "SaveImageWebsocket": "image",
    "SaveAnimatedPNG": "image",
    "SaveAnimatedWEBP": "image",
    "SaveSVGNode": "image",
    "MaskPreview": "image",
    "SaveWEBM": "video",
    "SaveVideo": "video",
    "VHS_VideoCombine": "video",
    "SaveAudio": "audio",
    "SaveAudioMP3": "audio",
    "SaveAudioOpus": "audio",
    "PreviewAudio": "audio",
    "PreviewAny": "text",
    "ShowText|pysssss": "text",
    "SaveLatent": "latent",
    "SaveGLB": "3d",
    "Preview3D": "3d",
    "Preview3DAnimation": "3d",
    "CheckpointSave": "model",
    "CLIPSave": "model",
    "VAESave": "model",
    "ModelSave": "model",
    "ImageOnlyCheckpointSave": "model",
    "LoraSave": "model",
    "SaveLoRANode": "model",
    "LossGraphNode": "image",
    "Image Save": "image",
    "Image Comparer (rgthree)": "image",
    "easy imageSave": "image",
}
"""Classes that ComfyUI runs a graph for, and what comes out of them."""

PREVIEWS = frozenset(
    {
        "PreviewImage",
        "MaskPreview",
        "PreviewAudio",
        "PreviewAny",
        "Preview3D",
        "Preview3DAnimation",
        "ShowText|pysssss",
        "Image Comparer (rgthree)",
        "SaveImageWebsocket",
    }
)
"""Of these, the ones that leave nothing in the backend's output folder."""

SAMPLERS = frozenset(
    {
        "KSampler",
        "KSamplerAdvanced",
        "SamplerCustom",
        "SamplerCustomAdvanced",
        "KSampler (Efficient)",
        "KSampler Adv. (Efficient)",
        "UltimateSDUpscale",
        "FaceDetailer",
        "WanVideoSampler",
        "WanMoeKSampler",
        "KSampler //Inspire",
        "ClownsharKSampler_Beta",
    }
)
"""Classes that denoise a latent and send a progress message a step."""


def is_sampler(class_type: str, inputs: object) -> bool:
    """Whether a node samples: a class known to, or one of that name that takes a latent or a guider."""
    if class_type in SAMPLERS:
        return True
    if "sampler" not in class_type.lower() or not isinstance(inputs, dict):
        return False
    latent = any(name in inputs for name in ("latent_image", "latent", "samples"))
    return latent and any(name in inputs for name in ("model", "guider"))
