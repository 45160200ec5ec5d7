"""What stands between the lens and the subject: a shoulder, a pair of hands, the edge of a door, leaves,
weather.
"""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from studio.sketch.previz import palette, shade
from studio.sketch.previz.camera import Camera
from studio.sketch.previz.casting import EYE_HEIGHT, Casting, cast
from studio.sketch.previz.figure import build
from studio.sketch.previz.light import Rig
from studio.sketch.previz.limbs import hand
from studio.sketch.previz.mesh import Floats, Mesh, assemble, rotation, tube, turn
from studio.sketch.previz.spec import PrevizSpec

F = np.float32
_FRAMED = ("frame_within_frame", "industrial_frames", "constrained_framing", "claustrophobic")
_LAYERED = ("depth_layering", "dynamic_blocking", "observational", "organic_framing")


def add(wash: Image.Image, spec: PrevizSpec, camera: Camera, rig: Rig, stage_name: str) -> Image.Image:
    """Put the foreground that the shot asks for over the wash."""
    if spec.shot_size == "OTS":
        wash = _shoulder(wash, spec, camera, rig)
    elif spec.shot_size == "POV":
        wash = _hands(wash, spec, camera, rig)
    if spec.composition in _FRAMED:
        wash = _doorway(wash, rig)
    elif spec.composition in _LAYERED:
        wash = _edge(wash, spec, camera, rig, stage_name)
    return wash


def _moved(mesh: Mesh, matrix: Floats, offset: Floats) -> Mesh:
    return replace(mesh, points=turn(mesh.points, matrix) + offset, normals=turn(mesh.normals, matrix))


def _shoulder(wash: Image.Image, spec: PrevizSpec, camera: Camera, rig: Rig) -> Image.Image:
    """Somebody's head and shoulder, back to us, out of focus, on the side the subject looks to."""
    side = camera.gaze or 1
    casting: Casting = replace(cast(spec.seed + 1, ""), hat="", prop="mug", pose="stand", scarf=False)
    if casting.hair == "hat":
        casting = replace(casting, hair="crop")
    figure = build(casting, 0.6)
    half, half_y = camera.width / 2 / camera.focal_px, camera.height / 2 / camera.focal_px
    near = max(
        0.45, min(0.24 / (0.62 * 2 * half_y), 0.62 * camera.distance)
    )  # the head is 62 % of the picture's height
    centre = (camera.width / 2 - camera.centre_x) / camera.focal_px
    place = camera.position + camera.forward * near + camera.right * (near * (centre + side * half * 0.62))
    head = place[1] + float(camera.up[1]) * near * half_y * -0.10
    offset = np.array([place[0], head - EYE_HEIGHT, place[2]])
    towards = round(float(np.arctan2(-place[0], -place[2])), 9)
    mesh = _moved(figure.mesh, rotation(yaw=towards), offset)
    dim = replace(rig, fill=rig.fill * 0.7, key_rgb=rig.key_rgb * 0.55)
    return _over(wash, mesh, camera, dim, palette.of(casting), blur=max(0.6, wash.width * 0.0036))


def _hands(wash: Image.Image, spec: PrevizSpec, camera: Camera, rig: Rig) -> Image.Image:
    """Our own two hands, reaching into the picture from below."""
    casting = cast(spec.seed, spec.subject)
    half_y = camera.height / 2 / camera.focal_px
    depth = 0.21 / (0.52 * 2 * half_y)
    patches = []
    for side in (1, -1):
        wrist = np.array(
            [side * 0.42 * depth * half_y * camera.width / camera.height * 0.62, -0.72 * half_y * depth, 0.0]
        )
        elbow = wrist + np.array([side * 0.13, -0.26, -0.24])
        along = np.array([-side * 0.42, 0.62, 0.66])
        patches += hand(-side, wrist, along, 1.0)
        patches.append(
            tube(
                "sleeve",
                "top",
                [
                    (*elbow, 0.060),
                    (*((wrist + elbow) / 2), 0.052),
                    (*(wrist + (wrist - elbow) * 0.02), 0.037),
                ],
                rows=14,
                columns=18,
                hem=True,
            )
        )
    mesh = assemble(patches)
    # From camera space (x right, y up, z forwards) into the world.
    basis = np.stack([camera.right, camera.up, camera.forward], axis=1)
    shift = (camera.width / 2 - camera.centre_x) / camera.focal_px * depth
    mesh = _moved(mesh, basis, camera.position + camera.forward * depth + camera.right * shift)
    return _over(wash, mesh, camera, rig, palette.of(casting), blur=0.6)


def _over(
    wash: Image.Image, mesh: Mesh, camera: Camera, rig: Rig, colours: dict[str, palette.Rgb], *, blur: float
) -> Image.Image:
    """Paint a mesh nearer than the subject over the wash, softened."""
    w, h = wash.size
    painted = shade.paint(mesh, camera, rig, colours, w, h, shadows=False)
    if painted is None:
        return wash
    layer = np.asarray(wash).copy().reshape(-1, 3)
    layer[painted.surface.pixels] = np.clip(painted.colour * F(255) + F(0.5), 0, 255).astype(np.uint8)
    mask = np.zeros(w * h, dtype=np.uint8)
    mask[painted.surface.pixels] = 255
    soft = ImageFilter.GaussianBlur(blur)
    cover = Image.fromarray(mask.reshape(h, w)).filter(soft)
    return Image.composite(Image.fromarray(layer.reshape(h, w, 3)).filter(soft), wash, cover)


def _doorway(wash: Image.Image, rig: Rig) -> Image.Image:
    """A dark frame around the picture, with a lit inner edge."""
    w, h = wash.size
    left, right, top = w * 0.135, w * 0.865, h * 0.050
    mask, edge = Image.new("L", wash.size, 255), Image.new("L", wash.size)
    inner = [(left, h + 2), (left, top), (right, top), (right, h + 2)]
    ImageDraw.Draw(mask).polygon(inner, fill=0)
    thick = w * 0.012
    ImageDraw.Draw(edge).polygon(
        [(left, h + 2), (left, top), (left + thick, top + thick * 0.6), (left + thick, h + 2)], fill=170
    )
    ImageDraw.Draw(edge).polygon(
        [(right, h + 2), (right, top), (right - thick, top + thick * 0.6), (right - thick, h + 2)], fill=110
    )
    soft = ImageFilter.GaussianBlur(max(0.6, w * 0.003))
    tint = np.clip(np.sqrt(rig.sky * 0.10 + rig.ground * 0.06) * min(1.0, rig.set_gain + 0.2), 0, 1)
    dark = (round(255 * tint[0]), round(255 * tint[1]), round(255 * tint[2]))
    wash = Image.composite(Image.new("RGB", wash.size, dark), wash, mask.filter(soft))
    lit = (min(255, dark[0] * 2 + 26), min(255, dark[1] * 2 + 24), min(255, dark[2] * 2 + 22))
    return Image.composite(Image.new("RGB", wash.size, lit), wash, edge.filter(soft))


def _edge(wash: Image.Image, spec: PrevizSpec, camera: Camera, rig: Rig, stage_name: str) -> Image.Image:
    """Something near and blurred at the free edge: leaves where trees grow, else a post."""
    w, h = wash.size
    left = camera.subject_x >= 0.5
    mask = Image.new("L", wash.size)
    pen = ImageDraw.Draw(mask)
    leafy = not rig.interior and stage_name in ("forest", "field", "city", "mountain")
    if leafy:
        pick = random.Random(spec.seed ^ 0x1EAF)
        for _ in range(46):
            x = pick.random() ** 1.7 * w * 0.24
            y, r = pick.random() * h, h * pick.uniform(0.03, 0.085)
            x = x if left else w - x
            pen.ellipse((x - r, y - r * 0.7, x + r, y + r * 0.7), fill=255)
    else:
        pen.rectangle((0, 0, w * 0.085, h) if left else (w * 0.915, 0, w, h), fill=255)
    mask = mask.filter(ImageFilter.GaussianBlur(max(0.8, w * 0.008)))
    albedo = np.array((0.30, 0.42, 0.22) if leafy else (0.34, 0.29, 0.25))
    light = (rig.sky * 0.34 + rig.key_rgb * 0.05) * min(1.0, rig.set_gain + 0.15)
    tint = np.clip(np.sqrt(light * albedo), 0, 1)
    colour = (round(255 * tint[0]), round(255 * tint[1]), round(255 * tint[2]))
    layer = Image.new("RGB", wash.size, colour)
    if not leafy:  # a post is round: lighter towards the light
        axis = np.clip((np.arange(w) / w if left else 1 - np.arange(w) / w) / 0.085, 0, 1)
        shade = 0.62 + 1.5 * axis * axis * (1 - axis) + 0.35 * axis
        row = np.clip(np.array(colour)[None, :] * shade[:, None], 0, 255).astype(np.uint8)
        layer = Image.fromarray(np.ascontiguousarray(np.broadcast_to(row[None], (h, w, 3))))
    return Image.composite(layer, wash, mask)


def weather(picture: Image.Image, spec: PrevizSpec) -> Image.Image:
    """Rain or falling snow over an exterior, when the subject says so."""
    words = spec.subject.lower()
    rain, snow = (
        any(w in words for w in ("rain", "storm", "downpour")),
        any(w in words for w in ("snowfall", "snowing", "blizzard", "falling snow")),
    )
    if spec.setting != "exterior" or not (rain or snow):
        return picture
    w, h = picture.size
    pick = random.Random(spec.seed ^ 0x8A1)
    sheet = Image.new("L", (w, h))
    pen = ImageDraw.Draw(sheet)
    for _ in range(round(w * h / (1500 if rain else 1800))):
        x, y, near = pick.uniform(-20, w), pick.uniform(-20, h), pick.random()
        if rain:
            long = h * (0.03 + 0.07 * near)
            pen.line(
                (x, y, x + long * 0.16, y + long),
                fill=round(40 + 75 * near),
                width=max(1, round(h / 520 * (0.6 + near))),
            )
        else:
            r = h * (0.0012 + 0.0048 * near * near)
            pen.ellipse((x - r, y - r, x + r, y + r), fill=round(120 + 110 * near))
    sheet = sheet.filter(ImageFilter.GaussianBlur(max(0.4, h / 900)))
    light = (222, 222, 222)
    return ImageChops.composite(Image.new("RGB", (w, h), light), picture, sheet)
