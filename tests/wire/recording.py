"""Recorded traffic of a real ComfyUI 0.3.64, as `recordings/INDEX.json` explains it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "recordings"

Entry = dict[str, Any]


@dataclass(frozen=True)
class Recording:
    """Entries in the order in which they happened."""

    name: str
    entries: tuple[Entry, ...]
    roles: tuple[tuple[str, str], ...]  # connection → the client id that it was opened with

    @classmethod
    def load(cls, name: str) -> Recording:
        """The recording whose file begins with `name` and an underscore."""
        (path,) = FOLDER.glob(f"{name}_*.json")
        entries = tuple(json.loads(path.read_text(encoding="utf-8"))["entries"])
        roles = tuple((entry["conn"], client_of(entry)) for entry in entries if entry["channel"] == "ws-open")
        return cls(path.stem, entries, roles)

    def scene(self, first: int, last: int) -> Recording:
        """The part from request `first` to what follows request `last`, with the sockets opened before."""
        starts = {
            entry["id"]: n for n, entry in enumerate(self.entries) if entry["channel"] == "http-request"
        }
        begin = starts[first]
        end = min((n for n in starts.values() if n > starts[last]), default=len(self.entries))
        return replace(
            self, name=f"{self.name}[{first}-{last}]", entries=self._opening + self.entries[begin:end]
        )

    def only(self, *numbers: int) -> Recording:
        """The part that concerns these requests and the prompts that they queued."""
        prompts = {
            entry["body"]["prompt_id"]
            for entry in self.entries
            if entry["channel"] == "http-response" and entry["id"] in numbers and _queued(entry)
        }
        kept = tuple(
            entry
            for entry in self.entries
            if (entry.get("id") in numbers if "id" in entry else _prompt_of(entry) in prompts)
        )
        return replace(self, name=f"{self.name}{list(numbers)}", entries=self._opening + kept)

    @property
    def _opening(self) -> tuple[Entry, ...]:
        """Sockets opening before the first request, and what is said on them."""
        first = next(n for n, entry in enumerate(self.entries) if entry["channel"] == "http-request")
        spoken = ("ws-open", "ws-send", "ws-text")
        return tuple(entry for entry in self.entries[:first] if entry["channel"] in spoken)

    def request(self, number: int) -> Entry:
        """A request by its id."""
        return next(e for e in self.entries if e["channel"] == "http-request" and e["id"] == number)

    def response(self, number: int) -> Entry:
        """The response to a request."""
        return next(e for e in self.entries if e["channel"] == "http-response" and e["id"] == number)

    def graph(self, number: int) -> dict[str, Any]:
        """The graph that request `number` queued."""
        graph: dict[str, Any] = self.request(number)["body"]["prompt"]
        return graph

    @property
    def clients(self) -> list[str]:
        """Recorded client ids, in the order in which they connected."""
        return list(dict.fromkeys(client for _, client in self.roles))


def client_of(entry: Entry) -> str:
    """The client id of a `ws-open`; a socket without one counts as its own."""
    _, found, client = entry["path"].partition("clientId=")
    return str(client) if found else str(entry["conn"])


def _queued(response: Entry) -> bool:
    return isinstance(response.get("body"), dict) and "prompt_id" in response["body"]


def _prompt_of(entry: Entry) -> str | None:
    if entry["channel"] == "ws-text":
        return (entry["data"].get("data") or {}).get("prompt_id")
    return (entry.get("metadata") or {}).get("prompt_id")


@cache
def files() -> dict[str, bytes]:
    """Whole recorded bodies and frames by their sha256."""
    return {hashlib.sha256(data).hexdigest(): data for data in _contents().values()}


def file(name: str) -> bytes:
    """A recorded file of `recordings/files` by its name."""
    return _contents()[name]


@cache
def _contents() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (FOLDER / "files").iterdir()}
