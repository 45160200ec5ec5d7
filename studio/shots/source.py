"""A shot as Python that a director reads and edits: the film, and what is changed of it, one line each."""

from __future__ import annotations

import html
import keyword
from collections.abc import Iterable, Mapping
from typing import Any

from studio.cinema import Angle, fields_of, preset
from studio.cinema.library import library
from studio.cinema.look import AnyLook
from studio.errors import ShotError
from studio.shot import Shot
from studio.shots.notebook import PARAMETERS_TAG, Cell, NotebookFile

RESERVED = frozenset(
    ["panel", "subject", "template", "seed", "look", "shot", "shots", "studio", "project", "take"]
)
"""Names that the cells use; a template's parameter of such a name stands in the shot itself."""

RENDER = """\
from studio import shots

project = shots.project()
take = await project.panel(panel).render(shot)"""
TAKE = "take"
_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
_NO_PART = ("filename_prefix",)


def notebook_of(shot: Shot, panel: str) -> NotebookFile:
    """The notebook of a shot: parameters, look, shot, render, take. The same shot gives the same bytes.

    Args:
        panel: The panel that gets the take.

    Raises:
        ShotError: the shot holds something that is no plain value.
    """
    parameters = {name: shot.parameters[name] for name in sorted(shot.parameters)}
    named = [name for name in parameters if _is_free(name)]
    lines = [
        f"panel = {literal(panel)}",
        f"subject = {literal(shot.subject)}",
        f"template = {literal(shot.template)}",
        *(f"{name} = {literal(parameters[name])}" for name in named),
        f"seed = {shot.seed}",
    ]
    cells = (
        _text("title", title_of(panel)),
        _code("parameters", "\n".join(lines), tags=[PARAMETERS_TAG]),
        _code("look", f"import studio\n\nlook = {look_source(shot.look)}"),
        _code("shot", f"shot = {_shot_source(shot, parameters, named)}"),
        _code("render", RENDER),
        _code("take", TAKE),
    )
    return NotebookFile(cells=cells, metadata=_METADATA)


def title_of(panel: str) -> str:
    """The text above a shot."""
    return (
        f"# {html.escape(' '.join(panel.replace('_', ' ').split()))}\n"
        "\n"
        "One shot: parameters, look, shot, render, take. Change the words and run the cells.\n"
        "`studio shot verify` says whether it still builds what its lock says, `studio shot lock` renews it."
    )


def look_source(look: AnyLook) -> str:
    """The look as a preset with changes, else field by field; keys of a newer studio are kept."""
    kind = f"studio.{type(look).__name__}"
    known = look.preset is not None and look.preset in library().presets
    base: AnyLook = preset(look.preset) if known and look.preset is not None else type(look)()
    if base.kind != look.kind:
        base, known = type(look)(), False
    start = f"studio.preset({literal(look.preset)})" if known else f"{kind}()"
    changes = {name: look.get(name) for name in fields_of(look.kind) if base.get(name) != look.get(name)}
    if base.replaced(changes) != look:  # it has keys that `with_` does not know
        return f"{kind}.model_validate({_block(look.model_dump(mode='json', exclude_none=True))})"
    words = {name.replace(".", "__"): _short(value) for name, value in changes.items()}
    return f"{start}.with_({_arguments(words)})" if words else start


def literal(value: Any) -> str:
    """A plain value as Python writes it; letters that can't be seen are written by number.

    Raises:
        ShotError: it is no plain value.
    """
    if isinstance(value, str):
        return f'"{"".join(map(_letter, value))}"'
    if value is None or isinstance(value, bool | int):
        return repr(value)
    if isinstance(value, float) and value == value and abs(value) != float("inf"):
        return repr(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{literal(str(key))}: {literal(value[key])}" for key in sorted(value)) + "}"
    raise ShotError(f"{value!r:.60} can't be written into a notebook", hint="Use texts and numbers.")


def _letter(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    if letter.isprintable():
        return letter
    if letter in "\n\t":
        return {"\n": "\\n", "\t": "\\t"}[letter]
    code = ord(letter)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _short(value: Any) -> str:
    """A look's value: 40 for 40.0, as a person says it."""
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e15
    return str(int(value)) if whole else literal(value)


def _arguments(words: Mapping[str, str]) -> str:
    return "\n" + "".join(f"    {name}={text},\n" for name, text in words.items())


def _block(table: Mapping[str, Any], depth: int = 0) -> str:
    """A table over several lines, a key each."""
    if not table:
        return "{}"
    indent = "    " * (depth + 1)
    lines = []
    for key, value in table.items():
        text = _block(value, depth + 1) if isinstance(value, Mapping) else literal(value)
        lines.append(f"{indent}{literal(str(key))}: {text},")
    return "\n".join(["{", *lines, "    " * depth + "}"])


def _shot_source(shot: Shot, parameters: Mapping[str, Any], named: Iterable[str]) -> str:
    words = {"look": "look", "subject": "subject"}
    if shot.angle is not None:
        words["angle"] = _angle_source(shot.angle)
    words["template"] = "template"
    if shot.target:
        words["target"] = literal(shot.target)
    if parameters:
        names = set(named)
        lines = [
            f"        {literal(name)}: {name if name in names else literal(value)},\n"
            for name, value in parameters.items()
        ]
        words["parameters"] = "{\n" + "".join(lines) + "    }"
    if shot.loras:
        lines = []
        for lora in shot.loras:
            table = lora.model_dump(mode="json", exclude_none=True)
            if not table.get("chain"):
                table.pop("chain", None)
            if all(map(str.isidentifier, table)):
                inner = ", ".join(f"{name}={literal(value)}" for name, value in table.items())
                lines.append(f"        studio.LoraChoice({inner}),\n")
            else:
                lines.append(f"        studio.LoraChoice.model_validate({literal(table)}),\n")
        words["loras"] = "[\n" + "".join(lines) + "    ]"
    if shot.images:
        lines = [f"        {literal(name)}: {literal(shot.images[name])},\n" for name in sorted(shot.images)]
        words["images"] = "{\n" + "".join(lines) + "    }"
    words["seed"] = "seed"
    extra = {key: value for key, value in (shot.model_extra or {}).items() if key not in _NO_PART}
    more = {key: extra[key] for key in sorted(extra)}
    if more:
        words["**"] = _block(more, 1)
    return f"studio.Shot({_arguments(words)})".replace("    **=", "    **")


def _angle_source(angle: Angle) -> str:
    if Angle.parse(angle.id) == angle:
        return f"studio.Angle.parse({literal(angle.id)})"
    return f"studio.Angle.model_validate({literal(angle.model_dump(mode='json'))})"


def _is_free(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name) and name not in RESERVED


def _text(id: str, source: str) -> Cell:
    return Cell(cell_type="markdown", id=id, source=source)


def _code(id: str, source: str, tags: list[str] | None = None) -> Cell:
    return Cell(cell_type="code", id=id, source=source, metadata={"tags": tags} if tags else {})
