"""Who a visitor is. Roles come from this table alone; a browser has a token, or a proxy's word for it."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from studio.access import Grant, Permission

SHA256 = r"[0-9a-f]{64}"


def _network(text: str) -> str:
    ipaddress.ip_network(text, strict=False)
    return text


class Visitor(BaseModel):
    """Somebody, and what they may do."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=256)
    role: str
    may: frozenset[Permission]
    token: str = Field(default="", pattern=rf"^(?:{SHA256})?$", description="Its SHA-256; empty: none.")


class Proxy(BaseModel):
    """A server in front of this one that has asked people who they are."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    header: str = Field(pattern=r"^[A-Za-z0-9-]{1,64}$")
    trusted: tuple[Annotated[str, AfterValidator(_network)], ...] = Field(min_length=1)
    others: Visitor | None = Field(default=None, description="For names that are not listed; None: refused.")


class Door(BaseModel):
    """All who may come in, and where they get to; it holds no token, only their hashes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    visitors: tuple[Visitor, ...] = ()
    proxy: Proxy | None = None
    anybody: Visitor | None = Field(default=None, description="Without a token; on this machine only.")
    projects: tuple[str, ...] = Field(min_length=1, description="Folders; the first one is opened.")
    backends: tuple[str, ...] = Field(description="Addresses, as `Address.http`.")

    def by_token(self, token: str) -> Visitor | None:
        """Whose token this is; it takes as long whoever's it is."""
        digest = hashed(token)
        found = None
        for visitor in self.visitors:
            if visitor.token and hmac.compare_digest(visitor.token, digest):
                found = visitor
        return found

    def by_header(self, peer: str, values: Sequence[str]) -> Visitor | None:
        """Whom the proxy has let in. A header that does not come from it, or is there twice, says nothing.

        Args:
            peer: The address at the other end of the connection itself.
            values: Of the proxy's header.
        """
        if self.proxy is None or len(values) != 1 or "," in values[0] or not self._trusts(peer):
            return None
        name = values[0].strip()
        found = self.named(name)
        if found is None and self.proxy.others is not None and 0 < len(name) <= 256 and name.isprintable():
            return self.proxy.others.model_copy(update={"name": name})
        return found

    def named(self, name: str) -> Visitor | None:
        """The visitor of that name in the table."""
        return next((visitor for visitor in self.visitors if visitor.name == name), None)

    def grant(self, visitor: Visitor) -> Grant:
        """What their kernel may do."""
        return Grant(
            user=visitor.name,
            role=visitor.role,
            may=visitor.may,
            projects=self.projects,
            backends=self.backends,
        )

    def _trusts(self, peer: str) -> bool:
        assert self.proxy is not None
        try:
            address = ipaddress.ip_address(peer.partition("%")[0])
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in ipaddress.ip_network(network, strict=False) for network in self.proxy.trusted)


def hashed(token: str) -> str:
    """A token's SHA-256, by which it is known."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
