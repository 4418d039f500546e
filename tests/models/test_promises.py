"""Promises for capabilities, embargoes, membranes, gates: when waiting calls keep their place."""

from __future__ import annotations

import pytest

from models.embargo import Embargo
from models.lost_cancellation import LostCancellation
from models.membrane import Membranes
from models.output_gate import OutputGates
from models.promised_channel import PromisedChannels
from models.queued_client import ORDERS, QueuedClient
from ordercheck import Task, Variant, park, process, verify
from ordercheck.language import Model
from ordercheck.library import LocalReference, OutputGate, OutputLock, QueuedReference, Reference
from ordercheck.library.output_gate import Stage
from tests.models.stories import ending, story, violated

MODELS: list[type[Model]] = [
    PromisedChannels,
    QueuedClient,
    Embargo,
    Membranes,
    OutputGates,
    LostCancellation,
]
VARIANTS = [(model, variant) for model in MODELS for variant in model.variants]


@pytest.mark.parametrize(
    ("model", "variant"), [pytest.param(m, v, id=f"{m.__name__}-{v.name}") for m, v in VARIANTS]
)
def test_variants_come_out_as_expected(model: type[Model], variant: Variant) -> None:
    assert variant.expect is not None
    verdict = verify(model, **variant.parameters)
    assert violated(verdict) == ([] if variant.expect.holds else [variant.expect.property])


@pytest.mark.parametrize("depth_first", [False, True])
@pytest.mark.parametrize("waiting", range(3))
@pytest.mark.parametrize("direct", range(3))
def test_order_needs_depth_first_and_no_more_hops(
    depth_first: bool, waiting: int, direct: int
) -> None:
    verdict = verify(
        PromisedChannels, depth_first=depth_first, waiting_hops=waiting, direct_hops=direct
    )
    # Arming breadth-first is one hop to the tail of the queue; so is each hop after it.
    late = waiting + (not depth_first)
    assert violated(verdict) == (["e_order"] if late > direct else [])


def test_breadth_first_an_event_in_the_queue_makes_its_call_first() -> None:
    verdict = verify(PromisedChannels, depth_first=False, calls=2)
    told = story(verdict)
    assert told[-4:] == ["stages[0].hub", "caller", "call(1)", "call(0)"]
    assert ending(verdict)["delivered"] == "[1, 0]"


def test_a_call_is_made_here_while_an_old_one_is_on_its_way_back() -> None:
    verdict = verify(Embargo, disembargo=False, calls=2)
    told = story(verdict)
    assert told.index("call(1)") < told.index("call(0)")
    assert ending(verdict)["delivered"] == "[1, 0]"


@pytest.mark.parametrize("echo_last", [False, True])
def test_a_disembargo_must_not_overtake_either(echo_last: bool) -> None:
    verdict = verify(Embargo, calls=2, chain=1, follows=False, echo_last=echo_last)
    assert violated(verdict) == ([] if echo_last else ["e_order"])


def test_without_an_embargo_each_of_two_references_is_out_of_order() -> None:
    assert violated(verify(Embargo, references=2, disembargo=False)) == ["e_order"]


@pytest.mark.parametrize("to", ["here", "there"])
def test_a_promise_that_is_known_lets_later_calls_overtake(to: str) -> None:
    assert violated(verify(Embargo, calls=2, chain=1, to=to)) == ["e_order"]


@pytest.mark.parametrize("resolves_first", [False, True])
@pytest.mark.parametrize("redirects", ["none", "some", "all"])
def test_a_membrane_keeps_the_order_of_calls_that_go_one_way(
    redirects: str, resolves_first: bool
) -> None:
    verdict = verify(Membranes, redirects=redirects, resolves_first=resolves_first)
    assert violated(verdict) == (["e_order"] if redirects == "some" else [])


@pytest.mark.parametrize("hops", range(3))
@pytest.mark.parametrize("sends", ["waits", "looks first"])
def test_who_does_not_wait_at_an_open_gate_needs_those_who_wait_to_be_fast(
    sends: str, hops: int
) -> None:
    verdict = verify(OutputGates, acts=3, sends=sends, hops=hops)
    assert violated(verdict) == (["e_order"] if sends == "looks first" and hops else [])


@pytest.mark.parametrize("order", ORDERS)
def test_queued_calls_are_forwarded_before_anybody_is_told(order: str) -> None:
    early = order.index("forward") < order.index("tell")
    assert violated(verify(QueuedClient, order=order)) == ([] if early else ["e_order"])
    hasty = verify(QueuedClient, order=order, defers=False)
    assert violated(hasty) == ["told_before_returned" if early else "e_order"]


def test_who_is_told_too_early_overtakes_the_queue() -> None:
    verdict = verify(QueuedClient, calls=1, order="note, tell, forward")
    assert ending(verdict)["delivered"] == "[1, 0]"


def test_not_deferred_a_call_returns_before_its_waiters_know() -> None:
    verdict = verify(QueuedClient, calls=1, defers=False)
    assert ending(verdict)["delivered"] == "[0]"
    assert ending(verdict)["told"] == "False"
    assert "waiter" not in story(verdict)[-2:]


# --- mistakes that the specs are there for ------------------------------------------------


class Jumping(OutputGate):
    """A lock goes to the head of the line: messages wait for writes made after them."""

    def lock(self) -> OutputLock:
        """A lock."""
        found = super().lock()
        self.line.insert(0, self.line.pop())
        return found


class Rash(OutputGate):
    """Once a write has failed everybody is rejected."""

    def settle(self, number: int, stage: Stage) -> None:
        """A write is over."""
        super().settle(number, stage)
        self.passed_failure = self.failed


class Silent(OutputGate):
    """Nobody hears that it is broken."""

    def is_broken(self) -> bool:
        """Whether a write has failed."""
        return False


class WrongGate(OutputGates):
    """The same actor at a gate with a mistake."""

    kind: type[OutputGate] = OutputGate

    def setup(self) -> None:
        super().setup()
        self.gate = self.kind(self.loop, locks=self.acts, waiters=self.acts)


class Backward(QueuedReference):
    """The newest call is forwarded first."""

    @process(on="loop", daemon=True)
    async def forward(self) -> None:
        """Make all queued calls."""
        await park()
        self.forwarded = True
        for task in reversed(self.queue):
            self.pass_on(task)
        self.queue.clear()


class Forgetful(QueuedReference):
    """Calls that come later go to an object, whatever it was resolved with."""

    other: LocalReference

    def accept(self, task: Task) -> Reference | None:
        """Queue a call."""
        return self.other if self.forwarded else super().accept(task)


class WrongPromise(QueuedClient):
    """The same calls on a promise with a mistake."""

    kind: type[QueuedReference] = QueuedReference

    def setup(self) -> None:
        super().setup()
        self.promise = self.kind(self.loop)
        if isinstance(self.promise, Forgetful):
            self.promise.other = LocalReference(self.loop)


@pytest.mark.parametrize(
    ("model", "kind", "parameters", "name"),
    [
        (WrongGate, Jumping, {"acts": 3}, "nothing_is_held_longer"),
        (WrongGate, Rash, {"acts": 3, "failures": 1}, "only_lost_writes_reject"),
        (WrongGate, Silent, {"acts": 2, "failures": 1}, "a_lost_write_breaks_the_gate"),
        (WrongPromise, Backward, {"to": "nothing"}, "rejected_in_order"),
        (WrongPromise, Forgetful, {"to": "nothing"}, "nothing_after_rejection"),
    ],
)
def test_a_mistake_is_noticed(
    model: type[Model], kind: type, parameters: dict[str, int], name: str
) -> None:
    wrong = type(f"{kind.__name__}Model", (model,), {"kind": kind, "__module__": __name__})
    assert name in violated(verify(wrong, **parameters))
