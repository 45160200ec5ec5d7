"""AUTOMATIC1111's WebUI and Forge: a prompt, a negative prompt, one line of `Name: value` settings.

Values with commas, colons or line ends are JSON texts in quotes. Forge adds names of its own. The text is
read by one pass from left to right, so that a hostile one can't keep a regular expression busy.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from studio.gallery.metadata.bounded import Damaged
from studio.gallery.metadata.draft import Draft, lora_text, model_name, moment, real, seed, whole

NEGATIVE = "Negative prompt:"
_SETTINGS = re.compile(r"^(?:Steps|Sampler|Size|CFG scale|Seed): ", re.MULTILINE)
_LORA = re.compile(r"<(?:lora|lyco|loha|locon):([^:<>\n]{1,250})(?::([^:<>\n]{0,20}))?(?::[^<>\n]{0,60})?>")
_KEY = re.compile(r"\w[\w \-/]{0,63}")
_MAX_SETTINGS = 64 * 1024  # letters
_MAX_PAIRS = 1_000
_decoder = json.JSONDecoder()


def looks_like(text: str) -> bool:
    """Whether the text has a line of settings."""
    found = _SETTINGS.search(text)
    return found is not None and len(settings(text[found.start() : found.start() + 4_000])) >= 2


def read_a1111(draft: Draft, text: str) -> None:
    """Fill the row from `parameters`.

    Raises:
        Damaged: it is no such text.
    """
    prompt, negative, values = split(text)
    if not values:
        raise Damaged("its parameters have no settings")
    draft.set("prompt", prompt)
    draft.set("negative", negative)
    for column, value in columns(values).items():
        draft.set(column, value)
    draft.set("loras", lora_text(_loras(prompt, values)))


def split(text: str) -> tuple[str, str, Mapping[str, str]]:
    """Prompt, negative prompt and settings. Prompts may have several lines."""
    text = text.replace("\r\n", "\n").strip()
    start = len(text)
    lines = deque(_SETTINGS.finditer(text), maxlen=20)
    for line in reversed(lines):  # the last line that is one: a prompt may hold the words too
        if len(settings(text[line.start() : line.start() + 4_000])) >= 2:
            start = line.start()
            break
    head, tail = text[:start], text[start:]
    at = 0 if head.startswith(NEGATIVE) else head.find(f"\n{NEGATIVE}") + 1
    if at == 0 and not head.startswith(NEGATIVE):
        return head.strip(), "", settings(tail)
    return head[:at].strip(), head[at + len(NEGATIVE) :].strip(), settings(tail)


@lru_cache(maxsize=4)
def settings(text: str) -> Mapping[str, str]:
    """`Name: value, Name: "a value, in quotes", …`; the first of a name stays.

    A line is asked about when it is looked for, and again when it is read.
    """
    found: dict[str, str] = {}
    text = text[:_MAX_SETTINGS]
    position = 0
    for _ in range(_MAX_PAIRS):
        colon = text.find(":", position)
        if colon < 0:
            break
        cut = max(text.rfind(mark, position, colon) for mark in ",\n")
        key = text[max(cut + 1, position) : colon].strip()
        start = colon + 1
        while start < len(text) and text[start] == " ":
            start += 1
        value, position = _value(text, start)
        if _KEY.fullmatch(key):
            found.setdefault(key, value)
    return found


def _value(text: str, start: int) -> tuple[str, int]:
    """A value and where the next one begins."""
    if text[start : start + 1] in ('"', "[", "{"):
        try:
            value, end = _decoder.raw_decode(text[start:])
            return value if isinstance(value, str) else json.dumps(value), start + end
        except (ValueError, RecursionError):
            pass
    ends = [at for mark in ",\n" if (at := text.find(mark, start)) >= 0]
    end = min(ends, default=len(text))
    return text[start:end].strip(), end + 1


def columns(values: Mapping[str, str]) -> dict[str, Any]:
    """Columns from the settings."""
    low = {key.lower(): value for key, value in values.items()}
    sampler, scheduler = low.get("sampler", ""), low.get("schedule type", "")
    cfg = real(low.get("cfg scale"))
    distilled = real(low.get("distilled cfg scale"))
    models = [low.get("model") or low.get("model hash", ""), low.get("refiner", "").partition(" [")[0]]
    return {
        "steps": whole(low.get("steps")),
        "sampler": sampler,
        "scheduler": scheduler if scheduler != "Automatic" else "",
        "cfg": distilled if distilled is not None and cfg in (None, 1.0) else cfg,
        "seed": seed(low.get("seed")),
        "denoise": real(low.get("denoising strength")),
        "model": "; ".join(dict.fromkeys(name for model in models if (name := model_name(model)))),
        "created": _date(low.get("date", "")),
    }


def _date(value: str) -> datetime | None:
    return moment(value) if re.match(r"\d{4}-\d\d-\d\d", value) else None


def _loras(prompt: str, values: Mapping[str, str]) -> list[tuple[str, str | None]]:
    """LoRAs as the prompt calls them, and those of the settings that it does not."""
    found = prompt_loras(prompt)
    known = {name for name, _ in found}
    hashes = values.get("Lora hashes", "")
    for part in hashes.split(",") if hashes else ():
        name = part.partition(":")[0].strip()
        if name and name not in known:
            found.append((name, None))
    return found


def prompt_loras(prompt: str) -> list[tuple[str, str | None]]:
    """`<lora:name:0.8>` in a prompt: names and strengths."""
    return [(match[1].strip(), (match[2] or "1").strip() or "1") for match in _LORA.finditer(prompt)]
