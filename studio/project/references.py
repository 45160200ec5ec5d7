"""Reference pictures of a project: kept under the digest of their bytes, so that a shot finds them next year.

The same digest names the upload, so that at a backend no picture ever replaces another one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from studio.access import Access
from studio.errors import ProjectError
from studio.files import inside, write_new
from studio.media import check_media
from studio.render.client import UPLOAD_FOLDER, upload_name

REFERENCES_FOLDER = "references"
_STORED = re.compile(rf"(?:{re.escape(UPLOAD_FOLDER)}/)?([0-9a-f]{{32}}\.[a-z0-9]{{1,12}})")


@dataclass(frozen=True)
class References:
    """The references of the project at `root`.

    Attributes:
        access: What may be done with them; this process's own by default.
    """

    root: Path
    access: Access = field(default_factory=Access.here, compare=False)

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self.root / REFERENCES_FOLDER

    def add(self, path: Path) -> str:
        """Copy a file of any place into the project; the same bytes twice are one file.

        Returns:
            Its name at every backend, to be used in `Shot.images`.

        Raises:
            ProjectError: it can't be read.
            OutputError: it is no whole picture, video or sound.
            StorageError: the disk refuses.
            NotAllowed: the role may not arrange, or that place is not open to this process.
        """
        self.access.require("arrange", what="a reference")
        self.access.require_place(path)
        return self._keep(path)

    def add_data(self, data: bytes, name: str) -> str:
        """Keep bytes as a reference, such as those of a file that was dropped on a page. Raises as `add`.

        Args:
            name: Tells its kind, if the bytes do not.
        """
        self.access.require("arrange", what="a reference")
        media = check_media(data, name)
        stored = upload_name(data, media.extension)
        write_new(self.folder / stored, data)
        return f"{UPLOAD_FOLDER}/{stored}"

    def _keep(self, path: Path) -> str:
        try:
            data = path.read_bytes()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ProjectError(
                f"the reference can't be read ({reason})", path=path, hint="Check its path."
            ) from error
        media = check_media(data, path.name)
        name = upload_name(data, media.extension)
        write_new(self.folder / name, data)
        return f"{UPLOAD_FOLDER}/{name}"

    def find(self, value: str) -> str:
        """The reference that a shot's image stands for: a name that `add` gave, or a path in the project.

        A path elsewhere is refused: a shot may come from anybody's take, and what it names is sent to a
        backend.

        Raises:
            UnsafeName: the path leads out of the project.
            ProjectError: there is no such file.
        """
        stored = _STORED.fullmatch(value)
        if stored is None:
            return self._keep(inside(self.root, value))
        path = self.folder / stored[1]
        if not path.is_file():
            raise ProjectError(
                "the shot's reference is not in this project",
                path=path,
                hint="Copy it there from the project where the shot was made.",
            )
        return f"{UPLOAD_FOLDER}/{stored[1]}"

    def uploads(self, names: Iterable[str]) -> dict[str, Path]:
        """Name at the backend → file, for names that `find` gave."""
        return {name: self.folder / name.removeprefix(f"{UPLOAD_FOLDER}/") for name in names}
