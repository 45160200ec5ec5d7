"""Who can be asked: the providers in `presets/llm/providers.toml`, and local servers that answer."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from studio.data import data_folder
from studio.errors import BackendError, DataFileError, LanguageModelError
from studio.llm.keys import find_key
from studio.render.address import Address
from studio.render.timing import Timing
from studio.render.transport import Transport

LOOK_AROUND = 1.0
"""Seconds that a local server has to answer."""


class Provider(BaseModel):
    """One place where a language model answers. Holds no key."""

    model_config = ConfigDict(extra="allow", frozen=True)

    id: str
    name: str
    kind: Literal["openai", "anthropic", "google"] = "openai"
    url: str = ""
    key: str = ""  # name of the environment variable
    model: str = ""
    local: bool = False

    def secret(self) -> SecretStr | None:
        """Its key, if one is known; a provider without `key` needs none."""
        return find_key(self.id, self.key) if self.key else None

    @property
    def ready(self) -> bool:
        """Whether a key is at hand, or none is needed."""
        return not self.key or self.secret() is not None


def providers() -> dict[str, Provider]:
    """All known providers by id, in the order of the file.

    Raises:
        DataFileError: the file is broken; names provider and field.
    """
    path = data_folder("presets") / "llm" / "providers.toml"
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise DataFileError(f"can't be read: {error}", where=str(path)) from error
    return {key: _read(path.name, key, table) for key, table in tables.items()}


def _read(file: str, key: str, table: Any) -> Provider:
    try:
        return Provider.model_validate({"id": key, **(table if isinstance(table, Mapping) else {})})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join([key, *map(str, first["loc"])])
        raise DataFileError(f"{place}: {first['msg']}", where=file, hint="Mend that field.") from None


def find_provider(name: str) -> Provider:
    """A provider by id, or the OpenAI-compatible server at an address (`http://127.0.0.1:8080/v1`).

    Raises:
        LanguageModelError: there is none of that id.
    """
    if name.startswith(("http://", "https://")):
        parts = urlsplit(name)
        host = parts.hostname or "server"
        return Provider(id=host, name=host, url=name.rstrip("/"), key="STUDIO_LLM_KEY" if _far(host) else "")
    known = providers()
    if name not in known:
        raise LanguageModelError(
            f"no provider {name!r}", hint=f"There are {', '.join(known)}, or give an address."
        )
    return known[name]


async def available() -> list[Provider]:
    """Providers that can be asked now: those with a key, and local servers that answer with a model."""
    known = providers().values()
    local = [provider for provider in known if provider.local]
    models = await asyncio.gather(*(list_models(provider) for provider in local), return_exceptions=True)
    found = [
        provider.model_copy(update={"model": provider.model or names[0]})
        for provider, names in zip(local, models, strict=True)
        if isinstance(names, list) and names
    ]
    return [*found, *(provider for provider in known if not provider.local and provider.ready)]


async def list_models(provider: Provider, *, timeout: float = LOOK_AROUND) -> list[str]:
    """Models that an OpenAI-compatible server lists, those for embeddings left out.

    Raises:
        LanguageModelError: it does not answer, or not with models.
    """
    secret = provider.secret()
    headers = {"Authorization": f"Bearer {secret.get_secret_value()}"} if secret else {}
    transport = Transport(Address.parse(provider.url, headers), Timing(connect=timeout, answer=timeout))
    try:
        answer = await transport.get_json("/models")
    except BackendError as error:
        raise LanguageModelError(
            "does not answer",
            provider=provider.id,
            where=provider.name,
            hint="Start it, or choose another provider.",
        ) from error
    finally:
        await transport.aclose()
    entries = answer.get("data") if isinstance(answer, Mapping) else None
    names = [entry.get("id") for entry in entries or [] if isinstance(entry, Mapping)]
    return [name for name in names if isinstance(name, str) and "embed" not in name.lower()]


def _far(host: str) -> bool:
    return host not in ("127.0.0.1", "localhost", "::1")
