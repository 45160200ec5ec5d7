"""`draw(spec)`: one previz frame, from camera to slate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from studio.sketch.previz import (
    arrows,
    drawn,
    face,
    finish,
    foreground,
    ink,
    light,
    optics,
    palette,
    shade,
    slate,
    stage,
)
from studio.sketch.previz.board import Board
from studio.sketch.previz.camera import Camera
from studio.sketch.previz.casting import cast
from studio.sketch.previz.figure import Figure, build
from studio.sketch.previz.framing import place
from studio.sketch.previz.shade import Painted
from studio.sketch.previz.spec import PrevizSpec

F = np.float32
WASH_PIXELS = 190_000


def draw(spec: PrevizSpec) -> Image.Image:
    """The previz frame: an RGB picture of `spec.width` × `spec.height`, the same pixels for the same spec."""
    canvas = Image.new("RGB", (spec.width, spec.height), slate.BACKGROUND)
    left, top, width, height = picture_box(spec)
    canvas.paste(_picture(spec, width, height), (left, top))
    strip = slate.strip_height(spec.width, spec.height)
    slate.write(canvas, spec, (left, top + height, left + width, top + height + strip))
    return canvas


def picture_box(spec: PrevizSpec) -> tuple[int, int, int, int]:
    """Left, top, width and height of the picture on the canvas, px; the slate is right under it."""
    strip = slate.strip_height(spec.width, spec.height)
    room = max(1, spec.height - strip)
    width = min(spec.width, max(1, round(room * spec.ratio)))
    height = min(room, max(1, round(width / spec.ratio)))
    return (spec.width - width) // 2, (room - height) // 2, width, height


@dataclass
class _Frame:
    """One picture in the making."""

    spec: PrevizSpec
    camera: Camera
    rig: light.Rig
    width: int
    height: int
    coarse: float
    """Picture pixels per wash pixel: washes are soft, so a fifth of a million pixels is enough for any
    picture.
    """

    @property
    def pen(self) -> int:
        """Pen lines are drawn this much larger and reduced, for smooth edges; huge pictures need no help."""
        return 2 if self.width * self.height <= 3_000_000 else 1

    @property
    def wash_size(self) -> tuple[int, int]:
        return max(1, round(self.width / self.coarse)), max(1, round(self.height / self.coarse))


def _picture(spec: PrevizSpec, width: int, height: int) -> Image.Image:
    camera = place(spec, width, height)
    frame = _Frame(
        spec, camera, light.rig(spec, camera), width, height, max(1.0, (width * height / WASH_PIXELS) ** 0.5)
    )
    w, h = frame.wash_size
    focus = optics.focus(spec, camera)
    inked = focus.far_px < 0.0034 * width and drawn.line_weight(spec) > 0  # else out of focus
    board = stage.build(spec, camera, frame.rig, w, h, ink=frame.pen if inked else 0)
    figure = build(cast(spec.seed, spec.subject), 1.0 if height >= 260 else 0.6 if height >= 130 else 0.42)
    wash = drawn.texture(board.image.reduce(2), spec)
    if spec.shot_size != "POV":
        wash = _ground_shadow(wash, frame, figure)
    wash = optics.defocus(wash, focus, camera, frame.coarse)
    wash = optics.lights(wash, board.glows, focus, frame.coarse, spec.squeeze)
    colours = palette.of(figure.casting)
    painted = None
    if spec.shot_size != "POV":
        painted = shade.paint(figure.mesh, camera, frame.rig, colours, w, h, gobo=light.gobo(spec))
    if painted is not None:
        pixels = np.asarray(wash).copy().reshape(-1, 3)
        pixels[painted.surface.pixels] = np.clip(painted.colour * F(255) + F(0.5), 0, 255).astype(np.uint8)
        wash = Image.fromarray(pixels.reshape(h, w, 3))
    wash = foreground.add(wash, spec, camera, frame.rig, stage.set_of(spec))
    wash = finish.bloom(wash, 0.55)
    wash = finish.vignette(finish.grade(wash, spec), spec)
    picture = wash.resize((width, height), Image.Resampling.BICUBIC) if frame.coarse > 1 else wash
    if painted is not None:
        picture = face.paint(picture, camera, painted, figure.casting, colours["skin"], colours["hair"], spec)
    lines = _lines(frame, board, figure, painted, focus)
    picture.paste((17, 17, 17), (0, 0), lines)
    picture = foreground.weather(picture, spec)
    if drawn.is_manga(spec):
        picture = drawn.screentone(picture)
    return arrows.add(finish.grain(picture, spec), spec.movement)


def _ground_shadow(wash: Image.Image, frame: _Frame, figure: Figure) -> Image.Image:
    """What the figure throws on the floor, and the darkness where it stands."""
    simple = build(figure.casting, 0.35)
    w, h = wash.size
    k = w / frame.camera.width
    dark = np.zeros(w * h, dtype=np.uint8)
    dark[shade.ground_shadow(simple.mesh, frame.rig, frame.camera, w, h)] = shade.ground_shadow_strength(
        frame.rig
    )
    mask = Image.fromarray(dark.reshape(h, w))
    contact, _ = frame.camera.polygon([(0.30 * c, 0.0, 0.26 * s + 0.03) for c, s in shade.CIRCLE])
    if contact:
        under = Image.new("L", wash.size)
        ImageDraw.Draw(under).polygon([(x * k, y * k) for x, y in contact], fill=120)
        mask = ImageChops.lighter(
            mask,
            under.filter(
                ImageFilter.GaussianBlur(max(1.0, 0.05 * frame.camera.focal_px * k / frame.camera.distance))
            ),
        )
    if mask.getbbox() is None:
        return wash
    mask = mask.filter(ImageFilter.GaussianBlur(0.8 + 2.0 * frame.rig.softness))
    shadow = wash.point([round(v * f) for f in (0.42, 0.43, 0.50) for v in range(256)])
    return Image.composite(shadow, wash, mask)


def _lines(
    frame: _Frame, board: Board, figure: Figure, painted: Painted | None, focus: optics.Focus
) -> Image.Image:
    """All pen lines, 255 where the ink is black."""
    width, height = frame.width, frame.height
    if board.pen is not None:
        far = board.pen.reduce(frame.pen)
        strength = max(0.0, 0.95 - focus.far_px / (0.0037 * width))
        far = far.point([round(v * strength) for v in range(256)])
    else:
        far = Image.new("L", (width, height))
    if painted is None:
        return far
    mask = np.zeros(painted.depth.shape, dtype=np.uint8)
    mask.reshape(-1)[painted.surface.pixels] = 255
    far.paste(0, (0, 0), Image.fromarray(mask).resize((width, height)))
    k = F(1 / painted.scale)
    rows = painted.surface.pixels // painted.surface.width
    tall = float(rows.max() - rows.min() + 1) / painted.depth.shape[0]
    near = max(1.0, height / 310) * drawn.line_weight(frame.spec)
    near *= 1.25 if frame.spec.shot_size in ("CU", "BCU", "ECU", "Italian", "MCU") else 1.0
    near *= max(0.5, min(1.0, 0.2 + tall))  # a small figure is drawn with a finer pen
    if near == 0:
        return far
    groups = []
    for ends, _ in (ink.contours(figure.mesh, painted), ink.hems(figure.mesh, painted)):
        groups.append((ends * k, near, 225))
    for name, weight, tone in (("seam", 0.7, 190), ("fold", 0.6, 130), ("strand", 0.55, 110)):
        ends, _ = ink.seams(
            [points for label, points in figure.lines if label == name], frame.camera, painted
        )
        groups.append((ends * k, near * weight, tone))
    return ImageChops.lighter(far, ink.pen(width, height, frame.pen, groups, painted))
