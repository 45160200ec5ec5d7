"""`studio render`."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from studio.commands import console
from studio.errors import StudioError

MAX_SEED = 2**64 - 1  # studio.shot.MAX_SEED, without the second that its import costs every command


def render(
    panel: Annotated[str, typer.Option(help="The panel that gets the take; made if there is none.")],
    preset: Annotated[str, typer.Option(metavar="ID", help="The look, such as blade_runner_2049.")],
    subject: Annotated[str, typer.Option(metavar="TEXT", help="Who or what is seen, doing what, where.")],
    project: console.ProjectFolder = console.DEMO_PROJECT,
    look: Annotated[
        list[str] | None,
        typer.Option(
            "--look", metavar="FIELD=VALUE", help="Change the look: lens.focal_length_mm=50. Repeatable."
        ),
    ] = None,
    angle: Annotated[str, typer.Option(metavar="ANGLE", help="Such as front_low-angle_close-up.")] = "",
    template: Annotated[str, typer.Option(metavar="ID", help="The workflow template.")] = "sdxl",
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="Set a parameter of the template: steps=30. Repeatable."
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, max=MAX_SEED, help="0 … 2^64-1; a fresh one without it.", show_default=False),
    ] = None,
    backend: console.Backends = None,
) -> None:
    """Render one shot into a panel of a project, with live progress.

    Without --backend the project's own backends are used; if it names none, an embedded sketch backend.
    """
    from studio.cinema import Angle
    from studio.cinema import preset as find_preset
    from studio.project import Project
    from studio.render import run
    from studio.shot import Shot, random_seed

    changes = {field.replace(".", "__"): value for field, value in _pairs("--look", look).items()}
    shot = Shot(
        look=find_preset(preset).with_(**changes),
        subject=subject,
        angle=Angle.parse(angle) if angle else None,
        template=template,
        parameters=_pairs("--set", parameter),
        seed=random_seed() if seed is None else seed,
    )
    with Project.open(project, backends=backend or ()) as film:
        take = run(film.panel(panel).render(shot))
    console.out.print(str(take.path), markup=False, soft_wrap=True)


def _pairs(option: str, words: list[str] | None) -> dict[str, Any]:
    """`name=value` words as a dict; numbers, true, false and null are read as such.

    Raises:
        StudioError: a word without `=`.
    """
    pairs = {}
    for word in words or ():
        name, equals, text = word.partition("=")
        if not equals or not name.strip():
            raise StudioError(
                f"{word!r} is not NAME=VALUE", where=option, hint=f"For instance {option} steps=30."
            )
        pairs[name.strip()] = _value(text.strip())
    return pairs


def _value(text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, int | float | bool | str) or value is None else text
