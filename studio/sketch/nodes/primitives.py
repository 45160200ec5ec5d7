"""Plain values."""

from __future__ import annotations

from typing import Any

from studio.sketch.nodes.base import Input, flag, integer, node, number, text
from studio.sketch.run import NodeRun

LIMIT = 2**63 - 1


def _primitive(name: str, display: str, kind: str, value: Input) -> None:
    def give(run: NodeRun, *, value: Any) -> Any:
        return value

    node(name, category="utils/primitive", display=display, required={"value": value}, outputs=kind)(give)


_primitive("PrimitiveString", "String", "STRING", text(multiline=False))
_primitive("PrimitiveStringMultiline", "String (Multiline)", "STRING", text(multiline=True))
_primitive("PrimitiveInt", "Int", "INT", integer(None, -LIMIT, LIMIT, control_after_generate=True))
_primitive("PrimitiveFloat", "Float", "FLOAT", number(None, -LIMIT, LIMIT))
_primitive("PrimitiveBoolean", "Boolean", "BOOLEAN", flag())


@node(
    "StringConcatenate",
    category="utils/string",
    display="Concatenate",
    required={
        "string_a": text(multiline=True),
        "string_b": text(multiline=True),
        "delimiter": text("", multiline=False),
    },
    outputs="STRING",
)
def concatenate(run: NodeRun, *, string_a: str, string_b: str, delimiter: str) -> str:
    return delimiter.join((string_a, string_b))
