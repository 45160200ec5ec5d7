"""Ports, the notebook to open, and servers that end with the command."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import typer

from studio.commands import servers
from studio.commands.lab import lab
from studio.errors import StudioError


@pytest.fixture
def taken() -> Iterator[socket.socket]:
    """A port that somebody else listens on."""
    with socket.socket() as other:
        other.bind((servers.HOST, 0))
        other.listen()
        yield other


def answers(address: socket.socket) -> bool:
    """Whether the other's program still accepts."""
    with socket.create_connection(address.getsockname()), address.accept()[0]:
        return True


def test_a_taken_port_gives_way(taken: socket.socket, capsys: pytest.CaptureFixture[str]) -> None:
    port = taken.getsockname()[1]
    assert not servers.is_free(port)
    chosen = servers.free_port(port)
    assert chosen > port
    assert f"Port {port} is taken; using {chosen}." in capsys.readouterr().err


def test_a_free_port_is_used_without_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as probe:
        probe.bind((servers.HOST, 0))
        port = probe.getsockname()[1]
    assert servers.free_port(port) == port
    assert capsys.readouterr().err == ""


def test_a_port_taken_on_all_addresses_is_taken() -> None:
    with socket.socket() as other:
        other.bind(("0.0.0.0", 0))
        other.listen()
        assert not servers.is_free(other.getsockname()[1])


def test_no_port_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "is_free", lambda port: False)
    with pytest.raises(StudioError, match="no free port from 65500 on"):
        servers.free_port(65500)


def test_missing_program_is_told() -> None:
    with pytest.raises(StudioError, match="Lab is not installed"):
        servers.need("no_such_module", "Lab")


def test_checkout_opens_its_own_notebook(root: Path) -> None:
    assert servers.notebook("tour.ipynb") == root / "notebooks" / "tour.ipynb"


def test_missing_notebook_is_told() -> None:
    with pytest.raises(StudioError, match=r"no_such\.ipynb is missing"):
        servers.notebook("no_such.ipynb")


def test_wheel_gives_a_copy_that_is_then_the_persons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = tmp_path / "_data" / "notebooks"
    shipped.mkdir(parents=True)
    (shipped / "tour.ipynb").write_text("new")
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    monkeypatch.setattr(servers, "data_folder", lambda name: shipped)
    copy = servers.notebook("tour.ipynb")
    assert (copy, copy.read_text()) == (home / "tour.ipynb", "new")
    copy.write_text("my own")
    assert servers.notebook("tour.ipynb").read_text() == "my own"


def test_kernels_find_project_and_backends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STUDIO_BACKENDS", raising=False)
    found = servers.environment(Path("film"), ["http://a:1", "http://b:2"])
    assert found["STUDIO_PROJECT"] == str(tmp_path / "film")
    assert found["STUDIO_BACKENDS"] == "http://a:1 http://b:2"
    assert "STUDIO_BACKENDS" not in servers.environment(Path("film"), None)


@contextmanager
def served(command: str, variables: dict[str, str], folder: Path, *words: str) -> Iterator[str]:
    """`studio lab|voila` as a process, up; gives the address that it tells, with its token, and ends it."""
    homes = ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    environment = variables | {name: str(folder / name) for name in homes}
    process = subprocess.Popen(
        [sys.executable, "-m", "studio", command, "--no-browser", *words],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    told: list[str] = []
    try:
        for line in process.stderr:
            told.append(line)
            if found := re.search(r"http://127\.0\.0\.1:(\d+)/\S*token=\S+", line):
                while servers.is_free(int(found[1])) and process.poll() is None:
                    time.sleep(0.1)
                yield found[0]
                break
        else:
            pytest.fail("no address told:\n" + "".join(told))
    finally:
        process.send_signal(signal.SIGTERM)
        process.stderr.close()
        process.wait(30)


def fetch(url: str) -> tuple[str, str]:
    """The page at `url`, and where redirects led."""
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=30) as answer:
        return answer.read().decode(), answer.geturl()


@pytest.mark.skipif(os.name == "nt", reason="ends its process by a POSIX signal")
def test_lab_opens_on_the_tour_beside_another_program(
    variables: dict[str, str], tmp_path: Path, taken: socket.socket
) -> None:
    port = taken.getsockname()[1]
    with served("lab", variables, tmp_path, "--port", str(port)) as url:
        assert f":{port}/" not in url
        assert "/lab/tree/notebooks/tour.ipynb" in url
        page, _ = fetch(url)
        assert "JupyterLab" in page
        chosen = int(url.split(":")[2].split("/")[0])
    assert answers(taken)
    assert servers.is_free(chosen)


@pytest.mark.skipif(os.name == "nt", reason="ends its process by a POSIX signal")
def test_voila_wants_its_token(variables: dict[str, str], tmp_path: Path, taken: socket.socket) -> None:
    with served("voila", variables, tmp_path, "--port", str(taken.getsockname()[1])) as url:
        base = url.split("?")[0]
        try:
            _, place = fetch(base)
        except urllib.error.HTTPError as refused:
            assert refused.code in (401, 403)
        else:
            assert "/login" in place
    assert answers(taken)


def test_a_notebook_that_is_none_is_told_with_those_there_are() -> None:
    with pytest.raises(StudioError, match=r"nonsense\.ipynb is missing .* console, .* tour"):
        servers.notebook("nonsense.ipynb")


def test_lab_opens_the_notebook_that_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(servers, "serve", lambda command, **_: started.append(command) or 0)
    with pytest.raises(typer.Exit):
        lab("console", project=tmp_path / "film")
    assert "--LabApp.default_url=/lab/tree/notebooks/console.ipynb" in started[0]
