"""Small trees of files whose content tells them apart, and what has become of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from studio.gallery.curation import CurationStore
from studio.gallery.files import FileOperations


def put(root: Path, path: str, content: str | None = None) -> Path:
    """A file whose content is its first path, unless told otherwise."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(path if content is None else content, encoding="utf-8")
    return file


def plant(root: Path, paths: Iterable[str]) -> Path:
    """Many of them."""
    for path in paths:
        put(root, path)
    return root


def tree(root: Path) -> dict[str, str]:
    """Path → content of everything but the gallery's own notes; hidden names and the trash too."""
    own = (".gallery/curation/", ".gallery/operations/")
    files = (file for file in sorted(root.rglob("*")) if file.is_file() and not file.is_symlink())
    paths = {file.relative_to(root).as_posix(): file for file in files}
    return {
        path: file.read_text("utf-8", "replace") for path, file in paths.items() if not path.startswith(own)
    }


def seen(root: Path) -> dict[str, str]:
    """Path → content, without what is hidden."""
    return {path: text for path, text in tree(root).items() if not path.startswith(".") and "/." not in path}


def opened(root: Path, **options: object) -> tuple[CurationStore, FileOperations]:
    """A store, and the operations on its project."""
    store = CurationStore(root)
    return store, FileOperations(root, store, **options)  # type: ignore[arg-type]


def ratings(store: CurationStore) -> dict[str, int]:
    """Path → rating."""
    return {path: said.rating for path, said in store.all().items() if said.rating}
