"""From rendered bytes to a take on disk: checked, with provenance, under a version of its own, and only once.

What a job made may be handed in twice: by a process that was killed before it could say that it was done, and
by the one that goes on for it, perhaps both alive at once on two machines. So before a take is written its
name is bound to the job's output, by a file that only one can make: `.versions/<job>.<n>`. Who comes later
finds the name there, and the take, or writes just that one.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image

from studio.errors import OutputError, StorageError, TakeError, UnsafeName
from studio.files import create_empty, inside, write_new
from studio.media import Media, check_media
from studio.project.naming import Naming
from studio.project.takes import Take
from studio.project.tokens import NameTokens
from studio.project.versions import CLAIMS_FOLDER, claim_version, names_in, version_text
from studio.provenance import Provenance, embed_provenance, is_png, read_provenance, sidecar_path

_TRIES = 100
_KEY = re.compile(r"[0-9a-zA-Z-]{1,64}\.[0-9]{1,9}", re.ASCII)
_DONE = ".done"


def save_take(
    data: bytes,
    name: str,
    *,
    folder: Path,
    project: str,
    panel: str,
    provenance: Provenance,
    naming: Naming | None = None,
    decode: bool = True,
    once: str = "",
) -> Take:
    """Write one rendered file as the panel's next take.

    The version is claimed first, so that a process killed at any instant leaves at worst a gap in the
    numbers; the take's name appears last, when its bytes and its sidecar are on disk.

    Args:
        data: The file as the backend gave it.
        name: The backend's name for it; only its kind matters.
        folder: The panel's folder.
        project, panel: Safe names, parts of the file's.
        provenance: What is known of it; project, panel and version are filled in here.
        naming: How files are named.
        decode: False where the caller knows that the image decodes.
        once: `<job id>.<output number>`: what was saved under it before is given back and not written again,
            though it may have been deleted or moved since. Empty: a new take each time.

    Raises:
        OutputError: the bytes are cut off or no media file; nothing is written.
        UnsafeName: project and panel are not safe names.
        StorageError: the disk refuses; nothing of it is left.
    """
    if once and not _KEY.fullmatch(once):
        raise UnsafeName(f"{once!r} is no job's output", path=folder, hint="Use the job's id and a number.")
    media = check_media(data, name, decode=decode)
    width, height = _size(data)
    tokens = NameTokens.of(
        provenance.shot_data,
        workflow=provenance.template,
        at=provenance.created,
        width=width,
        height=height,
        extension=media.extension,
    )
    place = _Place(folder, naming or Naming(), project, panel, tokens)
    for attempt in range(_TRIES):
        key = f"{once}.{attempt}" if once and attempt else once
        bound = place.bound(key) if once else None
        if bound is not None and _is_done(folder, once):
            return saved_take(folder, once, project=project, panel=panel, naming=place.naming) or bound
        take = bound or place.next(media)
        if once and bound is None:
            take = place.bind(key, take)
        record = provenance.model_copy(update={"project": project, "panel": panel, "version": take.version})
        if _write(take.path, data, record) or (once and _is_this(take.path, record)):
            if once:
                create_empty(folder / CLAIMS_FOLDER / f"{once}{_DONE}")
            return take
    raise StorageError(
        f"no free name after {version_text(take.version)}",
        path=folder,
        hint="Does another program write here?",
    )


def saved_take(
    folder: Path, once: str, *, project: str, panel: str, naming: Naming | None = None
) -> Take | None:
    """The take that was surely saved under this key; None if there is none. It may be gone by now."""
    if not _KEY.fullmatch(once) or not _is_done(folder, once):
        return None
    place = _Place(folder, naming or Naming(), project, panel)
    found = None
    for attempt in range(_TRIES):
        take = place.bound(f"{once}.{attempt}" if attempt else once)
        if take is None:
            break
        found = take
    return found


@dataclass(frozen=True)
class _Place:
    """A panel's folder, and how takes are named in it."""

    folder: Path
    naming: Naming
    project: str
    panel: str
    tokens: NameTokens | None = None

    def next(self, media: Media) -> Take:
        """A name that nobody has, and nobody will get after us."""
        read = self.naming.reader(project=self.project, panel=self.panel)
        version = claim_version(self.folder, read)
        return Take(path=self.path(version, media.extension), version=version, panel=self.panel)

    def path(self, version: int, extension: str) -> Path:
        stem = self.naming.stem(project=self.project, panel=self.panel, version=version, tokens=self.tokens)
        path = inside(self.folder, f"{stem}{extension}")
        if path.parent != self.folder.resolve():
            raise UnsafeName(
                f"{stem!r} is a path, not a name", path=self.folder, hint="Use safe_name for its parts."
            )
        return path

    def bind(self, key: str, take: Take) -> Take:
        """Make `take` the one of this key, unless another one is already; the one that is."""
        told = json.dumps({"version": take.version, "name": take.path.name}).encode()
        if write_new(self.folder / CLAIMS_FOLDER / key, told):
            return take
        return self.bound(key) or take

    def bound(self, key: str) -> Take | None:
        """The take that this key has been given, whether or not it is written yet."""
        try:
            told = json.loads((self.folder / CLAIMS_FOLDER / key).read_bytes())
            path = inside(self.folder, str(told["name"]))
            version = int(told["version"])
        except (OSError, ValueError, TypeError, KeyError, UnsafeName):
            return None
        if path.parent != self.folder.resolve():
            return None
        if not path.exists():  # its panel, or how takes are named, may have another name since
            path = self._renamed(version, path.suffix) or self.path(version, path.suffix)
        return Take(path=path, version=version, panel=self.panel)

    def _renamed(self, version: int, extension: str) -> Path | None:
        read = self.naming.reader(project=self.project, panel=self.panel)
        names = (name for name in names_in(self.folder) if name.endswith(extension))
        return next((self.folder.resolve() / name for name in names if read(name) == version), None)


def _size(data: bytes) -> tuple[int | None, int | None]:
    """Width and height of a picture; None for what is none."""
    try:
        with Image.open(BytesIO(data)) as image:
            return image.size
    except Exception:  # a video, a sound: Pillow's openers raise almost anything
        return None, None


def _is_done(folder: Path, once: str) -> bool:
    return (folder / CLAIMS_FOLDER / f"{once}{_DONE}").exists()


def _is_this(path: Path, record: Provenance) -> bool:
    """Whether the file there is this output of this job, which somebody wrote before us."""
    try:
        there = read_provenance(path)
    except TakeError:
        return False
    return (there.job, there.output) == (record.job, record.output) and record.job != ""


def _write(path: Path, data: bytes, record: Provenance) -> bool:
    """Write the take; False if the name, or its sidecar's, was taken meanwhile."""
    if is_png(data):
        try:
            return write_new(path, embed_provenance(data, record))
        except TakeError as error:
            raise OutputError(error.message, where=path.name, hint=error.hint) from error
    sidecar = sidecar_path(path)
    if os.path.lexists(path):
        return False
    if not write_new(sidecar, record.to_json().encode("utf-8", "replace")) and not _describes(
        sidecar, record
    ):
        return False
    written = False
    try:
        written = write_new(path, data)
    finally:
        if not written and not os.path.lexists(path):
            with contextlib.suppress(OSError):
                sidecar.unlink()
    return written


def _describes(sidecar: Path, record: Provenance) -> bool:
    """Whether a sidecar without its file is this output's: its writer was killed before the file came."""
    try:
        there = Provenance.model_validate_json(sidecar.read_bytes())
    except (OSError, ValueError):
        return False
    ours = (record.job, record.output, record.version)
    return record.job != "" and (there.job, there.output, there.version) == ours
