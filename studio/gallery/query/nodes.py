"""A search as a tree; every node writes itself back as text, and says in words what it finds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from studio.gallery.query.fields import FIELDS, FLAGS

_SAYS = {":": "has", "=": "is", ">": "over", ">=": "at least", "<": "under", "<=": "at most"}
_SAYS_DATE = {":": "on", "=": "on", ">": "after", ">=": "since", "<": "before", "<=": "until"}


@dataclass(frozen=True)
class Item:
    """A value as it was written; in quotes it is meant as it stands."""

    text: str
    quoted: bool = False

    def __str__(self) -> str:
        return quote(self.text) if self.quoted else self.text


@dataclass(frozen=True)
class Everything:
    """The empty search: all rows."""

    def __str__(self) -> str:
        return ""

    def explain(self) -> str:
        """In words."""
        return "everything"


@dataclass(frozen=True)
class Words:
    """A word, or with quotes a phrase, anywhere."""

    item: Item

    def __str__(self) -> str:
        return str(self.item)

    def explain(self) -> str:
        """In words."""
        if self.item.quoted:
            return f"“{self.item.text}”"
        wild = "*" in self.item.text or "?" in self.item.text
        return f"words {'like' if wild else 'beginning'} “{self.item.text}”"


@dataclass(frozen=True)
class Test:
    """A field compared with any of some values."""

    field: str
    operator: str
    items: tuple[Item, ...]

    def __str__(self) -> str:
        return f"{self.field}{self.operator}{','.join(map(str, self.items))}"

    def explain(self) -> str:
        """In words."""
        field = FIELDS[self.field]
        values = " or ".join(f"“{item.text}”" if item.quoted else item.text for item in self.items)
        if field.kind == "flag":
            return " or ".join(FLAGS.get(item.text, item.text) for item in self.items)
        if field.kind == "presence":
            names = " or ".join(FIELDS[item.text].name for item in self.items)
            return f"{'with' if self.field == 'has' else 'without'} {names}"
        if field.kind == "same":
            return {"yes": "duplicates", "no": "no duplicates"}.get(values, f"duplicates of group {values}")
        if field.kind == "date":
            return f"{field.name} {_SAYS_DATE[self.operator]} {values}".replace("date ", "")
        exact = self.operator == ":" and field.kind not in ("text",)
        return f"{field.name} {'is' if exact else _SAYS[self.operator]} {values}"


@dataclass(frozen=True)
class Not:
    """All rows but those."""

    node: Node

    def __str__(self) -> str:
        return f"-{_inner(self.node)}"

    def explain(self) -> str:
        """In words."""
        return f"not {_bracketed(self.node)}"


@dataclass(frozen=True)
class And:
    """Rows that all of them find."""

    nodes: tuple[Node, ...]

    def __str__(self) -> str:
        return " ".join(f"({node})" if isinstance(node, Or) else str(node) for node in self.nodes)

    def explain(self) -> str:
        """In words."""
        return ", ".join(_bracketed(node) if isinstance(node, Or) else node.explain() for node in self.nodes)


@dataclass(frozen=True)
class Or:
    """Rows that any of them finds."""

    nodes: tuple[Node, ...]

    def __str__(self) -> str:
        return " or ".join(map(str, self.nodes))

    def explain(self) -> str:
        """In words."""
        return " or ".join(
            _bracketed(node) if isinstance(node, And) else node.explain() for node in self.nodes
        )


Node: TypeAlias = Everything | Words | Test | Not | And | Or


def quote(text: str) -> str:
    """`text` in quotes, as the parser reads it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def both(nodes: Iterable[Node]) -> Node:
    """All of `nodes`; one alone stays itself, and nested ones are laid flat."""
    flat: list[Node] = []
    for node in nodes:
        flat.extend(node.nodes if isinstance(node, And) else [] if isinstance(node, Everything) else [node])
    return Everything() if not flat else flat[0] if len(flat) == 1 else And(tuple(flat))


def either(nodes: Iterable[Node]) -> Node:
    """Any of `nodes`, of which there is one at least."""
    flat: list[Node] = []
    for node in nodes:
        if isinstance(node, Everything):
            return node
        flat.extend(node.nodes if isinstance(node, Or) else [node])
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def negation(node: Node) -> Node:
    """Not `node`; twice is `node` again."""
    return node.node if isinstance(node, Not) else Not(node)


def _inner(node: Node) -> str:
    return f"({node})" if isinstance(node, And | Or) else str(node)


def _bracketed(node: Node) -> str:
    return f"({node.explain()})" if isinstance(node, And | Or) else node.explain()
