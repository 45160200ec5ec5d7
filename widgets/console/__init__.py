"""The console: all rooms of a project behind tabs, over one project and one farm.

view      Console, the widget; wire: what its page may say; state: what its page draws
model     ConsoleModel: the wiring between the rooms; no page needed
between   a take led from room to room; papers: the project's settings, and files made of its board
rooms     how each room is made, and its doors to the others; looks: from Cinema to panels
doors     the ways into a project; notices: what happened; jobs, counts: the status line
page/     the page's side
"""

from __future__ import annotations

from widgets.console.model import ConsoleModel
from widgets.console.notices import Notice, Notices
from widgets.console.view import Console

__all__ = ["Console", "ConsoleModel", "Notice", "Notices"]
