"""Channels: what goes wrong on the way, who waits for whom, and what all of it costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from ordercheck import (
    Bag,
    Mistake,
    Model,
    Outcome,
    Seq,
    action,
    bag_of,
    boolean,
    cancel,
    choose,
    integer,
    invariant,
    param,
    process,
    reachable,
    require,
    seq,
    task_of,
    terminal,
    until,
    verify,
)
from ordercheck.checking.verdict import ViolationKind
from ordercheck.frontend import compile_model
from ordercheck.library import Channel, JsLoop, KjLoop, Log
from tests.oracle.comparison import Comparison

Budget = bool | int


class Sent(Model):
    """Three messages are sent in order, and what is received is kept."""

    deadlock = False
    capacity: int = param(3, lo=1, hi=3)
    lossy: int = param(0)
    duplicating: int = param(0)
    reordering: int = param(0)

    def faults(self) -> dict[str, Any]:
        """The budgets; -1 stands for any number."""
        names = ("lossy", "duplicating", "reordering")
        return {n: True if getattr(self, n) < 0 else getattr(self, n) for n in names}

    def setup(self) -> None:
        self.sent = integer(0, lo=0, hi=3)
        self.got: Seq[int] = seq(range(3), capacity=4)
        self.network()

    def network(self) -> None:
        """Make what is between."""
        self.link = Channel(range(3), capacity=self.capacity, **self.faults())

    @action
    def send(self) -> None:
        require(self.sent < 3)
        self.link.put(self.sent)
        self.sent += 1

    @action
    def receive(self) -> None:
        require(len(self.got) < 4)
        self.got.append(self.link.take())


class Reference(Sent):
    """The same, with a network that loses, copies and moves messages in steps of its own."""

    def network(self) -> None:
        self.wire: Seq[int] = seq(range(3), capacity=8)
        faults = {name: 9 if budget is True else budget for name, budget in self.faults().items()}
        self.losses = integer(faults["lossy"], lo=0, hi=9)
        self.copies = integer(faults["duplicating"], lo=0, hi=9)
        self.moves = integer(faults["reordering"], lo=0, hi=9)

    @action
    def send(self) -> None:
        # Copies take no room of their own.
        require(self.sent < 3 and len(set(self.wire)) < self.capacity)
        self.wire.append(self.sent)
        self.sent += 1

    @action
    def receive(self) -> None:
        require(len(self.got) < 4)
        require(self.wire)
        self.got.append(self.wire.popleft())

    @action
    def lose(self) -> None:
        require(self.losses > 0)
        place = choose(range(len(self.wire)))
        del self.wire[place]
        self._spend_loss()

    def _spend_loss(self) -> None:
        if self.lossy >= 0:
            self.losses -= 1

    @action
    def copy(self) -> None:
        require(self.copies > 0 and len(self.wire) < 6)
        place = choose(range(len(self.wire)))
        self.wire.insert(place, self.wire[place])
        if self.duplicating >= 0:
            self.copies -= 1

    @action
    def move(self) -> None:
        require(self.moves > 0)
        place = choose(range(1, len(self.wire)))
        message = self.wire.pop(place)
        self.wire.insert(0, message)
        if self.reordering >= 0:
            self.moves -= 1


@dataclass(frozen=True)
class Behaviour:
    """How much was sent and what was received, over all states; and what finding that cost."""

    observed: frozenset[tuple[int, tuple[int, ...]]]
    states: int
    transitions: int


def behaviour(model: type[Model], **parameters: int) -> Behaviour:
    """All of a model's states, as one sees them who knows nothing of what is on the way."""
    graph = verify(model, **parameters).graph
    states = [data["state"] for _, data in graph.nodes(data=True)]
    seen = frozenset((state["sent"], tuple(state["got"])) for state in states)
    return Behaviour(seen, len(states), graph.number_of_edges())


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"capacity": 1},
        {"capacity": 2, "lossy": 1},
        {"capacity": 1, "lossy": -1},
        {"lossy": 2},
        {"duplicating": 1},
        {"duplicating": -1},
        {"reordering": 1},
        {"reordering": 2},
        {"reordering": -1},
        {"lossy": 1, "duplicating": 1},
        {"lossy": 1, "reordering": 1},
        {"duplicating": 1, "reordering": -1},
        {"lossy": -1, "duplicating": 1, "reordering": -1},
    ],
    ids=str,
)
def test_what_can_be_observed_is_what_a_network_with_steps_of_its_own_does(
    parameters: dict[str, int],
) -> None:
    ours, theirs = behaviour(Sent, **parameters), behaviour(Reference, **parameters)
    assert ours.observed == theirs.observed
    assert ours.states <= theirs.states
    assert ours.transitions <= theirs.transitions


@pytest.mark.parametrize(
    ("fault", "ours", "theirs"),
    [
        ("lossy", (32, 41), (32, 53)),
        ("duplicating", (60, 87), (535, 1729)),
        ("reordering", (24, 28), (33, 52)),
    ],
)
def test_states_and_transitions_are_few(
    fault: str, ours: tuple[int, int], theirs: tuple[int, int]
) -> None:
    for model, expected in ((Sent, ours), (Reference, theirs)):
        found = behaviour(model, **{fault: -1})
        assert (found.states, found.transitions) == expected


@pytest.mark.parametrize(
    "parameters",
    [{}, {"lossy": 1, "reordering": 1}, {"duplicating": 1, "reordering": -1}, {"lossy": -1}],
    ids=str,
)
def test_cpython_agrees(parameters: dict[str, int]) -> None:
    comparison = Comparison(compile_model(Sent, parameters), Sent, parameters)
    for seed in range(3):
        comparison.walk(seed)
    assert comparison.tally.transitions > 20


# --- waiting --------------------------------------------------------------------------


class Pipe(Model):
    """A sender and a receiver, each free or on a loop of its own."""

    sends: str = param("kj", choices=["free", "kj", "js"])
    receives: str = param("kj", choices=["free", "kj", "js"])
    capacity: int = param(1, lo=0, hi=2)

    def setup(self) -> None:
        loops = {"kj": KjLoop, "js": JsLoop, "free": KjLoop}
        self.left = loops[self.sends]()
        self.right = loops[self.receives]()
        self.link = Channel(range(3), capacity=self.capacity)
        self.got = Log(range(3), capacity=3)

    async def send_all(self) -> None:
        for k in range(3):
            await self.link.send(k)

    async def receive_all(self) -> None:
        for _ in range(3):
            self.got.append(await self.link.receive())

    @process(each=lambda self: range(self.sends == "free"))
    async def free_sender(self, _: int) -> None:
        await self.send_all()

    @process(each=lambda self: range(self.sends != "free"), on="left")
    async def sender(self, _: int) -> None:
        await self.send_all()

    @process(each=lambda self: range(self.receives == "free"))
    async def free_receiver(self, _: int) -> None:
        await self.receive_all()

    @process(each=lambda self: range(self.receives != "free"), on="right")
    async def receiver(self, _: int) -> None:
        await self.receive_all()

    @terminal
    def all_received(self) -> bool:
        return len(self.got) == 3

    @invariant
    def in_order(self) -> bool:
        return all(message == k for k, message in enumerate(self.got))

    @invariant
    def has_room(self) -> bool:
        return len(self.link) <= self.capacity

    @reachable
    def arrives(self) -> bool:
        return len(self.got) == 3


KINDS = ("free", "kj", "js")


@pytest.mark.parametrize("capacity", [1, 2])
@pytest.mark.parametrize("receives", KINDS)
@pytest.mark.parametrize("sends", KINDS)
def test_all_messages_arrive_in_order(sends: str, receives: str, capacity: int) -> None:
    parameters = {"sends": sends, "receives": receives, "capacity": capacity}
    assert verify(Pipe, **parameters).outcome is Outcome.HOLDS
    comparison = Comparison(compile_model(Pipe, parameters), Pipe, parameters)
    comparison.walk(0)


def test_a_rendezvous_leaves_nothing_on_the_way() -> None:
    verdict = verify(Pipe, sends="free", receives="free", capacity=0)
    assert verdict.outcome is Outcome.HOLDS  # has_room: no state has a message in between
    assert verdict.states == 7  # four while they start, three meetings
    parameters = {"sends": "free", "receives": "free", "capacity": 0}
    comparison = Comparison(compile_model(Pipe, parameters), Pipe, parameters)
    comparison.walk(0)


@pytest.mark.parametrize(("sends", "receives"), [("kj", "free"), ("free", "kj")])
def test_who_is_on_a_loop_has_no_rendezvous(sends: str, receives: str) -> None:
    violation = verify(Pipe, sends=sends, receives=receives, capacity=0).violations[0]
    assert violation.kind is ViolationKind.MODEL_ERROR
    assert "give the channel a capacity" in violation.message


class Meeting(Model):
    """What is done before and after a meeting is done in its step by both."""

    def setup(self) -> None:
        self.link: Channel[int] = Channel(range(3), capacity=0)
        self.left = integer(0, lo=0, hi=3)
        self.right = integer(0, lo=0, hi=3)

    @process(each=range(2))
    async def giver(self, me: int) -> None:
        await self.link.send(me)
        self.left += 1

    @process
    async def taker(self) -> None:
        for _ in range(3):
            message = await self.link.receive()
            assert message < 3
            self.right += 1

    @action
    def helper(self) -> None:
        require(self.left == 2 and self.right == 2)
        assert self.link.can_send()
        self.link.put(2)

    @invariant
    def together(self) -> bool:
        return self.left == self.right or (self.left == 2 and self.right == 3)

    @terminal
    def done(self) -> bool:
        return self.right == 3


def test_both_go_on_in_the_step_of_their_meeting() -> None:
    assert verify(Meeting).outcome is Outcome.HOLDS
    Comparison(compile_model(Meeting, {}), Meeting).walk(0)


class Queue(Model):
    """Two receivers on a loop wait in order; one of them may be cancelled."""

    cancelled: bool = param(False)

    def setup(self) -> None:
        self.loop = KjLoop()
        self.link: Channel[int] = Channel(range(4), capacity=2)
        self.got = Log(range(2), capacity=4)
        self.ready = boolean()

    @process(each=range(2), on="loop", daemon=True)
    async def receiver(self, me: int) -> None:
        while True:
            await self.link.receive()
            self.got.append(me)

    @process
    async def sender(self) -> None:
        await until(self.loop.idle())
        if self.cancelled:
            cancel(task_of(self.receiver, 0))
        await self.link.send(1)
        await until(self.loop.idle())
        await self.link.send(2)
        await until(self.loop.idle())
        self.ready = True

    @invariant
    def in_turn(self) -> bool:
        expected = (1, 1) if self.cancelled else (0, 1)
        return not self.ready or tuple(self.got) == expected


@pytest.mark.parametrize("cancelled", [False, True])
def test_receivers_are_served_in_turn_and_none_is_forgotten(cancelled: bool) -> None:
    assert verify(Queue, cancelled=cancelled).outcome is Outcome.HOLDS


class Woken(Model):
    """A receiver is cancelled after it was woken: the message is for the next one."""

    def setup(self) -> None:
        self.loop = KjLoop()
        self.link: Channel[int] = Channel(range(2), capacity=2)
        self.got = integer(0, lo=0, hi=2)

    @process(each=range(2), on="loop", daemon=True)
    async def receiver(self, me: int) -> None:
        self.got += 1 + await self.link.receive()

    @process
    async def sender(self) -> None:
        await until(self.loop.idle())
        self.link.put(0)
        cancel(task_of(self.receiver, 0))

    @reachable
    def received(self) -> bool:
        return self.got == 1

    @invariant
    def never_stuck(self) -> bool:
        return not (self.loop.idle() and len(self.link) > 0)


def test_a_message_is_not_lost_with_its_receiver() -> None:
    assert verify(Woken).outcome is Outcome.HOLDS


# --- actions, and what there is no room for -------------------------------------------


class Full(Model):
    """A channel with room for one, and actions that ask, offer and poll."""

    deadlock = False
    when_full: str = param("wait", choices=["wait", "drop", "error"])

    def setup(self) -> None:
        self.link: Channel[int] = Channel(range(2), capacity=1, when_full=self.when_full)
        self.refused = integer(0, lo=0, hi=2)
        self.missed = integer(0, lo=0, hi=2)

    @action(each=range(2))
    def offer(self, k: int) -> None:
        could = self.link.can_send()
        sent = self.link.offer(k)
        assert sent == could
        if not sent:
            self.refused = min(2, self.refused + 1)

    @action
    def poll(self) -> None:
        there = self.link.can_receive()
        found = self.link.poll()
        assert (found is not None) == there
        if found is None:
            self.missed = min(2, self.missed + 1)

    @action
    def put(self) -> None:
        self.link.put(1)

    @action
    def take(self) -> None:
        assert self.link.take() in (0, 1)

    @invariant
    def one_at_most(self) -> bool:
        return len(list(self.link)) <= 1


def test_actions_wait_by_not_being_possible() -> None:
    verdict = verify(Full)
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.states == 3 * 3 * 3
    Comparison(compile_model(Full, {}), Full).walk(0)


def test_a_message_without_room_is_dropped() -> None:
    verdict = verify(Full, when_full="drop")
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.states == 3 * 3  # nobody is refused


def test_a_message_without_room_is_a_model_error() -> None:
    violation = verify(Full, when_full="error").violations[0]
    assert violation.name == "capacity"
    assert violation.steps == 2


# --- what readers see -------------------------------------------------------------------


class Told(Sent):
    """Claims that nothing goes wrong."""

    when_full: str = param("wait", choices=["wait", "drop"])

    def network(self) -> None:
        more = {"when_full": self.when_full}
        self.link = Channel(range(3), capacity=self.capacity, **self.faults(), **more)

    @invariant
    def as_sent(self) -> bool:
        return all(message == k for k, message in enumerate(self.got))


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"lossy": 1}, ("lost", "True")),
        ({"duplicating": 1}, ("duplicated", "True")),
        ({"reordering": 1}, ("overtaken", "1")),
        ({"reordering": -1}, ("message", "1")),
        ({"capacity": 1, "when_full": "drop"}, ("dropped", "True")),
    ],
    ids=str,
)
def test_a_trace_names_what_goes_wrong(
    parameters: dict[str, Any], expected: tuple[str, str]
) -> None:
    trace = verify(Told, **parameters).trace
    assert trace is not None
    assert expected in [choice for step in trace.steps for choice in step.choices]
    shown = {change.path for step in trace.steps for change in step.changes if not change.hidden}
    assert {"link.messages", "sent", "got"} <= shown


def test_what_is_left_of_a_budget_is_told() -> None:
    trace = verify(Told, lossy=2).trace
    assert trace is not None
    changes = [change for step in trace.steps for change in step.changes]
    assert ("link.losses", "2", "1") in [(c.path, c.before, c.after) for c in changes]


# --- mistakes ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"capacity": -1}, "E012"),
        ({"capacity": 2, "lossy": -1}, "E034"),
        ({"capacity": 2, "lossy": "often"}, "E034"),
        ({"capacity": 2, "when_full": "ignore"}, "E034"),
        ({"capacity": 0, "lossy": True}, "E034"),
        ({"capacity": 0, "when_full": "drop"}, "E034"),
    ],
    ids=str,
)
def test_impossible_channels_are_refused(given: dict[str, Any], code: str) -> None:
    with pytest.raises(Mistake) as mistake:
        Channel(range(2), **given)
    assert mistake.value.code == code


class Unordered(Model):
    """The bag in which an unordered channel keeps its messages, by itself."""

    def setup(self) -> None:
        self.bag: Bag[int] = bag_of(range(4), capacity=3)
        self.taken: Seq[int] = seq(range(4), capacity=3)

    @process
    async def fill(self) -> None:
        for k in (2, 1, 2):
            await until(True)
            self.bag.add(k)
        for _ in range(3):
            await until(len(self.bag) > 0)
            k = choose(self.bag, name="k")
            before = self.bag.count(k)
            self.bag.remove(k)
            assert self.bag.count(k) == before - 1
            assert (k in self.bag) == (before > 1)
            self.taken.append(k)
        self.bag.add(3)
        self.bag.clear()

    @invariant
    def in_the_order_of_the_domain(self) -> bool:
        return list(self.bag) == sorted(self.bag) and sum(1 for _ in self.bag) == len(self.bag)

    @reachable
    def any_order(self) -> bool:
        return list(self.taken) == [2, 1, 2]


def test_bags_are_complete() -> None:
    verdict = verify(Unordered)
    assert verdict.outcome is Outcome.HOLDS
    # Before the first step; with 0 to 3 in the bag; with 1, 2, 3 taken out of 1, 2, 2.
    assert verdict.states == 1 + 4 + (2 + 3 + 3)
    Comparison(compile_model(Unordered, {}), Unordered).walk(0)
