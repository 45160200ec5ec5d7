"""Who may do what, and where: roles, and the places that a process may reach.

    access = Access.here("reviewer")     # never more than this process was granted
    access.why("render")                 # 'a reviewer may not render'; empty if it may
    access.require("render")             # or NotAllowed

What a role may not do is refused by the objects that do it (`Project`, `Board`, `Gallery`, `Farm` …), whoever
calls them: a cell, a widget's message, the REST interface. Looking is never refused.

In the rooms: `roles` (permissions, the table of roles), `grant` (what a server gave to this process),
`access` (both together), `seal` (what processes leave for each other in a project's folder).

What this holds against, and what not: the roles are kept by the studio's own code, for people who reach a
project through it: Voila, widgets, REST. Whoever can run code of their own as the same user of the system, or
write into the project's folder, can do all that the disk lets them.
"""

from studio.access.access import Access
from studio.access.grant import GRANT, Grant
from studio.access.roles import DIRECTOR, PERMISSIONS, Permission, Role, Roles
from studio.access.seal import Proof, Seal

__all__ = [
    "DIRECTOR",
    "GRANT",
    "PERMISSIONS",
    "Access",
    "Grant",
    "Permission",
    "Proof",
    "Role",
    "Roles",
    "Seal",
]
