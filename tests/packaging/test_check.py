"""`start.py test` itself: every check runs, what failed is named, and Chromium is there or asked for."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tools import browser, check


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Programs that would have run; mypy and lint-imports fail."""
    made: list[list[str]] = []

    def call(command: list[str], **_: object) -> int:
        made.append(command)
        return int(Path(command[0]).name in ("mypy", "lint-imports"))

    monkeypatch.setattr(check.subprocess, "call", call)
    monkeypatch.setattr(check, "find_chromium", lambda: Path("chromium"))
    monkeypatch.setenv("PATH", os.environ["PATH"])
    return made


def test_all_checks_run_and_the_failed_are_named(
    calls: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert check.main([]) == 1
    assert [Path(command[0]).name for command in calls] == ["ruff", "ruff", "mypy", "lint-imports"]
    assert capsys.readouterr().out.endswith("Failed: types, package order. The tests were not run.\n")


def test_tests_come_last_with_the_arguments(calls: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "CHECKS", {})
    monkeypatch.setattr(check, "FAILED", Path("nothing"))
    monkeypatch.setattr(check.subprocess, "call", lambda command: calls.append(command) or 5)
    assert check.main(["-k", "seeds"]) == 5
    assert calls == [[sys.executable, "-m", "pytest", *check.TOGETHER, "-k", "seeds"]]


@pytest.mark.parametrize(("second", "words"), [(0, "UNSTEADY, to be mended: tests/a.py::one"), (1, "")])
def test_what_failed_is_run_once_more_alone_and_named(
    second: int,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    noted = tmp_path / "lastfailed"
    codes = [1, second]
    ran: list[list[str]] = []

    def call(command: list[str]) -> int:
        ran.append(command[3:])
        noted.write_text('{"tests/a.py::one": true}', encoding="utf-8")
        return codes.pop(0)

    monkeypatch.setattr(check, "CHECKS", {})
    monkeypatch.setattr(check, "FAILED", noted)
    monkeypatch.setattr(check, "find_chromium", lambda: Path("chromium"))
    monkeypatch.setattr(check.subprocess, "call", call)
    assert check.main([]) == second
    assert ran == [[*check.TOGETHER], ["--last-failed"]]
    assert words in capsys.readouterr().out


def test_when_much_fails_nothing_is_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noted = tmp_path / "lastfailed"
    ran: list[list[str]] = []

    def call(command: list[str]) -> int:
        ran.append(command)
        noted.write_text(json.dumps({f"tests/a.py::{number}": True for number in range(check.FEW + 1)}))
        return 1

    monkeypatch.setattr(check, "CHECKS", {})
    monkeypatch.setattr(check, "FAILED", noted)
    monkeypatch.setattr(check, "find_chromium", lambda: Path("chromium"))
    monkeypatch.setattr(check.subprocess, "call", call)
    assert check.main([]) == 1
    assert len(ran) == 1


def test_without_chromium_nothing_is_tested(
    calls: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check, "CHECKS", {})
    monkeypatch.setattr(check, "find_chromium", lambda: None)
    monkeypatch.setattr(check, "install_chromium", lambda: "Install it.")
    assert check.main([]) == 1
    assert calls == []
    assert "The tests need Chromium. Install it." in capsys.readouterr().out


def test_a_named_browser_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = tmp_path / "my-browser"
    monkeypatch.setenv("STUDIO_CHROMIUM", str(named))
    assert browser.find_chromium() is None
    named.touch()
    assert browser.find_chromium() == named


@pytest.mark.skipif(sys.platform != "linux", reason="Debian's package manager")
class TestDebian:
    @pytest.fixture
    def apt(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """An apt-get that only writes down what it is asked; gives that file."""
        asked = tmp_path / "asked"
        program = tmp_path / "apt-get"
        program.write_text(
            f'#!/bin/sh\necho "$1 $DEBIAN_FRONTEND" >> "{asked}"\ntest ! -e "{tmp_path}/fail-$1"\n'
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        return asked

    def test_root_gets_it_installed(self, apt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        assert browser.install_chromium() == ""
        assert apt.read_text().splitlines() == ["update noninteractive", "install noninteractive"]

    def test_others_are_told_what_to_do(self, apt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        assert "sudo apt-get install chromium" in browser.install_chromium()
        assert not apt.exists()

    @pytest.mark.parametrize("step", ["update", "install"])
    def test_a_failure_is_told(self, apt: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        (apt.parent / f"fail-{step}").touch()
        assert f"apt-get {step} failed" in browser.install_chromium()
