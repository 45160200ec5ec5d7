"""A panel's planned shot, changed field by field; `studio.project.planned` decides what a value may be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.errors import ProjectError, ShotError
from studio.project import planned
from studio.shot import random_seed
from widgets.storyboard.inspector.chosen import ChosenPanels

if TYPE_CHECKING:
    from studio.project.board import PanelEntry
    from widgets.storyboard.model import StoryboardModel


class PlannedShots(ChosenPanels):
    """Changes of planned shots; each is one step to undo. False: it was refused, and `faults` says why.

    Args:
        board: The board's model.
    """

    def __init__(self, board: StoryboardModel) -> None:
        super().__init__(board)
        self._edit_look: Callable[[PanelEntry], Any] | None = None

    def set_shot(self, id: str, field: str, value: Any, *, coalesce: bool = False) -> bool:
        """Set one thing of the planned shot; None takes it back.

        Args:
            field: `template`, `subject`, `angle`, `seed`, `preset`, `parameters.NAME` or `images.NAME`.

        Returns:
            False if it was refused, and `faults` says why, at `shot.FIELD`.
        """
        return self._try(f"shot.{field}", lambda: self._set_shot(self.entry(id), field, value, coalesce))

    def plan(self, id: str, *, label: str = "Edit the look", **changes: Any) -> None:
        """Set whole parts of the planned shot, as the configurator does: `look=`, `angle=`, `subject=`.

        Raises:
            ProjectError: the shot is locked.
            StudioError: a value that can't be.
        """
        entry = self.entry(id)
        shot = planned.shot_of(self.table(entry)).with_(**changes)
        table = planned.table_of(shot)
        if "seed" not in changes and "seed" not in self.table(entry):
            table.pop("seed", None)
        self._plan(entry, table, label)

    def dice(self, id: str) -> bool:
        """Keep a seed that nobody chose."""
        return self.set_shot(id, "seed", str(random_seed()))

    def keep_seed(self, id: str, version: int | None = None) -> bool:
        """Keep the seed of a take: of the one shown, or of a version."""
        record = self.record(id, version)
        if record is None or record.shot is None:
            return self._fault("shot.seed", ShotError("there is no take whose seed is known", where="seed"))
        return self.set_shot(id, "seed", str(record.shot.seed))

    def add_lora(self, id: str, name: str) -> bool:
        """One LoRA more."""
        return self._change_shot(id, "loras", "Add LoRA", planned.with_lora, name)

    def change_lora(self, id: str, index: int, *, coalesce: bool = False, **change: Any) -> bool:
        """Another `strength_model`, `strength_clip` or `chain` of a LoRA."""
        return self._change_shot(
            id, "loras", "LoRA", planned.with_lora_changed, index, change, coalesce=coalesce
        )

    def remove_lora(self, id: str, index: int) -> bool:
        """One LoRA less."""
        return self._change_shot(
            id, "loras", "Remove LoRA", lambda table, _, at: planned.without_lora(table, at), index
        )

    def use_reference(self, id: str, name: str, reference: str) -> bool:
        """A picture of the project's references for an input of the template."""

        def do() -> None:
            stored = self.board.project.references.find(f"studio/{reference}")
            self._set_shot(self.entry(id), f"images.{name}", stored, False)

        return self._try(f"shot.images.{name}", do)

    def use_take(self, id: str, name: str, panel: str, version: int | None = None) -> bool:
        """A panel's take, the one shown unless a version is given, for an input of the template."""

        def do() -> None:
            found = self.shown(panel, version)
            if found is None:
                raise ProjectError("that panel has no take yet", where=self.entry(panel).name)
            stored = self.board.project.references.add(found.take.path)
            self._set_shot(self.entry(id), f"images.{name}", stored, False)

        return self._try(f"shot.images.{name}", do)

    def use_file(self, id: str, name: str, file_name: str, data: bytes) -> bool:
        """A dropped file for an input of the template; it becomes a reference of the project."""

        def do() -> None:
            dropped = f"dropped{Path(file_name).suffix[:10]}"
            stored = self.board.project.references.add_data(data, dropped)
            self._set_shot(self.entry(id), f"images.{name}", stored, False)

        return self._try(f"shot.images.{name}", do)

    def connect_look(self, run: Callable[[PanelEntry], Any] | None) -> None:
        """Say what `Edit look` does: how the configurator puts itself here. It writes back with `plan`."""
        self._edit_look = run
        self._tell()

    @property
    def can_edit_look(self) -> bool:
        """Whether anybody edits looks."""
        return self._edit_look is not None

    def edit_look(self, id: str) -> bool:
        """Open the look in the configurator."""

        def do() -> None:
            if self._edit_look is None:
                raise ProjectError("no configurator is connected", where="look")
            self._edit_look(self.entry(id))

        return self._try("shot.look", do)

    # inside

    def _set_shot(self, entry: PanelEntry, field: str, value: Any, coalesce: bool) -> None:
        table = self.table(entry)
        part, _, name = field.partition(".")
        if part == "template":
            changed, label = planned.with_template(table, self.offers.template(str(value))), "Template"
        elif part == "subject":
            changed, label = planned.with_subject(table, value), "Subject"
        elif part == "angle":
            changed, label = planned.with_angle(table, value), "Angle"
        elif part == "seed":
            changed, label = planned.with_seed(table, value), "Seed"
        elif part == "preset":
            changed, label = planned.with_preset(table, value), "Look"
        elif part in ("parameters", "images"):
            template = self.template(entry)
            known = template.parameters.get(name)
            label = known.title if known is not None else name
            change = planned.with_parameter if part == "parameters" else planned.with_picture
            changed = change(table, template, name, value)
        else:
            raise ShotError(f"a planned shot has no {field!r:.40}", where="shot")
        self._plan(entry, changed, label, coalesce=coalesce)

    def _change_shot(
        self, id: str, field: str, label: str, change: Callable[..., planned.Table], *more: Any,
        coalesce: bool = False,
    ) -> bool:  # fmt: skip
        def do() -> None:
            entry = self.entry(id)
            changed = change(self.table(entry), self.template(entry), *more)
            self._plan(entry, changed, label, coalesce=coalesce)

        return self._try(f"shot.{field}", do)

    def _plan(self, entry: PanelEntry, table: planned.Table, label: str, *, coalesce: bool = False) -> None:
        self.board.board.change({entry.name: {"shot": table}}, label=label, coalesce=coalesce)
