"""What a language model is told: general rules, then those of the target's form and kind, then its own.

The texts are files (`presets/llm/instructions/`) that a director can edit: `general.md`, one for each form
(`sentences.md`, `tags.md`) and kind (`image.md`, `video.md`), and optionally one for a target (`flux.1.md`).
"""

from __future__ import annotations

from pathlib import Path

from studio.cinema.targets import Target
from studio.data import data_folder
from studio.errors import DataFileError


def instructions_for(target: Target, *, folder: Path | None = None) -> str:
    """The instructions for one target.

    Args:
        target: What the prompt is written for.
        folder: A project's own instructions; a file there replaces the shipped one of that name.

    Raises:
        DataFileError: the general rules can't be read.
    """
    shipped = data_folder("presets") / "llm" / "instructions"
    places = [folder, shipped] if folder is not None else [shipped]
    parts = [_text(places, "general")]
    if not parts[0]:
        raise DataFileError("there are no general instructions", where=str(shipped / "general.md"))
    parts += [_text(places, name) for name in (target.form, target.kind, target.id)]
    parts.append(target.guide)
    sentences = str(target.sentences or "a few")
    return "\n\n".join(part.replace("{sentences}", sentences).strip() for part in parts if part)


def _text(places: list[Path], name: str) -> str:
    for place in places:
        path = place / f"{name}.md"
        try:
            return path.read_text(encoding="utf-8")
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError) as error:
            raise DataFileError(f"can't be read: {error}", where=str(path)) from error
    return ""
