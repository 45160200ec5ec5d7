"""Among which takes something is done: all, those found, or the chosen ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from studio.gallery.query import parse

if TYPE_CHECKING:
    import pandas as pd

    from widgets.gallery.model import GalleryModel
    from widgets.gallery.state import State

Scope = Literal["all", "found", "chosen"]


def paths_of(model: GalleryModel, scope: Scope) -> list[str] | None:
    """Their paths; None for all."""
    if scope == "all":
        return None
    return model.found if scope == "found" else list(model.selection)


def frame_of(model: GalleryModel, scope: Scope) -> pd.DataFrame:
    """The same as rows of `gallery.frame`."""
    if scope == "all":
        return model.gallery.frame
    return model.frame if scope == "found" else model.chosen


def counts(model: GalleryModel) -> dict[str, int]:
    """How many takes each scope has."""
    return {
        "all": len(model.gallery),
        "found": len(model.order.found),
        "chosen": len(model.selection),
    }


def whole_query(state: State) -> str:
    """The search and the filter bar as one search; the folder is not in it."""
    return str(parse(state.query) & parse(state.filters.query()))
