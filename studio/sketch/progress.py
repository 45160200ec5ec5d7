"""How far each node of the running prompt is: the `progress_state` messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class NodeProgress:
    """The nodes of one prompt that have started, cumulative as in ComfyUI."""

    def __init__(self, prompt_id: str, send: Callable[[str, dict[str, Any]], None]) -> None:
        self._prompt_id = prompt_id
        self._send = send
        self._nodes: dict[str, dict[str, Any]] = {}

    def start(self, node_id: str) -> None:
        self._nodes[node_id] = self._entry(node_id, 0.0, 1.0, "running")
        self._tell()

    def step(self, node_id: str, value: int, total: int) -> None:
        self._nodes[node_id] |= {"value": value, "max": total}
        self._tell()

    def finish(self, node_id: str) -> None:
        entry = self._nodes.setdefault(node_id, self._entry(node_id, 0, 1, "running"))
        entry |= {"value": entry["max"], "state": "finished"}
        self._tell()

    def metadata(self, node_id: str) -> dict[str, Any]:
        """The header of a preview of this node."""
        return {
            "node_id": node_id,
            "prompt_id": self._prompt_id,
            "display_node_id": node_id,
            "parent_node_id": None,
            "real_node_id": node_id,
        }

    def _entry(self, node_id: str, value: float, total: float, state: str) -> dict[str, Any]:
        return {"value": value, "max": total, "state": state, **self.metadata(node_id)}

    def _tell(self) -> None:
        self._send("progress_state", {"prompt_id": self._prompt_id, "nodes": self._nodes})
