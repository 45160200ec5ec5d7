"""Asking a language model from a page: one question at a time, its text as it grows."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from typing import Any

from studio import llm
from studio.cinema import Prompt
from studio.errors import StudioError
from studio.render.loop import spawn


class Enhancer:
    """One configurator's questions. Callbacks come on the render thread.

    Args:
        changed: Called whenever `text`, `done`, `error` or `provider` changed.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._asked: Future[Any] | None = None
        self.provider = ""  # who would be asked; empty: nobody is at hand
        self.text = ""
        self.error = ""
        self.running = False
        self.done: llm.Enhanced | None = None

    def look_around(self) -> None:
        """Find out who can be asked, without waiting for it."""
        spawn(llm.available()).add_done_callback(self._found)

    def ask(self, prompt: Prompt) -> None:
        """Enhance `prompt`; a question that still runs is dropped."""
        self.forget()
        self.running = True
        asked: Future[Any] | None = None

        def grows(text: str) -> None:
            if self._asked is asked:
                self.text = text
                self._changed()

        def ended(future: Future[Any]) -> None:
            if self._asked is not future:
                return
            self._asked, self.running = None, False
            try:
                self.done = future.result()
                self.text = self.done.text
            except CancelledError:
                self.error = "Stopped."
            except StudioError as error:
                self.error = str(error)
            except Exception as error:  # a callback's error is seen nowhere else
                self.error = f"It did not work ({type(error).__name__})."
            self._changed()

        asked = self._asked = spawn(llm.enhance(prompt, on_text=grows))
        self._changed()
        asked.add_done_callback(ended)

    def stop(self) -> None:
        """Drop the question that runs; its text so far stays."""
        if self._asked is not None:
            self._asked.cancel()

    def forget(self) -> bool:
        """Drop the question and its answer, which are of another prompt; False if there was neither."""
        had = bool(self.running or self.text or self.error or self.done)
        asked, self._asked = self._asked, None
        if asked is not None:
            asked.cancel()
        self.text, self.error, self.done, self.running = "", "", None, False
        return had

    def _found(self, future: Future[Any]) -> None:
        try:
            ready = future.result()
        except (StudioError, CancelledError):
            return  # nobody to ask, so there is no button
        self.provider = ready[0].name if ready else ""
        self._changed()
