"""Dask where it is needed: the extra `farm`, and its settings for this process."""

from __future__ import annotations

import importlib.util
from typing import Any

from studio.errors import BackendError, StudioError


def need_distributed() -> None:
    """Make sure that Dask is installed.

    Raises:
        StudioError: it is not installed.
    """
    if importlib.util.find_spec("distributed") is None:
        raise StudioError(
            "the farm beyond one machine needs Dask, which is not installed",
            hint="Install it with: pip install 'directors-notebook[farm]'",
        )


def quiet() -> None:
    """Have Dask log warnings only: it tells of every connection."""
    import logging

    import distributed

    assert distributed is not None  # it sets its own levels when it is imported
    for name in ("", ".core", ".scheduler", ".worker", ".http.proxy", ".nanny", ".client"):
        logging.getLogger(f"distributed{name}").setLevel(logging.WARNING)


def scheduler_address(address: str) -> str:
    """`tcp://host:port` of what a person writes.

    Raises:
        BackendError: that is no address.
    """
    text = address.strip()
    if "://" not in text:
        text = f"tcp://{text}"
    scheme, _, rest = text.partition("://")
    host, _, port = rest.rstrip("/").rpartition(":")
    if scheme not in ("tcp", "tls") or not host or not port.isdecimal() or "@" in host:
        raise BackendError(
            f"{address!r} is no address of a Dask scheduler", hint="Write it as tcp://host:8786, or tls://…"
        )
    return f"{scheme}://{host}:{port}"


def security_for(address: str) -> Any:
    """Dask's certificates (`distributed.comm.tls` in its settings) for an address `tls://…`; else none."""
    if not address.startswith("tls://"):
        return None
    from distributed.security import Security

    return Security(require_encryption=True)  # type: ignore[no-untyped-call]
