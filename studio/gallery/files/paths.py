"""Paths that stay in the project: checked as text, then on the disk, where a link could lead out."""

from __future__ import annotations

import re
import stat
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from studio.errors import UnsafeName
from studio.gallery.curation.checks import safe_relative
from studio.project.names import OWN_NAMES, name_key
from studio.provenance import SIDECAR_SUFFIX

TRASH = ".gallery/.trash"
MAX_NAME_BYTES = 255 - len(SIDECAR_SUFFIX)
"""In UTF-8; disks allow 255, and the sidecar's name is longer than its file's."""

OWN = "the project keeps that name for itself"
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|clock\$|(com|lpt)[0-9¹²³])\s*(\.|$)", re.IGNORECASE)


def sidecar(path: str) -> str:
    """The path of the file that travels with `path`."""
    return path + SIDECAR_SUFFIX


def split(path: str) -> tuple[str, str]:
    """Folder ("" for the project's own) and name."""
    folder, _, name = path.rpartition("/")
    return folder, name


def join(folder: str, name: str) -> str:
    """The path of `name` in `folder`."""
    return f"{folder}/{name}" if folder else name


def stem_and_suffix(name: str) -> tuple[str, str]:
    """`x_v001.tar.png` → `x_v001.tar`, `.png`."""
    stem, dot, suffix = name.rpartition(".")
    return (stem, f".{suffix}") if dot and stem else (name, "")


def natural(path: str) -> list[tuple[int, int, str]]:
    """A key by which `v2` comes before `v10`, and case does not count."""
    pieces = re.split(r"([0-9]{1,18})", path.casefold())
    return [(0, int(piece), "") if piece.isascii() and piece.isdigit() else (1, 0, piece) for piece in pieces]


def name_problem(name: str, *, at_root: bool = False) -> str:
    """Why no file may be called so on some system; "" if it may.

    The rules are those of Windows (Microsoft, "Naming Files, Paths, and Namespaces"), macOS and Linux.
    """
    if not name or name in (".", ".."):
        return "it has no name"
    if name.startswith("."):
        return "a name that begins with a dot is hidden"
    found = _FORBIDDEN.search(name)
    if found:
        return f"{found[0]!r} can't be in a name"
    if any(_bad_letter(letter) for letter in name):
        return "it has invisible letters, or some that are no text"
    if name[-1] in ". " or name[0] == " ":
        return "a name can't begin with a space, nor end with a space or dot"
    if _DEVICE.match(name):
        return "Windows keeps that name for a device"
    if len(name.encode()) > MAX_NAME_BYTES:
        return f"it is longer than {MAX_NAME_BYTES} bytes"
    if at_root and name_key(name) in OWN_NAMES:
        return OWN
    return ""


def hidden(path: str) -> bool:
    """Whether a part of it begins with a dot."""
    return path.startswith(".") or "/." in path


def check_path(path: str, *, trash: bool = False) -> str:
    """`path` as it is, if it is one of the project's visible files or folders.

    Args:
        path: From the project's folder.
        trash: Whether it may lie in the trash.

    Raises:
        UnsafeName: it is not.
    """
    if not safe_relative(path):
        raise UnsafeName(f"{path!r} is no path within the project", hint="Use one from the gallery.")
    visible = path
    if trash and path.startswith(f"{TRASH}/"):
        visible = path[len(TRASH) + 1 :].partition("/")[2] or "."
    if hidden(visible):
        raise UnsafeName(f"{path!r} is hidden", hint="Names that begin with a dot are left alone.")
    return path


def check_folder(path: str) -> str:
    """As `check_path`; "" and "." are the project's own folder, a slash at the end is dropped."""
    plain = path.rstrip("/")
    return "" if plain in ("", ".") and not path.startswith("/") else check_path(plain)


class Places:
    """Finds files by path, and refuses what lies behind a link.

    Args:
        root: The project's folder; it may itself be reached by a link.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, path: str) -> Path:
        """The file or folder at `path`.

        Raises:
            UnsafeName: a folder above it is a link, or it is no path.
        """
        try:
            above = self.root
            for part in path.split("/")[:-1]:
                above /= part
                if _is_link(above):
                    raise UnsafeName(
                        f"{path!r} goes through a link", path=above, hint="Use the folder itself."
                    )
            return self.root / path
        except (OSError, ValueError) as error:
            raise UnsafeName(f"{path!r} can't be reached ({error})", path=self.root) from error

    def folders(self, paths: Iterable[str]) -> list[Path]:
        """The folders that `paths` lie in, each once."""
        return [self.root / each for each in sorted({split(path)[0] for path in paths})]


def _is_link(path: Path) -> bool:
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    # A junction of Windows is no symlink to Python, but leads elsewhere all the same.
    return stat.S_ISLNK(status.st_mode) or bool(getattr(status, "st_reparse_tag", 0))


def _bad_letter(letter: str) -> bool:
    return letter != "\u200d" and unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
