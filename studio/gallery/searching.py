"""Search over the catalogue: what a query needs is made once and kept while the rows stay as they are."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from studio.gallery.ordering import Ordering, Sort

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from studio.gallery.catalogue import Catalogue
    from studio.gallery.found import Found
    from studio.gallery.query import Corpus, Suggestion
    from studio.gallery.table import Table


class Searching:
    """Runs queries over one catalogue.

    Args:
        catalogue: The rows.
        locked: Gives the folders of panels that are locked, when a search asks.
    """

    def __init__(self, catalogue: Catalogue, locked: Callable[[], set[str]] | None = None) -> None:
        self._catalogue = catalogue
        self._locked = locked
        self._ordering = Ordering()
        self._lock = threading.Lock()
        self._one = (
            threading.Lock()
        )  # corpora of one gallery share word indexes, which grow while they are asked
        self._kept: tuple[Table, pd.DataFrame, Corpus] | None = None

    @property
    def corpus(self) -> Corpus:
        """The rows as they are now, for `studio.gallery.query`."""
        return self._state()[2]

    def warm(self) -> None:
        """Make what the first search would have to make."""
        from studio.gallery.query import warm

        with self._one:
            warm(self.corpus)

    def suggest(self, text: str, cursor: int, limit: int) -> list[Suggestion]:
        """See `Gallery.suggest`."""
        from studio.gallery.query import suggest

        with self._one:
            return list(suggest(text, cursor, self.corpus, limit=limit))

    def search(self, query: str, *, sort: Sort = "", limit: int | None = None) -> pd.DataFrame:
        """See `Gallery.search`."""
        rows, _, frame = self._run(query, sort, limit)
        return frame.take(rows)

    def find(self, query: str, *, sort: Sort = "", limit: int | None = None) -> list[str]:
        """See `Gallery.find`."""
        rows, table, _ = self._run(query, sort, limit)
        paths = table.paths
        return [paths[row] for row in rows.tolist()]

    def look(self, query: str, *, sort: Sort = "") -> Found:
        """See `Gallery.look`."""
        from studio.gallery.found import Found

        rows, table, _ = self._run(query, sort, None)
        return Found(table, rows)

    def _run(self, query: str, sort: Sort, limit: int | None) -> tuple[NDArray[np.int64], Table, Any]:
        from studio.gallery.query import parse

        parsed = parse(query)
        table, frame, corpus = self._state()
        with self._one:
            rows = parsed.run(corpus)
        if sort:
            rows = self._ordering.order(table, rows, sort)
        return rows if limit is None else rows[: max(0, limit)], table, frame

    def _state(self) -> tuple[Table, pd.DataFrame, Corpus]:
        """Table, frame and corpus that belong together."""
        from studio.gallery.query import Corpus

        self._catalogue.sync()
        with self._lock:
            table, frame = self._catalogue.state
            if self._kept is None or self._kept[0] is not table:
                before = self._kept[2] if self._kept is not None else None
                self._kept = table, frame, Corpus.of_table(table, before=before, locked=self._locked)
            return self._kept
