"""What travels along the links of a graph here: stand-ins for models, and real pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""Images: uint8 [batch or frames, height, width, 3 or 4]."""

Mask = NDArray[np.uint8]
"""Masks: uint8 [batch, height, width]; 255 is masked."""


@dataclass(frozen=True)
class Model:
    """A diffusion model: its name, the latent channels it works with, the LoRAs and patches put on it."""

    name: str
    channels: int | None = None
    patches: tuple[str, ...] = ()
    hints: tuple[Hint, ...] = ()

    def patched(self, what: str) -> Model:
        """The same model with one more patch."""
        return Model(self.name, self.channels, (*self.patches, what), self.hints)


@dataclass(frozen=True)
class Clip:
    """One or several text encoders."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Vae:
    """A VAE; `channels` None means that its name tells nothing and it fits everything."""

    name: str
    channels: int | None = None


@dataclass(frozen=True)
class NamedModel:
    """A ControlNet, upscaler, CLIP vision, style or patch model: here only a name."""

    name: str
    scale: int = 1


@dataclass(frozen=True)
class Hint:
    """A picture that guides the drawing: a depth map, a pose, edges."""

    image: Pixels
    strength: float


@dataclass(frozen=True)
class Conditioning:
    """A prompt, and the pictures that go with it."""

    text: str = ""
    references: tuple[Pixels, ...] = ()
    hints: tuple[Hint, ...] = ()
    first_frame: Pixels | None = None
    last_frame: Pixels | None = None
    movement: str = ""  # how the camera is told to move, in the words of a look


@dataclass(frozen=True)
class Latent:
    """A latent, kept as the picture it would decode to; `pixels` None is an empty one.

    Sizes are in pixels. `level` is the noise left in it, 0 (none) to 1. `frames` counts the pictures of one
    video and is 1 for stills; `batch` counts stills or videos; `start` is the picture a video begins with.
    """

    width: int
    height: int
    batch: int = 1
    frames: int = 1
    channels: int | None = 4
    pixels: Pixels | None = None
    mask: Mask | None = None
    level: float = 0.0
    first_index: int = 0
    start: Pixels | None = None

    @property
    def pictures(self) -> int:
        """How many pictures it decodes to."""
        return self.batch * self.frames


@dataclass(frozen=True)
class Sigmas:
    """A noise schedule: levels from 1 (all noise) to 0 (none); n steps have n + 1 levels."""

    levels: tuple[float, ...]

    @property
    def steps(self) -> int:
        return max(len(self.levels) - 1, 0)

    @classmethod
    def linear(cls, steps: int, denoise: float = 1.0) -> Sigmas:
        """`steps` equal steps from `denoise` down to 0."""
        if denoise <= 0 or steps < 1:
            return cls(())
        return cls(tuple(denoise * (1 - index / steps) for index in range(steps + 1)))


@dataclass(frozen=True)
class Noise:
    """A source of noise; seed None adds none."""

    seed: int | None


@dataclass(frozen=True)
class Guider:
    """A model with the prompts that steer it."""

    model: Model
    positive: Conditioning


@dataclass(frozen=True)
class Video:
    """Frames and their rate."""

    frames: Pixels
    fps: float


@dataclass(frozen=True)
class Audio:
    """Sound: int16 [channels, samples], and its rate in Hz."""

    samples: NDArray[np.int16]
    rate: int
