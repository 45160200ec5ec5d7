"""A take shown in another room than the one in which it was pointed at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.errors import ProjectError, StudioError
from studio.project import Project

if TYPE_CHECKING:
    from widgets.storyboard import Storyboard


class Between:
    """The console's part that leads a take from room to room."""

    project: Project

    @property
    def storyboard(self) -> Storyboard:
        raise NotImplementedError

    def relative(self, path: str | Path) -> str:
        raise NotImplementedError

    def choose(self, ids: Iterable[str]) -> None:
        raise NotImplementedError

    def enter(self, room: str) -> Any:
        raise NotImplementedError

    def show(self, room: str) -> None:
        raise NotImplementedError

    def work(self, trouble: str, do: Callable[[], Any]) -> None:
        raise NotImplementedError

    def reveal_on_board(self, path: str | Path) -> None:
        """Show the panel whose take a file is, on the storyboard.

        Raises:
            ProjectError: it is no panel's.
        """
        from studio.gallery.bridge import place_of

        relative = self.relative(path)
        found = place_of(self.project, relative)
        if found is None:
            raise ProjectError("this file is no take of a panel", where=relative)
        board = self.storyboard
        self.choose([found.panel])
        self.show("storyboard")
        board.fit(found.name)

    def reveal_in_gallery(self, path: str | Path) -> None:
        """Show a take in the gallery.

        Raises:
            ProjectError: there is no gallery here.
        """
        relative = self.relative(path)
        gallery = self.enter("gallery")
        self.show("gallery")
        try:
            gallery.show(relative)
        except StudioError:  # it has not been scanned yet
            self.work("The take is not in the gallery", lambda: self._reveal_scanned(gallery, relative))

    def first_frame(self, path: str | Path, *, last: bool = False) -> None:
        """Give a picture to the Video room, as the first frame of a film, or as the last; and go there.

        Raises:
            StudioError: it is no picture of this project, or the room's template takes none.
        """
        video = self.enter("video")
        video.model.use_frame(path, last=last)
        self.show("video")

    def _reveal_scanned(self, gallery: Any, path: str) -> None:
        """In the background: read the disk first."""
        gallery.model.gallery.scan()
        gallery.model.refresh()
        gallery.show(path)
