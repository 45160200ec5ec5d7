"""What the page shows of one backend: a plain model, every word of it said here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from studio.render.progress import JobState
from studio.render.status import BackendState, BackendStatus
from widgets.progress.model import plain

WORDS: dict[BackendState, str] = {
    "online": "ready",
    "busy": "busy",
    "offline": "offline",
    "wrong_version": "too old",
    "disabled": "switched off",
    "resting": "resting",
    "unknown": "being asked",
}
"""A backend's states in plain words."""

ADVICE: dict[BackendState, str] = {
    "offline": "Start ComfyUI there, or check the address. It is asked again by itself.",
    "wrong_version": "Update ComfyUI there.",
    "disabled": "It gets no jobs until it is switched on.",
    "resting": "It failed too often lately and gets jobs again by itself.",
    "unknown": "Waiting for its first answer.",
    "online": "",
    "busy": "",
}
"""What to do, where the reason itself does not say."""


class Running(BaseModel):
    """The job of ours that renders there now."""

    model_config = ConfigDict(frozen=True)

    label: str
    line: str
    percent: float


class BackendCard(BaseModel):
    """One backend as the page shows it; made of named fields only, so nothing else can slip into the page."""

    model_config = ConfigDict(frozen=True)

    name: str
    host: str  # the address without its scheme
    secure: bool = False  # https
    state: BackendState
    word: str
    reason: str = ""  # why it is as it is
    advice: str = ""  # what to do
    since: float | None = None  # seconds since 1970
    ours: int = 0
    others: int = 0
    running: Running | None = None
    more: int = 0  # jobs of ours that render there beside `running`
    vram_used: int | None = None
    vram_total: int | None = None
    ram_used: int | None = None
    ram_total: int | None = None
    latency: int | None = None  # milliseconds
    comfyui: str = ""
    devices: tuple[str, ...] = ()
    nodes: int | None = None
    models: int | None = None
    loaded: tuple[str, ...] = ()
    speed: str = ""
    tags: tuple[str, ...] = ()
    weight: float = 1.0
    max_queue: int = 2
    enabled: bool = True
    saved: str = ""  # the settings that name it: project, user; empty: none
    doing: str = ""  # what was asked of it and is not done yet
    note: str = ""  # what a click could not do

    @classmethod
    def of(
        cls,
        status: BackendStatus,
        jobs: Sequence[Any] = (),
        *,
        others: int = 0,
        saved: str = "",
        doing: str = "",
        note: str = "",
    ) -> BackendCard:
        """The card of a status and of our jobs there."""
        scheme, _, host = status.url.partition("://")
        running = [job for job in jobs if job.state is JobState.RUNNING]
        return cls(
            name=plain(status.name),
            host=plain(host or scheme),
            secure=scheme == "https",
            state=status.state,
            word=word(status, running, others),
            reason=reason(status),
            advice="" if _advises(status) else ADVICE[status.state],
            since=None if status.since is None else round(status.since.timestamp()),
            ours=len(status.ours),
            others=others,
            running=_running(running[0]) if running else None,
            more=max(0, len(running) - 1),
            vram_used=_used(status.vram_total, status.vram_free),
            vram_total=status.vram_total,
            ram_used=_used(status.ram_total, status.ram_free),
            ram_total=status.ram_total,
            latency=None if status.latency_ms is None else max(1, round(status.latency_ms)),
            comfyui=plain(status.comfyui).removeprefix("v"),
            devices=tuple(device_name(device) for device in status.devices),
            nodes=status.nodes,
            models=status.models,
            loaded=tuple(plain(model) for model in status.loaded),
            speed=speed(status.speed),
            tags=tuple(plain(tag) for tag in status.tags),
            weight=status.weight,
            max_queue=status.max_queue,
            enabled=status.enabled,
            saved=saved,
            doing=doing,
            note=plain(note),
        )

    @property
    def text(self) -> str:
        """The card as one line, for an output without a page."""
        parts = [f"{self.name}: {self.word}", self.host]
        if self.running:
            parts.append(f"{self.running.label} {int(self.running.percent)} %")
        parts += [part.rstrip(".") for part in (self.reason,) if part]
        return " · ".join(parts)


def word(status: BackendStatus, running: Sequence[Any], others: int) -> str:
    """The state in a word or two."""
    if status.state == "busy":
        return "rendering" if running else "in use by others" if others and not status.ours else "at work"
    return WORDS[status.state]


def reason(status: BackendStatus) -> str:
    """Why it is as it is; the address, which the card shows already, is left out."""
    text = plain(status.error)
    text = re.sub(rf"^{re.escape(status.url)}/?: ", "", text)
    return text[:1].upper() + text[1:]


def speed(jobs_an_hour: float | None) -> str:
    """`120 shots an hour`, by what was measured; empty if nothing was."""
    if not jobs_an_hour:
        return ""
    digits = 1 if jobs_an_hour < 10 else 0
    return f"{jobs_an_hour:.{digits}f} jobs an hour"


_ALLOCATOR = re.compile(r"\s*:\s*(cuda\w*|native)\s*$", re.IGNORECASE)
_ORDINAL = re.compile(r"^(cuda|xpu|mps|cpu|hip|privateuseone)(:\d+)?\s+", re.IGNORECASE)


def device_name(text: str) -> str:
    """`NVIDIA GeForce RTX 4090` of ComfyUI's `cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync`."""
    text = plain(text)
    return _ORDINAL.sub("", _ALLOCATOR.sub("", text)) or text


def _running(job: Any) -> Running:
    progress = job.progress
    line = progress.line if progress.line != progress.state.value else progress.message
    return Running(
        label=plain(job.label) or "a shot", line=plain(line), percent=round(min(progress.percent, 99.9), 1)
    )


def _advises(status: BackendStatus) -> bool:
    """Whether the reason says what to do, as errors of the studio do in a second sentence."""
    return status.state in ("offline", "wrong_version") and ". " in status.error.strip().rstrip(".")


def _used(total: int | None, free: int | None) -> int | None:
    return None if total is None or free is None else max(0, total - free)
