"""The naming template: from a take's facts to a file's name, and back to its version.

{project}_{panel}_v{version:03d}                    →   last-ferry_01_Harbour_v003
{date:%Y-%m-%d}_{panel}_{look}_v{version:03d}       →   2026-11-22_Hero_BladeRunner2049_v003
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import NamedTuple

from studio.errors import UnsafeName
from studio.project.names import safe_name
from studio.project.tokens import TOKENS, WORDS, NameTokens, format_token, refusal, token_pattern

DEFAULT_NAMING = "{project}_{panel}_v{version:03d}"
MAX_STEM_BYTES = 220
"""In UTF-8, so that `.png.studio.json` still fits into the 255 bytes that disks allow."""

_EXTENSION = ".{ext}"
_SAMPLE = NameTokens(
    workflow="flux",
    seed=1234567890,
    look="blade_runner_2049",
    width=1344,
    height=576,
    extension=".png",
)


class NamePart(NamedTuple):
    """A stretch of the template: fixed letters, then a token with its format, if there is one."""

    literal: str
    token: str
    spec: str


@dataclass(frozen=True)
class NamingPreview:
    """What a template gives, or why it can't be used; it is made on every key press and never raises.

    Attributes:
        names: Examples of three takes, none if the template can't be used.
        error, hint: What is wrong and what to do; empty if nothing is.
    """

    template: str
    names: tuple[str, ...] = ()
    error: str = ""
    hint: str = ""

    @property
    def ok(self) -> bool:
        """Whether it can be used."""
        return not self.error


class NameReader:
    """Tells the version that a panel's file has in its name, and None for any other file.

    Case does not count, as disks differ, nor does the extension.
    """

    def __init__(self, pattern: str) -> None:
        self._one = re.compile(rf"{pattern}(?=\.|$)", re.IGNORECASE)
        plain = re.sub(r"\(\?P<panel\d+>", "(?:", pattern)
        self._all = re.compile(rf"\x00{plain}(?=[.\x00])", re.IGNORECASE)

    def __call__(self, name: str) -> int | None:
        """The version in `name`."""
        match = self._match(name)
        return int(match["version"]) if match else None

    def highest(self, names: Iterable[str]) -> int:
        """The highest version among `names`, 0 if none; one search for all of them, fast for 100,000."""
        text = "\0".join(("", *names, ""))  # what no name has in it
        text = text if text.isascii() else unicodedata.normalize("NFC", text)
        return max(map(int, self._all.findall(text)), default=0)

    def panel_spans(self, name: str) -> list[tuple[int, int]]:
        """Where in `name` (in its NFC form) the panel's name stands."""
        match = self._match(name)
        if match is None:
            return []
        return [match.span(group) for group in match.re.groupindex if group.startswith("panel")]

    def _match(self, name: str) -> re.Match[str] | None:
        return self._one.match(name if name.isascii() else unicodedata.normalize("NFC", name))


@dataclass(frozen=True)
class Naming:
    """How takes are named. The version is in every name, so that no two takes of a panel share one.

    Raises:
        UnsafeName: an unknown token or format, no `{version}`, tokens that run into each other, or letters
            that a file name can't have.
    """

    template: str = DEFAULT_NAMING

    def __post_init__(self) -> None:
        parts = self.parts
        names = [part.token for part in parts if part.token]
        unknown = sorted(set(names) - set(TOKENS))
        if unknown:
            known = " ".join(f"{{{token}}}" for token in TOKENS)
            raise self._refused(f"unknown token {{{unknown[0]}}}; there are {known}")
        if names.count("version") != 1:
            raise self._refused("it needs {version} exactly once")
        for part in parts:
            if part.token and (why := refusal(part.token, part.spec)):
                raise self._refused(why)
        self._check_seams(parts)
        self._check_letters()

    @cached_property
    def parts(self) -> tuple[NamePart, ...]:
        """Literal, token and format, in order; a `.{ext}` at the end is left out, as every file has one.

        Raises:
            UnsafeName: the braces don't match.
        """
        template = self.template.removesuffix(_EXTENSION)
        try:
            parsed = list(string.Formatter().parse(template))
        except ValueError as error:
            raise self._refused(str(error)) from error
        converted = next((token for _, token, _, conversion in parsed if conversion), None)
        if converted is not None:
            raise self._refused(f"the format of {{{converted}}} is not understood")
        return tuple(
            NamePart(literal, token if token is not None else "", spec or "")
            if token != ""
            else self._nameless()
            for literal, token, spec, _ in parsed
        )

    def stem(self, *, project: str, panel: str, version: int, tokens: NameTokens | None = None) -> str:
        """The name without extension.

        Args:
            project, panel: Safe names.
            tokens: What else is known of the take; what is not gives `none`, and numbers 0.

        Raises:
            UnsafeName: it would be longer than a disk allows.
        """
        given = tokens or NameTokens()
        for longest in (24, 12, 6, 2):
            facts = given.facts(project=project, panel=panel, version=version, longest=longest)
            stem = "".join(
                part.literal + (format_token(part.token, part.spec, facts) if part.token else "")
                for part in self.parts
            )
            if len(stem.encode("utf-8", "replace")) <= MAX_STEM_BYTES:
                return stem
        raise UnsafeName(
            f"the name {stem[:60]!r}… is too long for a disk",
            hint="Use a shorter naming template, or shorter names for project and panel.",
        )

    def reader(self, *, project: str, panel: str) -> NameReader:
        """What tells the versions of this panel's files; no file of another project or panel has one."""
        pattern, count = "", 0
        for part in self.parts:
            pattern += re.escape(part.literal)
            if part.token == "panel":
                count += 1
                pattern += rf"(?P<panel{count}>{re.escape(panel)})"
            elif part.token == "project":
                pattern += re.escape(project)
            elif part.token == "version":
                pattern += rf"(?P<version>{token_pattern('version', part.spec)})"
            elif part.token:
                pattern += token_pattern(part.token, part.spec)
        return NameReader(pattern)

    def renamed(self, name: str, *, project: str, panel: str, new: str) -> str | None:
        """What a panel's file is called when the panel is called `new`; None if it is none of the panel's."""
        read = _reader_of(self, project, panel)
        if read(name) is None:
            return None
        text = name if name.isascii() else unicodedata.normalize("NFC", name)
        for start, end in sorted(read.panel_spans(name), reverse=True):
            text = text[:start] + new + text[end:]
        return text

    @classmethod
    def preview(
        cls,
        template: str,
        *,
        project: str = "last-ferry",
        panel: str = "Hero",
        tokens: NameTokens | None = None,
        first: int = 1,
    ) -> NamingPreview:
        """What takes would be called by `template`, with made-up facts where none are given."""
        facts = tokens or _SAMPLE.at_time(datetime.now().astimezone())
        try:
            naming = cls(template)
            names = tuple(
                naming.stem(project=project, panel=panel, version=first + step, tokens=facts)
                + (facts.extension or ".png")
                for step in range(3)
            )
        except UnsafeName as error:
            return NamingPreview(template, error=error.message, hint=error.hint)
        return NamingPreview(template, names)

    def _check_seams(self, parts: tuple[NamePart, ...]) -> None:
        """Between two tokens there must be a sign, else nobody could tell where one ends."""
        for left, right in pairwise(parts):
            if not left.token or not right.token:
                continue
            words = {left.token, right.token} & set(WORDS)
            numbers = {left.token, right.token}.isdisjoint({"project", "panel", *WORDS})
            if (
                not right.literal
                or (words and not re.search(r"[\W_]", right.literal))
                or (numbers and not re.search(r"[^0-9a-fA-F]", right.literal))
            ):
                raise self._refused(
                    f"{{{left.token}}} and {{{right.token}}} run into each other; put a _ or - between them"
                )

    def _check_letters(self) -> None:
        sample = self.stem(project="p", panel="p", version=1, tokens=_SAMPLE)
        if re.search(r"[/\\]", sample):
            raise self._refused("it makes folders; a take lies in its panel's folder")
        try:
            safe = safe_name(sample)
        except UnsafeName as error:
            raise self._refused(error.message) from error
        if safe != sample and len(sample.encode()) <= 80:
            raise self._refused("it holds letters that a file name can't have")
        literals = "".join(part.literal for part in self.parts)
        if len(literals.encode()) > 60:
            raise self._refused("its fixed letters are longer than 60 bytes")
        if literals and safe_name(f"x{literals}x") != f"x{literals}x":
            raise self._refused("it holds letters that a file name can't have")

    def _nameless(self) -> NamePart:
        raise self._refused("{} has no token's name in it")

    def _refused(self, why: str) -> UnsafeName:
        return UnsafeName(
            f"the naming template {self.template!r} can't be used: {why}",
            hint=f"The default is {DEFAULT_NAMING}.",
        )


@lru_cache(maxsize=64)
def _reader_of(naming: Naming, project: str, panel: str) -> NameReader:
    return naming.reader(project=project, panel=panel)
