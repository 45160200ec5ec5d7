"""Backends of `studio.toml`, with secrets from the environment and never in a message."""

from __future__ import annotations

import pytest

from studio.errors import BackendError, DataFileError
from studio.project.backends import backend_of


def test_an_address_is_a_backend() -> None:
    assert backend_of("127.0.0.1:8188").url == "http://127.0.0.1:8188"


def test_a_header_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMFY_TOKEN", "hunter2")
    entry = {
        "url": "https://box",
        "name": "box",
        "headers": {"Authorization": "env:COMFY_TOKEN", "X": "plain"},
    }
    backend = backend_of(entry)
    assert backend.headers["Authorization"].get_secret_value() == "hunter2"
    assert backend.headers["X"].get_secret_value() == "plain"
    assert "hunter2" not in repr(backend)
    assert entry["headers"]["Authorization"] == "env:COMFY_TOKEN"


def test_a_variable_that_is_not_set_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COMFY_TOKEN", raising=False)
    with pytest.raises(DataFileError, match="COMFY_TOKEN is not set") as caught:
        backend_of({"url": "https://user:hunter2@box", "headers": {"Authorization": "env:COMFY_TOKEN"}})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"url": 3},
        {"url": "http://box", "name": [1]},
        {"url": "ftp://user:hunter2@box"},
        "ftp://hunter2@box",
    ],
)
def test_what_is_no_backend_is_told_without_its_secrets(entry: object) -> None:
    with pytest.raises((DataFileError, BackendError)) as caught:
        backend_of(entry)  # type: ignore[arg-type]
    assert caught.value.hint
    assert "hunter2" not in str(caught.value)
