"""NovelAI: `Software: NovelAI`, the settings as JSON in `Comment`, the prompt also in `Description`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from studio.gallery.metadata.bounded import Damaged
from studio.gallery.metadata.draft import Draft, load_json, real, seed, text, whole

_SOFTWARE = "novelai"


def is_novelai(texts: Mapping[str, str]) -> bool:
    """Whether these texts are NovelAI's."""
    return texts.get("software", "").strip().lower().startswith(_SOFTWARE) and bool(
        texts.get("comment") or texts.get("usercomment")
    )


def read_novelai(draft: Draft) -> None:
    """Fill the row from the comment.

    Raises:
        Damaged: it is no JSON object.
    """
    texts = draft.content.texts
    data = load_json(texts.get("comment") or texts.get("usercomment", ""), "comment", draft)
    if isinstance(data, dict) and isinstance(data.get("Comment"), str):  # WebP: all texts in one
        outer = data
        data = load_json(data["Comment"], "comment", draft)
        for key in ("Description", "Source", "Generation time"):
            draft.content.add(key, text(outer.get(key)) or "")
    if not isinstance(data, dict):
        raise Damaged("its comment is no JSON object")
    draft.set(
        "prompt", _caption(data.get("v4_prompt")) or text(data.get("prompt")) or texts.get("description")
    )
    draft.set("negative", _caption(data.get("v4_negative_prompt")) or text(data.get("uc")))
    draft.set("model", texts.get("source"))
    draft.set("steps", whole(data.get("steps")))
    draft.set("cfg", real(data.get("scale")))
    draft.set("seed", seed(data.get("seed")))
    draft.set("sampler", text(data.get("sampler")))
    draft.set("scheduler", text(data.get("noise_schedule")))
    draft.set("denoise", real(data.get("strength")))
    draft.set("seconds", real(texts.get("generation time")))


def _caption(value: Any) -> str:
    """Version 4: a caption for the whole and one for each character."""
    caption = value.get("caption") if isinstance(value, dict) else None
    if not isinstance(caption, dict):
        return ""
    characters = caption.get("char_captions")
    parts = [caption.get("base_caption")]
    parts.extend(
        item.get("char_caption") if isinstance(item, dict) else None
        for item in (characters if isinstance(characters, list) else ())
    )
    return "\n".join(part.strip() for part in parts if isinstance(part, str) and part.strip())
