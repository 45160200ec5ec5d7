"""The colours of skin, hair and costume; display values 0…1."""

from __future__ import annotations

from studio.sketch.previz.casting import Casting

Rgb = tuple[float, float, float]
_SKIN: tuple[Rgb, ...] = (
    (0.83, 0.63, 0.53),
    (0.77, 0.57, 0.46),
    (0.68, 0.47, 0.36),
    (0.54, 0.36, 0.27),
    (0.42, 0.28, 0.22),
)
_HAIR: tuple[Rgb, ...] = (
    (0.20, 0.15, 0.13),
    (0.31, 0.21, 0.15),
    (0.56, 0.42, 0.26),
    (0.14, 0.13, 0.14),
    (0.42, 0.23, 0.15),
)
_GREY: Rgb = (0.58, 0.57, 0.56)
_TOP: tuple[Rgb, ...] = (
    (0.56, 0.47, 0.35),
    (0.25, 0.31, 0.41),
    (0.47, 0.20, 0.18),
    (0.26, 0.35, 0.31),
    (0.35, 0.35, 0.37),
    (0.63, 0.54, 0.40),
    (0.22, 0.38, 0.43),
    (0.40, 0.28, 0.36),
)
_BOTTOM: tuple[Rgb, ...] = ((0.27, 0.27, 0.31), (0.33, 0.29, 0.26), (0.22, 0.25, 0.31))
_SCARF: tuple[Rgb, ...] = ((0.60, 0.24, 0.19), (0.62, 0.52, 0.28), (0.28, 0.38, 0.46))


def of(casting: Casting) -> dict[str, Rgb]:
    """Material → colour."""
    top = _TOP[casting.tint]
    hair = _GREY if casting.grey else _HAIR[casting.hair_tint if casting.skin < 3 else 3]
    beard = {"beard": (hair[0] * 0.86, hair[1] * 0.86, hair[2] * 0.86)} if casting.beard else {}
    return {
        **beard,
        "skin": _SKIN[casting.skin],
        "hair": hair,
        "top": top,
        "bottom": _BOTTOM[casting.tint % 3],
        "shirt": (0.78, 0.76, 0.72),
        "shoe": (0.20, 0.16, 0.14),
        "hat": (top[0] * 0.8, top[1] * 0.8, top[2] * 0.8),
        "ribbon": (0.15, 0.13, 0.13),
        "scarf": _SCARF[casting.tint % 3],
        "prop": (0.80, 0.77, 0.71),
        "paper": (0.86, 0.83, 0.75),
    }
