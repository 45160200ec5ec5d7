"""Real processes: two that rate at once, and one that is killed while it rates."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from studio.gallery.curation import CurationStore
from tests.gallery.files_made import plant, ratings

FILES = tuple(f"A/{number:03}.png" for number in range(120))

_RATES = """
import sys
from pathlib import Path
from studio.gallery.curation import CurationStore
store = CurationStore(Path(sys.argv[1]))
for number in range(int(sys.argv[2]), 120, int(sys.argv[3])):
    store.rate(f"A/{number:03}.png", number % 5 + 1)
    print(number, flush=True)
"""


def rating(root: Path, first: int, step: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _RATES, str(root), str(first), str(step)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_two_rate_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    root = plant(tmp_path / "film", FILES)
    watching = CurationStore(root)
    assert watching.all() == {}
    with rating(root, 0, 2) as one, rating(root, 1, 2) as two:
        one.communicate(timeout=60)
        two.communicate(timeout=60)
    watching.poll()
    expected = {path: number % 5 + 1 for number, path in enumerate(FILES)}
    assert ratings(watching) == ratings(CurationStore(root)) == expected


def test_killed_while_it_rates(tmp_path: Path) -> None:
    root = plant(tmp_path / "film", FILES)
    with rating(root, 0, 1) as process:
        assert process.stdout is not None
        acknowledged = [int(process.stdout.readline()) for _ in range(25)]
        process.kill()
        acknowledged += [int(line) for line in process.stdout.read().splitlines()]
    found = ratings(CurationStore(root))
    assert {FILES[number]: number % 5 + 1 for number in acknowledged}.items() <= found.items()
    assert len(found) <= len(acknowledged) + 1
