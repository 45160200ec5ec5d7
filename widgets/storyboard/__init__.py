"""The storyboard: a canvas that a director can think on, over `project.board`.

view      Storyboard, the widget: messages both ways
model     StoryboardModel: selection, changes, renders; no page needed
actions   what can be done with panels; menu: the board's own
cards     a panel as it is shown; shelf: takes; renders: jobs by panel; drops: files dropped
stage     one page view: its window, its canvas; painting, layout, letters: a panel drawn
pictures  thumbnails; sheets: the off-screen canvases they lie on; ink: all that knows ipycanvas
wire      the messages; palette: the page's colours
page/     the page's side: gestures, overlay, keyboard, menu
"""

from __future__ import annotations

from widgets.storyboard.actions import Action, Target
from widgets.storyboard.model import StoryboardModel
from widgets.storyboard.view import Storyboard

__all__ = ["Action", "Storyboard", "StoryboardModel", "Target"]
