"""What a curation may hold: checked when a person says it, and again when a file is read."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable
from typing import Any, Literal, get_args

from studio.errors import ProjectError, UnsafeName

Status = Literal["pick", "reject", "hold", ""]
"""What a take is for: `pick`, `reject`, `hold`, or `""` for nothing said."""

STATUSES = frozenset(get_args(Status))
KINDS = ("file", "tag", "collection", "view")
MAX_RATING = 5
MAX_TAG = 64
MAX_NOTE = 10_000
MAX_SETTINGS = 64 * 1024
"""Letters of a saved view's settings as JSON."""

TAG_SEPARATORS = ",;"
"""Not in a tag: tables join tags with `; `, and a search lists them with commas."""

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_HASH = re.compile(r"[0-9a-f]{16,128}")
_PLACE = re.compile(r"[0-9A-Za-z]{1,256}")
_LONG = 4096
_UNSAFE = re.compile(
    r"(?:\A|/)\.{0,2}(?:/|\Z)|\0"  # an empty part, `.` or `..`
    + (r"|[\\:]" if os.name == "nt" else "")  # there these lead elsewhere, and no name has them
)
_HUGE = 1 << 63
_WORDS = re.compile(r"\s+")


def clean_label(text: str, *, what: str = "tag") -> str:
    """`text` as a tag's, view's or collection's name: NFC, single spaces.

    Raises:
        UnsafeName: empty, too long, or with letters that it can't have.
    """
    if not isinstance(text, str):
        raise UnsafeName(f"a {what} is text, not {type(text).__name__}")
    name = _WORDS.sub(" ", unicodedata.normalize("NFC", text)).strip()
    if not name:
        raise UnsafeName(f"a {what} needs a name", hint="Use at least one letter.")
    if len(name) > MAX_TAG:
        raise UnsafeName(f"the {what} {name[:24]!r}… is longer than {MAX_TAG} letters", hint="Shorten it.")
    if what == "tag" and any(each in name for each in TAG_SEPARATORS):
        raise UnsafeName(f"the tag {name!r} has a comma or semicolon", hint="These separate tags.")
    if not _visible(name):
        raise UnsafeName(
            f"the {what} {name!r} has control or invisible letters", hint="Type it anew, without them."
        )
    return name


def label_key(name: str) -> str:
    """What two names share that a person takes for one: case doesn't count."""
    return unicodedata.normalize("NFC", name.casefold())


def clean_color(color: str) -> str:
    """A colour as `#rrggbb` in small letters, or "" for none.

    Raises:
        ProjectError: it is none.
    """
    if not color:
        return ""
    if not isinstance(color, str) or not _COLOR.fullmatch(color):
        raise ProjectError(f"{color!r} is no colour", hint="Write it as #rrggbb.")
    return color.lower()


def clean_note(text: str) -> str:
    """A note: any text with line breaks and tabs, without other control letters.

    Raises:
        ProjectError: it is too long.
    """
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    plain = "".join(
        each for each in plain if each in "\n\t" or unicodedata.category(each) not in ("Cc", "Cs")
    )
    if len(plain) > MAX_NOTE:
        raise ProjectError(f"the note is longer than {MAX_NOTE:,} letters", hint="Shorten it.")
    return plain


def clean_rating(rating: int) -> int:
    """0 to 5.

    Raises:
        ProjectError: it is not.
    """
    if isinstance(rating, bool) or not isinstance(rating, int) or not 0 <= rating <= MAX_RATING:
        raise ProjectError(f"{rating!r} is no rating", hint="Use 0 (none) to 5.")
    return rating


def clean_status(status: str) -> str:
    """`pick`, `reject`, `hold` or "".

    Raises:
        ProjectError: it is none of these.
    """
    if status not in STATUSES:
        raise ProjectError(f"{status!r} is no status", hint="Use pick, reject, hold or nothing.")
    return status


def safe_relative(path: Any) -> bool:
    """Whether `path` is a path below some folder: no `..`, not absolute, nothing empty."""
    return isinstance(path, str) and 0 < len(path) <= _LONG and _UNSAFE.search(path) is None


def valid(kind: str, name: Any, values: dict[str, Any]) -> bool:
    """Whether a line of a file may be believed; fields of a later version are kept unread."""
    if not isinstance(name, str) or not 0 < len(name) <= _LONG + 64:
        return False
    if kind == "file" and not safe_relative(name.partition("\0")[0]):
        return False
    for field, value in values.items():  # a plain loop: this runs for every line at every opening
        check = check_of(kind, field)
        if check is not None and not check(value):
            return False
    return True


def check_of(kind: str, field: str) -> Callable[[Any], bool] | None:
    """What tells whether a field's value may be believed; None for a field of a later version."""
    checks = _CHECKS[kind]
    return checks.get(field) or (checks.get(field.partition(":")[0]) if ":" in field else None)


def _visible(name: str) -> bool:
    """No control, format, surrogate or unassigned letters but the joiner that emoji need."""
    return all(
        each == "\u200d" or unicodedata.category(each) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
        for each in name
    )


def _label(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_TAG and _visible(value)


def _tag(value: Any) -> bool:
    return _label(value) and not any(each in value for each in TAG_SEPARATORS)


def _text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MAX_NOTE


def _color(value: Any) -> bool:
    return value == "" or (isinstance(value, str) and _COLOR.fullmatch(value) is not None)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _flag(value: Any) -> bool:
    return _whole(value) and value in (0, 1)


def _facts(value: Any) -> bool:
    """Size in bytes, time of change in ns, and content hash or None."""
    if type(value) is not list or len(value) != 3:
        return False
    size, changed, digest = value
    return (
        type(size) is int
        and type(changed) is int
        and 0 <= size < _HUGE
        and -_HUGE < changed < _HUGE
        and (digest is None or (isinstance(digest, str) and _HASH.fullmatch(digest) is not None))
    )


_CHECKS: dict[str, dict[str, Callable[[Any], bool]]] = {
    "file": {
        "rating": lambda value: _whole(value) and 0 <= value <= MAX_RATING,
        "status": lambda value: isinstance(value, str) and value in STATUSES,
        "note": _text,
        "path": lambda value: value == "" or safe_relative(value),
        "is": _facts,
        "tag": _flag,
        "in": lambda value: value is None or (isinstance(value, str) and _PLACE.fullmatch(value) is not None),
    },
    "tag": {"name": _tag, "color": _color, "into": lambda value: isinstance(value, str), "gone": _text},
    "collection": {"name": _label, "note": _text, "color": _color, "gone": _flag},
    "view": {
        "value": lambda value: (
            value is None
            or (
                isinstance(value, dict)
                and _text(value.get("query", ""))
                and _text(value.get("sort", ""))
                and isinstance(value.get("settings", {}), dict)
            )
        )
    },
}
