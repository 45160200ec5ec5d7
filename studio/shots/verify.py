"""Whether a shot would still build the graph that its lock says, and if not, what changed, in film words."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Literal, TypedDict

from pydantic import BaseModel, ConfigDict

import studio
from studio.errors import ComputedShot, NotebookError, StudioError
from studio.project.differences import differences
from studio.shot import Shot
from studio.shots.lock import Lock, PromptLock
from studio.shots.locking import Built, build, root_of
from studio.shots.places import lock_path
from studio.shots.reading import presets_of, read_shot

State = Literal["same", "changed", "unlocked", "failed"]


class Finding(BaseModel):
    """One thing that is not as it was locked; `before` and `after` in words."""

    model_config = ConfigDict(frozen=True)

    field: str
    label: str
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        return f"{self.label}: {self.before} → {self.after}" if self.before or self.after else self.label


class Rendered(BaseModel):
    """What a render showed beside the locked take."""

    model_config = ConfigDict(frozen=True)

    exact: bool = False
    bits: int | None = None
    levels: int | None = None
    near: bool = False
    words: str = ""


class Verdict(BaseModel):
    """What `verify` found out about one shot.

    Attributes:
        state: `same`: it would build the same graph. `changed`: another one. `unlocked`: there is no lock to
            compare with. `failed`: it can't be read or built; `error` says why.
        findings: What changed.
        notes: What is not as it was but builds the same graph, such as a newer studio.
    """

    model_config = ConfigDict(frozen=True)

    notebook: str
    state: State
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    error: str = ""
    render: Rendered | None = None

    @property
    def ok(self) -> bool:
        """Whether graph and, where it was asked for, pixels are as they were locked."""
        return self.state == "same" and (self.render is None or self.render.exact or self.render.near)


def verify(path: str | Path) -> Verdict:
    """Compare what a notebook builds now with its lock; nothing is run, rendered or written, nobody is asked.

    Raises:
        ComputedShot: only running the notebook tells its shot. Every other trouble is a verdict.
    """
    return examine(Path(path))["verdict"]


class Examination(TypedDict):
    """The verdict, what was built, and the lock, for who goes on to render it."""

    verdict: Verdict
    built: Built | None
    lock: Lock | None


def examine(path: Path, *, told: tuple[Shot, str] | None = None) -> Examination:
    """As `verify`.

    Args:
        told: The notebook's shot and panel, where running it told; else they are read.

    Raises:
        ComputedShot: as `verify`.
    """
    name = path.as_posix()
    try:
        with presets_of(path):
            if told is None:
                found = read_shot(path)
                told = found.shot, found.panel
            built = build(told[0], root_of(path), panel=told[1])
            now = built.lock
        locked = Lock.read(lock_path(path))
    except ComputedShot:
        raise
    except StudioError as error:
        verdict = Verdict(notebook=name, state="failed", error=_plain(error, path))
        return {"verdict": verdict, "built": None, "lock": None}
    if locked is None:
        hint = f"there is no {lock_path(path).name}; `studio shot lock {name}` makes it"
        verdict = Verdict(notebook=name, state="unlocked", error=hint)
    else:
        verdict = compared(name, locked, now, folder=root_of(path) / "templates")
    return {"verdict": verdict, "built": built, "lock": locked}


def compared(name: str, locked: Lock, now: Lock, *, folder: Path | None = None) -> Verdict:
    """The verdict over two locks."""
    same = locked.graph.sha256 == now.graph.sha256
    found, notes = _findings(locked, now, folder)
    if same:
        notes += [f"{finding} (the graph is the same)" for finding in found]
        return Verdict(notebook=name, state="same", notes=tuple(notes))
    if not found:
        found.append(
            Finding(
                field="studio",
                label="The studio builds the same shot into another graph",
                before=locked.studio or "unknown",
                after=now.studio,
            )
        )
    return Verdict(notebook=name, state="changed", findings=tuple(found), notes=tuple(notes))


def _findings(locked: Lock, now: Lock, folder: Path | None) -> tuple[list[Finding], list[str]]:
    found: list[Finding] = []
    notes: list[str] = []
    same_shot = True
    try:
        changes = differences(locked.shot, now.shot, folders=[] if folder is None else [folder])
    except StudioError as error:
        notes.append(str(error))
    else:
        same_shot = not changes
        found += [
            Finding(field=each.field, label=each.label, before=each.before, after=each.after)
            for each in changes
        ]
    old, new = locked.preset, now.preset
    if old is not None and new is not None and old.id == new.id and old.sha256 != new.sha256:
        text = f"The preset {old.id} is not what it was"
        found.append(
            Finding(field="preset", label=text if new.sha256 else f"The preset {old.id} is not here")
        )
    if locked.template.id == now.template.id and locked.template.sha256 != now.template.sha256:
        if locked.template.version != now.template.version:
            found.append(
                Finding(
                    field="template",
                    label=f"Version of the template {now.template.id}",
                    before=locked.template.version,
                    after=now.template.version,
                )
            )
        else:
            text = f"The template {now.template.id} is not what it was, though its version is still "
            found.append(Finding(field="template", label=f"{text}{now.template.version}"))
    if same_shot:
        found += _prompt_findings(locked.prompt, now.prompt)
    if locked.studio != studio.__version__:
        notes.append(f"It was locked by studio {locked.studio or 'of unknown version'}")
    return found, notes


def _prompt_findings(old: PromptLock, new: PromptLock) -> list[Finding]:
    """What the studio says in other words, of the same shot."""
    found = []
    for field, label in (("positive", "Prompt"), ("negative", "Negative prompt")):
        before, after = getattr(old, field), getattr(new, field)
        if before != after:
            less, more = _words(before, after)
            found.append(Finding(field=f"prompt.{field}", label=label, before=less, after=more))
    return found


def _words(before: str, after: str) -> tuple[str, str]:
    """The words that are only in one of them."""
    old, new = before.split(), after.split()
    less, more = [], []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            less.append(" ".join(old[a:b]))
            more.append(" ".join(new[c:d]))
    return (
        " … ".join(part for part in less if part) or "(nothing)",
        " … ".join(part for part in more if part) or "(nothing)",
    )


def _plain(error: StudioError, path: Path) -> str:
    """The error without the notebook's own path in front, which is said anyway."""
    return str(error).removeprefix(f"{path}: ") if isinstance(error, NotebookError) else str(error)
