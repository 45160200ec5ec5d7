"""What a backend tells about itself for a lock: its version, packs of nodes, digests of models."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from typing import Any

from studio.errors import BackendError
from studio.render import Backend, ComfyClient
from studio.shots.lock import ComfyLock, Lock, ModelLock

_DIGESTS = ("modelspec.hash_sha256", "sshs_model_hash")
"""Where a safetensors file's header holds its SHA-256: the Stability AI Model Metadata Standard 1.0.1, and
what kohya's sd-scripts write. ComfyUI shows the header under `/view_metadata/{folder}`."""
_SHA256 = re.compile(r"(?:0x)?([0-9a-f]{64})", re.IGNORECASE)
_CORE = ("nodes", "comfy_extras", "comfy_api_nodes")


async def told_by(backend: Backend, lock: Lock, graph: Mapping[str, Any]) -> Lock:
    """The lock with what `backend` tells; what it does not tell stays as it is.

    Raises:
        BackendError: it does not answer.
    """
    async with backend.client() as client:
        stats = await client.check()
        classes = sorted({str(node.get("class_type", "")) for node in graph.values()} - {""})
        described = await asyncio.gather(*(client.object_info(name) for name in classes))
        models = await asyncio.gather(*(_with_digest(client, model) for model in lock.models))
    packs = _packs(described)
    version = stats.version or (lock.comfyui.version if lock.comfyui else "")
    return lock.model_copy(
        update={"comfyui": ComfyLock(version=version, packs=packs or None), "models": tuple(models)}
    )


def _packs(described: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """`python_module` of each class: `custom_nodes.<pack>` for what is not the core's."""
    modules = {
        str(info.get("python_module") or "")
        for table in described
        for info in table.values()
        if isinstance(info, Mapping)
    }
    packs = {module.removeprefix("custom_nodes.") for module in modules if module}
    return tuple(sorted(pack for pack in packs if pack.partition(".")[0] not in _CORE))


async def _with_digest(client: ComfyClient, model: ModelLock) -> ModelLock:
    if not model.folder:
        return model
    try:
        header = await client.model_header(model.folder, model.name)
    except BackendError:  # a file without a header, or a server without the route
        return model
    for key in _DIGESTS:
        found = _SHA256.fullmatch(str(header.get(key) or "").strip())
        if found:
            return model.model_copy(update={"sha256": found[1].lower()})
    return model
