"""`studio shot run`: notebooks headless and side by side, and their locks filled in."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio.errors import BackendError, ComputedShot, NotebookError, StudioError
from studio.files import write_atomically
from studio.project.backends import project_backends
from studio.project.settings import SETTINGS_FILE, Settings
from studio.project.takes import Take
from studio.project.toml import read_toml
from studio.provenance import public_url
from studio.render import Backend, run
from studio.shots.asking import told_by
from studio.shots.kernel import Kernels, computed_shot, execute, injected, need_jupyter
from studio.shots.lock import Lock
from studio.shots.locking import Built, build, root_of, with_take
from studio.shots.notebook import NotebookFile
from studio.shots.pixels import distance
from studio.shots.places import SUFFIX, lock_path, render_folder
from studio.shots.reading import presets_of, read_shot
from studio.shots.rendering import Examined
from studio.shots.verify import Verdict, examine
from studio.sketch import start as start_sketch

JOBS = 4
"""Kernels at a time; the farm's own limits hold besides."""


@dataclass(frozen=True)
class Task:
    """One notebook, run once with these changes."""

    notebook: Path
    changes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """`Hero`, or `Hero-seed-5` where the seed is another one."""
        seed = self.changes.get("seed")
        return self.notebook.stem if seed is None else f"{self.notebook.stem}-seed-{seed}"


@dataclass(frozen=True)
class Outcome:
    """How a task ended.

    Attributes:
        takes: The files that it made.
        error: Why it failed; empty if it did not.
        notes: What happened to the lock.
    """

    task: Task
    takes: tuple[Path, ...] = ()
    error: str = ""
    notes: tuple[str, ...] = ()


def tasks_of(
    notebooks: Sequence[Path], *, seeds: Sequence[int] = (), changes: Mapping[str, Any] | None = None
) -> list[Task]:
    """One task a notebook, or one for each seed; all are checked before any is run.

    Raises:
        NotebookError: one is no notebook, or has no such parameter.
    """
    chosen: Sequence[int | None] = list(seeds) or [None]
    tasks = [
        Task(path, {**(changes or {}), **({} if seed is None else {"seed": seed})})
        for path in notebooks
        for seed in chosen
    ]
    for task in tasks:
        injected(NotebookFile.read(task.notebook), task.changes, where=task.notebook)
    return tasks


def run_all(
    tasks: Sequence[Task],
    *,
    backends: Sequence[str] = (),
    project: Path | None = None,
    jobs: int = JOBS,
    out: Path | None = None,
    relock: bool = False,
    done: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Run notebooks side by side; one that fails does not stop the others.

    Args:
        backends: Addresses, in place of the project's; where there are none at all, a sketch backend is
            started for the length of the run.
        project: Where takes go, in place of the project that each notebook lies in.
        jobs: How many at a time.
        out: Folder for the executed copies; none are kept without it.
        relock: Renew the locks by what was rendered, even where they say otherwise.
        done: Called with every outcome as it comes.

    Raises:
        StudioError: Jupyter is not installed, or no sketch backend starts.
    """
    need_jupyter()
    kernels = Kernels()
    with contextlib.ExitStack() as stack:
        rooms = _rooms(tasks, backends, project, stack)
        pool = stack.enter_context(ThreadPoolExecutor(max(1, min(jobs, len(tasks))), "studio-shot"))
        futures: dict[Future[tuple[Path, ...]], Task] = {
            pool.submit(_run_one, task, rooms[task.notebook], kernels, out): task for task in tasks
        }
        outcomes: dict[int, Outcome] = {}
        try:
            for future in as_completed(futures):
                task = futures[future]
                outcome = _outcome(task, future, rooms[task.notebook], relock)
                outcomes[tasks.index(task)] = outcome
                done(outcome)
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            kernels.interrupt()
            raise
    return [outcomes[number] for number in sorted(outcomes)]


@dataclass(frozen=True)
class _Room:
    """Where the notebooks of one project are rendered."""

    environment: Mapping[str, str]
    backends: tuple[Backend, ...]


def _rooms(
    tasks: Sequence[Task], backends: Sequence[str], project: Path | None, stack: contextlib.ExitStack
) -> dict[Path, _Room]:
    rooms: dict[Path, _Room] = {}
    by_folder: dict[Path, _Room] = {}
    sketch: tuple[str, ...] = ()
    for task in tasks:
        folder = project.resolve() if project is not None else render_folder(task.notebook.parent)
        if folder not in by_folder:
            settings = read_toml(folder / SETTINGS_FILE, Settings)
            own = project_backends(folder, settings) if settings is not None and not backends else ()
            addresses = tuple(backends)
            if not addresses and not own:
                sketch = sketch or (stack.enter_context(start_sketch()).url,)
                addresses = sketch
            environment = {**os.environ, "STUDIO_PROJECT": str(folder)}
            environment.pop("STUDIO_BACKENDS", None)
            if addresses:
                environment["STUDIO_BACKENDS"] = " ".join(addresses)
            by_folder[folder] = _Room(environment, own or tuple(map(Backend.of, addresses)))
        rooms[task.notebook] = by_folder[folder]
    return rooms


def _run_one(task: Task, room: _Room, kernels: Kernels, out: Path | None) -> tuple[Path, ...]:
    notebook = injected(NotebookFile.read(task.notebook), task.changes, where=task.notebook)
    result = execute(notebook, path=task.notebook, environment=room.environment, kernels=kernels)
    if out is not None:
        write_atomically(out.resolve() / f"{task.name}{SUFFIX}", result.notebook.to_bytes())
    if result.error is not None:
        raise result.error
    if not result.takes:
        raise NotebookError("it made no take", path=task.notebook, hint="Its last cell gives `take` a name.")
    return result.takes


def _outcome(task: Task, future: Future[tuple[Path, ...]], room: _Room, relock: bool) -> Outcome:
    try:
        takes = future.result()
    except StudioError as error:
        return Outcome(task, error=str(error).removeprefix(f"{task.notebook}: "))
    if task.changes:
        return Outcome(task, takes)
    try:
        note = _lock(task, Take(takes[0]), room, relock)
    except StudioError as error:
        return Outcome(task, takes, error=f"it rendered, but its lock was not written: {error}")
    return Outcome(task, takes, notes=(note,) if note else ())


def _lock(task: Task, take: Take, room: _Room, relock: bool) -> str:
    """Fill in or renew the lock of a notebook that was rendered as it is; says what was done."""
    path = task.notebook
    built = built_of(path, room.environment)
    before = Lock.read(lock_path(path))
    now = with_take(built.lock, take)
    if before is not None and not relock:
        if before.graph.sha256 != now.graph.sha256:
            return "the lock is of another graph; --lock renews it"
        if before.take is not None and now.take is not None:
            found = distance(before.take, now.take)
            return "" if found.exact else f"beside the locked take {found}; --lock renews the lock"
    made_on = take.provenance.backend_url
    backend = next((each for each in room.backends if public_url(each.url) == made_on), None)
    note = ""
    if backend is not None:
        try:
            now = run(told_by(backend, now, built.graph))
        except BackendError as error:
            note = f"; what its backend has is not in it ({error.message})"
    now.write(lock_path(path))
    return f"{lock_path(path).name} is written{note}"


def built_of(path: Path, environment: Mapping[str, str]) -> Built:
    """What a notebook builds, read if it can be, else by running it down to its shot.

    Raises:
        StudioError: its shot can't be told or built.
    """
    with presets_of(path):
        try:
            found = read_shot(path)
            shot, panel = found.shot, found.panel
        except ComputedShot:
            shot, panel = computed_shot(path, environment=environment)
        return build(shot, root_of(path), panel=panel)


def examined_all(paths: Sequence[Path], *, run_cells: bool = False) -> list[Examined]:
    """As `examined`, for many; a project's presets are read once."""
    found: list[Examined] = []
    for _, group in itertools.groupby(paths, key=root_of):
        mine = list(group)
        with presets_of(mine[0]):
            found += [examined(path, run_cells=run_cells) for path in mine]
    return found


def examined(path: Path, *, run_cells: bool = False) -> Examined:
    """A notebook compared with its lock.

    Args:
        run_cells: Whether one whose shot can't be read may be run down to its shot; else that is its verdict.
    """
    root = root_of(path)
    try:
        return Examined(root=root, **examine(path))
    except ComputedShot as error:
        if not run_cells:
            why = f"{str(error).removeprefix(f'{path}: ')} Or let its cells be run, by --run."
            return Examined(Verdict(notebook=path.as_posix(), state="failed", error=why), root)
        environment = {**os.environ, "STUDIO_PROJECT": str(render_folder(path.parent))}
    try:
        told = computed_shot(path, environment=environment)
    except StudioError as error:
        why = str(error).removeprefix(f"{path}: ")
        return Examined(Verdict(notebook=path.as_posix(), state="failed", error=why), root)
    return Examined(root=root, **examine(path, told=told))


def seeds_of(text: str) -> list[int]:
    """`1-8`, `5` or `1,3,10-12` as seeds.

    Raises:
        StudioError: it is none of these, or asks for more than 1,000.
    """
    seeds: list[int] = []
    for part in text.split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise StudioError(f"{text!r} are no seeds", where="--seeds", hint="Write 1-8, or 1,5,9.")
        begin, end = int(first), int(last or first)
        if end >= 2**64 or begin > end or end - begin + len(seeds) >= 1000:
            raise StudioError(
                f"{text!r} are no seeds", where="--seeds", hint="0 to 2^64-1, upwards, at most 1,000 of them."
            )
        seeds += range(begin, end + 1)
    return list(dict.fromkeys(seeds))
