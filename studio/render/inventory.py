"""What is installed on a backend: node classes, and model files by the input that offers them.

`/object_info` is half a megabyte and more; of it only names are kept, each list once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from studio.errors import BackendProtocolError
from studio.render.ask import Need
from studio.render.needs import same_name
from studio.workflow.knobs import model_folder

_NOT_JUDGED = ("image_upload", "video_upload", "audio_upload", "image_folder", "multiselect", "remote")
"""Lists that are not the last word: of files that may be uploaded yet, or that are fetched elsewhere."""


class Inventory:
    """Node classes and model files of one backend; it never changes.

    Attributes:
        classes: Names of its node classes.
        models: How many different model files it has.
    """

    def __init__(self, classes: Iterable[str], files: Mapping[tuple[str, str], frozenset[str]]) -> None:
        self.classes = frozenset(classes)
        self._files = dict(files)
        self.models = len(frozenset().union(*self._files.values()))

    @classmethod
    def read(cls, object_info: Any, *, backend: str = "") -> Inventory:
        """From what `/object_info` answered; takes some 20 ms for 500 classes, so call it in a thread.

        Raises:
            BackendProtocolError: it is no object of node classes.
        """
        if not isinstance(object_info, Mapping) or not object_info:
            raise BackendProtocolError(
                "the answer to /object_info makes no sense", backend=backend, hint="Its console says more."
            )
        shared: dict[frozenset[str], frozenset[str]] = {}
        files: dict[tuple[str, str], frozenset[str]] = {}
        for node_class, described in object_info.items():
            for name, spec in _inputs(described):
                names = _file_names(str(node_class), name, spec)
                if names is not None:
                    files[str(node_class), name] = shared.setdefault(names, names)
        return cls(map(str, object_info), files)

    def files(self, node_class: str, name: str) -> frozenset[str] | None:
        """Model files that this input offers, with `/`; None where it offers no list of files."""
        return self._files.get((node_class, name))

    def lacks(self, need: Need) -> str:
        """What it has not of `need`, in words; empty if it has all."""
        classes = sorted(need.classes - self.classes)
        if classes:
            return f"it has no node {_some(classes)}"
        missing = sorted(
            wanted.name
            for wanted in need.models
            if (offered := self._files.get((wanted.node_class, wanted.input))) is not None
            and same_name(wanted.name) not in offered
        )
        return f"it has no model {_some(missing)}" if missing else ""


def _inputs(described: Any) -> Iterable[tuple[str, Any]]:
    sections = described.get("input") if isinstance(described, Mapping) else None
    for section in ("required", "optional"):
        entries = sections.get(section) if isinstance(sections, Mapping) else None
        if isinstance(entries, Mapping):
            yield from ((str(name), spec) for name, spec in entries.items())


def _file_names(node_class: str, name: str, spec: Any) -> frozenset[str] | None:
    """The choices of an input that offers model files; None for any other."""
    if not isinstance(spec, list | tuple) or not spec:
        return None
    options = spec[1] if len(spec) > 1 and isinstance(spec[1], Mapping) else {}
    choices = spec[0] if isinstance(spec[0], list | tuple) else options.get("options")
    if not isinstance(choices, list | tuple) or any(options.get(option) for option in _NOT_JUDGED):
        return None
    names = [choice for choice in choices if isinstance(choice, str)]
    if not any(model_folder(node_class, name, choice) is not None for choice in (*names, "")):
        return None
    return frozenset(map(same_name, names))


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
