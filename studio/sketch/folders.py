"""The three folders of a ComfyUI server, and names that stay inside them."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path

from studio.errors import UnsafeName
from studio.files import inside

KINDS = ("input", "output", "temp")
IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif"})
VIDEO_SUFFIXES = frozenset({".mp4", ".webm", ".mov", ".mkv", ".avi"})


@dataclass(frozen=True)
class SaveSlot:
    """Where a save node may write: `folder` on disk, `subfolder` as the client sees it."""

    folder: Path
    subfolder: str
    stem: str
    counter: int

    def name(self, offset: int, suffix: str) -> str:
        """The name of the file number `offset` of this save, such as `shot_00004_.png`."""
        stem = self.stem.replace("%batch_num%", str(offset))
        return f"{stem}_{self.counter + offset:05}_{suffix}"


class Folders:
    """`input/`, `output/` and `temp/` under one root."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        for kind in KINDS:
            (self.root / kind).mkdir(parents=True, exist_ok=True)

    def of(self, kind: str) -> Path | None:
        """The folder of `kind`, or None when there is no such kind."""
        return self.root / kind if kind in KINDS else None

    def find(self, name: str, default: str = "input") -> Path | None:
        """The existing file that an annotated name such as `hero.png [output]` means, else None."""
        bare, kind = split_annotation(name)
        try:
            path = inside(self.root / (kind or default), bare)
        except (UnsafeName, ValueError):
            return None
        return path if path.is_file() else None

    def listing(self, kind: str, suffixes: frozenset[str]) -> list[str]:
        """The names of the files of these kinds that lie directly in a folder, sorted."""
        folder = self.root / kind
        return sorted(
            path.name for path in folder.iterdir() if path.suffix.lower() in suffixes and path.is_file()
        )

    def save_slot(self, prefix: str, kind: str, width: int, height: int) -> SaveSlot:
        """The next free number for a file name prefix, which may hold a subfolder and `%width%`-like words.

        Raises:
            UnsafeName: the prefix leads out of the folder.
        """
        relative = Path(_fill(prefix, width, height))
        base = self.root / kind
        try:
            folder = inside(base, str(relative.parent))
            inside(folder, f"{relative.name}_")
        except ValueError as error:  # a null character
            raise UnsafeName(f"{prefix!r} can't be part of a file name", path=base) from error
        folder.mkdir(parents=True, exist_ok=True)
        stem = relative.name
        subfolder = folder.relative_to(base.resolve()).as_posix()
        return SaveSlot(folder, "" if subfolder == "." else subfolder, stem, _next_number(folder, stem))


def split_annotation(name: str) -> tuple[str, str | None]:
    """`hero.png [output]` → (`hero.png`, `output`)."""
    for kind in KINDS:
        mark = f"[{kind}]"
        if name.endswith(mark):
            return name[: -len(mark)].rstrip(" "), kind
    return name, None


def _fill(prefix: str, width: int, height: int) -> str:
    now = time.localtime()
    words = {
        "width": str(width),
        "height": str(height),
        "year": str(now.tm_year),
        "month": f"{now.tm_mon:02}",
        "day": f"{now.tm_mday:02}",
        "hour": f"{now.tm_hour:02}",
        "minute": f"{now.tm_min:02}",
        "second": f"{now.tm_sec:02}",
    }
    return re.sub(r"%(\w+)%", lambda found: words.get(found[1], found[0]), prefix)


def _next_number(folder: Path, stem: str) -> int:
    pattern = re.compile(re.escape(stem) + r"_(\d+)_?\.", re.IGNORECASE)
    numbers = (int(found[1]) for path in folder.iterdir() if (found := pattern.match(path.name)))
    return max(numbers, default=0) + 1
