"""The page about searching, so that what it says of the fields is always true."""

from __future__ import annotations

from collections.abc import Iterable

from studio.gallery.query.fields import FIELDS, FLAGS, WORD_COLUMNS

_INTRO = """# Searching the gallery

    gallery.search("rain -neon lens:cooke rating>=4 tag:hero after:2026-01 model:*flux* is:video dup:no")

| write | and it finds |
| --- | --- |
| `rain` | takes with a word that begins so: rain, rainy; not train |
| `"in the rain"` | these words, whole and side by side |
| `-neon`, `not neon` | takes without it |
| `rain neon`, `rain and neon` | both |
| `rain or snow`, `rain \\| snow` | any of them; `or` binds less than standing side by side |
| `(rain or snow) is:video` | brackets put together what belongs together |
| `*flux*`, `v00?` | `*` stands for any letters, `?` for one |
| `lens:cooke` | words of one field |
| `tag:hero,wide` | any of several values |
| `lens=cooke_s4`, `lens!=cooke_s4` | the whole value, or any other |
| `lens:""`, `no:lens` | read, and there is none |
| `-has:lens` | none, or not read |
| `rating>=4`, `steps:20..30`, `cfg:..4` | numbers, ranges, open ranges |
| `seed:18446744073709551615` | seeds are whole numbers and compared exactly |
| `after:2026-01` | that month or later; `before:` earlier, `on:` in it |
| `created:2026-01..2026-03`, `after:7d`, `on:yesterday` | dates from and to, a time ago, a day by name |

Capitals and accents don't count: `cafe` finds Café. Marks between words don't either: `cooke s4`,
`cooke_s4` and `cooke-s4` are the same two words. Chinese, Japanese and Korean letters each count as a word.
A plain word is looked for in {words}; not in the negative prompt, which names what is not to be seen. What
looks like an operator is a word in quotes: `"or"`, `"(a)"`; `\\"` is a quote in quotes.

Days are those of your time zone. Times ago are `12h`, `7d`, `2w`, `3m` (of 30 days), `1y`; by name `today`,
`yesterday`, this `week`, `month`, `year`. An error says what is wrong and points at the place.
"""


def page() -> str:
    """The whole page, in Markdown."""
    words = ", ".join(WORD_COLUMNS[:-1]) + f" and {WORD_COLUMNS[-1]}"
    lines = [_filled(_INTRO.replace("{words}", words)), "## Fields\n"]
    lines += _table(
        ("field", "also", "example", "what it is"),
        (
            (
                f"`{field.name}`",
                ", ".join(f"`{alias}`" for alias in field.aliases),
                f"`{field.example}`",
                field.help,
            )
            for field in FIELDS.values()
        ),
    )
    lines += [
        "\n## is:\n",
        *_table(("word", "finds what is"), ((f"`is:{name}`", text) for name, text in FLAGS.items())),
    ]
    return "\n".join(lines) + "\n"


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [heads, ("---",) * len(heads), *rows]
    return [f"| {' | '.join(cells)} |" for cells in lines]


def _filled(text: str) -> str:
    """Paragraphs at one width; tables and code stay as they are."""
    import textwrap

    def fill(block: str) -> str:
        plain = not block.startswith(("|", "#", "    "))
        return textwrap.fill(block, 116, break_on_hyphens=False, break_long_words=False) if plain else block

    return "\n\n".join(map(fill, text.rstrip("\n").split("\n\n"))) + "\n"
