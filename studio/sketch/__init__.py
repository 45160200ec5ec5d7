"""The embedded backend: a small real server of the ComfyUI protocol that draws previz frames.

    python -m studio.sketch --port 0        prints {"url": "http://127.0.0.1:…"} when ready
    with start() as sketch: sketch.url      the same as a child process

Inside: `server` puts it together; `routes_*` answer HTTP, `hub` holds the sockets; `validate`, `plan`,
`engine`, `queue` and `progress` do what ComfyUI does with a prompt; `nodes` declares the node classes,
`drawing` and `painter` make the pictures, `previz` draws them.

It speaks ComfyUI 0.3.64, oddities included, since what works here must work there. It differs where there is
no model to ask: latents hold pictures, schedules differ by their steps only, a model is its file name, and
cfg, samplers, LoRAs and negative prompts leave the picture as it is. Lists between nodes, node expansion,
asynchronous nodes and the front end's own routes are not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from studio.sketch.options import SketchOptions
from studio.sketch.process import SketchProcess, start

if TYPE_CHECKING:
    from studio.sketch.server import SketchServer, create_app, serve

__all__ = ["SketchOptions", "SketchProcess", "SketchServer", "create_app", "serve", "start"]


def __getattr__(name: str) -> Any:
    """The server itself is loaded by who runs one in this process; `start` needs none of it."""
    if name in ("SketchServer", "create_app", "serve"):
        from studio.sketch import server

        return getattr(server, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
