"""Who gets the next job: pure and deterministic, so that every decision can be repeated and explained.

Jobs wait here. In the order of the line (`line.py`) each is promised to the fit backend that would end it
first, after what that backend has already and what was promised to it before. If that backend has room, the
job is sent there now, else it waits. So fast backends get more, a short queue is preferred to loading other
models where that was measured to pay, and at the end a slow backend takes no job that a fast one would end
sooner.

**No job waits while a fit backend idles**, with one exception: a job may wait for a busy backend which will
end it sooner than the idle one could, if it began there this instant, when both times were measured (this
very workflow ran on both before). On guesses nothing is held back. The other way round, a job that waits
unbegun in the queue of a busy backend is taken back (`Plan.steal`) when an idle one would end it sooner.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from studio.render.ask import Ask, ModelNeed, Need, Plan, Why
from studio.render.fitness import Fit, Judge, reasons_text
from studio.render.history import History
from studio.render.lane import Lane
from studio.render.line import Line, Service
from studio.render.speed import Duration, backlog, durations

__all__ = ["Ask", "ModelNeed", "Need", "Plan", "Scheduler", "Why"]

WORTH_WAITING = 0.05
"""A job waits for a busy backend only if it ends sooner there by this share of its time on the idle one."""

WORTH_STEALING = 0.5
"""Seconds that a job must gain to be taken out of a backend's queue, which takes two requests."""

SHORT_LINE = 4
"""Jobs a backend that may wait here for the end to be in sight."""

LOOK_AGAIN = 1.0
"""Seconds after which a plan in which a backend idles by intention is made anew: estimates may be wrong."""


class _Site:
    """A backend while a plan is made."""

    __slots__ = ("backlog", "empty", "index", "lane", "models", "name", "ready", "room")

    def __init__(self, index: int, lane: Lane, now: float, history: History) -> None:
        self.index, self.lane, self.name = index, lane, lane.name
        self.backlog = backlog(lane, now, history)
        self.ready, self.models = self.backlog.ready, self.backlog.models
        self.room = max(0, lane.backend.max_queue - lane.load)
        self.empty = lane.load == 0 and lane.vitals.foreign == 0

    def promise(self, ask: Ask, end: float, *, now: bool) -> None:
        """It will have this job too."""
        self.ready, self.models = end, ask.models or self.models
        if now:
            self.room -= 1
            self.empty = False

    def rank(self, end: float) -> tuple[float, int, int, int, int]:
        """The first to end; of equals the least busy, with the most free memory, that had the fewest jobs."""
        lane = self.lane
        return round(end, 3), lane.load, -(lane.vitals.vram_free or 0), lane.placed, self.index


class _Kind:
    """Jobs that are all alike to the scheduler, and the backends that can do them."""

    def __init__(self, ask: Ask, fits: list[tuple[Fit, str]], sites: list[_Site]) -> None:
        self.ask = ask
        self.reasons = {
            site.name: reason for site, (fit, reason) in zip(sites, fits, strict=True) if fit is not Fit.NOW
        }
        self.stale = [site.lane for site, (fit, _) in zip(sites, fits, strict=True) if fit is Fit.STALE]
        self.hope = any(fit is not Fit.NEVER for fit, _ in fits)
        fit_sites = [site for site, (fit, _) in zip(sites, fits, strict=True) if fit is Fit.NOW]
        untried = [site for site in fit_sites if site.name not in ask.avoid]
        if untried and len(untried) < len(fit_sites):
            self.reasons.update({s.name: "it failed this job before" for s in fit_sites if s not in untried})
        self.sites = untried or fit_sites
        self.choices: list[tuple[_Site, Duration]] = []
        self.full: Why | None = None

    @property
    def open(self) -> bool:
        """Whether any of its backends could be sent a job now."""
        return any(site.room for site in self.sites)

    def measure(self, now: float, history: History) -> None:
        """How long such a job takes at each, once a plan."""
        if not self.choices:
            times = durations(self.ask, [site.lane for site in self.sites], now, history)
            self.choices = list(zip(self.sites, times, strict=True))


class Scheduler:
    """Plans. `plan` changes nothing; who was served and how long it took is told by `placed` and `ended`.

    Args:
        history: Measured times; in memory only by default.
    """

    def __init__(self, history: History | None = None) -> None:
        self.history = history if history is not None else History()
        self._service = Service()
        self._judge = Judge()

    def plan(self, asks: Sequence[Ask], lanes: Sequence[Lane], now: float) -> Plan:
        """What to do now. The same input gives the same plan.

        Args:
            asks: All jobs that wait here.
            lanes: All backends, also those that are off.
            now: On the clock of `Ask.since`, in seconds; `time.monotonic()`.
        """
        plan = Plan()
        sites = [_Site(index, lane, now, self.history) for index, lane in enumerate(lanes)]
        kinds: dict[object, _Kind] = {}
        kind_of: dict[str, _Kind] = {}
        waiting = []
        for ask in asks:
            key = ask.need, ask.signature, ask.models, ask.work, ask.avoid
            kind = kinds.get(key)
            if kind is None:
                fits = [self._judge.judge(ask.need, lane, now) for lane in lanes]
                kind = kinds[key] = _Kind(ask, fits, sites)
            if lanes and not kind.hope:
                plan.refuse.append((ask, _refusal(ask, kind, lanes)))
            elif not kind.sites:
                plan.wait[ask.id] = kind.full = kind.full or _nobody(kind, lanes)
            else:
                kind_of[ask.id] = kind
                waiting.append(ask)
        stale = {id(lane): lane for kind in kinds.values() if not kind.sites for lane in kind.stale}
        plan.stale.extend(stale.values())
        whole = self._promise(plan, waiting, kind_of, sites, now)
        self._steal(plan, sites, whole, now)
        resting = [lane.rested_until - now for lane in lanes if lane.rested_until > now]
        idles = any(site.empty and site.room and site.lane.has_room for site in sites)
        queued = any(site.backlog.waiting for site in sites)
        again = [LOOK_AGAIN] if idles and (queued or any(ask.id in plan.wait for ask in waiting)) else []
        again += resting if plan.wait else []
        return replace(plan, again=min(again)) if again else plan

    def placed(self, ask: Ask, lane: Lane, now: float) -> None:
        """It was sent there; call it for each assignment, before the next plan."""
        lane.hold(ask, now)
        self._service.served(ask)

    def began(self, job_id: str, lane: Lane, now: float) -> None:
        """It runs there now, as the backend said."""
        lane.began(job_id, now)

    def ended(self, job_id: str, lane: Lane, now: float, *, ok: bool = False) -> None:
        """It is no longer there.

        Args:
            ok: It really ran, and to its end, so that its time may be learned.
        """
        held = lane.held.get(job_id)
        ran = lane.release(job_id, now, ok=ok)
        if held is not None and ran is not None:
            seconds, cold = ran
            ask = held.ask
            self.history.learn(lane.name, ask.signature, seconds, cold=cold, work=ask.work)

    def _promise(
        self,
        plan: Plan,
        waiting: Sequence[Ask],
        kind_of: dict[str, _Kind],
        sites: Sequence[_Site],
        now: float,
    ) -> bool:
        """Go down the line until no backend has room that anybody left could use.

        A short line is gone down to its end: that tells when all will be done, and so what is better taken
        back from a slow backend.

        Returns:
            Whether it was gone down to its end.
        """
        line = Line(waiting, self._service)
        left = Counter(id(kind) for kind in kind_of.values())
        kinds = {id(kind): kind for kind in kind_of.values()}
        promised = False  # somebody was passed over: turns and line may differ
        short = len(waiting) <= SHORT_LINE * len(sites) and any(site.backlog.waiting for site in sites)
        may_go = short or any(kind.open for kind in kinds.values())
        while may_go and (ask := line.next()) is not None:
            kind = kind_of[ask.id]
            kind.measure(now, self.history)
            site, end = _best(ask, kind)
            goes = site.room > 0
            if goes and promised:
                other = line.in_turn(ask)
                if other is not None and kind_of[other.id] is kind:
                    line.trade(ask, other)
                    ask = other
            left[id(kind)] -= 1
            if goes:
                plan.assign.append((ask, site.lane, _assigned(kind, site, end, ask)))
                line.given(ask)
            else:
                promised = True
                plan.wait[ask.id] = Why(
                    f"waiting for {site.name}, which would end it first, in about {_seconds(end)}",
                    site.name,
                    _ends(kind, ask, site) | kind.reasons,
                )
            site.promise(ask, end, now=goes)
            if not short and not (site.room and left[id(kind)]):
                may_go = any(left[key] and kinds[key].open for key in kinds)
        assigned = {ask.id for ask, _, _ in plan.assign}
        left_over = [ask for ask in waiting if ask.id not in plan.wait and ask.id not in assigned]
        for ask in left_over:
            kind = kind_of[ask.id]
            plan.wait[ask.id] = kind.full = kind.full or _full(kind)
        return not left_over

    def _steal(self, plan: Plan, sites: Sequence[_Site], whole: bool, now: float) -> None:
        """Take back what waits unbegun at a backend and would end sooner at another.

        That is one that idles; or, where the line was gone down to its end (`whole`), any that would end it
        sooner even after all that waits here.
        """
        for site in sites:
            for held, there in site.backlog.waiting:
                ask = held.ask
                others = [
                    other
                    for other in sites
                    if other is not site
                    and (whole or (other.empty and other.room))
                    and other.name not in ask.avoid
                    and self._judge.judge(ask.need, other.lane, now)[0] is Fit.NOW
                ]
                times = durations(ask, [other.lane for other in others], now, self.history)
                ends = [
                    (other.ready + time.after(other.models, ask.models), other, time.warm)
                    for other, time in zip(others, times, strict=True)
                ]
                if not ends:
                    continue
                end, other, seconds = min(ends, key=lambda choice: choice[1].rank(choice[0]))
                if there - end > max(WORTH_STEALING, WORTH_WAITING * seconds):
                    text = f"{other.name} would end it {_seconds(there - end)} sooner than {site.name}"
                    plan.steal.append((ask, site.lane, Why(text, other.name)))
                    other.promise(ask, end, now=False)


def _best(ask: Ask, kind: _Kind) -> tuple[_Site, float]:
    """The backend that ends it first, and in how many seconds; see the module about idle ones."""
    ends = [
        (site, duration, site.ready + duration.after(site.models, ask.models))
        for site, duration in kind.choices
    ]
    best, known, end = min(ends, key=lambda choice: choice[0].rank(choice[2]))
    if best.room:
        return best, end
    idle = [
        (site, there)
        for site, duration, there in ends
        if site.empty
        and site.room
        and (not (known.measured and duration.measured) or there - end <= WORTH_WAITING * there)
    ]
    return min(idle, key=lambda choice: choice[0].rank(choice[1])) if idle else (best, end)


def _assigned(kind: _Kind, site: _Site, end: float, ask: Ask) -> Why:
    others = _ends(kind, ask, site)
    duration = next(duration for other, duration in kind.choices if other is site)
    if not others:
        text = f"{site.name} is the only one that can do it now"
    elif duration.measured:
        text = f"{site.name} ends it first, in about {_seconds(end)}"
    elif site.empty:
        text = f"{site.name} is idle"
    else:
        text = f"{site.name} has the least to do"
    if others and ask.models and ask.models <= site.models:
        text += "; it has the models loaded"
    return Why(text, site.name, others | kind.reasons)


def _ends(kind: _Kind, ask: Ask, chosen: _Site) -> dict[str, str]:
    """When the other fit backends would end it."""
    return {
        site.name: f"would end it in about {_seconds(site.ready + duration.after(site.models, ask.models))}"
        for site, duration in kind.choices
        if site is not chosen
    }


def _full(kind: _Kind) -> Why:
    names = [site.name for site in kind.sites]
    return Why(
        f"waiting its turn: {_listed(names)} {'has' if len(names) == 1 else 'have'} enough to do",
        reasons=dict.fromkeys(names, "it has enough to do") | kind.reasons,
    )


def _nobody(kind: _Kind, lanes: Sequence[Lane]) -> Why:
    if not lanes:
        return Why("waiting: there is no backend")
    return Why(f"waiting for a backend: {reasons_text(kind.reasons)}", reasons=kind.reasons)


def _refusal(ask: Ask, kind: _Kind, lanes: Sequence[Lane]) -> Why:
    pinned = ask.need.backend
    if pinned is not None and all(lane.name != pinned for lane in lanes):
        return Why(f"no backend is called {pinned}; there {_is(lanes)}", reasons=kind.reasons)
    return Why(f"no backend can do it: {reasons_text(kind.reasons)}", reasons=kind.reasons)


def _is(lanes: Sequence[Lane]) -> str:
    return f"{'is' if len(lanes) == 1 else 'are'} {_listed(lane.name for lane in lanes)}"


def _listed(names: Iterable[str]) -> str:
    known = list(names)
    return ", ".join(known[:4]) + (f" and {len(known) - 4} more" if len(known) > 4 else "")


def _seconds(seconds: float) -> str:
    if seconds < 10:
        return f"{seconds:.1f} s"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
