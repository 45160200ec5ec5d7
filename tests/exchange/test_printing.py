"""The printed storyboard, read and looked at again."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pypdfium2
import pytest

from studio.errors import ExportCancelled, ProjectError
from studio.exchange import Print, Task, write_pdf
from studio.exchange.sheetpage import plain
from studio.project import Project


def pages(path: Path) -> list[str]:
    document = pypdfium2.PdfDocument(path)
    return [page.get_textpage().get_text_range() for page in document]


def test_it_has_pictures_notes_ratings_and_page_numbers(project: Project, tmp_path: Path) -> None:
    printed = write_pdf(project, tmp_path / "board.pdf")
    (text,) = pages(printed.path)
    assert printed.pages == 1 and printed.problems == ()
    for words in ("The Last Ferry", "Harbour at dawn", "★★★★", "v002", "2.5 s", "a clerk counts", "1 / 1"):
        assert words in text
    assert "Fog" in text and "**" not in text
    assert "Blade Runner 2049" in text and "=1+1" in text
    document = pypdfium2.PdfDocument(printed.path)
    assert document[0].get_size() == pytest.approx((841.9, 595.3), abs=0.3)
    assert sum(1 for item in document[0].get_objects() if item.type == 3) == 2  # pictures


def test_every_script_is_embedded(project: Project, tmp_path: Path) -> None:
    words = "霧の港 안개 雾 | Ελλάς Привет | ضباب في الميناء | ערפל | धुंध | หมอก | 🎬🌫😀"
    project.board.change({"Empty": {"notes": words}}, label="Notes")
    printed = write_pdf(project, tmp_path / "board.pdf", layout=Print(across=1, landscape=False))
    assert printed.problems == ()
    text = "".join(pages(printed.path))
    for word in ("霧の港", "안개", "Ελλάς", "Привет", "धुंध", "หมอก"):
        assert word in text
    data = printed.path.read_bytes()
    assert data.count(b"/FontFile") >= 6


def test_letters_that_no_font_has_are_told(project: Project, tmp_path: Path) -> None:
    project.board.change({"Empty": {"notes": "\U000e9999 here"}}, label="Notes")
    (problem,) = write_pdf(project, tmp_path / "board.pdf").problems
    assert "\U000e9999" in problem


@pytest.mark.parametrize("across", range(1, 7))
@pytest.mark.parametrize(("paper", "landscape"), [("letter", False), ("A4", True), ((120.0, 200.0), False)])
def test_every_layout_holds_all_panels_inside_the_page(
    across: int, paper: str, landscape: bool, project: Project, tmp_path: Path
) -> None:
    board = project.board
    with board.edit("Many"):
        board.change({"Harbour": {"notes": "Fog"}}, label="Plain letters, which need no other font")
        for number in range(9):
            board.add(
                f"P{number}", notes="A long note about the sea and the ship. " * (8 if number == 4 else 1)
            )
    printed = write_pdf(
        project, tmp_path / "board.pdf", layout=Print(paper=paper, landscape=landscape, across=across)
    )
    texts = pages(printed.path)
    assert len(texts) == printed.pages
    assert all(f"P{number}" in "".join(texts) for number in range(9))
    for page in pypdfium2.PdfDocument(printed.path):
        width, height = page.get_size()
        seen = np.asarray(page.render(scale=1).to_pil().convert("L"))
        edge = 20  # points: nothing is drawn in the margin
        inner = seen[edge : int(height) - edge, edge : int(width) - edge]
        assert seen[:edge].min() > 250 and seen[-edge:].min() > 250
        assert seen[:, :edge].min() > 250 and seen[:, -edge:].min() > 250
        assert inner.min() < 100


def test_what_is_not_wanted_is_left_out(project: Project, tmp_path: Path) -> None:
    layout = Print(notes=False, metadata=False, ratings=False, numbers=False, title="Act one")
    (text,) = pages(write_pdf(project, tmp_path / "a.pdf", panels=["Harbour"], layout=layout).path)
    assert "Act one" in text and "Harbour at dawn" in text
    for words in ("★", "Fog", "Blade", "1 / 1", "Clerk"):
        assert words not in text


@pytest.mark.parametrize(
    "layout", [Print(paper="B9"), Print(across=7), Print(across=0), Print(paper=(1.0, 1.0)), Print(dpi=9)]
)
def test_what_can_not_be_is_refused(layout: Print, project: Project, tmp_path: Path) -> None:
    with pytest.raises(ProjectError):
        write_pdf(project, tmp_path / "a.pdf", layout=layout)
    with pytest.raises(ProjectError, match="no panel to print"):
        write_pdf(project, tmp_path / "a.pdf", panels=[])


def test_it_can_be_stopped_and_a_broken_take_is_told(project: Project, tmp_path: Path) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(ExportCancelled):
        write_pdf(project, tmp_path / "a.pdf", task=Task(cancel=cancel))
    assert not (tmp_path / "a.pdf").exists()
    take = project.panel("Clerk").takes[0].path
    take.write_bytes(take.read_bytes()[:50])
    (problem,) = write_pdf(project, tmp_path / "a.pdf").problems
    assert "Clerk" in problem


def test_marks_of_markdown_are_not_printed() -> None:
    text = "# Head\n\n**bold** and *soft* [link](http://x) `code`\n- item\n> quote\n2 * 3 * 4"
    assert plain(text) == "Head\n\nbold and soft link code\n• item\nquote\n2 * 3 * 4"
