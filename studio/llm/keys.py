"""Keys of language models: read from the environment or the system's keyring, never written anywhere else."""

from __future__ import annotations

import os

from pydantic import SecretStr

from studio.errors import LanguageModelError

SERVICE = "directors-notebook"
"""The name under which keys lie in the system's keyring."""


def find_key(provider: str, variable: str) -> SecretStr | None:
    """The key of a provider: environment variable first, then the keyring; None if there is none."""
    value = os.environ.get(variable, "").strip() if variable else ""
    if not value:
        value = _from_keyring(provider)
    return SecretStr(value) if value else None


def store_key(provider: str, key: str) -> None:
    """Put a key into the system's keyring.

    Raises:
        LanguageModelError: there is no keyring on this machine.
    """
    _keyring_call("set_password", provider, key)


def forget_key(provider: str) -> None:
    """Remove a key from the system's keyring; one that is not there is no error.

    Raises:
        LanguageModelError: there is no keyring on this machine.
    """
    if _from_keyring(provider):
        _keyring_call("delete_password", provider)


def _from_keyring(provider: str) -> str:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return ""
    try:
        return keyring.get_password(SERVICE, provider) or ""
    except KeyringError:  # locked, or none on this machine: then there is no key in it
        return ""


def _keyring_call(name: str, provider: str, *values: str) -> None:
    hint = "Set the environment variable instead."
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError as error:
        raise LanguageModelError(
            "the package `keyring` is not installed", provider=provider, hint=hint
        ) from error
    try:
        getattr(keyring, name)(SERVICE, provider, *values)
    except KeyringError:
        raise LanguageModelError("this machine's keyring refuses", provider=provider, hint=hint) from None
