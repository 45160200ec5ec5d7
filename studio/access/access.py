"""What may be done here: a role, within what this process was granted."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from studio.access.grant import Grant
from studio.access.roles import DIRECTOR, PERMISSIONS, WORDS, Permission, Roles, listed
from studio.errors import NotAllowed


@dataclass(frozen=True)
class Access:
    """A role in a project. It never changes; the default is that of whoever runs the studio for themselves.

    Attributes:
        role: Its name.
        permissions: What it may do.
        user: Who, if a server knows.
        grant: What this process was given, if it was started for somebody.
    """

    role: str = DIRECTOR
    permissions: frozenset[Permission] = frozenset(PERMISSIONS)
    user: str = ""
    grant: Grant | None = field(default=None, repr=False)

    @classmethod
    def here(cls, role: str | Access | None = None, *, project: Path | None = None, user: str = "") -> Access:
        """What this process may do: all, unless a server granted less.

        Args:
            role: To be held to a role, as a director who wants to see what a reviewer sees.
            project: Its folder; its `roles.toml` may define more roles.
            user: Who, if no grant tells.

        Raises:
            NotAllowed: no such role, or one that may do more than was granted.
            DataFileError: a file of roles is wrong.
        """
        grant = Grant.here()
        own = cls()
        if grant is not None:
            own = cls(role=grant.role, permissions=grant.may, user=grant.user, grant=grant)
        if role is None:
            return own
        if isinstance(role, Access):
            wanted = role
        else:
            wanted = cls(role=role, permissions=Roles.known(project).find(role).may)
        more = wanted.permissions - own.permissions
        if more:
            raise NotAllowed(
                f"who is {own.role} here can't open it as {wanted.role}, who may {listed(more)}",
                hint="Open it without a role.",
            )
        who = own.user or user or wanted.user
        return replace(own, role=wanted.role, permissions=wanted.permissions, user=who)

    def allows(self, permission: Permission) -> bool:
        """Whether it may do that."""
        return permission in self.permissions

    def why(self, permission: Permission) -> str:
        """Why it may not, for a button that is greyed; empty if it may."""
        return "" if self.allows(permission) else f"as {self.role} you may not {WORDS[permission]}"

    def require(self, *permissions: Permission, what: str = "") -> None:
        """Go on only if it may do all of that.

        Args:
            what: What was asked for, in words.

        Raises:
            NotAllowed: it may not.
        """
        for permission in PERMISSIONS:
            if permission in permissions and not self.allows(permission):
                raise NotAllowed(
                    self.why(permission),
                    permission=permission,
                    role=self.role,
                    where=what,
                    hint="Ask somebody who may, such as a director.",
                )

    def require_place(self, path: Path) -> None:
        """Go on only if this folder or file is open to this process.

        Raises:
            NotAllowed: it is not; the path is not repeated, as it may be a guess.
        """
        if self.grant is not None and not self.grant.reaches(path):
            raise NotAllowed(
                "that place is not open to you",
                role=self.role,
                hint="Choose one of the projects served here.",
            )

    def require_backend(self, address: str) -> None:
        """Go on only if this process may render there.

        Args:
            address: Without user, password and path's end, as `Address.http`.

        Raises:
            NotAllowed: it may not.
        """
        allowed = None if self.grant is None else self.grant.backends
        if allowed is not None and address not in allowed:
            raise NotAllowed(
                "that backend is not open to you", role=self.role, hint="Use one that is served here."
            )

    def with_backend(self, address: str) -> Access:
        """The same with one backend more: one that this process has started itself."""
        if self.grant is None or self.grant.backends is None:
            return self
        more = self.grant.model_copy(update={"backends": (*self.grant.backends, address)})
        return replace(self, grant=more)
