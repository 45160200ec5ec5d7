"""Who plays the part: build, hair, costume, pose and what the hands hold.

Only these depend on the seed. Where head, eyes and feet are does not, so the framing never moves with the
seed.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

HEIGHT = 1.75
"""Of everybody, metres."""
EYE_HEIGHT = 1.628
HEAD_AT = (0.0, EYE_HEIGHT, 0.022)
"""The head's origin, between the eyes, in the figure's space."""

_HAIR = {"man": ("crop", "part", "crop", "part"), "woman": ("bob", "long", "bun", "part")}
_OUTFIT = {"man": ("coat", "jacket", "sweater", "coat"), "woman": ("coat", "dress", "jacket", "sweater")}
_POSE = ("stand", "pockets", "stride", "hold")
_WOMEN = frozenset(
    [
        "woman",
        "women",
        "girl",
        "she",
        "her",
        "lady",
        "queen",
        "princess",
        "mother",
        "actress",
        "heroine",
        "daughter",
        "sister",
        "bride",
        "nun",
        "witch",
        "wife",
        "waitress",
    ]
)
_MEN = frozenset(
    [
        "man",
        "men",
        "boy",
        "he",
        "his",
        "him",
        "king",
        "prince",
        "father",
        "actor",
        "hero",
        "son",
        "brother",
        "husband",
        "gentleman",
        "detective",
        "cowboy",
        "gunslinger",
        "soldier",
        "beard",
        "bearded",
        "monk",
        "waiter",
    ]
)
_OLD = frozenset(["old", "elderly", "aged", "grey", "gray", "ageing", "aging", "grandfather", "grandmother"])


@dataclass(frozen=True)
class Casting:
    """What may vary from take to take."""

    build: str = "man"
    hair: str = "crop"
    hat: str = ""
    outfit: str = "coat"
    pose: str = "stand"
    side: int = 1
    """1 or −1: where the hair is parted, which hand is busy."""
    skin: int = 1
    tint: int = 0
    hair_tint: int = 0
    scarf: bool = False
    prop: str = "mug"
    beard: bool = False
    grey: bool = False


def cast(seed: int, subject: str = "") -> Casting:
    """Who plays the part: what the subject's words say, else what the seed draws."""
    said = words_of(subject)
    pick = random.Random(seed ^ 0x5EED)
    build = pick.choice(("man", "woman"))
    if said & _WOMEN and not said & _MEN:
        build = "woman"
    elif said & _MEN and not said & (_WOMEN - {"her", "she"}):
        build = "man"
    hair, outfit, pose = pick.choice(_HAIR[build]), pick.choice(_OUTFIT[build]), pick.choice(_POSE)
    side, skin, tint, hair_tint = (
        pick.choice((1, -1)),
        pick.randrange(5),
        pick.randrange(8),
        pick.randrange(5),
    )
    scarf, beard = pick.random() < 0.35, pick.random() < 0.2
    hat = ""
    if said & {"detective", "fedora", "gangster", "spy"}:
        hat, outfit = "fedora", "coat"
    elif said & {"cowboy", "gunslinger", "rancher"}:
        hat, outfit = "fedora", "jacket"
    elif said & {"cap", "worker", "sailor", "mechanic", "captain", "fisherman"}:
        hat = "cap"
    if said & {"dress", "gown", "bride"}:
        outfit = "dress"
    outfit = next((word for word in ("coat", "jacket", "sweater") if word in said), outfit)
    if hat and hair not in ("bob", "long"):
        hair = "hat"
    prop = "mug"
    if said & {"letter", "paper", "note", "map", "book", "photograph", "newspaper"}:
        prop, pose = "letter", "hold"
    elif said & {"phone", "smartphone"}:
        prop, pose = "phone", "hold"
    elif said & {"cup", "mug", "coffee", "tea", "drink", "drinking", "holding"}:
        pose = "hold"
    if said & {"walking", "walks", "walk", "running", "runs", "striding", "strides", "crossing"}:
        pose = "stride"
    return Casting(
        build, hair, hat, outfit, pose, side, skin, tint, hair_tint,
        scarf=scarf and outfit in ("coat", "jacket"), prop=prop,
        beard=build == "man" and (bool(said & {"beard", "bearded"}) or beard), grey=bool(said & _OLD),
    )  # fmt: skip


def words_of(subject: str) -> set[str]:
    """The words of a text, lower case; a plain plural counts as its singular too."""
    words = set("".join(char if char.isalpha() else " " for char in subject.lower()).split())
    return words | {word[:-1] for word in words if len(word) > 3 and word.endswith("s")}
