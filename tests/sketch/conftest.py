"""A sketch server inside the test's own event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from studio.sketch.options import SketchOptions
from studio.sketch.server import SketchServer, create_app
from tests.sketch.support import CHECKPOINTS, Sketch, StartSketch, TestPainter


@pytest.fixture
async def start_sketch(tmp_path: Path) -> AsyncIterator[StartSketch]:
    """Start servers with options of your own; they end with the test."""
    runners: list[web.AppRunner] = []
    sessions: list[aiohttp.ClientSession] = []

    async def start(**options: Any) -> Sketch:
        settings = {"step_ms": 0, "models": {"checkpoints": CHECKPOINTS}, **options}
        painter = TestPainter()
        server = SketchServer(SketchOptions(**settings), tmp_path / f"sketch{len(runners)}", painter)
        runner = web.AppRunner(create_app(server), access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        session = aiohttp.ClientSession()
        sessions.append(session)
        return Sketch(server, f"http://127.0.0.1:{runner.addresses[0][1]}", session, painter)

    yield start
    for session in sessions:
        await session.close()
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def sketch(start_sketch: StartSketch) -> Sketch:
    """A server that takes no time for its steps."""
    return await start_sketch()
