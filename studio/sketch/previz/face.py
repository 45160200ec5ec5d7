"""Eyes, brows, lips and nostrils, drawn by pen and brush on the head's surface.

Sizes in metres in the head's own space; they are lifted onto the skull, projected like everything else, and
painted only where the depth buffer shows them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from studio.sketch.previz import finish, ink
from studio.sketch.previz.camera import Camera
from studio.sketch.previz.casting import HEAD_AT, Casting
from studio.sketch.previz.features import Features, features
from studio.sketch.previz.mesh import Floats, shifted
from studio.sketch.previz.shade import Painted
from studio.sketch.previz.spec import PrevizSpec

Rgb = tuple[float, float, float]
F = np.float32
_IRIS = ((0.36, 0.24, 0.14), (0.22, 0.36, 0.46), (0.30, 0.38, 0.26), (0.24, 0.16, 0.11), (0.34, 0.36, 0.40))


def paint(
    picture: Image.Image,
    camera: Camera,
    painted: Painted,
    casting: Casting,
    skin: Rgb,
    hair: Rgb,
    spec: PrevizSpec,
) -> Image.Image:
    """Draw the face's features onto the finished wash of the picture, where they are seen."""
    found = features(casting, spec.mood)
    centre = shifted(np.array(HEAD_AT), 0.0, -0.02, 0.085)
    to_camera = camera.position - centre
    away = float((to_camera * to_camera).sum() ** 0.5)
    if to_camera[2] / away < -0.25:
        return picture
    pixel = camera.focal_px / max(away, 0.1)
    if pixel * 0.03 < 1.6 or spec.light_style == "silhouette":
        return picture
    box = _box(camera, found, picture.size)
    if box is None:
        return picture
    tools = _Tools(camera, painted, box, 3 if pixel * 0.03 < 40 else 2 if pixel * 0.03 < 130 else 1)
    light = _light_at(painted, camera, skin)
    for side in (0, 1):
        _eye(tools, found, side, light(found.almonds[side].mean(axis=0)), casting, hair, skin, pixel)
    _mouth(tools, found, light(found.mouth.mean(axis=0)), casting, skin, pixel)
    for line in found.lines:
        tools.line(line, _lit((0.30, 0.16, 0.12), light(line.mean(axis=0)), 0.7), 0.0011 * pixel, 150)
    tools.colour = finish.grade(tools.colour, spec)
    return tools.onto(picture)


@dataclass
class _Tools:
    camera: Camera
    painted: Painted
    box: tuple[int, int, int, int]
    factor: int

    def __post_init__(self) -> None:
        left, top, right, bottom = self.box
        size = ((right - left) * self.factor, (bottom - top) * self.factor)
        self.colour = Image.new("RGB", size)
        self.mask = Image.new("L", size)
        self.draw_colour, self.draw_mask = ImageDraw.Draw(self.colour), ImageDraw.Draw(self.mask)

    def flat(self, points: Floats) -> list[tuple[float, float]] | None:
        x, y, z = self.camera.project(points)
        if float(z.min()) < 0.05:
            return None
        left, top, _, _ = self.box
        return [
            ((a - left) * self.factor, (b - top) * self.factor)
            for a, b in zip(x.tolist(), y.tolist(), strict=True)
        ]

    def seen(self, points: Floats, share: float = 0.5) -> bool:
        """Whether enough of the points are not hidden (by the nose, a hat's brim, hair)."""
        x, y, z = self.camera.project(points)
        k = self.painted.scale
        found = ink.visible(self.painted, (x * k).astype(F), (y * k).astype(F), z.astype(F), bias=0.007)
        inside = (x >= 0) & (x < self.camera.width) & (y >= 0) & (y < self.camera.height)
        if not inside.any():
            return False
        return float(found[inside].mean()) >= share

    def fill(self, points: Floats, colour: Rgb, alpha: int = 255, within: Image.Image | None = None) -> None:
        flat = self.flat(points)
        if flat is None:
            return
        rgb = (round(255 * colour[0]), round(255 * colour[1]), round(255 * colour[2]))
        if within is None and alpha == 255:
            self.draw_colour.polygon(flat, fill=rgb)
            self.draw_mask.polygon(flat, fill=255)
            return
        box = self.bounds(flat)
        if box is None:
            return
        piece = self.stencil(flat, box, alpha)
        if within is not None:
            piece = ImageChops.darker(piece, within.crop(box))
        self.colour.paste(rgb, box, piece.point([255 if v else 0 for v in range(256)]))
        self.mask.paste(ImageChops.lighter(self.mask.crop(box), piece), box)

    def bounds(self, flat: list[tuple[float, float]]) -> tuple[int, int, int, int] | None:
        """The part of the sheet that a polygon touches."""
        xs, ys = [p[0] for p in flat], [p[1] for p in flat]
        width, height = self.mask.size
        box = (
            max(0, int(min(xs)) - 1),
            max(0, int(min(ys)) - 1),
            min(width, int(max(xs)) + 2),
            min(height, int(max(ys)) + 2),
        )
        return box if box[2] > box[0] and box[3] > box[1] else None

    def stencil(
        self, flat: list[tuple[float, float]], box: tuple[int, int, int, int], value: int = 255
    ) -> Image.Image:
        """A polygon cut out of `box`."""
        piece = Image.new("L", (box[2] - box[0], box[3] - box[1]))
        ImageDraw.Draw(piece).polygon([(x - box[0], y - box[1]) for x, y in flat], fill=value)
        return piece

    def line(
        self, points: Floats, colour: Rgb, weight: float, alpha: int = 255, *, taper: bool = False
    ) -> None:
        x, y, z = self.camera.project(points)
        k = self.painted.scale
        if float(z.min()) < 0.05:
            return
        seen = ink.visible(self.painted, (x * k).astype(F), (y * k).astype(F), z.astype(F), bias=0.007)
        flat = self.flat(points)
        if flat is None:
            return
        rgb = (round(255 * colour[0]), round(255 * colour[1]), round(255 * colour[2]))
        steps = len(flat) - 1
        for i in range(steps):
            if seen[i] and seen[i + 1]:
                t = (i + 0.5) / steps
                w = weight * self.factor * ((0.45 + 0.75 * t) if taper else 1.0)
                for pen, fill in ((self.draw_colour, rgb), (self.draw_mask, alpha)):
                    pen.line((*flat[i], *flat[i + 1]), fill=fill, width=max(1, round(w)))

    def onto(self, picture: Image.Image) -> Image.Image:
        left, top, _, _ = self.box
        picture.paste(self.colour.reduce(self.factor), (left, top), self.mask.reduce(self.factor))
        return picture


def _eye(
    tools: _Tools,
    found: Features,
    side: int,
    light: Rgb,
    casting: Casting,
    hair: Rgb,
    skin: Rgb,
    pixel: float,
) -> None:
    almond = found.almonds[side]
    dark = _lit((0.16, 0.10, 0.09), light, 0.75)
    brow = tuple(min(h, s * 0.62) * 0.80 for h, s in zip(hair, skin, strict=True))
    if tools.seen(found.brows[side], 0.5):
        tools.fill(found.brows[side], _lit((brow[0], brow[1], brow[2]), light, 0.8), 225)
    if not tools.seen(almond, 0.45):
        return
    if pixel * 0.03 < 5:
        tools.line(found.uppers[side], dark, max(1.0, 0.0045 * pixel), 235)
        return
    tools.fill(almond, _lit((0.88, 0.86, 0.84), light, 0.92))
    flat = tools.flat(almond)
    if flat is None:
        return
    # In profile the lids are seen edge on; their lines get thinner too.
    wide = max(p[0] for p in flat) - min(p[0] for p in flat)
    thin = max(0.42, min(1.0, wide / tools.factor / (0.0304 * pixel)))
    opening = Image.new("L", tools.mask.size)
    ImageDraw.Draw(opening).polygon(flat, fill=255)
    iris = _IRIS[(casting.skin * 3 + casting.hair_tint) % 5] if casting.skin < 3 else _IRIS[3]
    middle = found.irises[side].mean(axis=0)
    tools.fill(found.irises[side], _lit(tuple(c * 0.45 for c in iris), light, 0.9), within=opening)
    inner = middle + (found.irises[side] - middle) * 0.84
    tools.fill(inner, _lit(iris, light, 1.0), within=opening)
    if pixel * 0.03 > 24:
        for k in range(24):
            spoke = np.stack(
                [
                    middle + (found.irises[side][k] - middle) * 0.48,
                    middle + (found.irises[side][k] - middle) * 0.80,
                ]
            )
            shade = 1.45 if k % 2 else 0.72
            tools.line(spoke, _lit(tuple(min(1.0, c * shade) for c in iris), light, 1.0), 0.0004 * pixel)
        half = inner.copy()
        half[:, 1] = np.minimum(half[:, 1], middle[1] - 0.0008)
        tools.fill(
            half, _lit(tuple(min(1.0, c * 1.5) for c in iris), light, 1.0), 255, within=_fade(opening, 110)
        )
    tools.fill(found.pupils[side], (0.03, 0.025, 0.03), within=opening)
    # The upper lid shades the ball.
    lid = almond.copy()
    lid[15:, 1] = almond[15:, 1] + 0.0078
    lid[:15, 1] += 0.001
    _shade(tools, lid, opening, light)
    glint = middle + (found.pupils[side] - middle) * 0.62 + np.array([0.0022, 0.0025, 0.0008])
    tools.fill(glint, (0.98, 0.98, 0.97) if max(light) > 0.25 else (0.7, 0.7, 0.72), within=opening)
    tools.line(found.uppers[side], dark, max(1.0, 0.0016 * pixel * thin), 250, taper=thin > 0.6)
    tools.line(almond[14:], dark, max(0.7, 0.0006 * pixel * thin), 150)
    tools.line(
        found.creases[side], _lit((0.38, 0.20, 0.15), light, 0.75), max(0.7, 0.0007 * pixel * thin), 170
    )
    for lash in found.lashes[side]:
        tools.line(lash, dark, max(0.6, 0.0007 * pixel), 230)


def _fade(mask: Image.Image, value: int) -> Image.Image:
    return mask.point([value if v else 0 for v in range(256)])


def _shade(tools: _Tools, lid: Floats, opening: Image.Image, light: Rgb) -> None:
    flat = tools.flat(lid)
    box = tools.bounds(flat) if flat else None
    if flat is None or box is None:
        return
    piece = ImageChops.darker(tools.stencil(flat, box), opening.crop(box))
    darker = tools.colour.crop(box).point([round(v * 0.72) for v in range(256)] * 3)
    tools.colour.paste(darker, box, piece)


def _mouth(tools: _Tools, found: Features, light: Rgb, casting: Casting, skin: Rgb, pixel: float) -> None:
    if not tools.seen(found.mouth, 0.4):
        return
    female = casting.build == "woman"
    lip = (
        skin[0] * (0.80 if female else 0.86),
        skin[1] * (0.46 if female else 0.66),
        skin[2] * (0.48 if female else 0.66),
    )
    alpha = 205 if female else 120
    if pixel * 0.03 > 4:
        tools.fill(found.upper_lip, _lit((lip[0] * 0.86, lip[1] * 0.80, lip[2] * 0.82), light, 0.95), alpha)
        tools.fill(
            found.lower_lip, _lit((min(1.0, lip[0] * 1.06), lip[1] * 1.08, lip[2] * 1.08), light, 1.0), alpha
        )
    tools.line(found.mouth, _lit((0.30, 0.11, 0.10), light, 0.75), max(0.8, 0.0013 * pixel), 230)


def _lit(colour: tuple[float, ...], light: Rgb, share: float) -> Rgb:
    """A colour under the light that falls on the face there."""
    r, g, b = (
        max(0.0, min(1.0, c * (1 - share + share * v) * min(1.0, 0.25 + v)))
        for c, v in zip(colour, light, strict=True)
    )
    return r, g, b


def _light_at(painted: Painted, camera: Camera, skin: Rgb) -> Callable[[Floats], Rgb]:
    """A function that tells the light on a place of the face: the paint there against the skin's own
    colour.
    """
    height, width = painted.depth.shape
    index = np.full(height * width, -1, dtype=np.int64)
    index[painted.surface.pixels] = np.arange(len(painted.surface.pixels))

    def light(place: Floats) -> Rgb:
        x, y, _ = camera.project(place[None, :])
        reach = max(1, round(0.010 * camera.focal_px * painted.scale / max(camera.distance, 0.1)))
        c, r = int(float(x[0]) * painted.scale), int(float(y[0]) * painted.scale)
        rows = np.clip(np.arange(r - reach, r + reach + 1), 0, height - 1)
        columns = np.clip(np.arange(c - reach, c + reach + 1), 0, width - 1)
        slots = index.reshape(height, width)[rows[:, None], columns[None, :]].reshape(-1)
        slots = slots[slots >= 0]
        if not len(slots):
            return 0.6, 0.6, 0.6
        mean = np.sort(painted.colour[slots], axis=0)[len(slots) // 2]
        return float(mean[0]) / skin[0], float(mean[1]) / skin[1], float(mean[2]) / skin[2]

    return light


def _box(camera: Camera, found: Features, size: tuple[int, int]) -> tuple[int, int, int, int] | None:
    points = np.concatenate(
        [*found.almonds, *found.brows, *found.creases, found.mouth, found.lower_lip, *found.lines]
    )
    x, y, z = camera.project(points)
    if float(z.min()) < 0.05:
        return None
    left, right = max(0, int(x.min()) - 6), min(size[0], int(x.max()) + 8)
    top, bottom = max(0, int(y.min()) - 10), min(size[1], int(y.max()) + 8)
    return (left, top, right, bottom) if right - left > 1 and bottom - top > 1 else None
