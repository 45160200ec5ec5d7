"""How much room folders take."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple


class Usage(NamedTuple):
    """Files and bytes, as their sizes tell."""

    files: int
    bytes: int


def disk_use(root: Path) -> dict[str, Usage]:
    """Files and bytes of each visible folder with all below it, and of the trash; links are not followed.

    Returns:
        Path → usage; "" is the whole folder with all that is hidden. What can't be read is not counted.
    """
    own: dict[str, tuple[int, int]] = {}
    for above, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not os.path.islink(os.path.join(above, name))]  # noqa: PTH114, PTH118
        files = size = 0
        for name in names:
            try:
                size += os.lstat(os.path.join(above, name)).st_size  # noqa: PTH118
            except OSError:
                continue
            files += 1
        relative = Path(above).relative_to(root).as_posix()
        own["" if relative == "." else relative] = (files, size)
    total: dict[str, list[int]] = {folder: [0, 0] for folder in own}
    for folder, (files, size) in own.items():
        above = folder
        while True:
            total[above][0] += files
            total[above][1] += size
            if not above:
                break
            above = above.rpartition("/")[0]
    return {
        folder: Usage(*counts)
        for folder, counts in sorted(total.items())
        if (not folder.startswith(".") and "/." not in folder) or folder == ".gallery/.trash"
    }
