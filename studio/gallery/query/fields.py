"""The fields of a search: their names, what they look at, and how."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "list", "word", "prefix", "number", "seed", "date", "same", "flag", "presence"]


@dataclass(frozen=True)
class Field:
    """One field.

    Args:
        name: As `str(query)` writes it.
        kind: How it is compared:
            text: words of it, each from its beginning; list: whole parts of a list, as tags;
            word: the whole text; prefix: its beginning, as of a hash; number, seed, date: and `<`, `..`;
            same: yes, no or an id; flag: see `FLAGS`; presence: another field's name.
        column: The gallery's column, "" for none of its own.
        aliases: Other names.
        help: One line for a person.
        example: A search with it.
    """

    name: str
    kind: Kind
    column: str
    help: str
    example: str
    aliases: tuple[str, ...] = ()


def _fields() -> dict[str, Field]:
    rows: list[tuple[str, Kind, str, str, str]] = [
        # name and aliases, kind, column, example, help
        ("name file filename", "text", "name", "name:hero", "the file's name"),
        ("folder dir", "text", "folder", "folder:shots", "its folder"),
        ("path", "text", "path", 'path:"shots/hero"', "folder and name"),
        ("ext suffix extension", "word", "suffix", "ext:webp", "its extension"),
        ("kind type", "word", "kind", "kind:video", "image, video, audio or other"),
        ("panel", "text", "panel", "panel:hero", "the storyboard panel"),
        ("version v", "number", "version", "version:3", "number of the take in its panel"),
        ("prompt positive", "text", "prompt", 'prompt:"in the rain"', "what is to be seen"),
        ("negative neg", "text", "negative", "negative:blurry", "what is not"),
        ("subject", "text", "subject", "subject:lighthouse", "what the shot shows"),
        ("preset", "text", "preset", "preset:blade_runner", "the look's preset"),
        ("look", "text", "look", "look:melancholic", "film, mood, tone, composition, movement"),
        ("angle", "text", "angle", "angle:front", "the camera angle"),
        ("shot shotsize shot_size framing", "word", "shot_size", "shot:CU", "ECU to EWS"),
        ("camera body", "text", "camera", "camera:alexa", "the camera body"),
        ("lens", "text", "lens", "lens:cooke", "the lens family"),
        ("focal mm", "number", "focal", "focal:24..35", "focal length in millimetres"),
        ("stock film", "text", "stock", "stock:5219", "the film stock"),
        ("light lighting", "text", "light", "light:motivated", "setting, source and style of the light"),
        ("time tod", "text", "time", "time:night", "time of day"),
        ("dp cinematographer", "text", "cinematographer", "dp:deakins", "after whom the look is"),
        ("director", "text", "director", "director:kubrick", "of the look's film"),
        ("target", "text", "target", "target:flux", "the model that the prompt was written for"),
        ("template", "text", "template", "template:sdxl", "the workflow's template"),
        ("model checkpoint ckpt", "text", "model", "model:*flux*", "the model's file"),
        ("lora loras", "text", "loras", "lora:film_grain", "LoRAs"),
        ("sampler", "text", "sampler", "sampler:euler", "the sampler"),
        ("scheduler", "text", "scheduler", "scheduler:karras", "the sampler's scheduler"),
        ("steps", "number", "steps", "steps:20..30", "sampling steps"),
        ("cfg guidance", "number", "cfg", "cfg<=4", "guidance scale"),
        ("denoise", "number", "denoise", "denoise<1", "0 to 1"),
        ("seed", "seed", "seed", "seed:18446744073709551615", "exact, up to 2^64−1"),
        ("w width", "number", "width", "w>1024", "pixels across"),
        ("h height", "number", "height", "h>=1080", "pixels down"),
        ("ratio aspect", "number", "", "ratio>2", "width by height; also 16:9"),
        ("duration length", "number", "duration", "duration>5", "seconds that it plays; 90, 90s, 2m"),
        ("fps", "number", "fps", "fps:24", "frames a second"),
        ("bytes size", "number", "bytes", "size>5mb", "of the file; k, mb, gb"),
        ("took seconds", "number", "seconds", "took>60", "seconds that it took to render"),
        ("date", "date", "", "date:2026-01", "rendered, or else last written"),
        ("created", "date", "created", "created:today", "rendered"),
        ("modified changed", "date", "modified", "modified>=7d", "last written"),
        ("after since", "date", "", "after:2026-01", "on that day or later"),
        ("before until", "date", "", "before:2026-03", "before that day"),
        ("on day month year", "date", "", "on:yesterday", "on that day, in that month or year"),
        ("backend server", "text", "backend", "backend:gpu-2", "where it was rendered"),
        ("job", "prefix", "job", "job:3f2a", "id of the job"),
        ("graph workflow", "prefix", "graph", "graph:7c79", "hash of the workflow graph"),
        ("comfyui", "text", "comfyui", "comfyui:0.3", "version of ComfyUI"),
        ("rating stars", "number", "rating", "rating>=4", "0 to 5, 0 is not rated"),
        ("tag tags", "list", "tags", "tag:hero", "a tag, whole"),
        ("status", "word", "status", "status:pick", "pick, reject or hold"),
        ("note notes", "text", "note", "note:retake", "the note"),
        ("collection collections in", "list", "collections", "in:selects", "a collection, whole"),
        ("hash sha256", "prefix", "hash", "hash:9f86", "of the content"),
        ("dup duplicate", "same", "dup", "dup:no", "yes, no, or the id of a group"),
        ("read", "word", "read", "read:partial", "ok, partial, none, unsupported, failed, unread"),
        ("source by", "word", "source", "source:a1111", "whose metadata it has"),
        ("warning warnings", "text", "warnings", "warning:truncated", "what was wrong while reading"),
        ("is", "flag", "", "is:video", "a property, see the list"),
        ("has", "presence", "", "has:lora", "the file tells this"),
        ("no without", "presence", "", "no:tag", "it was read, and there is none"),
    ]
    fields = {}
    for names, kind, column, example, text in rows:
        name, *aliases = names.split()
        fields[name] = Field(name, kind, column, text, example, tuple(aliases))
    return fields


FIELDS: dict[str, Field] = _fields()
"""All fields by name."""

BY_NAME: dict[str, Field] = {
    name: field for field in FIELDS.values() for name in (field.name, *field.aliases)
}
"""All fields by any of their names."""

FLAGS: dict[str, str] = {
    "image": "a picture",
    "video": "a video",
    "audio": "sound",
    "other": "neither picture nor video nor sound",
    "animated": "a picture that moves",
    "rated": "one star or more",
    "unrated": "no stars yet",
    "tagged": "has a tag",
    "untagged": "has no tag",
    "noted": "has a note",
    "collected": "in a collection",
    "pick": "picked",
    "reject": "rejected",
    "hold": "on hold",
    "marked": "picked, rejected or on hold",
    "locked": "its panel is locked",
    "dup": "the same as another file",
    "unique": "like no other file",
    "portrait": "higher than wide",
    "landscape": "wider than high",
    "square": "as wide as high",
    "read": "its metadata was read, at least in part",
    "unread": "not read yet",
    "partial": "read in part",
    "failed": "could not be read",
    "unsupported": "in a form that is not read",
    "plain": "read, and without metadata",
    "studio": "rendered by this studio",
    "comfyui": "rendered by ComfyUI",
    "a1111": "rendered by WebUI or Forge",
    "invokeai": "rendered by InvokeAI",
    "swarmui": "rendered by SwarmUI",
    "novelai": "rendered by NovelAI",
}
"""What `is:` knows, and what it means."""

FLAG_ALIASES = {
    **{"picked": "pick", "rejected": "reject", "held": "hold", "duplicate": "dup", "picture": "image"},
    **{"film": "video", "sound": "audio", "wide": "landscape", "tall": "portrait", "forge": "a1111"},
}

WORD_COLUMNS = (
    *(
        "name",
        "folder",
        "panel",
        "prompt",
        "subject",
        "tags",
        "note",
        "collections",
        "look",
        "preset",
        "angle",
    ),
    *("shot_size", "camera", "lens", "stock", "light", "time", "cinematographer", "director", "target"),
    *("template", "model", "loras", "status"),
)
"""Columns in which a plain word is looked for. Not the negative prompt: it names what is not to be seen."""


def near(name: str, names: list[str]) -> list[str]:
    """Up to three names like `name`."""
    found = difflib.get_close_matches(name, names, 3, 0.6)
    return found or [other for other in names if len(name) > 1 and other.startswith(name)][:3]
