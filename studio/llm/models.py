"""The one place that knows pydantic-ai: making a model, asking it, and its errors in our words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from studio.errors import LanguageModelError
from studio.llm.catalogue import Provider, list_models

if TYPE_CHECKING:
    from pydantic_ai.models import Model

_INSTALL = "Install it: pip install 'directors-notebook[llm]'."


async def make_model(provider: Provider, name: str = "") -> Model:
    """A pydantic-ai model of `provider`.

    Raises:
        LanguageModelError: the extra is not installed, no key is at hand, or a local server does not answer.
    """
    secret = provider.secret()
    if provider.key and secret is None:
        raise LanguageModelError(
            f"no key for {provider.name}",
            provider=provider.id,
            hint=f"Set {provider.key}, or store it once: studio.llm.store_key({provider.id!r}, …).",
        )
    name = name or provider.model
    if not name:
        listed = await list_models(provider, timeout=5)
        if not listed:
            raise LanguageModelError("has no model", provider=provider.id, hint="Load one there first.")
        name = listed[0]
    key = secret.get_secret_value() if secret else "none-needed"
    try:
        if provider.kind == "anthropic":
            from pydantic_ai.models.anthropic import AnthropicModel
            from pydantic_ai.providers.anthropic import AnthropicProvider

            return AnthropicModel(name, provider=AnthropicProvider(api_key=key))
        if provider.kind == "google":
            from pydantic_ai.models.google import GoogleModel
            from pydantic_ai.providers.google import GoogleProvider

            return GoogleModel(name, provider=GoogleProvider(api_key=key))
        from pydantic_ai.models.openai import OpenAIChatModel
        from pydantic_ai.providers.openai import OpenAIProvider

        return OpenAIChatModel(name, provider=OpenAIProvider(base_url=provider.url or None, api_key=key))
    except ImportError as error:
        raise LanguageModelError(
            "language models are not installed", provider=provider.id, hint=_INSTALL
        ) from error


async def ask(
    model: Model, instructions: str, text: str, *, provider: str, timeout: float
) -> AsyncIterator[str]:
    """The answer as it grows: each value is the whole text so far.

    Raises:
        LanguageModelError: the provider refused, was not reached, or did not answer in time.
    """
    from pydantic_ai import Agent
    from pydantic_ai.exceptions import AgentRunError, ModelHTTPError, UserError

    agent = Agent(model, instructions=instructions, model_settings={"timeout": timeout})
    try:
        async with agent.run_stream(text) as answer:
            async for whole in answer.stream_text(debounce_by=None):
                yield whole
    except ModelHTTPError as error:
        raise _refused(error.status_code, provider) from None
    except (AgentRunError, UserError, TimeoutError, OSError) as error:
        raise LanguageModelError(
            f"the answer did not come ({type(error).__name__})",
            provider=provider,
            hint="Check that the server runs and that the network is up, then try again.",
        ) from None


def _refused(status: int, provider: str) -> LanguageModelError:
    """A status in words. The body is left out: it may repeat the request with its key."""
    reasons = {
        401: ("the key was refused", "Check the key."),
        403: ("the key may not do this", "Check the key's rights."),
        404: ("there is no such model", "Choose another one with model=…."),
        429: ("too many requests, or no credit left", "Wait a moment, or check the account."),
    }
    message, hint = reasons.get(
        status, (f"the server answered {status}", "Try again later, or another provider.")
    )
    return LanguageModelError(message, provider=provider, hint=hint)
