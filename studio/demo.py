"""The main job, whole: one scene of six shots, from films' looks to takes and a contact sheet on disk."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from studio.errors import InvalidLook, StudioError
from studio.project import Project, Take, contact_sheet
from studio.project.captions import shot_caption
from studio.render import run
from studio.scene import Scene
from studio.shot import Shot
from studio.sketch import start as start_sketch
from studio.workflow import find_template

SKETCH_BACKENDS = 2
"""Embedded backends of the demo, so that shots render side by side even without a ComfyUI."""


@dataclass(frozen=True)
class DemoResult:
    """What the demo left on disk."""

    takes: tuple[Take, ...]
    sheet: Path


def run_demo(
    folder: Path,
    *,
    backends: Sequence[str] = (),
    template: str = "",
    scene: Scene | None = None,
    console: Console | None = None,
) -> DemoResult:
    """Render the demo's scene into the project at `folder` and lay out its contact sheet.

    Args:
        folder: The project; made if it is not there. A second run adds new versions.
        backends: Addresses of ComfyUI servers; none means embedded sketch backends.
        template: A template for all shots in place of the scene's own (`plate` needs no model).
        console: Where to print.

    Raises:
        InvalidLook: a shot of the scene breaks a hard rule.
        StudioError: a backend, a template or the disk refused; takes made until then stay.
    """
    out = console or Console()
    scene = scene or Scene.shipped("last_ferry")
    shots = {entry.panel: entry.shot(template=template) for entry in scene.shots}
    _print_plan(out, scene.title, shots)
    _check(shots)
    with contextlib.ExitStack() as stack:
        if not backends:
            sketches = [
                stack.enter_context(start_sketch(name=f"sketch {n + 1}")) for n in range(SKETCH_BACKENDS)
            ]
            backends = [sketch.url for sketch in sketches]
            out.print(
                f"Rendering on {len(backends)} embedded sketch backends (previz drawings, no GPU needed)."
            )
        project = stack.enter_context(Project.open(folder, backends=backends))
        takes = run(_render_all(project, shots))
        sheet = contact_sheet(takes, project.path / "contact-sheet.png", title=scene.title)
    for take in takes:
        out.print(f"  {take.path}", soft_wrap=True)
    out.print(f"Contact sheet: [bold]{sheet}[/bold]", soft_wrap=True)
    out.print(f"Project:       [bold]{project.path}[/bold]", soft_wrap=True)
    return DemoResult(takes=tuple(takes), sheet=sheet)


def _check(shots: dict[str, Shot]) -> None:
    """Refuse the whole scene before anything is started or rendered."""
    for panel, shot in shots.items():
        find_template(shot.template)
        report = shot.report()
        if not report.ok:
            raise InvalidLook(
                f"{panel} can't be filmed: {report.hard[0].message}", report=report, where=panel
            )


async def _render_all(project: Project, shots: dict[str, Shot]) -> list[Take]:
    """All shots at once; what is done stays on disk even if another one fails."""
    results = await asyncio.gather(
        *(project.panel(panel).render(shot) for panel, shot in shots.items()), return_exceptions=True
    )
    failed = [result for result in results if isinstance(result, BaseException)]
    if failed:
        done = len(results) - len(failed)
        of_one_cause = not done and len({str(error) for error in failed}) == 1
        if len(failed) == 1 or of_one_cause or not isinstance(failed[0], StudioError):
            raise failed[0]
        raise StudioError(
            f"{len(failed)} of {len(results)} shots failed, {done} are on disk; first: {failed[0]}",
            where=str(project.path),
        ) from failed[0]
    return [result for result in results if isinstance(result, Take)]


def _print_plan(out: Console, title: str, shots: dict[str, Shot]) -> None:
    """The scene as a shot list: name and film, lens and view, and what the rules have to say."""
    out.print(f"\n[bold]{escape(title)}[/bold]: {len(shots)} shots", highlight=False)
    for panel, shot in shots.items():
        told = shot_caption(shot, name=panel)
        out.print(f"  [bold]{escape(panel)}[/bold]  {escape(told.look)}", highlight=False)
        report = shot.report()
        lines = [f"[dim]{escape(line)}[/dim]" for line in (told.lens, told.angle)]
        lines += [
            f"[yellow]{remark.severity}[/yellow] {escape(remark.message)}"
            for remark in (*report.hard, *report.warnings)
        ]
        out.print(Padding("\n".join(lines), (0, 0, 0, 4)), highlight=False)
    out.print()
