"""What the camera sees: a look's optics in figures."""

from __future__ import annotations

from dataclasses import dataclass

from studio.cinema import optics
from studio.cinema.library import library
from studio.cinema.look import LiveActionConfig


@dataclass(frozen=True, slots=True)
class Framing:
    """The optics of a look. Lengths in millimetres or metres as named, angles in degrees."""

    width_mm: float  # the part of sensor or film that the picture uses
    height_mm: float
    squeeze: float
    crop_factor: float  # against 36 x 24 mm
    ratio: float
    focal_length_mm: float | None = None
    horizontal_view: float | None = None
    vertical_view: float | None = None
    equivalent_mm: float | None = None  # focal length that sees as wide on full frame
    hyperfocal_m: float | None = None  # with a T-stop chosen
    sharp_m: tuple[float, float] | None = None  # nearest and farthest, with a T-stop and a focus distance


def framing(look: LiveActionConfig) -> Framing | None:
    """A look's optics, as far as they follow from what is chosen; None without a camera body.

    The T-stop stands in for the f-number, which is a little smaller: depth of field comes out a little deep.
    """
    shelf = library()
    body = shelf.cameras.get(look.camera.body or "")
    if body is None:
        return None
    lens = shelf.lenses.get(look.lens.family or "")
    squeeze = lens.squeeze if lens is not None else 1.0
    frames = body.frames
    full = frames[look.camera.gate] if look.camera.gate in frames else next(iter(frames.values()))
    ratio = look.ratio if look.camera.aspect_ratio else full[0] / full[1] * squeeze
    width, height = optics.frame_inside(*full, ratio, squeeze)
    crop = optics.crop_factor(width, height)
    focal = look.lens.focal_length_mm
    if focal is None:
        return Framing(width, height, squeeze, crop, ratio)
    t_stop, focus = look.lens.t_stop, look.lens.focus_distance_m
    blur = optics.circle_of_confusion(width, height)
    sharp = None
    if t_stop is not None and focus is not None and focus * 1000 > focal:
        sharp = optics.depth_of_field_m(focal, t_stop, focus, blur)
    return Framing(
        width,
        height,
        squeeze,
        crop,
        ratio,
        focal,
        optics.field_of_view(focal, width, squeeze),
        optics.field_of_view(focal, height),
        optics.equivalent_focal_length(focal, width, squeeze),
        optics.hyperfocal_distance_m(focal, t_stop, blur) if t_stop is not None else None,
        sharp,
    )
