"""What one rating costs, and an opening, beside one big JSON that is rewritten for each: the usual way.

Run: `python -m pytest benchmarks/test_curation.py --benchmark-enable`. The promise: at 20,000 curated files
one rating at least 50 times as fast as the rewriting, and the same cost at 5,000 and 100,000.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from studio.gallery.curation import CurationStore

SIZES = (5_000, 20_000, 100_000)


def path_of(number: int) -> str:
    return f"Harbour_{number % 50:02}/last-ferry_Harbour_v{number:06}.png"


def facts(path: str) -> tuple[int, int]:
    """As a gallery knows them from its index."""
    return 1_500_000, 1_795_000_000_000_000_000


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "size" in metafunc.fixturenames:
        sizes = SIZES if metafunc.config.getoption("benchmark_enable") else SIZES[:1]
        metafunc.parametrize("size", sizes, ids="{:,}".format, indirect=True, scope="module")


@pytest.fixture(scope="module")
def size(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="module")
def root(size: int, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with so many files rated, one in four tagged."""
    folder = tmp_path_factory.mktemp("film")
    store = CurationStore(folder, facts=facts)
    store.rate([path_of(number) for number in range(size)], 3)
    store.tag([path_of(number) for number in range(0, size, 4)], ["hero"])
    return folder


@pytest.fixture(scope="module")
def big_json(size: int, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same in one file."""
    file = tmp_path_factory.mktemp("plain") / "gallery.json"
    said = {
        path_of(number): {"rating": 3, "tags": ["hero"] if number % 4 == 0 else []} for number in range(size)
    }
    file.write_text(json.dumps({"files": said}, indent=2))
    return file


def rewrite(file: Path, path: str, rating: int) -> None:
    """Read all, change one, write all to a temporary file, replace."""
    data: dict[str, Any] = json.loads(file.read_text())
    data["files"].setdefault(path, {})["rating"] = rating
    temporary = file.with_suffix(".tmp")
    with temporary.open("w") as stream:
        json.dump(data, stream, indent=2)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(file)


def ratings() -> Iterator[tuple[str, int]]:
    """Never the rating that a file has already."""
    for turn in itertools.count():
        yield path_of(turn * 7919 % SIZES[0]), (turn // SIZES[0] + turn) % 2 + 4


@pytest.mark.benchmark(group="one rating")
@pytest.mark.parametrize("way", ["store", "one big JSON"])
def test_one_rating(
    benchmark: Any, way: str, root: Path, big_json: Path, size: int, request: pytest.FixtureRequest
) -> None:
    store = CurationStore(root)
    store.all()
    turn = ratings()
    do: Callable[[str, int], None] = (
        store.rate if way == "store" else lambda path, rating: rewrite(big_json, path, rating)
    )
    rounds = 200 if way == "store" else 3
    benchmark.pedantic(do, setup=lambda: (next(turn), {}), rounds=rounds, warmup_rounds=1)
    path, rating = next(turn)
    do(path, rating)
    if way == "store":
        assert CurationStore(root).get(path).rating == rating
        assert len(store.all()) == size
    else:
        assert json.loads(big_json.read_text())["files"][path]["rating"] == rating


@pytest.mark.benchmark(group="ten thousand ratings at once")
def test_ten_thousand_at_once(benchmark: Any, tmp_path: Path) -> None:
    store = CurationStore(tmp_path, facts=facts)
    paths = [path_of(number) for number in range(10_000)]
    turn = itertools.cycle((3, 4))
    benchmark.pedantic(lambda: store.rate(paths, next(turn)), rounds=5)
    assert len(CurationStore(tmp_path).all()) == 10_000


@pytest.mark.benchmark(group="opening")
@pytest.mark.parametrize("way", ["from the logs", "from the snapshot", "one big JSON"])
def test_opening(benchmark: Any, way: str, root: Path, big_json: Path, size: int) -> None:
    (root / ".gallery/curation/snapshot.json").unlink(missing_ok=True)
    if way == "from the snapshot":
        CurationStore(root).compact()

    def open_it() -> int:
        if way == "one big JSON":
            return len(json.loads(big_json.read_text())["files"])
        return len(CurationStore(root).all())

    assert benchmark.pedantic(open_it, rounds=5) == size


@pytest.mark.benchmark(group="looking for what others wrote, when nothing has come")
def test_polling(benchmark: Any, root: Path) -> None:
    store = CurationStore(root)
    store.poll()
    assert benchmark(store.poll) == frozenset()
