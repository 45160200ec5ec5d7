"""Conditions of a pipeline: a small language of comparisons and sums over what is known of a take.

    rating >= 4 and kind == "image"
    width * height > 1e6 or "rain" in subject

It can read the names it is given and nothing else: no attributes, no calls but the few listed here, no loops,
and no number or text that grows without bound. It is parsed into a tree and walked; nothing is executed.
"""

from __future__ import annotations

import ast
import difflib
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from studio.errors import PipelineError

MAX_LENGTH = 500
"""Letters of an expression."""

MAX_DEPTH = 40
"""Brackets and operators inside one another."""

LARGEST = 2**128
"""No number gets larger: seeds fit, and nothing can be made to take for ever."""

Value = int | float | str | bool | None | list[Any]

_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "abs": (1, abs),
    "round": (1, round),
    "floor": (1, math.floor),
    "ceil": (1, math.ceil),
    "len": (1, len),
    "lower": (1, lambda text: _text(text).lower()),
    "startswith": (2, lambda text, start: _text(text).startswith(_text(start))),
    "endswith": (2, lambda text, end: _text(text).endswith(_text(end))),
    "min": (2, min),
    "max": (2, max),
}


@dataclass(frozen=True)
class Expression:
    """An expression, checked when it is made.

    Raises:
        PipelineError: it is no expression of this language; the message shows the place.
    """

    text: str

    def __post_init__(self) -> None:
        _check(self._tree(), self.text, 0)

    @property
    def names(self) -> frozenset[str]:
        """The facts that it asks for."""
        tree = self._tree()
        called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        return frozenset(
            node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called
        )

    def value(self, facts: Mapping[str, Any]) -> Any:
        """What it comes to.

        A fact that is None is not known: comparing it gives False, and so does anything computed from it.

        Raises:
            PipelineError: a name is not among `facts`, or an operation does not fit its values.
        """
        return _Walk(self.text, facts).value(self._tree())

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Whether it is true of these facts."""
        return bool(self.value(facts))

    def _tree(self) -> ast.expr:
        if len(self.text) > MAX_LENGTH:
            raise _wrong("it is too long", self.text, hint=f"At most {MAX_LENGTH} letters.")
        try:
            return ast.parse(self.text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            column = getattr(error, "offset", None)
            place = f" at letter {column}" if column else ""
            raise _wrong(f"it can't be read{place}", self.text) from None


class _Walk:
    def __init__(self, text: str, facts: Mapping[str, Any]) -> None:
        self.text = text
        self.facts = facts

    def value(self, node: ast.expr) -> Any:
        try:
            return self._bounded(self._of(node))
        except (TypeError, ValueError, ArithmeticError) as error:
            raise _wrong(f"{ast.unparse(node)!r} does not work: {error}", self.text) from None

    def _of(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return self._fact(name)
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                return [self.value(element) for element in elements]
            case ast.BoolOp(op=op, values=values):
                return self._either(values, until=isinstance(op, ast.Or))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return not self.value(operand)
            case ast.UnaryOp(operand=operand):
                value = self.value(operand)
                return None if value is None else -_number(value)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self.value(body if self.value(test) else orelse)
            case ast.Compare():
                return self._compare(node)
            case ast.BinOp(left=left, op=op, right=right):
                return self._arithmetic(op, self.value(left), self.value(right))
            case ast.Call(func=ast.Name(id=name), args=args):
                values = [self.value(argument) for argument in args]
                return None if None in values else _FUNCTIONS[name][1](*values)
        raise _wrong(f"{ast.unparse(node)!r} is not part of the language", self.text)

    def _either(self, values: list[ast.expr], *, until: bool) -> Any:
        """The first that decides, as in Python: the rest is not asked."""
        value = None
        for node in values:
            value = self.value(node)
            if bool(value) is until:
                break
        return value

    def _fact(self, name: str) -> Any:
        if name not in self.facts:
            near = difflib.get_close_matches(name, self.facts, 1)
            known = ", ".join(sorted(self.facts)) or "nothing"
            raise _wrong(
                f"{name!r} is not known here",
                self.text,
                hint=f"Did you mean {near[0]!r}?" if near else f"Known: {known}.",
            )
        return self.facts[name]

    def _compare(self, node: ast.Compare) -> bool:
        left = self.value(node.left)
        for op, right_node in zip(node.ops, node.comparators, strict=True):
            right = self.value(right_node)
            if isinstance(op, ast.In | ast.NotIn):
                holds = right is not None and (left in right) is isinstance(op, ast.In)
            elif isinstance(op, ast.Eq | ast.NotEq):
                holds = _COMPARE[type(op)](left, right)
            else:
                holds = left is not None and right is not None and _COMPARE[type(op)](left, right)
            if not holds:
                return False
            left = right
        return True

    def _arithmetic(self, op: ast.operator, left: Any, right: Any) -> Any:
        if left is None or right is None:
            return None
        if isinstance(op, ast.Add) and isinstance(left, str) and isinstance(right, str):
            return left + right
        return _ARITHMETIC[type(op)](_number(left), _number(right))

    def _bounded(self, value: Any) -> Any:
        if isinstance(value, int | float) and abs(value) > LARGEST:
            raise _wrong("a number gets too large", self.text)
        return value


def _check(node: ast.expr, text: str, depth: int) -> None:
    """Refuse what the language does not have, before anything is asked."""
    if depth > MAX_DEPTH:
        raise _wrong("it is nested too deep", text)
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None):
            children: list[ast.expr] = []
        case ast.Name():
            children = []
        case ast.List(elts=children) | ast.Tuple(elts=children) | ast.BoolOp(values=children):
            pass
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            children = [operand]
        case ast.IfExp(test=test, body=body, orelse=orelse):
            children = [test, body, orelse]
        case ast.Compare(left=left, ops=ops, comparators=others) if all(
            type(op) in _COMPARE or isinstance(op, ast.In | ast.NotIn) for op in ops
        ):
            children = [left, *others]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            children = [left, right]
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            count = _FUNCTIONS[name][0]
            if len(args) != count:
                raise _wrong(f"{name} takes {count} value(s)", text)
            children = args
        case _:
            raise _wrong(
                f"{ast.unparse(node)!r} is not part of the language",
                text,
                hint=f"There are comparisons, and, or, not, sums, and {', '.join(_FUNCTIONS)}.",
            )
    for child in children:
        _check(child, text, depth + 1)


def _number(value: Any) -> int | float:
    if isinstance(value, int | float):
        return value
    raise TypeError(f"{value!r} is no number")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise TypeError(f"{value!r} is no text")


def _wrong(why: str, text: str, hint: str = "") -> PipelineError:
    return PipelineError(f"the condition {text[:MAX_LENGTH]!r} can't be used: {why}", hint=hint)
