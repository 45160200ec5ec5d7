"""The server, fuzzed from its own OpenAPI document: no failure, and every answer as the document says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from studio.project import Project
from tests.server.conftest import Client
from tools.jupyter_pages import Server, jupyter_server

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
    allow_header_conformance,
]

LEFT_OUT = ("enhance_prompt", "create_entry")
"""What would talk to whatever address or provider the fuzz makes up; `test_routes` has them."""

KNOWN = {"panel": "Hero", "template": "sdxl", "preset": "vertigo", "table": "mood", "version": 1}
"""What is there, so that more is reached than a 404."""


@pytest.fixture(scope="module")
def fuzzed(settings_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose root is a project itself, on a backend that takes no jobs."""
    folder = tmp_path_factory.mktemp("fuzzed")
    with Project.open(folder) as project:
        project.panel("Hero")
        project.configure(backends=({"url": "http://127.0.0.1:9", "name": "off", "enabled": False},))
    variables = {"STUDIO_CONFIG": str(tmp_path_factory.mktemp("settings"))}
    with jupyter_server(folder, tmp_path_factory.mktemp("jupyter"), variables=variables) as running:
        yield running


@pytest.fixture(scope="module")
def document(fuzzed: Server) -> Any:
    client = Client(fuzzed)
    answer = client("GET", "/studio/api/openapi.json")
    assert answer.status == 200
    shot = {"look": {"kind": "live_action"}, "subject": "rain"}
    assert client("POST", "jobs", {"panel": "Hero", "shot": shot}).status == 202  # the farm is open now
    return schemathesis.openapi.from_dict(answer.json)


EXAMPLES = settings(
    max_examples=3,
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


def fuzz(operation: schemathesis.APIOperation, mode: GenerationMode, server: Server) -> set[int]:
    """Ask for `operation` with what fits its schema, or with what does not; the statuses that came back."""
    statuses: set[int] = set()
    headers = {"Authorization": f"token {server.token}"}

    @EXAMPLES
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case) -> None:
        for name, value in KNOWN.items():
            if name in case.path_parameters and mode.is_positive and case.method != "DELETE":
                case.path_parameters[name] = value
        answer = case.call_and_validate(base_url=server.url, headers=headers, checks=CHECKS, timeout=60)
        statuses.add(answer.status_code)

    ask()
    return statuses


def takes_something(operation: schemathesis.APIOperation) -> bool:
    """Whether anything of a request can be wrong."""
    return any((operation.path_parameters, operation.query, operation.body))


def test_every_operation(document: Any, fuzzed: Server) -> None:
    failed: dict[str, Exception] = {}
    done: set[str] = set()
    refused: set[str] = set()
    count = 0
    for found in document.exclude(operation_id=LEFT_OUT).get_all_operations():
        operation = found.ok()
        count += 1
        for mode in GenerationMode:
            if mode.is_positive or takes_something(operation):
                try:
                    statuses = fuzz(operation, mode, fuzzed)
                except Exception as error:
                    failed[f"{operation.label} ({mode})"] = error
                else:
                    done |= {operation.label} if any(status < 300 for status in statuses) else set()
                    refused |= {operation.label} if any(status >= 400 for status in statuses) else set()
    assert not failed, "\n\n".join(f"{label}: {_told(error)}" for label, error in failed.items())
    assert len(done) > count / 2, f"only {sorted(done)} were ever done: the fuzz reaches too little"
    assert len(refused) > count / 2, f"only {sorted(refused)} ever refused something"


def _told(error: BaseException) -> str:
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else [error]
    return "\n".join(f"{type(one).__name__}: {one}" for one in inner)
