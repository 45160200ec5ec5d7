"""One JupyterLab, one Voila and one Chromium for all tests of this folder.

They are of package scope, not of session scope: Playwright's sync API keeps an event loop running in the main
thread, beside which no asyncio test of the other folders could run.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error

from studio.sketch import start
from tools.jupyter_pages import (
    LabPage,
    NotebookPage,
    Server,
    VoilaPage,
    chromium,
    jupyter_lab,
    new_context,
    voila,
    write_notebook,
)

CHECKOUT = Path(__file__).resolve().parents[2]
HELPERS = CHECKOUT / "tests" / "widgets"  # fake_job, for kernels


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder whose notebooks the servers serve, and where the kernels run."""
    return tmp_path_factory.mktemp("notebooks")


@pytest.fixture(scope="package")
def variables() -> Iterator[dict[str, str]]:
    """The kernels' environment: the checkout is importable, and two quick backends are there."""
    paths = [str(CHECKOUT), str(HELPERS), *filter(None, [os.environ.get("PYTHONPATH")])]
    with start(step_ms=20) as one, start(step_ms=20) as two:
        yield {"PYTHONPATH": os.pathsep.join(paths), "STUDIO_BACKENDS": f"{one.url} {two.url}"}


@pytest.fixture(scope="package")
def lab_server(
    folder: Path, variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with jupyter_lab(folder, tmp_path_factory.mktemp("lab"), variables=variables) as server:
        yield server


@pytest.fixture(scope="package")
def voila_server(
    folder: Path, variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with voila(folder, tmp_path_factory.mktemp("voila"), variables=variables) as server:
        yield server


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="package")
def lab_page(browser: Browser, lab_server: Server) -> Iterator[LabPage]:
    """JupyterLab, loaded once: that is most of the time that a test would take."""
    profile = new_context(browser)
    yield LabPage(profile.new_page(), lab_server)
    profile.close()


@pytest.fixture
def lab(lab_page: LabPage) -> Iterator[LabPage]:
    """JupyterLab without a notebook; what the test opens is closed after it, its kernel ended."""
    yield lab_page
    lab_page.clear()


@pytest.fixture
def own_lab(browser: Browser, lab_server: Server) -> Iterator[Callable[..., LabPage]]:
    """Makes a JupyterLab page of the test's own, with Playwright's options (`reduced_motion="reduce"`, …)."""
    pages: list[LabPage] = []

    def make(**options: Any) -> LabPage:
        page = LabPage(new_context(browser, **options).new_page(), lab_server)
        pages.append(page)
        return page

    yield make
    for page in pages:
        page.clear()
        page.page.context.close()


@pytest.fixture
def voila_page(browser: Browser, voila_server: Server) -> Iterator[VoilaPage]:
    profile = new_context(browser)
    yield VoilaPage(profile.new_page(), voila_server)
    profile.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """A test that failed leaves a picture of each page it had, and says where."""
    report = yield
    if report.when == "call" and report.failed:
        for name, page in getattr(item, "funcargs", {}).items():
            if isinstance(page, NotebookPage):
                picture = Path(tempfile.mkdtemp(prefix="studio-browser-")) / f"{name}.png"
                with contextlib.suppress(Error):
                    page.page.screenshot(path=picture)
                    report.sections.append((f"the page {name}", f"{picture}\nconsole: {page.errors}"))
    return report


Notebook = Callable[[Sequence[str]], str]


@pytest.fixture
def notebook(folder: Path, request: pytest.FixtureRequest) -> Notebook:
    """Writes cells to a notebook of this test's own; gives its name."""

    def write(cells: Sequence[str]) -> str:
        return write_notebook(folder / f"{request.node.name}.ipynb", cells).name

    return write
