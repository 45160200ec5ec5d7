"""The studio's own record: provenance, and the shot in it."""

from __future__ import annotations

import marshal
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from studio.gallery.metadata.bounded import Damaged
from studio.gallery.metadata.draft import (
    Draft,
    joined,
    load_json,
    lora_text,
    moment,
    real,
    seed,
    text,
    whole,
    words,
)
from studio.gallery.metadata.record import SAMPLING, TAKE
from studio.gallery.metadata.writers.comfyui import read_graph_texts

_OWN = ("panel", "template", "job", "backend", "comfyui", "graph")
"""Texts of the record itself that are columns."""

_MAX_LOOK = 10_000
"""Bytes of a look that is kept; real ones have about a thousand."""


def read_ours(draft: Draft, record: str) -> None:
    """Fill the row from a provenance record, and what that leaves open from the graph beside it.

    Raises:
        Damaged: the record can't be read.
    """
    data = load_json(record, "studio record", draft)
    if not isinstance(data, dict):
        raise Damaged("its studio record is no JSON object")
    draft.fill((column, text(data.get(column))) for column in _OWN)
    draft.set("version", whole(data.get("version")) or None)
    draft.set("seconds", real(data.get("seconds")))
    draft.set("created", moment(data.get("created")))
    shot = data.get("shot")
    if isinstance(shot, dict):
        _shot(draft, shot)
    elif shot is not None:
        draft.lose(
            TAKE - {"panel", "backend", "job", "comfyui"}, "the shot in its studio record makes no sense"
        )
    _sampling(draft, data, shot if isinstance(shot, dict) else {})


def _sampling(draft: Draft, data: Mapping[str, Any], shot: Mapping[str, Any]) -> None:
    known = read_graph_texts(draft, node=text(data.get("node")) or "")
    draft.set("seed", seed(shot.get("seed")))
    loras = shot.get("loras")
    if isinstance(loras, list):
        pairs = [item for item in loras if isinstance(item, dict)]
        draft.set("loras", lora_text((item.get("name"), item.get("strength_model")) for item in pairs))
    if not draft.row.prompt and known:
        _written(draft, draft.row.template or "")
    if not known:  # broken; or taken out by another program
        broken = any(draft.content.texts.get(key, "").strip() for key in ("prompt", "workflow"))
        (draft.lost if broken else draft.untold).update(SAMPLING - {"loras"})


def _written(draft: Draft, template: str) -> None:
    """Words that reach no sampler, as those on a plate's slate: the template knows where they stand."""
    places = _places(template)
    if not places:
        return
    graph = load_json(draft.content.texts.get("prompt", ""), "graph", draft)
    for column, node, name in places:
        data = graph.get(node) if isinstance(graph, dict) else None
        inputs = data.get("inputs") if isinstance(data, dict) else None
        draft.set(column, text(inputs.get(name)) if isinstance(inputs, dict) else None)


def _shot(draft: Draft, shot: Mapping[str, Any]) -> None:
    draft.set("subject", text(shot.get("subject")))
    draft.set("template", text(shot.get("template")))
    draft.set("target", text(shot.get("target")) or _target(text(shot.get("template")) or ""))
    angle = shot.get("angle")
    if isinstance(angle, dict):
        parts = (words(angle.get(name)) for name in ("direction", "height", "size"))
        draft.set("angle", "_".join(part for part in parts if part))
    look = shot.get("look")
    if isinstance(look, dict):
        _look(draft, look)


def _look(draft: Draft, look: dict[str, Any]) -> None:
    """What a look says. Takes share looks, so what was made of one is kept."""
    try:
        key = marshal.dumps(look, 2)
    except ValueError:  # nested too deep
        key = b""
    values = _kept_look(key) if 0 < len(key) <= _MAX_LOOK else _look_values(look)
    draft.fill(values)


@lru_cache(maxsize=1024)
def _kept_look(key: bytes) -> tuple[tuple[str, Any], ...]:
    return _look_values(marshal.loads(key))


def _look_values(look: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    """Columns that a look fills, and with what."""
    groups = {name: group for name, group in look.items() if isinstance(group, dict)}

    def at(group: str, *names: str) -> list[str | None]:
        values = groups.get(group)
        return [words(values.get(name)) for name in names] if values else [None] * len(names)

    preset = text(look.get("preset")) or ""
    size, *seen = at("visual_grammar", "shot_size", "mood", "color_tone", "composition")
    camera, stock = at("camera", "body", "film_stock")
    lens, focal = at("lens", "family", "focal_length_mm")
    setting, light, style, time = at("lighting", "setting", "source", "style", "time_of_day")
    title, cinematographer, director = _preset(preset) if preset else ("", "", "")
    drawn = ("line_treatment", "color_application", "lighting_model", "surface_detail")
    moved = at("movement", "equipment", "movement_type", "timing") if "movement" in groups else []
    moved += at("motion", "motion_style", "virtual_camera") if "motion" in groups else []
    looks = at("rendering", *drawn) if "rendering" in groups else []
    found = (
        ("preset", preset),
        ("shot_size", size),
        ("camera", camera),
        ("stock", stock),
        ("lens", lens),
        ("focal", real(focal)),
        ("light", joined((setting, light, style))),
        ("time", time),
        ("cinematographer", cinematographer),
        ("director", director),
        ("look", joined((title, words(look.get("medium")), *seen, *moved, *looks))),
    )
    return tuple((column, value) for column, value in found if value is not None and value != "")


@lru_cache(maxsize=1024)
def _preset(name: str) -> tuple[str, str, str]:
    """Title, cinematographers and directors of a preset; nothing of one that is not known here."""
    from studio.cinema import library

    record = library().presets.get(name)
    if record is None:
        return "", "", ""
    return record.title or record.name, joined(record.cinematographer), joined(record.director)


@lru_cache(maxsize=256)
def _places(template: str) -> tuple[tuple[str, str, str], ...]:
    """Where a shipped template puts the words: column, node, input."""
    from studio.errors import StudioError
    from studio.workflow import ParameterType, find_template

    try:
        manifest = find_template(template).manifest if template else None
    except StudioError:
        manifest = None
    kinds = (("prompt", ParameterType.PROMPT), ("negative", ParameterType.NEGATIVE))
    return tuple(
        (column, parameter.place.node, parameter.place.input)
        for column, kind in kinds
        for parameter in (manifest.of_type(kind) if manifest else ())
    )


@lru_cache(maxsize=256)
def _target(template: str) -> str:
    """What a shipped template writes prompts for."""
    from studio.errors import StudioError
    from studio.workflow import find_template

    try:
        return find_template(template).target if template else ""
    except StudioError:
        return ""
