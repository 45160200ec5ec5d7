"""A search finds what a person would pick by hand, row by row; its errors point at the place."""

from __future__ import annotations

import re
import sys
import threading
import time
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.errors import StudioError
from studio.gallery.columns import COLUMNS
from studio.gallery.metadata import COLUMNS as METADATA
from studio.gallery.query import FIELDS, FLAGS, Corpus, Query, QueryError, parse, suggest, warm
from studio.gallery.query.fields import BY_NAME, FLAG_ALIASES, WORD_COLUMNS
from studio.gallery.query.fold import fold, glob, tokens
from studio.gallery.query.index import WordIndex
from studio.gallery.query.nodes import Words
from studio.gallery.stats import stats
from studio.gallery.table import Table

NOW = datetime(2026, 3, 15, 12, 30, tzinfo=ZoneInfo("Europe/Berlin"))


def row(path: str, **values: Any) -> dict[str, Any]:
    """A row of the gallery; curation is always known."""
    folder, _, name = path.rpartition("/")
    known = {
        "name": name,
        "folder": folder,
        "suffix": "." + name.rpartition(".")[2],
        "kind": "image",
        "bytes": 1000,
    }
    curated = {"rating": 0, "tags": "", "status": "", "note": "", "collections": ""}
    return {"path": path, **known, **curated, **values}


ROWS = [
    row(
        "shots/hero/film_hero_v001.png",
        **{
            "prompt": "A café in the rain, neon lights",
            "negative": "blurry",
            "lens": "cooke_s4",
            "camera": "arri_alexa_65",
        },
        **{
            "seed": 2**64 - 1,
            "rating": 5,
            "tags": "hero; wide shot",
            "model": "flux1-dev; refiner",
            "width": 1344,
        },
        **{
            "height": 576,
            "read": "ok",
            "source": "studio",
            "status": "pick",
            "loras": "film_grain:0.8; Snow:1",
        },
        **{
            "created": datetime(2026, 1, 31, 23, 30, tzinfo=UTC),
            "steps": 20,
            "cfg": 3.5,
            "version": 1,
            "focal": 35.0,
        },
        **{
            "cinematographer": "Roger Deakins",
            "panel": "Hero",
            "bytes": 6_000_000,
            "seconds": 61.5,
            "hash": "ab12",
        },
        **{
            "look": "Blade Runner 2049; melancholic",
            "light": "interior; motivated",
            "graph": "7c79",
            "dup": "g1",
        },
    ),
    row(
        "shots/train/film_train_v002.mp4",
        **{
            "prompt": "train station",
            "negative": "",
            "lens": "",
            "seed": 7,
            "kind": "video",
            "duration": 5.0,
            "fps": 24.0,
        },
        **{
            "width": 512,
            "height": 512,
            "read": "ok",
            "source": "comfyui",
            "tags": "heroine",
            "model": "wan2.2",
            "loras": "",
        },
        **{
            "created": datetime(2026, 3, 15, 9, 0, tzinfo=UTC),
            "steps": 30,
            "cfg": 7.0,
            "status": "reject",
            "rating": 2,
        },
    ),
    row(
        "in/photo.jpg",
        read="none",
        prompt="",
        seed=None,
        width=3000,
        height=4000,
        model="",
        tags="",
        source="",
    ),
    row(
        "in/broken.png",
        read="failed",
        modified=datetime(2026, 3, 14, 22, 0, tzinfo=UTC),
        note="ask for it again",
    ),
    row(
        "in/雨の夜.webp",
        read="ok",
        prompt="雨の夜、ネオン",
        model="sdxl",
        tags="夜",
        collections="Selects; rainy",
    ),
    row("in/new.png", read="unread", modified=datetime(2026, 2, 1, 0, 0, tzinfo=UTC)),
]
CORPUS = Corpus.of(ROWS)


def found(text: str) -> list[int]:
    """Numbers of the rows."""
    return parse(text).run(CORPUS, NOW).tolist()


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("", [0, 1, 2, 3, 4, 5]),
        ("   ", [0, 1, 2, 3, 4, 5]),
        ("rain", [0, 4]),  # the tag's word "rainy" begins so; "train" does not
        ("RAIN", [0, 4]),
        ("rain -tag:hero", [4]),
        ("cafe", [0]),
        ("Café", [0]),
        ("cafe\u0301", [0]),
        ('"in the rain"', [0]),
        ('"in the rai"', []),
        ("blurry", []),  # the negative prompt says what is not to be seen
        ("negative:blurry", [0]),
        ("*ain", [0, 1, 3]),  # the note says "again"
        ("st?tion", [1]),
        ("雨", [4]),
        ("の夜", [4]),
        ("flux1-dev", [0]),
        ("lens:cooke", [0]),
        ('lens:"cooke s4"', [0]),
        ("lens=cooke", []),
        ("lens=cooke_s4", [0]),
        ("lens!=cooke_s4", [1, 2, 3, 4, 5]),
        ('lens:""', [1]),
        ("no:lens", [1]),
        ("has:lens", [0]),
        ("lens:*", [0]),
        ("lens:cooke,zeiss", [0]),
        ("seed:7", [1]),
        ("seed:18446744073709551615", [0]),
        ("seed:18446744073709551614", []),
        ("seed>=8", [0]),
        ("seed:..10", [1]),
        ("no:seed", [2, 4]),  # those not read are not known to have none
        ("-has:seed", [2, 3, 4, 5]),
        ("rating>=4", [0]),
        ("rating:2..5", [0, 1]),
        ("rating:>2", [0]),
        ("rating<3 is:rated", [1]),
        ("rating:5,2", [0, 1]),
        ("tag:hero", [0]),
        ("tag:hero*", [0, 1]),
        ('tag:"wide shot"', [0]),
        ("in:selects", [4]),
        ("after:2026-02", [0, 1, 3, 5]),
        ("after:2026-01", [0, 1, 3, 5]),
        ("before:2026-02", []),  # half past eleven in the evening in Greenwich is February in Berlin
        ("on:2026-02-01", [0, 5]),
        ("date:2026", [0, 1, 3, 5]),
        ("created:2026", [0, 1]),
        ("created:today", [1]),
        ("date:yesterday", [3]),
        ("modified>=7d", [3]),
        ("date:2026-02-01..2026-03-14", [0, 3, 5]),
        ("created:..2026-02", [0]),
        ("date>2026-02", [1, 3]),
        ("date<=2026-02", [0, 5]),
        ("after:12h", [1]),
        ("model:*flux*", [0]),
        ("model:flux", [0]),
        ("model:refiner", [0]),
        ("model=refiner", [0]),
        ("model:wan*", [1]),
        ("lora:film_grain", [0]),
        ("lora=snow", [0]),
        ("lora:*grain", [0]),
        ("no:lora", [1]),
        ("w>1024", [0, 2]),
        ("width:512", [1]),
        ("ratio>2", [0]),
        ("ratio:7:3", [0]),
        ("ratio:16:9", []),
        ('ratio:"7:3"', [0]),
        ("ratio:1", [1]),
        ("size>5mb", [0]),
        ("bytes<1.5k", [1, 2, 3, 4, 5]),
        ("took>1m", [0]),
        ("duration:5s", [1]),
        ("steps:20..30", [0, 1]),
        ("cfg:3.5", [0]),
        ("v:v1", [0]),
        ("mm:24..50", [0]),
        ("dp:deakins", [0]),
        ("look:melancholic", [0]),
        ("look=melancholic", [0]),
        ("hash:AB", [0]),
        ("hash=ab", []),
        ("ext:png", [0, 3, 5]),
        ("ext:.MP4", [1]),
        ("folder:shots", [0, 1]),
        ("path:hero/film", [0]),
        ("is:video", [1]),
        ("is:pick", [0]),
        ("is:picked,rejected", [0, 1]),
        ("is:rated", [0, 1]),
        ("is:unrated", [2, 3, 4, 5]),
        ("is:tagged", [0, 1, 4]),
        ("is:noted", [3]),
        ("is:portrait", [2]),
        ("is:landscape", [0]),
        ("is:square", [1]),
        ("is:unread", [5]),
        ("is:failed", [3]),
        ("is:plain", [2]),
        ("is:studio", [0]),
        ("is:dup", [0]),
        ("dup:yes", [0]),
        ("dup:no", [1, 2, 3, 4, 5]),
        ("dup:g1", [0]),
        ("dup:no is:video", [1]),
        ("rain or train", [0, 1, 4]),
        ("(rain or train) is:video", [1]),
        ("rain or train is:video", [0, 1, 4]),
        ("rain OR train AND is:video", [0, 1, 4]),
        ("not rain", [1, 2, 3, 5]),
        ("-(rain or train)", [2, 3, 5]),
        ("--rain", [0, 4]),
        ('"or"', []),
        ("12:30", []),
        (
            "rain -neon lens:cooke seed:7 rating>=4 tag:hero after:2026-01 model:*flux* w>9 is:video dup:no",
            [],
        ),
        (
            "rain neon lens:cooke seed>7 rating>=4 tag:hero after:2026-01 model:*flux* w>9 is:image dup:yes",
            [0],
        ),
    ],
)
def test_what_a_search_finds(text: str, rows: list[int]) -> None:
    query = parse(text)
    assert query.run(CORPUS, NOW).tolist() == rows
    again = parse(str(query))
    assert again == query
    assert query.explain()


@pytest.mark.parametrize(
    ("text", "marked", "says"),
    [
        ("rain lense:cooke", "lense", "Did you mean lens"),
        ("rating>=four", "four", "no number"),
        ("w>1024mb", "1024mb", "no number"),
        ("seed:-1", "-1", "whole numbers from 0"),
        ("seed:18446744073709551616", "18446744073709551616", "18446744073709551615"),
        ("steps:30..20", "30..20", "smaller one first"),
        ("lens>=3", "3", "can't be compared"),
        ("tag:a,,b", ",", "value is missing"),
        ("tag:", "", "value is missing"),
        ("is:vidoe", "vidoe", "video"),
        ("has:sed", "sed", "seed"),
        ("after:2026-13", "2026-13", "no date"),
        ("after:2026-02-30", "2026-02-30", "no date"),
        ("after>2026", ">", "takes a colon"),
        ("a (b", "(", "not closed"),
        ("a b)", ")", "not opened"),
        ("()", ")", "missing"),
        ("a or", "", "missing"),
        ("or a", "or", "missing"),
        ("and a", "and", "nothing before"),
        ("a and", "", "nothing after"),
        ('say "hello', '"', "not closed"),
        ("a - b", "-", "stands alone"),
        ("not", "", "nothing follows"),
        ("a -or b", "or", "nothing follows"),
        ("rain !!", "!!", "no word"),
        ("name:!!", "!!", "no word"),
        ('"*"', '"*"', "no word"),
        ('rain "??"', '"??"', "no word"),
        ("created:2026-03..2026-01", "2026-03..2026-01", "earlier one first"),
    ],
)
def test_errors_point_at_the_place(text: str, marked: str, says: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    error = caught.value
    assert isinstance(error, StudioError)
    assert says in str(error)
    assert text[error.position :].startswith(marked)
    line, marks = error.caret.split("\n")
    assert line == text and marks == " " * error.position + "^" * error.length
    assert str(error).endswith(error.caret)


@pytest.mark.parametrize(
    ("query", "moment"),
    [
        ("on:2026-01-15", datetime(2026, 1, 15, 22, 30, tzinfo=UTC)),
        ("day:2026-07-16", datetime(2026, 7, 15, 22, 30, tzinfo=UTC)),
        ("month:2026-07 year:2026", datetime(2026, 6, 30, 22, 30, tzinfo=UTC)),
    ],
)
def test_days_begin_by_summer_s_clock_in_summer(
    query: str, moment: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        corpus = Corpus.of([{"created": moment}])
        assert parse(query).run(corpus).tolist() == [0]
        (day,) = stats(pd.DataFrame({"created": [moment]}), "day").index
        name = moment.astimezone().strftime("%Y-%m-%d")
        assert f"{day:%Y-%m-%d}" == name and parse(f"on:{name}").run(corpus).tolist() == [0]
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_search_has_bounds() -> None:
    for text in ("a " * 3_000, "(" * 60 + "a" + ")" * 60, " ".join(f"a{number}" for number in range(400))):
        with pytest.raises(QueryError):
            parse(text)


# laws


def naive_tokens(text: str) -> list[str]:
    """Letter by letter, as one would explain it."""
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", text.casefold())
        if not 0x300 <= ord(letter) <= 0x36F
    )
    words: list[str] = [""]
    for letter in unicodedata.normalize("NFC", plain):
        if re.match(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af]", letter):
            words += [letter, ""]
        elif letter.isalnum():
            words[-1] += letter
        else:
            words.append("")
    return [word for word in words if word]


@given(st.text("aB éÉß_-.雨の1½ﬁ\u0301\n", max_size=30))
def test_words_of_a_text(text: str) -> None:
    plain = [word for word in tokens(text) if any(letter.isalnum() for letter in word)]
    assert plain == naive_tokens(text) or "½" in text or "\u0301" in text


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert tokens(" ".join(tokens(text))) == tokens(text)
    assert fold(fold(text)) == fold(text)


@given(st.text("ab*?", max_size=10), st.text("ab", max_size=12))
def test_wildcards(pattern: str, text: str) -> None:
    def match(p: str, t: str) -> bool:
        if not p:
            return not t
        if p[0] == "*":
            return match(p[1:], t) or (bool(t) and match(p, t[1:]))
        return bool(t) and (p[0] in ("?", t[0])) and match(p[1:], t[1:])

    assert bool(glob(pattern).fullmatch(text)) == match(pattern, text)


VOCABULARY = ("rain", "neon", "café", "train", "a", "flux1-dev", "雨", "hero", "wide_shot")
TEXT = st.lists(st.sampled_from(VOCABULARY), max_size=4).map(" ".join)
PARTS = st.lists(st.sampled_from(("hero", "rain neon", "Café", "x:0.5")), max_size=3, unique=True).map(
    "; ".join
)
ROW = st.fixed_dictionaries(
    {
        "prompt": st.none() | TEXT,
        "lens": st.none() | TEXT,
        "tags": PARTS,
        "loras": st.none() | PARTS,
        "model": st.none() | PARTS,
        "seed": st.none() | st.sampled_from((0, 7, 2**63, 2**64 - 1)),
        "rating": st.integers(0, 5),
        "cfg": st.none() | st.sampled_from((0.0, 3.5, 7.0)),
        "kind": st.sampled_from(("image", "video")),
        "read": st.sampled_from(("ok", "none", "failed", "unread")),
        "created": st.none()
        | st.datetimes(datetime(2025, 12, 25), datetime(2026, 4, 1), timezones=st.just(UTC)),
    }
)
LEAVES = st.sampled_from(
    (
        "rain",
        "ra",
        "-neon",
        '"rain neon"',
        "cafe",
        "caf*",
        "*ain",
        "n?on",
        "flux1-dev",
        "雨",
        "wide",
        "lens:rain",
        'lens:"rain neon"',
        "lens:*ain*",
        "lens=rain",
        'lens=""',
        "lens:*",
        "tag:hero",
        "tag:rain*",
        'tag:"rain neon"',
        "lora:x",
        "lora=x",
        "model:cafe",
        "model=hero,cafe",
        "seed:7",
        "seed>=9223372036854775808",
        "seed<9223372036854775808",
        "seed:18446744073709551615",
        "rating>=4",
        "rating:1..3",
        "rating:>2",
        "rating!=0",
        "cfg:3.5",
        "cfg<=3.5",
        "cfg>3.4",
        "is:video",
        "is:rated",
        "is:read",
        "is:unread",
        "has:seed",
        "no:seed",
        "has:lens",
        "no:lens",
        "no:tag",
        "has:rating",
        "after:2026-01",
        "before:2026-03-01",
        "on:2026-01",
        "created:today",
        "date:2026-01-01..2026-01-31",
        "after:7d",
    )
)
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"({' '.join(parts)})")
        | st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"({' or '.join(parts)})")
        | inner.map(lambda part: f"-{part}" if not part.startswith("-") else part)
    ),
    max_leaves=6,
)


def naive(text: str, values: dict[str, Any]) -> bool:
    """One leaf and one row, in the plainest way there is."""
    if text.startswith("-"):
        return not naive(text[1:], values)
    match = re.match(r"([a-z]+)(:>|>=|<=|!=|[:=<>])(.*)", text)
    if not match:
        return any(naive_words(values.get(name), text) for name in WORD_COLUMNS)
    name, sign, wanted = match.groups()
    column = {"tag": "tags", "lora": "loras", "after": "date", "before": "date", "on": "date"}.get(name, name)
    if name == "is":
        tests = {
            "video": values["kind"] == "video",
            "rated": values["rating"] > 0,
            "read": values["read"] == "ok",
        }
        return {**tests, "unread": values["read"] == "unread"}[wanted]
    if name in ("has", "no"):
        value = values[{"tag": "tags"}.get(wanted, wanted)]
        if name == "has":
            return value not in (None, "") and not (wanted == "rating" and value == 0)
        known = values["read"] in ("ok", "none") if wanted == "seed" else True
        return value == "" or (wanted == "seed" and value is None and known)
    value = values.get("created" if column in ("date", "created") else column)
    if value is None:
        return sign == "!="
    if column in ("date", "created"):
        return naive_date(name, wanted, value)
    if column in ("seed", "rating", "cfg"):
        return naive_number(sign, wanted, value)
    if wanted == "*":
        return value != ""
    parts = value.split("; ") if column in ("tags", "loras", "model") else [value]
    options = [option.strip('"') for option in wanted.split(",")]
    if column == "loras":
        parts = parts + [part.rpartition(":")[0] for part in parts if ":" in part]
    if "*" in wanted and '"' not in wanted:
        return any(glob(fold(wanted)).fullmatch(fold(part)) is not None for part in parts)
    if sign == "=" or column == "tags":
        return any(fold(part) == fold(option) for part in parts for option in options)
    return naive_words(value, wanted)


def naive_words(value: str | None, wanted: str) -> bool:
    if value is None:
        return False
    words = tokens(value)
    if "*" in wanted or "?" in wanted:
        return any(glob(fold(wanted)).fullmatch(word) is not None for word in words)
    parts, exact = tokens(wanted), wanted.startswith('"')
    for start in range(len(words) - len(parts) + 1):
        here = words[start : start + len(parts)]
        last = here[-1] == parts[-1] if exact else here[-1].startswith(parts[-1])
        if here[:-1] == parts[:-1] and last:
            return True
    return False


def naive_number(sign: str, wanted: str, value: float) -> bool:
    if ".." in wanted:
        low, high = wanted.split("..")
        return int(low) <= value <= int(high)
    other = float(wanted) if "." in wanted else int(wanted)
    signs = {":": value == other, "!=": value != other, ":>": value > other, ">": value > other}
    return {**signs, "<": value < other, ">=": value >= other, "<=": value <= other}[sign]


def naive_date(name: str, wanted: str, value: datetime) -> bool:
    zone = NOW.tzinfo
    day = {
        "2026-01": (datetime(2026, 1, 1), datetime(2026, 2, 1)),
        "2026-03-01": (datetime(2026, 3, 1), datetime(2026, 3, 2)),
        "today": (datetime(2026, 3, 15), datetime(2026, 3, 16)),
        "2026-01-01..2026-01-31": (datetime(2026, 1, 1), datetime(2026, 2, 1)),
    }.get(wanted)
    begin, end = (
        (NOW - timedelta(days=7), NOW) if day is None else (moment.replace(tzinfo=zone) for moment in day)
    )
    if name == "after":
        return value >= begin
    if name == "before":
        return value < begin
    return begin <= value < end


def naive_tree(text: str, values: dict[str, Any]) -> bool:
    """The trees that `TREES` makes, by their brackets."""
    if text.startswith("-("):
        return not naive_tree(text[1:], values)
    if not text.startswith("("):
        return naive(text, values)
    inner, parts, depth, quoted, start = text[1:-1], [], 0, False, 0
    for at, letter in enumerate(inner + " "):
        quoted = not quoted if letter == '"' else quoted
        depth += 0 if quoted else {"(": 1, ")": -1}.get(letter, 0)
        if letter == " " and depth == 0 and not quoted:
            parts.append(inner[start:at])
            start = at + 1
    if "or" in parts:
        return any(naive_tree(part, values) for part in parts if part != "or")
    return all(naive_tree(part, values) for part in parts)


@given(text=TREES, rows=st.lists(ROW, min_size=1, max_size=6))
@settings(max_examples=400, deadline=None)
def test_as_row_by_row(text: str, rows: list[dict[str, Any]]) -> None:
    corpus = Corpus.of([{"path": f"p{number}", "name": "n", **values} for number, values in enumerate(rows)])
    expected = [naive_tree(text, {"name": "n", **values}) for values in rows]
    assert parse(text).mask(corpus, NOW).tolist() == expected


@given(one=TREES, two=TREES, rows=st.lists(ROW, min_size=1, max_size=5))
@settings(max_examples=100, deadline=None)
def test_the_laws_of_and_or_not(one: str, two: str, rows: list[dict[str, Any]]) -> None:
    corpus = Corpus.of([{"path": f"p{number}", **values} for number, values in enumerate(rows)])
    a, b = parse(one), parse(two)

    def mask(query: Query) -> list[bool]:
        return query.mask(corpus, NOW).tolist()

    assert mask(a & b) == mask(b & a) == mask(~(~a | ~b))
    assert mask(a | b) == mask(b | a) == mask(~(~a & ~b))
    assert mask(~~a) == mask(a) and mask(a & parse("")) == mask(a)
    assert not any(mask(a & ~a)) and all(mask(a | ~a))
    for query in (a & b, a | b, ~a, ~(a | b)):
        assert parse(str(query)) == query
        assert mask(parse(str(query))) == mask(query)


FREE = st.lists(
    st.sampled_from(
        (
            "rain",
            "or",
            "and",
            "not",
            "-",
            "(",
            ")",
            '"',
            '"a b"',
            "tag:",
            "tag:x",
            "w>",
            "5",
            "..",
            "*",
            ",",
            "\\",
        )
    )
    | st.text(max_size=4),
    max_size=8,
).flatmap(lambda parts: st.sampled_from((" ", "")).map(lambda glue: glue.join(parts)))


@given(FREE)
@settings(max_examples=500, deadline=None)
def test_any_text_is_a_search_or_an_error_with_a_place(text: str) -> None:
    try:
        query = parse(text)
    except QueryError as error:
        assert 0 <= error.position <= len(text) and error.length >= 1
        return
    assert parse(str(query)) == query
    assert query.mask(CORPUS, NOW).shape == (len(CORPUS),)
    assert isinstance(query.explain(), str)


# fields


def test_every_field_is_a_column_and_its_example_works() -> None:
    names = [name for field in FIELDS.values() for name in (field.name, *field.aliases)]
    assert len(names) == len(set(names)) == len(BY_NAME)
    for field in FIELDS.values():
        assert field.column in (*COLUMNS, "path", "")
        assert parse(field.example).run(CORPUS, NOW).dtype == np.int64
    searched = {field.column for field in FIELDS.values()}
    assert set(COLUMNS) <= searched
    assert set(METADATA) - {"kind"} <= set(COLUMNS)
    assert set(WORD_COLUMNS) <= set(COLUMNS)


@pytest.mark.parametrize("flag", [*FLAGS, *FLAG_ALIASES])
def test_every_flag(flag: str) -> None:
    assert parse(f"is:{flag}").mask(CORPUS, NOW).dtype == bool
    assert str(parse(f"is:{flag}")) == f"is:{FLAG_ALIASES.get(flag, flag)}"


def test_locked_comes_from_a_column_if_there_is_one() -> None:
    frame = pd.DataFrame({"locked": [True, False], "name": ["a", "b"]})
    assert parse("is:locked").run(Corpus(frame)).tolist() == [0]
    assert parse("is:locked").run(CORPUS).tolist() == []


def test_a_frame_without_columns() -> None:
    corpus = Corpus(pd.DataFrame(index=range(3)))
    for text in (
        "rain",
        "seed:7",
        "rating>1",
        "tag:x",
        "is:video",
        "after:2020",
        "has:seed",
        "no:lens",
        "ratio>1",
    ):
        assert parse(text).run(corpus).tolist() == []
    assert parse("-rain dup:no is:unread").run(corpus).tolist() == [0, 1, 2]
    assert suggest("tag:", 4, corpus) == []


def test_days_are_those_of_the_viewer() -> None:
    moment = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
    corpus = Corpus.of([{"name": "a", "created": moment}])
    for zone, rows in (("UTC", []), ("Europe/Berlin", [0]), ("America/Lima", [])):
        assert parse("on:2026-02").run(corpus, NOW.astimezone(ZoneInfo(zone))).tolist() == rows


def test_a_day_of_23_hours() -> None:
    hours = [datetime(2026, 3, 28, 23, tzinfo=UTC) + timedelta(hours=hour) for hour in range(24)]
    corpus = Corpus.of([{"name": str(hour), "created": moment} for hour, moment in enumerate(hours)])
    assert len(parse("on:2026-03-29").run(corpus, NOW)) == 23


# corpora


def plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows as the gallery's table takes them, times as microseconds."""
    return [
        {
            name: int(value.timestamp() * 1e6) if isinstance(value, datetime) else value
            for name, value in row.items()
        }
        for row in rows
    ]


def table(rows: list[dict[str, Any]]) -> Table:
    """The gallery's own table of rows."""
    return Table.empty().edited(plain(rows))


@given(text=TREES, rows=st.lists(ROW, min_size=1, max_size=5), more=st.lists(ROW, max_size=3))
@settings(max_examples=60, deadline=None)
def test_table_and_frame_give_the_same(
    text: str, rows: list[dict[str, Any]], more: list[dict[str, Any]]
) -> None:
    old = [{"path": f"p{number}", "name": f"n{number}", **values} for number, values in enumerate(rows)]
    new = [{"path": f"q{number}", "name": f"m{number}", **values} for number, values in enumerate(more)]
    query, first = parse(text), table(old)
    corpus = Corpus.of_table(first)
    assert query.mask(corpus, NOW).tolist() == query.mask(Corpus.of(old), NOW).tolist()
    grown = Corpus.of_table(first.edited(plain(new)), corpus)
    assert query.mask(grown, NOW).tolist() == query.mask(Corpus.of(old + new), NOW).tolist()
    assert query.mask(corpus, NOW).tolist() == query.mask(Corpus.of(old), NOW).tolist()  # untouched by that


def test_an_index_grows_and_is_shared() -> None:
    rows = [{"path": "a", "name": "a.png", "prompt": "rain"}]
    made = table(rows)
    corpus = Corpus.of_table(made)
    warm(corpus)
    for number in range(20):  # each a segment of its own, merged now and then
        made = made.edited(
            [{"path": f"b{number:02}", "name": f"b{number}.png", "prompt": f"rain w{number} x{number % 3}"}]
        )
        later = Corpus.of_table(made, corpus)
        first, second = later.texts("prompt"), corpus.texts("prompt")
        assert first is not None and second is not None and first.index is second.index
        corpus = later
        assert len(parse("rain").run(corpus)) == number + 2
        assert parse(f"prompt:w{number}").run(corpus).tolist() == [number + 1]
    assert parse("x1").run(corpus).tolist() == [2, 5, 8, 11, 14, 17, 20]
    assert parse('"rain w7"').run(corpus).tolist() == [8]


@pytest.mark.parametrize(
    "text",
    ["rain", '"rain"', '"rain neon"', "ra*", "*ain", "n?on", "flux1-dev", "caf", "雨", "a", "wide_sh*"],
)
@given(values=st.lists(TEXT, min_size=1, max_size=6))
@settings(max_examples=20, deadline=None)
def test_without_an_index_the_same_is_found(text: str, values: list[str]) -> None:
    half = len(values) // 2
    plain, made = WordIndex(values[:half]), WordIndex(["rain", "rain", *values])
    made.grow()
    item = parse(text).node
    assert isinstance(item, Words)
    written, exact = item.item.text, item.item.quoted
    plain.values[:0] = ["rain", "rain"]
    plain._scan(written, exact)
    plain.values.extend(values[half:])
    assert plain._scan(written, exact).tolist() == made.words(written, exact=exact).tolist()


def test_what_was_found_without_an_index_is_not_found_again_among_more() -> None:
    """An answer that is remembered holds for the texts of its time."""
    index = WordIndex([f"w{number}" for number in range(6_000)])
    for _ in range(2):
        assert index.words("rain", exact=False).sum() == 0
    index.values.append("rain")
    assert index.words("rain", exact=False).sum() == 1
    assert index._scans == 2 and not index._sorted


def test_who_searches_does_not_wait_for_the_index() -> None:
    values = [f"rain w{number}" for number in range(6_000)]
    index = WordIndex(values)
    assert index.words("w5999", exact=False).sum() == 1 and not index._sorted
    index.grow()
    assert index._sorted and index.words("w5999", exact=False).sum() == 1


def test_rows_change_while_somebody_searches() -> None:
    """The corpus of the next rows takes over what a search in another thread is still making."""
    made = table([{"path": "a", "name": "a.png", "prompt": "rain"}])
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(60):
            corpus = Corpus.of_table(made)
            search = threading.Thread(target=lambda corpus=corpus: [corpus.texts(name) for name in COLUMNS])
            search.start()
            while search.is_alive():
                Corpus.of_table(made, corpus)
            search.join()
    finally:
        sys.setswitchinterval(before)


def test_a_change_of_curation_keeps_the_rest() -> None:
    frame = pd.DataFrame({"prompt": ["rain", "sun"], "rating": [0, 0]})
    corpus = Corpus(frame)
    assert parse("rain rating:5").run(corpus).tolist() == []
    kept = corpus.texts("prompt")
    later = corpus.updated(frame.assign(rating=[5, 5]), {"rating"})
    assert later.texts("prompt") is kept
    assert parse("rain rating:5").run(later).tolist() == [0]


def test_plain_frames_of_any_dtype() -> None:
    frame = pd.DataFrame(
        {
            "prompt": ["rain", None, float("nan")],
            "rating": [5.0, float("nan"), 1.0],
            "seed": pd.array([2**64 - 1, None, 0], dtype="UInt64"),
            "created": [datetime(2026, 1, 1), None, datetime(2027, 1, 1)],
            "lens": pd.Categorical(["cooke", "zeiss", None]),
        }
    )
    corpus = Corpus(frame)
    assert parse("rain rating>=5 seed:18446744073709551615 created:2026 lens:cooke").run(
        corpus, NOW
    ).tolist() == [0]
    assert parse("seed:0").run(corpus).tolist() == [2]


# suggestions


def texts(text: str, cursor: int | None = None) -> list[str]:
    return [item.text for item in suggest(text, len(text) if cursor is None else cursor, CORPUS)]


def test_suggestions() -> None:
    assert "rating>=" in texts("rat") and "lens:" in texts("le")
    assert texts("rain tag:h") == ["hero", "heroine", '"wide shot"']
    assert texts("rain tag:her") == ["hero", "heroine"]
    assert texts("tag:wi") == ['"wide shot"']
    assert texts("tag:hero,w") == ['"wide shot"']
    assert texts("is:vid")[0] == "video"
    assert texts("-is:pi")[0] == "pick"
    assert texts("lora:s") == ["Snow"]
    assert texts("nothing:x") == [] and texts("seed:1") == []
    assert texts("lens:") == ["cooke_s4"]
    assert "rain" in texts("rai")
    assert texts("dup:") == ["yes", "no"]
    item = suggest("rain lens:co -x", 12, CORPUS)[0]
    assert "rain lens:co -x"[item.start : item.end] == "co" and item.count == 1


@given(st.text('ab:,"( -*é', max_size=14), st.integers(-2, 20))
def test_suggestions_fit_in(text: str, cursor: int) -> None:
    for item in suggest(text, cursor, CORPUS):
        assert 0 <= item.start <= item.end <= len(text)


@pytest.mark.parametrize(
    "column", ["tag", "model", "lens", "lora", "collection", "panel", "dp", "camera", "look"]
)
def test_what_is_suggested_finds_something(column: str) -> None:
    offered = suggest(f"{column}:", len(column) + 1, CORPUS)
    assert offered
    for item in offered:
        assert len(parse(f"{column}:{item.text}").run(CORPUS)) == item.count
