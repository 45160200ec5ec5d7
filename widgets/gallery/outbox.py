"""What is to be sent to the pages: put in by any thread, sent on the kernel's loop, pictures in bundles."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from widgets.pace import Loop, Pace

INTERVAL = 0.02
"""Seconds between two sendings: pictures that are ready meanwhile go together."""

BUNDLE = 2_000_000
"""Bytes in one message, about; Jupyter's websocket takes 10 MB."""

Send = Callable[[dict[str, Any], list[bytes]], None]


class Outbox:
    """Sends in the order in which it was put in.

    Args:
        send: Sends one message.
        loop: The kernel's loop; None: at once.
    """

    def __init__(self, send: Send, loop: Loop | None) -> None:
        self._send = send
        self._lock = threading.Lock()
        self._waiting: list[tuple[dict[str, Any], list[bytes]]] = []
        self._closed = False
        self._pace = Pace(self._flush, loop, interval=INTERVAL)

    def put(self, message: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        """Have it sent soon."""
        with self._lock:
            if self._closed:
                return
            self._waiting.append((message, buffers or []))
        self._pace.ask()

    def close(self) -> None:
        """Send nothing any more."""
        with self._lock:
            self._closed = True
            self._waiting.clear()

    def _flush(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for message, buffers in bundled(waiting):
            self._send(message, buffers)


def bundled(
    messages: list[tuple[dict[str, Any], list[bytes]]],
) -> list[tuple[dict[str, Any], list[bytes]]]:
    """The same, with the pictures for one page that follow each other in one message `thumbs`.

    Its `thumbs` are the rows of `picture_row`, with the number of their buffer as `buffer`, −1 for none.
    """
    sent: list[tuple[dict[str, Any], list[bytes]]] = []
    size = 0
    for message, buffers in messages:
        if message["kind"] != "thumb":
            sent.append((message, buffers))
            continue
        last = sent[-1][0] if sent else {}
        if last.get("kind") != "thumbs" or last["view"] != message["view"] or size > BUNDLE:
            sent.append(({"kind": "thumbs", "view": message["view"], "thumbs": []}, []))
            size = 0
        row = {name: value for name, value in message.items() if name not in ("kind", "view")}
        row["buffer"] = len(sent[-1][1]) if buffers else -1
        sent[-1][0]["thumbs"].append(row)
        sent[-1][1].extend(buffers)
        size += sum(map(len, buffers))
    return sent
