"""An import is a plan that one reviews: what would become of each line, before anything is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from studio.errors import ProjectError, UnsafeName
from studio.project import safe_name
from studio.project.names import name_key

if TYPE_CHECKING:
    from studio.project import Project
    from studio.project.board import PanelEntry, Storyboard

MAX_BYTES = 32 * 1024 * 1024
"""Of a file that is imported; a screenplay of 10,000 pages has less."""

TITLE_LENGTH = 60
"""Letters of a panel's name that is made from a sentence."""


@dataclass(frozen=True)
class Planned:
    """One panel to be.

    Attributes:
        name: Safe, as wanted; made unique when it is applied.
        fields: Panel's fields; `subject` goes to the planned shot.
        where: The place in the source: `line 12`.
        problems: What of it can't be used; the rest is.
    """

    name: str
    fields: Mapping[str, Any]
    where: str = ""
    problems: tuple[str, ...] = ()

    @classmethod
    def of(cls, fields: Mapping[str, Any], *, where: str = "", problems: Sequence[str] = ()) -> Planned:
        """From what a source tells; the name comes from `name`, else `title`, else `subject`."""
        from studio.project.board import PanelEntry

        told = list(problems)
        wanted = next((str(fields[key]) for key in ("name", "title", "subject") if fields.get(key)), "Panel")
        try:
            name = safe_name(short_name(wanted), what="panel name")
        except UnsafeName as error:
            name = "Panel"
            told.append(error.message)
        kept: dict[str, Any] = {}
        for key, value in fields.items():
            if key == "name":
                continue
            given = value
            if key == "rating" and isinstance(value, float):
                given = int(value)
            elif key == "status":
                given = str(value).casefold()
            try:
                PanelEntry.model_validate({"name": name, key: given})
            except ValueError:
                told.append(f"{key} can't be {value!r}")
            else:
                kept[key] = given
        return cls(name, kept, where, tuple(told))


@dataclass(frozen=True)
class Step:
    """What would become of one planned panel."""

    planned: Planned
    action: Literal["add", "change", "same"]
    name: str
    changes: Mapping[str, Any]
    """What is new: field → value."""


@dataclass
class ImportPlan:
    """Panels to be, from a file; nothing is done until `apply`.

    Attributes:
        source: The file's name.
        panels: In the file's order.
        notes: What a person should know before it is applied.
    """

    source: str
    panels: list[Planned]
    notes: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """What can't be used, with its place."""
        return [f"{panel.where}: {problem}" for panel in self.panels for problem in panel.problems]

    def steps(self, board: Storyboard) -> list[Step]:
        """What it would do to this storyboard: panels of the same name are changed, others are added."""
        taken = {name_key(entry.name) for entry in board.panels}
        met: set[str] = set()
        steps = []
        for planned in self.panels:
            fields = _board_fields(planned)
            entry = board.find(planned.name)
            if entry is not None and entry.id not in met:
                met.add(entry.id)
                changes = {key: value for key, value in fields.items() if _present(entry, key) != value}
                steps.append(Step(planned, "change" if changes else "same", entry.name, changes))
            else:
                name = _free(planned.name, taken)
                taken.add(name_key(name))
                steps.append(Step(planned, "add", name, fields))
        return steps

    def apply(self, project: Project, *, change: bool = False) -> list[str]:
        """Put the panels on the board as one step that undo takes back; nothing is ever removed.

        Args:
            change: Whether panels that are there get the file's values too; else they stay as they are.

        Returns:
            The names of panels that were added or changed.

        Raises:
            StudioError: the board refuses; then nothing is changed.
        """
        board = project.board
        done = []
        with board.edit(f"Import {self.source}"):
            for step in self.steps(board.state):
                if step.action == "add":
                    board.add(step.name, **dict(step.changes))
                elif step.action == "change" and change:
                    changes = self._allowed(step, locked=board.locked(step.name))
                    if not changes:
                        continue
                    board.change({step.name: changes}, label="Import")
                else:
                    continue
                done.append(step.name)
        return done

    def _allowed(self, step: Step, *, locked: bool) -> dict[str, Any]:
        """A locked panel's shot stays; that is noted."""
        if locked and "shot" in step.changes:
            self.notes.append(f"The shot of {step.name} is locked and stays as it is.")
            return {key: value for key, value in step.changes.items() if key != "shot"}
        return dict(step.changes)

    def __str__(self) -> str:
        lines = [f"{self.source}: {len(self.panels)} panel(s)"]
        for planned in self.panels:
            seconds = planned.fields.get("duration")
            length = f"  {seconds:g} s" if seconds else ""
            subject = planned.fields.get("subject", "")
            lines.append(f"  {planned.where:>9}  {planned.name}{length}  {subject[:60]}".rstrip())
        return "\n".join([*lines, *(f"  ! {text}" for text in (*self.notes, *self.problems))])


def short_name(text: str) -> str:
    """The first words of a sentence, enough for a name."""
    words = " ".join(text.split())
    if len(words) <= TITLE_LENGTH:
        return words
    return words[:TITLE_LENGTH].rsplit(" ", 1)[0]


def read_text(path: Path) -> str:
    """The file's text: UTF-8 with or without a mark, UTF-16 with one, else Windows' Western letters.

    Raises:
        ProjectError: it can't be read, or is too large.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ProjectError(f"larger than {MAX_BYTES >> 20} MB", path=path, hint="Is it the right file?")
        data = path.read_bytes()
    except OSError as error:
        raise ProjectError(
            f"it can't be read ({error.strerror})", path=path, hint="Check the path."
        ) from error
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _board_fields(planned: Planned) -> dict[str, Any]:
    fields = {key: value for key, value in planned.fields.items() if key != "subject"}
    if "subject" in planned.fields:
        fields["shot"] = {"subject": planned.fields["subject"]}
    return fields


def _present(entry: PanelEntry, key: str) -> Any:
    """The panel's value; of the planned shot only what an import gives."""
    if key == "shot":
        return {"subject": entry.shot.get("subject")}
    return getattr(entry, key, None)


def _free(name: str, taken: set[str]) -> str:
    number, free = 2, name
    while name_key(free) in taken:
        free, number = f"{name}_{number}", number + 1
    return free
