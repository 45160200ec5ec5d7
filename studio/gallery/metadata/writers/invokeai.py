"""InvokeAI: `invokeai_metadata` since version 3, `sd-metadata` (2.x) and `Dream` (before) in older files."""

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
    real,
    seed,
    text,
    whole,
)

KEYS = ("invokeai_metadata", "sd-metadata", "dream")
_SWITCH = re.compile(r"(?:^| )-([sSCAfWH]) ?(\S{1,40})")


def read_invokeai(draft: Draft) -> None:
    """Fill the row from the newest of the three forms that is there.

    Raises:
        Damaged: none of them can be read.
    """
    readers = {"invokeai_metadata": _metadata, "sd-metadata": _older, "dream": _dream}
    problem: Damaged | None = None
    for key in KEYS:
        value = draft.content.get(key)
        if not value:
            continue
        try:
            readers[key](draft, value)
            return
        except Damaged as error:
            problem = error
            draft.warn(str(error))
    raise problem or Damaged("its InvokeAI metadata is empty")


def _object(draft: Draft, value: str, what: str) -> Mapping[str, Any]:
    data = load_json(value, what, draft)
    if not isinstance(data, dict):
        raise Damaged(f"its {what} is no JSON object")
    return data


def _metadata(draft: Draft, value: str) -> None:
    data = _object(draft, value, "invokeai_metadata")
    draft.set("prompt", _both(data.get("positive_prompt"), data.get("positive_style_prompt")))
    draft.set("negative", _both(data.get("negative_prompt"), data.get("negative_style_prompt")))
    draft.set("model", joined(_model(data.get(name)) for name in ("model", "refiner_model")))
    draft.set("steps", whole(data.get("steps")))
    cfg = real(data.get("cfg_scale"))
    draft.set("cfg", cfg if cfg is not None else real(data.get("guidance")))
    draft.set("seed", seed(data.get("seed")))
    draft.set("scheduler", text(data.get("scheduler")))
    draft.set("sampler", text(data.get("scheduler")))  # InvokeAI has one list for both
    draft.set("denoise", real(data.get("strength")))
    loras = data.get("loras")
    pairs = [item for item in loras if isinstance(item, dict)] if isinstance(loras, list) else []
    draft.set(
        "loras",
        lora_text((_model(item.get("lora") or item.get("model")), item.get("weight")) for item in pairs),
    )


def _both(prompt: Any, style: Any) -> str:
    parts = (text(prompt), text(style))
    return "\n".join(dict.fromkeys(part for part in parts if part))


def _model(value: Any) -> str | None:
    """`{model_name, …}` in version 3, `{name, …}` since 4, a plain name now and then."""
    if isinstance(value, dict):
        value = value.get("name") or value.get("model_name")
    return model_name(value)


def _older(draft: Draft, value: str) -> None:
    data = _object(draft, value, "sd-metadata")
    image = data.get("image")
    if not isinstance(image, dict):
        raise Damaged("its sd-metadata describes no image")
    prompt = image.get("prompt")
    if isinstance(prompt, list):
        parts = [item.get("prompt") if isinstance(item, dict) else item for item in prompt]
        prompt = " ".join(part for part in parts if isinstance(part, str))
    _words(draft, prompt if isinstance(prompt, str) else "")
    draft.set("model", model_name(data.get("model_weights")))
    draft.set("steps", whole(image.get("steps")))
    draft.set("cfg", real(image.get("cfg_scale")))
    draft.set("seed", seed(image.get("seed")))
    draft.set("sampler", text(image.get("sampler")))
    draft.set("denoise", real(image.get("strength")))


def _dream(draft: Draft, value: str) -> None:
    """A command line: `"a lighthouse [blurry]" -s 50 -S 3157 -W 512 -H 512 -C 7.5 -A k_lms`."""
    quoted, quote, rest = value.rpartition('"')
    if not quote:
        raise Damaged("its Dream text has no prompt in quotes")
    switches = dict(_SWITCH.findall(rest[:2_000]))
    _words(draft, quoted.strip().removeprefix('"'))
    draft.set("steps", whole(switches.get("s")))
    draft.set("seed", seed(switches.get("S")))
    draft.set("cfg", real(switches.get("C")))
    draft.set("sampler", switches.get("A"))
    draft.set("denoise", real(switches.get("f")))


def _words(draft: Draft, prompt: str) -> None:
    """What stands in square brackets is not wanted."""
    unwanted = re.findall(r"\[([^\[\]]*)\]", prompt)
    draft.set("prompt", re.sub(r"\s*\[[^\[\]]*\]", "", prompt))
    draft.set("negative", ", ".join(part.strip() for part in unwanted if part.strip()))
