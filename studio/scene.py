"""A scene: an ordered list of shots in a TOML file that a director can write by hand.

title = "The Last Ferry"

[[shot]]
panel = "01_Harbour"
preset = "the_revenant"
subject = "a small ferry at its pier, first light on still water"
angle = "wide/elevated/front"
look = { "lens.focal_length_mm" = 21 }
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio.cinema import Angle, preset
from studio.data import data_folder
from studio.errors import DataFileError
from studio.shot import Seed, Shot, random_seed


class SceneShot(BaseModel):
    """One shot of a scene, as it stands in the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    panel: str
    preset: str
    subject: str
    angle: str = ""
    look: dict[str, Any] = Field(default_factory=dict, description="Changes to the preset, by dotted field.")
    template: str = "sdxl"
    parameters: dict[str, Any] = Field(default_factory=dict)
    seed: Seed | None = None

    def shot(self, *, template: str = "") -> Shot:
        """The shot itself; `template` replaces the one in the file.

        Raises:
            LookError: no such preset, field, value or angle.
        """
        look = preset(self.preset).with_(
            **{path.replace(".", "__"): value for path, value in self.look.items()}
        )
        return Shot(
            look=look,
            subject=self.subject,
            angle=Angle.parse(self.angle) if self.angle else None,
            template=template or self.template,
            parameters=self.parameters,
            seed=random_seed() if self.seed is None else self.seed,
        )


class Scene(BaseModel):
    """A titled list of shots."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    shots: tuple[SceneShot, ...] = Field(alias="shot", min_length=1)

    @classmethod
    def load(cls, path: Path) -> Scene:
        """Read a scene file.

        Raises:
            DataFileError: not readable, not TOML, or a field is missing or wrong; the message names it.
        """
        try:
            return cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except OSError as error:
            raise DataFileError(f"can't read the scene ({error.strerror})", where=str(path)) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise DataFileError(f"not valid TOML: {error}", where=str(path)) from error
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            raise DataFileError(
                f"{field}: {first['msg']}", where=str(path), hint="Mend that field."
            ) from error

    @classmethod
    def shipped(cls, name: str) -> Scene:
        """A scene that ships with the studio, from `presets/scenes/`."""
        return cls.load(data_folder("presets") / "scenes" / f"{name}.toml")
