"""Dates: a film of one year can't be made with tools of a later one."""

from __future__ import annotations

from studio.cinema.records import Camera, Lens, Term
from studio.cinema.rule import Finding, rule


@rule(
    "LA_BODY_ANACHRONISM",
    "hard",
    reads="year camera.body",
    message="{body} came in {introduced}, after {year}.",
    why="A camera can't shoot before it was built. Take the year away to lend its look to a modern camera.",
)
def _body(year: int, body: Camera) -> Finding:
    return {"introduced": body.year} if year < body.year else None


@rule(
    "LA_LENS_ANACHRONISM",
    "hard",
    reads="year lens.family",
    message="{family} came in {introduced}, after {year}.",
    why="A lens can't be used before it was ground.",
)
def _lens(year: int, lens: Lens) -> Finding:
    return {"introduced": lens.year} if year < lens.year else None


@rule(
    "LA_RIG_ANACHRONISM",
    "hard",
    reads="year movement.equipment",
    message="{equipment} came to sets in {introduced}, after {year}.",
    why="Steadicam 1975, motion control 1976, Skycam 1984, Technocrane mid 1980s, drones about 2012, "
    "gimbals 2013.",
)
def _rig(year: int, rig: Term) -> Finding:
    return {"introduced": rig.since} if rig.since is not None and year < rig.since else None


def _too_early(year: int, source: Term, only: str) -> Finding:
    return (
        {"introduced": source.since}
        if source.id == only and source.since is not None and year < source.since
        else None
    )


_LIGHT = "{source} came to sets in {introduced}, after {year}."


@rule(
    "LA_ERA_HMI_ANACHRONISM",
    "hard",
    reads="year lighting.source",
    message=_LIGHT,
    why="HMI came about 1970 to 1972.",
)
def _hmi(year: int, source: Term) -> Finding:
    return _too_early(year, source, "hmi")


@rule(
    "LA_ERA_KINO_ANACHRONISM",
    "hard",
    reads="year lighting.source",
    message=_LIGHT,
    why="Made for a film of 1987.",
)
def _kino(year: int, source: Term) -> Finding:
    return _too_early(year, source, "kino_flo")


@rule(
    "LA_ERA_LED_ANACHRONISM",
    "hard",
    reads="year lighting.source",
    message=_LIGHT,
    why="First usable LED film lights.",
)
def _led(year: int, source: Term) -> Finding:
    return _too_early(year, source, "led")


@rule(
    "LA_ERA_LIGHT_ANACHRONISM",
    "hard",
    reads="year lighting.source",
    message=_LIGHT,
    why="Neon 1912, tungsten in studios 1927, sodium 1932, television 1936, fluorescent 1938, screens "
    "1964, LED walls 2018.",
)
def _other_light(year: int, source: Term) -> Finding:
    if source.id in ("hmi", "kino_flo", "led") or source.since is None or year >= source.since:
        return None
    return {"introduced": source.since}


@rule(
    "LA_ERA_LIGHT_GONE_WARN",
    "warning",
    reads="year lighting.source",
    message="{source} had left the sets by about {until}; the look is of {year}.",
    why="Carbon arcs gave way to HMI in the 1970s and 1980s.",
)
def _light_gone(year: int, source: Term) -> Finding:
    return {"until": source.until} if source.until is not None and year > source.until else None
