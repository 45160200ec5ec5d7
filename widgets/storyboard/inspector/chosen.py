"""The panels that are chosen beside a board: what is known of them, and what was refused at which field."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from studio.errors import ProjectError, StudioError
from studio.project import planned
from studio.project.versions import version_text
from widgets.storyboard.inspector.offers import Offers
from widgets.storyboard.inspector.records import Record, Records

if TYPE_CHECKING:
    from studio.project import Take
    from studio.project.board import PanelEntry
    from studio.shot import Shot
    from studio.workflow import Parameter, Template
    from widgets.storyboard.model import StoryboardModel
    from widgets.storyboard.shelf import Shown


@dataclass(frozen=True)
class Ready:
    """Whether a panel's shot can be sent, and what is sent."""

    why: str = ""
    prompt: str = ""
    graph: Mapping[str, Any] | None = None


class ChosenPanels:
    """What there is of the panels that are chosen on a board.

    Args:
        board: The board's model.
    """

    def __init__(self, board: StoryboardModel) -> None:
        self.board = board
        self.records = Records(self._tell)
        self.offers = Offers(board.project, self._tell)
        self._lock = threading.RLock()
        self._faults: dict[str, dict[str, str]] = {}  # panel, or "" for several → field → what was wrong
        self._where: dict[str, str] = {}  # panel → backend, where the panel can't keep it
        self._ready: dict[str, tuple[Any, Ready]] = {}
        self._listeners: list[Callable[[], None]] = []

    @property
    def panels(self) -> list[PanelEntry]:
        """The chosen panels, in the order of choice."""
        return self.board.chosen

    @property
    def panel(self) -> PanelEntry | None:
        """The chosen panel, if it is one."""
        chosen = self.panels
        return chosen[0] if len(chosen) == 1 else None

    def entry(self, id: str) -> PanelEntry:
        """The panel of that id.

        Raises:
            ProjectError: it is gone.
        """
        found = self.board.entries.get(id)
        if found is None:
            raise ProjectError("this panel is not on the board any more", where=id[:80])
        return found

    def shown(self, id: str, version: int | None = None) -> Shown | None:
        """A take of a panel: the one shown, or that of a version."""
        takes = self.board.shelf.of(id)
        if version is None:
            take = self.board.take(id)
            version = take.version if take is not None else None
        return next((each for each in takes if each.take.version == version), None)

    def take(self, id: str, version: int) -> Take:
        """The take of that version.

        Raises:
            ProjectError: it is gone.
        """
        found = self.shown(id, version)
        if found is None:
            raise ProjectError(f"there is no take {version_text(version)} any more", where=id[:80])
        return found.take

    def record(self, id: str, version: int | None = None) -> Record | None:
        """What a take says of itself; None if there is no take, or it is still being read."""
        found = self.shown(id, version)
        return self.records.of(found) if found is not None else None

    def locked(self, entry: PanelEntry) -> bool:
        """Whether the panel's shot stays as it is: somebody said so, or it has takes."""
        return entry.locked if entry.locked is not None else bool(self.board.shelf.of(entry.id))

    def table(self, entry: PanelEntry) -> planned.Table:
        """The planned shot; without one, that of the take shown, with its seed left open; else nothing."""
        if entry.shot:
            return dict(entry.shot)
        record = self.record(entry.id)
        if record is None or record.shot is None:
            return {}
        table = planned.table_of(record.shot)
        table.pop("seed", None)  # another picture is wanted, as `Renders` does it
        return table

    def template(self, entry: PanelEntry) -> Template:
        """The template of its planned shot.

        Raises:
            TemplateError, DataFileError: there is none of that id, or it can't be read.
        """
        return self.offers.template(str(self.table(entry).get("template") or "sdxl"))

    def ready(self, entry: PanelEntry) -> Ready:
        """Whether its shot can be sent; worked out once for each plan."""
        table = self.table(entry)
        key = (table, self.offers.templates().get(str(table.get("template"))))
        known = self._ready.get(entry.id)
        if known is not None and known[0] == key:
            return known[1]
        found = self._check(table)
        self._ready[entry.id] = (key, found)
        return found

    def where(self, entry: PanelEntry) -> str:
        """The backend to render on: a name, `ALL_BACKENDS`, or "" for any."""
        return self._where.get(entry.id, entry.backend)

    def faults(self) -> dict[str, str]:
        """Field → why the last value was refused, of what is chosen now."""
        return dict(self._faults.get(self._key(), {}))

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` after every change, from whatever thread; gives what ends it."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback)

    # inside

    def _check(self, table: planned.Table) -> Ready:
        if not table:
            return Ready("No shot is planned yet. Choose a template or write who or what is seen.")
        prompt = ""
        try:
            shot = planned.shot_of(table)
            template = self.offers.template(shot.template)
            prompt = shot.prompt(template).positive
            missing = [each.title for each in template.manifest.parameters if _is_missing(each, shot)]
            if missing:
                return Ready(f"{' and '.join(missing)}: choose or drop a picture first.", prompt)
            return Ready("", prompt, shot.build(template=template))
        except StudioError as error:
            return Ready(_plain(error), prompt)

    def _panel(self, id: str) -> Any:
        found = self.board.project.find_panel(id)
        if found is None:
            raise ProjectError("this panel is not on the board any more", where=id[:80])
        return found

    def _key(self) -> str:
        chosen = self.board.selection
        return chosen[0] if len(chosen) == 1 else ""

    def _try(self, field: str, do: Callable[[], Any]) -> bool:
        try:
            do()
        except StudioError as error:
            return self._fault(field, error)
        with self._lock:
            self._faults.get(self._key(), {}).pop(field, None)
        self._tell()
        return True

    def _fault(self, field: str, error: StudioError) -> bool:
        with self._lock:
            self._faults.setdefault(self._key(), {})[field] = _plain(error)
        self._tell()
        return False

    def _tell(self) -> None:
        for callback in list(self._listeners):
            callback()


def _is_missing(parameter: Parameter, shot: Shot) -> bool:
    return parameter.required and parameter.type.is_media and parameter.name not in shot.images


def _plain(error: StudioError) -> str:
    """An error at its field: the place is seen, so only what and what next are said."""
    text = error.message[:1].upper() + error.message[1:]
    return f"{text}. {error.hint}" if error.hint else f"{text}."
