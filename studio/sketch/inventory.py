"""Which models the server has: those that the templates name, so that every template can be tried."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from studio.sketch.library import Library
from studio.sketch.nodes.base import ModelList, NodeClass
from studio.workflow import templates


def stock(library: Library, classes: Mapping[str, NodeClass], template_folders: Iterable[Path] = ()) -> None:
    """Add the models of the shipped templates, and of those in `template_folders`.

    A template that can't be read is left out here; whoever uses it hears what is wrong with it.
    """
    for template in templates(list(template_folders), problems=[]).values():
        for folder, name in named_models(template.workflow, classes):
            library.add(folder, [name])


def named_models(graph: Mapping[str, Any], classes: Mapping[str, NodeClass]) -> list[tuple[str, str]]:
    """Folder and name of each model that a graph loads."""
    found = []
    for entry in graph.values():
        node_class = classes.get(entry["class_type"])
        for name, (declared, _) in (node_class.inputs() if node_class else {}).items():
            value = entry["inputs"].get(name)
            if isinstance(declared.values, ModelList) and isinstance(value, str):
                found.append((declared.values.folder, value))
    return found
