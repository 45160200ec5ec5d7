"""The head's foreman: which box gets which job, what becomes of it, and who is told.

Runs in the scheduler's process, on its loop. Notebooks and boxes call it by plain messages (`studio_…`); it
calls nobody but Dask. What a setback means is said by `studio.render.policy`, as everywhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import secrets
import time
from collections import Counter
from collections.abc import Coroutine
from typing import Any

from pydantic import ValidationError

from studio.errors import JobCancelled, JobLost, StudioError
from studio.render.ask import Why
from studio.render.dask.box import render_work
from studio.render.dask.lanes import BoxLane
from studio.render.dask.moves import MOVED, next_ask, refusal, watcher
from studio.render.dask.ticket import Ticket
from studio.render.dask.wire import VERSION, BoxReport, Item, Outcome, Work
from studio.render.dask.worker import RESOURCE
from studio.render.fault import Fault
from studio.render.history import History
from studio.render.policy import Cause, Next, Past, Verdict, decide
from studio.render.scheduler import Scheduler
from studio.render.setbacks import LONGEST_REST, REST

log = logging.getLogger(__name__)

TICK = 0.5
"""Seconds between two looks at what time alone changes."""

BATCH = 0.05
"""Seconds that news are gathered before who waits is told."""

KEEP = 7 * 24 * 3600.0
"""Seconds that a result waits for a notebook; then it is given up."""

OFFERS = 20
"""Times that a job is sent to boxes whose ComfyUI then never gets it."""


class Foreman:
    """The line of jobs at a head.

    Args:
        scheduler: Dask's, in this process.
        history: Measured speeds.
    """

    def __init__(self, scheduler: Any, *, history: History | None = None) -> None:
        self.id = secrets.token_hex(8)
        self.tickets: dict[str, Ticket] = {}
        self.lanes: dict[str, BoxLane] = {}
        self._dask = scheduler
        self._scheduler = Scheduler(history)
        self._client: Any = None
        self._number = 0
        self._news = asyncio.Event()
        self._planned = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._setbacks: Counter[str] = Counter()

    @property
    def address(self) -> str:
        """Where notebooks and boxes find this head."""
        return str(self._dask.address)

    async def open(self) -> None:
        """Begin."""
        from distributed import Client

        self._client = await Client(  # type: ignore[no-untyped-call]
            self._dask.address, asynchronous=True, security=self._dask.security, name="studio-foreman"
        )
        self._dask.handlers.update(
            {
                "studio_hello": self.hello,
                "studio_submit": self.submit,
                "studio_follow": self.follow,
                "studio_cancel": self.cancel,
                "studio_taken": self.taken,
                "studio_boxes": self.boxes,
                "studio_box": self.box,
                "studio_told": self.told,
            }
        )
        self._dask.add_plugin(watcher(self.worker_gone), name="studio-foreman")
        self._start(self._tick())

    async def close(self) -> None:
        """End; boxes end their jobs, and wait for a head."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(Exception):
            await self._client.close()

    # Calls of notebooks

    async def hello(self) -> str:
        """Who this is."""
        return json.dumps({"version": VERSION, "id": self.id})

    async def submit(self, work: str, files: dict[str, bytes]) -> str:
        """Take a job in; one that is here already is not taken twice."""
        try:
            asked = Work.model_validate_json(work)
        except ValidationError as error:
            return json.dumps({"refused": f"the job makes no sense: {error.error_count()} wrong fields"})
        if asked.version != VERSION:
            return json.dumps({"refused": "head and notebook are of different versions"})
        if asked.job not in self.tickets:
            self.tickets[asked.job] = Ticket.of(asked, {name: bytes(data) for name, data in files.items()})
            self._soon()
        return json.dumps({"state": self.tickets[asked.job].state})

    async def follow(self, jobs: str, wait: float = 0.0) -> str:
        """What is new of jobs (id → number of the last item heard); waits up to `wait` seconds for it."""
        heard: dict[str, int] = json.loads(jobs)
        until = time.monotonic() + min(wait, 30.0)
        while True:
            news = self._news
            items = [
                item.model_dump()
                for job, number in heard.items()
                if (ticket := self.tickets.get(job)) is not None
                for item in ticket.since(number)
            ]
            unknown = [job for job in heard if job not in self.tickets]
            left = until - time.monotonic()
            if items or unknown or left <= 0:
                return json.dumps({"items": items, "unknown": unknown})
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), left)
                await asyncio.sleep(BATCH)

    async def cancel(self, job: str) -> str:
        """Stop a job wherever it is, and no other; how it was."""
        ticket = self.tickets.get(job)
        if ticket is None:
            return json.dumps({"state": "unknown"})
        before = ticket.state
        if before in ("waiting", "placed"):
            ticket.cancelled = True
        if before == "waiting":
            self._end(ticket, JobCancelled("cancelled while it waited at the head", job=job))
        elif before == "placed" and (lane := self.lanes.get(ticket.box)) is not None:
            lane.orders.setdefault("cancel", []).append(job)
        return json.dumps({"state": before})

    async def taken(self, jobs: str) -> str:
        """A notebook has these: their results can go."""
        for job in json.loads(jobs):
            ticket = self.tickets.pop(job, None)
            if ticket is not None:
                await self._release(ticket)
        return "{}"

    async def boxes(self) -> str:
        """How all boxes are, with the last point of each one's plot."""
        found = []
        for lane in self._by_name():
            metrics = lane.metrics
            status = lane.status().model_dump(mode="json")
            metric = metrics[-1].model_dump(mode="json") if metrics else None
            found.append({"name": lane.name, "address": lane.address, "status": status, "metric": metric})
        return json.dumps({"id": self.id, "boxes": found, "waiting": self._count("waiting")})

    async def box(self, name: str, order: str) -> str:
        """`enable`, `disable`, `free`, or `forget` one that is gone."""
        lane = self.lanes.get(name)
        if lane is None:
            return json.dumps({"refused": f"no box is called {name}"})
        if order in ("enable", "disable"):
            lane.enable(order == "enable")
            if order == "disable":
                waiting = [ticket.work.job for ticket in self._at(name) if not ticket.began]
                lane.orders.setdefault("withdraw", []).extend(waiting)
        elif order == "free":
            lane.orders["free"] = True
            lane.freed()
        elif order == "forget" and not lane.online:
            del self.lanes[name]
        self._soon()
        return "{}"

    # Calls of boxes

    async def told(self, version: int, report: str, items: str) -> str:
        """How a box is and what happened there; the answer is what it has to do."""
        if version != VERSION:
            return json.dumps({"refused": "head and box are of different versions of the studio"})
        heard = BoxReport.model_validate_json(report)
        lane = self.lanes.get(heard.name)
        if lane is not None and lane.address != heard.address and lane.address in self._dask.workers:
            return json.dumps({"refused": f"another box is called {heard.name}; give this one another name"})
        first = lane is None
        if lane is None:
            lane = self.lanes[heard.name] = BoxLane(heard)
        elif lane.address != heard.address:
            self._gone(lane, "its worker was started anew")
        was = lane.online
        lane.hear(heard)
        for each in json.loads(items):
            self._hear(lane, Item.model_validate(each))
        if first or lane.online != was or heard.classes is not None:
            self._soon()
        orders, lane.orders = lane.orders, {}
        if lane.inventory is None and lane.surveyed:
            orders["whole"] = True
        return json.dumps(orders)

    def worker_gone(self, address: str) -> None:
        """Dask has lost a worker."""
        for lane in self.lanes.values():
            if lane.address == address:
                self._gone(lane, "its worker is gone")

    # Within

    def _hear(self, lane: BoxLane, item: Item) -> None:
        ticket = self.tickets.get(item.job)
        if ticket is None or ticket.box != lane.name or ticket.state != "placed":
            return
        if item.kind == "ended":
            if item.data.get("attempt") == ticket.attempt:
                ticket.outcome = Outcome.model_validate(item.data.get("outcome"))
            return
        data = item.data
        if data.get("type") == "studio.state" and data.get("state") == "running" and not ticket.began:
            ticket.began = True
            self._scheduler.began(item.job, lane, time.monotonic())
        self._note(ticket, item.kind, data)

    def _note(self, ticket: Ticket, kind: Any, data: dict[str, Any]) -> None:
        self._number += 1
        ticket.note(Item(job=ticket.work.job, kind=kind, number=self._number, data=data))
        news, self._news = self._news, asyncio.Event()
        news.set()

    def _soon(self) -> None:
        if not self._planned:
            self._planned = True
            asyncio.get_running_loop().call_soon(self._plan)

    def _plan(self) -> None:
        self._planned = False
        waiting = {job: ticket for job, ticket in self.tickets.items() if ticket.state == "waiting"}
        if not waiting:
            return
        now = time.monotonic()
        plan = self._scheduler.plan([ticket.ask for ticket in waiting.values()], self._by_name(), now)
        for ask, why in plan.refuse:
            self._end(waiting[ask.id], waiting[ask.id].fault or refusal(why), why)
        for ask, lane, why in plan.assign:
            assert isinstance(lane, BoxLane)
            self._place(waiting[ask.id], lane, why)
        for job, why in plan.wait.items():
            if waiting[job].why != str(why):
                waiting[job].why = str(why)
                self._note(waiting[job], "waiting", {"why": str(why), "reasons": dict(why.reasons)})
        for ask, lane, _ in plan.steal:
            if (ticket := self.tickets.get(ask.id)) is not None and not ticket.began:
                assert isinstance(lane, BoxLane)
                lane.orders.setdefault("withdraw", []).append(ticket.work.job)
        for lane in plan.stale:
            lane.resurvey()
        if plan.again is not None:
            asyncio.get_running_loop().call_later(plan.again, self._soon)

    def _place(self, ticket: Ticket, lane: BoxLane, why: Why) -> None:
        ticket.attempt += 1
        ticket.state, ticket.box, ticket.began, ticket.outcome = "placed", lane.name, False, None
        ticket.why = ""
        lane.placed += 1
        self._scheduler.placed(ticket.ask, lane, time.monotonic())
        work = ticket.work.model_copy(update={"attempt": ticket.attempt})
        placed = {"attempt": ticket.attempt, "box": lane.name, "comfyui": lane.version, "why": str(why)}
        self._note(ticket, "placed", placed)
        ticket.future = self._client.submit(
            render_work,
            work.text(),
            ticket.files,
            key=ticket.key,
            workers=[lane.address],
            resources={RESOURCE: 1},
            allow_other_workers=False,
            pure=False,
            retries=0,
        )
        self._start(self._attend(ticket, lane, ticket.future))

    async def _attend(self, ticket: Ticket, lane: BoxLane, future: Any) -> None:
        """One attempt, until its task ends; a box that goes away cancels it (`_gone`)."""
        try:
            await future._state.wait()
            status = future.status
        except Exception as problem:
            log.warning("the task of %s is lost: %s", ticket.work.job, problem)
            status = "lost"
        if ticket.future is not future or ticket.state != "placed":
            return
        outcome = ticket.outcome
        if outcome is None or status != "finished":
            error = JobLost(f"{lane.name} went away", job=ticket.work.job, backend=lane.name)
            cause = Cause.LOST if ticket.began else Cause.LEFT
            outcome = Outcome(ok=False, cause=cause, gone=False, fault=Fault.of(error))
        self._scheduler.ended(ticket.work.job, lane, time.monotonic(), ok=outcome.ok)
        self._soon()
        if outcome.ok:
            self._setbacks.pop(lane.name, None)
            ticket.state, ticket.ended = "rendered", time.monotonic()
            await self._client.publish_dataset(future, name=ticket.dataset, override=True)
            self._note(ticket, "rendered", {"attempt": ticket.attempt, "outputs": outcome.outputs})
            return
        await self._release(ticket)
        self._after(ticket, lane, outcome)

    def _after(self, ticket: Ticket, lane: BoxLane, outcome: Outcome) -> None:
        """A setback: what now is for the policy to say."""
        fault = outcome.fault or Fault(message="it went wrong, and nobody knows why")
        ticket.past.append(Past(lane.name, outcome.cause))
        verdict = decide(ticket.past)
        if fault.kind == "JobCancelled" or (ticket.cancelled and outcome.cause is not Cause.OTHER):
            self._end(ticket, JobCancelled("cancelled", job=ticket.work.job, backend=lane.name))
            return
        if outcome.cause is Cause.UNSENT and len(ticket.past) >= OFFERS:
            verdict = Verdict(Next.FAIL)
        if verdict.rest:
            self._rest(lane, fault)
        if verdict.next in (Next.FAIL, Next.APART):
            if verdict.reason:
                fault = fault.model_copy(update={"message": f"{fault.message} ({verdict.reason})"})
            self._end(ticket, fault)
            return
        ticket.fault = fault
        name = lane.name
        if verdict.next is Next.SAME:
            lane.orders["free"] = True
        ticket.ask = next_ask(ticket.ask, lane, verdict, outcome.cause, self.lanes)
        if outcome.cause is Cause.UNSENT:
            lane.lost(fault.message)  # until it reports that its ComfyUI answers
        self._wait_again(ticket, outcome.cause, f"{name} {MOVED.get(outcome.cause, 'failed')}", fault)

    def _wait_again(self, ticket: Ticket, cause: Cause, words: str, fault: Fault) -> None:
        ticket.state, ticket.box, ticket.future = "waiting", "", None
        told = {"cause": cause.value, "error": f"{fault.kind}: {fault.message}", "words": words}
        self._note(ticket, "left", {"attempt": ticket.attempt, **told})
        if ticket.cancelled:
            self._end(ticket, JobCancelled("cancelled", job=ticket.work.job))
        else:
            self._soon()

    def _gone(self, lane: BoxLane, why: str) -> None:
        """A box went away: what ran there goes elsewhere, and results that lay there are made again."""
        lane.lost(why)
        for ticket in self._at(lane.name):
            fault = Fault(kind="JobLost", message=f"{lane.name} went away: {why}")
            if ticket.state == "placed":
                cause = Cause.LOST if ticket.began else Cause.LEFT
                self._scheduler.ended(ticket.work.job, lane, time.monotonic(), ok=False)
                self._start(self._release(ticket))
                self._after(ticket, lane, Outcome(ok=False, cause=cause, gone=False, fault=fault))
            elif ticket.state == "rendered":
                self._start(self._release(ticket))
                self._wait_again(
                    ticket, Cause.LEFT, f"{lane.name} went away with what it had rendered", fault
                )
        self._soon()

    def _at(self, name: str) -> list[Ticket]:
        return [t for t in self.tickets.values() if t.box == name and t.state in ("placed", "rendered")]

    def _end(self, ticket: Ticket, error: StudioError | Fault, why: Why | None = None) -> None:
        ticket.state, ticket.ended, ticket.files = "ended", time.monotonic(), {}
        fault = error if isinstance(error, Fault) else Fault.of(error)
        reasons = {} if why is None else {"why": str(why), "reasons": dict(why.reasons)}
        self._note(ticket, "ended", {"fault": fault.model_dump(), "attempt": ticket.attempt, **reasons})

    async def _release(self, ticket: Ticket) -> None:
        """Let go of its task and its result."""
        future, ticket.future = ticket.future, None
        if future is None:
            return
        with contextlib.suppress(Exception):  # Dask may have lost it already
            await self._client.unpublish_dataset(ticket.dataset)
        with contextlib.suppress(Exception):
            if future.status == "pending":
                await future.cancel()
            future.release()

    def _rest(self, lane: BoxLane, fault: Fault) -> None:
        self._setbacks[lane.name] += 1
        again = self._setbacks[lane.name] - 2
        if again >= 0:
            lane.suspend(min(REST * 2**again, LONGEST_REST), f"it keeps failing: {fault.message}")

    def _by_name(self) -> list[BoxLane]:
        return [self.lanes[name] for name in sorted(self.lanes)]

    def _count(self, state: str) -> int:
        return sum(ticket.state == state for ticket in self.tickets.values())

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            now = time.monotonic()
            for lane in self.lanes.values():
                if lane.online and lane.silent:
                    lane.lost("it has been silent for long")
            for job, ticket in list(self.tickets.items()):
                if ticket.state in ("ended", "rendered") and now - ticket.ended > KEEP:
                    del self.tickets[job]
                    await self._release(ticket)
            self._soon()

    def _start(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
