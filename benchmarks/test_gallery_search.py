"""Reading metadata, searching and counting 100,000 takes.

Run with `pytest benchmarks/test_gallery_search.py --benchmark-enable`; figures are in `docs/performance.md`.
The prompts are all different, which is the worst case: most takes of a film share theirs. The reference for a
search is pandas' own `str.contains`, once for each condition.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from studio.gallery.columns import COLUMNS
from studio.gallery.metadata import read_metadata
from studio.gallery.query import Corpus, parse, warm
from studio.gallery.stats import overview, stats
from tests.gallery.files import samples

ROWS = 100_000
THREE = "rain -neon lens:cooke"
NINE = "rain -neon lens:cooke seed>7 rating>=4 tag:hero after:2026-01 model:*flux* w>1024"
Benchmark = Callable[..., Any]


def made(count: int) -> pd.DataFrame:
    """Takes with long prompts that are all different."""
    chance = random.Random(7)
    common = ("rain", "neon", "lighthouse", "storm", "café", "night", "wide", "lens", "teal", "orange")
    words = [f"w{number}" for number in range(4_000)] + list(common) * 10
    start = datetime(2025, 6, 1, tzinfo=UTC)
    tags = ("hero", "wide", "alt", "night", "retake")
    columns: dict[str, list[Any]] = {
        "name": [f"film_panel{number % 500}_v{number // 500:03}.png" for number in range(count)],
        "folder": [f"panel{number % 500}" for number in range(count)],
        "kind": [chance.choice(("image", "image", "image", "video")) for _ in range(count)],
        "bytes": [chance.randrange(10**5, 10**7) for _ in range(count)],
        "width": [chance.choice((512, 1024, 1344, 1920)) for _ in range(count)],
        "prompt": [" ".join(chance.choices(words, k=60)) for _ in range(count)],
        "lens": [chance.choice(("cooke_s4", "zeiss_master_prime", "helios_44", "")) for _ in range(count)],
        "model": [
            chance.choice(("flux1-dev", "sd_xl_base_1.0", "wan2.2_t2v_high; wan2.2_t2v_low"))
            for _ in range(count)
        ],
        "seed": [chance.getrandbits(64) for _ in range(count)],
        "rating": [chance.choice((0, 0, 0, 1, 2, 3, 4, 5)) for _ in range(count)],
        "tags": ["; ".join(sorted(chance.sample(tags, chance.randint(0, 3)))) for _ in range(count)],
        "seconds": [chance.random() * 100 for _ in range(count)],
        "created": [start + timedelta(minutes=5 * number) for number in range(count)],
    }
    data = {
        name: pd.array(columns.get(name, [None] * count), dtype=column.dtype)
        for name, column in COLUMNS.items()
    }
    return pd.DataFrame(data, index=pd.Index([f"p/{number:06}" for number in range(count)], name="path"))


@pytest.fixture(scope="module")
def rows(request: pytest.FixtureRequest) -> int:
    """All rows when something is measured, some when the suite only looks whether this still runs."""
    return ROWS if request.config.getoption("benchmark_enable") else 2_000


@pytest.fixture(scope="module")
def frame(rows: int) -> pd.DataFrame:
    return made(rows)


@pytest.fixture(scope="module")
def corpus(frame: pd.DataFrame) -> Corpus:
    ready = Corpus(frame)
    warm(ready)
    parse(NINE).run(ready)
    return ready


@pytest.mark.parametrize("text", ["rain", '"rain neon"', "*ain", "prompt:*rain*neon*", "seed:7", THREE, NINE])
def test_search(benchmark: Benchmark, corpus: Corpus, text: str) -> None:
    assert len(benchmark(lambda: parse(text).run(corpus))) < len(corpus)


def test_search_with_pandas(benchmark: Benchmark, frame: pd.DataFrame) -> None:
    """The reference of `THREE`."""

    def search() -> pd.DataFrame:
        def has(column: str, word: str) -> Any:
            return frame[column].str.contains(word, case=False, regex=False, na=False)

        return frame[has("prompt", "rain") & ~has("prompt", "neon") & has("lens", "cooke")]

    assert len(benchmark(search)) < len(frame)


def test_the_first_search_of_all(benchmark: Benchmark, frame: pd.DataFrame) -> None:
    """With the making of the index, which the gallery does in the background."""

    def first() -> int:
        corpus = Corpus(frame)
        warm(corpus)
        return len(parse(THREE).run(corpus))

    assert benchmark.pedantic(first, rounds=2, iterations=1) > 0  # type: ignore[attr-defined]


@pytest.mark.parametrize("by", ["model", "tags", "day", "lens"])
def test_stats(benchmark: Benchmark, frame: pd.DataFrame, by: str) -> None:
    assert len(benchmark(stats, frame, by)) > 1


def test_overview(benchmark: Benchmark, frame: pd.DataFrame) -> None:
    assert benchmark(overview, frame).files == len(frame)


@pytest.mark.parametrize("template", ["sdxl", "flux", "wan22-t2v"])
def test_reading_a_take(benchmark: Benchmark, template: str, tmp_path: Path) -> None:
    path = tmp_path / "take.png"
    path.write_bytes(samples.studio_png(samples.shot(template)))
    assert benchmark(read_metadata, path).read == "ok"


@pytest.mark.parametrize("name", ["a1111.png", "swarmui.png", "forge.jpg", "shot_00003_.mp4", "plain.webp"])
def test_reading_others(benchmark: Benchmark, name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(samples.all_samples()[name])
    assert benchmark(read_metadata, path).read in ("ok", "none")
