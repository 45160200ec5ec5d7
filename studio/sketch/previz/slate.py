"""Words on the frame: the slate strip under the picture, and the arrow of the camera's move."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from studio.sketch.previz.spec import PrevizSpec

_PAPER, _DIM, _MARK = (236, 232, 222), (146, 148, 150), (240, 168, 58)
BACKGROUND = (13, 14, 16)


@lru_cache(maxsize=64)
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own typeface, laid out simply so that every machine sets it the same."""
    return ImageFont.load_default(max(5, size))


@lru_cache(maxsize=4096)
def _drawable(char: str) -> bool:
    return 32 <= ord(char) < 127 or (160 < ord(char) < 256 and char != "\xad")


def plain(text: str, limit: int = 160) -> str:
    """One line of characters that the typeface has; others become their plain letter, or a dot.

    Any text is safe: control characters and line ends become spaces, the rest is cut at `limit`.
    """
    shown: list[str] = []
    for char in text[: limit * 4]:
        if _drawable(char):
            shown.append(char)
        elif char.isspace() or unicodedata.category(char)[0] in "CZ":
            shown.append(" ")
        else:
            base = unicodedata.normalize("NFKD", char)[:1]
            shown.append(
                {"–": "-", "—": "-", "’": "'", "‘": "'", "“": '"', "”": '"', "…": "..."}.get(char)
                or (base if _drawable(base) else "·")
            )
    return " ".join("".join(shown).split())[:limit]


def fit(draw: ImageDraw.ImageDraw, text: str, room: float, size: int) -> str:
    """`text` cut with an ellipsis so that it fits into `room` pixels."""
    face = font(size)
    if draw.textlength(text, font=face) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if draw.textlength(text[:middle].rstrip() + "...", font=face) <= room:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + "..." if low else ""


def strip_height(width: int, height: int) -> int:
    """Pixels of the slate strip under the picture."""
    return max(9, min(round(height * 0.062), round(width * 0.05), 64))


def angle_words(spec: PrevizSpec) -> str:
    """Such as `WS · low-angle · front-right 30°`; the number is the turn off the front or back axis."""
    turn = round(spec.direction) % 360
    if turn == 0:
        side = "front"
    elif turn == 180:
        side = "back"
    elif turn in (90, 270):
        side = "right side" if turn == 90 else "left side"
    else:
        side = ("front" if turn < 90 or turn > 270 else "back") + ("-right" if turn < 180 else "-left")
        off = min(turn, 360 - turn)
        side += f" {off if off < 90 else 180 - off}°"
    return f"{spec.shot_size} · {spec.camera_height} · {side}"


def write(canvas: Image.Image, spec: PrevizSpec, box: tuple[int, int, int, int]) -> None:
    """Set the slate into `box` (left, top, right, bottom) of `canvas`."""
    left, top, right, bottom = box
    room = bottom - top
    size = round(room * 0.46)
    draw = ImageDraw.Draw(canvas)
    if room < 9 or right - left < 60 or size < 5:
        draw.rectangle((left, bottom - 2, left + max(2, (right - left) // 6), bottom - 1), fill=_MARK)
        return
    middle = top + room / 2
    gap = size * 0.9
    mark = "SKETCH"
    tag = draw.textlength(mark, font=font(round(size * 0.82))) + gap
    x_tag = right - tag
    draw.rounded_rectangle(
        (x_tag, middle - size * 0.68, right - 1, middle + size * 0.68),
        radius=max(1, size * 0.25),
        outline=_MARK,
        width=max(1, size // 10),
    )
    draw.text((x_tag + tag / 2, middle), mark, font=font(round(size * 0.82)), fill=_MARK, anchor="mm")
    parts = [
        (plain(spec.shot_name), _PAPER),
        (plain(spec.look_name), _DIM),
        (plain(lens_words(spec)), _DIM),
        (plain(angle_words(spec)), _DIM),
    ]
    x = float(left)
    end = x_tag - gap
    shares = (0.34, 0.45, 0.6, 1.0)
    for (text, colour), share in zip(parts, shares, strict=True):
        if not text:
            continue
        shown = fit(draw, text, (end - x) * share, size)
        if not shown:
            continue
        if x > left:
            draw.line(
                (x - gap * 0.5, middle - size * 0.5, x - gap * 0.5, middle + size * 0.5),
                fill=(62, 64, 68),
                width=max(1, size // 14),
            )
        draw.text((x, middle), shown, font=font(size), fill=colour, anchor="lm")
        x += draw.textlength(shown, font=font(size)) + gap


def lens_words(spec: PrevizSpec) -> str:
    """Such as `Cooke S4 35mm` or `50mm 2x`."""
    focal = f"{spec.focal_length_mm:g}mm"
    if spec.squeeze > 1.01:
        focal += f" {spec.squeeze:g}x"
    return f"{spec.lens_name} {focal}".strip()
