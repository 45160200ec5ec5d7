"""The presets as a table: a pandas DataFrame that is also a mapping from id to preset."""

from __future__ import annotations

import unicodedata
from collections.abc import ItemsView, Iterator, KeysView, Mapping
from typing import Any, ClassVar

import pandas

from studio.cinema.presets import PresetRecord
from studio.errors import LookError

COLUMNS = (
    "title",
    "kind",
    "year",
    "era",
    "director",
    "cinematographer",
    "country",
    "camera",
    "stock",
    "lens",
    "ratio",
    "mood",
    "color_tone",
    "domain",
    "medium",
)


class Presets(pandas.DataFrame):  # type: ignore[misc]
    """Presets by id.

    As a mapping, `table["vertigo"]` is the preset's record, `"vertigo" in table` asks for it, iterating gives
    ids. As a DataFrame, `table["year"]` is a column; what pandas makes from it is a plain DataFrame.
    """

    _metadata: ClassVar[list[str]] = ["_records"]

    def __init__(self, records: Mapping[str, PresetRecord]) -> None:
        frame = pandas.DataFrame([_row(each) for each in records.values()], columns=["id", *COLUMNS])
        frame["year"] = frame["year"].astype("Int64")
        super().__init__(frame.set_index("id"))
        self._records = dict(records)

    @property
    def _constructor(self) -> Any:
        return pandas.DataFrame

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str) and key in self._records:
            return self._records[key]
        try:
            return super().__getitem__(key)
        except KeyError:
            if isinstance(key, str):
                raise KeyError(f"no preset and no column {key!r}") from None
            raise

    def __contains__(self, key: object) -> bool:
        return key in self._records or key in self.columns

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def keys(self) -> KeysView[str]:
        """The ids."""
        return self._records.keys()

    def items(self) -> ItemsView[str, PresetRecord]:
        """Ids with their records."""
        return self._records.items()

    def get(self, key: Any, default: Any = None) -> Any:
        """The record of an id or the column of a name, else `default`."""
        return self.__getitem__(key) if key in self else default

    @property
    def records(self) -> list[PresetRecord]:
        """The records alone."""
        return list(self._records.values())

    @property
    def frame(self) -> pandas.DataFrame:
        """The table alone, a plain DataFrame."""
        return pandas.DataFrame({name: pandas.DataFrame.__getitem__(self, name) for name in self.columns})

    def _repr_html_(self) -> str | None:
        html: str | None = self.frame._repr_html_()
        return html

    def __repr__(self) -> str:
        return repr(self.frame)

    def find(
        self,
        *,
        kind: str | None = None,
        era: str | None = None,
        year: int | tuple[int, int] | range | None = None,
        mood: str | None = None,
        domain: str | None = None,
        medium: str | None = None,
        cinematographer: str | None = None,
        director: str | None = None,
        country: str | None = None,
        camera: str | None = None,
        text: str | None = None,
    ) -> Presets:
        """The presets that fit everything asked.

        Args:
            kind: `live_action` or `animation`.
            era: As `PresetRecord.era`: "1970s", "Silent era".
            year: A year, (first, last), or a range of years.
            mood, domain, medium, camera: Ids; moods and cameras of `also` count.
            cinematographer, director, country: Part of a name, accents and case aside.
            text: Words that must all occur in title, people, notes, gear or works.

        Raises:
            LookError: `year` is none of these.
        """
        wanted = {
            "visual_grammar.mood": mood,
            "domain": domain,
            "medium": medium,
            "camera.body": camera,
        }
        people = {"cinematographer": cinematographer, "director": director, "country": country}
        years = _years(year)
        return Presets(
            {
                id: each
                for id, each in self._records.items()
                if kind in (None, each.kind)
                and (era is None or each.era.casefold() == era.casefold())
                and _within(each.year, years)
                and all(value is None or value in each.uses(field) for field, value in wanted.items())
                and all(part is None or _named(each, who, part) for who, part in people.items())
                and (text is None or all(word in _haystack(each) for word in _plain(text).split()))
            }
        )

    def look(self, id: str) -> Any:
        """The look of a preset.

        Raises:
            LookError: it is not among these.
        """
        if id not in self._records:
            raise LookError(f"no preset {id!r} among these", where="preset")
        return self._records[id].look


Mapping.register(Presets)


def _within(year: int | None, years: tuple[int | None, int | None]) -> bool:
    first, last = years
    return first is None or last is None or (year is not None and first <= year <= last)


def _named(each: PresetRecord, people: str, part: str) -> bool:
    """Whether a name among `people` (or a country) holds `part`."""
    return any(_plain(part) in _plain(name) for name in getattr(each, people))


def _years(year: Any) -> tuple[int | None, int | None]:
    """The first and the last year that are asked for."""
    match year:
        case None | int():
            return year, year
        case range() if year:
            return min(year), max(year)
        case (int() as first, int() as last):
            return first, last
    raise LookError(
        f"year is {year!r}", where="year", hint="Ask for 1975, (1970, 1979) or range(1970, 1980)."
    )


def _plain(text: str) -> str:
    """Without accents and case."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()


def _haystack(each: PresetRecord) -> str:
    people = (*each.director, *each.cinematographer, *each.country, *each.works)
    values = [str(value) for field in each.look.FIELDS for value in each.uses(field)]
    words = " ".join((each.id, each.title, each.era, str(each.year or ""), *people, each.notes, *values))
    return _plain(f"{words} {words.replace('_', ' ')}")


def _row(each: PresetRecord) -> dict[str, Any]:
    look = each.look

    def value(field: str) -> Any:
        return look.get(field) if field in look.FIELDS else None

    return {
        "id": each.id,
        "title": each.title,
        "kind": each.kind,
        "year": each.year,
        "era": each.era,
        "director": ", ".join(each.director),
        "cinematographer": ", ".join(each.cinematographer),
        "country": ", ".join(each.country),
        "camera": value("camera.body"),
        "stock": value("camera.film_stock"),
        "lens": value("lens.family"),
        "ratio": look.aspect_ratio,
        "mood": value("visual_grammar.mood"),
        "color_tone": value("visual_grammar.color_tone"),
        "domain": value("domain"),
        "medium": value("medium"),
    }
