"""The one door to thumbnails: ask for one, for many, from any thread or loop."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import CancelledError, Future
from pathlib import Path
from types import TracebackType
from typing import Any

from studio.errors import StorageError, StudioError
from studio.folders import cache_folder
from studio.gallery.thumbs.budget import Budget
from studio.gallery.thumbs.make import Source, StripWant, make_strip, make_thumbs, smaller
from studio.gallery.thumbs.queue import Queue, Ticket
from studio.gallery.thumbs.store import LIMIT, Entry, Store
from studio.gallery.thumbs.thumb import FORMS, SIDES, Strip, Thumb, side_for

MOST_FRAMES = 60
"""Of a scrub strip; WebP can't be wider than 16,383 pixels."""

_SWEEP_SHARE = 16  # a sweep when a sixteenth of the limit was written since the last
_FIRST = -1.0  # priority of one who waits
_REFUSED = "\0"  # begins the key of a path that was refused; no path has it

Callback = Callable[[str, Thumb], None]


class Thumbs:
    """Thumbnails of the files of a folder, made once and kept.

    They are kept under the file's path, size and time, and under its content, so that a file that was moved
    or renamed keeps its own. Nothing in a file makes any method raise: what can't be shown has a note.

    Args:
        root: The project's folder: paths are relative to it and must stay in it. None: any absolute paths.
        cache: Folder to keep them in; None: the platform's cache folder (`STUDIO_CACHE` if set). One inside
            `root` (such as `<project>/.gallery/thumbs`) is shared by all who mount the project.
        limit: Most bytes that the cache may take; the longest unused go first.
        workers: Threads; None: one a processor.
        form: `webp` or `jpeg`.
    """

    def __init__(
        self,
        root: Path | str | None = None,
        *,
        cache: Path | str | None = None,
        limit: int = LIMIT,
        workers: int | None = None,
        form: str = "webp",
    ) -> None:
        if form not in FORMS:
            raise StudioError(f"no such form of thumbnails: {form!r}", hint=f"One of {', '.join(FORMS)}.")
        self.root = None if root is None else Path(os.path.realpath(root))
        self.form = form
        folder = Path(os.path.realpath(cache)) if cache is not None else cache_folder() / "thumbs"
        self._shared = self.root is not None and self.root in folder.parents
        self._store = Store(folder, limit)
        self._budget = Budget()
        self._queue = Queue(self._make, workers)
        self._sweeping = threading.Lock()
        self._sweeper: threading.Thread | None = None
        self._store.unswept = limit  # so that the first that is made brings a sweep, once

    def __repr__(self) -> str:
        return f"Thumbs({str(self.root or '')!r}, cache={str(self._store.folder)!r})"

    def __enter__(self) -> Thumbs:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def problem(self) -> str:
        """Why thumbnails can't be kept (and are made each time), or nothing."""
        return self._store.problem

    @property
    def waiting(self) -> int:
        """How many files wait to be looked at."""
        return self._queue.length

    def get(self, path: str | Path, side: int = 256) -> Thumb:
        """The thumbnail of a file, made now if there is none. Waits; from a loop use `fetch`.

        Args:
            path: Relative to `root`, or absolute.
            side: Longer side in pixels; the kept size that serves it is given (`SIDES`).
        """
        found = self.cached(path, side)
        if found is not None:
            return found
        want = side_for(side)
        if self._queue.is_worker():  # in somebody's callback: waiting for ourselves would be for ever
            try:
                return _thumb(self._make(self._place(path), frozenset((want,)))[want], path)
            except StudioError as error:
                return _thumb(error, path)
        future, _ = self._future(path, want)
        return _thumb(_outcome(future), path)

    async def fetch(self, path: str | Path, side: int = 256) -> Thumb:
        """`get` for a coroutine, on any loop. Cancelling it takes the file off the queue."""
        future, ticket = self._future(path, side_for(side))
        try:
            return _thumb(await asyncio.wrap_future(future), path)
        except asyncio.CancelledError:
            ticket.cancel()
            raise

    def cached(self, path: str | Path, side: int = 256) -> Thumb | None:
        """The thumbnail if it is kept; never makes one. Costs a look at the file and one small read."""
        try:
            place = self._place(path)
            state = os.stat(place)  # noqa: PTH116 - half the time of Path.stat, and it is hot
        except StudioError as error:
            return _thumb(error, path)
        except OSError:
            return None
        key = self._key(place, state.st_size, state.st_mtime_ns)
        entry = self._store.read(key, self._variant(side_for(side)))
        return None if entry is None else _thumb(entry, path)

    def request(
        self,
        paths: Iterable[str | Path],
        side: int,
        callback: Callback,
        priority: float = 0,
    ) -> Ticket:
        """Ask for many at once and go on; kept ones come this way too, so that no disk is waited for here.

        Args:
            paths: Files; each is made once, however many ask.
            side: As for `get`.
            callback: Called with the path as text and its thumbnail, in a worker thread, once a path, as
                they are ready.
            priority: The smaller the sooner: 0 for what is visible, 1 for the next screen, 2 for later.
                Asking again with a smaller one lifts what waits.
        """
        return self._ask(
            paths, side_for(side), lambda path, made: callback(path, _thumb(made, path)), priority
        )

    def request_strips(
        self,
        paths: Iterable[str | Path],
        frames: int,
        side: int,
        callback: Callable[[str, Strip], None],
        priority: float = 0,
    ) -> Ticket:
        """`request` for scrub strips."""
        return self._ask(
            paths, _strip_want(frames, side), lambda path, made: callback(path, _strip(made)), priority
        )

    def strip(self, path: str | Path, frames: int = 12, side: int = 128) -> Strip:
        """Frames of a film or of an animated picture side by side, made now if there is no strip. Waits."""
        future, _ = self._future(path, _strip_want(frames, side))
        return _strip(_outcome(future))

    async def fetch_strip(self, path: str | Path, frames: int = 12, side: int = 128) -> Strip:
        """`strip` for a coroutine, on any loop."""
        future, ticket = self._future(path, _strip_want(frames, side))
        try:
            return _strip(await asyncio.wrap_future(future))
        except asyncio.CancelledError:
            ticket.cancel()
            raise

    def drop(self, paths: Iterable[str | Path]) -> None:
        """Forget what is kept of these files as they are now; it is made again when it is asked for."""
        for path in paths:
            try:
                place = self._place(path)
                with Source(Path(place)) as source:
                    self._store.drop(self._key(place, source.size, source.modified))
                    self._store.drop(source.content.hex())
            except StudioError:
                continue

    def clear(self) -> None:
        """Forget all that is kept in this cache, of all projects that share it."""
        self._store.clear()

    def usage(self) -> int:
        """Bytes that the cache takes."""
        return self._store.usage()

    def sweep(self) -> int:
        """Bring the cache below its limit now, the longest unused first; gives the bytes removed."""
        with self._sweeping:
            return self._store.sweep()

    def close(self) -> None:
        """Stop the workers. What waits is given up; what is kept stays."""
        self._queue.close()
        if self._sweeper is not None:
            self._sweeper.join()

    def _ask(
        self, paths: Iterable[str | Path], want: Any, told: Callable[[str, Any], None], priority: float
    ) -> Ticket:
        asked = [str(path) for path in paths]
        ticket = Ticket(self._queue, len(asked))
        asks: list[tuple[str, Any, Callable[[Any], None]]] = []
        for path in asked:
            tell = functools.partial(told, path)
            try:
                asks.append((self._place(path), want, tell))
            except StudioError as error:  # told by a worker too, so that nobody is called back in here
                asks.append((_REFUSED + path, error, tell))
        self._queue.put(asks, ticket, priority)
        return ticket

    def _future(self, path: str | Path, want: Any) -> tuple[Future[Any], Ticket]:
        future: Future[Any] = Future()
        ticket = Ticket(self._queue, 1)
        try:
            place = self._place(path)
        except StudioError as error:
            future.set_result(error)
            return future, ticket
        self._queue.put([(place, want, lambda result: _settle(future, result))], ticket, _FIRST)
        return future, ticket

    def _place(self, path: str | Path) -> str:
        """The file's own path, links followed.

        Raises:
            StorageError: it leads out of the project, or no disk could have such a path.
        """
        try:
            if self.root is None:
                return os.path.realpath(path)
            root = str(self.root)
            place = os.path.realpath(os.path.join(root, path))  # noqa: PTH118
        except (OSError, ValueError) as error:
            raise StorageError(f"{str(path)!r} is no path", path=ascii(str(path))) from error
        if not place.startswith(root.rstrip(os.sep) + os.sep):
            raise StorageError("it leads out of the project", path=path)
        return place

    def _key(self, place: str, size: int, modified: int) -> str:
        if self._shared and self.root is not None:  # another machine has the project elsewhere
            place = place[len(str(self.root)) :].replace(os.sep, "/")
        text = f"{place}\0{size}\0{modified}"
        return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()

    def _make(self, place: str, wants: frozenset[Any]) -> Mapping[Any, Any]:
        """What a worker does for one file: keep, find by content, shrink a larger one, or decode."""
        if place.startswith(_REFUSED):
            return {want: want for want in wants}
        try:
            with Source(Path(place)) as source:
                found = self._found(place, source, wants)
        except StudioError as error:
            return dict.fromkeys(wants, error)
        if self._store.unswept >= self._store.limit // _SWEEP_SHARE:
            self._sweep_if_due()
        return found

    def _sweep_if_due(self) -> None:
        """Sweep. The first time, when nothing was written yet, on a thread of its own: looking at all that is
        kept may take seconds, and somebody waits for the first pictures.
        """
        if not self._sweeping.acquire(blocking=False):
            return

        def work() -> None:
            try:
                self._store.sweep()
            finally:
                self._sweeping.release()

        if self._sweeper is not None:
            work()
            return
        self._store.unswept = 0
        self._sweeper = threading.Thread(target=work, name="studio-thumbs-sweep", daemon=True)
        self._sweeper.start()

    def _found(self, place: str, source: Source, wants: frozenset[Any]) -> dict[Any, Entry]:
        key = self._key(place, source.size, source.modified)
        found: dict[Any, Entry] = {}
        for want in wants:
            entry = self._store.read(key, self._variant(want))
            if entry is not None:
                found[want] = entry
        if len(found) == len(wants):
            return found
        own = source.content.hex()
        for want in wants - found.keys():
            entry = self._store.read(own, self._variant(want)) or self._from_larger(own, want)
            if entry is not None:
                self._store.link(own, key, self._variant(want), entry)
                found[want] = entry
        made: dict[Any, Entry] = {}
        sides = [want for want in wants - found.keys() if isinstance(want, int)]
        if sides:
            made.update(make_thumbs(source, sides, self._budget, self.form))
        for want in wants - found.keys():
            if isinstance(want, StripWant):
                made[want] = make_strip(source, want, self._budget, self.form)
        for want, entry in made.items():
            self._store.write(own, self._variant(want), entry)
            self._store.link(own, key, self._variant(want), entry)
        return found | made

    def _variant(self, want: Any) -> str:
        what = f"strip{want.frames}x{want.side}" if isinstance(want, StripWant) else str(want)
        return f"{what}.{self.form}"

    def _from_larger(self, own: str, want: Any) -> Entry | None:
        if not isinstance(want, int):
            return None
        for side in SIDES:
            larger = self._store.read(own, self._variant(side)) if side > want else None
            if larger is None:
                continue
            if not larger.data:
                return larger  # a note is one at any size
            entry = smaller(larger, want, self.form)
            if entry is not None:
                self._store.write(own, self._variant(want), entry)
                return entry
        return None


def _strip_want(frames: int, side: int) -> StripWant:
    return StripWant(max(2, min(MOST_FRAMES, frames)), side_for(min(side, 256)))


def _settle(future: Future[Any], result: Any) -> None:
    if future.set_running_or_notify_cancel():
        if isinstance(result, CancelledError):
            future.set_exception(result)
        else:
            future.set_result(result)


def _outcome(future: Future[Any]) -> Any:
    try:
        return future.result()
    except CancelledError as error:
        return error


def _thumb(result: Any, path: str | Path) -> Thumb:
    name = os.path.basename(str(path))  # noqa: PTH119
    if isinstance(result, Entry):
        data = result.data or None
        return Thumb(data, result.mime, result.width, result.height, result.note, name)
    return Thumb(note=_words(result), name=name)


def _strip(result: Any) -> Strip:
    if isinstance(result, Entry):
        return Strip(
            result.data or None,
            result.mime,
            result.frames if result.data else 0,
            result.width,
            result.height,
            result.seconds,
            result.note,
        )
    return Strip(note=_words(result))


def _words(result: Any) -> str:
    if isinstance(result, StudioError):
        return f"{result.message}. {result.hint}" if result.hint else result.message
    if isinstance(result, CancelledError):
        return "the gallery was closed before it was made"
    if isinstance(result, MemoryError):
        return "there was not enough memory to make it"
    return f"it could not be made ({type(result).__name__})"
