"""The background loop and its blocking door."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from studio.errors import StudioError
from studio.render.loop import on_render_thread, render_loop, run, spawn


async def _where() -> tuple[bool, int]:
    return on_render_thread(), threading.get_ident()


def test_everything_runs_on_one_thread_that_is_not_ours() -> None:
    first, second = run(_where()), run(_where())
    assert first == second
    assert first[0]
    assert first[1] != threading.get_ident()
    assert not on_render_thread()
    assert render_loop() is render_loop()


def test_errors_come_out_as_they_are() -> None:
    async def fail() -> None:
        raise StudioError("no")

    with pytest.raises(StudioError, match="no"):
        run(fail())


async def test_blocking_works_inside_a_running_loop_too() -> None:
    assert run(_where())[0]


async def test_waiting_for_itself_is_refused() -> None:
    async def nested() -> None:
        run(_where())

    with pytest.raises(StudioError, match="await"):
        await asyncio.wrap_future(spawn(nested()))


def test_an_interrupt_cancels_what_was_waited_for() -> None:
    """Ctrl-C in a script: a real signal, in a process of its own."""
    script = """
import asyncio, os, signal, sys, threading
from studio.render.loop import run, spawn

async def endless(began):
    began.set()
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        sys.stdout.write("cancelled\\n")
        raise

began = threading.Event()
def press():
    began.wait()
    signal.raise_signal(signal.SIGINT) if os.name == "nt" else os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=press, daemon=True).start()
try:
    run(endless(began))
except KeyboardInterrupt:
    sys.stdout.write("interrupted\\n")
async def later():
    return "alive"
print(run(later()))
"""
    done = _python(script)
    assert set(done.split()) == {"interrupted", "cancelled", "alive"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_has_a_loop_of_its_own() -> None:
    script = """
import os
from studio.render.loop import run
async def where():
    return os.getpid()
parent = run(where())
child = os.fork()
if child == 0:
    os._exit(0 if run(where()) == os.getpid() != parent else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert _python(script).split()[-1] == "0"


def test_nested_loops_are_opt_in() -> None:
    script = """
import asyncio, sys
import studio.render
from studio.render import allow_nested_loop
assert not any(name.startswith("nest_asyncio") for name in sys.modules)
async def inner():
    return "inner"
async def outer():
    try:
        asyncio.run(inner())
    except RuntimeError:
        print("refused")
    allow_nested_loop()
    return asyncio.get_running_loop().run_until_complete(inner())
print(asyncio.run(outer()))
"""
    assert _python(script).split() == ["refused", "inner"]


def test_nested_loops_without_the_package_say_what_to_install() -> None:
    script = """
import sys
sys.modules["nest_asyncio"] = sys.modules["nest_asyncio2"] = None
from studio.render import allow_nested_loop
from studio.errors import StudioError
try:
    allow_nested_loop()
except StudioError as error:
    print(error)
"""
    assert "pip install nest-asyncio2" in _python(script)


def _python(script: str) -> str:
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=root,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
