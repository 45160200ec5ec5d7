"""Pictures that look the same, among storyboard frames that look alike: copies group, other takes do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.gallery.duplicates import Candidate, Duplicates, find_duplicates
from studio.gallery.duplicates.equal import Known
from studio.gallery.duplicates.find import FRAMES
from studio.gallery.duplicates.kept import Kept
from studio.gallery.thumbs import Thumbs
from studio.sketch.previz import draw, spec_from_prompt

SHOTS = (
    "close-up of a woman at night in the rain",
    "wide shot of a city street at dawn",
    "a man in a kitchen, medium shot",
    "desert, extreme wide",
    "two people in a bar at night",
    "forest at dusk, full shot",
    "a woman in an office, over the shoulder",
    "interior bedroom at night, medium close-up",
)
SEEDS = 4


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer)


COPIES: dict[str, Callable[[Image.Image, Path], None]] = {
    "q60.jpg": lambda image, path: image.save(path, quality=60),
    "half.png": lambda image, path: image.resize((336, 192), Image.Resampling.LANCZOS).save(path),
    "larger.webp": lambda image, path: image.resize((1008, 576), Image.Resampling.BICUBIC).save(path),
    "brighter.png": lambda image, path: image.point(lambda v: min(255, int(v * 1.04 + 2))).save(path),
    "again.jpg": lambda image, path: jpeg(image.resize((448, 256)), 30).save(path, quality=50),
}


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight shots of four seeds each; each copy is of one seed."""
    root = tmp_path_factory.mktemp("board")
    copies = iter(list(COPIES.items()) * len(SHOTS))
    for number, words in enumerate(SHOTS):
        for seed in range(SEEDS):
            image = draw(spec_from_prompt(words, 672, 384, seed=101 * seed + number))
            image.save(root / f"shot{number}_{seed}.png")
            name, make = next(copies)
            make(image, root / f"shot{number}_{seed}_{name}")
    return root


@pytest.fixture(scope="module")
def thumbs(board: Path) -> Iterator[Thumbs]:
    with Thumbs(board, cache=board.parent / "cache") as made:
        yield made


def found_in(folder: Path, thumbs: Thumbs, **options: object) -> Duplicates:
    files = [Candidate.of(path) for path in sorted(folder.iterdir()) if path.is_file()]
    return find_duplicates(files, thumbs=thumbs, **options)  # type: ignore[arg-type]


def test_copies_group_with_their_take_and_takes_of_other_seeds_stay_apart(
    board: Path, thumbs: Thumbs
) -> None:
    found = found_in(board, thumbs)
    takes = {path.name[:7] for path in board.iterdir()}
    assert {frozenset(path[:7] for path in group.paths) for group in found.groups} == {
        frozenset([take]) for take in takes
    }
    assert all(group.kind == "near" and len(group.paths) == 2 for group in found.groups)
    assert found.problems == {}


def test_the_threshold_is_a_choice(board: Path, thumbs: Thumbs) -> None:
    strict = found_in(board, thumbs, threshold=0, tolerance=3.0)
    loose = found_in(board, thumbs, threshold=15, tolerance=200.0)
    normal = found_in(board, thumbs)
    assert len(strict.groups) < len(normal.groups) == len(SHOTS) * SEEDS
    assert max(len(group.paths) for group in loose.groups) > 2
    assert found_in(board, thumbs, near=False).groups == []


def test_a_second_search_looks_at_nothing(board: Path, thumbs: Thumbs, tmp_path: Path) -> None:
    kept = tmp_path / "looks.npy"
    first = found_in(board, thumbs, kept=kept)
    with Thumbs(board, cache=tmp_path / "none") as unused:
        unused.close()  # whoever asks it for anything gets a note, and the file a problem
        again = found_in(board, unused, kept=kept)
    assert again.groups == first.groups
    assert set(again.problems) == set()


def test_looks_and_hashes_stay_what_they_are_through_the_memory(tmp_path: Path) -> None:
    file = Candidate("a.png", str(tmp_path / "a.png"), 5, 7)
    memory = Kept(tmp_path / "kept.npy")
    tiny = np.arange(384, dtype=np.uint8)
    memory.set_look(file, 1, (2**64 - 1, tiny))
    memory.save([file])
    memory = Kept(tmp_path / "kept.npy")
    assert memory.known([file]) == Known()
    memory.learn([file], Known({"a.png": "cd" * 16}, {"a.png": "ab" * 32}))
    memory.save([file])
    memory = Kept(tmp_path / "kept.npy")
    look = memory.look(file, 1)
    assert look is not None and look[0] == 2**64 - 1 and (look[1] == tiny).all()
    assert memory.look(file, FRAMES) is None
    assert memory.known([file]) == Known({"a.png": "cd" * 16}, {"a.png": "ab" * 32})
    assert memory.known([Candidate("a.png", str(tmp_path / "a.png"), 5, 8)]) == Known()


def still(colour: int) -> Image.Image:
    image = Image.new("RGB", (320, 180), (colour, 90, 60))
    image.paste((20, 20, 200), (40, 40, 140, 150))
    return image


def film(path: Path, last: int, size: tuple[int, int] = (320, 180)) -> None:
    """A film that begins with the same picture and ends with another."""
    av = pytest.importorskip("av")
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=12)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number in range(12):
            image = still(40)
            image.paste((240, 240, 240), (180, 20, 180 + number * last // 11, 160))
            container.mux(stream.encode(av.VideoFrame.from_image(image.resize(size))))
        container.mux(stream.encode())


def test_films_are_compared_over_their_length(tmp_path: Path) -> None:
    film(tmp_path / "a.mp4", 120)
    film(tmp_path / "b.mp4", 30)
    film(tmp_path / "a_small.mp4", 120, (240, 134))
    with Thumbs(tmp_path, cache=tmp_path / "cache") as thumbs:
        assert thumbs.get("a.mp4").data and thumbs.get("b.mp4").data
        found = found_in(tmp_path, thumbs)
    assert [set(group.paths) for group in found.groups] == [{"a.mp4", "a_small.mp4"}]


def test_a_still_webp_is_compared_with_stills_and_a_moving_one_is_not(tmp_path: Path) -> None:
    still(40).save(tmp_path / "a.png")
    still(40).save(tmp_path / "a.webp", quality=80)
    still(40).save(
        tmp_path / "moving.webp", save_all=True, append_images=[still(200), still(250)], duration=80
    )
    with Thumbs(tmp_path, cache=tmp_path / "cache") as thumbs:
        found = found_in(tmp_path, thumbs)
    assert [set(group.paths) for group in found.groups] == [{"a.png", "a.webp"}]
    assert found.groups[0].keep == "a.png" and found.groups[0].reason == "stored without loss"


def test_another_shape_is_no_copy(tmp_path: Path) -> None:
    still(40).save(tmp_path / "wide.png")
    still(40).resize((180, 180)).save(tmp_path / "square.png")
    files = [
        Candidate.of(tmp_path / "wide.png"),
        Candidate.of(tmp_path / "square.png"),
    ]
    sized = [
        Candidate(file.path, file.file, file.bytes, file.modified, "image", *size)
        for file, size in zip(files, [(320, 180), (180, 180)], strict=True)
    ]
    with Thumbs(tmp_path, cache=tmp_path / "cache") as thumbs:
        assert find_duplicates(sized, thumbs=thumbs).groups == []
