"""`studio shot verify --render`: the shot rendered anew, and how far its pixels are from the locked ones."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.errors import OutputError, StudioError
from studio.gallery.duplicates.alike import TOLERANCE
from studio.project.backends import project_backends
from studio.project.delivery import wanted_outputs
from studio.project.names import safe_name, wire_name
from studio.project.references import References
from studio.project.settings import SETTINGS_FILE, Settings
from studio.project.toml import read_toml
from studio.render import Backend, Farm, run
from studio.shots.lock import Lock
from studio.shots.locking import Built
from studio.shots.pixels import Pixels, distance, pixels_of
from studio.shots.reading import presets_of
from studio.shots.verify import Rendered, Verdict
from studio.sketch import start as start_sketch


@dataclass(frozen=True)
class Examined:
    """A shot that was compared with its lock: the verdict, and what is needed to go on and render it.

    Attributes:
        root: The project whose backends and pictures it uses.
        built: What it builds; None where it can't be.
        lock: What it was locked as; None where it is not.
    """

    verdict: Verdict
    root: Path
    built: Built | None = None
    lock: Lock | None = None


def render_all(shots: Sequence[Examined], *, backends: Sequence[str] = (), within: int = 0) -> list[Verdict]:
    """Render every shot that can be built, side by side, and put the distance to the locked take into its
    verdict. Nothing is written into the projects.

    Args:
        backends: Addresses, in place of the project's own; a sketch backend where there are none.
        within: Bits of the look that may differ for a picture to count as near; 0: only the same pixels do.

    Raises:
        BackendError: a backend's address is none, or no sketch backend starts.
    """
    done: dict[int, Verdict] = {}
    for root in dict.fromkeys(each.root for each in shots):
        mine = [number for number, each in enumerate(shots) if each.root == root]
        if any(shots[number].built is not None for number in mine):
            with presets_of(root / "any"), _farm(root, backends) as farm:
                told = run(_compared([shots[number] for number in mine], farm, within))
            done.update(zip(mine, told, strict=True))
    return [done.get(number, each.verdict) for number, each in enumerate(shots)]


@contextlib.contextmanager
def _farm(root: Path, backends: Sequence[str]) -> Iterator[Farm]:
    """A farm that keeps nothing."""
    with contextlib.ExitStack() as stack:
        chosen: Sequence[str | Backend] = tuple(backends)
        if not chosen:
            settings = read_toml(root / SETTINGS_FILE, Settings)
            chosen = project_backends(root, settings) if settings is not None else ()
        if not chosen:
            chosen = (stack.enter_context(start_sketch()).url,)
        yield stack.enter_context(Farm(chosen))


async def _compared(shots: Sequence[Examined], farm: Farm, within: int) -> list[Verdict]:
    return list(await asyncio.gather(*(_one(shot, farm, within) for shot in shots)))


async def _one(shot: Examined, farm: Farm, within: int) -> Verdict:
    if shot.built is None or shot.lock is None:
        return shot.verdict
    if shot.lock.take is None:
        words = "the lock holds no take; `studio shot run` renders one and adds it"
        return shot.verdict.model_copy(update={"render": Rendered(words=words)})
    try:
        made = await _rendered(shot.built, shot.root, farm)
    except StudioError as error:
        return shot.verdict.model_copy(update={"render": Rendered(words=str(error))})
    found = distance(shot.lock.take, made)
    near = found.bits is not None and found.levels is not None
    near = near and within > 0 and (found.bits or 0) <= within and (found.levels or 0) <= TOLERANCE
    told = Rendered(exact=found.exact, bits=found.bits, levels=found.levels, near=near, words=str(found))
    return shot.verdict.model_copy(update={"render": told})


async def _rendered(built: Built, root: Path, farm: Farm) -> Pixels:
    """What the first picture of a new render shows, else the first file."""
    panel = wire_name(safe_name(built.panel)) if built.panel else "shot"
    sent = built.shot.with_(filename_prefix=f"verify/{panel}")  # a sketch writes the panel on its slate
    job = farm.submit(
        sent.build(template=built.template),
        shot=sent,
        label=built.panel or built.template.id,
        uploads=References(root).uploads(sent.images.values()),
    )
    files = wanted_outputs(await job)
    if not files:
        raise OutputError("the job ended without a file", where=built.template.id)
    first = next((each for each in files if each.kind == "image"), files[0])
    return await asyncio.to_thread(pixels_of, first.read(), first.filename)
