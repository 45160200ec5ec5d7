"""What a sampler does here: it draws the shot, and mixes it with what the latent already holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from PIL import Image

from studio.sketch.motion import frames
from studio.sketch.painter import Brief, Painting
from studio.sketch.pictures import Emerging, fitted, masked, mixed, noise, resized, resized_mask, rgb
from studio.sketch.run import NodeRun
from studio.sketch.values import Conditioning, Latent, Model, Pixels, Sigmas

REFERENCE_SHARE = 0.5  # how much of a reference picture stays in an edit
HINT_SHARE = 0.3  # how much of a depth map or pose shows at strength 1
FULL_REDRAW = 0.999


@dataclass(frozen=True)
class Recipe:
    """What a sampler is given."""

    model: Model
    positive: Conditioning
    latent: Latent
    seed: int
    sigmas: Sigmas
    add_noise: bool = True


def sample(run: NodeRun, recipe: Recipe) -> Latent:
    """Draw, step by step; the latent that comes out holds the picture.

    Raises:
        Interrupted: between two steps.
    """
    latent, levels = recipe.latent, recipe.sigmas.levels
    total = recipe.sigmas.steps
    if total == 0:
        return latent
    picture = _picture(run, recipe)
    previews = Emerging(Image.fromarray(picture[0]), recipe.seed)
    for step in range(1, total + 1):
        done = 1 - levels[step] / max(levels[0], 1e-9) if levels[0] else 1.0
        run.step(step, total, partial(previews.at, done))
    left = levels[-1]
    if left > 0:
        grain = noise(recipe.seed, latent.width, latent.height)
        picture = mixed(picture, np.broadcast_to(grain, picture.shape), left)
    return replace(latent, pixels=picture, channels=recipe.model.channels or latent.channels, level=left)


def _picture(run: NodeRun, recipe: Recipe) -> Pixels:
    """The clean pictures that the steps lead to, [batch × frames, h, w, 3]."""
    latent = recipe.latent
    drawn = np.concatenate(list(_drawn(run, recipe)))
    base = latent.pixels
    if base is None or latent.level > 0:
        return drawn
    weight = recipe.sigmas.levels[0]
    result = drawn if weight >= FULL_REDRAW else mixed(rgb(base), drawn, weight)
    if latent.mask is None:
        return result
    mask = fitted(resized_mask(latent.mask, latent.width, latent.height), len(result))
    return masked(rgb(base), result, mask)


def _drawn(run: NodeRun, recipe: Recipe) -> Iterator[Pixels]:
    latent, positive = recipe.latent, recipe.positive
    for index in range(latent.batch):
        seed = (recipe.seed + latent.first_index + index) % 2**64
        moves = latent.frames > 1
        painting = run.painter.paint(Brief(latent.width, latent.height, seed, positive.text, run.shot, moves))
        if moves:
            yield from _moving(painting, positive, latent)
            continue
        picture = np.asarray(painting.image.convert("RGB"))[None]
        for reference in positive.references:
            picture = mixed(picture, _like(reference, latent), REFERENCE_SHARE)
        for hint in (*positive.hints, *recipe.model.hints):
            picture = mixed(picture, _like(hint.image, latent), HINT_SHARE * hint.strength)
        yield picture


def _like(pixels: Pixels, latent: Latent) -> Pixels:
    return resized(rgb(pixels[:1]), latent.width, latent.height, crop=True)


def _moving(painting: Painting, positive: Conditioning, latent: Latent) -> Iterator[Pixels]:
    """The frames of a video: the look's camera move over the drawing, or over the first frame given."""
    first = positive.first_frame if positive.first_frame is not None else latent.start
    last = None if positive.last_frame is None else _like(positive.last_frame, latent)
    if first is not None:
        painting = Painting(Image.fromarray(_like(first, latent)[0]), None, painting.movement)
    if positive.movement:
        painting = replace(painting, movement=positive.movement)
    for index, frame in enumerate(frames(painting, latent.frames)):
        yield frame if last is None else mixed(frame, last, index / (latent.frames - 1))
