"""Writes `docs/reference/` from the docstrings: what can be called, with what, and what it may raise.

python tools/reference.py            writes the pages
python tools/reference.py --check    says which differ from the code, and fails if any does
"""

from __future__ import annotations

import argparse
import importlib
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import griffe
import typer.main

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

PAGES = ROOT / "docs" / "reference"
ROOMS = {
    "studio.cinema": "Looks, rules, presets, prompts",
    "studio.shot": "Shots",
    "studio.scene": "Scenes",
    "studio.workflow": "ComfyUI graphs and templates",
    "studio.render": "Backends, jobs, the farm",
    "studio.project": "Projects, panels, takes",
    "studio.pipeline": "Pipelines: takes that feed other shots",
    "studio.exchange": "Prints, lists, animatics, timelines; and in again",
    "studio.gallery": "The gallery",
    "studio.shots": "Shots as notebooks in git",
    "studio.access": "Roles, and what they may do",
    "studio.llm": "Prompts enriched by a language model",
    "studio.sketch": "The embedded backend",
    "studio.errors": "Errors",
    "widgets": "Widgets",
}
"""In the order of the index; a room that is not there is left out."""
NOTE = "<!-- Written by tools/reference.py from the docstrings: mend those, not this page. -->"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages, or compare them; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check: bool = parser.parse_args(arguments).check
    made = pages()
    there = {path.name: path.read_text(encoding="utf-8") for path in PAGES.glob("*.md")}
    differ = sorted(name for name in made.keys() | there.keys() if made.get(name) != there.get(name))
    if check:
        for name in differ:
            print(f"docs/reference/{name} is not what the code says; run: python tools/reference.py")
        return bool(differ)
    PAGES.mkdir(parents=True, exist_ok=True)
    for name in differ:
        if name in made:
            (PAGES / name).write_text(made[name], encoding="utf-8")
        else:
            (PAGES / name).unlink()
    print(f"docs/reference: {len(made)} pages, {len(differ)} changed")
    return 0


def pages() -> dict[str, str]:
    """Every page by its file's name."""
    loader = griffe.GriffeLoader(search_paths=[str(ROOT)])
    for package in ("studio", "widgets"):
        loader.load(package)
    loader.resolve_aliases(external=False)
    modules = loader.modules_collection
    found: dict[str, str] = {}
    index = [NOTE, "", "# Reference", "", "| room | what it holds |", "| --- | --- |"]
    for name, title in ROOMS.items():
        try:
            module = modules[name]
        except KeyError:
            continue
        page = f"{name.replace('.', '-')}.md"
        found[page] = room(module, title)
        index.append(f"| [`{name}`]({page}) | {title} |")
    found["commands.md"] = commands()
    index.append("| [`studio …`](commands.md) | The command line |")
    found["README.md"] = "\n".join([*index, "", *doors(modules["studio"], found), ""])
    return found


def doors(studio: griffe.Module, found: dict[str, str]) -> Iterator[str]:
    """The names of `studio` itself, each with the page that tells of it."""
    import studio as door

    yield "## Names of `studio` itself"
    yield ""
    for module, names in door._DOORS.items():
        page = f"{module.replace('.', '-')}.md"
        if page in found:
            yield f"- [`{module}`]({page}): " + ", ".join(f"`studio.{name}`" for name in names)


def room(module: griffe.Module, title: str) -> str:
    """The page of one package or module."""
    lines = [NOTE, "", f"# `{module.path}`: {title[0].lower() + title[1:]}", "", *opening(module), ""]
    for name in public_names(module):
        thing = definition(module, name)
        if thing is not None:
            lines += list(one(name, thing))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"


def opening(module: griffe.Module) -> Iterator[str]:
    """The module's docstring; what is laid out in columns stays so."""
    text = module.docstring.value if module.docstring else ""
    first, _, rest = text.partition("\n\n")
    yield first
    if rest:
        yield ""
        yield "```text"
        yield rest.rstrip()
        yield "```"


def public_names(module: griffe.Module) -> list[str]:
    """Those of `__all__`, else what the module itself defines without an underscore, in its order."""
    stated = getattr(importlib.import_module(module.path), "__all__", None)
    if stated is not None:
        return sorted(stated, key=str.lower)
    return [
        name
        for name, member in module.members.items()
        if not name.startswith("_") and not member.is_alias and (member.is_class or member.is_function)
    ]


def definition(module: griffe.Module, name: str) -> griffe.Object | None:
    """Where a public name is defined, however lazily its package imports it; None for a plain value."""
    value = getattr(importlib.import_module(module.path), name)
    home, qualified = getattr(value, "__module__", ""), getattr(value, "__qualname__", "")
    if not qualified or not home.startswith(("studio", "widgets")):
        return None
    found: Any = module.modules_collection[f"{home}.{qualified}"]
    target: griffe.Object = found.final_target if found.is_alias else found
    return target


def one(name: str, thing: griffe.Object) -> Iterator[str]:
    """A class, function or value."""
    yield f"## `{name}`"
    yield ""
    if isinstance(thing, griffe.Function):
        yield f"`{signature(thing)}`"
        yield ""
    elif isinstance(thing, griffe.Class) and thing.bases:
        bases = ", ".join(f"`{base}`" for base in thing.bases)
        yield f"A kind of {bases}."
        yield ""
    yield from sections(thing)
    if isinstance(thing, griffe.Class):
        for member in members(thing):
            if isinstance(member, griffe.Function):
                yield f"**`{signature(member)}`**"
            else:
                yield f"**`{member.name}`**{annotation(member)}"
            yield ""
            yield from sections(member)


def members(thing: griffe.Class) -> Iterator[griffe.Object]:
    """What can be used of a class: its own and what it has from bases of ours, with a docstring."""
    for name, found in sorted(thing.all_members.items()):
        member: Any = found
        if member.is_alias:
            member = member.final_target
        if name.startswith("_") or not member.docstring or not member.path.startswith(("studio", "widgets")):
            continue
        if isinstance(member, griffe.Function | griffe.Attribute):
            yield member


def signature(function: griffe.Function) -> str:
    """How it is called, without `self`."""
    text = function.signature()
    text = re.sub(r"\((self|cls)(, |(?=\)))", "(", text)
    text = re.sub(r"\s+", " ", text)
    return f"await {text}" if "async" in function.labels else text


def annotation(member: griffe.Object) -> str:
    """The type of an attribute or property."""
    found = getattr(member, "annotation", None)
    return f": `{found}`" if found is not None else ""


def sections(thing: griffe.Object) -> Iterator[str]:
    """The docstring, as Markdown."""
    if not thing.docstring:
        return
    for section in thing.docstring.parse("google", warnings=False):
        value: Any = section.value
        match section.kind.value:
            case "text":
                yield value
            case "parameters" | "attributes":
                for item in value:
                    yield f"- `{item.name}`: {flat(item.description)}"
            case "raises":
                for item in value:
                    yield f"- raises `{item.annotation}`: {flat(item.description)}"
            case "returns" | "yields":
                yield "Gives: " + "; ".join(flat(item.description) for item in value)
            case "admonition":
                yield flat(value.description)
            case _:
                yield from (line for line in str(value).splitlines())
        yield ""


def flat(text: str) -> str:
    """On one line."""
    return " ".join(text.split())


def commands() -> str:
    """The command line, from the commands themselves."""
    from studio.cli import app

    lines = [NOTE, "", "# The command line", ""]
    lines += ["In a checkout: `python3 start.py …`; after installation: `studio …`.", ""]
    for name, command in sorted(walk("studio", typer.main.get_command(app))):
        if not hasattr(command, "commands"):
            lines += list(command_lines(name, command))
    return "\n".join(lines).rstrip() + "\n"


def walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    """Every command below one, by its whole name."""
    yield name, command
    for word, found in getattr(command, "commands", {}).items():
        if not found.hidden:
            yield from walk(f"{name} {word}", found)


def command_lines(name: str, command: Any) -> Iterator[str]:
    """One command with its arguments and options."""
    yield f"## `{name}`"
    yield ""
    yield re.sub(r"[ \t]*\n(?=\S)", " ", (command.help or "").replace("\b\n", "")).strip()
    yield ""
    for parameter in command.params:
        shown = " ".join(f"`{option}`" for option in (*parameter.opts, *parameter.secondary_opts))
        if parameter.param_type_name == "argument":
            shown = f"`{(parameter.metavar or parameter.name).upper()}`"
        text = getattr(parameter, "help", None) or ""
        yield f"- {shown}{': ' + flat(text) if text else ''}"
    yield ""


if __name__ == "__main__":
    sys.exit(main())
