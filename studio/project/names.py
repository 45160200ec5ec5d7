"""Names that are safe as files on every system, made from whatever a person types.

Windows' rules (reserved device names, characters, trailing dots) are Microsoft's "Naming Files, Paths, and
Namespaces"; macOS gives names back in another Unicode form, so ours are always NFC.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

from studio.errors import UnsafeName

MAX_NAME_BYTES = 80
"""In UTF-8: `<project>_<panel>_v001.png.studio.json` stays under the 255 bytes that disks allow."""

OWN_NAMES = frozenset(
    {
        "presets",
        "templates",
        "references",
        "exports",
        "notebooks",
        "studio.toml",
        "storyboard.toml",
        "contact-sheet.png",
    }
)
"""What a project keeps for itself beside its panels' folders."""

_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$", "clock$"}
    | {f"{port}{digit}" for port in ("com", "lpt") for digit in "0123456789¹²³"}
)
_FORBIDDEN = re.compile(r'[<>:"/\\|?*%\s]+')
_PATH_PARTS = re.compile(r"[/\\]")


def safe_name(text: str, *, what: str = "name") -> str:
    """`text` as a name for a file or folder, the same on every system; a safe name stays as it is.

    Separators, spaces and characters that some disk forbids become `_`, control and invisible ones go, device
    names (`CON`) and the project's own (`templates`) get a `_`, long ones are cut and end in a digest so that
    two that begin alike stay two. Letters of all scripts and emoji stay.

    Args:
        text: What a person typed.
        what: What it names, for the message.

    Raises:
        UnsafeName: nothing is left of it, or it is a path upwards (`../x`).
    """
    parts = [part.strip() for part in _PATH_PARTS.split(text)]
    if ".." in parts:
        raise UnsafeName(f"{_shown(text)} is a path, not a {what}", hint="Leave out '..' and slashes.")
    plain = unicodedata.normalize("NFC", "".join(_visible(character) for character in text))
    name = _settle(_FORBIDDEN.sub("_", plain.strip()))
    if not name.strip("_"):
        raise UnsafeName(f"{_shown(text)} can't be a {what}", hint="Use at least one letter, digit or emoji.")
    if len(name.encode()) > MAX_NAME_BYTES:
        digest = hashlib.sha256(plain.encode()).hexdigest()[:8]
        name = f"{_cut(name, MAX_NAME_BYTES - 9)}-{digest}"
    return name


def name_key(name: str) -> str:
    """What two names share if some disk takes them for one: case and Unicode form don't count."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def wire_name(name: str) -> str:
    """A safe name in the letters that every backend's disk and prefix rules take: ASCII without tokens."""
    folded = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "_", folded).strip("._-")
    return plain or f"x{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _visible(character: str) -> str:
    """Drop control, format, surrogate and unassigned characters but the joiner that emoji need."""
    if character.isspace():
        return " "
    if character == "\u200d":
        return character
    return "" if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn") else character


def _settle(name: str) -> str:
    """No dot or space at either end, no device, nothing of the project's own."""
    name = name.strip(" .\u200d")
    if name.partition(".")[0].rstrip().casefold() in _DEVICES:
        stem, dot, rest = name.partition(".")
        name = f"{stem}_{dot}{rest}"
    return f"{name}_" if name_key(name) in OWN_NAMES else name


def _cut(name: str, limit: int) -> str:
    return name.encode()[:limit].decode(errors="ignore").rstrip(" .\u200d")


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}…")
