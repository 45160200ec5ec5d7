"""Runs one prompt: in dependency order, with what is kept from the last one, telling all as ComfyUI does."""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from studio.sketch.hub import Hub
from studio.sketch.nodes import NODES
from studio.sketch.nodes.base import Catalogue, NodeClass, Ui
from studio.sketch.painter import Painter
from studio.sketch.plan import Plan, is_link, signatures
from studio.sketch.progress import NodeProgress
from studio.sketch.queue import Ended, Item
from studio.sketch.run import Interrupted, NodeRun
from studio.sketch.validate import traceback_lines

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kept:
    """A node's result, kept for the next prompt."""

    values: tuple[Any, ...]
    shown: dict[str, Any] | None


class Engine:
    """Runs prompts one after another; keeps the results of the last one's nodes."""

    def __init__(
        self, hub: Hub, catalogue: Catalogue, painter: Painter, *, step_seconds: float, previews: bool
    ) -> None:
        self.hub = hub
        self.catalogue = catalogue
        self.painter = painter
        self.step_seconds = step_seconds
        self.previews = previews
        self._forget = threading.Event()
        self.kept: dict[str, Kept] = {}
        self.nonce = secrets.token_hex(4)
        self.classes: Mapping[str, NodeClass] = NODES

    def forget(self) -> None:
        """Drop all kept results, once the running prompt has ended; may be called from any thread."""
        self._forget.set()

    def run(self, item: Item) -> Ended:
        """Run a prompt to its end, whatever that is; never raises for what a node does."""
        if self._forget.is_set():
            self._forget.clear()
            self.kept = {}
        execution = _Execution(self, item)
        try:
            return execution.run()
        except Exception as error:  # a graph that can't even be planned must not take the server along
            log.exception("prompt %s can't be run", item.prompt_id)
            return execution.broken(error)


class _Execution:
    """One prompt running."""

    def __init__(self, engine: Engine, item: Item) -> None:
        self.engine = engine
        self.item = item
        self.hub = engine.hub
        client_id = item.extra_data.get("client_id")
        self.client_id = client_id if isinstance(client_id, str) and client_id else None
        self.progress = NodeProgress(
            item.prompt_id, lambda event, data: self.hub.send(event, data, self.client_id)
        )
        self.messages: list[tuple[str, dict[str, Any]]] = []
        self.executed: list[str] = []
        self.shown: dict[str, Any] = {}
        self.shot = _mapping(_mapping(item.extra_data.get("studio")).get("shot")) or None

    def run(self) -> Ended:
        self.hub.client_id = self.client_id
        self._note("execution_start", {})
        digest = hashlib.sha256(json.dumps(self.shot, sort_keys=True, default=str).encode()).hexdigest()
        self.signatures = signatures(self.item.prompt, self.engine.classes, self.engine.catalogue, digest)
        wanted = set(self.signatures.values())
        self.engine.kept = {key: kept for key, kept in self.engine.kept.items() if key in wanted}
        cached = [node_id for node_id in self.item.prompt if self._kept(node_id)]
        self._note("execution_cached", {"nodes": cached})
        success = self._run_nodes()
        if success:
            self._note("execution_success", {})
        return self._ended(success=success)

    def _ended(self, *, success: bool) -> Ended:
        self.hub.node = None
        return Ended(
            outputs=self.shown,
            meta={
                node_id: {
                    "node_id": node_id,
                    "display_node": node_id,
                    "parent_node": None,
                    "real_node_id": node_id,
                }
                for node_id in self.shown
            },
            status={
                "status_str": "success" if success else "error",
                "completed": success,
                "messages": self.messages,
            },
        )

    def broken(self, error: Exception) -> Ended:
        """The end of a prompt that failed outside its nodes."""
        nowhere = {"node_id": "", "node_type": "", "executed": self.executed}
        self._note("execution_error", {**nowhere, **self._error(error, {})})
        return self._ended(success=False)

    def _run_nodes(self) -> bool:
        plan = Plan(
            self.item.prompt,
            self.item.outputs,
            self.engine.classes,
            lambda node_id: self._kept(node_id) is not None,
        )
        while (node_id := plan.next()) is not None:
            kept = self._kept(node_id)
            if kept is not None:
                self._show(node_id, kept.shown, cached=True)
                self.progress.finish(node_id)
            elif not self._run_node(node_id):
                return False
            plan.done(node_id)
        return True

    def _run_node(self, node_id: str) -> bool:
        self.hub.node = node_id
        self.progress.start(node_id)
        if self.client_id is not None:
            self._send("executing", {"node": node_id, "display_node": node_id})
        inputs: dict[str, Any] = {}
        run = self._node_run(node_id)
        try:
            run.check_stop()
            inputs = self._inputs(node_id)
            kept = self._call(run, inputs)
        except Interrupted:
            self._note("execution_interrupted", self._place(node_id), everybody=True)
            return False
        except Exception as error:
            self._note("execution_error", {**self._place(node_id), **self._error(error, inputs)})
            return False
        self.engine.kept[self.signatures[node_id]] = kept
        self._show(node_id, kept.shown, cached=False)
        self.executed.append(node_id)
        self.progress.finish(node_id)
        return True

    def _inputs(self, node_id: str) -> dict[str, Any]:
        entry = self.item.prompt[node_id]
        inputs = {}
        for name in self._class(node_id).inputs():
            if name in entry["inputs"]:
                value = entry["inputs"][name]
                if is_link(value):
                    source = self._kept(value[0])
                    assert source is not None, "the plan runs a node after all that feed it"
                    value = source.values[value[1]]
                inputs[name] = value
        return inputs

    def _call(self, run: NodeRun, inputs: dict[str, Any]) -> Kept:
        node_class = self._class(run.node_id)
        result = node_class.function(run, **inputs)
        if isinstance(result, Ui):
            return Kept((), result.shown)
        return Kept(result if len(node_class.outputs) > 1 else (result,), None)

    def _node_run(self, node_id: str) -> NodeRun:
        def report(value: int, total: int, picture: bytes | None) -> None:
            self.progress.step(node_id, value, total)
            with_metadata = self.hub.understands_metadata(self.client_id)
            if picture is not None and with_metadata:
                self.hub.preview(picture, self.progress.metadata(node_id), self.client_id)
            step = {"value": value, "max": total, "prompt_id": self.item.prompt_id, "node": node_id}
            self.hub.send("progress", step, self.client_id)
            if picture is not None and not with_metadata:
                self.hub.preview(picture, None, self.client_id)

        return NodeRun(
            node_id=node_id,
            prompt=self.item.prompt,
            extra_pnginfo=_mapping(self.item.extra_data.get("extra_pnginfo")),
            shot=self.shot,
            catalogue=self.engine.catalogue,
            painter=self.engine.painter,
            stop=self.item.stop,
            step_seconds=self.engine.step_seconds,
            wants_previews=self.engine.previews and self.hub.wants_previews(self.client_id),
            report=report,
            nonce=self.engine.nonce,
        )

    def _show(self, node_id: str, shown: dict[str, Any] | None, *, cached: bool) -> None:
        if shown is not None:
            self.shown[node_id] = shown
        if (shown is not None or cached) and self.client_id is not None:
            self._send("executed", {"node": node_id, "display_node": node_id, "output": shown})

    def _place(self, node_id: str) -> dict[str, Any]:
        return {
            "node_id": node_id,
            "node_type": self.item.prompt[node_id]["class_type"],
            "executed": self.executed,
        }

    def _error(self, error: Exception, inputs: Mapping[str, Any]) -> dict[str, Any]:
        kind = type(error)
        return {
            "exception_message": f"{error}\n",
            "exception_type": kind.__name__
            if kind.__module__ == "builtins"
            else f"{kind.__module__}.{kind.__name__}",
            "traceback": traceback_lines(error),
            "current_inputs": {name: [_brief(value)] for name, value in inputs.items()},
            "current_outputs": list(self.item.prompt),
        }

    def _note(self, event: str, data: dict[str, Any], *, everybody: bool = False) -> None:
        message = {"prompt_id": self.item.prompt_id, **data, "timestamp": int(time.time() * 1000)}
        if event == "execution_cached":  # the recordings have the nodes first
            message = {**data, "prompt_id": self.item.prompt_id, "timestamp": message["timestamp"]}
        self.messages.append((event, message))
        if everybody or self.client_id is not None:
            self.hub.send(event, message, self.client_id)

    def _send(self, event: str, data: dict[str, Any]) -> None:
        self.hub.send(event, {**data, "prompt_id": self.item.prompt_id}, self.client_id)

    def _class(self, node_id: str) -> NodeClass:
        return self.engine.classes[self.item.prompt[node_id]["class_type"]]

    def _kept(self, node_id: str) -> Kept | None:
        return self.engine.kept.get(self.signatures.get(node_id, ""))


def _mapping(value: Any) -> Mapping[str, Any]:
    """What a client sent along, when it has the form that is looked for."""
    return value if isinstance(value, Mapping) else {}


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}…"
