"""SwarmUI: JSON with `sui_image_params`, whose values may all be texts (its `Image Metadata Format.md`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from studio.gallery.metadata.bounded import Damaged
from studio.gallery.metadata.draft import (
    Draft,
    joined,
    load_json,
    lora_text,
    model_name,
    moment,
    real,
    seed,
    text,
    whole,
)
from studio.gallery.metadata.writers.a1111 import prompt_loras

MARK = "sui_image_params"


def read_swarmui(draft: Draft, parameters: str) -> None:
    """Fill the row from the JSON.

    Raises:
        Damaged: it is none.
    """
    data = load_json(parameters, "parameters", draft)
    values = data.get(MARK) if isinstance(data, dict) else None
    if not isinstance(values, dict):
        raise Damaged(f"its parameters hold no {MARK}")
    extra = data.get("sui_extra_data")
    extra = extra if isinstance(extra, dict) else {}
    prompt = text(values.get("prompt")) or ""
    draft.set("prompt", prompt)
    draft.set("negative", text(values.get("negativeprompt")))
    draft.set(
        "model", joined(model_name(values.get(name)) for name in ("model", "refinermodel", "videomodel"))
    )
    draft.set("loras", lora_text(_loras(values, prompt)))
    draft.set("steps", whole(values.get("steps")))
    draft.set("cfg", real(values.get("cfgscale")))
    draft.set("seed", seed(values.get("seed")))
    draft.set("sampler", text(values.get("sampler") or values.get("comfyuisampler")))
    draft.set("scheduler", text(values.get("scheduler") or values.get("comfyuischeduler")))
    draft.set("denoise", real(values.get("initimagecreativity")))
    draft.set("created", moment(extra.get("date")))
    draft.set("seconds", _seconds(extra.get("generation_time")))


def _loras(values: Mapping[str, Any], prompt: str) -> list[tuple[Any, Any]]:
    names, weights = _list(values.get("loras")), _list(values.get("loraweights"))
    pairs = [(name, weights[at] if at < len(weights) else None) for at, name in enumerate(names)]
    return pairs or list(prompt_loras(prompt))


def _list(value: Any) -> list[Any]:
    """A list, or a text with commas."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value if isinstance(value, list) else []


def _seconds(value: Any) -> float | None:
    """`6.11 (prep) and 4.84 (gen) seconds`, in newer versions `6.11 sec (prep) and 4.84 sec (gen)`."""
    if not isinstance(value, str):
        return None
    found = re.findall(r"(\d{1,9}(?:\.\d{1,6})?) ?(?:sec|seconds)? ?\(gen\)", value[:200])
    plain = re.fullmatch(r"(\d{1,9}(?:\.\d{1,6})?) ?(?:s|sec|seconds)", value[:200].strip())
    return float(found[0]) if found else float(plain[1]) if plain else None
