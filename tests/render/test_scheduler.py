"""Who gets what: laws that hold for any jobs and backends, and the ways of choosing one by one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.errors import BackendUnreachable, NotComfyUI
from studio.render.ask import Ask, ModelNeed, Need, Plan
from studio.render.inventory import Inventory
from studio.render.lane import Lane
from studio.render.scheduler import Scheduler
from tests.render.simulated import Simulation, best_time, lane, round_robin

FLUX = ModelNeed("UNETLoader", "unet_name", "flux/dev.safetensors")
GIB = 1024**3


def inventory(classes: str = "", **models: frozenset[str]) -> Inventory:
    return Inventory(classes.split(), {("UNETLoader", "unet_name"): models.get("unet", frozenset())})


def asks(count: int, **fields: object) -> list[Ask]:
    return [Ask(str(number), since=float(number), **fields) for number in range(count)]  # type: ignore[arg-type]


def sent(plan: Plan) -> dict[str, str]:
    return {ask.id: where.name for ask, where, _ in plan.assign}


# laws

classes = st.frozensets(st.sampled_from("ABC"), max_size=2)
tags = st.frozensets(st.sampled_from(["video", "big"]), max_size=1)


@st.composite
def farms(draw: st.DrawFn) -> tuple[Scheduler, list[Ask], list[Lane]]:
    """Any scheduler with any memory, waiting jobs and backends that have some already."""
    lanes = []
    scheduler = Scheduler()
    for number in range(draw(st.integers(0, 4))):
        made = lane(
            f"b{number}",
            online=draw(st.booleans()),
            inventory=draw(st.one_of(st.none(), classes.map(lambda names: Inventory(names, {})))),
            tags=draw(tags),
            weight=draw(st.sampled_from([0.5, 1.0, 4.0])),
            max_queue=draw(st.integers(1, 3)),
            enabled=draw(st.booleans()),
        )
        made.surveyed_at = 0.0
        made.vitals.foreign = draw(st.integers(0, 2))
        if not made.online:
            made.error = BackendUnreachable("nothing answers there")
        for signature in draw(st.sets(st.sampled_from("xy"))):
            scheduler.history.learn(made.name, signature, draw(st.sampled_from([1.0, 7.0, 60.0])))
        for held in range(draw(st.integers(0, made.backend.max_queue))):
            made.hold(Ask(f"held{number}{held}", signature=draw(st.sampled_from("xy"))), 0.0)
        lanes.append(made)
    waiting = [
        Ask(
            str(number),
            Need(
                classes=draw(classes),
                tags=draw(tags),
                backend=draw(st.sampled_from([None, None, "b0", "nobody"])),
            ),
            owner=draw(st.sampled_from("pq")),
            panel=draw(st.sampled_from("12")),
            priority=draw(st.integers(0, 1)),
            since=float(number),
            signature=draw(st.sampled_from("xy")),
            models=draw(st.frozensets(st.sampled_from("mn"), max_size=1)),
            avoid=draw(st.frozensets(st.sampled_from(["b0", "b1"]), max_size=1)),
        )
        for number in range(draw(st.integers(0, 12)))
    ]
    return scheduler, waiting, lanes


def fits(ask: Ask, where: Lane) -> bool:
    """Said anew, in other words than the scheduler's."""
    known = where.inventory
    return (
        where.online
        and where.backend.enabled
        and ask.need.tags <= where.backend.tags
        and ask.need.backend in (None, where.name)
        and (known is None or ask.need.classes <= known.classes)
    )


@given(farms(), st.floats(0, 100))
@settings(max_examples=300, deadline=None)
def test_laws_of_a_plan(farm: tuple[Scheduler, list[Ask], list[Lane]], now: float) -> None:
    scheduler, waiting, lanes = farm
    before = [(one.load, dict(one.held)) for one in lanes]
    plan = scheduler.plan(waiting, lanes, now)
    assert plan == scheduler.plan(waiting, lanes, now), "the same input gives the same plan"
    assert before == [(one.load, dict(one.held)) for one in lanes], "a plan changes nothing"

    ids = [ask.id for ask, _, _ in plan.assign] + [ask.id for ask, _ in plan.refuse] + list(plan.wait)
    assert Counter(ids) == Counter(ask.id for ask in waiting), "each job is decided on, once"

    given_to = Counter(where.name for _, where, _ in plan.assign)
    for ask, where, why in plan.assign:
        assert fits(ask, where)
        assert why.backend == where.name and str(why)
        assert where.name not in why.reasons
    for where in lanes:
        assert not given_to[where.name] or where.load + given_to[where.name] <= where.backend.max_queue

    for ask, why in plan.refuse:
        assert not any(fits(ask, where) for where in lanes)
        assert set(why.reasons) == {where.name for where in lanes}

    by_id = {ask.id: ask for ask in waiting}
    for job, why in plan.wait.items():
        for where in lanes:
            idle = not where.load and not where.vitals.foreign and not given_to[where.name]
            if idle and fits(by_id[job], where) and where.name not in by_id[job].avoid:
                assert why.backend not in ("", where.name), "a job waits while a fit backend idles"
                signature = by_id[job].signature
                for name in (where.name, why.backend):
                    assert scheduler.history.measured(name, signature), "nothing is held back on a guess"

    for ask, where, _ in plan.steal:
        held = list(where.held.values())
        assert ask in [one.ask for one in held[1:] if one.began is None], "what runs is never taken back"


@given(st.integers(1, 4), st.lists(st.sampled_from([1.0, 2.0, 5.0]), min_size=1, max_size=4), st.data())
@settings(max_examples=60, deadline=None)
def test_owners_with_endless_work_are_served_alike(
    rooms: int, speeds: list[float], data: st.DataObject
) -> None:
    lanes = [lane(f"b{number}", max_queue=rooms) for number in range(len(speeds))]
    scheduler = Scheduler()
    waiting = {
        f"{owner}{number}": Ask(f"{owner}{number}", owner=owner, since=float(number), signature="s")
        for owner in ("ana", "ben", "cy")
        for number in range(40 if owner != "cy" else 0)
    }
    served: Counter[str] = Counter()
    now = 0.0
    for _ in range(25):
        plan = scheduler.plan(list(waiting.values()), lanes, now)
        for ask, where, _ in plan.assign:
            del waiting[ask.id]
            scheduler.placed(ask, where, now)
            served[ask.owner] += 1
            assert abs(served["ana"] - served["ben"]) <= 1
        busy = [where for where in lanes if where.held]
        where = data.draw(st.sampled_from(busy))
        now += speeds[lanes.index(where)]
        scheduler.ended(next(iter(where.held)), where, now, ok=True)


@given(st.lists(st.integers(-1, 2), min_size=1, max_size=15), st.integers(1, 5))
@settings(max_examples=100, deadline=None)
def test_priority_goes_before_all_else(priorities: list[int], rooms: int) -> None:
    waiting = [
        Ask(str(number), owner="ab"[number % 2], priority=priority, since=float(number))
        for number, priority in enumerate(priorities)
    ]
    plan = Scheduler().plan(waiting, [lane("box", max_queue=rooms)], 0.0)
    lowest_sent = min(ask.priority for ask, _, _ in plan.assign)
    left = [ask.priority for ask in waiting if ask.id in plan.wait]
    assert not left or lowest_sent >= max(left)


# the whole way, on a simulated clock

UNEQUAL = [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0]


@pytest.mark.parametrize("noise", [0.0, 0.2])
def test_a_thousand_jobs_on_eight_unequal_backends(noise: float) -> None:
    each = {f"b{number}": seconds for number, seconds in enumerate(UNEQUAL)}
    varied = {str(number): 1 + noise * ((number * 7919) % 101 / 50 - 1) for number in range(1000)}
    simulation = Simulation(
        [lane(name) for name in each], lambda name, ask, cold: each[name] * varied[ask.id]
    )
    total = simulation.run(asks(1000, signature="s"))
    assert len(simulation.ran) == 1000
    assert max(simulation.most.values()) == 2
    best = best_time(1000, UNEQUAL)
    assert total <= 1.05 * best
    assert total <= 0.4 * round_robin(1000, UNEQUAL)


def test_few_jobs_end_well_once_the_backends_are_known() -> None:
    each = {"fast": 1.0, "slow": 9.0}
    scheduler = Scheduler()
    for name, seconds in each.items():
        scheduler.history.learn(name, "s", seconds)
    simulation = Simulation([lane(name) for name in each], lambda name, ask, cold: each[name], scheduler)
    assert simulation.run(asks(8, signature="s")) == pytest.approx(best_time(8, [1.0, 9.0]))
    assert set(simulation.ran.values()) == {"fast"}, "the slow one could only have ended one later"


def test_a_slow_backend_that_nobody_knew_gives_back_what_it_has_not_begun() -> None:
    each = {"a": 1.0, "b": 1.0, "slow": 20.0}
    simulation = Simulation([lane(name) for name in each], lambda name, ask, cold: each[name])
    total = simulation.run(asks(30, signature="s"))
    assert simulation.stolen
    assert total == 20.0, "the one job that it began at the start is all that it did"


def test_models_are_swapped_rarely_where_that_takes_long() -> None:
    simulation = Simulation([lane("a"), lane("b")], lambda name, ask, cold: 2.0 + 20.0 * cold)
    two = [replace(ask, models=frozenset({"flux" if n % 2 else "wan"})) for n, ask in enumerate(asks(60))]
    total = simulation.run([replace(ask, signature=min(ask.models)) for ask in two])
    assert simulation.swaps <= 8
    assert total <= 1.3 * (20.0 + 30 * 2.0)


# one thing at a time


def test_what_no_backend_can_do_is_refused_with_every_reason() -> None:
    old = lane("old", online=False)
    old.error = NotComfyUI("something answers there, but it is not ComfyUI")
    lanes = [
        lane("a", inventory=inventory("KSampler")),
        lane("b", inventory=inventory("UNETLoader", unet=frozenset({"sd.safetensors"}))),
        old,
    ]
    for one in lanes:
        one.surveyed_at = 0.0
    need = Need(classes=frozenset({"UNETLoader"}), models=frozenset({FLUX}))
    ((_, why),) = Scheduler().plan([Ask("1", need)], lanes, 1.0).refuse
    assert why.reasons == {
        "a": "it has no node UNETLoader",
        "b": "it has no model flux/dev.safetensors",
        "old": "something answers there, but it is not ComfyUI",
    }
    assert "a: it has no node UNETLoader; b:" in str(why)


def test_an_old_list_of_models_is_looked_at_again_before_a_job_is_refused() -> None:
    box = lane("box", inventory=inventory("UNETLoader", unet=frozenset({"sd.safetensors"})))
    box.surveyed_at = 0.0
    ask = Ask("1", Need(models=frozenset({FLUX})))
    plan = Scheduler().plan([ask], [box], 1000.0)
    assert plan.stale == [box] and not plan.refuse and "1" in plan.wait
    box.surveyed_at = 999.0
    assert Scheduler().plan([ask], [box], 1000.0).refuse
    box.surveyed = False  # it was started anew since, perhaps for this very model
    assert Scheduler().plan([ask], [box], 1000.0).stale == [box]


def test_what_only_an_absent_backend_may_do_waits_and_says_for_what() -> None:
    off = lane("off", online=False)
    off.error = BackendUnreachable("nothing answers there")
    plan = Scheduler().plan(
        [Ask("1", Need(classes=frozenset({"X"})))], [off, lane("on", inventory=inventory("Y"))], 0.0
    )
    assert str(plan.wait["1"]) == "waiting for a backend: off: nothing answers there; on: it has no node X"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"enabled": False}, "it is disabled"),
        ({"rested_until": 8.0, "rest_reason": "it failed twice"}, "it rests for 8 s: it failed twice"),
        ({"surveyed": False}, "its nodes and models are being listed"),
        ({"online": False}, "it has not answered yet"),
    ],
)
def test_a_backend_that_will_be_fit_later_is_waited_for(change: dict[str, object], reason: str) -> None:
    box = lane("box", enabled=change.pop("enabled", True))
    for name, value in change.items():
        setattr(box, name, value)
    plan = Scheduler().plan([Ask("1", Need(classes=frozenset({"X"})))], [box], 0.0)
    assert plan.wait["1"].reasons == {"box": reason}
    assert plan.again == (8.0 if "rests" in reason else None)


def test_a_pinned_job_goes_there_and_nowhere_else() -> None:
    lanes = [lane("a"), lane("b", max_queue=1)]
    pinned = asks(2, need=Need(backend="b"))
    plan = Scheduler().plan(pinned, lanes, 0.0)
    assert sent(plan) == {"0": "b"}
    assert plan.wait["1"].reasons["a"] == "the job is for b"
    ((_, why),) = Scheduler().plan([Ask("1", Need(backend="c"))], lanes, 0.0).refuse
    assert str(why) == "no backend is called c; there are a, b"


def test_tags_memory_and_bars_are_heeded() -> None:
    small, large = lane("small", tags={"video"}), lane("large")
    small.vitals.vram_total, large.vitals.vram_total = 8 * GIB, 24 * GIB
    plan = Scheduler().plan(
        [
            Ask("tag", Need(tags=frozenset({"video"}))),
            Ask("memory", Need(vram=12 * GIB)),
            Ask("bar", Need(barred=frozenset({"small"}))),
        ],
        [small, large],
        0.0,
    )
    assert sent(plan) == {"tag": "small", "memory": "large", "bar": "large"}
    assert plan.assign[1][2].reasons["small"] == "its card has 8 GB, 12 are needed"


def test_a_backend_that_failed_the_job_is_taken_only_if_there_is_no_other() -> None:
    ask = Ask("1", avoid=frozenset({"a"}))
    busy = lane("b")
    busy.hold(Ask("x"), 0.0)
    assert sent(Scheduler().plan([ask], [lane("a"), busy], 0.0)) == {"1": "b"}
    assert sent(Scheduler().plan([ask], [lane("a"), lane("b", online=False)], 0.0)) == {"1": "a"}


def test_no_backend_at_all_is_waited_for() -> None:
    assert str(Scheduler().plan([Ask("1")], [], 0.0).wait["1"]) == "waiting: there is no backend"


def test_loaded_models_are_worth_a_short_queue_and_no_long_one() -> None:
    scheduler = Scheduler()
    for name in ("with", "without"):
        scheduler.history.learn(name, "s", 5.0)
        scheduler.history.learn(name, "s", 25.0, cold=True)
    ask = Ask("1", signature="s", models=frozenset({"flux"}))
    there, empty = lane("with", max_queue=9), lane("without")
    there.loaded, empty.loaded = frozenset({"flux"}), frozenset({"wan"})
    there.hold(replace(ask, id="x"), 0.0)
    plan = scheduler.plan([ask], [there, empty], 0.0)
    assert sent(plan) == {"1": "with"}
    assert "it has the models loaded" in str(plan.assign[0][2])
    assert plan.assign[0][2].reasons == {"without": "would end it in about 25 s"}
    for number in range(4):
        there.hold(replace(ask, id=f"y{number}"), 0.0)
    assert sent(scheduler.plan([ask], [there, empty], 0.0)) == {"1": "without"}


def test_other_peoples_jobs_count() -> None:
    theirs, ours = lane("theirs"), lane("ours")
    theirs.vitals.foreign = 3
    assert sent(Scheduler().plan(asks(2), [theirs, ours], 0.0)) == {"0": "ours", "1": "ours"}


def test_free_memory_decides_between_equals() -> None:
    less, more = lane("less"), lane("more")
    less.vitals.vram_free, more.vitals.vram_free = 4 * GIB, 20 * GIB
    assert sent(Scheduler().plan([Ask("1")], [less, more], 0.0)) == {"1": "more"}


def test_weight_counts_until_speed_is_measured() -> None:
    scheduler = Scheduler()
    lanes = [lane("a"), lane("b", weight=4)]
    for one in lanes:
        one.hold(Ask(f"x{one.name}"), 0.0)
    assert sent(scheduler.plan([Ask("1", signature="s")], lanes, 0.0)) == {"1": "b"}
    scheduler.history.learn("a", "s", 1.0)
    scheduler.history.learn("b", "s", 50.0)
    assert sent(scheduler.plan([Ask("1", signature="s")], lanes, 0.0)) == {"1": "a"}


def test_a_job_is_held_back_for_a_faster_backend_and_looked_at_again() -> None:
    scheduler = Scheduler()
    scheduler.history.learn("fast", "s", 2.0)
    scheduler.history.learn("slow", "s", 60.0)
    fast, slow = lane("fast", max_queue=1), lane("slow")
    fast.hold(Ask("x", signature="s"), 0.0)
    plan = scheduler.plan([Ask("1", signature="s")], [fast, slow], 0.0)
    assert not plan.assign
    assert str(plan.wait["1"]) == "waiting for fast, which would end it first, in about 4.0 s"
    assert plan.wait["1"].reasons == {"slow": "would end it in about 60 s"}
    assert plan.again == 1.0
    late = scheduler.plan([Ask("1", signature="s")], [fast, slow], 700.0)
    assert sent(late) == {"1": "slow"}, "it takes far longer than it should: that estimate is not believed"


def test_an_idle_backend_gets_what_waits_in_anothers_queue() -> None:
    busy, idle = lane("busy"), lane("idle")
    for number in "01":
        busy.hold(Ask(number), 0.0)
    plan = Scheduler().plan([], [busy, idle], 1.0)
    ((ask, where, why),) = plan.steal
    assert (ask.id, where.name, why.backend) == ("1", "busy", "idle")
    assert not Scheduler().plan([], [busy, lane("idle", tags=set(), enabled=False)], 1.0).steal
    busy.release("1", 1.0)
    busy.hold(Ask("1", Need(backend="busy")), 1.0)
    assert not Scheduler().plan([], [busy, idle], 1.0).steal


def test_panels_of_an_owner_take_turns_and_each_is_first_come() -> None:
    waiting = [Ask(f"A{n}", panel="A", since=n) for n in range(3)]
    waiting += [Ask(f"B{n}", panel="B", since=10 + n) for n in range(2)]
    plan = Scheduler().plan(waiting, [lane("box", max_queue=5)], 0.0)
    assert [ask.id for ask, _, _ in plan.assign] == ["A0", "B0", "A1", "B1", "A2"]


def test_who_comes_late_is_not_owed_the_past() -> None:
    scheduler, box = Scheduler(), lane("box", max_queue=1)

    def serve(waiting: list[Ask]) -> str:
        ((ask, _, _),) = scheduler.plan(waiting, [box], 0.0).assign
        scheduler.placed(ask, box, 0.0)
        scheduler.ended(ask.id, box, 0.0)
        return ask.owner

    for number in range(50):
        assert serve([Ask(str(number), owner="early")]) == "early"
    both = [Ask("e", owner="early"), Ask("l", owner="late", since=9.0)]
    order = [serve(both) for _ in range(8)]
    assert order[0] == "late"
    assert 3 <= order.count("early") <= 4
    assert all(one != other for one, other in list(pairwise(order))[2:])


def test_an_idle_backend_is_used_where_times_are_only_guessed() -> None:
    strong, weak = lane("strong", weight=20, max_queue=1), lane("weak")
    strong.hold(Ask("x"), 0.0)
    plan = Scheduler().plan([Ask("1")], [strong, weak], 0.0)
    assert sent(plan) == {"1": "weak"}, "nobody has measured that the other one would end it sooner"


def test_a_job_that_takes_long_tells_of_the_next_one_like_it() -> None:
    scheduler = Scheduler()
    scheduler.history.learn("fast", "s", 1.0)
    fast, slow = lane("fast"), lane("slow")
    for number in "ab":
        fast.hold(Ask(number, signature="s"), 49.0)
        slow.hold(Ask(f"slow {number}", signature="s"), 0.0)
    plan = scheduler.plan(asks(3, signature="s"), [fast, slow], 50.0)
    assert [(ask.id, where.name) for ask, where, _ in plan.steal] == [("slow b", "slow")]
    assert not scheduler.plan(asks(3, signature="s"), [fast, slow], 49.5).assign
