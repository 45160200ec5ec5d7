"""The tables in the documentation say what the code does."""

from __future__ import annotations

from tools.workflow_table import PAGE, page


def test_the_page_is_up_to_date() -> None:
    text = PAGE.read_text("utf-8")
    assert page(text) == text, "Run: python tools/workflow_table.py --write"
