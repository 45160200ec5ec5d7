"""OpenTimelineIO: the storyboard as a cut that editorial tools open, and a cut as panels.

One video track, one clip a panel, every take as a media reference of its clip (the shown one active),
notes as markers. What OTIO has no word for is kept in `metadata["studio"]`, so that our own timeline comes
back whole.
"""

from __future__ import annotations

import os
import urllib.parse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.errors import ProjectError
from studio.exchange.plan import ImportPlan, Planned, read_text
from studio.exchange.rows import Row, rows_of
from studio.exchange.task import Task
from studio.files import write_atomically

if TYPE_CHECKING:
    import opentimelineio as otio

    from studio.project import Project, Take

DEFAULT_RATE = 24.0
"""Frames a second."""

_KEPT = ("scene", "setting", "location", "time", "dialogue", "status", "rating", "title", "size")
"""Panel's fields that go with a clip and come back."""


def write_timeline(
    project: Project,
    path: str | Path,
    *,
    panels: Iterable[str] | None = None,
    rate: float = DEFAULT_RATE,
    task: Task | None = None,
) -> Path:
    """Write the storyboard as `.otio`. Media are named relative to the file, so the folder can be moved.

    Args:
        rate: Frames a second of the cut.

    Raises:
        ExportCancelled: stopped; nothing is written.
        ProjectError: a panel that is not in the storyboard, or a rate that can't be.
        StorageError: the disk refuses.
    """
    import opentimelineio as otio

    if not 1 <= rate <= 1000:
        raise ProjectError(f"{rate:g} frames a second can't be", hint="24, 25, 30 … are usual.")
    target = Path(path)
    timeline = otio.schema.Timeline(name=project.name, global_start_time=otio.opentime.RationalTime(0, rate))
    timeline.metadata["studio"] = {"project": project.name}
    track = otio.schema.Track(name="Storyboard", kind=otio.schema.TrackKind.Video)
    timeline.tracks.append(track)
    for row in (task or Task()).over(rows_of(project, panels), lambda row: row.title):
        track.append(_clip(row, rate, target.absolute().parent))
    text: str = otio.adapters.write_to_string(timeline, "otio_json")
    return write_atomically(target, text.encode())


def read_timeline(source: str | Path) -> ImportPlan:
    """Plan the panels of a cut: each clip of its video tracks, in order, with its length and markers.

    Raises:
        ProjectError: it can't be read, or is no timeline.
    """
    import opentimelineio as otio

    path = Path(source)
    try:
        timeline = otio.adapters.read_from_string(read_text(path), "otio_json")
        tracks = [*timeline.video_tracks()]
    except (otio.exceptions.OTIOError, AttributeError, ValueError, RuntimeError, TypeError) as error:
        raise ProjectError(
            f"it is no OpenTimelineIO timeline ({str(error)[:200]})", path=path, hint="Export it as .otio."
        ) from error
    clips = [clip for track in tracks for clip in track.find_clips()]
    planned = [_planned(clip, number) for number, clip in enumerate(clips, 1)]
    notes = [f"It has {len(tracks)} video tracks; their clips follow each other."] if len(tracks) > 1 else []
    return ImportPlan(path.name, planned, notes)


def _clip(row: Row, rate: float, folder: Path) -> otio.schema.Clip:
    import opentimelineio as otio

    frames = max(1, round(row.seconds * rate))
    span = otio.opentime.TimeRange(
        otio.opentime.RationalTime(0, rate), otio.opentime.RationalTime(frames, rate)
    )
    clip = otio.schema.Clip(name=row.title, source_range=span)
    if row.take is None:
        clip.media_reference = otio.schema.MissingReference(name=row.entry.name, available_range=span)
    else:
        references = {
            _key(take): otio.schema.ExternalReference(
                target_url=_url(take.path, folder), available_range=span
            )
            for take in row.takes
        }
        clip.set_media_references(references, _key(row.take))
    kept = {name: getattr(row.entry, name, None) for name in _KEPT}
    clip.metadata["studio"] = {
        "panel": row.entry.name,
        **{name: value for name, value in kept.items() if value},
        **({"subject": row.subject} if row.subject else {}),
        **({"seed": str(row.shot.seed), "template": row.shot.template} if row.shot else {}),
    }
    if row.entry.notes:
        clip.markers.append(
            otio.schema.Marker(
                name=row.entry.notes,
                marked_range=otio.opentime.TimeRange(
                    otio.opentime.RationalTime(0, rate), otio.opentime.RationalTime(1, rate)
                ),
                color=otio.schema.MarkerColor.YELLOW,
            )
        )
    return clip


def _planned(clip: otio.schema.Clip, number: int) -> Planned:
    import opentimelineio as otio

    fields: dict[str, Any] = {}
    problems = []
    try:
        fields["duration"] = round(clip.duration().to_seconds(), 2)
    except (otio.exceptions.OTIOError, ValueError, RuntimeError):
        problems.append("its length is not known")
    notes = [_marker(marker) for marker in clip.markers]
    own = clip.metadata.get("studio", {})
    told = {name: own[name] for name in (*_KEPT, "subject") if name in own} if hasattr(own, "get") else {}
    fields.update({"name": own.get("panel") or clip.name or f"Clip {number}", "title": clip.name or ""})
    fields.update(told)
    fields["notes"] = "\n\n".join(note for note in notes if note)
    return Planned.of(
        {key: value for key, value in fields.items() if value}, where=f"clip {number}", problems=problems
    )


def _marker(marker: otio.schema.Marker) -> str:
    comment = getattr(marker, "comment", "") or ""
    return "\n".join(part for part in (marker.name, comment) if part)


def _key(take: Take) -> str:
    return take.path.name


def _url(path: Path, folder: Path) -> str:
    """Relative to the timeline where that can be, else absolute."""
    try:
        relative = os.path.relpath(path, folder)
    except ValueError:  # another drive
        return path.as_uri()
    return urllib.parse.quote(Path(relative).as_posix())
