"""One panel, drawn: paper and a screen, a name to be read from afar, stars and takes as one comes near."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ipycanvas import Canvas

from studio.project.geometry import Box
from widgets.storyboard.cards import Card
from widgets.storyboard.ink import Pen
from widgets.storyboard.layout import STARS, Parts, contained
from widgets.storyboard.letters import lines_of, name_shortened
from widgets.storyboard.palette import Palette
from widgets.storyboard.sheets import Cell, Sheets

Spot = tuple[str, str, float, float, float, float]
"""Something to click on a panel: the panel's id, what it is, and its x, y, width and height on the screen."""

BOLD = 1.08
"""How much wider bold letters are."""

Found = tuple[Canvas, Cell] | None


@dataclass(frozen=True)
class Ink:
    """What a panel is drawn with."""

    pen: Pen
    palette: Palette
    sheets: Sheets

    def panel(self, card: Card, parts: Parts, found: Found) -> list[Spot]:
        """Draw one panel; gives what can be clicked on it."""
        self._body(card, parts)
        self._picture(card, parts, found)
        spots: list[Spot] = []
        if parts.header is not None:
            spots += self._header(card, parts, parts.header)
        if parts.words is not None and card.notes:
            self._words(card, parts, parts.words)
        if parts.footer is not None:
            spots += self._footer(card, parts, parts.footer)
        return spots

    def _body(self, card: Card, parts: Parts) -> None:
        pen, palette, box = self.pen, self.palette, parts.box
        if parts.header is None:
            pen.rect(*box, palette.screen if card.takes else palette.deep)
            pen.frame(*box, palette.rule)
        elif parts.radius:
            pen.round(box.x + 0.5, box.y + 0.5, box.width - 1, box.height - 1, parts.radius)
            pen.fill(palette.paper)
            pen.stroke(palette.rule)
        else:
            pen.rect(*box, palette.paper)
            pen.frame(*box, palette.rule)
        if card.color:
            pen.rect(
                box.x,
                box.y + parts.radius,
                max(2, parts.pad / 3),
                parts.text * 2.15 - parts.radius,
                card.color,
            )

    def _picture(self, card: Card, parts: Parts, found: Found) -> None:
        pen, palette = self.pen, self.palette
        area = parts.picture
        if parts.header is not None:  # the frame's line stays free
            area = Box(area.x + 1, area.y, area.width - 2, area.height - (0 if parts.footer else 1))
        if not card.takes:
            if parts.header is not None:
                pen.rect(*area, palette.deep)
            if area.width > 90 and area.height > 40:
                centre = area.centre
                pen.text(
                    "no take yet", centre.x, centre.y, font=self._font(400, parts.small), colour=palette.soft,
                    align="center",
                )  # fmt: skip
            return
        pen.rect(*area, palette.screen)
        if found is not None:
            cell = found[1]
            self.sheets.draw(pen, found, contained(cell.width / cell.height, area))
        if card.kind == "video" and area.width > 60:
            self._play(area, parts)
        if card.mark == "reject":
            pen.style(global_alpha=0.6)
            pen.rect(*area, palette.paper)
            pen.style(global_alpha=1.0)
        if card.state == "failed":
            pen.rect(area.x, area.bottom - 2, area.width, 2, palette.bad)

    def _header(self, card: Card, parts: Parts, area: Box) -> list[Spot]:
        pen, palette = self.pen, self.palette
        middle = area.y + area.height / 2
        right = area.right - parts.pad
        spots: list[Spot] = []
        side = parts.small
        tone = {
            "done": palette.good,
            "failed": palette.bad,
            "rendering": palette.accent,
            "waiting": palette.idle,
        }
        if card.state in tone and (area.width > 110 or card.state != "done"):
            self._dot(right - 3.5, middle, tone[card.state], filled=card.state != "waiting")
            right -= 7 + parts.pad * 0.8
        roomy = area.width > 130
        if card.has_notes and roomy:
            self._note(Box(right - side, middle - side / 2, side, side))
            spots.append((card.id, "notes", right - side - 3, area.y, side + 6, area.height))
            right -= side + parts.pad * 0.7
        if card.locked and roomy:
            self._lock(Box(right - side * 0.8, middle - side / 2, side * 0.8, side))
            spots.append((card.id, "lock", right - side - 3, area.y, side + 6, area.height))
            right -= side + parts.pad * 0.5
        if card.mark and roomy:
            self._mark(card.mark, right - side * 0.5, middle, side)
            right -= side + parts.pad * 0.5
        left = area.x + parts.pad
        name = name_shortened(card.title, parts.text * BOLD, right - left)
        colour = palette.soft if card.mark == "reject" else palette.ink
        font = self._font(600, parts.text)
        pen.text(name, left, middle + 0.5, font=font, colour=colour, width=right - left)
        spots.append((card.id, "name", area.x, area.y, max(0.0, right - area.x), area.height))
        return spots

    def _words(self, card: Card, parts: Parts, area: Box) -> None:
        size = parts.small
        height = size * 1.4
        most = max(1, int((area.height - parts.pad * 0.6) // height))
        lines = lines_of(card.notes, size, area.width - 2 * parts.pad, most)
        for index, line in enumerate(lines):
            y = area.y + parts.pad * 0.6 + (index + 0.5) * height
            self.pen.text(
                line, area.x + parts.pad, y, font=self._font(400, size), colour=self.palette.soft,
                width=area.width - 2 * parts.pad,
            )  # fmt: skip

    def _footer(self, card: Card, parts: Parts, area: Box) -> list[Spot]:
        pen, palette = self.pen, self.palette
        spots: list[Spot] = []
        first, last = parts.star(0), parts.star(STARS - 1)
        spots.append((card.id, "rate", first.x, first.y, last.right - first.x, first.height))
        for index in range(STARS):
            star = parts.star(index).centre
            _star(pen, star.x, star.y, parts.small * 0.5)
            if index < card.rating:
                pen.fill(palette.accent)
            else:
                pen.stroke(palette.rule if not palette.dark else palette.idle, 1)
        where = parts.stepper
        if card.takes and where is not None:
            middle = where.y + where.height / 2
            pen.text(
                card.counter, where.centre.x, middle + 0.5, font=self._font(500, parts.small),
                colour=palette.soft, align="center", width=where.width * 0.5,
            )  # fmt: skip
            arm = parts.small * 0.28
            for side, kind, there in ((-1, "prev", card.take > 1), (1, "next", card.take < card.takes)):
                x = where.centre.x + side * where.width * 0.4
                pen.path(
                    (x - side * arm / 2, middle - arm),
                    (x + side * arm / 2, middle),
                    (x - side * arm / 2, middle + arm),
                )
                pen.stroke(palette.ink if there else palette.rule, 1.4)
                spots.append(
                    (card.id, kind, x - where.width * 0.12, where.y, where.width * 0.24, where.height)
                )
        return spots

    def _dot(self, x: float, y: float, colour: str, *, filled: bool) -> None:
        pen = self.pen
        if filled:
            pen.style(fill_style=colour)
            pen.canvas.fill_circle(round(x, 2), round(y, 2), 3.5)
        else:
            pen.style(stroke_style=colour, line_width=1.2)
            pen.canvas.stroke_circle(round(x, 2), round(y, 2), 3)

    def _lock(self, area: Box) -> None:
        pen, colour = self.pen, self.palette.soft
        body = Box(area.x, area.y + area.height * 0.45, area.width, area.height * 0.5)
        pen.rect(*body, colour)
        pen.style(stroke_style=colour, line_width=max(1.2, area.width * 0.14))
        pen.canvas.begin_path()
        pen.canvas.arc(round(body.centre.x, 2), round(body.y, 2), round(area.width * 0.3, 2), math.pi, 0)
        pen.canvas.stroke()

    def _note(self, area: Box) -> None:
        for share in (0.25, 0.52, 0.79):
            length = area.width * (0.6 if share > 0.7 else 1)
            self.pen.rect(
                area.x, self.pen.snap(area.y + area.height * share - 0.75), length, 1.5, self.palette.soft
            )

    def _mark(self, mark: str, x: float, y: float, side: float) -> None:
        pen, palette, half = self.pen, self.palette, side * 0.36
        if mark == "pick":
            pen.path((x - half, y), (x - half * 0.2, y + half * 0.8), (x + half, y - half * 0.8))
            pen.stroke(palette.good, 2)
        elif mark == "reject":
            pen.path((x - half, y - half), (x + half, y + half))
            pen.stroke(palette.bad, 1.8)
            pen.path((x - half, y + half), (x + half, y - half))
            pen.stroke(palette.bad, 1.8)
        else:
            for side_x in (-half * 0.6, half * 0.35):
                pen.rect(x + side_x, y - half, max(1.5, half * 0.45), half * 2, palette.accent)

    def _play(self, area: Box, parts: Parts) -> None:
        side = min(parts.text * 1.7, 30)
        x, y = area.x + parts.pad, area.bottom - parts.pad - side
        self.pen.style(global_alpha=0.55)
        self.pen.rect(x, y, side, side, self.palette.screen)
        self.pen.style(global_alpha=1.0)
        inset = side * 0.3
        self.pen.path(
            (x + inset * 1.1, y + inset),
            (x + side - inset * 0.8, y + side / 2),
            (x + inset * 1.1, y + side - inset),
            closed=True,
        )  # fmt: skip
        self.pen.fill(self.palette.screen_ink)

    def _font(self, weight: int, size: float) -> str:
        return f"{weight} {round(size, 1)}px {self.palette.font}"


def _star(pen: Pen, x: float, y: float, radius: float) -> None:
    points = []
    for index in range(10):
        length = radius if index % 2 == 0 else radius * 0.45
        angle = math.pi * index / 5 - math.pi / 2
        points.append((x + length * math.cos(angle), y + length * math.sin(angle)))
    pen.path(*points, closed=True)
