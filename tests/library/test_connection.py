"""Connections: what the other vat is told, and what is no end of one."""

from __future__ import annotations

import pytest

from ordercheck import (
    Mistake,
    Model,
    Outcome,
    choose,
    invariant,
    param,
    park,
    process,
    reachable,
    task_of,
    terminal,
    verify,
)
from ordercheck.library import (
    Connection,
    KjLoop,
    LocalReference,
    Log,
    QueuedReference,
    Reference,
    RemotePromise,
)


class Chained(Model):
    """One call on a promise of theirs, which comes to stand for another, known here or not."""

    exported: bool = param(False, help="this vat has a reference to the second promise, too")
    calls_first: bool = param(False, help="the call is sent before anything is resolved")
    returns: bool = param(False, help="the second promise leads back to this vat")

    def setup(self) -> None:
        self.here, self.there = KjLoop(), KjLoop()
        self.ours, self.theirs = LocalReference(self.here), LocalReference(self.there)
        self.first, self.second = QueuedReference(self.there), QueuedReference(self.there)
        self.wires = Connection(self.here, self.there)
        self.stub = self.wires.reference(self.first)
        if self.exported:
            self.wires.reference(self.second)
        self.known = self.wires.reference(self.ours if self.returns else self.theirs)
        self.end: Reference = self.known if self.returns else self.theirs
        self.at = self.here if self.returns else self.there
        self.delivered = Log(range(2), capacity=2)

    @process(on="here")
    async def caller(self) -> None:
        assert isinstance(self.stub, RemotePromise)
        if not self.calls_first:
            await self.stub.when_resolved()
        self.stub.call(task_of(self.call, 0))
        await self.stub.when_resolved()
        await self.stub.innermost().when_resolved()
        self.stub.call(task_of(self.call, 1))

    @process(on="there")
    async def resolver(self) -> None:
        if choose((False, True), "second first"):
            self.second.resolve(self.end)
            await self.there.last()
            self.first.resolve(self.second)
        else:
            self.first.resolve(self.second)
            await self.there.last()
            self.second.resolve(self.end)

    @process(each=range(2), on="at")
    async def call(self, i: int) -> None:
        await park()
        self.delivered.append(i)

    @invariant
    def in_order(self) -> bool:
        return list(self.delivered) == sorted(self.delivered)

    @terminal
    def both(self) -> bool:
        return len(self.delivered) == 2

    @reachable
    def resolved_at_last(self) -> bool:
        ends = self.stub.innermost()
        return ends is (self.ours if self.returns else self.known)


@pytest.mark.parametrize("exported", [False, True])
@pytest.mark.parametrize("calls_first", [False, True])
@pytest.mark.parametrize("returns", [False, True])
def test_a_promise_is_followed_to_its_end_in_the_other_vat(
    exported: bool, calls_first: bool, returns: bool
) -> None:
    verdict = verify(Chained, exported=exported, calls_first=calls_first, returns=returns)
    assert verdict.outcome is Outcome.HOLDS


class Crossing(Model):
    """Theirs stands for a promise of ours, which in the meantime has come to stand for theirs."""

    embargo: bool = param(True)

    def setup(self) -> None:
        self.here, self.there = KjLoop(), KjLoop()
        self.object = LocalReference(self.there)
        self.promise, self.ours = QueuedReference(self.there), QueuedReference(self.here)
        self.wires = Connection(self.here, self.there)
        self.stub = self.wires.reference(self.promise)
        self.known_there = self.wires.reference(self.ours)
        self.known_here = self.wires.reference(self.object)
        self.delivered = Log(range(2), capacity=2)

    @process(on="here")
    async def caller(self) -> None:
        self.stub.call(task_of(self.call, 0))
        if choose((False, True), "later"):
            await self.stub.when_resolved()
        self.stub.call(task_of(self.call, 1))

    @process(on="here")
    async def ours_resolves(self) -> None:
        self.ours.resolve(self.known_here)

    @process(on="there")
    async def theirs_resolves(self) -> None:
        self.promise.resolve(self.known_there)

    @process(each=range(2), on="there")
    async def call(self, i: int) -> None:
        await park()
        self.delivered.append(i)

    @invariant
    def in_order(self) -> bool:
        return list(self.delivered) == sorted(self.delivered)

    @terminal
    def both(self) -> bool:
        return len(self.delivered) == 2

    @reachable
    def calls_are_held(self) -> bool:
        assert isinstance(self.stub, RemotePromise)
        return self.stub.resolution is self.stub.embargo


def test_what_is_reflected_twice_is_embargoed() -> None:
    assert verify(Crossing).outcome is Outcome.HOLDS


def test_what_is_known_across_a_connection_is_at_one_of_its_ends() -> None:
    here, there = KjLoop(), KjLoop()
    wires = Connection(here, there)
    known = wires.reference(LocalReference(there))
    assert wires.reference(known.to) is known
    for other in (LocalReference(KjLoop()), known):
        with pytest.raises(Mistake) as refused:
            wires.reference(other)
        assert refused.value.code == "E103"
