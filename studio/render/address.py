"""Where a backend is: one address for HTTP and socket, and a form of it that may be shown."""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from studio.errors import BackendError


@dataclass(frozen=True)
class Address:
    """A ComfyUI server's address, taken apart.

    `http` and `ws` are base URLs without a trailing slash and without credentials; `headers` go with every
    request and with the socket's opening. Only `http` is ever shown.
    """

    http: str
    ws: str
    loopback: bool
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        return self.http

    @classmethod
    def parse(cls, url: str, headers: Mapping[str, str] | None = None) -> Address:
        """Read an address as a person writes it: `127.0.0.1:8188`, `https://user:pw@box/comfy/`.

        A name and password become an `Authorization` header; a path stays as a prefix of every route.

        Raises:
            BackendError: not an address; the message never repeats what may be a password.
        """
        text = url.strip()
        if "://" not in text:
            text = f"http://{text}"
        try:
            parts = urlsplit(text)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise _bad("it can't be read") from error
        scheme = {"http": "http", "https": "https", "ws": "http", "wss": "https"}.get(parts.scheme)
        if scheme is None:
            raise _bad(f"it starts with {parts.scheme}://, and must start with http:// or https://")
        if not host or any(character.isspace() or not character.isprintable() for character in host):
            raise _bad("it names no host")
        if parts.query or parts.fragment:
            raise _bad(
                "it has a query, and a token there would end up in logs", "Pass the token as a header."
            )
        name = f"[{host}]" if ":" in host else host
        place = f"{name}:{port}" if port is not None else name
        prefix = parts.path.rstrip("/")
        known = {name: _header(name, value) for name, value in (headers or {}).items()}
        if parts.username is not None and not any(key.lower() == "authorization" for key in known):
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            known["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        socket = "wss" if scheme == "https" else "ws"
        return cls(
            http=f"{scheme}://{place}{prefix}",
            ws=f"{socket}://{place}{prefix}",
            loopback=_is_loopback(host),
            headers=known,
        )


def _bad(why: str, hint: str = "Write it like http://127.0.0.1:8188.") -> BackendError:
    return BackendError(f"this is no address of a backend: {why}", hint=hint)


def _header(name: str, value: str) -> str:
    """A header that HTTP can carry: RFC 9110, 5.1 and 5.5. The value is never repeated."""
    if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
        raise BackendError("a header's name has characters that HTTP does not allow", hint="Mend the header.")
    if not value.isascii() or not value.isprintable() or value != value.strip():
        raise BackendError(
            f"the value of the header {name} has characters that HTTP does not allow",
            hint="A line break or space at its end, perhaps?",
        )
    return value


def _is_loopback(host: str) -> bool:
    """Whether the host is this machine, which is never reached through a proxy."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
