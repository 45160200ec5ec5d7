"""What a project has beside its rooms: its settings, and files that are made of its board."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from studio.errors import ProjectError
from studio.files import make_folder
from studio.project import Project
from widgets.console.notices import Notices

if TYPE_CHECKING:
    from studio.project.board import PanelEntry


class Papers:
    """The console's part that is about the project's settings and papers."""

    project: Project
    notices: Notices

    def relative(self, path: str | Path) -> str:
        raise NotImplementedError

    def _entry(self, id: str) -> PanelEntry:
        raise NotImplementedError

    def configure(self, *, name: str, naming: str) -> None:
        """Change the project's settings.

        Raises:
            DataFileError: a value that can't be.
            StorageError: the disk refuses.
        """
        changes = {}
        if name.strip() != self.project.name:
            changes["name"] = name.strip()
        if naming.strip() != self.project.settings.naming:
            changes["naming"] = naming.strip()
        if changes:
            self.project.configure(**changes)
            self.notices.good("The settings are saved")

    def preview_naming(self, template: str) -> tuple[list[str], str]:
        """Names that takes would have, or why they can't."""
        found = self.project.preview_naming(template)
        return list(found.names), f"{found.error}. {found.hint}".strip(". ") if found.error else ""

    def print_board(self, panels: Sequence[str] | None = None) -> Path:
        """The storyboard as a PDF in the project's `exports`; takes a moment.

        Args:
            panels: Names; all if None.

        Raises:
            StudioError: there is nothing to print, or the disk refuses.
        """
        from studio.exchange import write_pdf

        folder = self.project.path / "exports"
        make_folder(folder)
        path = folder / f"{self.project.name}_storyboard_{date.today():%Y-%m-%d}.pdf"
        done = write_pdf(self.project, path, panels=panels)
        pages = f"{done.pages} page{'s' if done.pages != 1 else ''}"
        self.notices.good(f"The storyboard is printed: {pages}", file=self.relative(path))
        for problem in done.problems[:5]:
            self.notices.info(problem)
        return path

    def save_notebook(self, panel: str) -> Path:
        """A panel's shot as a notebook that renders it again.

        Raises:
            StudioError: it has no shot, or the disk refuses.
        """
        entry = self._entry(panel)
        found = self.project.find_panel(entry.id)
        if found is None:
            raise ProjectError("this panel is gone", where=entry.name)
        path = found.to_notebook()
        self.notices.good(f"{entry.title or entry.name} is a notebook now: {path.name}",
                          file=self.relative(path))  # fmt: skip
        return path

    def file(self, notice: int) -> tuple[str, bytes]:
        """The file that a notice speaks of: its name and what is in it.

        Raises:
            ProjectError: it is gone.
        """
        found = self.notices.find(notice)
        if found is None or not found.file:
            raise ProjectError("there is no file to be had", where="console")
        path = self.project.path / found.file
        try:
            return path.name, path.read_bytes()
        except OSError as error:
            raise ProjectError(f"it can't be read ({error.strerror or error})", path=path) from error
