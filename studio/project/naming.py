"""The naming template: from project, panel and version to a file's name, and back.

{project}_{panel}_v{version:03d}   →   last-ferry_01_Harbour_v003
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from studio.errors import UnsafeName
from studio.project.names import safe_name

DEFAULT_NAMING = "{project}_{panel}_v{version:03d}"
_TOKENS = ("project", "panel", "version")
_WIDTH = re.compile(r"(?:0([1-9]))?d?")


@dataclass(frozen=True)
class Naming:
    """How takes are named. The version is in every name, so that no two takes of a panel share one.

    Raises:
        UnsafeName: an unknown token or format, no `{version}`, or letters that a file name can't have.
    """

    template: str = DEFAULT_NAMING

    def __post_init__(self) -> None:
        names = [token for _, token, _ in self._parts() if token]
        unknown = sorted(set(names) - set(_TOKENS))
        if unknown:
            raise self._refused(f"unknown token {{{unknown[0]}}}")
        if names.count("version") != 1:
            raise self._refused("it needs {version} exactly once")
        sample = self.stem(project="p", panel="p", version=1)
        try:
            safe = safe_name(sample)
        except UnsafeName as error:
            raise self._refused(error.message) from error
        if safe != sample:
            raise self._refused("it holds letters that a file name can't have")

    def stem(self, *, project: str, panel: str, version: int) -> str:
        """The name without extension."""
        return self.template.format(project=project, panel=panel, version=version)

    def reader(self, *, project: str, panel: str) -> Callable[[str], int | None]:
        """What tells the version that a file of this panel has in its name, and None for any other file.

        Case does not count, as disks differ, nor does the extension.
        """
        pattern = self._pattern(project, panel)

        def read(name: str) -> int | None:
            match = pattern.match(unicodedata.normalize("NFC", name))
            return int(match["version"]) if match else None

        return read

    def _pattern(self, project: str, panel: str) -> re.Pattern[str]:
        values = {"project": re.escape(project), "panel": re.escape(panel)}
        pattern = ""
        for literal, token, width in self._parts():
            pattern += re.escape(literal)
            if token == "version":
                digits = _WIDTH.fullmatch(width)
                pattern += rf"(?P<version>[0-9]{{{digits[1] or 1 if digits else 1},9}})"
            elif token:
                pattern += values[token]
        return re.compile(rf"{pattern}(?=\.|$)", re.IGNORECASE)

    def _parts(self) -> list[tuple[str, str, str]]:
        """Literal, token and format, in order.

        Raises:
            UnsafeName: the braces don't match, or a format is not understood.
        """
        try:
            parts = [
                (literal, token or "", spec or "", conversion)
                for literal, token, spec, conversion in string.Formatter().parse(self.template)
            ]
        except ValueError as error:
            raise self._refused(str(error)) from error
        for _, token, spec, conversion in parts:
            if conversion or (spec and (token != "version" or not _WIDTH.fullmatch(spec))):
                raise self._refused(f"the format of {{{token}}} is not understood")
        return [(literal, token, spec) for literal, token, spec, _ in parts]

    def _refused(self, why: str) -> UnsafeName:
        return UnsafeName(
            f"the naming template {self.template!r} can't be used: {why}",
            hint=f"The default is {DEFAULT_NAMING}.",
        )
