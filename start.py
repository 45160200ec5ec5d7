#!/usr/bin/env python3
"""Director's Notebook: sets up what is missing, then starts.

    python3 start.py demo      six shots of one scene, rendered on the embedded backend
    python3 start.py lab       JupyterLab, opened on the tour
    python3 start.py voila     the tour as a page without code
    python3 start.py doctor    what is installed, which backends answer, what they lack
    python3 start.py test      every check and every test

Options: --backend URL (repeatable), --project DIR, --port N, --no-browser. These, and every other command
(render, workflow, version …), go to `studio`; `python3 start.py demo --help` tells more.

The environment is .venv beside this file, from the pinned and hashed locks/. It may be run again at any time.
"""

import contextlib
import errno
import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from pathlib import Path

OLDEST = (3, 11)
if sys.version_info < OLDEST:  # everything above and below still parses on Python 3.6
    sys.exit(
        f"Python {platform.python_version()} is too old: Director's Notebook needs 3.11 or newer. "
        "Install one, for instance from python.org or your system's packages, and start this file with it."
    )

ROOT = Path(__file__).resolve().parent
LOCKS = ROOT / "locks"
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
COPIED = (ROOT / "studio/server/lab", ROOT / "studio/server/etc")  # to Jupyter's folders, when installed
READY = VENV / ".studio-ready"  # where this is, and what is installed: group → fingerprint
BUSY = VENV / ".studio-busy"  # there while set-up runs; found at the start, set-up was interrupted

GROUPS = ("core", "lab", "test")  # each holds the one before it
GROUP_OF = {"lab": "lab", "voila": "lab", "test": "test"}  # any other command needs the core only
MEGABYTES = {"core": 400, "lab": 700, "test": 1500}
FULL = "the disk is full. Free some space, then try again."


class SetupError(Exception):
    """Why set-up can't go on and what to do, in one line."""


def main(arguments: list[str]) -> int:
    """Set up what the command needs, then become it."""
    command = next((word for word in arguments if not word.startswith("-")), "")
    if not command:
        print(__doc__)
        return 0
    group = GROUP_OF.get(command, "core")
    try:
        if not ready(group):
            with one_at_a_time():
                if not ready(group):  # another start may have done it while this one waited
                    set_up(group)
    except SetupError as error:
        say(str(error))
        return 1
    except OSError as error:
        say(f"Set-up failed at {error.filename or ROOT}: {explain(str(error))}")
        return 1
    except KeyboardInterrupt:
        say("Set-up was stopped. Start it again to go on.")
        return 130
    if command == "test":
        arguments.remove("test")
        return become([PYTHON, ROOT / "tools" / "check.py", *arguments])
    return become([PYTHON, "-P", "-m", "studio", *arguments])


def ready(group: str) -> bool:
    """Whether what the group needs, or more, is installed as the locks now say."""
    if not PYTHON.exists() or BUSY.exists():
        return False
    installed = read_ready()
    if installed.get("root") != str(ROOT):  # moved or copied: its programs name the old place
        return False
    return any(installed.get(name) == fingerprint(name) for name in GROUPS[GROUPS.index(group) :])


def read_ready() -> dict[str, str]:
    """What set-up noted when it last ended well."""
    try:
        found = json.loads(READY.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def fingerprint(group: str) -> str:
    """Of all that the installed environment follows from."""
    files = [LOCKS / "setup.txt", LOCKS / f"{group}.txt", ROOT / "pyproject.toml", VENV / "pyvenv.cfg"]
    for folder in COPIED:
        files += sorted(path for path in folder.rglob("*") if path.is_file())
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def set_up(group: str) -> None:
    """Make .venv, or mend it, and install the group.

    Raises:
        SetupError: it can't be done.
    """
    started = time.monotonic()
    free = shutil.disk_usage(ROOT).free // 2**20
    if free < MEGABYTES[group]:
        raise SetupError(
            f"The disk is too full: set-up needs {MEGABYTES[group]} MB in {ROOT}, {free} MB are free."
        )
    say(f"Setting up {VENV} ({group}) …")
    ours = READY.exists() or BUSY.exists() or not VENV.exists() or not any(VENV.iterdir())
    if not works():
        if not ours:
            raise SetupError(
                f"{VENV} is not of this program's making and does not work. Move it away, then try again."
            )
        remove_venv()
        make_venv()
    BUSY.touch()
    try:
        install(group)
    except SetupError as error:
        if FULL not in str(error):  # then nothing is half written, and what was there before still works
            BUSY.unlink()
        raise
    READY.write_text(json.dumps({"root": str(ROOT), group: fingerprint(group)}), encoding="utf-8")
    BUSY.unlink()
    say(f"Ready after {time.monotonic() - started:.1f} s.")


def works() -> bool:
    """Whether .venv is whole, in its place, and new enough."""
    if BUSY.exists() or not PYTHON.exists() or read_ready().get("root", str(ROOT)) != str(ROOT):
        return False
    probe = f"import pip, sys; sys.exit(sys.version_info < {OLDEST})"
    with contextlib.suppress(OSError):
        return subprocess.run([PYTHON, "-c", probe], capture_output=True, check=False).returncode == 0
    return False


def remove_venv() -> None:
    """Clear the way for a new environment."""
    if VENV.exists():
        try:
            shutil.rmtree(VENV)
        except OSError as error:
            raise SetupError(
                f"Can't remove the broken {VENV}: {error}. Close what uses it, then try again."
            ) from error


def make_venv() -> None:
    """A new environment with pip in it."""
    if importlib.util.find_spec("ensurepip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise SetupError(
            f"This Python can't make environments. On Debian and Ubuntu: apt install python{version}-venv"
        )
    VENV.mkdir()
    BUSY.touch()
    try:
        venv.EnvBuilder(with_pip=True, symlinks=os.name != "nt").create(VENV)
    except subprocess.CalledProcessError as error:
        raise SetupError(
            f"Python can't make an environment in {VENV}: {explain(str(error.output or error))}"
        ) from error


def install(group: str) -> None:
    """Install the installer, the group's lock and the checkout itself, editable.

    uv takes seconds where pip takes most of a minute; where uv fails, pip has its turn.
    """
    quietly = ["-qq", "--disable-pip-version-check", "--retries=2"]
    pip: list[str | Path] = [PYTHON, "-m", "pip", "install", *quietly]
    uv: list[str | Path] = [PYTHON, "-m", "uv", "pip", "install", f"--python={PYTHON}"]
    code, output = run([*pip, "--require-hashes", "-r", LOCKS / "setup.txt"])
    if code:
        raise SetupError(f"Set-up failed: {explain(output)}")
    libraries: list[str | Path] = ["--require-hashes", "-r", LOCKS / f"{group}.txt"]
    checkout: list[str | Path] = ["--no-build-isolation", "--no-deps", "-e", ROOT]
    environment = uv_environment()
    for what in (libraries, checkout):
        code, output = run([*uv, *what], environment)
        if code:
            say("uv could not install this; pip tries now, which takes longer …")
            code, output = run([*pip, *what])
        if code:
            raise SetupError(f"Set-up failed: {explain(output)}")


def uv_environment() -> dict[str, str]:
    """The environment for uv, which does not read pip's settings: pip's index and certificate count."""
    environment = dict(os.environ)
    listing = subprocess.run(
        [PYTHON, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    settings = dict(re.findall(r"^[\w:]*\.([\w-]+)='(.*)'$", listing.stdout, re.MULTILINE))
    if "index-url" in settings and "UV_INDEX_URL" not in environment:
        environment.setdefault("UV_DEFAULT_INDEX", settings["index-url"])
    if "cert" in settings:
        environment.setdefault("SSL_CERT_FILE", settings["cert"])
    return environment


def run(command: list[str | Path], environment: dict[str, str] | None = None) -> tuple[int, str]:
    """Run a command; returns its exit code and output, shown if it fails. Downloads show as they begin."""
    lines = []
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            lines.append(line)
            if line.lstrip().startswith("Downloading"):
                say("  " + line.strip())
    output = "".join(lines)
    if process.returncode:
        say(output.rstrip())
    return process.returncode, output


def explain(output: str) -> str:
    """What an installer's or the system's complaint means, and what to do."""
    text = output.lower()
    if "no space left" in text or "quota exceeded" in text:
        return FULL
    if "read-only file system" in text or "permission denied" in text:
        return "no permission to write there. Put the checkout into a folder of your own."
    if "do not match the hashes" in text or "hash mismatch" in text:
        return (
            "a downloaded package is not the one that was pinned. Check the package index that pip is set to."
        )
    if re.search(
        r"resol(ve|ution)|connect|timed? ?out|fetch|network|certificate|no matching distribution", text
    ):
        return "no package index answers. Check the network and pip's settings, then try again."
    return (output.strip().splitlines() or ["no reason given"])[-1]


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold the set-up lock; it goes with the process, however that ends."""
    with (ROOT / ".venv.lock").open("a") as file:
        told = False
        while not lock(file.fileno()):
            if not told:
                say("Another start sets up this checkout; waiting for it …")
                told = True
            time.sleep(0.2)
        yield


def lock(handle: int) -> bool:
    """Try to take the lock; a disk that knows no locks gives it to everybody."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
    return True


def become(command: list[str | Path]) -> int:
    """Turn into the command where the system can, else wait for it; returns its exit code."""
    words = [str(word) for word in command]
    sys.stdout.flush()
    if os.name != "nt":
        os.execv(words[0], words)
    os.environ.setdefault("PYTHONUTF8", "1")  # else it can't find a checkout whose path is not plain ASCII
    try:
        return subprocess.call(words)
    except KeyboardInterrupt:
        return 130


def say(line: str) -> None:
    """Tell the person, beside the command's own output."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
