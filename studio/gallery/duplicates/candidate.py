"""What is known of a file before it is compared: enough to say which of several to keep."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.media import kind_of_name

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Candidate:
    """One file.

    Args:
        path: As the gallery has it, project-relative.
        file: Where it is on disk, the whole path.
        bytes: Its size.
        modified: Nanoseconds since 1970, UTC.
        kind: image, video, audio or other.
        width, height: Pixels; 0 if not known.
        rating: 0 to 5.
        status: pick, reject, hold or nothing.
        provenance: Whether it says how it was made.
    """

    path: str
    file: str
    bytes: int
    modified: int
    kind: str = "image"
    width: int = 0
    height: int = 0
    rating: int = 0
    status: str = ""
    provenance: bool = False

    @property
    def pixels(self) -> int:
        """Width times height."""
        return self.width * self.height

    @classmethod
    def of(cls, file: Path, path: str = "") -> Candidate:
        """A file on disk of which nothing else is known.

        Raises:
            OSError: it is not there.
        """
        state = file.stat()
        kind = kind_of_name(file.name) or "other"
        return cls(path or file.name, str(file), state.st_size, state.st_mtime_ns, kind)


def candidates(frame: pd.DataFrame, root: Path) -> list[Candidate]:
    """The rows of `gallery.frame`; columns that are missing and values that are not known count as nothing.

    Args:
        frame: Index `path`; columns as in `studio.gallery.columns`.
        root: The project's folder.
    """
    import pandas as pd

    def column(name: str, default: Any) -> list[Any]:
        if name not in frame.columns:
            return [default] * len(frame)
        series = frame[name]
        values = series.astype(object).where(series.notna(), default).tolist()
        return list(map(type(default), values))

    if "modified" in frame.columns and len(frame):
        times = pd.to_datetime(frame["modified"], utc=True).dt.as_unit("ns")
        modified = times.astype("int64").where(times.notna(), 0).tolist()
    else:
        modified = [0] * len(frame)
    paths = list(map(str, frame.index))
    above = os.path.join(root, "")  # noqa: PTH118 - hot: a Path each takes as long as all else
    return [
        Candidate(path, above + path, size, when, kind, width, height, rating, status, bool(source))
        for path, size, when, kind, width, height, rating, status, source in zip(
            paths,
            column("bytes", 0),
            modified,
            column("kind", "other"),
            column("width", 0),
            column("height", 0),
            column("rating", 0),
            column("status", ""),
            column("source", ""),
            strict=True,
        )
    ]
