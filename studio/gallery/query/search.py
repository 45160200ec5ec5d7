"""The search itself, as others use it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from studio.gallery.query.nodes import Node, both, either, negation
from studio.gallery.query.parser import Parser

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from studio.gallery.query.corpus import Corpus


@dataclass(frozen=True)
class Query:
    """A parsed search. Equal when it means the same tree; `str` gives its own short form back.

    Args:
        node: The tree.
        text: As it was written.
    """

    node: Node
    text: str = field(default="", compare=False)

    def __str__(self) -> str:
        return str(self.node)

    def __and__(self, other: Query) -> Query:
        return Query(both((self.node, other.node)))

    def __or__(self, other: Query) -> Query:
        return Query(either((self.node, other.node)))

    def __invert__(self) -> Query:
        return Query(negation(self.node))

    def explain(self) -> str:
        """What it finds, in words."""
        return self.node.explain()

    def mask(self, corpus: Corpus, now: datetime | None = None) -> NDArray[np.bool_]:
        """bool (rows,): which rows it finds.

        Args:
            corpus: The gallery's rows.
            now: What `today` and `7d` count from, with the time zone of the days; None is this moment, here.
        """
        from studio.gallery.query.run import Runner

        return Runner(corpus, now or datetime.now()).mask(self.node)

    def run(self, corpus: Corpus, now: datetime | None = None) -> NDArray[np.int64]:
        """int64 (found,): numbers of the rows that it finds, ascending. Arguments as of `mask`."""
        import numpy as np

        return np.flatnonzero(self.mask(corpus, now)).astype(np.int64)


def parse(text: str) -> Query:
    """A search from its text; an empty one finds everything.

    Raises:
        QueryError: it can't be understood; `.position` and `.caret` tell where.
    """
    return Query(Parser(text).run(), text)


def warm(corpus: Corpus) -> None:
    """Make the indexes that searches need, so that the first search does not wait for them. For a background
    thread; safe beside searches.
    """
    from studio.gallery.query.fields import WORD_COLUMNS

    for name in ("path", *WORD_COLUMNS):
        column = corpus.texts(name)
        if column is not None:
            column.index.grow()
