"""What lens goes on what camera: native mounts, rings, rehousing, and why a pair can't be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from studio.cinema.records import Camera, Lens

if TYPE_CHECKING:
    from studio.cinema.library import Library


@dataclass(frozen=True, slots=True)
class Fit:
    """How a lens family gets onto a body."""

    how: Literal["native", "adapter", "rehousing", "house", "none"]
    note: str = ""

    @property
    def possible(self) -> bool:
        """Whether there is any way."""
        return self.how != "none"


_EASE = {"adapter": 0, "house": 1, "rehousing": 2}


def fit(library: Library, body: Camera, lens: Lens) -> Fit:
    """The easiest way to put `lens` on `body`; `how` is "none" with the reason in `note` if there is no
    way."""
    known: dict[tuple[str, str], Fit] = library.memo.setdefault("fits", {})
    found = known.get((body.id, lens.id))
    if found is None:
        found = known[body.id, lens.id] = _fit(library, body, lens)
    return found


def _fit(library: Library, body: Camera, lens: Lens) -> Fit:
    if set(body.mounts) & set(lens.mounts):
        return Fit("native")
    ways = [
        library.adapters[pair]
        for pair in ((of_lens, of_body) for of_lens in lens.mounts for of_body in body.mounts)
        if pair in library.adapters
    ]
    if ways:
        easiest = min(ways, key=lambda way: _EASE[way.kind])
        return Fit(easiest.kind, easiest.note)
    return Fit("none", _reason(library, body, lens))


def _reason(library: Library, body: Camera, lens: Lens) -> str:
    here, there = library.mounts.get(lens.mounts[0]), library.mounts.get(body.mounts[0])
    if here is None or there is None:
        return "nobody makes an adapter"
    if here.flange_mm and there.flange_mm and here.flange_mm < there.flange_mm:
        return (
            f"{here.name} lenses sit {here.flange_mm:g} mm from the frame, {there.name} holds them at "
            f"{there.flange_mm:g}: no ring can bring them closer"
        )
    return f"nobody makes an adapter from {here.name} to {there.name}"
