"""What is done with takes from the gallery: thin calls to the engine, and the words that tell of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from studio.gallery.paths import clean_folder

if TYPE_CHECKING:
    from studio.gallery import Gallery

Conflict = Literal["refuse", "skip", "number", "replace"]
WORDS = {"pick": "Picked", "hold": "Put on hold", "reject": "Rejected", "": "Unmarked"}


class Deeds:
    """The part of the model that changes takes. Each gives what was done, in words; all can be undone."""

    gallery: Gallery

    def rate(self, paths: Sequence[str], stars: int) -> str:
        """Give 1 to 5 stars; 0 takes them away. Raises as `Gallery.rate`, and so do the others."""
        self.gallery.rate(paths, stars)
        return f"{count(paths)}: {'★' * stars}" if stars else f"{count(paths)}: stars taken away"

    def mark(self, paths: Sequence[str], status: str) -> str:
        """Pick, hold, reject, or "" for none."""
        self.gallery.mark(paths, status)
        return f"{WORDS.get(status, status)}: {count(paths)}"

    def tag(self, paths: Sequence[str], add: Sequence[str] = (), remove: Sequence[str] = ()) -> str:
        """Put tags on and take tags off."""
        self.gallery.tag(paths, add=list(add), remove=list(remove))
        said = [f"tagged {', '.join(add)}"] if add else []
        said += [f"{', '.join(remove)} taken off"] if remove else []
        return f"{count(paths)}: {' and '.join(said)}"

    def move(self, paths: Sequence[str], folder: str, conflict: Conflict = "refuse") -> str:
        """Move into a folder of the project, which is made if need be."""
        return self.gallery.move(paths, clean_folder(folder), conflict=conflict).label

    def copy(self, paths: Sequence[str], folder: str) -> str:
        """Copy into a folder of the project, numbered where a name is taken."""
        return self.gallery.copy(paths, clean_folder(folder)).label

    def new_folder(self, path: str) -> str:
        """Make a folder."""
        return self.gallery.new_folder(path).label

    def rename(self, path: str, name: str) -> str:
        """Give one take another name; its ending stays."""
        return self.gallery.rename(path, name).label

    def trash(self, paths: Sequence[str]) -> str:
        """Put into the project's trash."""
        return self.gallery.trash(paths).label

    def undo(self) -> str | None:
        """Take back what was done last; gives what it was."""
        return self.gallery.undo()

    def redo(self) -> str | None:
        """Do again what was taken back last; gives what it was."""
        return self.gallery.redo()


def count(paths: Sequence[str]) -> str:
    """How many takes, in words."""
    return "1 take" if len(paths) == 1 else f"{len(paths):,} takes"
