"""The contact sheet: takes as frames in a grid, each with its shot, look and lens, to be pinned on a wall."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps

from studio.errors import ProjectError, TakeError
from studio.files import write_atomically
from studio.project.captions import Caption, caption
from studio.project.lettering import Colour, Type
from studio.project.takes import Take

MAX_PIXELS = 90_000_000
"""Of the whole sheet; with more takes the frames become smaller."""

_SMALLEST = 0.12
_FRAME, _GUTTER, _MARGIN = 840, 56, 96  # the full-size design, in pixels; _FRAME is a frame's width
_HEADER, _CAPTION, _ROW_GAP = 216, 186, 44


@dataclass(frozen=True)
class Ground:
    """The colours of a sheet."""

    ground: Colour
    frame: Colour  # behind a letterboxed picture
    edge: Colour
    ink: Colour
    soft: Colour
    faint: Colour
    accent: Colour


GROUNDS = {
    "dark": Ground(
        ground=(20, 21, 24),
        frame=(8, 8, 9),
        edge=(48, 50, 55),
        ink=(240, 237, 230),
        soft=(176, 174, 168),
        faint=(116, 116, 114),
        accent=(226, 168, 74),
    ),
    "paper": Ground(
        ground=(246, 243, 236),
        frame=(8, 8, 9),
        edge=(205, 199, 188),
        ink=(28, 27, 26),
        soft=(84, 81, 77),
        faint=(140, 135, 127),
        accent=(178, 92, 38),
    ),
}


def contact_sheet(
    takes: Sequence[Take],
    path: str | Path,
    columns: int = 3,
    *,
    title: str = "",
    ground: str = "dark",
    ratings: Mapping[Path, int] | None = None,
) -> Path:
    """Lay `takes` out on one PNG at `path`.

    Args:
        takes: In the order of the sheet. A take that is no picture, or is damaged, gets a frame that says so.
        path: The file to write; an older one is replaced.
        columns: Frames in a row, fewer if there are fewer takes.
        title: In the header; the project's name if empty.
        ground: "dark" or "paper".
        ratings: Take's path → 0 to 5 stars.

    Raises:
        ProjectError: no takes, no columns, or no such ground.
        StorageError: the disk refuses.
    """
    if not takes or columns < 1 or ground not in GROUNDS:
        what = "no takes" if not takes else "no columns" if columns < 1 else f"no ground {ground!r}"
        raise ProjectError(
            f"a contact sheet with {what}", path=path, hint=f"Grounds are {' and '.join(sorted(GROUNDS))}."
        )
    layout = Layout.of(takes, columns)
    image = Image.new("RGB", (layout.width, layout.height), GROUNDS[ground].ground)
    brush = _Brush(image, ImageDraw.Draw(image), GROUNDS[ground], layout.unit)
    _header(brush, layout, title or _project_of(takes), takes)
    for index, take in enumerate(takes):
        x, y = layout.cell(index)
        _frame(brush, (x, y, *layout.frame), take)
        _caption(
            brush, x, y + layout.frame[1], layout.frame[0], index + 1, take, (ratings or {}).get(take.path, 0)
        )
    buffer = BytesIO()
    image.save(buffer, "PNG", compress_level=6)
    return write_atomically(Path(path), buffer.getvalue())


@dataclass(frozen=True)
class Layout:
    """The measures of a sheet, in pixels; all but `unit` and `columns` follow from the full-size design."""

    count: int
    columns: int
    ratio: float  # of a frame, width to height
    unit: float = 1.0  # pixels per pixel of the full-size design

    @classmethod
    def of(cls, takes: Sequence[Take], columns: int) -> Layout:
        """The layout for `takes`, as large as `MAX_PIXELS` allows."""
        layout = cls(len(takes), min(columns, len(takes)), _common_ratio(takes))
        while layout.width * layout.height > MAX_PIXELS and layout.unit > _SMALLEST:
            layout = replace(layout, unit=layout.unit * 0.9)
        return layout

    def px(self, length: float) -> int:
        """A length of the full-size design here."""
        return max(1, round(length * self.unit))

    @property
    def frame(self) -> tuple[int, int]:
        """Width and height of a frame."""
        return self.px(_FRAME), self.px(_FRAME / self.ratio)

    @property
    def width(self) -> int:
        """Of the sheet."""
        frames = self.columns * self.frame[0] + (self.columns - 1) * self.px(_GUTTER)
        return 2 * self.px(_MARGIN) + max(frames, self.px(_FRAME))

    @property
    def height(self) -> int:
        """Of the sheet."""
        rows = math.ceil(self.count / self.columns)
        return self.px(_HEADER) + rows * self._row + self.px(_MARGIN - _ROW_GAP)

    def cell(self, index: int) -> tuple[int, int]:
        """Left and top of frame `index`, 0 …"""
        row, column = divmod(index, self.columns)
        x = self.px(_MARGIN) + column * (self.frame[0] + self.px(_GUTTER))
        return x, self.px(_HEADER) + row * self._row

    @property
    def _row(self) -> int:
        return self.frame[1] + self.px(_CAPTION) + self.px(_ROW_GAP)


@dataclass(frozen=True)
class _Brush:
    """What a part of the sheet is drawn with."""

    image: Image.Image
    draw: ImageDraw.ImageDraw
    colours: Ground
    unit: float

    def px(self, length: float) -> int:
        return max(1, round(length * self.unit))

    def type(self, weight: str, size: float) -> Type:
        return Type(weight, max(6, round(size * self.unit)))


def _header(brush: _Brush, layout: Layout, title: str, takes: Sequence[Take]) -> None:
    """Title and project on the left, count and date on the right, a rule below."""
    left, right = brush.px(_MARGIN), layout.width - brush.px(_MARGIN)
    count = f"{len(takes)} {'take' if len(takes) == 1 else 'takes'}"
    day = _day(takes)
    small = brush.type("Regular", 30)
    width = max(small.length(count), small.length(day))
    big = brush.type("SemiBold", 78)
    line = big.fit(title, right - left - width - brush.px(60))
    big.draw(brush.draw, (left, brush.px(128)), line, brush.colours.ink)
    small.draw(brush.draw, (right, brush.px(92)), count, brush.colours.soft, right=True)
    small.draw(brush.draw, (right, brush.px(128)), day, brush.colours.faint, right=True)
    rule = brush.px(166)
    brush.draw.rectangle((left, rule, right, rule + brush.px(2) - 1), fill=brush.colours.edge)
    brush.draw.rectangle((left, rule, left + brush.px(96), rule + brush.px(4) - 1), fill=brush.colours.accent)


def _frame(brush: _Brush, box: tuple[int, int, int, int], take: Take) -> None:
    """The picture, whole and centred in its frame; or why there is none."""
    x, y, width, height = box
    brush.draw.rectangle((x, y, x + width - 1, y + height - 1), fill=brush.colours.frame)
    try:
        if take.kind != "image":
            raise TakeError(f"{take.kind}: {take.path.name}", path=take.path)
        picture = _flat(take.image(), brush.colours.frame)
    except TakeError as error:
        words = brush.type("Regular", 28)
        line = words.fit(error.message, width * 0.86)
        start = x + (width - words.length(line)) / 2
        words.draw(brush.draw, (start, y + height / 2), line, (150, 148, 144))
    else:
        picture = ImageOps.contain(picture, (width, height), Image.Resampling.LANCZOS)
        brush.image.paste(picture, (x + (width - picture.width) // 2, y + (height - picture.height) // 2))
    brush.draw.rectangle((x, y, x + width - 1, y + height - 1), outline=brush.colours.edge, width=brush.px(1))


def _caption(brush: _Brush, x: int, y: int, width: int, number: int, take: Take, rating: int) -> None:
    """Number, name and version; then look, lens and angle, one line each."""
    told: Caption = caption(take)
    colours, draw = brush.colours, brush.draw
    name, data = brush.type("SemiBold", 38), brush.type("Medium", 28)
    line = y + brush.px(56)
    used = data.draw(draw, (x + width, line), told.version, colours.accent, right=True)
    if rating:
        used += brush.px(22) + _stars(brush, x + width - used - brush.px(22), line, rating)
    start: float = x
    if not told.name[:1].isdigit():  # else the name numbers itself
        start += name.draw(draw, (x, line), f"{number}", colours.faint) + brush.px(18)
    name.draw(draw, (start, line), name.fit(told.name, x + width - start - used - brush.px(30)), colours.ink)
    line += brush.px(10)
    look, words = brush.type("Medium", 29), brush.type("Regular", 27)
    for face, text, colour in (
        (look, told.look, colours.ink),
        (words, told.lens, colours.soft),
        (words, told.angle, colours.soft),
    ):
        if text:
            line += brush.px(38)
            face.draw(draw, (x, line), face.fit(text, width), colour)


def _stars(brush: _Brush, right: float, baseline: float, rating: int) -> int:
    """Five stars ending at `right`, `rating` of them filled; their width."""
    radius, step = brush.px(12), brush.px(28)
    for index in range(5):
        centre = (right - (4 - index) * step - radius, baseline - radius + brush.px(2))
        points = [
            (
                centre[0] + math.sin(math.pi * corner / 5) * radius * (1 if corner % 2 == 0 else 0.42),
                centre[1] - math.cos(math.pi * corner / 5) * radius * (1 if corner % 2 == 0 else 0.42),
            )
            for corner in range(10)
        ]
        brush.draw.polygon(points, fill=brush.colours.accent if index < rating else brush.colours.edge)
    return 4 * step + 2 * radius


def _flat(image: Image.Image, ground: Colour) -> Image.Image:
    """`image` without transparency."""
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image.convert("RGB")
    picture = image.convert("RGBA")
    flat = Image.new("RGB", picture.size, ground)
    flat.paste(picture, mask=picture.getchannel("A"))
    return flat


def _common_ratio(takes: Sequence[Take]) -> float:
    """The picture's ratio in which, as a frame, all pictures together lose least to bars."""
    ratios = []
    for take in takes:
        try:
            with Image.open(take.path) as image:
                ratios.append(min(2.76, max(0.8, image.width / image.height)))
        except Exception:  # damaged or no picture: its frame will say so
            continue
    counted = Counter(ratios)
    return max(
        sorted(counted),
        key=lambda frame: sum(n * min(ratio / frame, frame / ratio) for ratio, n in counted.items()),
        default=16 / 9,
    )


def _project_of(takes: Sequence[Take]) -> str:
    for take in takes:
        try:
            if take.provenance.project:
                return take.provenance.project.replace("_", " ")
        except TakeError:
            continue
    return "Contact sheet"


def _day(takes: Sequence[Take]) -> str:
    """The day of the newest take, so that the same takes give the same sheet."""
    days = []
    for take in takes:
        try:
            days.append(take.provenance.created)
        except TakeError:
            continue
    newest = max(days, default=datetime.now(UTC))
    return f"{newest.day} {newest:%B %Y}"
