"""`python -m studio.sketch`: run a sketch server.

Prints one line of JSON, `{"url": "http://127.0.0.1:…", …}`, when it is ready. It ends on SIGTERM or SIGINT,
and when its standard input closes: a parent that dies takes it along. `--standalone` leaves standard input
alone.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import ValidationError

from studio.sketch.options import GIB, SketchOptions
from studio.sketch.server import serve

PORT_TAKEN = 3
"""Exit code when the port is not free."""


def parse(arguments: Sequence[str] | None = None) -> SketchOptions:
    """The options that a command line gives."""
    parser = argparse.ArgumentParser(
        prog="python -m studio.sketch", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 (the default) takes any free port")
    parser.add_argument("--name", default="sketch", help="how it calls itself in /system_stats")
    parser.add_argument(
        "--root", type=Path, help="folder for input/, output/ and temp/; else a temporary one"
    )
    parser.add_argument("--step-ms", type=float, default=40.0, help="shortest time of a sampling step")
    parser.add_argument("--no-previews", action="store_true", help="send no pictures while sampling")
    parser.add_argument(
        "--plain", action="store_true", help="fields of colour in place of drawings, for measuring"
    )
    parser.add_argument("--vram", type=float, default=8.0, help="memory it claims to have, in GiB")
    parser.add_argument("--checkpoints", help="checkpoint names, separated by commas")
    parser.add_argument(
        "--models", action="append", default=[], metavar="FOLDER=A,B", help="names of another model folder"
    )
    parser.add_argument(
        "--templates", action="append", default=[], type=Path, metavar="DIR", help="whose models it has too"
    )
    parser.add_argument("--standalone", action="store_true", help="do not end when standard input closes")
    given = parser.parse_args(arguments)
    models = {}
    pairs = [*given.models, *([f"checkpoints={given.checkpoints}"] if given.checkpoints is not None else [])]
    for pair in pairs:
        folder, equals, names = pair.partition("=")
        if not equals:
            parser.error(f"--models takes FOLDER=A,B, not {pair!r}")
        models[folder] = tuple(name.strip() for name in names.split(",") if name.strip())
    try:
        return SketchOptions(
            host=given.host,
            port=given.port,
            name=given.name,
            root=given.root,
            step_ms=given.step_ms,
            previews=not given.no_previews,
            plain=given.plain,
            vram=int(given.vram * GIB),
            models=models,
            template_folders=tuple(given.templates),
            parent_pipe=not given.standalone,
        )
    except ValidationError as error:
        first = error.errors()[0]
        parser.error(f"--{first['loc'][0]}: {first['msg']}".replace("_", "-"))


async def run(options: SketchOptions) -> None:
    """Serve until a signal or the parent's end."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def end() -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: it has ended already
            loop.call_soon_threadsafe(ended.set)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end())
    if options.parent_pipe and sys.stdin is not None:
        threading.Thread(target=_wait_for_parent, args=(end,), daemon=True).start()
    await serve(options, ended=ended)


def _wait_for_parent(end: Callable[[], None]) -> None:
    """Wait for the end of standard input; a buffered reader can't be left waiting at exit, `os.read` can."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    end()


def main() -> int:
    """Exit code: 0 ended as asked, 3 the port is taken, 1 anything else."""
    options = parse()
    try:
        asyncio.run(run(options))
    except OSError as error:
        busy = error.errno == errno.EADDRINUSE
        reason = f"port {options.port} is taken" if busy else str(error)
        print(f"sketch: can't start at {options.host}: {reason}", file=sys.stderr)
        return PORT_TAKEN if busy else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
