"""Thumbnails and duplicates, each beside the plain way.

Run: `python -m pytest benchmarks/test_duplicates.py --benchmark-enable`. What is compared:

- thumbnails of 24 storyboard frames from nothing: a plain Pillow loop, and the pool (which also hashes each
  file and writes the cache); from a warm cache: reads of 1,000;
- equal files among 2,000 of few sizes: SHA-256 of every file that shares its size with another, one after the
  other, as the original does; and ours, from nothing and a second time;
- looks of 100,000 pictures (made up: their hashes are random, with near ones among them): ours, and the plain
  way (each with all others, in numpy) for 5,000 and 20,000 of them.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections import defaultdict
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio.gallery.duplicates import Candidate, find_duplicates
from studio.gallery.duplicates.alike import like_pairs
from studio.gallery.duplicates.look import TINY
from studio.gallery.thumbs import Thumbs
from studio.sketch.previz import draw, spec_from_prompt

FRAMES = 24
SIDE = 256
COPIES = 2000
LOOKS = (5_000, 20_000, 100_000)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "count" in metafunc.fixturenames:
        most = 20_000 if metafunc.function is test_plain_looks else 100_000  # it takes the square of that
        sizes = [each for each in LOOKS if each <= most] if timed(metafunc.config) else [500]
        metafunc.parametrize("count", sizes)


def timed(config: pytest.Config) -> bool:
    """Whether something is measured, and the suite does not only look whether this still runs."""
    return bool(config.getoption("benchmark_enable"))


@pytest.fixture(scope="module")
def frames(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    width, height = (1344, 768) if timed(request.config) else (336, 192)
    root = tmp_path_factory.mktemp("frames")
    words = ["close-up of a woman at night in the rain", "wide shot of a city street", "a man in a kitchen"]
    for number in range(FRAMES):
        image = draw(spec_from_prompt(words[number % len(words)], width, height, seed=number))
        image.save(root / f"{number:02d}.png")
    return root


@pytest.mark.benchmark(group="24 thumbnails from nothing")
def test_plain_pillow(benchmark: Any, frames: Path) -> None:
    def plain() -> int:
        made = 0
        for path in frames.iterdir():
            with Image.open(path) as image:
                image.thumbnail((SIDE, SIDE))
                buffer = BytesIO()
                image.convert("RGB").save(buffer, "WEBP")
                made += len(buffer.getvalue()) > 0
        return made

    assert benchmark(plain) == FRAMES


@pytest.mark.benchmark(group="24 thumbnails from nothing")
def test_thumbnails(benchmark: Any, frames: Path, tmp_path: Path) -> None:
    paths = [path.name for path in frames.iterdir()]

    def ours() -> int:
        made: list[bytes | None] = []
        with Thumbs(frames, cache=tmp_path / "cache") as thumbs:
            thumbs.request(paths, SIDE, lambda path, thumb: made.append(thumb.data)).wait()
        return len([data for data in made if data])

    fresh = lambda: shutil.rmtree(tmp_path / "cache", ignore_errors=True)  # noqa: E731
    assert benchmark.pedantic(ours, setup=fresh, rounds=5) == FRAMES


@pytest.mark.benchmark(group="1,000 warm thumbnails")
def test_warm_thumbnails(benchmark: Any, frames: Path, tmp_path: Path) -> None:
    paths = [path.name for path in frames.iterdir()]
    with Thumbs(frames, cache=tmp_path / "cache") as thumbs:
        for path in paths:
            assert thumbs.get(path, SIDE).data

        def ours() -> int:
            return sum(thumbs.cached(paths[number % FRAMES], SIDE) is not None for number in range(1000))

        assert benchmark(ours) == 1000


@pytest.fixture(scope="module")
def copies(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Candidate]:
    """2,000 files of 40 sizes around 1 MB; each tenth is a copy. Smaller ones if nothing is timed."""
    root = tmp_path_factory.mktemp("copies")
    noise = os.urandom(1_100_000)
    least = 1_000_000 if timed(request.config) else 10_000
    files = []
    for number in range(COPIES):
        seed = number - 1 if number % 10 == 9 else number
        size = least + (seed // 10) % 40
        head = hashlib.sha256(str(seed).encode()).digest()  # as a seed in a PNG's text is: near the beginning
        (root / f"{number}.png").write_bytes(head + noise[: size - len(head)])
        files.append(Candidate.of(root / f"{number}.png"))
    return files


@pytest.mark.benchmark(group="equal files among 2,000")
def test_plain_hashing(benchmark: Any, copies: list[Candidate]) -> None:
    def plain() -> int:
        sizes: dict[int, list[str]] = defaultdict(list)
        for file in copies:
            sizes[file.bytes].append(file.file)
        groups: dict[str, int] = defaultdict(int)
        for paths in sizes.values():
            if len(paths) > 1:
                for path in paths:
                    groups[hashlib.sha256(Path(path).read_bytes()).hexdigest()] += 1
        return sum(count > 1 for count in groups.values())

    assert benchmark.pedantic(plain, rounds=2) == COPIES // 10


@pytest.mark.benchmark(group="equal files among 2,000")
def test_equal_files(benchmark: Any, copies: list[Candidate]) -> None:
    assert len(benchmark.pedantic(find_duplicates, args=(copies,), rounds=3).groups) == COPIES // 10


@pytest.mark.benchmark(group="equal files among 2,000")
def test_equal_files_a_second_time(benchmark: Any, copies: list[Candidate], tmp_path: Path) -> None:
    kept = tmp_path / "kept.npy"
    find_duplicates(copies, kept=kept)
    assert (
        len(benchmark.pedantic(find_duplicates, args=(copies,), kwargs={"kept": kept}, rounds=3).groups)
        == COPIES // 10
    )


def made_up(count: int) -> tuple[Any, Any]:
    """Random looks; each hundredth is a copy of the one before, three bits and some noise away."""
    chance = np.random.default_rng(7)
    hashes = chance.integers(0, 2**64, count, dtype=np.uint64)
    tiny = chance.integers(60, 200, (count, TINY), dtype=np.uint8)
    copies = np.arange(99, count, 100)
    hashes[copies] = hashes[copies - 1] ^ np.uint64(0x8000_0100_0000_0001)
    tiny[copies] = tiny[copies - 1] + chance.integers(0, 4, (len(copies), TINY), dtype=np.uint8)
    return hashes, tiny


@pytest.mark.benchmark(group="looks")
def test_looks(benchmark: Any, count: int) -> None:
    hashes, tiny = made_up(count)
    assert len(benchmark.pedantic(like_pairs, args=(hashes, tiny), rounds=2)) == count // 100


@pytest.mark.benchmark(group="looks")
def test_plain_looks(benchmark: Any, count: int) -> None:
    hashes, _ = made_up(count)

    def plain() -> int:
        found = 0
        for place in range(len(hashes)):
            found += int((np.bitwise_count(hashes[place + 1 :] ^ hashes[place]) <= 6).sum())
        return found

    assert benchmark.pedantic(plain, rounds=2) == count // 100
