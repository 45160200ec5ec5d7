"""Statistics as pictures: small SVG charts that follow JupyterLab's theme, without a plotting library.

from studio.gallery.charts import plot
plot(gallery.stats(by="model"))                     # bars, most takes first
plot(gallery.stats(by="week"), "hit_rate")          # over time
plot(gallery.stats(by="cinematographer"), "rating").save("ratings.svg")
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

WIDTH = 720
_NARROWEST = 280
_LABEL, _VALUE, _ROW, _TOP = 190, 76, 26, 40
_HEIGHT = 220
_TITLES = {
    "count": "Takes",
    "bytes": "Size on disk",
    "hours": "Render hours",
    "rated": "Rated takes",
    "rating": "Mean rating",
    "hits": "Hits (4 stars or more)",
    "hit_rate": "Hit rate (4 stars or more, of those rated)",
}
_STYLE = """
.studio-chart { --ink: var(--jp-ui-font-color1, #212121); --soft: var(--jp-ui-font-color2, #5c5c5c);
  --rule: var(--jp-border-color2, #e0e0e0); --bar: #b3610a; display: block; max-width: 100%; height: auto;
  font: 12px var(--jp-ui-font-family, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif);
  font-variant-numeric: tabular-nums; }
[data-jp-theme-light="false"] .studio-chart { --bar: #eea75a; }
.studio-chart text { fill: var(--ink); } .studio-chart .soft { fill: var(--soft); font-size: 11px; }
.studio-chart .title { font-size: 13px; font-weight: 600; } .studio-chart .bar { fill: var(--bar); }
.studio-chart .rule { stroke: var(--rule); stroke-width: 1; }
.studio-chart .track { fill: var(--rule); opacity: .45; }
"""
_STANDALONE = """
.studio-chart { background: #fff; }
@media (prefers-color-scheme: dark) { .studio-chart { --ink: #f2f2f2; --soft: #b3b3b3; --rule: #424242;
  --bar: #eea75a; background: #131315; } }
"""


@dataclass(frozen=True)
class Chart:
    """A chart. A notebook shows it; `svg` is a whole file.

    Args:
        body: SVG elements; all texts in them are escaped.
        height: In CSS pixels.
        title: What it shows, also for those who can't see it.
        width: In CSS pixels.
    """

    body: str
    height: int
    title: str
    width: int = WIDTH

    def _svg(self, style: str, extra: str = "") -> str:
        return (
            f'<svg class="studio-chart" {extra}role="img" aria-label="{escape(self.title)}" '
            f'width="{self.width}" height="{self.height}" viewBox="0 0 {self.width} {self.height}">'
            f"<style>{style}</style>{self.body}</svg>"
        )

    def _repr_html_(self) -> str:
        return self.markup

    @property
    def markup(self) -> str:
        """For a page of Jupyter, whose theme it follows."""
        return self._svg(_STYLE)

    @property
    def svg(self) -> str:
        """A file of its own, for light and dark grounds."""
        return self._svg(_STYLE + _STANDALONE, 'xmlns="http://www.w3.org/2000/svg" ')

    def save(self, path: str | Path) -> Path:
        """Write `svg` to a file.

        Raises:
            StorageError: the disk refuses.
        """
        from studio.files import write_atomically

        return write_atomically(Path(path), self.svg.encode("utf-8", "replace"))


def plot(
    table: pd.DataFrame, value: str = "count", *, title: str = "", limit: int = 20, width: int = WIDTH
) -> Chart:
    """A table of `gallery.stats` as a chart: bars, or columns over time where it was counted by a period.

    Args:
        table: From `stats`.
        value: Which of its columns.
        title: Above it; "" for one that tells what is shown.
        limit: Most bars; the rest is named as one line below.
        width: CSS pixels that it may take.

    Raises:
        ProjectError: the table has no such column.
    """
    import pandas as pd

    from studio.errors import ProjectError

    if value not in table.columns:
        known = ", ".join(map(str, table.columns))
        raise ProjectError(f"there is no column {value!r} to show", where="value", hint=f"It has {known}.")
    numbers = [None if pd.isna(number) else float(number) for number in table[value]]
    name = " and ".join(str(level) for level in table.index.names if level) or ""
    title = title or f"{_TITLES.get(value, value)}{f' by {name}' if name else ''}"
    if isinstance(table.index, pd.DatetimeIndex):
        return _over_time(table.index, numbers, value, title, max(width, _NARROWEST))
    labels = [label_text(label) for label in table.index]
    return _bars(labels, numbers, value, title, limit, max(width, _NARROWEST))


def label_text(value: Any) -> str:
    """A value of a table's index as a person reads it."""
    import pandas as pd

    if isinstance(value, tuple):
        return " · ".join(map(label_text, value))
    if pd.isna(value):
        return "not known"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}"
    return "none" if value == "" else str(value)


def _bars(
    labels: list[str], numbers: list[float | None], value: str, title: str, limit: int, width: int
) -> Chart:
    shown = list(zip(labels, numbers, strict=True))[: max(1, limit)]
    form, top = _form(value), _top(numbers, value)
    left = min(_LABEL, width * 3 // 10)
    room = width - left - _VALUE
    letters = max(8, (left - 10) // 8)
    parts = [_text(title, 0, 18, "title")]
    for row, (label, number) in enumerate(shown):
        y = _TOP + row * _ROW
        long = room * (number or 0.0) / top
        told = "not rated" if number is None and value in ("rating", "hit_rate") else form(number or 0.0)
        parts += [
            f"<g><title>{escape(label)}: {escape(told)}</title>",
            _text(_short(label, letters), left - 10, y + 15, "", "end"),
            f'<rect class="track" x="{left}" y="{y + 3}" width="{room}" height="16" rx="3"/>',
            f'<rect class="bar" x="{left}" y="{y + 3}" width="{max(long, 0):.1f}" height="16" rx="3"/>',
            _text(told, left + room + 8, y + 15, "soft"),
            "</g>",
        ]
    height = _TOP + len(shown) * _ROW + 8
    if len(labels) > len(shown):
        parts.append(_text(f"and {len(labels) - len(shown):,} more", left, height + 8, "soft"))
        height += 20
    if not shown:
        parts.append(_text("nothing to show", 0, _TOP + 10, "soft"))
        height += 20
    return Chart("".join(parts), height, title, width)


def _over_time(
    index: pd.DatetimeIndex, numbers: list[float | None], value: str, title: str, wide: int
) -> Chart:
    """Columns at the places of their days; what has no day is named below."""
    days = [(day, number) for day, number in zip(index, numbers, strict=True) if day == day]
    parts = [_text(title, 0, 18, "title")]
    if not days:
        parts.append(_text("nothing to show", 0, _TOP + 10, "soft"))
        return Chart("".join(parts), _TOP + 24, title, wide)
    form, top = _form(value), _top(numbers, value)
    left, right, base = 56, wide - 12, _HEIGHT - 30
    first, last = days[0][0], days[-1][0]
    span = max((last - first).days, 1)
    width = max(1.5, min(28.0, (right - left) / (span / _step(days) + 1) - 2))
    for share in (0.0, 0.5, 1.0):
        y = base - share * (base - _TOP)
        parts.append(f'<line class="rule" x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(_text(form(top * share), left - 8, y + 4, "soft", "end"))
    for day, number in days:
        x = left + (right - left - width) * (day - first).days / span
        height = (base - _TOP) * (number or 0.0) / top
        told = f"{day:%Y-%m-%d}: {form(number) if number is not None else 'not rated'}"
        parts.append(
            f'<rect class="bar" x="{x:.1f}" y="{base - height:.1f}" width="{width:.1f}" '
            f'height="{height:.1f}" rx="1"><title>{escape(told)}</title></rect>'
        )
    parts.append(_text(f"{first:%Y-%m-%d}", left, base + 18, "soft"))
    if len(days) > 1:
        parts.append(_text(f"{last:%Y-%m-%d}", right, base + 18, "soft", "end"))
    undated = next((number for day, number in zip(index, numbers, strict=True) if day != day), None)
    if undated is not None:
        parts.append(_text(f"no date: {form(undated)}", (left + right) / 2, base + 18, "soft", "middle"))
    return Chart("".join(parts), _HEIGHT, title, wide)


def _step(days: list[tuple[Any, float | None]]) -> int:
    """Days between neighbours: 1, 7, 28 to 31 or 365."""
    gaps = [(later[0] - earlier[0]).days for earlier, later in pairwise(days)]
    return max(1, min(gaps, default=1))


def _top(numbers: list[float | None], value: str) -> float:
    """The end of the scale: of ratings and shares their own, else the largest number."""
    fixed = {"rating": 5.0, "hit_rate": 1.0}.get(value)
    return fixed or max((number for number in numbers if number is not None), default=0.0) or 1.0


def _form(value: str) -> Callable[[float], str]:
    """How a number of that column is told."""
    forms: dict[str, Callable[[float], str]] = {
        "bytes": size_text,
        "hours": lambda number: f"{number:,.1f} h",
        "rating": lambda number: f"{number:.2f} ★",
        "hit_rate": lambda number: f"{number:.0%}",
    }
    return forms.get(value, lambda number: f"{number:,.0f}" if number == int(number) else f"{number:,.1f}")


def size_text(number: float) -> str:
    """Bytes as a person reads them."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(number) < 1000:
            return f"{number:,.0f} {unit}" if unit == "B" or number >= 100 else f"{number:,.1f} {unit}"
        number /= 1000
    return f"{number:,.1f} TB"


def _text(text: str, x: float, y: float, kind: str, anchor: str = "start") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{x:g}" y="{y:g}"{named} text-anchor="{anchor}">{escape(text)}</text>'


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
