"""Small graphs that many tests use."""

from __future__ import annotations

from typing import Any

Graph = dict[str, Any]


def still(prefix: str = "still", color: int = 0, width: int = 32, height: int = 24) -> Graph:
    """A picture without a model."""
    return {
        "1": {
            "class_type": "EmptyImage",
            "inputs": {"width": width, "height": height, "batch_size": 1, "color": color},
        },
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": prefix}},
    }


def sampled(
    prefix: str = "take", *, seed: int = 1, steps: int = 2, prompt: str = "a street", **changes: Any
) -> Graph:
    """Text to image: 4 loads, 5 is empty, 6 and 7 are the texts, 3 samples, 8 decodes, 9 saves."""
    sampler = {
        "seed": seed,
        "steps": steps,
        "cfg": 7.0,
        "sampler_name": "euler",
        "scheduler": "normal",
        "denoise": 1.0,
        "model": ["4", 0],
        "positive": ["6", 0],
        "negative": ["7", 0],
        "latent_image": ["5", 0],
        **changes,
    }
    return {
        "3": {"class_type": "KSampler", "inputs": sampler},
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "random_sd15.safetensors"}},
        "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 48, "batch_size": 1}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": prompt, "clip": ["4", 1]}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry", "clip": ["4", 1]}},
        "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
        "9": {"class_type": "SaveImage", "inputs": {"filename_prefix": prefix, "images": ["8", 0]}},
    }


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    """One entry of a graph."""
    return {"class_type": class_type, "inputs": inputs}
