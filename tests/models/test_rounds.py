"""Event logs of any length: the folded model says what the one that keeps its log says."""

from __future__ import annotations

import functools
from itertools import pairwise
from random import Random
from typing import Any

import pytest

import ordercheck
from models.event_log import EventLog
from models.event_log_rounds import FUNCTIONS, RoundsLog
from models.workflow.folded import Node, check_that_plans_stand, folded_table, node_of, ranks
from models.workflow.replay import Order, Replay, Workflow
from models.workflow.shapes import LONG, SHAPES, rounds_of
from models.workflow.table import replay_of
from ordercheck import Model, Outcome, Seq, Set, Spec, param, require, seq, step
from ordercheck.checking import Options
from specs.event_log import NoStall, SnapshotIsPrefix
from tests.models.stories import violated

END = "run_ended"
Log = tuple[str, ...]
QUICKLY = Options(engine="interpreter")
"""Models of this size take less time than compiling them."""


class RecordedLog(RoundsLog):
    """The same, and what has been written, by ranks; payloads are counted, so that it ends."""

    payloads: int = param(1, lo=0, hi=3)
    longest: int = param(16, lo=1, hi=40)

    def setup(self) -> None:
        """Nothing is written."""
        super().setup()
        self.written: Seq[str] = seq([*self.events, END], capacity=self.longest)
        self.payload = frozenset(e for e in self.events if e.startswith("hook_received"))

    def append(self, me: int, event: str) -> None:
        """Put an event at the end of the log."""
        require(event not in self.payload or self.written.count(event) < self.payloads)
        self.written.append(event)
        super().append(me, event)

    def end_run(self, me: int) -> None:
        """The run is over."""
        self.written.append(END)
        super().end_run(me)


def logs_of(model: type[Model], place: str, **parameters: Any) -> set[Log]:
    """All logs that a model can write."""
    verdict = ordercheck.verify(model, specs=[], options=Options(traces=False), **parameters)
    assert verdict.outcome is Outcome.HOLDS
    arrays = verdict.csr
    slot = next(p.slot for p in arrays.program.places if p.path == place)
    return {arrays.state(number)[slot] for number in range(len(arrays))}


@functools.cache
def after(shape: str, log: Log) -> Node:
    """What a log comes to; abandoned operations stay so."""
    given_up: set[str] = set()
    if log:
        before = after(shape, log[:-1])
        alive = {consumer.operation.identifier for consumer in before.live}
        given_up = {c.operation.identifier for c in before.run.consumers} - alive
    return node_of(FUNCTIONS[shape], log, given_up)


def by_ordinals(shape: str, ranked: Log) -> Log:
    """A log of ranks, with the ordinals that the operations have."""
    log: Log = ()
    for event in ranked:
        if event == END:
            return (*log, END)
        kind, rank = event.split(" ", 1)
        ordinals = {name: of for of, name in ranks(after(shape, log).live).items()}
        log = (*log, f"{kind} {ordinals[rank]}")
    return log


def without_abandoned(shape: str, whole: Log) -> Log:
    """A log without events of operations that were abandoned then."""
    log: Log = ()
    for event in whole:
        if event.startswith("run_"):
            return (*log, END)
        live = ranks(after(shape, log).live)
        if event.split(" ", 1)[1] in live:
            log = (*log, event)
    return log


SWITCHES: dict[str, dict[str, Any]] = {
    "written again": {"fence": "event_id"},
    "begins afresh": {"fence": "event_id", "on_conflict": "replay"},
    "redelivered": {"fence": "event_id", "on_conflict": "redeliver"},
    "reload": {"after": "reload"},
}
QUICK = ("two_sleeps", "naps", "charge_or_cancel", "one_payload")
LARGE = ("nested_races", "remind_or_give_up", "stress", "stress_3")
SMALL = [shape for shape in SHAPES if shape not in LARGE]
COMPARED = [shape for shape in SMALL if shape != "one_token"]
"""Payloads are counted by the ranks of hooks, which two that follow each other share there."""


@pytest.mark.parametrize("switch", SWITCHES)
@pytest.mark.parametrize(
    "shape", [pytest.param(s, marks=[] if s in QUICK else [pytest.mark.slow]) for s in COMPARED]
)
def test_the_same_logs_can_be_written(shape: str, switch: str) -> None:
    for ticks in (1, 2):
        same = {"shape": shape, "ticks": ticks, **SWITCHES[switch]}
        whole = logs_of(EventLog, "log", **same)
        fence = {"fence": "none"} if switch == "reload" else {}
        folded = logs_of(RecordedLog, "written", **{**same, **fence}, longest=20)
        assert {by_ordinals(shape, log) for log in folded} == {
            without_abandoned(shape, log) for log in whole
        }


@pytest.mark.slow
@pytest.mark.parametrize(("ticks", "payloads"), [(1, 1), (1, 2), (2, 1)])
def test_the_same_logs_of_two_rounds_can_be_written(ticks: int, payloads: int) -> None:
    same = {"shape": "stress", "ticks": ticks, "payloads": payloads, "fence": "event_id"}
    whole = logs_of(EventLog, "log", **same)
    folded = logs_of(RecordedLog, "written", **same, unread=3, longest=20)
    assert {by_ordinals("stress", log) for log in folded} == {
        without_abandoned("stress", log) for log in whole
    }


@pytest.mark.parametrize("switch", [*SWITCHES, "no fence"])
@pytest.mark.parametrize("shape", ["two_sleeps", "hook_or_timeout", "charge_or_cancel"])
def test_verdicts_are_the_same(shape: str, switch: str) -> None:
    same = {"shape": shape, "crashes": 1, **SWITCHES.get(switch, {})}
    specs: list[type[Spec[Any]]] = [SnapshotIsPrefix, NoStall]
    whole = ordercheck.verify(EventLog, specs=specs, options=QUICKLY, **same)
    same.setdefault("fence", "none")
    folded = ordercheck.verify(RoundsLog, options=QUICKLY, **same)
    assert (folded.outcome is Outcome.HOLDS) == (whole.outcome is Outcome.HOLDS)
    harmless = switch != "no fence" or shape == "charge_or_cancel"
    assert harmless == (whole.outcome is Outcome.HOLDS)


def test_without_a_fence_a_tick_decides_from_less_than_the_log() -> None:
    verdict = ordercheck.verify(RoundsLog, options=QUICKLY, fence="none", shape="stress")
    assert violated(verdict) == ["decides_from_all"]


class UnnamedLog(RoundsLog):
    """What a tick still wants to write is not called otherwise when an operation is over."""

    def rename(self, events: Set[str], move: int) -> None:
        """Leave the names as they are."""


class ForgottenLog(RoundsLog):
    """A tick that is refused goes away, and no message is left."""

    async def conflict(self, me: int) -> None:
        """Give up."""
        await step()
        self.due[me].clear()
        self.idle[me] = False
        self.load(me)

    def wakes(self, more: bool) -> bool:
        """Nobody asks to be woken."""
        return False


@pytest.mark.parametrize(
    ("model", "property"), [(UnnamedLog, "no_corrupted_log"), (ForgottenLog, "no_stall")]
)
def test_it_can_fail(model: type[Model], property: str) -> None:
    assert violated(ordercheck.verify(model, options=QUICKLY)) == [property]


@pytest.mark.parametrize("unread", [1, 3, 4])
def test_unread_payloads_are_all_alike_to_a_loop_without_end(unread: int) -> None:
    assert folded_table(LONG["endless"], unread) == folded_table(LONG["endless"], 2)


def test_rounds_that_are_over_are_all_alike() -> None:
    """Each round more adds as many states as the one before, so the past is not told apart."""
    sizes = [len(folded_table(rounds(n), n + 1).after) for n in range(1, 4)]
    assert len({later - earlier for earlier, later in pairwise(sizes)}) == 1


def rounds(number: int) -> Workflow:
    """The stress shape with so many rounds."""

    async def stress(run: Replay) -> None:
        await rounds_of(run, number)

    return stress


@pytest.mark.parametrize("shape", SMALL)
def test_the_folded_table_is_replay(shape: str) -> None:
    """Along random walks: what is planned, by ordinals, is what a replay of the log plans."""
    table = folded_table(SHAPES[shape], 2)
    random = Random(shape)
    for _ in range(10):
        state = 0
        ranked: Log = ()
        for _ in range(12):
            if not table.after[state]:
                break
            event = random.choice(sorted(table.after[state]))
            ranked, state = (*ranked, event), table.after[state][event]
            log = by_ordinals(shape, ranked)
            run = replay_of(SHAPES[shape], Order.LOG, log)
            assert not run.diverged
            assert run.finished == table.finished[state]
            live = ranks(after(shape, log).live)
            kinds = (event.split(" ", 1) for event in run.planned())
            assert table.planned[state] == tuple(f"{k} {live[of]}" for k, of in kinds if of in live)


def test_a_replay_that_takes_back_what_it_has_called_is_refused() -> None:
    before = node_of(SHAPES["two_sleeps"], (), ())
    with pytest.raises(ValueError, match="wait_0 is not called any more"):
        check_that_plans_stand(before, node_of(SHAPES["two_hooks"], (), ()))
