"""Which widgets a node has, in the order in which the editor saves their values.

The editor saves values by position, so the positions must be known: they follow from the class's inputs, plus
what the editor adds on its own (the seed's `control_after_generate`, upload buttons, players and viewers).
Facts of ComfyUI's front end 1.27 and 1.58, seen by asking it for the widgets of every class.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from studio.workflow.nodes import InputSpec, NodeClass, ObjectInfo

WIDGET_TYPES = frozenset(
    {"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO", "MARKDOWN", "COLOR", "TEXTAREA", "CHART", "GALLERIA"}
    | {"FILEUPLOAD", "TREESELECT", "MULTISELECT", "SELECTBUTTON", "IMAGECOMPARE"}
)
DYNAMIC_COMBO = "COMFY_DYNAMICCOMBO_V3"


@dataclass(frozen=True, slots=True)
class Widget:
    """One widget: whether its value is saved in the file, and whether it is sent to the backend."""

    name: str
    default: Any = None
    saved: bool = True
    sent: bool = True
    comments: bool = False  # `//` and `/* */` and `{a|b}` are the editor's own, as in prompts


@dataclass(frozen=True, slots=True)
class Layout:
    """A class's widgets in order, its plain sockets in order, and where old files held one value more."""

    widgets: tuple[Widget, ...]
    sockets: tuple[tuple[str, str], ...]  # name, type: plain ones first, then those of widgets
    old_positions: tuple[bool, ...]  # per value an older front end saved: whether it has no widget now


_ADDED: dict[str, tuple[Widget, ...]] = {
    "SaveGLB": (Widget("image", ""),),
    "Preview3D": (Widget("image", ""),),
    "Preview3DAnimation": (Widget("image", ""),),
    "LoadImageOutput": (
        Widget("Auto-refresh after generation", sent=False),
        Widget("refresh", "refresh"),
        Widget("upload", "image", sent=False),
    ),
    "SaveAudio": (Widget("audioUI", "", saved=False),),
    "SaveAudioMP3": (Widget("audioUI", "", saved=False),),
    "SaveAudioOpus": (Widget("audioUI", "", saved=False),),
    "PreviewAudio": (Widget("audioUI", "", saved=False),),
    "LoadAudio": (Widget("audioUI", "", saved=False), Widget("upload", sent=False)),
    "PreviewAny": (Widget("preview", "", saved=False),),
    "RecordAudio": (Widget("audio", ""),),
}
"""Widgets that the editor's own extensions add to a class."""

TITLES = {
    "ImageBlend": "Image Blend",
    "ImageBlur": "Image Blur",
    "ImageQuantize": "Image Quantize",
    "ImageSharpen": "Image Sharpen",
    "ImageScaleToTotalPixels": "Scale Image to Total Pixels",
}
"""Titles that the front end has of its own where the backend gives none."""


def layout(node_class: NodeClass, values: Sequence[Any] = ()) -> Layout:
    """The widgets of a class; `values` decide which inputs a dynamic combo shows."""
    widgets: list[Widget] = []
    sockets: list[tuple[str, str]] = []
    widget_sockets: list[tuple[str, str]] = []
    old: list[bool] = []
    for spec in node_class.inputs.values():
        forced = bool(spec.options.get("forceInput"))
        if forced or not _has_widget(spec):
            sockets.append((spec.name, spec.type))
            if forced:
                old.extend([True, False] if spec.options.get("control_after_generate") else [True])
            continue
        saved = sum(widget.saved for widget in widgets)
        chosen = values[saved] if saved < len(values) else None
        for widget, kind in _widgets_of(spec, chosen):
            widgets.append(widget)
            if kind:
                widget_sockets.append((widget.name, kind))
        old.extend([False, False] if spec.options.get("control_after_generate") else [False])
    added = _ADDED.get(node_class.name)
    if added is None:
        added = tuple(_upload_buttons(node_class))
    return Layout((*widgets, *added), (*sockets, *widget_sockets), tuple(old))


def values_by_name(
    widgets: Sequence[Widget], values: Sequence[Any] | dict[str, Any], old: Sequence[bool]
) -> dict[str, Any]:
    """Widget name → value as saved; what the file does not hold has its default."""
    if isinstance(values, dict):
        return {widget.name: values.get(widget.name, widget.default) for widget in widgets}
    if any(old) and len(old) == len(values):  # saved when these inputs still had widgets
        values = [value for value, gone in zip(values, old, strict=True) if not gone]
    result: dict[str, Any] = {}
    rest = iter(values)
    for widget in widgets:
        result[widget.name] = next(rest, widget.default) if widget.saved else widget.default
    return result


def _has_widget(spec: InputSpec) -> bool:
    return spec.options.get("widgetType", spec.type) in WIDGET_TYPES or spec.type == DYNAMIC_COMBO


def _widgets_of(spec: InputSpec, chosen: Any) -> Iterator[tuple[Widget, str]]:
    """The input's own widget, and those that come with it; each with its socket's type ("" for none)."""
    if spec.type == DYNAMIC_COMBO:
        yield from _dynamic_combo(spec, chosen)
        return
    default = spec.default
    if default is None:
        default = {"INT": 0, "FLOAT": 0, "STRING": "", "BOOLEAN": False}.get(spec.type)
    yield Widget(spec.name, default, comments=bool(spec.options.get("dynamicPrompts"))), spec.type
    control = spec.options.get("control_after_generate")
    if control or (control is None and spec.type == "INT" and spec.name in ("seed", "noise_seed")):
        yield Widget("control_after_generate", "randomize", sent=False), ""
        if spec.type == "COMBO":
            yield Widget("control_filter_list", "", sent=False), ""


def _dynamic_combo(spec: InputSpec, chosen: Any) -> Iterator[tuple[Widget, str]]:
    """A combo whose choice brings inputs of its own, named `combo.input`."""
    options = [option for option in spec.options.get("options") or () if isinstance(option, dict)]
    keys = [option.get("key") for option in options]
    key = chosen if chosen in keys else (keys[0] if keys else None)
    yield Widget(spec.name, key), spec.type
    for option in options:
        if option.get("key") != key:
            continue
        shown = ObjectInfo({spec.name: {"input": option.get("inputs")}}).get(spec.name)
        for inner in shown.inputs.values() if shown else ():
            if not _has_widget(inner) or inner.options.get("forceInput"):
                continue
            for widget, kind in _widgets_of(inner, None):
                yield replace(widget, name=f"{spec.name}.{widget.name}"), kind


def _upload_buttons(node_class: NodeClass) -> Iterator[Widget]:
    """A button for files, saved with a value that means nothing."""
    flags = ("image_upload", "video_upload", "animated_image_upload")
    if any(spec.options.get(flag) for spec in node_class.inputs.values() for flag in flags):
        yield Widget("upload", "image", sent=False)
