"""Takes looked at closely: the lightbox, side by side, all that is known of one, and on to the storyboard."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path as DiskPath
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, StrictInt, StrictStr

from studio.errors import ProjectError
from studio.gallery import bridge
from studio.gallery.details import UNREAD, Fact, details, parameters_text
from studio.gallery.showing import look_at, read_piece, rendition
from studio.gallery.thumbs.budget import Budget
from studio.project.names import safe_name
from widgets.gallery.menu import Chosen
from widgets.gallery.room import Answer, Asked, Path, Request

if TYPE_CHECKING:
    from studio.project import Project
    from widgets.gallery.model import GalleryModel

LONGEST_TEXT = 400_000
"""Letters of one raw text that a page gets; the largest workflows have some millions."""

PICTURE_BYTES = 384 * 1024 * 1024
"""Decoded pictures that are being made smaller, all at once."""

Side = Annotated[StrictInt, Field(ge=64, le=8192)]
Name = Annotated[StrictStr, Field(max_length=500)]
Note = Annotated[StrictStr, Field(max_length=200_000)]


class Take(Asked):
    """About one take."""

    path: Path


class PieceOf(Take):
    """The next bytes of a file that the page shows itself."""

    start: Annotated[StrictInt, Field(ge=0, le=2**40)]
    stamp: Annotated[StrictStr, Field(max_length=64)] = ""


class PictureOf(Take):
    """A picture made of a take, at most so large."""

    side: Side = 2048


class StripOf(Take):
    """Frames of a film side by side."""

    frames: Annotated[StrictInt, Field(ge=2, le=60)] = 24
    side: Annotated[StrictInt, Field(ge=64, le=256)] = 256


class Compared(Asked):
    """Two to four takes."""

    paths: Annotated[list[Path], Field(min_length=2, max_length=4)]


class Noted(Take):
    """A note as it is to be; `base` is what it was when the writing began."""

    text: Note
    base: Note


class InputsOf(Take):
    """What a take can be for in a panel."""

    panel: Name


class ToPanel(Take):
    """A take, or its shot, for a panel; `input` is the template's name of the picture's place."""

    panel: Name
    input: Name = ""


class Viewing:
    """The room; its answers are drawn by `page/viewer.js` and its neighbours.

    Args:
        model: The gallery's.
    """

    def __init__(self, model: GalleryModel) -> None:
        self.model = model
        self._budget = Budget(PICTURE_BYTES)
        self.requests: Mapping[str, Request] = {
            "viewer.details": Request(Take, self.details),
            "viewer.raw": Request(Take, self.raw),
            "viewer.look": Request(Take, self.look),
            "viewer.piece": Request(PieceOf, self.piece),
            "viewer.picture": Request(PictureOf, self.picture, long=True),
            "viewer.strip": Request(StripOf, self.strip, long=True),
            "viewer.compare": Request(Compared, self.compare),
            "viewer.note": Request(Noted, self.note, line="deed"),
            "viewer.panels": Request(Take, self.panels),
            "viewer.inputs": Request(InputsOf, self.inputs),
            "viewer.reference": Request(ToPanel, self.reference),
            "viewer.restore": Request(ToPanel, self.restore),
            "viewer.code": Request(Take, self.code),
            "viewer.reveal": Request(Take, self.reveal),
        }
        self._connect()

    # what is known

    def details(self, asked: Take) -> dict[str, Any]:
        """All facts in sections; what people said of it; where it stands."""
        row = self.model.gallery.row(asked.path)
        place = bridge.place_of(self.model.project, asked.path) if self.model.project else None
        return {
            "path": asked.path,
            "sections": [
                {"title": section.title, "facts": [_fact_row(fact) for fact in section.facts]}
                for section in details(row)
                if section.title != "Curation"
            ],
            "why": UNREAD.get(str(row["read"]), UNREAD["unread"]),
            "text": parameters_text(row),
            "rating": row["rating"] or 0,
            "status": row["status"] or "",
            "tags": str(row["tags"]).split("; ") if row["tags"] else [],
            "collections": str(row["collections"]).split("; ") if row["collections"] else [],
            "note": row["note"] or "",
            "warnings": str(row["warnings"]).split("; ") if row["warnings"] else [],
            "panel": None
            if place is None
            else {"id": place.panel, "title": place.title, "version": place.version},
            "board": self.model.project is not None,
            "reveal": self._reveals(),
        }

    def raw(self, asked: Take) -> dict[str, Any]:
        """The texts in the file as they stand there, each with whether it was cut."""
        texts = self.model.gallery.raw(asked.path)
        return {
            "texts": [[key, text[:LONGEST_TEXT], len(text) > LONGEST_TEXT] for key, text in texts.items()]
        }

    def compare(self, asked: Compared) -> dict[str, Any]:
        """In what takes differ."""
        found = self.model.gallery.compare(asked.paths)
        return {
            "rows": [[each.group, each.label, list(each.values)] for each in found.rows],
            "note": found.note,
        }

    def note(self, asked: Noted) -> dict[str, Any]:
        """Keep a note. If somebody wrote meanwhile nothing is lost: the page gets the other text."""
        there = self.model.gallery.row(asked.path)["note"] or ""
        if there not in (asked.base, asked.text):
            return {"kept": False, "note": there}
        if there != asked.text:
            self.model.gallery.note(asked.path, asked.text)
        return {"kept": True, "note": asked.text}

    # the file

    def look(self, asked: Take) -> dict[str, Any]:
        """What the file is, and how the page can show it."""
        row = self.model.gallery.row(asked.path)
        width, height = row["width"] or 0, row["height"] or 0
        shown = look_at(self.model.gallery.path(asked.path), pixels=width * height)
        return {
            "kind": shown.kind,
            "mime": shown.mime,
            "bytes": shown.bytes,
            "stamp": shown.stamp,
            "native": shown.native,
            "note": shown.note,
            "width": width,
            "height": height,
            "seconds": row["duration"],
            "fps": row["fps"],
        }

    def piece(self, asked: PieceOf) -> Answer:
        """The next bytes of the file itself."""
        piece = read_piece(self.model.gallery.path(asked.path), asked.start, stamp=asked.stamp)
        return Answer({"start": piece.start, "size": piece.size, "stamp": piece.stamp}, [piece.data])

    def picture(self, asked: PictureOf) -> Answer:
        """A picture made of the file; without bytes where there can be none, and `note` says why."""
        path = self.model.gallery.path(asked.path)
        if asked.side <= 1024:
            thumb = self.model.gallery.thumbs.get(path, asked.side)
            fields = {"mime": thumb.mime, "width": thumb.width, "height": thumb.height, "note": thumb.note}
            return Answer(fields, [thumb.data or b""])
        made = rendition(path, asked.side, self._budget)
        return Answer(
            {"mime": made.mime, "width": made.width, "height": made.height, "note": made.note}, [made.data]
        )

    def strip(self, asked: StripOf) -> Answer:
        """Frames of a film side by side."""
        made = self.model.gallery.thumbs.strip(self.model.gallery.path(asked.path), asked.frames, asked.side)
        return Answer(
            {
                "mime": made.mime,
                "frames": made.frames,
                "width": made.width,
                "height": made.height,
                "seconds": made.seconds,
                "note": made.note,
            },
            [made.data or b""],
        )

    # to the storyboard

    def panels(self, asked: Take) -> dict[str, Any]:
        """The panels in story order; the take's own is marked, and so are those that can't be changed."""
        project = self._project()
        own = bridge.place_of(project, asked.path)
        return {
            "panels": [
                {
                    "id": entry.id,
                    "title": entry.title or entry.name,
                    "scene": entry.scene,
                    "own": own is not None and own.panel == entry.id,
                    "locked": bool(entry.locked),
                    "planned": bool(entry.shot),
                }
                for entry in project.board.state
            ]
        }

    def inputs(self, asked: InputsOf) -> dict[str, Any]:
        """The inputs of a panel's template that the take can be for."""
        kind = look_at(self.model.gallery.path(asked.path)).kind
        found = bridge.inputs_of(self._project(), asked.panel, kind)
        return {
            "inputs": [
                {"name": each.name, "title": each.title, "words": each.words, "required": each.required}
                for each in found
            ]
        }

    def reference(self, asked: ToPanel) -> dict[str, Any]:
        """Use the take as a panel's reference."""
        return {"said": self._reference(asked.path, asked.panel, asked.input)}

    def restore(self, asked: ToPanel) -> dict[str, Any]:
        """Plan the take's shot in a panel."""
        return {"said": self._restore(asked.path, asked.panel)}

    def code(self, asked: Take) -> dict[str, Any]:
        """The take's shot as code for a notebook's cell; in a project, with the render."""
        from studio.shots.source import literal, notebook_of

        project, gallery = self.model.project, self.model.gallery
        folders = project.template_folders if project is not None else ()
        keep = project is None or project.access.allows("arrange")
        restored = bridge.shot_in(gallery.path(asked.path), folders, gallery.row(asked.path), keep=keep)
        cells = notebook_of(restored.shot, self._panel_name(asked.path)).cells
        code = [each.source for each in cells if each.cell_type == "code" and each.id not in _NOT_HERE]
        if project is not None:
            code.append(_RENDER.format(place=literal(_from_here(project.path))))
        return {"code": "\n\n".join(code), "notes": list(restored.notes)}

    def reveal(self, asked: Take) -> dict[str, Any]:
        """Show the take's panel on the storyboard that is open."""
        action = self.model.actions.get("reveal")
        if action is None or action.run is None:
            raise ProjectError(action.why if action else "no storyboard is open", where="reveal")
        action.run(Chosen((asked.path,)))
        return {}

    # inside

    def _connect(self) -> None:
        """Put this room's part into the gallery's menu; what shows a take on the board connects itself."""
        if self.model.project is None:
            return
        self.model.actions.connect("reference", self._menu_reference, choices=self._choices)
        self.model.actions.connect("restore", self._menu_restore, choices=self._choices)

    def _choices(self) -> list[tuple[str, str]]:
        return [(entry.id, entry.title or entry.name) for entry in self._project().board.state]

    def _menu_reference(self, chosen: Chosen) -> str:
        return self._reference(_one(chosen), chosen.choice, "")

    def _menu_restore(self, chosen: Chosen) -> str:
        return self._restore(_one(chosen), chosen.choice)

    def _reference(self, path: str, panel: str, name: str) -> str:
        project = self._project()
        words = bridge.use_as_reference(project, self.model.gallery.path(path), panel, name)
        return f"It is now the {words}."

    def _restore(self, path: str, panel: str) -> str:
        project = self._project()
        row = self.model.gallery.row(path)
        restored = bridge.restore(project, self.model.gallery.path(path), panel, row)
        entry = project.board.state.by_id[panel]
        return " ".join((f"Its shot is planned in {entry.title or entry.name}.", *restored.notes))

    def _project(self) -> Project:
        if self.model.project is None:
            raise ProjectError(
                "this gallery is of a folder, not of a project",
                where="storyboard",
                hint="Open it with widgets.Gallery(studio.Project.open(…)).",
            )
        return self.model.project

    def _panel_name(self, path: str) -> str:
        """The panel that a take's shot renders into again: its own, else one of the file's name."""
        project, row = self.model.project, self.model.gallery.row(path)
        place = bridge.place_of(project, path) if project is not None else None
        if place is not None:
            return place.name
        if project is not None and row["panel"] and project.board.state.find(row["panel"]):
            return str(row["panel"])
        return safe_name(path.rpartition("/")[2].partition(".")[0] or "Shot")

    def _reveals(self) -> dict[str, Any]:
        action = self.model.actions.get("reveal")
        return {"ready": action is not None and action.run is not None, "why": action.why if action else ""}


_NOT_HERE = ("render", "take")
"""Cells of a shot's notebook that find their project by where the notebook lies."""

_RENDER = """\
project = studio.Project.open({place})
take = await project.panel(panel).render(shot)
take"""


def _from_here(folder: DiskPath) -> str:
    """As the notebook's cells can open it, short where it lies below the kernel's own folder."""
    here = DiskPath.cwd()
    return folder.relative_to(here).as_posix() if folder.is_relative_to(here) else str(folder)


def _one(chosen: Chosen) -> str:
    if len(chosen.paths) != 1:
        raise ProjectError("one take at a time", where="gallery", hint="Choose one.")
    return chosen.paths[0]


def _fact_row(fact: Fact) -> dict[str, Any]:
    row: dict[str, Any] = {"name": fact.name, "label": fact.label, "words": fact.words, "state": fact.state}
    if len(fact.parts) > 1:
        row["parts"] = list(fact.parts)
    if fact.moment is not None:
        row["moment"] = fact.moment
    return row
