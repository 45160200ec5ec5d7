"""Files that came or changed a moment ago: who wrote them may still be at it.

Where the file system tells nothing, folders are asked whether they changed, and a folder does not when a film
in it grows. So these files are asked too, until they have stayed as they are for a while.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studio.gallery.scan import Seen

SECONDS = 60.0
"""How long a file that does not change counts as young."""

MOST = 500
"""Young files at a time; of more the last ones."""


class Young:
    """The young files of a project.

    Args:
        root: The project's folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files: dict[str, tuple[int, int, float]] = {}

    def add(self, files: Iterable[Seen]) -> None:
        """These were seen to be new, or not as they were."""
        end = time.monotonic() + SECONDS
        for seen in files:
            self._files.pop(seen.path, None)
            self._files[seen.path] = seen.size, seen.mtime, end
        for path in list(self._files)[:-MOST]:
            self._files.pop(path, None)

    def folders(self) -> set[str]:
        """The folders of those that have changed since; what was young for long enough is forgotten."""
        now = time.monotonic()
        found = set()
        for path, (size, changed, end) in list(self._files.items()):
            try:
                status = os.lstat(self._root / path)
                same = (status.st_size, status.st_mtime_ns) == (size, changed)
            except OSError:  # gone, which its folder tells
                self._files.pop(path, None)
                continue
            if not same:
                found.add(path.rpartition("/")[0])
            elif now > end:
                self._files.pop(path, None)
        return found
