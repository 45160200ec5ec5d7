"""Previz specs from a prompt: what a few words say about framing, lens, hour and light."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from studio.errors import StudioError
from studio.sketch.previz.read import DEFAULT_DIRECTION, hour_of, ratio_of, setting_of
from studio.sketch.previz.spec import PrevizSpec, Setting

# In each list the first phrase found wins, so longer ones stand before the shorter ones they contain.
_SIZES = (
    ("Italian", r"italian shot"),
    ("ECU", r"extreme close[- ]?up|macro shot|\becu\b"),
    ("EWS", r"extreme(ly)? wide|extreme long shot|establishing shot|aerial|\bews\b"),
    ("BCU", r"big close[- ]?up|tight close[- ]?up|\bbcu\b"),
    ("MCU", r"medium close[- ]?up|head and shoulders|\bmcu\b"),
    ("CU", r"close[- ]?up|portrait|headshot|\bcu\b"),
    ("OTS", r"over[- ]the[- ]shoulder|\bots\b"),
    ("POV", r"point[- ]of[- ]view|first[- ]person|\bpov\b"),
    ("American", r"american shot|cowboy shot"),
    ("MWS", r"medium wide|medium long shot|three[- ]quarter shot|\bmws\b"),
    ("WS", r"wide[- ]?shot|full[- ]?shot|long shot|full body|wide view|\bws\b"),
    ("MS", r"medium shot|waist[- ]up|mid[- ]shot|\bms\b"),
    ("WS", r"\bwide\b|landscape"),
)
_HEIGHTS = (
    ("low-angle", r"low[- ]angle|worm'?s[- ]eye|from below|looking up"),
    ("high-angle", r"high[- ]angle|overhead|bird'?s[- ]eye|from above|top[- ]down|looking (steeply )?down"),
    ("elevated", r"elevated|slightly above|slightly down"),
    ("eye-level", r"eye[- ]level"),
)
_SIDES = (
    (60.0, r"three[- ]quarter view from the front[- ]right"),
    (300.0, r"three[- ]quarter view from the front[- ]left"),
    (120.0, r"three[- ]quarter view from the back[- ]right"),
    (240.0, r"three[- ]quarter view from the back[- ]left"),
    (30.0, r"front[- ]right|from the front,? turned slightly to the right"),
    (330.0, r"front[- ]left|from the front,? turned slightly to the left"),
    (150.0, r"back[- ]right|from behind,? turned slightly to the right"),
    (210.0, r"back[- ]left|from behind,? turned slightly to the left"),
    (180.0, r"from (straight )?behind|back view|rear view|seen from the back|facing away"),
    (270.0, r"left side|left profile|profile from the left"),
    (90.0, r"right side|profile|side view|from the side"),
    (0.0, r"front view|facing (the )?camera|straight in front|head[- ]on|looking at (the )?camera"),
)
_HOURS = (
    ("golden_hour", r"golden[- ]hour|sunset"),
    ("magic_hour", r"magic[- ]hour"),
    ("blue_hour", r"blue[- ]hour"),
    ("dawn", r"\bdawn\b|sunrise|daybreak"),
    ("dusk", r"\bdusk\b|twilight|evening"),
    ("night", r"night|midnight|moonlit|moonlight"),
    ("midday", r"midday|noon|harsh sun"),
    ("morning", r"morning"),
    ("afternoon", r"afternoon"),
)
_STYLES = (
    ("silhouette", r"silhouette"),
    ("chiaroscuro", r"chiaroscuro"),
    ("rembrandt", r"rembrandt"),
    ("low_key", r"low[- ]key|dark and moody"),
    ("high_key", r"high[- ]key"),
    ("split", r"split light"),
    ("rim", r"rim[- ]light|backlit|back[- ]lit|back light"),
    ("soft_lighting", r"soft(ly)? (natural |studio )?(light|lit)|diffused light"),
    ("hard_lighting", r"hard light|harsh light"),
    ("expressionistic", r"expressionist"),
    ("dramatic", r"dramatic(ally)? (light|lit)"),
    ("flat", r"flat light"),
    ("high_contrast", r"high[- ]contrast light"),
)
_TONES = (
    ("high_contrast_bw", r"high[- ]contrast black[- ]and[- ]white"),
    ("low_contrast_bw", r"low[- ]contrast black[- ]and[- ]white"),
    ("monochrome", r"black[- ]and[- ]white|monochrom|\bb&w\b|greyscale|grayscale"),
    ("sepia", r"sepia"),
    ("teal_orange", r"teal[- ](and[- ])?orange"),
    ("bleach_bypass", r"bleach[- ]bypass"),
    ("cross_processed", r"cross[- ]process"),
    ("warm_desaturated", r"warm,? (muted|desaturated)"),
    ("cool_desaturated", r"cool,? (muted|desaturated)"),
    ("warm_saturated", r"warm(ly)? (colou?r|tone|palette|saturated)|vibrant"),
    ("cool_saturated", r"(cool|cold) (colou?r|tone|palette|saturated)"),
    ("neutral_desaturated", r"desaturated|muted"),
)
_SOURCES = (
    ("neon", r"neon"),
    ("candlelight", r"candle"),
    ("firelight", r"firelight|fire light|campfire|bonfire"),
    ("sodium_vapor", r"sodium"),
    ("fluorescent", r"fluorescent"),
    ("moon", r"moonlight|moonlit"),
    ("tungsten", r"tungsten"),
    ("overcast", r"overcast|cloudy"),
    ("window", r"window light|light from (a|the) window"),
    ("television", r"television glow"),
    ("computer_screen", r"screen glow"),
    ("sun", r"sunlight|sunlit|sunny"),
)
_MOVES = (
    ("push_in", r"push(es|ing)? in|track(s|ing)? in|dolly in"),
    ("pull_back", r"pull(s|ing)? back|track(s|ing)? out|dolly out"),
    ("pan", r"\bpans?\b|panning"),
    ("tilt", r"\btilts?\b"),
    ("arc", r"\barcs?\b|orbit"),
    ("crane_up", r"crane up|rises high|lifts upwards"),
    ("crane_down", r"crane down|descends|lowers"),
    ("truck_left", r"slides to the left"),
    ("truck_right", r"slides to the right"),
    ("zoom_in", r"zooms? in"),
    ("zoom_out", r"zooms? out"),
)
_COMPOSITIONS = (
    ("symmetrical", r"symmetr"),
    ("centered", r"cent(er|re)d"),
    ("negative_space", r"negative space"),
    ("frame_within_frame", r"frame within (a|the) frame"),
    ("leading_lines", r"leading lines"),
    ("diagonal", r"diagonal|dutch angle|canted"),
    ("venetian_blinds", r"venetian|blinds"),
    ("rule_of_thirds", r"thirds"),
)
_MOODS = frozenset(
    {"ominous", "menacing", "cheerful", "hopeful", "melancholic", "romantic", "serene", "mysterious", "tense"}
    | {"lonely", "gloomy", "dreamlike", "eerie", "haunting", "nostalgic", "noir", "tender", "triumphant"}
    | {"bleak", "gritty"}
)
_DRAWN = r"anime|manga|cartoon|animation|comic|graphic[- ]novel|cel[- ]shad"


def spec_from_prompt(text: str, width: int, height: int, seed: int = 0) -> PrevizSpec:
    """The previz that a prompt's words describe; what it does not say gets a sensible middle."""
    words = " ".join(text.lower().split())[:6000]
    width, height = max(16, min(8192, int(width))), max(16, min(8192, int(height)))
    source = _first(_SOURCES, words) or ""
    ratio = re.search(r"(\d\.\d{1,2}) ?: ?1\b|\b(16:9|4:3|9:16|3:2|1:1)\b", words)
    side, drawn, known = _first(_SIDES, words), re.search(_DRAWN, words), _vocabulary(words)
    return PrevizSpec(
        width=width,
        height=height,
        ratio=(ratio_of(ratio[0].replace(" ", "")) if ratio else None) or max(0.2, min(6.0, width / height)),
        shot_size=_first(_SIZES, words) or "MS",
        camera_height=_first(_HEIGHTS, words) or "eye-level",
        direction=DEFAULT_DIRECTION if side is None else side,
        focal_length_mm=_focal_length(words),
        squeeze=2.0 if "anamorphic" in words else 1.0,
        time_of_day=_first(_HOURS, words) or known.get("time_of_day") or hour_of(words, source),
        setting=_setting(words, source),
        light_source=source or known.get("light_source", ""),
        light_style=_first(_STYLES, words) or known.get("light_style", "naturalistic"),
        color_tone=_first(_TONES, words) or known.get("color_tone", ""),
        mood=next((mood for mood in sorted(_MOODS) if mood in words), known.get("mood", "")),
        composition=_first(_COMPOSITIONS, words) or known.get("composition", "rule_of_thirds"),
        movement=_first(_MOVES, words) or "static",
        kind="animation" if drawn else "live_action",
        medium=drawn[0] if drawn else "",
        subject=text[:4000],
        shot_name=text[:4000],
        seed=max(0, int(seed)),
    )


def _focal_length(words: str) -> float:
    """The lens in mm; `35mm film` and `65mm negative` are no lenses. 35 when none is named."""
    number = r"(?<![\d.])(\d{1,3}(?:\.\d)?) ?mm\b"
    found = re.search(number + r" (?:prime |anamorphic |zoom )?lens", words)
    found = found or re.search(number + r"(?! film| negative| stock| photo)", words)
    return max(4.0, min(1200.0, float(found[1]))) if found else 35.0


def _setting(words: str, source: str) -> Setting:
    if re.search(r"\binterior\b|indoors|\bint\.", words):
        return "interior"
    if re.search(r"\bexterior\b|outdoors|\bext\.", words):
        return "exterior"
    return setting_of(words, source)


def _first(table: tuple[tuple[Any, str], ...], words: str) -> Any:
    return next((value for value, pattern in table if re.search(pattern, words)), None)


def _vocabulary(words: str) -> dict[str, str]:
    """Terms of the studio's own vocabulary that stand in the prompt word for word."""
    found: dict[str, str] = {}
    for table, id, phrase in _phrases():
        if table not in found and phrase in words:
            found[table] = id
    return found


@lru_cache(maxsize=1)
def _phrases() -> tuple[tuple[str, str, str], ...]:
    try:
        from studio.cinema.library import library

        terms = library().terms
    except (ImportError, StudioError):
        return ()
    tables = ("time_of_day", "light_source", "light_style", "color_tone", "mood", "composition")
    pairs = [
        (table, id, term.words.lower())
        for table in tables
        for id, term in terms.get(table, {}).items()
        if len(term.words) > 5
    ]
    return tuple(sorted(pairs, key=lambda pair: -len(pair[2])))
