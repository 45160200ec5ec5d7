"""One file, one row: whatever the bytes are."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from studio.files import READ_FLAGS
from studio.gallery.metadata.bounded import MAX_TEXT, Damaged, Source
from studio.gallery.metadata.containers import read_content
from studio.gallery.metadata.content import Content
from studio.gallery.metadata.draft import Draft
from studio.gallery.metadata.record import SAMPLING, TAKE, Metadata
from studio.gallery.metadata.writers import a1111, comfyui, invokeai, novelai, ours, swarmui

UNEXPECTED = "reading it went wrong"
"""Begins the warning about a fault of ours, which the tests look for."""

SIDECAR_SUFFIX = ".studio.json"
_KINDS = {
    **dict.fromkeys(("png", "apng", "jpg", "jpeg", "webp", "gif", "bmp"), "image"),
    **dict.fromkeys(("tif", "tiff", "avif", "heic", "exr"), "image"),
    **dict.fromkeys(("mp4", "m4v", "mov", "webm", "mkv", "avi"), "video"),
    **dict.fromkeys(("flac", "mp3", "ogg", "opus", "wav", "m4a"), "audio"),
}
_TELLING = ("prompt", "parameters", "workflow", "generation_data")
_OTHERS = {
    "fooocus_scheme": "Fooocus",
    "negative_prompt": "Easy Diffusion",
    "negative prompt": "Easy Diffusion",
}


def read_metadata(path: Path, *, sidecar: bool | None = None) -> Metadata:
    """What a file says of itself. Never raises, whatever the bytes; see `Metadata` for what comes out.

    Headers and texts are read, never pixels: at most `bounded.MAX_BYTES`, in `bounded.MAX_READS` reads.

    Args:
        path: The file.
        sidecar: Whether `<file>.studio.json` lies beside it; None looks.
    """
    row = Taken(os.fspath(path), sidecar=sidecar).understood()
    row.path = path
    return row


class Taken:
    """A file whose texts were read and not yet understood.

    Many files are quicker read some at a time and then understood, than one by one: the system's work and
    ours drive each other out of the processor's cache. The file stays open until then, for a large text that
    is read only if nothing else tells enough. Nothing here raises; what went wrong is in the row.
    """

    def __init__(self, path: str, *, sidecar: bool | None = None) -> None:
        self._path = path
        self._opened: _Opened | None = None
        self._row: Metadata | None = None
        self._content: Content | None = None
        try:
            opened = _Opened(path)
            source = opened.__enter__()
            self._opened = opened
            self._content = _content(source, path, sidecar)
        except Exception as error:  # one strange file must never end the reading of all others
            self._row = _failure(error)
            self._close()

    @property
    def letters(self) -> int:
        """How much is held."""
        return sum(map(len, self._content.texts.values())) if self._content is not None else 0

    def understood(self) -> Metadata:
        """The row; call it once."""
        row, content = self._row, self._content
        try:
            if row is None and content is not None:
                row = _row(Draft(content, _name(self._path)))
        except Exception as error:  # as above
            row = _failure(error)
        finally:
            self._close()
        return row or Metadata()

    def _close(self) -> None:
        if self._opened is not None:
            self._opened.__exit__()
            self._opened = None


def _failure(error: Exception) -> Metadata:
    """The row of a file that could not be read."""
    if isinstance(error, _Unreadable):
        return Metadata(kind=error.kind, warnings=str(error))
    if isinstance(error, Damaged):
        return Metadata(warnings=str(error))
    if isinstance(error, OSError):
        return Metadata(warnings=f"it can't be read ({error.strerror or type(error).__name__})")
    return Metadata(warnings=f"{UNEXPECTED} ({type(error).__name__}: {error})"[:300])


class _Unreadable(Damaged):
    """Nothing in it can be read, but its name says what it ought to be."""

    def __init__(self, kind: str, why: str) -> None:
        super().__init__(why)
        self.kind = kind


def raw_texts(path: Path) -> dict[str, str]:
    """The texts in a file, those that are known to tell how it was made, as they stand there.

    Returns:
        Key in small letters → text; `studio` also from the sidecar. Empty where nothing can be read.
    """
    try:
        with _Opened(os.fspath(path)) as source:
            content = read_content(source)
            texts: dict[str, str] = {}
            if content is not None:
                for key in (*content.texts, *content.later):
                    try:
                        texts[key] = content.get(key) or ""
                    except Damaged:
                        texts[key] = ""
    except (Damaged, OSError, ValueError, RecursionError):
        texts = {}
    beside = _sidecar(os.fspath(path)) if "studio" not in texts else None
    return texts if beside is None else texts | {"studio": beside}


def _name(path: str) -> str:
    return os.path.basename(path)  # noqa: PTH119 - hot: a Path takes four times as long


def _content(source: Source, path: str, sidecar: bool | None) -> Content:
    """Headers and texts of a file, the record beside it among them.

    Raises:
        Damaged: not even its headers can be read.
        OSError: the disk fails.
    """
    if source.size == 0:
        raise Damaged("it is empty")
    try:
        content = read_content(source)
    except Damaged as error:
        content = None
        problem = str(error)
    else:
        problem = "its bytes are no picture, video or sound"
    claimed = _KINDS.get(_name(path).rpartition(".")[2].lower())
    record = _sidecar(path) if sidecar is not False else None
    if content is None:
        if claimed is not None:
            raise _Unreadable(claimed, problem)
        content = Content("other", "", carries=False)
    if record is not None:
        content.add("studio", record)
    if claimed and content.kind != claimed and content.kind != "audio":
        content.warn(f"its name says {claimed}, its bytes say {content.form}")
    return content


def _row(draft: Draft) -> Metadata:
    """By whom the texts are, and what they say. What one program wrote may leave room for another's."""
    content = draft.content
    readers = _readers(content)
    done = ""
    for source, read, columns in readers:
        try:
            read(draft)
            done = done or source
        except Damaged as error:
            draft.lose(columns, str(error))
    if done:
        if content.lost:
            draft.lost |= SAMPLING
        return draft.finish("ok", done)
    if readers:
        return draft.finish("partial", readers[0][0])
    for key, program in _OTHERS.items():
        if key in content.texts:
            content.warn(f"written by {program}, whose metadata is not read")
            return draft.finish("unsupported", "")
    if any(content.texts.get(key, "").strip() for key in _TELLING):
        content.warn("it tells how it was made in a form that is not known here")
        return draft.finish("unsupported", "")
    if not content.carries:
        return draft.finish("unsupported", "")
    if content.lost:
        draft.lost |= TAKE | SAMPLING
        return draft.finish("partial", "")
    return draft.finish("none", "")


_Reader = tuple[str, Callable[[Draft], None], frozenset[str]]


def _readers(content: Content) -> list[_Reader]:
    """Who wrote texts into the file, the most telling first."""
    texts = content.texts
    found: list[_Reader] = []
    if texts.get("studio"):
        found.append(("studio", lambda draft: ours.read_ours(draft, texts["studio"]), TAKE))
    parameters = texts.get("parameters") or texts.get("usercomment") or texts.get("comment") or ""
    if swarmui.MARK in parameters:
        found.append(("swarmui", lambda draft: swarmui.read_swarmui(draft, parameters), SAMPLING))
    elif novelai.is_novelai(texts) or _novelai_in_one(parameters):
        found.append(("novelai", novelai.read_novelai, SAMPLING))
    elif any(texts.get(key) for key in invokeai.KEYS):
        found.append(("invokeai", invokeai.read_invokeai, SAMPLING))
    if not texts.get("studio") and _graph_in(content, "" if found else parameters):
        found.append(("comfyui", comfyui.read_comfyui, SAMPLING))
    if not parameters.lstrip().startswith("{") and a1111.looks_like(parameters):
        found.append(("a1111", lambda draft: a1111.read_a1111(draft, parameters), SAMPLING))
    return found


def _novelai_in_one(text: str) -> bool:
    return text.startswith("{") and '"Software": "NovelAI"' in text[:20_000]


def _graph_in(content: Content, comment: str) -> bool:
    if content.texts.get("prompt", "").lstrip().startswith("{") or "workflow" in content.later:
        return True
    if content.texts.get("workflow", "").lstrip().startswith("{"):
        return True
    return comment.lstrip().startswith("{") and ('"prompt"' in comment or '"workflow"' in comment)


def _sidecar(path: str) -> str | None:
    """The record beside a file that can't carry it; None if there is none."""
    try:
        with Path(path + SIDECAR_SUFFIX).open("rb") as file:
            return file.read(MAX_TEXT).decode("utf-8", "replace")
    except (OSError, ValueError):
        return None


class _Opened:
    """A regular file, open for reading; a pipe or a device of that name would never end."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.handle = -1

    def __enter__(self) -> Source:
        self.handle = os.open(self.path, READ_FLAGS)
        try:
            facts = os.fstat(self.handle)
            if not stat.S_ISREG(facts.st_mode):
                raise Damaged("it is no plain file")
            source = Source.of_descriptor(self.handle, facts.st_size)
        except BaseException:
            os.close(self.handle)
            raise
        return source

    def __exit__(self, *_: object) -> None:
        os.close(self.handle)
