"""Ask a language model to enrich a prompt, follow the text as it grows, and check it against the look."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from studio.access import Access
from studio.cinema.library import library
from studio.cinema.prompt import Prompt
from studio.cinema.targets import find_target
from studio.errors import LanguageModelError
from studio.llm.catalogue import Provider, available, find_provider
from studio.llm.check import Remark, check, without_repeats
from studio.llm.instructions import instructions_for
from studio.llm.models import ask, make_model
from studio.render.loop import on_render_thread, spawn

if TYPE_CHECKING:
    from pydantic_ai.models import Model

TIMEOUT = 120.0
"""Seconds for a whole answer; models on a laptop take their time."""


class Enhanced(BaseModel):
    """An enriched prompt, with the plain one beside it."""

    model_config = ConfigDict(frozen=True)

    text: str
    plain: Prompt
    remarks: tuple[Remark, ...] = ()
    provider: str = ""
    model: str = ""

    @property
    def prompt(self) -> Prompt:
        """A prompt to render with: the enriched text, the rest as it was."""
        return self.plain.model_copy(update={"positive": self.text})

    def __str__(self) -> str:
        return self.text


async def enhance(
    prompt: Prompt,
    *,
    provider: str = "",
    model: str | Model = "",
    on_text: Callable[[str], None] | None = None,
    instructions: Path | None = None,
    timeout: float = TIMEOUT,
) -> Enhanced:
    """Enrich a prompt.

    Args:
        prompt: As `write_prompt` gave it.
        provider: An id of `studio.llm.providers()`, or the address of an OpenAI-compatible server. Without
            one: a local server that answers, else the first provider with a key.
        model: The provider's name for it, or a pydantic-ai model of your own.
        on_text: Called with the whole text so far, as it grows, on the render thread.
        instructions: A folder with instruction files that replace the shipped ones.
        timeout: Seconds for the whole answer.

    Raises:
        LanguageModelError: nobody can be asked, the provider refused, or the answer came empty or too late.
        NotAllowed: this process may not render: what costs money is not for who only looks.
    """
    Access.here().require("render", what="ask a language model")
    work = _enhance(prompt, provider, model, on_text, instructions, timeout)
    return await (work if on_render_thread() else asyncio.wrap_future(spawn(work)))


async def _enhance(
    prompt: Prompt,
    provider: str,
    model: str | Model,
    on_text: Callable[[str], None] | None,
    folder: Path | None,
    timeout: float,
) -> Enhanced:
    chosen: Any = model
    if isinstance(model, str):
        source = await _choose(provider)
        chosen = await make_model(source, model)
        provider = source.id
    text = ""
    try:
        async with asyncio.timeout(timeout):
            told = instructions_for(find_target(library(), prompt.target), folder=folder)
            async for text in ask(chosen, told, prompt.positive, provider=provider, timeout=timeout):
                if on_text is not None:
                    on_text(text)
    except TimeoutError:
        raise LanguageModelError(
            f"no whole answer within {timeout:g} s",
            provider=provider,
            hint="Try a smaller model, or wait longer.",
        ) from None
    text, repeats = without_repeats(text)
    if not text:
        raise LanguageModelError(
            "the answer was empty", provider=provider, hint="Try again, or another model."
        )
    return Enhanced(
        text=text,
        plain=prompt,
        remarks=(*check(text, prompt), *repeats),
        provider=provider,
        model=str(getattr(chosen, "model_name", "")),
    )


async def _choose(name: str) -> Provider:
    if name:
        return find_provider(name)
    ready = await available()
    if not ready:
        raise LanguageModelError(
            "no language model is at hand",
            hint="Start Ollama or LM Studio, or set a key such as OPENAI_API_KEY.",
        )
    return ready[0]
