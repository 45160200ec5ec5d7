"""One row a panel: what every list, print and timeline says of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from studio.cinema import camera, fields_of, lens, shot_size
from studio.errors import LookError, ShotError, StudioError, TakeError
from studio.shot import Shot

if TYPE_CHECKING:
    from studio.project import Project, Take
    from studio.project.board import PanelEntry

STILL_SECONDS = 3.0
"""How long a panel without a duration of its own is shown."""


@dataclass(frozen=True)
class Row:
    """A panel of the storyboard with its current take and its shot.

    Attributes:
        number: 1 for the first panel in story order.
        entry: The panel as the board has it.
        take: The version shown: the board's choice, else the latest; None without takes.
        takes: All of them, oldest first.
        shot: What is planned, else what the take was rendered from; None if neither tells.
        trouble: Why the shot can't be told, if there is one that can't be read.
    """

    number: int
    entry: PanelEntry
    take: Take | None = None
    takes: tuple[Take, ...] = ()
    shot: Shot | None = None
    trouble: str = ""

    @property
    def title(self) -> str:
        """As the director wrote it."""
        return self.entry.title or self.entry.name.replace("_", " ")

    @property
    def seconds(self) -> float:
        """How long it is on the screen."""
        return self.entry.duration or STILL_SECONDS

    @property
    def rating(self) -> int:
        """The take's stars, else the panel's."""
        stars = self.entry.stars.get(self.take.label.rsplit(" ", 1)[-1]) if self.take else None
        return stars or self.entry.rating

    @property
    def subject(self) -> str:
        """Who or what is seen, doing what."""
        if self.shot is not None:
            return self.shot.subject
        return str(self.entry.shot.get("subject", ""))

    @property
    def size(self) -> str:
        """`MCU`; empty where nothing tells."""
        if self.shot is None:
            return str(getattr(self.entry, "size", ""))
        return str(shot_size(self.shot.look, self.shot.angle) or "")

    def word(self, field: str) -> str:
        """A look's value in plain words: `dolly in`; empty where it is not chosen."""
        value = self.value(field)
        return "" if value is None else str(value).replace("_", " ")

    def value(self, field: str) -> Any:
        """A look's value by dotted field; None where it is not chosen or the look has no such field."""
        if self.shot is None or field not in fields_of(self.shot.look.kind):
            return None
        return self.shot.look.get(field)

    @property
    def glass(self) -> str:
        """`ARRI/ZEISS Master Prime 32 mm`."""
        focal = self.value("lens.focal_length_mm")
        parts = (_gear(lens, self.value("lens.family")), f"{focal:g} mm" if focal is not None else "")
        return " ".join(part for part in parts if part)

    @property
    def body(self) -> str:
        """The camera's name."""
        return _gear(camera, self.value("camera.body"))

    @property
    def view(self) -> str:
        """`low angle, front-right 30`."""
        angle = self.shot.angle if self.shot is not None else None
        return f"{angle.height.replace('-', ' ')}, {angle.direction}" if angle is not None else ""


def rows_of(project: Project, panels: Iterable[str] | None = None) -> list[Row]:
    """The rows of `panels` by name, in story order; of all if None.

    Raises:
        ProjectError: a panel that is not in the storyboard.
        StorageError: a panel's folder can't be read.
    """
    board = project.board.state
    chosen = None if panels is None else {board[name].id for name in panels}
    found = []
    for number, entry in enumerate(board.panels, 1):
        if chosen is not None and entry.id not in chosen:
            continue
        takes = tuple(project.panel(entry.name).takes)
        take = next((take for take in takes if take.version == entry.current), takes[-1] if takes else None)
        shot, trouble = _shot(entry, take)
        found.append(Row(number, entry, take, takes, shot, trouble))
    return found


def _shot(entry: PanelEntry, take: Take | None) -> tuple[Shot | None, str]:
    """The planned shot, if it is a whole one; else the take's."""
    trouble = ""
    if "look" in entry.shot:
        try:
            return Shot.model_validate(entry.shot), ""
        except (LookError, ShotError) as error:
            trouble = str(error)
    if take is not None:
        try:
            return take.shot, trouble
        except TakeError as error:
            trouble = trouble or str(error)
    return None, trouble


def _gear(find: Any, known: Any) -> str:
    try:
        return str(find(known).name) if known else ""
    except StudioError:
        return str(known).replace("_", " ")
