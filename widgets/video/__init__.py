"""From pictures to a film: first and last frame, movement, length; rendered into a panel and played.

view      Video, the widget; wire: what its page may say of its own; sheet: its state
model     VideoModel: the film that is planned, and its renders; no page needed
page/     the page's side; fields, pickers and the player are the panel inspector's
"""

from __future__ import annotations

from widgets.video.model import VideoModel
from widgets.video.view import Video

__all__ = ["Video", "VideoModel"]
