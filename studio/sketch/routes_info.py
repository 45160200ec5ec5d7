"""Routes that tell what the server is and has, its socket, and the two middlewares."""

from __future__ import annotations

import logging
import os
import platform
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from studio.sketch.hub import FEATURES
from studio.sketch.server import SERVER

log = logging.getLogger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

COMFYUI = "0.3.64"
"""The version of ComfyUI whose protocol this server speaks."""

TROUBLE = "500 Internal Server Error\n\nServer got itself in trouble"


@web.middleware
async def refuse_foreign_origins(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A page of another site must not drive the server on this machine."""
    origin = request.headers.get("Origin")
    if origin and urlsplit(origin).netloc.lower() != request.headers.get("Host", "").lower():
        return web.Response(status=403)
    return await handler(request)


@web.middleware
async def trouble(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A body that makes no sense is answered as ComfyUI does: with a bare 500."""
    try:
        return await handler(request)
    except (ValueError, TypeError, AttributeError, KeyError, OSError) as error:
        log.debug("%s %s: %r", request.method, request.path, error)
        return web.Response(status=500, text=TROUBLE)


async def get_object_info(request: web.Request) -> web.Response:
    """`GET /object_info`: every node class."""
    server = request.app[SERVER]
    known = server.engine.classes.items()
    return web.json_response({name: one.describe(server.catalogue) for name, one in known})


async def get_object_info_of(request: web.Request) -> web.Response:
    """`GET /object_info/{class}`: one node class, else `{}`."""
    server = request.app[SERVER]
    name = request.match_info["node_class"]
    found = server.engine.classes.get(name)
    return web.json_response({name: found.describe(server.catalogue)} if found else {})


async def get_system_stats(request: web.Request) -> web.Response:
    """`GET /system_stats`: versions, memory and the device, which is a pretended one."""
    options = request.app[SERVER].options
    total, free = _memory()
    device: dict[str, Any] = {
        "name": options.name,
        "type": "sketch",
        "index": None,
        "vram_total": options.vram,
        "vram_free": options.vram,
        "torch_vram_total": options.vram,
        "torch_vram_free": options.vram,
    }
    system = {
        "os": os.name,
        "ram_total": total,
        "ram_free": free,
        "comfyui_version": COMFYUI,
        "required_frontend_version": None,
        "installed_templates_version": None,
        "required_templates_version": None,
        "python_version": platform.python_version(),
        "pytorch_version": None,
        "embedded_python": False,
        "argv": ["studio.sketch"],
    }
    return web.json_response({"system": system, "devices": [device]})


def _memory() -> tuple[int, int]:
    """Bytes of memory in all and free; 0 where the system does not tell."""
    try:
        page = os.sysconf("SC_PAGE_SIZE")
        return page * os.sysconf("SC_PHYS_PAGES"), page * os.sysconf("SC_AVPHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0, 0


async def get_features(request: web.Request) -> web.Response:
    """`GET /features`: what can be negotiated on the socket."""
    return web.json_response(FEATURES)


async def get_models(request: web.Request) -> web.Response:
    """`GET /models`: the model folders."""
    return web.json_response(request.app[SERVER].library.folders())


async def get_models_in(request: web.Request) -> web.Response:
    """`GET /models/{folder}`: the files of one."""
    library = request.app[SERVER].library
    folder = request.match_info["folder"]
    return web.json_response(library.names(folder)) if library.has(folder) else web.Response(status=404)


async def get_embeddings(request: web.Request) -> web.Response:
    """`GET /embeddings`: names without their suffix."""
    names = request.app[SERVER].library.names("embeddings")
    return web.json_response([name.rpartition(".")[0] or name for name in names])


async def get_extensions(request: web.Request) -> web.Response:
    """`GET /extensions`: there is no front end here."""
    return web.json_response([])


async def socket(request: web.Request) -> web.StreamResponse:
    """`GET /ws`: the events."""
    return await request.app[SERVER].hub.serve(request)


ROUTES = (
    ("GET", "/object_info", get_object_info),
    ("GET", "/object_info/{node_class}", get_object_info_of),
    ("GET", "/system_stats", get_system_stats),
    ("GET", "/features", get_features),
    ("GET", "/models", get_models),
    ("GET", "/models/{folder}", get_models_in),
    ("GET", "/embeddings", get_embeddings),
    ("GET", "/extensions", get_extensions),
    ("GET", "/ws", socket),
)
