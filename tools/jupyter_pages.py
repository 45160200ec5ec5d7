"""JupyterLab and Voila in a real Chromium: servers of their own, and pages driven as a person would.

The browser tests and the documentation's pictures are made with it. All waiting is for a condition, with a
deadline; nothing waits for a time to pass.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Locator, Page, sync_playwright

from tools.browser import find_chromium

HOST = "127.0.0.1"
START = 60.0  # seconds that a server may take to come up
WAIT = 90_000.0  # milliseconds that a page may take for one step

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

HARMLESS = re.compile(
    r"Failed to load resource|ERR_(NAME_NOT_RESOLVED|INTERNET_DISCONNECTED|CONNECTION|TUNNEL|PROXY|BLOCKED)"
    r"|Unsatisfied version|shared module getter|require\.js|mathjax"
    r"|Canceled future for (create_subshell|debug)_request",  # closed before the kernel has answered
    re.IGNORECASE,
)
"""Console errors of Jupyter itself, also where there is no internet: Voila asks for fonts from elsewhere."""

_SUPERVISOR = """
import subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
sys.stdin.buffer.read()
child.terminate()
try:
    child.wait(15)
except subprocess.TimeoutExpired:
    child.kill()
"""  # ends the server when the pipe closes: asked to, or because who started it is gone, however it died


class PageError(RuntimeError):
    """A server that does not start, or a page that does not do what was asked."""


@dataclass(frozen=True)
class Server:
    """A running server; `root` is the folder whose notebooks it serves."""

    url: str
    token: str
    root: Path

    def address(self, path: str) -> str:
        """The address of `path` with the token."""
        return f"{self.url}/{path.lstrip('/')}{'&' if '?' in path else '?'}token={self.token}"

    def api(self, path: str, method: str = "GET") -> Any:
        """Jupyter's REST API."""
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(f"{self.url}/api/{path}", method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            text = answer.read()
        return json.loads(text) if text else None


def write_notebook(path: Path, cells: Sequence[str]) -> Path:
    """A notebook of code cells."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)
    return path


@contextlib.contextmanager
def jupyter_lab(root: Path, home: Path, *, variables: Mapping[str, str] | None = None) -> Iterator[Server]:
    """JupyterLab on `root` with all its settings in `home`."""
    settings = home / "config" / "labconfig" / "page_config.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text('{"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": true}}')
    options = (
        *("-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser"),
        *(f"--ServerApp.ip={HOST}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={root}"),
        *("--LabApp.news_url=None", f"--LabApp.workspaces_dir={home / 'workspaces'}"),
        f"--LabApp.user_settings_dir={home / 'settings'}",
    )
    with _serve(options, root, home, variables or {}, "ServerApp.port", "api/status") as server:
        yield server


@contextlib.contextmanager
def jupyter_server(
    root: Path, home: Path, *, options: Sequence[str] = (), variables: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Jupyter's server alone, with the studio behind it, on `root`; `options` are added to its command."""
    others = ("jupyterlab", "jupyter_lsp", "notebook_shim", "voila.server_extension")
    wanted = {"studio.server": True, **dict.fromkeys(others, False)}
    settings = home / "config" / "jupyter_server_config.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(json.dumps({"ServerApp": {"jpserver_extensions": wanted}}))
    command = (
        *("-m", "jupyter_server", "--no-browser", "--allow-root"),
        *(f"--ServerApp.ip={HOST}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={root}"),
        *options,
    )
    with _serve(command, root, home, variables or {}, "ServerApp.port", "api/status") as server:
        yield server


@contextlib.contextmanager
def voila(root: Path, home: Path, *, variables: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Voila on the notebooks of `root`, as `studio voila` starts it: the page comes as the cells run."""
    options = (
        *("-m", "voila", str(root), "--no-browser", f"--Voila.ip={HOST}", "--Voila.auto_token=True"),
        "--progressive_rendering=True",
    )
    with _serve(options, root, home, variables or {}, "port", "") as server:
        yield server


@contextlib.contextmanager
def _serve(
    options: Sequence[str], root: Path, home: Path, variables: Mapping[str, str], port_option: str, probe: str
) -> Iterator[Server]:
    token = secrets.token_hex(16)
    environment = {**os.environ, **_private(home), "JUPYTER_TOKEN": token, **variables}
    log = home / "server.log"
    with contextlib.ExitStack() as stack:
        for _ in range(3):  # a free port can be taken by another program before the server has it
            port = _free_port()
            server = Server(f"http://{HOST}:{port}", token, root)
            command = [sys.executable, "-c", _SUPERVISOR, sys.executable, *options, f"--{port_option}={port}"]
            process = stack.enter_context(_supervised(command, environment, log))
            if _answers(server, probe, process):
                yield server
                return
    raise PageError(
        f"the server did not start; its log ends with:\n{log.read_text(errors='replace')[-3000:]}"
    )


@contextlib.contextmanager
def _supervised(
    command: Sequence[str], environment: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as file:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=file, stderr=file, env=dict(environment)
        )
    try:
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)


def _answers(server: Server, probe: str, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + START
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(server.address(probe), timeout=5):
            return True
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
    return False


def _private(home: Path) -> dict[str, str]:
    """Folders of its own for everything that Jupyter reads and writes."""
    names = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "IPYTHONDIR": "ipython",
        "HOME": "home",
    }
    for folder in names.values():
        (home / folder).mkdir(parents=True, exist_ok=True)
    return {**{name: str(home / folder) for name, folder in names.items()}, "JUPYTER_PREFER_ENV_PATH": "1"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium.

    Raises:
        PageError: none is installed.
    """
    found = find_chromium()
    if found is None:
        raise PageError("Chromium is not installed. `python3 start.py test` installs it, or says how.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(found), headless=True, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class NotebookPage:
    """A notebook in the browser, by Lab or by Voila. `errors` are the console's errors so far."""

    page: Page
    server: Server
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(WAIT)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self._note(error.stack or str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._note(f"{message.text} {message.location.get('url', '')}")

    def _note(self, error: str) -> None:
        if not HARMLESS.search(error):
            self.errors.append(error)

    def find(self, selector: str) -> Locator:
        """What matches `selector`, in the page's outputs."""
        return self.page.locator(selector)

    def wait(self, condition: str, argument: Any = None, *, timeout: float = WAIT) -> Any:
        """Wait until the JavaScript `condition` holds in the page; gives its value."""
        try:
            return self.page.wait_for_function(condition, arg=argument, timeout=timeout).json_value()
        except Error as error:
            raise PageError(f"{error.message}\nwaiting for {condition}\nconsole: {self.errors}") from error


_KERNEL = "window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel"
_CELLS = "window.jupyterapp.shell.currentWidget.content.widgets.filter(c => c.model.type === 'code')"
DONE = "done"
_OUTCOME = f"""() => {{
  const cells = {_CELLS};
  const outputs = cells.flatMap(cell => cell.model.outputs.toJSON());
  const raised = outputs.find(output => output.output_type === "error");
  if (raised) return `${{raised.ename}}: ${{raised.evalue}}`;
  return {_KERNEL}?.status === "idle" && cells.every(cell => cell.model.executionCount > 0) && "{DONE}";
}}"""
_ASK = """
async ({code, expression}) => {
  const future = KERNEL.requestExecute(
    {code, silent: false, store_history: false, user_expressions: {value: expression}});
  let said = "";
  future.onIOPub = message => { if (message.header.msg_type === "error") said = message.content.evalue; };
  const value = (await future.done).content.user_expressions?.value;
  return {said, value};
}
""".replace("KERNEL", _KERNEL)


_OPEN = """async path => {
  const app = window.jupyterapp;
  const widget = await app.commands.execute('docmanager:open', {path});
  app.shell.activateById(widget.id);  // a page that was loaded again may keep another one in front
}"""


class LabPage(NotebookPage):
    """A notebook in JupyterLab."""

    def open(self, name: str) -> LabPage:
        """Open the notebook `name` of the server's root, with its kernel ready.

        Lab itself is loaded by the first one, in a workspace of its own; the next ones open in the same page.
        """
        if self.page.url.startswith(self.server.url):
            self.page.evaluate(_OPEN, name)
        else:
            self.page.goto(self.server.address(f"lab/workspaces/{secrets.token_hex(4)}/tree/{name}"))
            self._restored()
        self.wait("path => window.jupyterapp.shell.currentWidget?.context?.path === path", name)
        self.page.wait_for_selector(".jp-NotebookPanel:visible .jp-Cell")
        self.wait(f"{_KERNEL}?.status === 'idle'")
        return self

    def reload(self) -> None:
        """Load the page again, as it was left; kernels go on."""
        self.page.reload()
        self._restored()

    def _restored(self) -> None:
        self.wait("window.jupyterapp")
        self.page.evaluate("window.jupyterapp.restored.then(() => 1)")

    def start(self) -> None:
        """Run all cells; come back at once."""
        self.page.evaluate("void window.jupyterapp.commands.execute('notebook:run-all-cells')")

    def run(self, *, timeout: float = WAIT) -> None:
        """Run all cells, and wait until all have run.

        Raises:
            PageError: a cell raised; the message has its error.
        """
        self.start()
        raised = self.wait(f"(({_OUTCOME})())", timeout=timeout)
        if raised != DONE:
            raise PageError(raised)

    def kernel(self, expression: str, code: str = "") -> str:
        """Run `code` in the kernel, then give the repr of `expression`; waits for a running cell.

        Raises:
            PageError: it raised.
        """
        answer = self.page.evaluate(_ASK, {"code": code, "expression": expression or "None"})
        value = answer["value"] or {}
        if answer["said"] or value.get("status") != "ok":
            raise PageError(answer["said"] or value.get("evalue") or "the kernel gave no answer")
        return str(value["data"]["text/plain"])

    def theme(self, *, dark: bool) -> None:
        """Switch JupyterLab's theme."""
        name = "JupyterLab Dark" if dark else "JupyterLab Light"
        self.page.evaluate(
            "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", name
        )
        self.wait("light => document.body.dataset.jpThemeLight === light", "false" if dark else "true")
        self.wait("!document.getElementById('jupyterlab-splash')")  # two at once trip over each other

    def outputs_of(self, text: str) -> Locator:
        """The output area of the cell whose source contains `text`."""
        return (
            self.page.locator(".jp-CodeCell")
            .filter(has=self.page.locator(".jp-InputArea", has_text=text))
            .locator(".jp-Cell-outputArea")
        )

    def clear(self) -> None:
        """Close all notebooks unsaved and end their kernels; Lab stays."""
        self.page.evaluate("[...window.jupyterapp.shell.widgets('main')].forEach(widget => widget.dispose())")
        for session in self.server.api("sessions"):
            with contextlib.suppress(urllib.error.HTTPError):  # it has ended by itself
                self.server.api(f"sessions/{session['id']}", "DELETE")
        self.errors.clear()


class VoilaPage(NotebookPage):
    """A notebook as Voila serves it."""

    def open(self, name: str) -> VoilaPage:
        """Open the notebook `name` of the server's root; its cells run as the page comes."""
        self.page.goto(self.server.address(f"voila/render/{name}"), wait_until="commit")
        return self


def new_context(browser: Browser, **options: Any) -> BrowserContext:
    """A fresh browser profile with a wide window; `options` are Playwright's (reduced_motion, …)."""
    return browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
