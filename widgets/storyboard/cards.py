"""A panel as the board shows it: one plain value, made from storyboard, folder and running jobs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from studio.project.geometry import Box

State = Literal["empty", "waiting", "rendering", "done", "failed"]
WORDS: dict[str, str] = {
    "empty": "no take",
    "waiting": "waiting",
    "rendering": "rendering",
    "done": "done",
    "failed": "failed",
}
MARKS = {"pick": "picked", "hold": "on hold", "reject": "rejected"}


@dataclass(frozen=True)
class Card:
    """One panel."""

    id: str
    name: str
    title: str
    box: Box
    z: int = 0
    state: State = "empty"
    mark: str = ""  # pick, hold, reject
    color: str = ""
    rating: int = 0
    locked: bool = False
    notes: str = ""  # plain words, the beginning only
    has_notes: bool = False
    takes: int = 0
    take: int = 0  # which of them is shown, from 1; 0: none
    version: int = 0
    path: Path | None = None
    kind: str = ""  # image, video, …
    stamp: int = 0  # of the file; another one means another picture

    @property
    def counter(self) -> str:
        """`3/7`, or nothing."""
        return f"{self.take}/{self.takes}" if self.takes else ""

    @property
    def said(self) -> str:
        """The panel in words, for a screen reader."""
        parts = [self.title, WORDS[self.state], MARKS.get(self.mark, "")]
        parts.append(f"take {self.take} of {self.takes}" if self.takes else "")
        parts.append(f"{self.rating} of 5 stars" if self.rating else "")
        parts += ["locked"] * self.locked + ["has notes"] * self.has_notes
        return ", ".join(part for part in parts if part)

    def row(self) -> dict[str, Any]:
        """What the page needs of it, beside its picture."""
        return {
            "id": self.id,
            "name": self.name,
            "title": self.title,
            "box": [round(side, 2) for side in self.box],
            "state": self.state,
            "mark": self.mark,
            "rating": self.rating,
            "locked": self.locked,
            "takes": self.takes,
            "take": self.take,
            "video": self.kind == "video",
            "said": self.said,
        }


_MARKUP = re.compile(r"^[#>\-*+\s]+|[*_`~]|\[([^\]]*)\]\([^)]*\)", re.MULTILINE)


def plain_words(markdown: str, most: int = 240) -> str:
    """The beginning of a note without its markup; what is drawn on a canvas is text and nothing else."""
    return " ".join(_MARKUP.sub(lambda found: found[1] or "", markdown[: most * 2]).split())[:most]
