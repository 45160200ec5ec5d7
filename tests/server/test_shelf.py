"""The projects that a server has open: how many, and for whom."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.access import Access
from studio.project import Project
from studio.server import shelf as shelves
from studio.server.roots import Roots
from studio.server.shelf import Opened, Shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    for name in ("first", "second"):
        Project.open(tmp_path / name).close()
    found = Shelf(Roots.of([tmp_path]), tmp_path)
    yield found
    found.close()


def test_the_one_asked_for_stays_open_though_all_others_are_busy(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "MOST", 1)
    monkeypatch.setattr(Opened, "busy", property(lambda opened: opened.address == "first"))
    closed: list[str] = []
    monkeypatch.setattr(Opened, "close", lambda opened: closed.append(opened.address))
    shelf.open("first", Access())
    second = shelf.open("second", Access())
    assert closed == []
    assert shelf.open("second", Access()) is second


def test_the_one_longest_not_asked_for_is_closed(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "MOST", 1)
    closed: list[str] = []
    monkeypatch.setattr(Opened, "close", lambda opened: closed.append(opened.address))
    shelf.open("first", Access())
    shelf.open("second", Access())
    assert closed == ["first"]


def test_what_one_person_leaves_is_not_signed_with_another_ones_name(shelf: Shelf) -> None:
    for user in ("ada", "ben", "ada"):
        assert shelf.open("first", Access(user=user)).project.access.user == user
    assert shelf.open("first", Access(user="ada")) is shelf.open("first", Access(user="ada"))
