"""The gallery's widget over a hundred thousand takes, measured in Chromium.

Run: `STUDIO_TAKES_AT=FOLDER python -m pytest benchmarks/test_gallery_widget.py --benchmark-enable -s`.

The figures are printed, and in `extra_info`: until the first pictures are seen, from the widget's first sign
in the page, its kernel having an open gallery and warm thumbnails; while it is scrolled from end to end,
twice, and as a hand scrolls to look, the longest time that a tile in sight had no picture and the frames a
second; ten jumps by the scrollbar; what the page's memory is, collected, before, between and after; how many
pictures came and how many tiles were seen; and what memory is when the page has as many rows and pictures as
it keeps. Making the tree and its thumbnails takes half an hour; it is kept in `STUDIO_TAKES_AT` for the next
time. Without that folder or `--benchmark-enable` a small tree shows in seconds that it works.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from studio.gallery import Gallery
from tools.jupyter_pages import LabPage, chromium, jupyter_lab, new_context, write_notebook
from tools.make_takes import Maker, make_takes

pytestmark = [pytest.mark.benchmark(group="gallery in the page"), pytest.mark.timeout(7200)]
CHECKOUT = Path(__file__).resolve().parents[1]
MANY, FEW = 100_000, 400
SIDE = 256
FIRST_MS, BLANK_MS = 500.0, 300.0  # what the gallery promises
HAND_SECONDS, HAND_SPEED = 10, 4000  # CSS pixels a second: six screens
FULL_SECONDS, FULL_SPEED = 40, 10_000  # by then 6,000 rows and 1,200 pictures were seen, and no more are kept

MAKE = """
from studio.gallery import Gallery as Engine
from widgets import Gallery
engine = Engine.open({root!r}, watch="polling", poll=600)
print(len(engine))
"""
SHOW = "gallery = Gallery(engine, height=720)\ngallery"

# From the widget's first sign in the page until each tile in sight has its picture.
FIRST = """() => new Promise(done => {
  const begun = () => document.querySelector(".studio-gallery");
  let since = 0;
  const look = (now) => {
    const root = begun();
    if (root && !since) since = now;
    const ready = root?.dataset.ready === "true" && root.dataset.blank === "0";
    if (ready && root.studioGallery.stage.tiles.size) done(now - since);
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""

# Scroll to the end, or so many pixels on; note for how long each tile in sight is without a picture.
SCROLL = """([seconds, pixels]) => new Promise(done => {
  const g = document.querySelector(".studio-gallery").studioGallery;
  const { stage } = g;
  const start = stage.frame.scrollTop;
  const span = pixels || stage.frame.scrollHeight - stage.frame.clientHeight - start;
  const blank = new Map();
  let worst = 0, seen = new Set(), frames = 0, longest = 0, last = 0, begun = 0, sum = 0;
  const tick = (now) => {
    begun ||= now;
    if (last) longest = Math.max(longest, now - last);
    last = now;
    frames += 1;
    for (const [place, tile] of stage.tiles) {
      seen.add(place);
      const bare = tile.element.dataset.picture === "wanted" || tile.element.dataset.known === "false";
      const key = `${place}`;
      if (!bare) blank.delete(key);
      else {
        if (!blank.has(key)) blank.set(key, now);
        worst = Math.max(worst, now - blank.get(key));
      }
    }
    for (const key of blank.keys()) if (!stage.tiles.has(Number(key))) blank.delete(key);
    const share = Math.min(1, (now - begun) / (seconds * 1000));
    stage.frame.scrollTop = Math.round(start + span * share);
    if (share < 1 || g.root.dataset.blank !== "0") requestAnimationFrame(tick);
    else done({ worst, seen: seen.size, frames: (1000 * frames) / (now - begun), longest });
  };
  requestAnimationFrame(tick);
})"""

# Ten jumps by the scrollbar, as far as from one end to the other: until all in sight is there.
JUMPS = """() => new Promise(async done => {
  const g = document.querySelector(".studio-gallery").studioGallery;
  const { stage } = g;
  const end = stage.frame.scrollHeight - stage.frame.clientHeight;
  const times = [];
  for (let jump = 1; jump <= 10; jump += 1) {
    const since = performance.now();
    stage.frame.scrollTop = Math.round(end * ((jump * 0.381966) % 1));
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    while (g.root.dataset.blank !== "0") await new Promise(requestAnimationFrame);
    times.push(performance.now() - since);
  }
  done(times.sort((a, b) => a - b));
})"""
ROWS = "document.querySelector('.studio-gallery').studioGallery.order.rows.size"
PICTURES = "document.querySelector('.studio-gallery').studioGallery.pictures"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A project of takes that is indexed and has its thumbnails in the cache beside it."""
    kept = os.environ.get("STUDIO_TAKES_AT", "")
    many = kept and request.config.getoption("--benchmark-enable")
    place = Path(kept) if kept else tmp_path_factory.mktemp("takes")
    count = MANY if many else FEW
    root = place / f"film{count}"
    os.environ["STUDIO_CACHE"] = str(place / "cache")
    if not root.exists():
        make_takes(root, count, folders=200 if many else 8, maker=Maker(side=8))
        with Gallery.open(root) as gallery:
            gallery.scan()
            gallery.thumbs.request(gallery.find(), SIDE, lambda path, thumb: None).wait()
    return root


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, tree: Path) -> Iterator[LabPage]:
    root, home = tmp_path_factory.mktemp("notebooks"), tmp_path_factory.mktemp("lab")
    variables = {"PYTHONPATH": str(CHECKOUT), "STUDIO_CACHE": os.environ["STUDIO_CACHE"]}
    with jupyter_lab(root, home, variables=variables) as server, chromium() as browser:
        yield LabPage(new_context(browser, viewport={"width": 1500, "height": 950}).new_page(), server)


def waited(lab: LabPage, script: str, argument: list[int] | None = None) -> Any:
    """What a script gives that takes long."""
    begin = f"argument => {{ window.found = null; ({script})(argument).then(v => window.found = v); }}"
    lab.page.evaluate(begin, argument)
    lab.wait("window.found", timeout=600_000)
    return lab.page.evaluate("window.found")


def heap(lab: LabPage) -> float:
    """MB of the page's JavaScript heap, after what nobody holds was collected."""
    session = lab.page.context.new_cdp_session(lab.page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return float(used) / 1e6


def test_a_hundred_thousand_takes(lab: LabPage, tree: Path, benchmark: Any) -> None:
    name = write_notebook(lab.server.root / "gallery.ipynb", [MAKE.format(root=str(tree)), SHOW]).name
    lab.open(name)
    lab.page.evaluate("window.jupyterapp.shell.collapseLeft()")
    seconds = 60 if tree.name == f"film{MANY}" else 1
    info: dict[str, float] = {}

    def run() -> None:
        lab.page.evaluate(f"void ({FIRST})().then(v => window.first = v)")
        lab.run(timeout=300_000)
        lab.wait("window.first", timeout=60_000)
        info["first pictures ms"] = lab.page.evaluate("window.first")
        lab.find(".studio-gallery").scroll_into_view_if_needed()
        lab.wait("document.querySelector('.studio-gallery').dataset.scanning === 'false'", timeout=600_000)
        info["heap MB before"] = heap(lab)
        for turn in ("first", "second"):
            before = lab.page.evaluate(f"{PICTURES}.received")
            found = waited(lab, SCROLL, [seconds])
            info[f"{turn}: blank ms at most"] = found["worst"]
            info[f"{turn}: frames a second"] = found["frames"]
            info[f"{turn}: tiles seen"] = found["seen"]
            info[f"{turn}: pictures sent"] = lab.page.evaluate(f"{PICTURES}.received") - before
            info[f"{turn}: heap MB"] = heap(lab)
            info[f"{turn}: rows known"] = lab.page.evaluate(ROWS)
            lab.page.evaluate("document.querySelector('.gallery-stage').scrollTop = 0")
            lab.wait("document.querySelector('.studio-gallery').dataset.blank === '0'", timeout=60_000)
        lab.page.evaluate("document.querySelector('.gallery-stage').scrollTop = 1000")
        lab.wait("document.querySelector('.studio-gallery').dataset.blank === '0'", timeout=60_000)
        found = waited(lab, SCROLL, [HAND_SECONDS, HAND_SECONDS * HAND_SPEED] if seconds > 1 else [1, 1000])
        info["by hand: blank ms at most"], info["by hand: frames a second"] = found["worst"], found["frames"]
        for turn in ("first", "second") if seconds > 1 else ():
            waited(lab, SCROLL, [FULL_SECONDS, FULL_SECONDS * FULL_SPEED])
            info[f"full, {turn}: heap MB"] = heap(lab)
            info[f"full, {turn}: rows known"] = lab.page.evaluate(ROWS)
        jumps = waited(lab, JUMPS)
        info["jump ms median"], info["jump ms at most"] = jumps[5], jumps[-1]
        info["elements"] = lab.page.evaluate("document.querySelectorAll('.gallery-tile').length")
        info["pictures kept"] = lab.page.evaluate(f"{PICTURES}.kept.size")

    benchmark.pedantic(run, rounds=1, iterations=1)
    benchmark.extra_info.update(info)
    print()
    for what, value in info.items():
        print(f"  {what:<26} {value:>10,.1f}")
    assert lab.errors == []
    for turn in ("first", "second"):
        assert info[f"{turn}: pictures sent"] <= info[f"{turn}: tiles seen"]
    assert info["elements"] < 700 and info["pictures kept"] <= 1_200
    assert info["second: heap MB"] < info["first: heap MB"] + 10
