"""A screenplay in Fountain (fountain.io/syntax) becomes panels: scenes, their shots, their dialogue."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from studio.exchange.plan import ImportPlan, Planned, read_text

Kind = Literal[
    "heading", "action", "character", "dialogue", "parenthetical", "transition", "shot", "section", "synopsis"
]
Detail = Literal["scene", "shot", "action"]

WORDS_A_SECOND = 2.5
"""Spoken; for a first guess at a panel's length."""

_HEADING = re.compile(r"(?:INT\.?\s*/\s*EXT|EXT\.?\s*/\s*INT|I\s*/\s*E|INT|EXT|EST)[. ]", re.IGNORECASE)
_NUMBER = re.compile(r"\s*#([\w.)(-]{1,16})#\s*$")
_TRANSITION = re.compile(r"[^a-z]*(?:TO|OUT|IN|BLACK)[:.]$")
_TITLE_KEY = re.compile(r"[^\s:][^:]*:")
_BONEYARD = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_NOTE = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
_EMPHASIS = re.compile(r"(?<!\\)(?:\*{1,3}|_)")
_EXTENSION = re.compile(r"\s*\([^)]*\)\s*")

_SIZES = (
    ("ECU", r"extreme close[- ]?ups?|extreme close on|ecu|xcu"),
    ("CU", r"close[- ]?ups?|close on|close shot|close|cu|insert"),
    ("MCU", r"medium close[- ]?ups?|mcu"),
    ("MWS", r"medium (?:wide|long)(?: shot)?|mws|mls|cowboy shot"),
    ("MS", r"medium shot|medium on|ms|two[- ]shot"),
    ("EWS", r"extreme (?:wide|long)(?: shot)?|ews|els|aerial(?: shot)?|establishing shot"),
    ("WS", r"wide(?: shot| on| angle)?|long shot|full shot|ws|ls|master shot"),
    ("OTS", r"over the shoulder|over [a-z' ]{1,30} shoulder|ots"),
    ("POV", r"(?:[\w' ]{1,30} )?p\.?o\.?v\.?"),
)
_OTHER_SHOTS = (
    r"angle on|new angle|another angle|reverse(?: angle)?|low angle|high angle|on|tracking(?: shot)?"
    r"|dolly|crane(?: shot)?|pan to|push in|pull back|handheld|series of shots|montage|intercut|back to"
)
_SHOT = re.compile(
    rf"(?P<word>{'|'.join(words for _, words in _SIZES)}|{_OTHER_SHOTS})\b[\s:,.–—-]*", re.IGNORECASE
)


@dataclass
class Element:
    """One paragraph of a screenplay."""

    kind: Kind
    text: str
    line: int
    notes: list[str] = field(default_factory=list)
    number: str = ""


def elements(text: str) -> list[Element]:
    """The screenplay's paragraphs in order, without its title page, what is cut out, and page breaks."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _BONEYARD.sub(lambda cut: "\n" * cut[0].count("\n"), text)
    lines = text.split("\n")
    found: list[Element] = []
    for start, block in _blocks(lines, _after_title_page(lines)):
        found.extend(_read_block(block, start + 1))
    return [element for element in found if element.text or element.notes]


def read_fountain(source: str | Path, *, detail: Detail = "shot") -> ImportPlan:
    """Plan the panels of a screenplay.

    Args:
        detail: `scene`: one panel a scene; `shot`: one for each shot line too (CLOSE ON, WIDE SHOT …);
            `action`: one for each paragraph of action.

    Raises:
        ProjectError: it can't be read.
    """
    path = Path(source)
    scenes = _Panels(detail)
    for element in elements(read_text(path)):
        scenes.take(element)
    plan = ImportPlan(path.name, [panel.planned() for panel in scenes.panels])
    if not plan.panels:
        plan.notes.append("There is no scene in it: headings begin with INT. or EXT.")
    return plan


@dataclass
class _Panel:
    line: int
    scene: str
    setting: str
    location: str
    time: str
    number: int
    size: str = ""
    subject: list[str] = field(default_factory=list)
    dialogue: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def planned(self) -> Planned:
        """As the board will have it."""
        subject = " ".join(self.subject)
        letter = "" if self.number == 0 else f"_{self.number + 1:02d}"
        name = f"{self.scene}{letter} {self.location}".strip() or "Scene"
        spoken = sum(len(line.split()) for line in self.dialogue) / WORDS_A_SECOND
        acted = len(subject.split()) / (WORDS_A_SECOND * 2)
        fields = {
            "name": name,
            "title": f"{self.scene}{letter.replace('_', '.')} {self.location}".strip(),
            "scene": self.scene,
            "setting": self.setting,
            "location": self.location,
            "time": self.time,
            "size": self.size,
            "subject": subject,
            "dialogue": "\n".join(self.dialogue),
            "notes": "\n\n".join(self.notes),
            "duration": float(max(2, round(spoken + acted))),
        }
        return Planned.of({key: value for key, value in fields.items() if value}, where=f"line {self.line}")


class _Panels:
    """Turns paragraphs into panels; what comes before the first scene belongs to none."""

    def __init__(self, detail: Detail) -> None:
        self.detail = detail
        self.panels: list[_Panel] = []
        self._fresh = False  # the panel at hand has nothing but its heading yet
        self._scenes = 0
        self._speaker = ""

    def take(self, element: Element) -> None:
        if element.kind == "heading":
            self._scenes += 1
            setting, location, time = split_heading(element.text)
            scene = element.number or str(self._scenes)
            self.panels.append(_Panel(element.line, scene, setting, location, time, 0))
            self._fresh = True
        elif not self.panels:
            return
        elif element.kind == "shot":
            size, rest = split_shot(element.text)
            panel = self._next(element.line) if self.detail != "scene" else self.panels[-1]
            panel.size = panel.size or size
            if rest:
                panel.subject.append(_sentence(rest))
            self._fresh = self.detail == "action"
        elif element.kind == "action":
            panel = self._next(element.line) if self.detail == "action" else self.panels[-1]
            panel.subject.append(element.text)
            self._fresh = False
        elif element.kind == "character":
            self._speaker = _EXTENSION.sub("", element.text.rstrip("^")).strip()
        elif element.kind == "dialogue":
            self.panels[-1].dialogue.append(f"{self._speaker}: {element.text}")
            self._fresh = False
        elif element.kind == "synopsis":
            self.panels[-1].notes.append(element.text)
        if self.panels and element.notes:
            self.panels[-1].notes.extend(element.notes)

    def _next(self, line: int) -> _Panel:
        """The panel that a new shot begins: the one at hand, if it has only its heading."""
        last = self.panels[-1]
        if self._fresh:
            return last
        fresh = _Panel(line, last.scene, last.setting, last.location, last.time, last.number + 1)
        self.panels.append(fresh)
        return fresh


def split_heading(text: str) -> tuple[str, str, str]:
    """Setting, location and time of a scene heading: `INT. HARBOUR, PIER - NIGHT`."""
    match = _HEADING.match(text)
    setting, rest = "", text
    if match:
        word = re.sub(r"[^A-Z/]", "", match[0].upper())
        setting = "INT/EXT" if "/" in word else {"EST": "EXT"}.get(word, word)
        rest = text[match.end() :]
    location, _, time = rest.strip(" .").rpartition(" - ")
    return (setting, location.strip(" -"), time.strip()) if location else (setting, time.strip(), "")


def split_shot(text: str) -> tuple[str, str]:
    """The shot size that a shot line names, and the rest of it: `CLOSE ON the rope` → CU, the rope."""
    match = _SHOT.match(text)
    if match is None:
        return "", text
    word = match["word"]
    matching = [(size, words) for size, words in _SIZES if re.fullmatch(words, word, re.IGNORECASE)]
    return (matching[0][0] if matching else ""), text[match.end() :].strip()


def _after_title_page(lines: list[str]) -> int:
    """Where the script begins: a title page is keys and values up to the first empty line."""
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if not lines or not _TITLE_KEY.match(lines[first]) or _HEADING.match(lines[first]):
        return first
    if _TRANSITION.match(lines[first].strip()):
        return first
    end = next((n for n in range(first, len(lines)) if not lines[n].strip()), len(lines))
    shaped = all(_TITLE_KEY.match(line) or line[:1] in (" ", "\t") for line in lines[first:end])
    return end if shaped else first


def _blocks(lines: list[str], start: int) -> Iterator[tuple[int, list[str]]]:
    """Runs of lines between empty ones; two blanks alone on a line count as text, as the syntax says."""
    block: list[str] = []
    begin = start
    for number in range(start, len(lines)):
        line = lines[number]
        if line.strip() or (line == "  " and block):
            if not block:
                begin = number
            block.append(line)
        elif block:
            yield begin, block
            block = []
    if block:
        yield begin, block


def _read_block(block: list[str], line: int) -> Iterator[Element]:
    first = block[0].strip()
    if re.fullmatch(r"={3,}", first):
        return
    if len(block) > 1 and _is_character(first):
        yield _element("character", first.lstrip("@"), line)
        spoken: list[str] = []
        for text in block[1:]:
            stripped = text.strip()
            if not (stripped.startswith("(") and stripped.endswith(")")):
                spoken.append(stripped.lstrip("~"))
        yield _element("dialogue", " ".join(part for part in spoken if part), line + 1)
        return
    kind, text, number = _single(first) if len(block) == 1 else ("action", "", "")
    if kind != "action":
        yield _element(kind, text, line, number)
        return
    rest: list[str] = []
    for offset, raw in enumerate(block):
        text = raw.strip()
        if text.startswith("#"):
            yield _element("section", text.lstrip("# "), line + offset)
        elif text.startswith("=") and not text.startswith("=="):
            yield _element("synopsis", text[1:].strip(), line + offset)
        else:
            rest.append(text.removeprefix("!").strip("><").strip() if text[:1] in "!>" else text)
    if rest:
        yield _element("action", " ".join(part for part in rest if part), line)


def _single(text: str) -> tuple[Kind, str, str]:
    """What a line on its own is."""
    if text.startswith("!"):
        return "action", text[1:], ""
    if text.startswith(".") and not text.startswith(".."):
        heading, number = _numbered(text[1:])
        return "heading", heading, number
    if _HEADING.match(text):
        heading, number = _numbered(text)
        return "heading", heading, number
    if text.startswith("#"):
        return "section", text.lstrip("# "), ""
    if text.startswith("=") and not text.startswith("=="):
        return "synopsis", text[1:].strip(), ""
    if text.startswith(">"):
        return ("action" if text.endswith("<") else "transition"), text.strip("><").strip(), ""
    if _TRANSITION.match(text):
        return "transition", text, ""
    found = _SHOT.match(text)
    if found and found["word"].upper() == found["word"]:
        return "shot", text, ""
    return "action", text, ""


def _numbered(text: str) -> tuple[str, str]:
    match = _NUMBER.search(text)
    return (text[: match.start()].strip(), match[1]) if match else (text.strip(), "")


def _is_character(text: str) -> bool:
    if text.startswith("@"):
        return True
    name = _EXTENSION.sub("", text.rstrip("^")).strip()
    letters = [letter for letter in name if letter.isalpha()]
    shaped = bool(letters) and name == name.upper() and not text.startswith(("!", ">", "."))
    return shaped and not _HEADING.match(text) and not _TRANSITION.match(text)


def _element(kind: Kind, text: str, line: int, number: str = "") -> Element:
    notes = [" ".join(note.split()) for note in _NOTE.findall(text)]
    plain = _EMPHASIS.sub("", _NOTE.sub("", text)).replace("\\", "")
    return Element(kind, " ".join(plain.split()), line, notes, number)


def _sentence(text: str) -> str:
    """A shot line shouts; its subject need not."""
    return text[:1].upper() + text[1:].lower() if text == text.upper() else text
