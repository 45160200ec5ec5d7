"""The messages that the troubleshooting page explains are those that the studio really gives."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = CHECKOUT / "docs" / "troubleshooting.md"
SOURCES = [*(CHECKOUT / "studio").rglob("*.py"), *(CHECKOUT / "widgets").rglob("*.py"), CHECKOUT / "start.py"]


def messages() -> list[str]:
    """The quoted texts of each table's first column."""
    rows = re.findall(r"^\| (.*?) \| ", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return [text for row in rows for text in re.findall(r"`([^`]+)`", row)]


@pytest.fixture(scope="module")
def said() -> str:
    """Every text in the code."""
    nodes = (node for path in SOURCES for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return "\n".join(texts)


def test_there_are_messages() -> None:
    assert len(messages()) > 40


@pytest.mark.parametrize("message", messages())
def test_the_studio_says_so(message: str, said: str) -> None:
    pieces = [piece.strip() for piece in message.split("…") if len(piece.strip()) > 3]
    assert pieces
    assert [piece for piece in pieces if piece not in said] == []
