"""From rendered bytes to a take on disk: checked, with provenance, under a version of its own."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from studio.errors import OutputError, StorageError, TakeError, UnsafeName
from studio.files import inside, write_new
from studio.media import check_media
from studio.project.naming import Naming
from studio.project.takes import Take
from studio.project.versions import claim_version, version_text
from studio.provenance import Provenance, embed_provenance, is_png, sidecar_path

_TRIES = 100


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

    Raises:
        OutputError: the bytes are cut off or no media file; nothing is written.
        UnsafeName: project and panel are not safe names.
        StorageError: the disk refuses; nothing of it is left.
    """
    media = check_media(data, name, decode=decode)
    naming = naming or Naming()
    read = naming.reader(project=project, panel=panel)
    for _ in range(_TRIES):
        version = claim_version(folder, read)
        stem = naming.stem(project=project, panel=panel, version=version)
        path = inside(folder, f"{stem}{media.extension}")
        if path.parent != folder.resolve():
            raise UnsafeName(
                f"{stem!r} is a path, not a name", path=folder, hint="Use safe_name for its parts."
            )
        record = provenance.model_copy(update={"project": project, "panel": panel, "version": version})
        if _write(path, data, record):
            return Take(path=path, version=version, panel=panel)
    raise StorageError(
        f"no free name after {version_text(version)}", path=folder, hint="Does another program write here?"
    )


def _write(path: Path, data: bytes, record: Provenance) -> bool:
    """Write the take; False if the name, or its sidecar's, was taken meanwhile."""
    if is_png(data):
        try:
            return write_new(path, embed_provenance(data, record))
        except TakeError as error:
            raise OutputError(error.message, where=path.name, hint=error.hint) from error
    sidecar = sidecar_path(path)
    if os.path.lexists(path) or not write_new(sidecar, record.to_json().encode("utf-8", "replace")):
        return False
    written = False
    try:
        written = write_new(path, data)
    finally:
        if not written:
            with contextlib.suppress(OSError):
                sidecar.unlink()
    return written
