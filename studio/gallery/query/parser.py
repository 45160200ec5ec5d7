"""From the text of a search to its tree.

    search  = and (("or" | "|") and)*
    and     = not+                       an "and" between them may be written
    not     = ("-" | "not")* atom
    atom    = "(" search ")" | field operator values | "phrase" | word
    values  = value ("," value)*         any of them
    operator = : = != > >= < <=

`or`, `and`, `not` in quotes are words like others.
"""

from __future__ import annotations

import re

from studio.errors import QueryError
from studio.gallery.query.fields import BY_NAME, FIELDS, near
from studio.gallery.query.fold import fold, tokens
from studio.gallery.query.nodes import Everything, Item, Node, Test, Words, both, either, negation
from studio.gallery.query.values import check, has_wildcards

MAX_LENGTH = 4_000
"""Letters of a search."""

MAX_DEPTH = 40
"""Brackets within brackets."""

MAX_TERMS = 300
"""Words and fields of a search."""

_FIELD = re.compile(r"([A-Za-z][A-Za-z_]*)(:(?:>=|<=|!=|[=<>])?|>=|<=|!=|=|>|<)")
_BARE = re.compile(r'[^\s()"]+')
_VALUE = re.compile(r'[^\s()",]+')
_OR, _AND, _NOT = ("or", "|", "||"), ("and", "&", "&&"), ("not",)
_DATES = {"after": ">=", "before": "<", "on": ":"}


class Parser:
    """Reads one search from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.depth = 0
        self.terms = 0

    def run(self) -> Node:
        """The whole text.

        Raises:
            QueryError: it can't be understood; says where.
        """
        if len(self.text) > MAX_LENGTH:
            raise QueryError(f"the search has more than {MAX_LENGTH:,} letters", text="", hint="Shorten it.")
        if not self.text.strip():
            return Everything()
        node = self._or()
        if self.position < len(self.text):
            raise self._error("a bracket closes that was not opened", 1, "Take it out, or put it in quotes.")
        return node

    def _or(self) -> Node:
        nodes = [self._and()]
        while self._keyword(_OR):
            nodes.append(self._and())
        return either(nodes)

    def _and(self) -> Node:
        nodes: list[Node] = []
        while True:
            start = self._skip()
            if self._keyword(_AND):
                if not nodes:
                    raise self._error(
                        "“and” has nothing before it", 3, 'Or write it in quotes: "and".', start
                    )
                start = self._skip()
                if self._ends():
                    raise self._error("“and” has nothing after it", 1, "", start)
            if self._ends():
                break
            nodes.append(self._not())
        if not nodes:
            word = "(" if self.depth else "or"
            raise self._error(
                f"something is missing here, beside “{word}”", 1, "Write a word, or take it out."
            )
        return both(nodes)

    def _ends(self) -> bool:
        """Whether a list of terms ends here: the text's end, a closing bracket, an `or`."""
        self._skip()
        return self.position >= len(self.text) or self.text[self.position] == ")" or self._peek(_OR) > 0

    def _not(self) -> Node:
        negative = False
        while True:
            start = self._skip()
            if self.text.startswith("-", self.position):
                self.position += 1
                if self.position >= len(self.text) or self.text[self.position].isspace():
                    hint = 'Write -word without a blank, or "-" in quotes.'
                    raise self._error("a minus stands alone", 1, hint, start)
            elif not self._keyword(_NOT):
                break
            negative = not negative
        if self._ends():
            raise self._error("nothing follows the “not”", 1, "Write what is not wanted.")
        node = self._atom()
        return negation(node) if negative else node

    def _atom(self) -> Node:
        start = self.position
        self.terms += 1
        if self.terms > MAX_TERMS:
            raise self._error(f"the search has more than {MAX_TERMS} words", 1, "Shorten it.")
        if self.text[start] == "(":
            return self._group()
        if self.text[start] == '"':
            return self._words(Item(self._quoted(), True), start)
        match = _FIELD.match(self.text, start)
        if match:
            return self._field(match)
        bare = _BARE.match(self.text, start)
        assert bare is not None  # neither blank, bracket nor quote
        if bare[0].lower() in (*_OR, *_AND, *_NOT):
            word = bare[0]
            raise self._error(f"“{word}” can't stand here", len(word), f'Or write it in quotes: "{word}".')
        self.position = bare.end()
        return self._words(Item(bare[0]), start)

    def _group(self) -> Node:
        start = self.position
        self.position += 1
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self._error(f"brackets are nested more than {MAX_DEPTH} deep", 1, "")
        node = self._or()
        if not self.text.startswith(")", self.position):
            raise self._error("a bracket is not closed", 1, "Close it, or put it in quotes.", start)
        self.position += 1
        self.depth -= 1
        return node

    def _words(self, item: Item, start: int) -> Node:
        if not tokens(item.text) and not has_wildcards(item):
            length = self.position - start
            raise self._error(f"there is no word in {item.text!r}", length, "Write letters or digits.", start)
        return Words(item)

    def _quoted(self) -> str:
        start = self.position
        parts: list[str] = []
        position = start + 1
        while position < len(self.text):
            letter = self.text[position]
            if letter == '"':
                self.position = position + 1
                return "".join(parts)
            if letter == "\\" and self.text[position + 1 : position + 2] in ('"', "\\"):
                position += 1
                letter = self.text[position]
            parts.append(letter)
            position += 1
        raise self._error("a quote is not closed", 1, 'Put another " where it ends.', start)

    def _field(self, match: re.Match[str]) -> Node:
        start, written, operator = match.start(), match[1], match[2]
        operator = operator[1:] if len(operator) > 1 and operator[0] == ":" else operator
        field = BY_NAME.get(fold(written))
        if field is None:
            like = near(fold(written), list(BY_NAME))
            hint = f"Did you mean {', '.join(like)}?" if like else 'Put it in quotes if it is a word: "…".'
            raise self._error(f"there is no field “{written}”", len(written), hint, start)
        self.position = match.end()
        items = self._items(field.example)
        negative = operator == "!="
        operator = "=" if negative else operator
        name = field.name
        if name in _DATES:
            if operator not in (":", "="):
                raise self._error(
                    f"“{name}” takes a colon", len(operator), f"Write {field.example}.", match.start(2)
                )
            name, operator = "date", _DATES[name]
            field = FIELDS[name]
        checked = []
        for item, place in items:
            try:
                checked.append(check(field, operator, item))
            except ValueError as error:
                message, _, hint = str(error).partition("|")
                length = len(str(item))
                raise self._error(message, length, hint or f"Write it as {field.example}.", place) from None
        test = Test(name, operator, tuple(checked))
        return negation(test) if negative else test

    def _items(self, example: str) -> list[tuple[Item, int]]:
        items = []
        while True:
            start = self.position
            if self.text.startswith('"', start):
                items.append((Item(self._quoted(), True), start))
            else:
                match = _VALUE.match(self.text, start)
                if match is None:
                    raise self._error(
                        "a value is missing here", 1, f"Write it as {example}.", min(start, len(self.text))
                    )
                self.position = match.end()
                items.append((Item(match[0]), start))
            if not self.text.startswith(",", self.position):
                return items
            self.position += 1

    def _skip(self) -> int:
        while self.position < len(self.text) and self.text[self.position].isspace():
            self.position += 1
        return self.position

    def _peek(self, words: tuple[str, ...]) -> int:
        """How long the keyword is that stands here; 0 if none does."""
        match = _BARE.match(self.text, self.position)
        return len(match[0]) if match and match[0].lower() in words else 0

    def _keyword(self, words: tuple[str, ...]) -> bool:
        self._skip()
        length = self._peek(words)
        self.position += length
        return length > 0

    def _error(self, message: str, length: int, hint: str, position: int | None = None) -> QueryError:
        place = self.position if position is None else position
        return QueryError(
            message, text=self.text, position=min(place, len(self.text)), length=length, hint=hint
        )
