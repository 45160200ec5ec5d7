"""What there is to choose from: templates, presets, models on the backends, pictures of the project."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.cinema import library
from studio.errors import StudioError
from studio.media import kind_of_name
from studio.workflow import ParameterType, Template, find_template, templates
from studio.workflow.graph import class_of

if TYPE_CHECKING:
    from studio.project import Project
    from studio.render import Farm

LORA_INPUTS = (("LoraLoaderModelOnly", "lora_name"), ("LoraLoader", "lora_name"))
MOST_REFERENCES = 500

Stocked = tuple[str, Any]
"""A backend's name and its inventory."""
Question = tuple[str, str]
"""A node class and its input: what a backend's inventory is asked by."""


class Offers:
    """The choices of one project.

    Args:
        changed: Called from any thread when the farm's models are others.
    """

    def __init__(self, project: Project, changed: Callable[[], None]) -> None:
        self._project = project
        self._changed = changed
        self._farm: Farm | None = None
        self._stop: Callable[[], None] = lambda: None
        self._problems: list[StudioError] = []
        self._templates: dict[str, Template] = {}
        self._stamp: object = None
        self._listed: tuple[Template, list[Stocked], dict[str, list[list[Any]]]] | None = None

    # templates

    def templates(self) -> dict[str, Template]:
        """All that can be chosen, the project's own with them; read anew when one came or went."""
        stamp = tuple(_names(folder) for folder in self._project.template_folders)
        if stamp != self._stamp:
            self._stamp = stamp
            self._problems = []
            self._templates = templates(self._project.template_folders, problems=self._problems)
        return self._templates

    def template(self, id: str) -> Template:
        """One of them.

        Raises:
            TemplateError, DataFileError: there is none, or it can't be read.
        """
        found = self.templates().get(id)
        return found if found is not None else find_template(id, self._project.template_folders)

    def shelf(self) -> list[dict[str, Any]]:
        """The templates as rows, by category."""
        rows = [
            {
                "id": each.id,
                "name": each.name,
                "category": each.category.replace("-", " ").capitalize(),
                "about": each.manifest.description,
                "output": each.manifest.output,
                "picture": each.picture is not None,
            }
            for each in self.templates().values()
        ]
        return sorted(rows, key=lambda row: (str(row["category"]), str(row["name"]).casefold()))

    # looks

    @staticmethod
    def presets() -> list[list[str]]:
        """[id, title, year or "", kind] of every preset, by title."""
        rows = [[id, each.title, str(each.year or ""), each.kind] for id, each in library().presets.items()]
        return sorted(rows, key=lambda row: row[1].casefold())

    # models

    def questions(self, template: Template) -> dict[str, list[Question]]:
        """Parameter name → what the inventories are asked for its files; `loras` for the list of LoRAs."""
        graph = template.workflow
        found: dict[str, list[Question]] = {}
        for parameter in template.manifest.of_type(ParameterType.MODEL, ParameterType.LORA):
            place = parameter.place
            found[parameter.name] = [(class_of(graph, place.node), place.input)]
        if template.manifest.loras:
            found["loras"] = list(LORA_INPUTS)
        return found

    def open(self) -> None:
        """Ask the backends, from now on; this may start an embedded one, so call it in the background."""
        if self._farm is None:
            self._farm = self._project.farm
            self._stop = self._farm.watch(self._changed)
            self._farm.status()  # it begins to look at them
        self._changed()

    @property
    def asked(self) -> bool:
        """Whether the farm is open, so that its backends' models are known or will be."""
        return self._project._farm is not None

    def files(self, template: Template) -> dict[str, list[list[Any]]]:
        """Parameter → [[name, [backends that have it]], …], sorted; what no backend offers is left out."""
        farm = self._project._farm
        if farm is None:
            return {}
        known = list(inventories(farm))
        if self._listed is None or self._listed[0] is not template or not _same(self._listed[1], known):
            self._listed = (template, known, self._list(template, known))
        return self._listed[2]

    def _list(self, template: Template, known: Sequence[Stocked]) -> dict[str, list[list[Any]]]:
        shelves: dict[str, list[list[Any]]] = {}
        for name, questions in self.questions(template).items():
            owners: dict[str, list[str]] = {}
            for backend, inventory in known:
                offered = [files for each in questions if (files := inventory.files(*each)) is not None]
                for file in frozenset().union(*offered):
                    owners.setdefault(file, []).append(backend)
            shelves[name] = [[file, owners[file]] for file in sorted(owners, key=str.casefold)]
        return shelves

    def looking(self) -> bool:
        """Whether a backend has yet to say what it has."""
        farm = self._project._farm
        if farm is None:
            return False
        return any(each.state == "unknown" or (each.state == "online" and each.models is None)
                   for each in farm.status())  # fmt: skip

    def backends(self) -> list[list[str]]:
        """[name, state] of every backend; without opening the farm."""
        farm = self._project._farm
        return [] if farm is None else [[each.name, each.state] for each in farm.status()]

    # pictures

    def references(self) -> list[dict[str, str]]:
        """The project's reference pictures, newest first."""
        found: list[tuple[float, str, str]] = []
        folder = self._project.references.folder
        try:
            for path in folder.iterdir():
                kind = kind_of_name(path.name)
                if kind in ("image", "video", "audio") and not path.name.startswith("."):
                    found.append((path.stat().st_mtime, path.name, kind))
        except OSError:
            return []
        return [
            {"name": name, "kind": kind} for _, name, kind in sorted(found, reverse=True)[:MOST_REFERENCES]
        ]

    def close(self) -> None:
        """Stop asking; the farm goes on."""
        self._stop()


def inventories(farm: Any) -> Iterable[Stocked]:
    """(name, inventory) of the backends whose models are known."""
    for lane in list(farm._fleet.lanes):  # a public look at them is wished for
        inventory = getattr(lane, "inventory", None)
        if inventory is not None:
            yield lane.name, inventory


def _same(before: Sequence[Stocked], after: Sequence[Stocked]) -> bool:
    """Whether the backends have what they had: an inventory never changes, a new one takes its place."""
    return len(before) == len(after) and all(
        one[0] == other[0] and one[1] is other[1] for one, other in zip(before, after, strict=True)
    )


def _names(folder: Path) -> tuple[tuple[str, int], ...]:
    try:
        return tuple(sorted((each.name, each.stat().st_mtime_ns) for each in folder.iterdir()))
    except OSError:
        return ()
