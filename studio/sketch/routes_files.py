"""Routes for files: viewing what was made, uploading what is needed."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

from aiohttp import web
from PIL import Image

from studio.errors import UnsafeName
from studio.files import inside
from studio.sketch.folders import KINDS, Folders, split_annotation
from studio.sketch.server import SERVER

DEFAULT_QUALITY = 90
BYTES = "application/octet-stream"
ACTIVE = (".html", ".htm", ".xhtml", ".xht", ".svg", ".js", ".mjs", ".css")
CONTENT_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".flac": "audio/flac",
    ".mp3": "audio/mpeg",
    ".opus": "audio/ogg",
    ".latent": BYTES,
    **dict.fromkeys(ACTIVE, BYTES),
}
"""Fixed here because systems know different types. What a browser would run is served as mere bytes."""


async def get_view(request: web.Request) -> web.StreamResponse:
    """`GET /view`: a file, or a picture made smaller (`preview=webp;90`) or reduced to a `channel`."""
    if "filename" not in request.query:
        return web.Response(status=404)
    name, kind = split_annotation(request.query["filename"])
    folder = request.app[SERVER].folders.of(kind or request.query.get("type", "output"))
    if not name or name[0] in "/\\" or ".." in name or "\0" in name or folder is None:
        return web.Response(status=400)
    try:
        path = inside(folder, request.query.get("subfolder", ""), name.replace("\\", "/").split("/")[-1])
    except (UnsafeName, ValueError):
        return web.Response(status=403)
    if not path.is_file():
        return web.Response(status=404)
    disposition = {"Content-Disposition": f'filename="{_header_safe(path.name)}"'}
    if "preview" in request.query:
        body, content_type = await asyncio.to_thread(_preview, path, request.query["preview"])
        return web.Response(body=body, content_type=content_type, headers=disposition)
    if (channel := request.query.get("channel")) in ("rgb", "a"):
        body = await asyncio.to_thread(_one_channel, path, channel)
        return web.Response(body=body, content_type="image/png", headers=disposition)
    kind = CONTENT_TYPES.get(path.suffix.lower())
    return web.FileResponse(path, headers={**disposition, **({"Content-Type": kind} if kind else {})})


def _header_safe(name: str) -> str:
    return "".join("_" if character in '"\r\n' else character for character in name)


def _preview(path: Path, wanted: str) -> tuple[bytes, str]:
    kind, _, quality = wanted.partition(";")
    chosen = kind if kind in ("webp", "jpeg") else "webp"
    with Image.open(path) as image:
        flat = image.convert("RGB") if chosen == "jpeg" else image
        buffer = io.BytesIO()
        flat.save(buffer, chosen, quality=int(quality) if quality.isdigit() else DEFAULT_QUALITY)
    return buffer.getvalue(), f"image/{chosen}"


def _one_channel(path: Path, channel: str | None) -> bytes:
    with Image.open(path) as image:
        if channel == "rgb":
            result = image.convert("RGB")
        else:
            alpha = image.convert("RGBA").getchannel("A")
            result = Image.new("RGBA", image.size)
            result.putalpha(alpha)
        buffer = io.BytesIO()
        result.save(buffer, "PNG")
    return buffer.getvalue()


async def post_upload_image(request: web.Request) -> web.Response:
    """`POST /upload/image`: keep a file; a name already taken by other bytes gets a number."""
    return await _upload(request, lambda folders, form, data: data)


async def post_upload_mask(request: web.Request) -> web.Response:
    """`POST /upload/mask`: keep a picture with the transparency of the mask sent.

    A reference to a picture that is not there answers 200 and writes nothing, as in ComfyUI.
    """
    return await _upload(request, _with_mask)


async def _upload(
    request: web.Request, prepare: Callable[[Folders, Any, bytes], bytes | None]
) -> web.Response:
    form = await request.post()
    image = form.get("image")
    if not isinstance(image, web.FileField) or not image.filename:
        return web.Response(status=400)
    folders = request.app[SERVER].folders
    kind = str(form.get("type") or "input")
    folder = folders.of(kind)
    if folder is None:
        raise ValueError(f"{kind!r} is not one of {KINDS}")
    subfolder = str(form.get("subfolder") or "")
    try:
        target = inside(folder, subfolder, image.filename)
        if target.parent != inside(folder, subfolder) or target == folder:
            return web.Response(status=400)
    except (UnsafeName, ValueError):
        return web.Response(status=400)
    overwrite = str(form.get("overwrite") or "") in ("true", "1")
    data = await asyncio.to_thread(image.file.read)
    name = await asyncio.to_thread(_keep, target, data, overwrite, lambda: prepare(folders, form, data))
    return web.json_response({"name": name, "subfolder": subfolder, "type": kind})


def _keep(target: Path, data: bytes, overwrite: bool, prepare: Callable[[], bytes | None]) -> str:
    """Write the upload under a free name, unless the same bytes are there already; the name it has."""
    target.parent.mkdir(parents=True, exist_ok=True)
    path, count = target, 1
    while not overwrite and path.exists():
        if _digest(path.read_bytes()) == _digest(data):
            return path.name
        path = target.with_name(f"{target.stem} ({count}){target.suffix}")
        count += 1
    content = prepare()
    if content is not None:
        path.write_bytes(content)
    return path.name


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _with_mask(folders: Folders, form: Any, data: bytes) -> bytes | None:
    reference = json.loads(str(form.get("original_ref") or "{}"))
    name = PurePosixPath(str(reference.get("subfolder") or ""), str(reference.get("filename") or ""))
    path = folders.find(str(name), str(reference.get("type") or "output"))
    if path is None:
        return None
    with Image.open(path) as original, Image.open(io.BytesIO(data)) as mask:
        picture = original.convert("RGBA")
        picture.putalpha(mask.convert("RGBA").getchannel("A").resize(picture.size))
        buffer = io.BytesIO()
        picture.save(buffer, "PNG", compress_level=4)
    return buffer.getvalue()


ROUTES = (
    ("GET", "/view", get_view),
    ("POST", "/upload/image", post_upload_image),
    ("POST", "/upload/mask", post_upload_mask),
)
