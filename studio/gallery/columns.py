"""The columns of the gallery: their names, what they hold, and which room fills them.

A column is one of five kinds; each can hold `<NA>`, which means 'not known, since it was not read or the file
does not say'. An empty text means 'read, and there is none'. The two are never mixed up.

| kind  | in the frame          | in the corpus                             |
| ----- | --------------------- | ----------------------------------------- |
| text  | string                | int32 codes into a list of distinct texts |
| whole | Int8 … Int64          | int64 and a mask                          |
| seed  | UInt64                | uint64 and a mask                         |
| real  | Float64               | float64 and a mask                        |
| time  | datetime64[us, UTC]   | int64 microseconds since 1970 UTC, a mask |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "whole", "seed", "real", "time"]
Room = Literal["file", "metadata", "curation", "duplicates"]


@dataclass(frozen=True)
class Column:
    """One column of the gallery.

    Args:
        name: As in `gallery.frame`.
        kind: What it holds, see the module.
        dtype: pandas' name of its type.
        room: Who fills it.
        help: One line for a person.
        parts: Whether the text is a list, joined with "; ".
    """

    name: str
    kind: Kind
    dtype: str
    room: Room
    help: str
    parts: bool = False


_DTYPES: dict[Kind, str] = {
    "text": "string",
    "whole": "Int32",
    "seed": "UInt64",
    "real": "Float64",
    "time": "datetime64[us, UTC]",
}


def _column(
    room: Room, name: str, kind: Kind, help: str, *, dtype: str = "", parts: bool = False
) -> tuple[str, Column]:
    return name, Column(name, kind, dtype or _DTYPES[kind], room, help, parts)


COLUMNS: dict[str, Column] = dict(
    [
        # The file, from one look at its folder.
        _column("file", "name", "text", "the file's name with its extension"),
        _column("file", "folder", "text", 'its folder in the project, "" for the project itself'),
        _column("file", "suffix", "text", 'its extension in small letters, with the dot, "" for none'),
        _column("file", "kind", "text", "image, video, audio or other"),
        _column("file", "bytes", "whole", "its size", dtype="Int64"),
        _column("file", "modified", "time", "when it was last written, UTC"),
        # The picture or film.
        _column("metadata", "width", "whole", "pixels across"),
        _column("metadata", "height", "whole", "pixels down"),
        _column("metadata", "duration", "real", "seconds that it plays"),
        _column("metadata", "fps", "real", "frames a second"),
        # Where it stands in the project.
        _column("metadata", "panel", "text", "the storyboard panel that it is a take of"),
        _column("metadata", "version", "whole", "its number within the panel, from 1"),
        # How well it could be read.
        _column("metadata", "read", "text", "ok, partial, none, unsupported, failed or unread"),
        _column("metadata", "source", "text", 'whose metadata: studio, comfyui, a1111, … or ""'),
        _column("metadata", "warnings", "text", "what was wrong while reading", parts=True),
        # The shot.
        _column("metadata", "preset", "text", "the look's preset"),
        _column("metadata", "look", "text", "the film, mood, tone, composition and movement", parts=True),
        _column("metadata", "subject", "text", "what the shot shows, in the director's words"),
        _column("metadata", "angle", "text", "the camera angle"),
        _column("metadata", "shot_size", "text", "ECU to EWS"),
        _column("metadata", "camera", "text", "the camera body"),
        _column("metadata", "lens", "text", "the lens family"),
        _column("metadata", "focal", "real", "focal length in millimetres"),
        _column("metadata", "stock", "text", "the film stock"),
        _column("metadata", "light", "text", "light sources and style", parts=True),
        _column("metadata", "time", "text", "time of day"),
        _column("metadata", "cinematographer", "text", "after whom the look is"),
        _column("metadata", "director", "text", "of the film that the look is from"),
        _column("metadata", "target", "text", "the model that the prompt was written for"),
        _column("metadata", "template", "text", "the workflow's template"),
        # What the sampler was told.
        _column("metadata", "prompt", "text", "what is to be seen"),
        _column("metadata", "negative", "text", "what is not"),
        _column("metadata", "model", "text", "the models' files", parts=True),
        _column("metadata", "loras", "text", 'LoRAs as "name:strength"', parts=True),
        _column("metadata", "sampler", "text", "the sampler"),
        _column("metadata", "scheduler", "text", "the sampler's scheduler"),
        _column("metadata", "steps", "whole", "sampling steps"),
        _column("metadata", "cfg", "real", "guidance scale"),
        _column("metadata", "denoise", "real", "0 to 1"),
        _column("metadata", "seed", "seed", "0 to 2^64−1, exact"),
        # Where it was rendered.
        _column("metadata", "backend", "text", "the ComfyUI server's name"),
        _column("metadata", "seconds", "real", "from submit to file"),
        _column("metadata", "job", "text", "id of the job"),
        _column("metadata", "graph", "text", "SHA-256 of the workflow graph"),
        _column("metadata", "comfyui", "text", "version of ComfyUI"),
        _column("metadata", "created", "time", "when it was rendered, UTC"),
        # What people think of it. Always known: 0 and "" are 'not rated', 'no tags'.
        _column("curation", "rating", "whole", "0 to 5, 0 is not rated", dtype="Int8"),
        _column("curation", "tags", "text", "its tags, sorted", parts=True),
        _column("curation", "status", "text", 'pick, reject, hold or ""'),
        _column("curation", "note", "text", "a note, markdown"),
        _column("curation", "collections", "text", "collections that it is in, sorted", parts=True),
        # What it equals.
        _column("duplicates", "hash", "text", "SHA-256 of the content, once it was needed"),
        _column("duplicates", "dup", "text", "id of its group of duplicates"),
    ]
)
"""All columns by name, in the order of the frame. The index of the frame is `path`."""

PATH = "path"
"""The frame's index: project-relative, `/` between folders, as the disk spells it."""

SEPARATOR = "; "
"""Between the parts of a text that is a list."""


def columns_of(room: Room) -> tuple[str, ...]:
    """Names of the columns that `room` fills, in order."""
    return tuple(name for name, column in COLUMNS.items() if column.room == room)


METADATA: tuple[str, ...] = columns_of("metadata")
CURATION: tuple[str, ...] = columns_of("curation")

READ_OUTCOMES = ("ok", "partial", "none", "unsupported", "failed", "unread")
"""What `read` can be; `unread` is a file that the scan has seen and not opened yet."""
