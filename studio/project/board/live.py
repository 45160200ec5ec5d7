"""The storyboard in memory and on disk, kept the same: loaded, saved soon, merged with what others saved."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from studio.errors import ProjectError, StorageError, StudioError
from studio.project.board import entries
from studio.project.board.busy import busy, panel_busy
from studio.project.board.events import BoardEvent, Watchers
from studio.project.board.files import PanelFiles, Trashed
from studio.project.board.merge import Merged, merge
from studio.project.board.model import Conflict, PanelEntry, Storyboard
from studio.project.board.plan import PLAN_FILE, Move, PlanFile, carry_out, take_back
from studio.project.board.saver import Saver
from studio.project.board.store import BoardStore, Sight
from studio.project.board.versions import BoardVersion
from studio.project.naming import Naming


class LiveBoard:
    """What `Board` is without its edits.

    Threads: any may call anything. Locks are taken in this order: `_editing` (one edit at a time), `_saving`
    (one save at a time), `_lock` (the state, only for moments). Watchers are called with none but the first.
    """

    def __init__(
        self,
        root: Path,
        names: Callable[[], tuple[str, Naming]],
        earlier: Callable[[], Sequence[tuple[str, Naming]]] = tuple,
    ) -> None:
        self.root = root
        self.files = PanelFiles(root, names, earlier)
        self._store = BoardStore(root)
        self._plan = PlanFile(root=root, path=self._store.folder / PLAN_FILE)
        self._editing, self._saving, self._lock = threading.RLock(), threading.RLock(), threading.RLock()
        self._watchers = Watchers()
        self._state = self._base = Storyboard()
        self._sight = Sight()
        self._load()
        self._saver = Saver(self)

    @property
    def state(self) -> Storyboard:
        """The storyboard now: an immutable snapshot."""
        return self._state

    @property
    def path(self) -> Path:
        """The file."""
        return self._store.path

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """Fields that two people changed, until one value is chosen by `resolve`."""
        return self._state.conflicts

    @property
    def problems(self) -> tuple[str, ...]:
        """What a person should know: a damaged file, a panel that was kept, an autosave that failed."""
        return tuple(self._watchers.problems)

    def clear_problems(self) -> None:
        """They were read."""
        self._watchers.problems.clear()

    @property
    def dirty(self) -> bool:
        """Whether something is not on disk yet."""
        return self._state is not self._base and self._state != self._base

    @property
    def watched(self) -> bool:
        """Whether anybody listens."""
        return bool(self._watchers.callbacks)

    @property
    def history(self) -> list[BoardVersion]:
        """The last ten versions, newest first."""
        return self._store.versions.all()

    def watch(self, callback: Callable[[BoardEvent], None]) -> Callable[[], None]:
        """Hear of every change, here or elsewhere, in whatever thread it happens; call the result to stop.

        While somebody watches, the file is looked at every second or so.
        """
        stop = self._watchers.add(callback)
        self._saver.poll()
        return stop

    def flush(self) -> None:
        """Save now, and keep the version that is replaced.

        Raises:
            StorageError: the disk refuses; the change stays here and is saved later.
        """
        self.save(keep=True)

    def save(self, *, keep: bool = False) -> None:
        """Save, merged with what others saved; nothing is written if nothing is new.

        Raises:
            StorageError: the disk refuses; the change stays here and is saved later.
        """
        with self._saving:
            if not self.dirty and self._store.stamp() == self._sight.stamp and not self._plan.path.exists():
                return
            with self._writing():
                events = [*self._recover(), *self._commit(keep=keep)]
        self._watchers.tell(*events)

    def refresh(self) -> bool:
        """Take in what others changed; what is not saved here stays, and is merged.

        Returns:
            Whether anything was new.

        Raises:
            DataFileError: the disk does not let the file be read.
        """
        with self._saving:
            events = self._refreshed()
        self._watchers.tell(*events)
        if self.dirty:
            self._saver.changed()
        return any(event.kind == "merged" for event in events)

    def look(self) -> None:
        """`refresh` if a cheap look says that the file is another one.

        Raises:
            DataFileError: the disk does not let the file be read.
        """
        if self._store.stamp() != self._sight.stamp:
            self.refresh()

    @contextlib.contextmanager
    def delivering(self, panel: str, name: str = "") -> Iterator[str]:
        """While a render is being saved: the name that the panel has now, which nobody changes meanwhile.

        Args:
            panel: The panel's id.
            name: What to call it if somebody removed it: then it is a panel again.

        Raises:
            StorageError: the disk refuses.
        """
        with contextlib.ExitStack() as marked:
            with self._saving, self._writing():
                events = self._refreshed() if self._store.stamp() != self._sight.stamp else []
                entry = self._state.by_id.get(panel)
                present = entry.name if entry is not None else name or panel
                marked.enter_context(busy(self.files.folder(present)))
            self._watchers.tell(*events)
            yield present

    def _may_delete(self) -> None:
        raise NotImplementedError

    @property
    def trash(self) -> list[Trashed]:
        """Panels' folders and takes that were deleted, the youngest first."""
        return self.files.trash()

    def empty_trash(self, older_than: timedelta = timedelta(0)) -> int:
        """Delete for good what lies in the trash for longer; `undo` can't bring that back any more.

        Returns:
            The bytes that are free now.

        Raises:
            StorageError: the disk refuses.
        """
        self._may_delete()
        with self._saving, self._writing():
            return self.files.empty_trash(older_than)

    def report(self, error: StudioError) -> None:
        """An autosave or a look at the disk failed: tell it once."""
        self._watchers.tell(*self._watchers.problem(f"The storyboard on disk is not up to date: {error}"))

    def close(self) -> None:
        """Save, and let the saving thread end; the board can be used again afterwards.

        Raises:
            StorageError: the disk refuses.
        """
        try:
            self.save()
        finally:
            self._saver.close()

    def _settle(self, state: Storyboard) -> None:
        """Change the state in memory; it is saved soon."""
        with self._lock:
            if state == self._state:
                return
            self._state = state
        self._saver.changed()

    def _become(self, goal: Storyboard, moves: Sequence[Move] = (), label: str = "") -> tuple[Move, ...]:
        """Go to `goal`, with what folders and files must do for it; such moves are saved at once.

        Args:
            moves: What else is to be moved.

        Returns:
            All moves that were made.
        """
        start = self._state
        names = {entry.id: entry.name for entry in start}
        if not moves and names == {entry.id: entry.name for entry in goal}:
            self._settle(goal)
            return ()
        with self._saving, self._writing():
            events = [*self._recover(), *self._commit()]
            before = self._state
            merged = merge(start, before, goal)
            events += self._told(merged)
            self._refuse_busy(before, merged.state)
            made = (*moves, *self.files.moves_between(before, merged.state))
            events += self._carry_out(before, entries.relinked(merged.state, made), made, label)
        self._watchers.tell(*events)
        return made

    def _carry_out(
        self, before: Storyboard, goal: Storyboard, moves: Sequence[Move], label: str
    ) -> list[BoardEvent]:
        """Make the moves and save the storyboard that fits them, or none of both; as the only writer."""
        if moves:
            self._plan.write(entries.plan_of(label, before, goal, moves))
        try:
            carry_out(self.root, moves, self._store.lock.touch)
            with self._lock:
                self._state = goal
            try:
                return self._commit()
            except BaseException:
                take_back(self.root, moves)
                with self._lock:
                    self._state = before
                raise
        finally:
            self._plan.done()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Be the only writer."""
        if not self.root.is_dir():
            raise StorageError(
                "the project's folder is gone", path=self.root, hint="Was it moved, or its disk taken off?"
            )
        with self._store.writing():
            yield

    def _load(self) -> None:
        """Read the file for the first time, and finish what a killed process left half done."""
        if self._plan.path.exists():
            try:
                with self._writing():
                    self._recover()
            except StudioError as error:
                self._watchers.problem(str(error))
        sight = self._store.see()
        reading = self._store.read(sight)
        self._watchers.problem(*self._store.set_aside(sight, reading))
        state = reading.state
        if reading.broken and (versions := self._store.versions.all()):
            state = self._mended(state, versions[0])
        self._state = self._base = state
        self._sight = sight
        self._adopt()

    def _mended(self, state: Storyboard, version: BoardVersion) -> Storyboard:
        """What a damaged file lacks, from the last version."""
        try:
            old = version.read()
        except ProjectError:
            return state
        mended = merge(old, old, state, partial=True).state
        if mended != state:
            self._watchers.problem(
                f"What was missing was taken from the version of {version.at:%Y-%m-%d %H:%M} UTC"
            )
        return mended

    def _refreshed(self) -> list[BoardEvent]:
        """Take in what lies on disk; with `_saving`."""
        sight = self._store.see()
        if sight.data == self._sight.data:
            self._sight = Sight(sight.data, sight.stamp, self._sight.written)
            events = []
        else:
            reading = self._store.read(sight)
            events = self._watchers.problem(*self._store.set_aside(sight, reading))
            with self._lock:
                partial = reading.broken or sight.data is None
                merged = merge(self._base, self._state, reading.state, partial=partial)
                whole = reading.state if not partial else self._base if self.dirty else merged.state
                events += self._take(merged, whole)
                self._sight = sight
        adopted = self._adopt()
        return [*events, *([BoardEvent("merged", panels=adopted)] if adopted else [])]

    def _adopt(self) -> tuple[str, ...]:
        """List panels whose folders lie there unlisted; they are written with the next save.

        Not while somebody moves folders: what was read of the storyboard must still be true after the look.
        """
        found = entries.adoptable(self.files.unlisted(self._state))
        if not found or self._plan.path.exists() or self._store.stamp() != self._sight.stamp:
            return ()
        with self._lock:
            state = self._state
            fresh = [PanelEntry(name=name, id=entries.free_id(state, name)) for name in found]
            fresh = [entry for entry in fresh if entry.name not in state]
            self._state = state.with_panels([*state, *fresh])
        return tuple(entry.id for entry in fresh)

    def _commit(self, *, keep: bool = False) -> list[BoardEvent]:
        """Save, as the only writer; what watchers should hear."""
        with self._lock:
            base, ours, sight = self._base, self._state, self._sight
        done = self._store.commit(base, ours, sight, keep=keep, prepare=self._bring_back)
        events = self._watchers.problem(*done.problems)
        with self._lock:
            state, saved = self._state, done.merged.state
            events += self._told(done.merged)
            again = Merged(saved) if state is ours else merge(ours, state, saved)
            events += self._take(again, saved)
            self._sight = done.sight
        return [*events, *([BoardEvent("saved")] if done.wrote else [])]

    def _take(self, merged: Merged, base: Storyboard) -> list[BoardEvent]:
        """Make a merge's state ours; what watchers should hear. With `_lock`."""
        before, state = self._state, merged.state
        self._state, self._base = base if state == base else state, base
        new = [BoardEvent("merged", panels=differing(before, state))] if before != state else []
        return [*new, *self._told(merged)]

    def _told(self, merged: Merged) -> list[BoardEvent]:
        """What a merge has to say."""
        kept = [f"{name} was removed by one and changed by another: it is kept" for name in merged.kept]
        return self._watchers.problem(*kept, *merged.notes)

    def _bring_back(self, merged: Merged) -> Merged:
        """Panels that are kept though somebody removed them get their folders back from the trash."""
        for name in merged.kept:
            entry = merged.state.find(name)
            place = self.files.trashed(entry.id) if entry is not None else None
            if entry is not None and place is not None and not self.files.has_folder(entry.name):
                with contextlib.suppress(StudioError):
                    carry_out(self.root, [Move(source=place, target=entry.name)])
        return merged

    def _recover(self) -> list[BoardEvent]:
        """Finish or undo what a killed process began; as the only writer."""
        plan = self._plan.read()
        if plan is None:
            return []
        before, after = entries.states_of(plan)
        sight = self._store.see()
        reading = self._store.read(sight)
        try:
            carry_out(self.root, plan.moves, self._store.lock.touch)
        except ProjectError as error:
            take_back(self.root, plan.moves)
            state, what = merge(after, reading.state, before).state, f"undone ({error})"
        else:
            state, what = merge(before, reading.state, after).state, "finished"
        self._store.commit(reading.state, state, sight)
        self._plan.done()
        return self._watchers.problem(f"{plan.label or 'A change'} was cut off; it is {what} now")

    def _refuse_busy(self, before: Storyboard, goal: Storyboard) -> None:
        """Folders that a render is being saved to must stay where they are; as the only writer."""
        for entry in before:
            after = goal.by_id.get(entry.id)
            if (after is None or after.name != entry.name) and panel_busy(self.root / entry.name):
                raise ProjectError(
                    f"a render is just being saved to {entry.name}",
                    path=self.root / entry.name,
                    hint="Try again in a moment.",
                )


def differing(before: Storyboard, after: Storyboard) -> tuple[str, ...]:
    """Ids of panels that are new, gone or other."""
    ids = dict.fromkeys((*before.by_id, *after.by_id))
    return tuple(one for one in ids if before.by_id.get(one) != after.by_id.get(one))
