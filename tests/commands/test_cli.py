"""The door: errors as one line, exit codes, and what a command costs before it does anything."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from studio import __version__, cli
from studio.commands import console
from studio.errors import BackendUnreachable, StudioError

Studio = Callable[..., subprocess.CompletedProcess[str]]


def test_version(studio: Studio) -> None:
    result = studio("version")
    assert (result.returncode, result.stdout) == (0, f"{__version__}\n")


def test_every_command_explains_itself(studio: Studio) -> None:
    overview = studio("--help").stdout
    for command in ("demo", "lab", "voila", "doctor", "render", "workflow", "version"):
        assert command in overview
        assert studio(command, "--help").returncode == 0


def test_unknown_command_is_a_wrong_use(studio: Studio) -> None:
    result = studio("devour")
    assert result.returncode == 2
    assert "devour" in result.stderr


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> StudioError:
    """A command line whose every command fails with the same error."""
    error = BackendUnreachable(
        "nothing\nanswers [red]there[/red]", backend="http://x", hint="Is it\x1b[2J on?"
    )

    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(cli, "app", fail)
    return error


def test_an_error_is_one_line(broken: StudioError, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert "http://x: nothing answers [red]there[/red]. Is it" in printed.err
    assert "\x1b[2J" not in printed.err


def test_debug_shows_the_traceback(studio: Studio) -> None:
    quiet, loud = (
        studio(*words, "render", "--panel", "A", "--preset", "no_such_film", "--subject", "x")
        for words in ((), ("--debug",))
    )
    assert quiet.returncode == 1
    assert "Traceback" not in quiet.stderr
    assert quiet.stderr.count("\n") == 1
    assert "no_such_film" in quiet.stderr
    assert "Traceback" in loud.stderr


def test_a_poor_terminal_is_no_reason_to_fail(variables: dict[str, str], tmp_path: Path) -> None:
    poor = variables | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
    command = [
        sys.executable,
        "-m",
        "studio",
        "render",
        "--panel",
        "Ä",
        "--preset",
        "блок",
        "--subject",
        "雨",
    ]
    result = subprocess.run(command, cwd=tmp_path, env=poor, capture_output=True)
    assert result.returncode == 1
    assert b"Traceback" not in result.stderr


def test_commands_load_nothing_that_they_do_not_need() -> None:
    heavy = ["pandas", "numpy", "PIL", "aiohttp", "httpx", "websockets", "studio.cinema", "studio.render"]
    program = f"import sys, studio.cli; print([name for name in {heavy!r} if name in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == "[]"


def test_error_text_is_never_markup(capsys: pytest.CaptureFixture[str]) -> None:
    console.show_error(StudioError("[bold]no[/bold] [link=http://x]y[/link] [/]"))
    assert "[bold]no[/bold] [link=http://x]y[/link] [/]" in capsys.readouterr().err
