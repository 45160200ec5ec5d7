"""A farm's backends where another process serves: what is asked of them is left as an order for that one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from studio.errors import BackendError, StudioError
from studio.render.backend import Backend
from studio.render.farm import Farm
from studio.render.loop import on_render_thread
from studio.render.shared.orders import (
    AddOrder,
    BackendOrder,
    EnableOrder,
    FreeOrder,
    OrderBox,
    RemoveOrder,
)

ANSWER = 20.0
"""Seconds that the process that serves has to do what was asked of a backend."""


class OrderedBackends(Farm):
    """A farm that changes its backends itself while it serves, and has them changed while it does not.

    Attributes:
        serving: Whether this process renders for all.
    """

    serving: bool
    _configured: Callable[[], Sequence[Backend]]
    _box: OrderBox

    def add(self, backend: str | Backend) -> Backend:
        if self.serving:
            return super().add(backend)
        self.access.require("manage", what="add a backend")
        added = Backend.of(backend)
        self.access.require_backend(added.url)
        known = any(one.name == added.name for one in self._configured())
        if added.headers and not known:
            raise BackendError(
                f"{added.name} needs a secret, which is not handed to another process",
                hint="Save it for the project: then the process that renders reads it there.",
            )
        self._order(
            AddOrder(
                name=added.name,
                url=added.url,
                tags=tuple(sorted(added.tags)),
                weight=added.weight,
                max_queue=added.max_queue,
                enabled=added.enabled,
                known=known,
            )
        )
        return added

    def remove(self, name: str) -> None:
        if self.serving:
            super().remove(name)
            return
        self.access.require("manage", what=name)
        self._order(RemoveOrder(name=self._fleet.find(name).name))

    def enable(self, name: str, enabled: bool = True) -> None:
        if self.serving:
            super().enable(name, enabled)
            return
        self.access.require("manage", what=name)
        self._order(EnableOrder(name=self._fleet.find(name).name, enabled=enabled))

    def free(self, name: str) -> None:
        if self.serving:
            super().free(name)
            return
        self.access.require("manage", what=name)
        self._order(FreeOrder(name=self._fleet.find(name).name))

    def _order(self, order: BackendOrder) -> None:
        """Leave it, and wait until it is done. From any thread but the render loop's."""
        self._refuse_if_closed()
        if on_render_thread():
            raise StudioError("this was called from a callback of a render", hint="Call it somewhere else.")
        assert self._seal is not None
        name = self._box.leave(order, self._seal, self.access)
        given_up = time.monotonic() + ANSWER
        while self._box.left(name):
            if time.monotonic() >= given_up:
                self._box.done(name)
                raise StudioError(
                    "the process that renders for this project does not answer",
                    hint="It may be busy, or the project's disk slow: try again.",
                )
            time.sleep(0.05)
        if why := self._box.refusal(name):
            raise StudioError(why, where=order.name)
