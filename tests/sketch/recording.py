"""Recorded traffic of a real ComfyUI, and what remains of it when ids, times and pictures are taken out.

Two message sequences are alike when their stories are equal: the same kinds in the same order with the same
fields, and equal values wherever a value does not depend on the machine, the moment or the model.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "recordings"
BINARY = {"PREVIEW_IMAGE", "PREVIEW_IMAGE_WITH_METADATA"}


class Recording:
    """One recording, entry by entry."""

    def __init__(self, name: str) -> None:
        content = json.loads(gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes()))
        self.entries: list[dict[str, Any]] = content["entries"]

    def exchanges(self) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Each request with its answer."""
        answers = {one["id"]: one for one in self.entries if one["channel"] == "http-response"}
        asked = (one for one in self.entries if one["channel"] == "http-request")
        return [(request, answers[request["id"]]) for request in asked if request["id"] in answers]

    def prompts(self) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """The exchanges of POST /prompt."""
        return [
            pair for pair in self.exchanges() if (pair[0]["method"], pair[0]["path"]) == ("POST", "/prompt")
        ]

    def heard(self, connection: str, prompt_id: str) -> list[dict[str, Any]]:
        """What one socket heard of one prompt, from its start to its end, pictures included."""
        messages = [
            one["data"] if one["channel"] == "ws-text" else frame(one)
            for one in self.entries
            if one["channel"] in ("ws-text", "ws-binary") and one["conn"] == connection
        ]
        return of_prompt(messages, prompt_id)


def frame(entry: dict[str, Any]) -> dict[str, Any]:
    """A recorded binary message."""
    if entry["event"] == "PREVIEW_IMAGE":
        return {"type": "PREVIEW_IMAGE", "format": entry["image_format"]}
    return {"type": entry["event"], "metadata": entry["metadata"]}


def of_prompt(messages: Iterable[dict[str, Any]], prompt_id: str) -> list[dict[str, Any]]:
    """The messages between a prompt's start and end; pictures carry no prompt id, so the place decides."""
    found: list[dict[str, Any]] = []
    inside = False
    for message in messages:
        mine = message.get("data", {}).get("prompt_id") == prompt_id
        inside = inside or (mine and message["type"] == "execution_start")
        if inside and (mine or message["type"] in BINARY):
            found.append(message)
        if mine and message["type"] == "executing" and message["data"]["node"] is None:
            break
    return found


def story(messages: Iterable[dict[str, Any]]) -> list[Any]:
    """The comparable form of a sequence of messages."""
    return [tell(message) for message in messages]


def tell(message: dict[str, Any]) -> Any:
    """The comparable form of one message."""
    return [
        message["type"],
        clean({key: value for key, value in message.items() if key not in ("type", "image")}),
    ]


CHANCE = {"prompt_id", "timestamp", "tooltip"}  # differ from run to run; tooltips are ComfyUI's own prose
SETS = {"executed", "current_outputs"}  # ComfyUI keeps them in sets: their order is chance
PROSE = {"exception_message", "exception_type", "traceback", "current_inputs"}  # the libraries' words


def clean(value: Any) -> Any:
    """Chance taken out, what is a set sorted, file numbers and random letters levelled."""
    if isinstance(value, dict):
        return {key: cleaned(key, one) for key, one in value.items() if key != "tooltip"}
    if isinstance(value, (list, tuple)):
        return [clean(one) for one in value]
    return value


def cleaned(key: str, value: Any) -> Any:
    if key in CHANCE or key in PROSE:
        return type(value).__name__
    if key in SETS and isinstance(value, list):
        return sorted(value)
    if key == "filename" and isinstance(value, str) and "_temp_" in value:
        prefix, _, rest = value.partition("_temp_")
        return f"{prefix}_temp_*{rest[5:]}"
    return clean(value)
