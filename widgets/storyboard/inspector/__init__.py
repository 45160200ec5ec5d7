"""What stands beside the board: the chosen panels' fields, takes, shot and notes; two takes compared.

view       Inspector, the widget; wire: what its page may say
model      InspectorModel: what it does; no page needed; chosen, planning: what it is made of
sheet      its state, as the page draws it; settings: the template's part
shotfeed   what this page and the Video room's have in common: a planned shot
offers     templates, presets, the backends' models, references
records    what takes say of themselves; supply: pictures and films for the page
comparing  two takes; markdown: notes, read into a tree
page/      the page's side
"""

from __future__ import annotations

from widgets.storyboard.inspector.model import InspectorModel
from widgets.storyboard.inspector.view import Inspector

__all__ = ["Inspector", "InspectorModel"]
