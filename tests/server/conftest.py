"""Jupyter's server with the studio behind it, in a process of its own, and requests to it."""

from __future__ import annotations

import http.client
import json
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from studio.project import Project
from studio.sketch import start
from tools.jupyter_pages import Server, jupyter_server

API = "/studio/api/v1"


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    data: bytes

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.data)


@dataclass
class Client:
    """Asks a server, with its token unless told otherwise."""

    server: Server

    def raw(
        self, method: str, path: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """A request as it is, without a token."""
        place = urllib.parse.urlsplit(self.server.url)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=120)
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        /,
        *,
        headers: Mapping[str, str] | None = None,
        **query: Any,
    ) -> Answer:
        """A request with the token: `path` below the API, or from the root if it begins with `/studio`."""
        whole = path if path.startswith("/studio") else f"{API}/{path}"
        if query:
            whole += f"?{urllib.parse.urlencode(query, doseq=True)}"
        data = None if body is None else json.dumps(body).encode()
        sent = {"Authorization": f"token {self.server.token}", **(headers or {})}
        return self.raw(method, whole, body=data, headers=sent)


@pytest.fixture(scope="package")
def settings_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The servers' user's settings."""
    return tmp_path_factory.mktemp("settings")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the server serves, with a project `film` that has two panels."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "film").mkdir()
    with Project.open(folder / "film") as project:
        project.panel("Hero")
        project.panel("Harbour")
    return folder


@pytest.fixture(scope="module")
def backend() -> Iterator[str]:
    """A quick ComfyUI."""
    with start(step_ms=5) as server:
        yield server.url


@pytest.fixture(scope="module")
def server(
    root: Path, settings_folder: Path, backend: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Served as a director."""
    (settings_folder / "studio.toml").write_text(f'[[backends]]\nurl = "{backend}"\nname = "box"\n')
    variables = {"STUDIO_CONFIG": str(settings_folder)}
    with jupyter_server(root, tmp_path_factory.mktemp("jupyter"), variables=variables) as running:
        yield running


@pytest.fixture(scope="module")
def ask(server: Server) -> Client:
    return Client(server)
