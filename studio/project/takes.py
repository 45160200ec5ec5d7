"""A take: one rendered file of a panel, which knows where it comes from and shows itself in a notebook."""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from studio.errors import StudioError, TakeError
from studio.media import EXTENSIONS, sniff
from studio.project.versions import version_text
from studio.provenance import Provenance, read_provenance

if TYPE_CHECKING:
    from studio.shot import Shot

PREVIEW_SIDE = 1280  # pixels of the longer side, as shown in a notebook
INLINE_BYTES = 4 * 1024 * 1024  # a larger video or sound is named, not put into the notebook


@dataclass(frozen=True, repr=False)
class Take:
    """One rendered file. Its provenance is read when it is first asked for.

    Args:
        path: The file.
        version: 1, 2, … within the panel.
        panel: The panel's name.
    """

    path: Path
    version: int = 0
    panel: str = ""

    def __repr__(self) -> str:
        return f"Take({self.label!r}, {str(self.path)!r})"

    @cached_property
    def provenance(self) -> Provenance:
        """Where it comes from.

        Raises:
            TakeError: the file holds none, or a damaged one.
        """
        return read_provenance(self.path)

    @property
    def shot(self) -> Shot:
        """The shot it was rendered from; `shot.build()` gives the very same graph.

        Raises:
            TakeError: the file holds no shot, or a damaged one.
        """
        return self.provenance.shot

    @property
    def kind(self) -> str:
        """`image`, `video`, `audio` or `other`."""
        return EXTENSIONS.get(self.path.suffix.lower(), "other")

    @property
    def label(self) -> str:
        """`Hero_Shot v003`."""
        return f"{self.panel} {version_text(self.version)}" if self.version else self.path.name

    def image(self) -> Image.Image:
        """The picture, decoded; of a moving one the first frame.

        Raises:
            TakeError: it is not a picture, missing or damaged.
        """
        try:
            with Image.open(self.path) as image:
                image.load()
                return image.copy()
        except Exception as error:  # Pillow's decoders raise almost anything on damaged files
            raise TakeError(
                f"no picture can be read from it ({str(error)[:200] or type(error).__name__})",
                path=self.path,
                hint="Is the file there and whole?",
            ) from error

    def preview(self, side: int = PREVIEW_SIDE) -> bytes:
        """A JPEG of at most `side` pixels in width and height, transparency over black.

        Raises:
            TakeError: it is not a picture, missing or damaged.
        """
        image = self.image().convert("RGBA")
        image.thumbnail((side, side), Image.Resampling.LANCZOS)
        flat = Image.new("RGB", image.size)
        flat.paste(image, mask=image.getchannel("A"))
        buffer = BytesIO()
        flat.save(buffer, "JPEG", quality=88)
        return buffer.getvalue()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """The take in a notebook: the picture (or player) with a caption, all text escaped."""
        bundle = {"text/plain": repr(self)}
        try:
            if self.kind == "image":
                picture = base64.b64encode(self.preview()).decode()
                bundle["image/jpeg"] = picture
                source = f"data:image/jpeg;base64,{picture}"
                shown = f'<img alt="{html.escape(self.label)}" src="{source}" style="{_FIT}">'
            else:
                shown = self._player()
        except (StudioError, OSError) as error:
            shown = f"<p>{html.escape(str(error))}</p>"
        caption = "<br>".join(html.escape(line) for line in self._caption())
        bundle["text/html"] = f'<figure style="margin:0">{shown}<figcaption>{caption}</figcaption></figure>'
        return bundle

    def _player(self) -> str:
        """A player with the file inside, if it is small; else where it is."""
        if self.kind in ("video", "audio") and self.path.stat().st_size <= INLINE_BYTES:
            data = self.path.read_bytes()
            media = sniff(data, self.path.name)
            if media is not None and media.kind == self.kind:
                source = f"data:{media.mime};base64,{base64.b64encode(data).decode()}"
                return f'<{self.kind} controls loop src="{source}" style="{_FIT}"></{self.kind}>'
        return f"<p>{html.escape(self.kind)}: <code>{html.escape(str(self.path))}</code></p>"

    def _caption(self) -> list[str]:
        try:
            record = self.provenance
        except TakeError as error:
            return [self.label, error.message]
        subject = (record.shot_data or {}).get("subject")
        when = f"{record.created:%Y-%m-%d %H:%M} UTC"
        made = " · ".join(part for part in (record.template, record.backend, when) if part)
        return [self.label, *([subject] if isinstance(subject, str) and subject else []), made]


_FIT = "max-width:100%;height:auto;display:block"
