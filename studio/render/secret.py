"""Secrets by reference, so that none lies in a file: `env:NAME`, or `keyring:service/user`."""

from __future__ import annotations

import os
from typing import Any

from studio.errors import DataFileError

ENVIRONMENT, KEYRING = "env:", "keyring:"


def is_reference(value: str) -> bool:
    """Whether it names a secret, and is none."""
    return value.startswith((ENVIRONMENT, KEYRING))


def resolve(value: str, *, where: str, what: str) -> str:
    """The secret that `value` refers to; a value that is no reference is given back.

    Args:
        where: The file and field that names it, for messages.
        what: What it is for: `the header Authorization of https://box`.

    Raises:
        DataFileError: there is no such secret, or nothing to ask for it. No message holds a secret.
    """
    if value.startswith(ENVIRONMENT):
        return _environment(value.removeprefix(ENVIRONMENT), where, what)
    if value.startswith(KEYRING):
        return _keyring(value.removeprefix(KEYRING), where, what)
    return value


def _environment(name: str, where: str, what: str) -> str:
    if name not in os.environ:
        raise DataFileError(
            f"the environment variable {name} is not set", where=where, hint=f"It holds {what}."
        )
    return os.environ[name]


def _keyring(name: str, where: str, what: str) -> str:
    service, slash, user = name.rpartition("/")
    if not slash or not service or not user:
        raise DataFileError(
            "a keyring's entry is written keyring:service/user", where=where, hint=f"It holds {what}."
        )
    try:
        import keyring
    except ImportError as error:
        raise DataFileError(
            "the keyring can't be asked: the package keyring is not installed",
            where=where,
            hint="Install it with `pip install keyring`, or use env:NAME.",
        ) from error
    try:
        found: Any = keyring.get_password(service, user)
    except Exception as error:  # each system's keyring has errors of its own
        raise DataFileError(
            f"the keyring does not answer ({type(error).__name__})",
            where=where,
            hint="Unlock it, or use env:NAME.",
        ) from None
    if not found:
        raise DataFileError(
            f"the keyring has nothing for {user} at {service}",
            where=where,
            hint=f"It holds {what}; `keyring set {service} {user}` puts it there.",
        )
    return str(found)
