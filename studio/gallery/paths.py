"""Which names are the gallery's, and where its index lies."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Literal

from studio.errors import ProjectError, UnsafeName
from studio.files import TEMPORARY_PREFIX, inside
from studio.folders import cache_folder
from studio.media import kind_of_name
from studio.provenance import SIDECAR_SUFFIX

IndexPlace = Literal["cache", "project"]
NOT_TAKES = frozenset({".json", ".csv", ".npy", ".safetensors"})
"""Extensions of media kind `other` that in a project are settings, workflows and tables."""
_REFERENCE = re.compile(r"[0-9a-f]{32}\.[a-z0-9]{1,12}")


def is_hidden(name: str) -> bool:
    """Whether a file or folder is not looked at: `.gallery`, `.studio`, `.versions`, files being written."""
    return name.startswith((".", TEMPORARY_PREFIX))


def is_reference(folder: str, name: str) -> bool:
    """Whether a file is the copy that shots keep of a picture, `references/<digest>.png`: it is no take.

    It is the same as a take: it would be told as its duplicate, and be missing to shots once it is put away.
    """
    return folder == "references" and _REFERENCE.fullmatch(name) is not None


def kind_of_file(name: str) -> str | None:
    """image, video, audio or other; None for what is no take by its name."""
    return _kind_of_suffix(suffix_of(name))


@cache
def _kind_of_suffix(suffix: str) -> str | None:
    kind = kind_of_name(f"x{suffix}")
    return None if kind == "other" and suffix in NOT_TAKES else kind


def suffix_of(name: str) -> str:
    """The extension in small letters, with its dot."""
    stem, dot, suffix = name.rpartition("/")[2].rpartition(".")
    return f".{suffix.lower()}" if dot and stem else ""


def sidecar_owner(name: str) -> str | None:
    """The name of the file whose provenance `name` holds, if it is a sidecar."""
    return name.removesuffix(SIDECAR_SUFFIX) if name.endswith(SIDECAR_SUFFIX) else None


def split(path: str) -> tuple[str, str]:
    """Folder and name of a project-relative path."""
    folder, _, name = path.rpartition("/")
    return folder, name


def is_visible(path: str) -> bool:
    """Whether no part of a project-relative path is hidden."""
    return not any(is_hidden(part) for part in path.split("/"))


def clean_folder(folder: str | None) -> str:
    """A folder as the gallery writes it: relative, `/` between parts, "" for the project itself.

    Raises:
        UnsafeName: it leads out of the project or into a hidden folder.
    """
    text = (folder or "").replace("\\", "/").strip("/")
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if ".." in parts or "\0" in text or Path(folder or "").is_absolute() or re.match(r"[A-Za-z]:", text):
        raise UnsafeName(f"{folder!r} leads out of the project", hint="Use a folder of the project.")
    if any(is_hidden(part) for part in parts):
        raise UnsafeName(f"{folder!r} is hidden", hint="The gallery does not look into folders with a dot.")
    return "/".join(parts)


def index_folder(root: Path, place: IndexPlace = "cache") -> Path:
    """Where the index of the project at `root` lies: the platform's cache folder, or its `.gallery/index`.

    Raises:
        UnsafeName: `.gallery` is a link.
    """
    if place == "project":
        folder = inside(root, ".gallery", "index")
        if folder != root / ".gallery" / "index":
            raise UnsafeName(".gallery leads elsewhere", path=root, hint="Remove that link.")
        return folder
    key = hashlib.blake2b(str(root).encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
    label = re.sub(r"[^A-Za-z0-9_-]+", "_", root.name)[:40] or "project"
    return cache_folder() / "gallery" / f"{label}-{key}"


def project_root(path: str | Path) -> Path:
    """The project's folder, absolute, links followed.

    Raises:
        ProjectError: there is no such folder.
    """
    try:
        root = Path(path).expanduser().resolve()
        if root.is_dir():
            return root
    except (OSError, ValueError, RuntimeError) as error:
        raise ProjectError(f"no folder can be called that ({error})", path=repr(str(path))) from error
    raise ProjectError("no such folder", path=root, hint="Open a project that exists.")
