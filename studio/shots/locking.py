"""From a shot to its lock: the graph is built, and everything that decides it is written down."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import studio
from studio.cinema import library
from studio.cinema.look import AnyLook
from studio.errors import ProjectError, TakeError
from studio.files import inside
from studio.media import sniff
from studio.project.references import REFERENCES_FOLDER
from studio.project.takes import Take
from studio.render.client import UPLOAD_FOLDER, upload_name
from studio.render.needs import need_of, same_name
from studio.shot import Shot
from studio.shots.lock import (
    ComfyLock,
    GraphLock,
    Lock,
    ModelLock,
    PresetLock,
    TemplateLock,
    prompt_lock,
)
from studio.shots.pixels import pixels_in
from studio.shots.places import lock_path, project_above, render_folder
from studio.shots.reading import presets_of, read_shot
from studio.workflow import Template, find_template, graph_hash
from studio.workflow.graph import canonical_json
from studio.workflow.knobs import model_folder

PREFIX = "studio"
"""File prefix of the graph that is hashed: where a shot's take goes is no matter of the shot."""


@dataclass(frozen=True)
class Built:
    """A shot in the form that is locked, and what it was built into.

    Attributes:
        shot: With the plain file prefix, and pictures by the names that their contents give them.
        template: The template, the project's own if it has one of that id.
        graph: In API form.
        panel: The panel that gets its takes, where that is known.
    """

    shot: Shot
    template: Template
    graph: dict[str, Any]
    panel: str = ""

    @property
    def lock(self) -> Lock:
        """The lock of it, without what only a backend or a take tells."""
        shot = self.shot.model_dump(mode="json", exclude_none=True)
        shot.pop("filename_prefix", None)
        seed = shot.pop("seed")
        return Lock(
            studio=studio.__version__,
            seed=str(seed),
            graph=GraphLock(sha256=graph_hash(self.graph), nodes=len(self.graph)),
            template=template_lock(self.template),
            preset=preset_lock(self.shot.look),
            models=models_of(self.graph),
            prompt=prompt_lock(self.shot.prompt(self.template)),
            shot={key: value for key, value in without_nothing(shot).items() if value not in ("", [], {})},
        )


def build(shot: Shot, root: Path, *, panel: str = "") -> Built:
    """Build `shot` as it is locked; nothing is written, and no backend is asked.

    Args:
        root: The project whose templates and pictures it uses.
        panel: The panel that gets its takes.

    Raises:
        InvalidLook, LookError: the look can't be filmed.
        TemplateError, UnknownParameter, WorkflowError: it can't be built.
        UnsafeName, ProjectError: a picture of it is missing, or not in the project.
    """
    plain = shot.model_copy(
        update={
            "filename_prefix": PREFIX,
            "images": {name: picture_name(value, root) for name, value in sorted(shot.images.items())},
        }
    )
    template = find_template(plain.template, folders=(root / "templates",))
    return Built(plain, template, plain.build(template=template), panel)


def picture_name(value: str, root: Path) -> str:
    """The name at a backend of a project's picture, as `References.find` gives it; nothing is copied.

    Raises:
        UnsafeName: the path leads out of the project.
        ProjectError: there is no such file.
    """
    if value.startswith(f"{UPLOAD_FOLDER}/"):
        return value
    stored = inside(root, REFERENCES_FOLDER, value)
    if stored.is_file() and "/" not in value:
        return f"{UPLOAD_FOLDER}/{value}"
    path = inside(root, value)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ProjectError(
            f"the shot's picture can't be read ({error.strerror})", path=path, hint="Is it in the project?"
        ) from error
    media = sniff(data, path.name)
    if media is None:
        raise ProjectError("the shot's picture is none", path=path, hint="Take another file.")
    return f"{UPLOAD_FOLDER}/{upload_name(data, media.extension)}"


def template_lock(template: Template) -> TemplateLock:
    """The template as it is now."""
    whole = {"workflow": template.workflow, "manifest": template.manifest.model_dump(mode="json")}
    return TemplateLock(id=template.id, version=str(template.manifest.version), sha256=_digest(whole))


def preset_lock(look: AnyLook) -> PresetLock | None:
    """The preset that a look started from, as it is now."""
    if look.preset is None:
        return None
    record = library().presets.get(look.preset)
    digest = "" if record is None else _digest(record.look.model_dump(mode="json", exclude_none=True))
    return PresetLock(id=look.preset, sha256=digest)


def models_of(graph: Mapping[str, Any]) -> tuple[ModelLock, ...]:
    """The model files that a graph names, sorted."""
    needed = need_of(dict(graph)).models
    found = {
        (model_folder(each.node_class, each.input, each.name) or "", same_name(each.name)) for each in needed
    }
    return tuple(ModelLock(folder=folder, name=name) for folder, name in sorted(found))


def lock_notebook(path: Path) -> Lock:
    """Renew the lock beside a notebook: what it builds now. What is known of a take and its backend stays as
    long as the graph is the same.

    Raises:
        NotebookError: it can't be read, or only running it tells its shot (`studio shot run --lock` does).
        StudioError: its shot can't be built, or the disk refuses.
    """
    with presets_of(path):
        lock = build(read_shot(path).shot, root_of(path)).lock
    before = Lock.read(lock_path(path))
    if before is not None and before.graph.sha256 == lock.graph.sha256:
        lock = lock.model_copy(
            update={"take": before.take, "comfyui": before.comfyui, "models": before.models or lock.models}
        )
    lock.write(lock_path(path))
    return lock


def with_take(lock: Lock, take: Take) -> Lock:
    """The lock with what a take shows and says of its backend.

    Raises:
        TakeError: it can't be read.
    """
    try:
        version = take.provenance.comfyui
    except TakeError:  # a take without provenance still has pixels
        version = ""
    comfyui = ComfyLock(version=version) if version else None
    return lock.model_copy(update={"take": pixels_in(take.path), "comfyui": comfyui})


def root_of(notebook: Path) -> Path:
    """The project whose templates and pictures a notebook's shot uses."""
    return project_above(notebook.parent) or render_folder(notebook.parent)


def without_nothing(value: Any) -> Any:
    """A JSON value without null, which TOML can't write."""
    if isinstance(value, Mapping):
        return {key: without_nothing(each) for key, each in value.items() if each is not None}
    if isinstance(value, list | tuple):
        return [without_nothing(each) for each in value if each is not None]
    return value


def _digest(value: Any) -> str:
    return hashlib.sha256(canonical_json(value).encode("utf-8", "surrogatepass")).hexdigest()
