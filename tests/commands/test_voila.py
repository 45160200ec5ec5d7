"""`studio voila` refuses, with words, before anything is started or made."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from studio.cli import app
from studio.commands import servers
from studio.errors import StudioError


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--no-token", "--host", "0.0.0.0"], "everybody who reaches 0.0.0.0 could come in"),
        (["--no-token", "--role", "artist", "--role", "reviewer"], "all visitors have one role"),
        (["--role", "king"], "no role 'king'"),
        (["nothing"], "there is no page 'nothing'"),
        (["--config", "missing.toml"], "can't be read"),
    ],
)
def test_it_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(servers, "serve", lambda *_, **__: pytest.fail("it was started"))
    result = CliRunner().invoke(app, ["voila", "--no-browser", "--project", "film", *options])
    assert isinstance(result.exception, StudioError)
    assert words in str(result.exception)
    assert list(tmp_path.iterdir()) == []


def test_tokens_reach_the_server_hashed_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    seen: dict[str, object] = {}

    def serve(command: list[str], **options: object) -> int:
        seen.update(command=command, **options)
        return 0

    monkeypatch.setattr(servers, "serve", serve)
    backend = ["--backend", "http://box:8188"]
    result = CliRunner().invoke(
        app, ["voila", "gallery", "--no-browser", "--role", "reviewer", "--project", "film", *backend]
    )
    told = result.output
    token = told.split("token=")[1].split()[0]
    assert "as reviewer" in told and token not in str(seen["command"])
    variables = seen["variables"]
    assert isinstance(variables, dict)
    assert token not in str(variables)
    assert '"reviewer"' in variables["STUDIO_DOOR"] and "http://box:8188" in variables["STUDIO_DOOR"]
    assert str((tmp_path / "film").resolve()) in variables["STUDIO_DOOR"]


def test_kernels_that_ended_have_no_owner_any_more() -> None:
    from studio.voila.app import Kernels

    class Manager(set[str]):
        async def start_kernel(self, *, env: dict[str, str]) -> str:
            self.add(env["ID"])
            return env["ID"]

    manager = Manager()
    server = SimpleNamespace(owners={}, environment=lambda env, visitor: env)
    kernels = Kernels(manager, server, SimpleNamespace(name="ada"))  # type: ignore[arg-type]
    asyncio.run(kernels.start_kernel(env={"ID": "one"}))
    manager.remove("one")
    asyncio.run(kernels.start_kernel(env={"ID": "two"}))
    assert server.owners == {"two": "ada"}
