"""Rigs and moves: what carries how much, and what it can do."""

from __future__ import annotations

from studio.cinema.records import Camera, Lens, Term
from studio.cinema.rule import Finding, rule

DOLLY_ZOOM = ("dolly_zoom", "push_pull")


def rigged_kg(body: Camera, lens: Lens | None) -> float:
    """Weight of the camera ready to shoot with its lens, in kilograms; 1.5 for a lens not chosen."""
    return body.rigged_kg + (0.0 if body.fixed_lens_mm else lens.typical_kg if lens is not None else 1.5)


def _too_heavy(body: Camera, rig: Term, lens: Lens | None, only: str) -> Finding:
    if rig.id != only or rig.payload_kg is None or body.flies or body.handheld:
        return None
    weight = rigged_kg(body, lens)
    return {"weight": f"{weight:.0f}", "limit": f"{rig.payload_kg:g}"} if weight > rig.payload_kg else None


_HEAVY_READS = "camera.body movement.equipment lens.family?"


@rule(
    "LA_HEAVY_NO_HANDHELD",
    "hard",
    reads=_HEAVY_READS,
    field="movement.equipment",
    message="{body} weighs about {weight} kg ready to shoot: nobody holds that by hand (limit {limit} kg).",
    why="Judged by the rigged weight (body, lens, battery or film), over about 20 kg. ALEXA LF, 35BL and "
    "Panaflex have been carried for decades; IMAX too, where evidence says so.",
)
def _by_hand(body: Camera, rig: Term, lens: Lens | None) -> Finding:
    return _too_heavy(body, rig, lens, "handheld")


@rule(
    "LA_HEAVY_NO_SHOULDER",
    "hard",
    reads=_HEAVY_READS,
    field="movement.equipment",
    message="{body} weighs about {weight} kg ready to shoot: too much for a shoulder (limit {limit} kg).",
    why="The shoulder and an easy rig carry more than the arms, but not a studio camera.",
)
def _on_the_shoulder(body: Camera, rig: Term, lens: Lens | None) -> Finding:
    return _too_heavy(body, rig, lens, "shoulder_rig")


@rule(
    "LA_HEAVY_NO_GIMBAL",
    "hard",
    reads=_HEAVY_READS,
    field="movement.equipment",
    message="{body} weighs about {weight} kg ready to shoot; a hand gimbal carries {limit} kg.",
    why="Payload of the largest hand gimbals (Ronin 2: 13.6 kg), against the rigged weight.",
)
def _on_a_gimbal(body: Camera, rig: Term, lens: Lens | None) -> Finding:
    weight = rigged_kg(body, lens)
    over = rig.id == "gimbal" and rig.payload_kg is not None and weight > rig.payload_kg and not body.flies
    return {"weight": f"{weight:.0f}", "limit": f"{rig.payload_kg:g}"} if over else None


@rule(
    "LA_HEAVY_NO_DRONE",
    "hard",
    reads=_HEAVY_READS,
    field="movement.equipment",
    message="{body} weighs about {weight} kg ready to shoot; a heavy-lift drone carries {limit} kg.",
    why="Payload of heavy-lift drones (about 15 kg), against the rigged weight.",
)
def _on_a_drone(body: Camera, rig: Term, lens: Lens | None) -> Finding:
    weight = rigged_kg(body, lens)
    over = rig.id == "drone" and rig.payload_kg is not None and weight > rig.payload_kg and not body.flies
    return {"weight": f"{weight:.0f}", "limit": f"{rig.payload_kg:g}"} if over else None


@rule(
    "LA_RIG_PAYLOAD",
    "hard",
    reads=_HEAVY_READS,
    field="movement.equipment",
    message="{body} weighs about {weight} kg ready to shoot; {equipment} carries {limit} kg.",
    why="Every rig has a payload; the rest of them, by the same measure.",
)
def _on_the_rest(body: Camera, rig: Term, lens: Lens | None) -> Finding:
    if rig.id in ("handheld", "shoulder_rig", "gimbal", "drone"):
        return None
    return _too_heavy(body, rig, lens, rig.id)


_STRAIN = {
    "handheld": "hard work in the hands for a day",
    "shoulder_rig": "hard work on the shoulder for a day",
    "gimbal": "hard work on a hand gimbal for a day",
    "drone": "near the most that a drone lifts, so flights are short",
}


@rule(
    "LA_MEDIUM_HANDHELD_WARN",
    "warning",
    reads=_HEAVY_READS,
    field="movement.equipment",
    message="{body} weighs about {weight} kg ready to shoot: {strain}.",
    why="Tiring from about 12 kg in the hands, 16 on the shoulder, 7 on a hand gimbal; a drone flies only "
    "minutes from about 9.",
)
def _tiring(body: Camera, rig: Term, lens: Lens | None) -> Finding:
    if rig.warn_kg is None or body.flies:
        return None
    weight = rigged_kg(body, lens)
    if weight <= rig.warn_kg:
        return None
    return {"weight": f"{weight:.0f}", "strain": _STRAIN.get(rig.id, f"hard work on the {rig.name}")}


@rule(
    "LA_RIG_TOO_LIGHT_WARN",
    "warning",
    reads=_HEAVY_READS,
    field="movement.equipment",
    message="{body} weighs about {weight} kg ready to shoot: too light for {equipment} to balance; add "
    "weight.",
    why="A Steadicam needs inertia: too light is bad too.",
)
def _too_light(body: Camera, rig: Term, lens: Lens | None) -> Finding:
    if rig.min_kg is None:
        return None
    weight = rigged_kg(body, lens)
    return {"weight": f"{weight:.1f}"} if weight < rig.min_kg else None


@rule(
    "LA_FLYING_CAMERA",
    "hard",
    reads="camera.body movement.equipment",
    message="{body} is an aircraft: it flies, it can't be used on {equipment}.",
    why="Camera and rig are one machine.",
)
def _aircraft(body: Camera, rig: Term) -> Finding:
    return body.flies and rig.id != "drone"


def _cannot(rig: Term, move: Term) -> bool:
    return rig.moves is not None and move.id not in rig.moves


@rule(
    "LA_JIB_MOVEMENT_RESTRICT",
    "hard",
    reads="movement.equipment movement.movement_type",
    message="a jib sweeps about its pivot and its head pans and tilts; it can't make the move "
    "{movement_type}.",
    why="A pivoted arm does not travel.",
)
def _jib(rig: Term, move: Term) -> Finding:
    return rig.id == "jib" and _cannot(rig, move)


@rule(
    "LA_DRONE_MOVEMENT_RESTRICT",
    "hard",
    reads="movement.equipment movement.movement_type",
    message="a drone can't make the move {movement_type}.",
    why="Aircraft fly, follow, orbit, rise and pan; they can't whip a picture round or crash a zoom.",
)
def _drone(rig: Term, move: Term) -> Finding:
    return rig.id == "drone" and _cannot(rig, move)


@rule(
    "LA_RIG_MOVEMENT",
    "hard",
    reads="movement.equipment movement.movement_type",
    message="{equipment} can't make the move {movement_type}.",
    why="A tripod does not travel, hands do not crane up, a slider does not orbit.",
)
def _rig_move(rig: Term, move: Term) -> Finding:
    if rig.id in ("jib", "drone") or move.id in DOLLY_ZOOM:
        return None
    return _cannot(rig, move)


@rule(
    "LA_DOLLYZOOM_REQUIRES_DOLLY",
    "hard",
    reads="movement.movement_type movement.equipment",
    message="the move {movement_type} travels on the lens's axis while it zooms; {equipment} can't.",
    why="Dolly, track, slider, Steadicam, gimbal, crane, cable, drone or motion control travel so.",
)
def _dolly_zoom(move: Term, rig: Term) -> Finding:
    return move.id in DOLLY_ZOOM and _cannot(rig, move)


@rule(
    "LA_ZOOM_MOVE_NEEDS_ZOOM",
    "hard",
    reads="movement.movement_type lens.family",
    message="the move {movement_type} needs a zoom; {family} is a set of primes.",
    why="A prime's focal length does not change.",
)
def _needs_zoom(move: Term, lens: Lens) -> Finding:
    return move.zoom and not lens.zoom


@rule(
    "LA_ZOOM_ERA_WARN",
    "warning",
    reads="year movement.movement_type",
    message="zooms were rare before about 1956; the look is of {year}.",
    why="The Pan Cinor and then the Angénieux zooms made the move common.",
)
def _early_zoom(year: int, move: Term) -> Finding:
    return move.zoom and year < 1956


@rule(
    "LA_DOLLYZOOM_TIMING_WARN",
    "warning",
    reads="movement.movement_type movement.timing",
    message="the move {movement_type} at pace {timing}: the effect needs time to read.",
    why="The room must be seen to change while the figure does not.",
)
def _hasty(move: Term, timing: Term) -> Finding:
    return move.id in DOLLY_ZOOM and timing.id in ("fast", "whip_fast")


@rule(
    "LA_STATIC_TIMING_WARN",
    "warning",
    reads="movement.movement_type movement.timing",
    message="the move {movement_type} with pace {timing}: one says still, the other does not.",
    why="A static shot has no pace; a move has one.",
)
def _still_or_not(move: Term, timing: Term) -> Finding:
    return (move.id == "static") != (timing.id == "static")
