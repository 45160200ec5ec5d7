"""What all tests share: in CI nothing is skipped, and hypothesis finds the same there every time."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from tools.browser import find_chromium

IN_CI = bool(os.environ.get("CI"))

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True, database=None)
settings.register_profile("person", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci" if IN_CI else "person")


def pytest_configure() -> None:
    """A shell's background job ignores Ctrl-C; so would all processes that tests start and interrupt."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _refuse_skip(report: Any) -> None:
    """In CI a skipped test is a test that did not run, so it fails."""
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"Skipped, and in CI nothing may be: {report.longrepr}"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Iterator[None]:
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Iterator[None]:
    report = yield
    _refuse_skip(report)
    return report


class Together(LoadScopeScheduling):  # type: ignore[misc]
    """Which tests stay together where several processes share the suite (`-n 2`).

    A file's tests share what the file made; the browser's share one JupyterLab, Voila and Chromium. Groups by
    mark, xdist's own way, come to nothing with pytest 9.2: it renames tests, and pytest does not hear of it.
    """

    def _split_scope(self, nodeid: str) -> str:
        file: str = nodeid.split("::")[0]
        return "browser" if file.startswith("tests/browser/") else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    return Together(config, log)


@pytest.fixture(scope="session", autouse=True)
def _settings_of_nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test, and no process that it starts, reads or writes the settings of the person who runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDIO_CONFIG", str(tmp_path_factory.mktemp("config")))
        yield


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def chromium() -> Path:
    """A browser of Chromium's family; without one the tests that need it fail."""
    found = find_chromium()
    assert found is not None, "no Chromium here; `python3 start.py test` installs it or says how"
    return found
