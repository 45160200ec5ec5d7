"""A director's Python read without running it: assignments of plain values, looks, angles and shots.

`git diff` and `studio shot verify` read shots of branches that nobody has looked at yet, so nothing of them
is run. What is understood here is what a shot needs: names given to texts, numbers, lists and tables,
arithmetic and f-strings, `studio.preset(…)`, `.with_(…)`, `studio.Angle.parse(…)`, `studio.Shot(…)` and their
like. A cell that does more than that says so by `ComputedShot`, with its line.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from studio.cinema import Angle, AnimationConfig, LiveActionConfig, preset
from studio.errors import ComputedShot, NotebookError
from studio.shot import Shot
from studio.workflow import LoraChoice

_FLAGS = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT

LARGEST = 1_000_000
"""Letters and entries of one value with all that it holds: a hostile notebook must not fill the memory."""

LARGEST_NUMBER = 10**40


@dataclass(frozen=True)
class _Module:
    """A module that a cell imported; `names` are what may be used of it."""

    names: Mapping[str, Any]


_STUDIO = _Module(
    {
        "Angle": Angle,
        "AnimationConfig": AnimationConfig,
        "LiveActionConfig": LiveActionConfig,
        "LoraChoice": LoraChoice,
        "Shot": Shot,
        "preset": preset,
    }
)
_CLASSES: dict[type[Any], tuple[str, ...]] = {
    Angle: ("parse", "model_validate"),
    AnimationConfig: ("model_validate",),
    LiveActionConfig: ("model_validate",),
    LoraChoice: ("model_validate",),
    Shot: ("model_validate",),
}
"""What may be called, and its class methods."""

_VALUES = (Shot, LiveActionConfig, AnimationConfig)
"""What has `with_`."""

_BUILTINS: dict[str, Any] = {"dict": dict}

_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}


def parse_cell(source: str, *, path: Any = "", cell: str = "") -> ast.Module:
    """The cell's syntax tree; top-level `await` is fine, as it is in a notebook.

    Raises:
        NotebookError: it is no Python; the line is named.
        ComputedShot: it holds IPython's magics.
    """
    for number, line in enumerate(source.splitlines(), 1):
        if line.startswith(("%", "!")):
            raise ComputedShot("is no plain Python", path=path, cell=cell, line=number)
    try:
        tree: ast.Module = compile(source, "cell", "exec", flags=_FLAGS, dont_inherit=True)
    except SyntaxError as error:
        raise NotebookError(
            f"is no Python ({error.msg})",
            path=path,
            cell=cell,
            line=error.lineno or 0,
            hint="Mend that line.",
        ) from error
    except (ValueError, RecursionError, MemoryError) as error:  # NUL, nested too deep
        raise NotebookError(f"is no Python ({error})", path=path, cell=cell, hint="Mend it.") from error
    return tree


def assigned_names(tree: ast.Module) -> list[str]:
    """Names that the statements of a cell assign at its top, in order."""
    names = []
    for statement in tree.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets = [statement.target]
        names += [target.id for target in targets if isinstance(target, ast.Name)]
    return names


def gives_shot(source: str) -> bool:
    """Whether a cell gives the name `shot`; one that is no Python gives none."""
    try:
        return "shot" in assigned_names(parse_cell(source))
    except NotebookError:
        return False


class Reader:
    """Reads cells one after the other; `names` holds what they have given names to."""

    def __init__(self, *, path: Any = "") -> None:
        self.names: dict[str, Any] = {}
        self.path = path
        self._cell = ""

    def read(self, source: str, *, cell: str) -> list[str]:
        """Read one cell.

        Returns:
            The names that it gave.

        Raises:
            NotebookError: it is no Python.
            ComputedShot: it does more than can be read.
            LookError, ShotError: a look or shot that can't be.
        """
        self._cell = cell
        tree = parse_cell(source, path=self.path, cell=cell)
        try:
            for statement in tree.body:
                self._statement(statement)
        except RecursionError as error:
            raise self._refuse(tree, "what is nested this deep") from error
        return assigned_names(tree)

    def _refuse(self, node: ast.AST, what: str) -> ComputedShot:
        return ComputedShot(
            f"{what} can't be read without running it",
            path=self.path,
            cell=self._cell,
            line=getattr(node, "lineno", 0),
            hint="Write the shot with plain values, `studio.preset(…)`, `.with_(…)` and `studio.Shot(…)`.",
        )

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Import(names=aliases):
                for alias in aliases:
                    if alias.name != "studio":
                        raise self._refuse(node, f"import of {alias.name}")
                    self.names[alias.asname or "studio"] = _STUDIO
            case ast.ImportFrom(module="studio", level=0, names=aliases):
                for alias in aliases:
                    if alias.name not in _STUDIO.names:
                        raise self._refuse(node, f"studio.{alias.name}")
                    self.names[alias.asname or alias.name] = _STUDIO.names[alias.name]
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self.names[name] = self._value(value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                self.names[name] = self._value(value)
            case ast.Expr(value=ast.Constant() | ast.Name()):
                pass  # a comment in the form of a text, or a name that is shown
            case _:
                raise self._refuse(node, _word(node))

    def _value(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=str() | int() | float() | None as value):
                return value
            case ast.Name(id=name):
                if name in self.names:
                    return self.names[name]
                if name in _BUILTINS:
                    return _BUILTINS[name]
                raise NotebookError(
                    f"nothing is called {name} here",
                    path=self.path,
                    cell=self._cell,
                    line=node.lineno,
                    hint="Is it given in a cell above?",
                )
            case ast.List(elts=parts):
                return self._bounded(node, [self._value(part) for part in parts])
            case ast.Tuple(elts=parts):
                return self._bounded(node, tuple(self._value(part) for part in parts))
            case ast.Dict():
                return self._bounded(node, self._table(node))
            case ast.JoinedStr(values=parts):
                return self._bounded(node, "".join(self._piece(part) for part in parts))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self._number(operand)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self._number(operand)
            case ast.BinOp():
                return self._sum(node)
            case ast.Attribute(value=inner, attr=name):
                return self._member(node, self._value(inner), name)
            case ast.Call():
                return self._call(node)
            case _:
                raise self._refuse(node, _word(node))

    def _table(self, node: ast.Dict) -> dict[Any, Any]:
        table: dict[Any, Any] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                table.update(self._mapping(value))
                continue
            name = self._value(key)
            if not isinstance(name, str):
                raise self._refuse(key, "a key that is no text")
            table[name] = self._value(value)
        return table

    def _mapping(self, node: ast.expr) -> Mapping[str, Any]:
        value = self._value(node)
        if not isinstance(value, Mapping):
            raise self._refuse(node, "** of what is no table")
        return value

    def _piece(self, node: ast.expr) -> str:
        match node:
            case ast.Constant(value=str() as text):
                return text
            case ast.FormattedValue(value=inner, conversion=-1, format_spec=None):
                value = self._value(inner)
                if isinstance(value, str | int | float):
                    return str(value)
        raise self._refuse(node, "this part of an f-string")

    def _number(self, node: ast.expr) -> Any:
        value = self._value(node)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._refuse(node, "arithmetic with what is no number")
        return value

    def _sum(self, node: ast.BinOp) -> Any:
        left, right = self._value(node.left), self._value(node.right)
        known = _ARITHMETIC.get(type(node.op))
        numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in (left, right))
        texts = isinstance(node.op, ast.Add) and isinstance(left, str) and isinstance(right, str)
        if known is None or not (numbers or texts):
            raise self._refuse(node, "this arithmetic")
        try:
            return self._bounded(node, known(left, right))
        except (ArithmeticError, ValueError) as error:
            raise NotebookError(
                str(error), path=self.path, cell=self._cell, line=node.lineno, hint="Mend that line."
            ) from error

    def _bounded(self, node: ast.expr, value: Any) -> Any:
        if _weight(value, LARGEST) > LARGEST or (isinstance(value, int) and abs(value) > LARGEST_NUMBER):
            raise self._refuse(node, "a value of this size")
        return value

    def _member(self, node: ast.Attribute, owner: Any, name: str) -> Any:
        if isinstance(owner, _Module) and name in owner.names:
            return owner.names[name]
        if isinstance(owner, type) and name in _CLASSES.get(owner, ()):
            return getattr(owner, name)
        if isinstance(owner, BaseModel) and name in type(owner).model_fields:
            return getattr(owner, name)
        if isinstance(owner, _VALUES) and name == "with_":
            return owner.with_
        raise self._refuse(node, f".{name}")

    def _call(self, node: ast.Call) -> Any:
        function = self._value(node.func)
        plain = (
            function is dict or function is preset or (isinstance(function, type) and function in _CLASSES)
        )
        method = getattr(function, "__name__", "") in ("with_", "parse", "model_validate") and isinstance(
            getattr(function, "__self__", None), (*_VALUES, type)
        )  # nothing else comes out of `_member`
        if not (plain or method):
            raise self._refuse(node, "this call")
        words: dict[str, Any] = {}
        for keyword in node.keywords:
            words.update(
                self._mapping(keyword.value)
                if keyword.arg is None
                else {keyword.arg: self._value(keyword.value)}
            )
        values = list(self._values(node.args))
        if function is dict and not all(isinstance(value, Mapping) for value in values):
            raise self._refuse(node, "this call")
        try:
            return self._bounded(node, function(*values, **words))
        except TypeError as error:
            raise NotebookError(
                str(error), path=self.path, cell=self._cell, line=node.lineno, hint="Mend that line."
            ) from error
        except ValueError as error:  # pydantic's, of what has no errors of its own
            raise NotebookError(
                str(error).splitlines()[0],
                path=self.path,
                cell=self._cell,
                line=node.lineno,
                hint="Mend that line.",
            ) from error

    def _values(self, nodes: list[ast.expr]) -> Iterator[Any]:
        for node in nodes:
            if isinstance(node, ast.Starred):
                raise self._refuse(node, "*")
            yield self._value(node)


def _weight(value: Any, limit: int) -> int:
    """Letters and entries of a value; more than `limit` is not counted to its end."""
    weight = 1 + (len(value) if isinstance(value, str) else 0)
    parts: Iterable[Any] = ()
    if isinstance(value, Mapping):
        parts = (*value.keys(), *value.values())
    elif isinstance(value, list | tuple):
        parts = value
    for part in parts:
        if weight > limit:
            break
        weight += _weight(part, limit - weight)
    return weight


def _word(node: ast.AST) -> str:
    """What a piece of Python is called."""
    return _WORDS.get(type(node), f"a piece of code ({type(node).__name__})")


_WORDS: dict[type[ast.AST], str] = {
    ast.For: "a loop",
    ast.While: "a loop",
    ast.If: "a condition",
    ast.IfExp: "a condition",
    ast.FunctionDef: "a function",
    ast.AsyncFunctionDef: "a function",
    ast.ClassDef: "a class",
    ast.With: "a with block",
    ast.ImportFrom: "an import",
    ast.ListComp: "a loop",
    ast.DictComp: "a loop",
    ast.Lambda: "a function",
    ast.Await: "await",
    ast.Subscript: "[…]",
    ast.Expr: "a call on its own",
    ast.AugAssign: "a change of a value",
}
