"""Replay of workflow functions: JavaScript's jobs, the table of replays, and what plans survive."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

import pytest

from models.workflow.javascript import Host, Promise
from models.workflow.replay import Order, Replay
from models.workflow.shapes import SHAPES, rounds_of
from models.workflow.table import BrokenPlan, Table, broken_plan, replay_of, table_of

SHAPES_HERE = [name for name in SHAPES if name != "stress_3"]
"""Three rounds take as long as all others together, and say what two do."""
SMALL = [name for name in SHAPES_HERE if name not in ("unread_payload", "stress")]
HOOK_AND_WAIT = ("hook_created hook_0", "wait_created wait_1")


def planned(shape: str, order: Order, log: Iterable[str]) -> tuple[str, ...] | str:
    """What a replay of a whole log comes to."""
    run = replay_of(SHAPES[shape], order, log)
    run.settle()
    if run.diverged:
        return "diverged"
    return "finished" if run.finished else run.planned()


def told(table: Table, state: int) -> tuple[str, ...] | str:
    """The same, from the table."""
    if state == table.corrupt:
        return "diverged"
    return "finished" if table.finished[state] else table.planned[state]


class Marks:
    """Notes in which order promises are reacted to; jobs are counted."""

    def __init__(self) -> None:
        self.host = Host()
        self.order: list[str] = []

    def settled(self) -> Promise:
        promise = self.host.promise()
        promise.resolve()
        return promise

    async def after(self, name: str, promise: Promise) -> None:
        await promise
        self.order.append(name)

    def jobs_until(self, promise: Promise) -> int:
        jobs = 0
        while not promise.settled:
            self.host.jobs.popleft()()
            jobs += 1
        return jobs


@pytest.mark.parametrize("following", range(4))
def test_each_promise_that_follows_another_costs_two_jobs(following: int) -> None:
    marks = Marks()
    promise = marks.settled()
    for _ in range(following):
        outer = marks.host.promise()
        outer.resolve(promise)
        promise = outer
    # All of them ask at once; each answers a job after the one that it follows.
    assert marks.jobs_until(marks.host.call(marks.after("x", promise))) == 2 * following + 1


def test_a_function_that_awaits_less_goes_on_first() -> None:
    marks = Marks()
    inner = marks.settled()
    marks.host.call(marks.after("long", marks.host.call(marks.after("inner", inner))))
    marks.host.call(marks.after("short", inner))
    while marks.host.turn():
        pass
    assert marks.order == ["inner", "short", "long"]


def test_jobs_run_before_timers_and_a_race_is_won_once() -> None:
    marks = Marks()
    late = marks.host.promise()
    marks.host.set_timeout(lambda: late.resolve("late"))
    race = marks.host.race([late, marks.settled().then(lambda _: "early")])
    both = marks.host.all([late, race])
    while marks.host.turn():
        pass
    assert race.value == "early"
    assert both.value == ("late", "early")


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("shape", SHAPES_HERE)
def test_the_table_is_replay(shape: str, order: Order) -> None:
    """Along random walks through logs, with events that fit and events that do not."""
    table = table_of(SHAPES[shape], order, 1)
    random = Random(f"{shape} {order}")
    events = [event for event in table.events if not event.startswith("run_")]
    for _ in range(20):
        log: list[str] = []
        state = table.start
        for _ in range(8):
            wrong = random.random() < 0.1
            fit = [e for e in events if table.after[state][e] != table.corrupt and e not in log]
            event = random.choice(events if wrong or not fit else fit)
            kind, identifier = event.split(" ", 1)
            created = f"{kind.partition('_')[0]}_created {identifier}"
            begins = event in (created, f"hook_conflict {identifier}")
            begun = created in log or f"hook_conflict {identifier}" in log
            if (begun if begins else created not in log) or log.count(event) > 0:
                continue  # no server writes that
            log.append(event)
            state = table.after[state][event]
            assert told(table, state) == planned(shape, order, log), log
            if state == table.corrupt:
                break


@pytest.mark.parametrize("shape", SHAPES_HERE)
def test_in_log_order_plans_stand(shape: str) -> None:
    assert broken_plan(table_of(SHAPES[shape], Order.LOG, 1)) is None


@pytest.mark.slow
def test_in_log_order_plans_stand_for_eight_rounds_of_the_stress_shape() -> None:
    async def eight(run: Replay) -> None:
        await rounds_of(run, 8)

    table = table_of(eight, Order.LOG, 1)
    assert len(table.after) > 500
    assert broken_plan(table) is None


@pytest.mark.parametrize("shape", SMALL)
def test_with_barriers_they_stand_where_branches_do_not_overtake(shape: str) -> None:
    found = broken_plan(table_of(SHAPES[shape], Order.BARRIERS, 1))
    assert (found is None) == (shape not in ("uneven_branches", "remind_or_give_up"))


def test_two_waits_taken_in_one_go_let_the_shorter_branch_go_first() -> None:
    log = ("wait_created wait_0", "wait_created wait_1", "wait_completed wait_0")
    found = broken_plan(table_of(SHAPES["uneven_branches"], Order.BARRIERS, 1))
    assert found == BrokenPlan(log, "wait_completed wait_1", "step_created step_2(slow)")
    both = (*log, "wait_completed wait_1")
    assert planned("uneven_branches", Order.BARRIERS, both) == (
        "step_created step_2(fast)",
        "step_created step_3(slow)",
    )
    written = (*both, "step_created step_2(slow)")
    assert planned("uneven_branches", Order.BARRIERS, written) == "diverged"
    assert planned("uneven_branches", Order.LOG, written) == ("step_created step_3(fast)",)


def test_who_wins_a_race_with_a_nested_one_depends_on_what_is_taken_with_it() -> None:
    log = ("hook_created hook_0", "wait_created wait_1", "wait_created wait_2")
    one = (*log, "wait_completed wait_1")
    both = (*one, "wait_completed wait_2")
    assert planned("remind_or_give_up", Order.BARRIERS, one) == ("step_created step_3(remind)",)
    assert planned("remind_or_give_up", Order.BARRIERS, both) == ("step_created step_3(give up)",)
    assert planned("remind_or_give_up", Order.LOG, both) == ("step_created step_3(remind)",)


def test_a_step_result_passes_a_wait_behind_an_unread_payload() -> None:
    found = broken_plan(table_of(SHAPES["unread_payload"], Order.BARRIERS, 1))
    assert found is not None
    assert found.log[-2:] == ("hook_received hook_0", "wait_completed wait_1")
    assert found.event == "step_completed step_2(work)"
    assert found.planned == "step_created step_3(after sleep)"


@pytest.mark.parametrize("order", Order)
def test_the_production_log_is_refused(order: Order) -> None:
    log = [*HOOK_AND_WAIT, "hook_received hook_0", "wait_completed wait_1"]
    assert planned("hook_or_sleep", order, log) == ("step_created step_2(handle)",)
    assert planned("hook_or_sleep", order, [*log, "wait_created wait_2"]) == "diverged"


@pytest.mark.parametrize("order", Order)
def test_creating_a_wait_twice_is_noticed_only_once_it_is_over(order: Order) -> None:
    twice = ["wait_created wait_0", "wait_created wait_0"]
    assert planned("two_sleeps", order, twice) == ("wait_created wait_1",)
    late = ["wait_created wait_0", "wait_completed wait_0", "wait_created wait_0"]
    assert planned("two_sleeps", order, late) == "diverged"


def test_names_of_steps_are_compared_or_not() -> None:
    log = ["step_created step_1(other)"]
    assert replay_of(SHAPES["hook_against_step"], Order.LOG, log).diverged
    careless = replay_of(SHAPES["hook_against_step"], Order.LOG, log, compares_names=False)
    assert not careless.diverged
