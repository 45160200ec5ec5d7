"""JupyterLab's launcher card and file type, by which a director comes to a project's console."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from studio.project import Project
from tools.jupyter_pages import LabPage

FRONT = "path => window.jupyterapp.shell.currentWidget?.context?.path === path"
OPEN = "path => void window.jupyterapp.commands.execute('docmanager:open', {path})"
RAN = """() => window.jupyterapp.shell.currentWidget.content.widgets
  .filter(cell => cell.model.type === 'code')
  .every(cell => cell.model.executionCount > 0 && cell.model.outputs.toJSON()
    .some(output => output.data?.['application/vnd.jupyter.widget-view+json']))"""


def click_card(lab: LabPage, folder: str) -> None:
    """A launcher for that folder of the file browser, and its card."""
    lab.page.evaluate("cwd => void window.jupyterapp.commands.execute('launcher:create', {cwd})", folder)
    lab.page.locator(".jp-Launcher:visible .jp-LauncherCard", has_text="Director's Notebook").click()


def test_the_card_and_the_projects_own_files(
    lab: LabPage, folder: Path, notebook: Callable[[Sequence[str]], str]
) -> None:
    with Project.open(folder / "launched") as project:
        project.panel("Hero")
    lab.open(notebook(["1"]))
    lab.clear()

    click_card(lab, "launched/Hero")  # in a project: there is nothing to ask
    lab.wait(FRONT, "launched/console.ipynb")
    lab.wait(RAN)  # we wrote it, so it has been run
    assert (folder / "launched" / "console.ipynb").is_file()
    lab.clear()

    lab.page.evaluate(
        "void window.jupyterapp.commands.execute('docmanager:open', {path: 'launched/studio.toml'})"
    )
    lab.wait(FRONT, "launched/console.ipynb")
    lab.clear()

    click_card(lab, "")  # elsewhere a person chooses, or makes one
    dialog = lab.page.locator(".jp-Dialog")
    choice = dialog.locator("select")
    choice.wait_for()
    assert "launched" in choice.locator("option").all_text_contents()
    choice.select_option("New project here …")
    dialog.locator(".jp-mod-accept").click()
    dialog.get_by_placeholder("last-ferry").fill("ferry")
    dialog.locator(".jp-mod-accept").click()
    lab.wait(FRONT, "ferry/console.ipynb")
    assert (folder / "ferry" / "studio.toml").is_file()
    assert not lab.errors
