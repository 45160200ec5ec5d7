"""What the inspector shows and does, without a page: the chosen panels, their planned shots, takes and notes.

What a value may be is decided by `studio`; here it is put to the board, and a refusal is kept at its field.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from studio.errors import ProjectError, StudioError
from studio.shot import random_seed
from widgets.storyboard.actions import Target
from widgets.storyboard.inspector.comparing import Pair, Side, pair_of
from widgets.storyboard.inspector.planning import PlannedShots
from widgets.storyboard.renders import shot_of

if TYPE_CHECKING:
    from widgets.storyboard.model import News, StoryboardModel

ALL_BACKENDS = "*"
"""In place of a backend's name: one render on each."""

PANEL_FIELDS: dict[str, str] = {
    "title": "Title", "status": "Status", "rating": "Rating", "locked": "Lock", "duration": "Duration",
    "scene": "Scene", "setting": "Setting", "location": "Location", "time": "Time", "size": "Shot size",
    "dialogue": "Dialogue", "color": "Colour", "backend": "Backend",
}  # fmt: skip
"""Fields of a panel that the inspector sets, and what they are called."""


@dataclass(frozen=True)
class Call:
    """What pages are asked to show; `ticket` grows with each."""

    what: str = ""
    ticket: int = 0


class InspectorModel(PlannedShots):
    """The panels that are chosen on a board.

    Args:
        board: The board's model.
    """

    def __init__(self, board: StoryboardModel) -> None:
        super().__init__(board)
        self.pair: Pair | None = None
        self.call = Call()
        self.note_conflicts: dict[str, str] = {}  # panel → what somebody else wrote meanwhile
        self._closed = False
        self._stop = board.on_change(self._board_changed)
        board.actions.connect("compare", self._compare_action)
        board.actions.connect("notes", self._notes_action)

    # the panel

    def set_panel(self, ids: Sequence[str], field: str, value: Any, *, coalesce: bool = False) -> bool:
        """Set a field of panels; False if it was refused, and `faults` says why."""
        label = PANEL_FIELDS.get(field, field)

        def do() -> None:
            if field not in PANEL_FIELDS:
                raise ProjectError(f"the inspector sets no {field!r:.40}", where="panel")
            changes = {self.entry(id).name: {field: value} for id in ids}
            self.board.board.change(changes, label=label, coalesce=coalesce)

        return self._try(field, do)

    def rename(self, id: str, name: str) -> bool:
        """Another name for the panel, its folder and its takes."""
        return self._try("name", lambda: self.board.rename(id, name))

    def unlock(self, ids: Sequence[str]) -> bool:
        """Let panels' shots be changed."""
        return self.set_panel(ids, "locked", False)

    def set_where(self, ids: Sequence[str], backend: str) -> bool:
        """Where panels render. A name is kept by the panel; `ALL_BACKENDS` holds here and now."""
        kept = []
        for id in ids:
            if backend == ALL_BACKENDS or self.locked(self.entry(id)):
                self._where[id] = backend
            else:
                self._where.pop(id, None)
                kept.append(id)
        done = self.set_panel(kept, "backend", backend) if kept else True
        self._tell()
        return done

    def resolve(self, id: str, field: str, choice: str) -> bool:
        """Settle what two people changed differently: `ours` or `theirs`."""

        def do() -> None:
            for conflict in self.board.board.conflicts:
                if (conflict.panel, conflict.field) == (id, field):
                    self.board.board.resolve(conflict, "theirs" if choice == "theirs" else "ours")

        return self._try(field, do)

    # takes

    def rate_take(self, id: str, version: int, stars: int) -> bool:
        """0 to 5 stars for a take; the same again takes them back."""

        def do() -> None:
            panel = self._panel(id)
            panel.rate(0 if panel.stars(version) == stars else stars, version)

        return self._try("takes", do)

    def delete_take(self, id: str, version: int) -> bool:
        """A take to the project's trash; undo brings it back."""

        def do() -> None:
            entry = self.entry(id)
            self.board.board.delete_take(entry.name, version)
            self.board.shelf.refresh({entry.id: entry.name})

        return self._try("takes", do)

    def act(self, action: str, id: str, version: int | None = None, choice: str = "") -> bool:
        """An action of the board's menu with a panel, and with a take of it: `restore`, `reference` …"""

        def do() -> None:
            if version is None:
                self.board.act(action, [id], choice)
                return
            found = self.board.actions.get(action)
            if found is None or found.run is None:
                raise ProjectError(
                    f"{found.title if found else action!r:.40} can't be done here",
                    where="storyboard",
                    hint=found.why if found else "",
                )
            found.run(Target((self.entry(id),), (self.take(id, version),), choice))

        return self._try("takes", do)

    # renders

    def render(self, ids: Sequence[str]) -> bool:
        """Render the planned shots of panels, each where it is to be rendered."""

        def do() -> None:
            by_backend: dict[str, list[str]] = {}
            for id in ids:
                by_backend.setdefault(self.where(self.entry(id)), []).append(id)
            for backend, group in by_backend.items():
                if backend == ALL_BACKENDS:
                    for id in group:
                        self.board.project.submissions.submit(self._everywhere, id)
                else:
                    self.board.render(group, backend)

        return self._try("render", do)

    def cancel(self, ids: Sequence[str]) -> None:
        """Cancel what renders for these panels."""
        self.board.cancel(ids)

    # notes

    def write_notes(self, id: str, text: str, base: str) -> bool:
        """Keep a panel's notes.

        Args:
            text: As they are to be.
            base: As they were when the writing began; if somebody wrote meanwhile, nothing is lost: the
                other text is in `note_conflicts` until one of them is chosen.
        """
        entry = self.entry(id)
        if entry.notes not in (base, text):
            self.note_conflicts[id] = entry.notes
            self._tell()
            return False
        self.note_conflicts.pop(id, None)

        def do() -> None:
            self.board.board.change({entry.name: {"notes": text}}, label="Notes", coalesce=True)

        return self._try("notes", do)

    def settle_notes(self, id: str, text: str | None) -> bool:
        """Choose between two texts of notes: `text`, or with None what the other wrote."""
        here = self.note_conflicts.pop(id, None) is not None
        if text is None:
            done = True if here else self.resolve(id, "notes", "theirs")
            self._tell()
            return done
        self.resolve(id, "notes", "ours")
        return self.write_notes(id, text, self.entry(id).notes)

    # comparing

    def compare(self, first: Side, second: Side, *, show: bool = True) -> None:
        """Put two takes side by side; a panel remembers its own pair.

        Raises:
            ProjectError: one of them is not there.
        """
        self.take(*first)
        self.take(*second)
        ticket = self.pair.ticket if self.pair is not None else 0
        self.pair = Pair(first, second, self._next_ticket() if show else ticket)
        if self.pair.same_panel and first != second:
            entry = self.entry(first[0])
            if entry.compare != (first[1], second[1]):
                with contextlib.suppress(StudioError):  # seen, if not remembered
                    self.board.board.change(
                        {entry.name: {"compare": [first[1], second[1]]}}, label="Compare", coalesce=True
                    )
        self._tell()

    def close_compare(self) -> None:
        """Nothing is compared any more."""
        self.pair = None
        self._tell()

    def close(self) -> None:
        """Let go of the board; it stays. Twice is once: a widget may be closed again when it is collected."""
        if self._closed:
            return
        self._closed = True
        self._stop()
        for id, why in (("compare", "to compare"), ("notes", "to write notes")):
            self.board.actions.connect(id, None, why=f"Open the panel inspector {why}.")
        self.offers.close()
        self.records.close()

    # inside

    def _everywhere(self, id: str) -> None:
        """One render on each backend that is there, on the submissions' thread."""
        entry = self.entry(id)
        try:
            farm = self.board.project.farm
            names = [
                each.name
                for each in farm.status()
                if each.state not in ("offline", "disabled", "wrong_version")
            ]
            if not names:
                raise ProjectError("no backend is there", where=entry.name, hint="Look at the farm.")
            shot, group = shot_of(entry, self.board.take(id)), str(uuid.uuid4())
            panel = self._panel(id)
            for index, name in enumerate(names):
                # a seed that is kept shows how backends differ; else each makes another picture
                one = shot if index == 0 or "seed" in entry.shot else shot.with_(seed=random_seed())
                self.board.follow(id, panel.submit(one, farm=farm, backend=name, group=group))
        except Exception as error:  # an error on another thread is seen nowhere else
            self.board.renders.fail(id, error)

    def _compare_action(self, target: Target) -> None:
        self.compare(*pair_of(self.board, target.panels))

    def _notes_action(self, target: Target) -> None:
        self.board.select([entry.id for entry in target.panels[:1]])
        self.call = Call("notes", self._next_ticket())
        self._tell()

    def _next_ticket(self) -> int:
        return max(self.call.ticket, self.pair.ticket if self.pair is not None else 0) + 1

    def _board_changed(self, news: News) -> None:
        if news.selection:
            with self._lock:
                self._faults.clear()
        self._tell()
