"""Routes about prompts: queue, history, interrupt, free."""

from __future__ import annotations

import json
import math
import uuid
from typing import Any

from aiohttp import web

from studio.sketch.queue import Item
from studio.sketch.server import SERVER
from studio.sketch.validate import problem, validate


async def get_prompt(request: web.Request) -> web.Response:
    """`GET /prompt`: how many wait or run."""
    return web.json_response({"exec_info": {"queue_remaining": request.app[SERVER].queue.remaining()}})


async def post_prompt(request: web.Request) -> web.Response:
    """`POST /prompt`: validate a graph and queue it."""
    server = request.app[SERVER]
    body = await request.json()
    if "number" in body:
        number = float(body["number"])
        if not math.isfinite(number):
            raise ValueError("a place in the queue is a finite number")
    else:
        number = server.queue.take_number(front=bool(body.get("front")))
    if "prompt" not in body:
        error = problem("no_prompt", "No prompt provided", "No prompt provided")
        return web.json_response({"error": error, "node_errors": {}}, status=400)
    prompt = body["prompt"]
    verdict = validate(prompt, server.engine.classes, server.catalogue)
    if verdict.error is not None:
        return web.json_response({"error": verdict.error, "node_errors": verdict.node_errors}, status=400)
    extra_data = dict(body.get("extra_data") or {})
    if "client_id" in body:
        extra_data["client_id"] = body["client_id"]
    prompt_id = str(body.get("prompt_id") or uuid.uuid4())
    server.queue.put(Item(number, prompt_id, prompt, extra_data, verdict.outputs))
    return web.json_response({"prompt_id": prompt_id, "number": number, "node_errors": verdict.node_errors})


async def get_queue(request: web.Request) -> web.Response:
    """`GET /queue`: what runs and what waits."""
    return web.json_response(request.app[SERVER].queue.snapshot())


async def post_queue(request: web.Request) -> web.Response:
    """`POST /queue`: `clear` or `delete` what waits; what runs is left alone."""
    queue = request.app[SERVER].queue
    body = await request.json()
    if body.get("clear"):
        queue.clear()
    for prompt_id in body.get("delete", ()):
        queue.delete(prompt_id)
    return web.Response()


async def post_interrupt(request: web.Request) -> web.Response:
    """`POST /interrupt`: stop the prompt of that id if it runs; without an id whichever runs."""
    try:
        body = await request.json()
    except json.JSONDecodeError:
        body = {}
    request.app[SERVER].queue.interrupt(body.get("prompt_id") or None)
    return web.Response()


async def get_history(request: web.Request) -> web.Response:
    """`GET /history`: what has ended, with `max_items` and `offset`."""
    limit = request.query.get("max_items")
    offset = int(request.query.get("offset", -1))
    queue = request.app[SERVER].queue
    return web.json_response(queue.history(max_items=None if limit is None else int(limit), offset=offset))


async def get_history_of(request: web.Request) -> web.Response:
    """`GET /history/{id}`: one that has ended, else `{}`."""
    return web.json_response(request.app[SERVER].queue.history(request.match_info["prompt_id"]))


async def post_history(request: web.Request) -> web.Response:
    """`POST /history`: `clear` or `delete`."""
    queue = request.app[SERVER].queue
    body = await request.json()
    if body.get("clear"):
        queue.forget_all()
    for prompt_id in body.get("delete", ()):
        queue.forget(prompt_id)
    return web.Response()


async def post_free(request: web.Request) -> web.Response:
    """`POST /free`: forget kept results."""
    body: dict[str, Any] = await request.json()
    if body.get("free_memory") or body.get("unload_models"):
        request.app[SERVER].engine.forget()
    return web.Response()


ROUTES = (
    ("GET", "/prompt", get_prompt),
    ("POST", "/prompt", post_prompt),
    ("GET", "/queue", get_queue),
    ("POST", "/queue", post_queue),
    ("POST", "/interrupt", post_interrupt),
    ("GET", "/history", get_history),
    ("GET", "/history/{prompt_id}", get_history_of),
    ("POST", "/history", post_history),
    ("POST", "/free", post_free),
)
