"""What the board shows and does, without a page: a project's storyboard, takes, selection and renders.

All that is decided is decided by `project.board` and `studio.project.geometry`; this is their hand.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.errors import ProjectError, StudioError, UnsafeName
from studio.project import geometry
from studio.project.geometry import Point
from widgets.storyboard import drops
from widgets.storyboard.actions import Actions, Target
from widgets.storyboard.cards import Card, State, plain_words
from widgets.storyboard.edits import PanelEdits
from widgets.storyboard.menu import standard_actions
from widgets.storyboard.renders import Renders, Running, submit
from widgets.storyboard.shelf import Shelf, Shown
from widgets.storyboard.watch import Watch

if TYPE_CHECKING:
    from studio.project import Project, Take
    from studio.project.board import Board, BoardEvent, PanelEntry
    from studio.render import Farm


@dataclass(frozen=True)
class News:
    """What changed: the board's panels, the selection, renders' progress, the menu."""

    cards: bool = False
    selection: bool = False
    progress: bool = False
    menu: bool = False


class StoryboardModel(PanelEdits):
    """A project's storyboard under the director's hands.

    Panels are meant by their ids, which stay when a panel is renamed (`PanelEntry.id`).

    Args:
        project: An open project.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.revision = 0
        self._lock = threading.RLock()
        self._listeners: list[Callable[[News], None]] = []
        self._errors: list[Callable[[str], None]] = []
        self._selection: tuple[str, ...] = ()
        self._cards: tuple[Card, ...] | None = None
        self.shelf = Shelf(project, lambda: self._changed(cards=True))
        self.renders = Renders(lambda: self._changed(progress=True), self._delivered)
        self.actions = Actions(standard_actions(self), lambda: self._changed(menu=True))
        self._scanned: dict[str, str] = {}
        self._farm: Farm | None = None
        self._unwatch_farm: Callable[[], None] = _nothing
        board = self.board
        if any(not entry.placed for entry in board.state):
            board.arrange_new()
        self._unwatch = board.watch(self._board_told)
        self._scan()
        self.follow_farm()
        self._watch = Watch(self.look)

    def watch(self) -> None:
        """Look now and then at what comes from elsewhere, from now on: there is somebody to see it."""
        self._watch.start()

    # what there is

    @property
    def board(self) -> Board:
        """The project's storyboard."""
        return self.project.board

    @property
    def entries(self) -> Mapping[str, PanelEntry]:
        """Id → panel, in story order."""
        return self.board.state.by_id

    @property
    def cards(self) -> tuple[Card, ...]:
        """All panels as they are to be drawn, lowest first."""
        with self._lock:
            if self._cards is None:
                self._cards = tuple(self._card(entry) for entry in self.board.state.stacked())
            return self._cards

    @property
    def order(self) -> tuple[str, ...]:
        """The panels' ids in story order."""
        return tuple(self.entries)

    @property
    def selection(self) -> tuple[str, ...]:
        """The ids of the chosen panels, in the order of choice."""
        return self._selection

    @property
    def chosen(self) -> list[PanelEntry]:
        """The chosen panels."""
        entries = self.entries
        return [entries[id] for id in self._selection if id in entries]

    def takes(self, id: str) -> tuple[Take, ...]:
        """The pictures and films of a panel, oldest first, as last read from its folder."""
        return tuple(shown.take for shown in self.shelf.of(id))

    def take(self, id: str) -> Take | None:
        """The take that the panel shows."""
        shown = self._shown(self.entries[id]) if id in self.entries else None
        return shown.take if shown else None

    def on_change(self, callback: Callable[[News], None]) -> Callable[[], None]:
        """Call `callback` after every change, from whatever thread it happens in; gives what ends it."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback)

    def on_error(self, callback: Callable[[str], None]) -> Callable[[], None]:
        """Call `callback` with what went wrong in the background; gives what ends it."""
        self._errors.append(callback)
        return lambda: self._errors.remove(callback)

    # the selection

    def select(self, ids: Iterable[str]) -> None:
        """Choose these panels and no others; unknown ones are left out."""
        entries = self.entries
        chosen = tuple(dict.fromkeys(id for id in ids if id in entries))
        if chosen != self._selection:
            self._selection = chosen
            self._changed(selection=True)

    # renders

    def render(self, ids: Sequence[str] | None = None, backend: str = "") -> None:
        """Render panels' shots, in order; returns at once. None: all panels that have a shot.

        What can't be sent is shown on its panel, with the reason.

        Raises:
            NotAllowed: the role may not render.
        """
        self.project.access.require("render", what="the storyboard")
        if ids is None:
            found = [entry for entry in self.entries.values() if entry.shot or self.shelf.of(entry.id)]
            if not found:
                raise ProjectError(
                    "no panel has a shot yet", where="storyboard", hint="Plan one beside the board."
                )
        else:
            found = self._entries(ids)
        for entry in found:
            self.project.submissions.submit(self._submit, entry, backend)

    def follow(self, panel: str, job: Any) -> None:
        """Show a job that was started elsewhere on the panel of that name or id."""
        entry = self.entries.get(panel) or self.board.state.find(panel)
        if entry is not None:
            self.renders.follow(entry.id, job)

    def follow_farm(self) -> None:
        """Show what the project's farm renders for panels: started in a cell, or before a restart."""
        farm = self.project._farm  # a board that is only looked at starts no backend
        if farm is None:
            return
        if farm is not self._farm:
            self._farm = farm
            self._unwatch_farm()
            self._unwatch_farm = farm.watch(self.follow_farm)
        for job in farm.jobs:
            self.follow(str(job.meta.get("panel_id") or job.label), job)

    def look(self) -> None:
        """See what came from elsewhere: takes in the panels' folders, jobs of a cell. Called now and then."""
        self.shelf.look({id: entry.name for id, entry in self.entries.items()})
        self.follow_farm()

    def cancel(self, ids: Sequence[str]) -> None:
        """Cancel the renders of these panels, and no others."""
        for id in ids:
            self.renders.cancel(id)

    def backends(self) -> list[tuple[str, str]]:
        """(name, name and state) of the farm's backends; the farm is opened if it was not."""
        return [(each.name, f"{each.name} · {each.state}") for each in self.project.farm.status()]

    # what is dropped

    def drop_files(self, files: Sequence[tuple[str, bytes]], panel: str | None, at: Point | None) -> None:
        """Keep files as takes of a panel, or of new panels from `at` on.

        Raises:
            StudioError: one of them is no picture; those before it are kept.
        """
        self._drop([(name, data, None) for name, data in files], panel, at)

    def drop_takes(self, text: str, panel: str | None, at: Point | None) -> None:
        """Keep the gallery's takes of a drag; one of the panel's own is shown, not copied.

        Args:
            text: The data of the type `application/x-studio-takes`.
            panel: The panel's id; None for new panels from `at` on.

        Raises:
            StudioError: a path that leads out of the project, or is none of its takes.
        """
        found = drops.find_takes(self.project, drops.parse_takes(text))
        if panel is not None:
            entry = self._entry(panel)
            own = {shown.take.path.resolve(): shown.take.version for shown in self.shelf.of(panel)}
            if len(found) == 1 and found[0] in own:
                self.show(entry.id, own[found[0]])
                return
        self._drop([(path.name, *drops.read_taken(path)) for path in found], panel, at)

    # actions

    def act(self, id: str, ids: Sequence[str], choice: str = "") -> None:
        """Do what the menu's line `id` says with these panels.

        Raises:
            ProjectError: there is no such action, or it can't be done here.
            StudioError: what went wrong.
        """
        action = self.actions.get(id)
        if action is None or action.run is None:
            raise ProjectError(
                f"{action.title if action else id} can't be done here", where="storyboard",
                hint=action.why if action else "",
            )  # fmt: skip
        found = self._entries(ids)
        shown = [self._shown(entry) for entry in found]
        action.run(Target(tuple(found), tuple(each.take if each else None for each in shown), choice))

    def refresh(self) -> None:
        """Look at the disk again: the storyboard, and every panel's folder."""
        self.board.refresh()
        self._scanned = {}
        self._scan()

    def close(self) -> None:
        """Stop listening and following; the storyboard is written, the project stays open."""
        self._watch.stop()
        self._unwatch()
        self._unwatch_farm()
        self.renders.close()
        self.shelf.close()
        with contextlib.suppress(StudioError):
            self.board.flush()

    # inside

    def _card(self, entry: PanelEntry) -> Card:
        shown = self.shelf.of(entry.id)
        now = self._shown(entry)
        running = self.renders.of(entry.id)
        state: State = "done" if shown else "empty"
        if running is not None:
            state = running.state  # type: ignore[assignment]
        return Card(
            id=entry.id,
            name=entry.name,
            title=entry.title or entry.name,
            box=entry.box,
            z=entry.z,
            state=state,
            mark=entry.status,
            color=entry.color if _is_colour(entry.color) else "",
            rating=entry.rating,
            locked=bool(entry.locked),
            notes=plain_words(entry.notes) if entry.notes else "",
            has_notes=bool(entry.notes.strip()),
            takes=len(shown),
            take=shown.index(now) + 1 if now else 0,
            version=now.take.version if now else 0,
            path=now.take.path if now else None,
            kind=now.take.kind if now else "",
            stamp=now.stamp if now else 0,
        )

    def _shown(self, entry: PanelEntry) -> Shown | None:
        shown = self.shelf.of(entry.id)
        if entry.current is not None:
            for each in shown:
                if each.take.version == entry.current:
                    return each
        return shown[-1] if shown else None

    def _submit(self, entry: PanelEntry, backend: str) -> None:
        """On the submissions' thread."""
        try:
            shown = self._shown(entry)
            self.follow(entry.id, submit(self.project, entry, shown.take if shown else None, backend))
        except Exception as error:  # an error on another thread is seen nowhere else
            self.renders.fail(entry.id, error)
            self._say_error(f"{entry.title or entry.name}: {error}")

    def _drop(self, files: Sequence[tuple[str, bytes, Any]], panel: str | None, at: Point | None) -> None:
        if panel is not None:
            entry = self._entry(panel)
            for name, data, record in files:
                drops.keep(self.project, entry.name, name, data, record)
            self._change([entry] if entry.current is not None else [], "Show take", current=None)
            self._read([entry])
            self.select([entry.id])
            return
        around = at or Point(0, 0)
        made = []
        for index, (name, data, record) in enumerate(files):
            drops.check(name, data)
            entry = self._add(
                Path(name).stem,
                x=around.x + index * (geometry.PANEL_WIDTH + geometry.GAP) - geometry.PANEL_WIDTH / 2,
                y=around.y - geometry.PANEL_HEIGHT / 2,
            )
            drops.keep(self.project, entry.name, name, data, record)
            made.append(entry)
        self._read(made)
        self.select(entry.id for entry in made)

    def _add(self, name: str, **fields: Any) -> PanelEntry:
        """A panel of that name, or with that title where the name is taken or can't be."""
        try:
            return self.board.add(name, **fields)
        except UnsafeName:
            return self.board.add(title=name[:80], **fields)

    def _delivered(self, id: str) -> None:
        if id in self.entries:
            self._read([self.entries[id]])

    def _read(self, entries: Iterable[PanelEntry]) -> None:
        self.shelf.refresh({entry.id: entry.name for entry in entries})
        self._changed(cards=True)

    def _board_told(self, event: BoardEvent) -> None:
        if event.kind == "problem":
            self._say_error(event.label)
        elif event.kind != "saved":
            self._board_changed()

    def _say_error(self, words: str) -> None:
        for callback in list(self._errors):
            callback(words)

    def _board_changed(self) -> None:
        entries = self.entries
        self._selection, before = tuple(id for id in self._selection if id in entries), self._selection
        self._scan()
        self._changed(cards=True, selection=self._selection != before)

    def _scan(self) -> None:
        """Read the folders of panels that are new or have another name."""
        names = {id: entry.name for id, entry in self.entries.items()}
        fresh = {id: name for id, name in names.items() if self._scanned.get(id) != name}
        self._scanned = names
        self.shelf.keep(names)
        if fresh:
            self.shelf.refresh(fresh)

    def _changed(self, **what: bool) -> None:
        with self._lock:
            if what.get("cards") or what.get("progress"):
                self._cards = None
            if what.get("cards"):
                self.revision += 1
            listeners = list(self._listeners)
        news = News(**what)
        for callback in listeners:
            callback(news)


def _nothing() -> None:
    """Nothing to end."""


def _is_colour(text: str) -> bool:
    return (
        len(text) == 7 and text[0] == "#" and all(letter in "0123456789abcdefABCDEF" for letter in text[1:])
    )


__all__ = ["News", "Running", "StoryboardModel"]
