"""Searching the gallery: `rain -neon lens:cooke rating>=4 tag:hero after:2026-01 model:*flux* is:video`.

| what | where |
| --- | --- |
| a search, parsed, run, explained | `search`, `parser`, `nodes`, `values` |
| the fields | `fields`; dates in `dates` |
| the rows | `corpus` |
| running it over the rows | `run`, `index`, `fold` |
| what the search box offers | `suggest` |
"""

from studio.errors import QueryError
from studio.gallery.query.corpus import Corpus
from studio.gallery.query.fields import FIELDS, FLAGS, Field
from studio.gallery.query.search import Query, parse, warm
from studio.gallery.query.suggest import Suggestion, suggest

__all__ = [
    "FIELDS",
    "FLAGS",
    "Corpus",
    "Field",
    "Query",
    "QueryError",
    "Suggestion",
    "parse",
    "suggest",
    "warm",
]
