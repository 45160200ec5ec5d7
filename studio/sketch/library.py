"""The model files that the server claims to have; nothing is loaded, only the names matter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

FOLDERS = (
    "checkpoints", "configs", "loras", "vae", "text_encoders", "diffusion_models", "clip_vision",
    "style_models", "embeddings", "diffusers", "vae_approx", "controlnet", "gligen", "upscale_models",
    "custom_nodes", "hypernetworks", "photomaker", "classifiers", "model_patches", "audio_encoders",
)  # fmt: skip
"""ComfyUI's model folders."""

TO_PLAY_WITH = {"loras": ("anamorphic_look.safetensors", "film_grain.safetensors")}
"""Names that no template has, so that there is something to add."""

SIXTEEN_CHANNELS = re.compile(r"flux|sd3|qwen|z[_-]?image|hunyuan|wan|lumina|chroma|hidream", re.IGNORECASE)
FOUR_CHANNELS = re.compile(r"sd[_-]?xl|sd15|v1-5|sd[_-]?turbo|dreamshaper|juggernaut", re.IGNORECASE)


class Library:
    """Model names by folder; `changes` gives whole lists."""

    def __init__(self, changes: Mapping[str, Iterable[str]] | None = None) -> None:
        self._names = {folder: list(TO_PLAY_WITH.get(folder, ())) for folder in FOLDERS}
        self._fixed = frozenset(changes or ())
        for folder, names in (changes or {}).items():
            self._names[folder] = list(names)

    def folders(self) -> list[str]:
        """The model folders."""
        return list(self._names)

    def names(self, folder: str) -> list[str]:
        """The files of a folder; none for an unknown folder."""
        return list(self._names.get(folder, ()))

    def has(self, folder: str) -> bool:
        return folder in self._names

    def add(self, folder: str, names: Iterable[str]) -> None:
        """Add names, unless the folder's list was given at the start; the list stays sorted."""
        if folder not in self._fixed:
            self._names[folder] = sorted({*self._names.get(folder, ()), *names}, key=str.lower)


def channels(name: str) -> int | None:
    """The number of latent channels that a model's file name tells of, or None.

    SD 1.5 and SDXL have 4; SD3, FLUX, Qwen-Image and the video models that share its VAE have 16.
    """
    if SIXTEEN_CHANNELS.search(name) or name == "ae.safetensors":
        return 16
    return 4 if FOUR_CHANNELS.search(name) else None
