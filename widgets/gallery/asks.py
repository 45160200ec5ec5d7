"""Carries out what pages ask for: checked, in threads, each answered once; choices and deeds in turn."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pydantic import ValidationError

from studio.errors import StudioError
from widgets.gallery.room import Answer, Asked, Call, Request, Room
from widgets.gallery.wire import Ask

WORKERS = 4
MOST_LONG = 8
"""Long requests at once."""

Send = Callable[[dict[str, Any], list[bytes]], None]
_log = logging.getLogger(__name__)


class Asks:
    """The requests of all rooms.

    Args:
        rooms: Whose requests can be asked for.
        send: Sends a message and bytes to the pages; called on any thread.
        pool: Where to do it; None: threads of its own.
    """

    def __init__(self, rooms: Iterable[Room], send: Send) -> None:
        self.requests: dict[str, Request] = {}
        for room in rooms:
            self.requests.update(room.requests)
        self._send = send
        self._pools = {
            "": ThreadPoolExecutor(WORKERS, "studio-gallery-ask"),
            "choice": ThreadPoolExecutor(1, "studio-gallery-choice"),
            "deed": ThreadPoolExecutor(1, "studio-gallery-deed"),
        }  # without threads until something is asked for
        self._lock = threading.Lock()
        self._calls: dict[tuple[str, int], Call] = {}
        self._long = 0
        self._closed = False

    def ask(self, ask: Ask, buffers: Iterable[Any] = ()) -> None:
        """Do it; the answer is sent when it is there."""
        key = ask.view, ask.id
        request = self.requests.get(ask.what)
        try:
            if request is None:
                raise StudioError(f"the gallery knows no {ask.what!r}")
            call = Call(lambda fields: self._tell(key, fields), [bytes(each) for each in buffers], key)
            asked = request.model.model_validate(ask.fields).of(call)
        except ValidationError as error:
            place = ".".join(str(part) for part in error.errors()[0]["loc"])
            self._fail(key, f"The page sent something that is no {ask.what} ({place}).")
            return
        except StudioError as error:
            self._fail(key, str(error))
            return
        with self._lock:
            if self._closed:
                return
            if request.long and self._long >= MOST_LONG:
                self._fail(key, "Too much is being done at once. Wait until something is done.")
                return
            self._calls[key] = call
            if request.long:
                self._long += 1
                name = "studio-gallery-long"
                threading.Thread(target=self._do, args=(key, request, asked), name=name, daemon=True).start()
                return
            if request.line == "deed":
                self._pools["choice"].submit(self._settle, key, request, asked)
            else:
                self._pools[request.line].submit(self._do, key, request, asked)

    def cancel(self, view: str, id: int) -> None:
        """That page does not want that answer any more."""
        with self._lock:
            call = self._calls.get((view, id))
        if call is not None:
            call.cancel.set()

    def drop(self, view: str) -> None:
        """A page is gone, and with it all that it wants."""
        with self._lock:
            calls = [call for key, call in self._calls.items() if key[0] == view]
        for call in calls:
            call.cancel.set()

    def close(self) -> None:
        """End; what is being done ends by itself and is not told."""
        with self._lock:
            self._closed = True
            calls = list(self._calls.values())
        for call in calls:
            call.cancel.set()
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)

    def _settle(self, key: tuple[str, int], request: Request, asked: Asked) -> None:
        """A deed's turn among the choices: what it is about is known now."""
        try:
            if request.settle is not None:
                asked = request.settle(asked)
        except StudioError as error:
            self._end(key, request)
            self._fail(key, str(error))
            return
        with self._lock:
            if not self._closed:
                self._pools["deed"].submit(self._do, key, request, asked)

    def _do(self, key: tuple[str, int], request: Request, asked: Asked) -> None:
        try:
            answer = request.do(asked)
            if not isinstance(answer, Answer):
                answer = Answer(dict(answer or {}))
            self._answer(key, {"ok": True, "reply": answer.reply}, answer.buffers)
        except StudioError as error:
            self._fail(key, str(error))
        except Exception as error:  # an error on another thread is seen nowhere else
            _log.exception("a request of the gallery failed")
            self._fail(key, f"{type(error).__name__}: {error}")
        finally:
            self._end(key, request)

    def _end(self, key: tuple[str, int], request: Request) -> None:
        with self._lock:
            self._calls.pop(key, None)
            self._long -= request.long

    def _tell(self, key: tuple[str, int], fields: Mapping[str, Any]) -> None:
        self._send({"kind": "told", "view": key[0], "id": key[1], "fields": dict(fields)}, [])

    def _fail(self, key: tuple[str, int], words: str) -> None:
        self._answer(key, {"ok": False, "error": words}, [])

    def _answer(self, key: tuple[str, int], fields: dict[str, Any], buffers: list[bytes]) -> None:
        self._send({"kind": "answer", "view": key[0], "id": key[1], **fields}, buffers)
