"""A gallery of many takes, beside a plain one that keeps no index.

Run: `python -m pytest benchmarks/test_gallery.py --benchmark-enable`. In the usual test run the trees are
small and nothing is timed. `GALLERY_FILES=5000,20000,100000` sets the sizes; trees are made under
`GALLERY_TREES` if it is set, and kept there for the next run.

The reference run is the plain way in which galleries of render folders work. No index: a scan of everything
lists the folders with the facts of each file; the details of a file are read from it when a page asks for
them: the picture is opened for its size and once more for its text chunks, of which the graphs are parsed,
and all is sent as JSON. "First full index" is this for every file once, so both sides end up having read the
same texts of the same files. It is spared the request that each file would cost over HTTP, and keeps nothing;
ours also takes the graphs and records apart into columns, makes the table and writes the index to the disk.
The plain way is one process; ours reads with one on each core, whose start is counted.

A search opens every picture again and looks for the text in its chunks. Ratings and tags lie in one JSON that
is read once and written whole at each change.
Duplicates are found by SHA-256 among files of one size. The promises: first full index 3 times, rescan 20
times, search 50 times, one rating 50 times, duplicates 3 times as fast.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import shutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from studio.gallery import Gallery
from tools.make_takes import WORDS, Maker, make_takes

MEDIA = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".mp4", ".mov", ".avi", ".webm", ".mkv"}
CHUNKS = ("prompt", "workflow", "parameters")
SIZES = [int(size) for size in os.environ.get("GALLERY_FILES", "").split(",") if size]
QUERY = "rain -neon camera:arri"


class PlainGallery:
    """The reference: files are looked at anew whenever something is asked."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.store = root / ".gallery" / "gallery.json"
        self.said: dict[str, Any] = {"files": {}, "tags": {}}
        if self.store.exists():
            self.said = json.loads(self.store.read_text())

    def scan(self, *, sizes: bool = False) -> list[dict[str, Any]]:
        """Every file with its facts and what was said of it; `sizes` opens each picture for its size too."""
        found = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in names:
                path = Path(folder, name)
                if name.startswith(".") or path.suffix.lower() not in MEDIA:
                    continue
                status = path.stat()
                width, height = self.size(path) if sizes else (None, None)
                relative = path.relative_to(self.root).as_posix()
                said = self.said["files"].get(relative, {})
                found.append(
                    {
                        "path": relative,
                        "name": name,
                        "size": status.st_size,
                        "modified": status.st_mtime,
                        "created": status.st_ctime,
                        "width": width,
                        "height": height,
                        "rating": said.get("rating", 0),
                        "tags": said.get("tags", []),
                    }
                )
        return found

    def size(self, path: Path) -> tuple[int, int]:
        with Image.open(path) as image:
            return image.size

    def info(self, path: str) -> str:
        """What the page of one file gets."""
        place = self.root / path
        status = place.stat()
        said = self.said["files"].get(path, {})
        width, height = self.size(place)
        found: dict[str, Any] = {"size": status.st_size, "width": width, "height": height, **said}
        with Image.open(place) as image:
            texts = dict(image.info)
        for name in CHUNKS:
            if name in texts:
                found[name] = texts[name]
                if name != "parameters":
                    with contextlib.suppress(ValueError):
                        found[name] = json.loads(texts[name])
        return json.dumps(found)

    def index(self) -> int:
        """All that can be known of all files: the scan, and the details of each."""
        return sum(bool(self.info(row["path"])) for row in self.scan())

    def search(self, text: str, limit: int = 100) -> list[tuple[str, str]]:
        """Files with `text` in a chunk, with some letters around it."""
        wanted, hits = text.lower(), []
        for row in self.names():
            with Image.open(self.root / row) as image:
                texts = image.info
            for name in CHUNKS:
                content = str(texts.get(name, ""))
                at = content.lower().find(wanted)
                if at >= 0:
                    hits.append((row, content[max(0, at - 50) : at + 50]))
                    break
            if len(hits) >= limit:
                break
        return hits

    def names(self) -> Iterator[str]:
        for path in self.root.rglob("*.png"):
            relative = path.relative_to(self.root).as_posix()
            if not relative.startswith("."):
                yield relative

    def rate(self, path: str, rating: int) -> None:
        self.said["files"].setdefault(path, {"tags": []})["rating"] = rating
        self.store.parent.mkdir(exist_ok=True)
        temporary = self.store.with_suffix(".tmp")
        temporary.write_text(json.dumps(self.said, indent=2))
        temporary.replace(self.store)

    def duplicates(self) -> list[list[str]]:
        sizes: dict[int, list[str]] = defaultdict(list)
        for name in self.names():
            sizes[(self.root / name).stat().st_size].append(name)
        hashes: dict[str, list[str]] = defaultdict(list)
        for alike in sizes.values():
            if len(alike) > 1:
                for name in alike:
                    digest = hashlib.sha256()
                    with (self.root / name).open("rb") as file:
                        while block := file.read(1 << 16):
                            digest.update(block)
                    hashes[digest.hexdigest()].append(name)
        return [sorted(group) for group in hashes.values() if len(group) > 1]


class Tree:
    """A project of many takes, all rated in both galleries, indexed once."""

    def __init__(self, root: Path, cache: Path, count: int) -> None:
        self.root, self.cache, self.count = root, cache, count
        self.plain = PlainGallery(root)
        self.gallery = Gallery.open(root, watch="polling")
        self.gallery.scan()
        paths = list(self.gallery.frame.index)
        self.paths = paths
        for rating in range(1, 6):
            self.gallery.rate(paths[rating - 1 :: 5], rating)
            for path in paths[rating - 1 :: 5]:
                self.plain.said["files"][path] = {"rating": rating, "tags": ["hero", "night"]}
        self.plain.rate(paths[0], 1)
        self.gallery.tag(paths, add=["hero", "night"])
        self.gallery.search(QUERY)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "tree" in metafunc.fixturenames:
        timed = not metafunc.config.getoption("benchmark_disable")
        sizes = SIZES or ([5000, 20_000] if timed else [120])
        metafunc.parametrize("tree", sizes, indirect=True, scope="module")


@pytest.fixture(scope="module")
def tree(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tree]:
    count = request.param
    kept = os.environ.get("GALLERY_TREES")
    root = Path(kept) / f"film-{count}" if kept else tmp_path_factory.mktemp("trees") / "film"
    if not root.exists():
        make_takes(root, count, folders=min(50, count // 10), maker=Maker(side=2 if count > 1000 else 16))
    shutil.rmtree(root / ".gallery", ignore_errors=True)
    cache = tmp_path_factory.mktemp("cache")
    before = os.environ.get("STUDIO_CACHE")
    os.environ["STUDIO_CACHE"] = str(cache)
    made = Tree(root, cache, count)
    yield made
    made.gallery.close()
    shutil.rmtree(root / ".gallery", ignore_errors=True)
    if before is None:
        del os.environ["STUDIO_CACHE"]
    else:
        os.environ["STUDIO_CACHE"] = before
    if not kept:
        shutil.rmtree(root.parent, ignore_errors=True)


@pytest.mark.benchmark(group="first full index")
def test_first_index(benchmark: Any, tree: Tree) -> None:
    def forget() -> tuple[tuple[Gallery], dict[str, Any]]:
        shutil.rmtree(tree.cache / "gallery", ignore_errors=True)
        return (Gallery.open(tree.root, watch="polling"),), {}

    def index(gallery: Gallery) -> int:
        return gallery.scan().read

    read = benchmark.pedantic(index, setup=forget, teardown=lambda gallery: gallery.close(), rounds=2)
    assert read == tree.count


@pytest.mark.benchmark(group="first full index")
def test_first_index_the_plain_way(benchmark: Any, tree: Tree) -> None:
    assert benchmark.pedantic(tree.plain.index, rounds=1) == tree.count


@pytest.mark.benchmark(group="first full index")
def test_only_sizes_the_plain_way(benchmark: Any, tree: Tree) -> None:
    """Less than an index: nothing of what made a file."""
    assert len(benchmark.pedantic(tree.plain.scan, kwargs={"sizes": True}, rounds=2)) == tree.count


@pytest.mark.benchmark(group="rescan with nothing changed")
def test_rescan(benchmark: Any, tree: Tree) -> None:
    report = benchmark.pedantic(tree.gallery.scan, rounds=5, warmup_rounds=1)
    assert (report.files, report.read) == (tree.count, 0)


@pytest.mark.benchmark(group="rescan with nothing changed")
def test_rescan_the_plain_way(benchmark: Any, tree: Tree) -> None:
    """It does not know what it has seen, so it does everything again."""
    assert benchmark.pedantic(tree.plain.index, rounds=1) == tree.count


@pytest.mark.benchmark(group="opening again")
def test_opening_again(benchmark: Any, tree: Tree) -> None:
    tree.gallery._catalogue.save()
    opened: list[Gallery] = []

    def open_() -> int:
        opened.append(Gallery.open(tree.root, watch="polling"))
        return len(opened[-1].frame)

    count = benchmark.pedantic(open_, teardown=lambda: opened.pop().close(), rounds=3, warmup_rounds=1)
    assert count == tree.count


@pytest.mark.benchmark(group="search")
def test_search_of_three_conditions(benchmark: Any, tree: Tree) -> None:
    """The words were asked for before, as when one narrows a search."""
    found = benchmark(tree.gallery.search, QUERY)
    assert 0 < len(found) < tree.count


@pytest.mark.benchmark(group="search")
def test_search_for_words_not_asked_before(benchmark: Any, tree: Tree) -> None:
    """Nothing is remembered of them, and no index made yet."""
    asked = zip(WORDS[::2], WORDS[1::2], strict=False)
    found = benchmark.pedantic(
        tree.gallery.search, setup=lambda: (("{} -{} camera:arri".format(*next(asked)),), {}), rounds=16
    )
    assert len(found) < tree.count


@pytest.mark.benchmark(group="search")
def test_search_sorted_first_hundred(benchmark: Any, tree: Tree) -> None:
    assert len(benchmark(tree.gallery.search, QUERY, sort="-rating, -created", limit=100))


@pytest.mark.benchmark(group="search")
def test_search_after_a_rating(benchmark: Any, tree: Tree) -> None:
    ratings = itertools.cycle((1, 5))

    def rate() -> None:
        tree.gallery.rate(tree.paths[3], next(ratings))

    found = benchmark.pedantic(
        lambda: tree.gallery.search(f"{QUERY} rating>=4"), setup=rate, rounds=20, warmup_rounds=1
    )
    assert len(found)


@pytest.mark.benchmark(group="search")
def test_search_after_a_take_has_landed(benchmark: Any, tree: Tree) -> None:
    catalogue = tree.gallery._catalogue
    row = catalogue.table.row(0)
    numbers = itertools.count()

    def land() -> None:
        catalogue.apply([{**row, "path": f"zz/{next(numbers)}.png"}], keep=False)

    found = benchmark.pedantic(lambda: tree.gallery.search(QUERY), setup=land, rounds=10, warmup_rounds=1)
    assert len(found)
    catalogue.apply(gone=[path for path in catalogue.table.paths if path.startswith("zz/")], keep=False)


@pytest.mark.benchmark(group="search")
def test_search_the_plain_way(benchmark: Any, tree: Tree) -> None:
    """One word, all hits: it has no conditions, and stops at a hundred hits if it is let."""
    found = benchmark.pedantic(tree.plain.search, args=("lighthouse", tree.count), rounds=2)
    assert 0 < len(found) < tree.count


@pytest.mark.benchmark(group="one rating")
def test_one_rating(benchmark: Any, tree: Tree) -> None:
    ratings = itertools.cycle((1, 2, 3, 4, 5))
    benchmark.pedantic(lambda: tree.gallery.rate(tree.paths[7], next(ratings)), rounds=50, warmup_rounds=2)
    assert tree.gallery.row(tree.paths[7])["rating"] in range(1, 6)


@pytest.mark.benchmark(group="one rating")
def test_one_rating_the_plain_way(benchmark: Any, tree: Tree) -> None:
    ratings = itertools.cycle((1, 2, 3, 4, 5))
    benchmark.pedantic(lambda: tree.plain.rate(tree.paths[7], next(ratings)), rounds=5, warmup_rounds=1)


@pytest.mark.benchmark(group="duplicates")
def test_duplicates(benchmark: Any, tree: Tree) -> None:
    """From nothing: hashes made before are not trusted."""
    found = benchmark.pedantic(lambda: tree.gallery.duplicates(near=False, kept=None), rounds=2)
    assert sorted(sorted(group.paths) for group in found.groups) == sorted(tree.plain.duplicates())


@pytest.mark.benchmark(group="duplicates")
def test_duplicates_the_plain_way(benchmark: Any, tree: Tree) -> None:
    assert isinstance(benchmark.pedantic(tree.plain.duplicates, rounds=2), list)


@pytest.mark.benchmark(group="frame")
def test_frame_asked_again(benchmark: Any, tree: Tree) -> None:
    assert len(benchmark(lambda: tree.gallery.frame)) == tree.count


@pytest.mark.benchmark(group="frame")
def test_frame_after_a_take_has_landed(benchmark: Any, tree: Tree) -> None:
    catalogue = tree.gallery._catalogue
    row = catalogue.table.row(0)
    numbers = itertools.count()

    def land() -> None:
        catalogue.apply([{**row, "path": f"zz/{next(numbers)}.png"}], keep=False)

    frame = benchmark.pedantic(lambda: tree.gallery.frame, setup=land, rounds=10, warmup_rounds=1)
    assert len(frame) > tree.count
    catalogue.apply(gone=[path for path in catalogue.table.paths if path.startswith("zz/")], keep=False)
