"""Membranes: what crosses them, and what comes back."""

from __future__ import annotations

from ordercheck import Model, Outcome, process, reachable, verify
from ordercheck.library import (
    BrokenReference,
    KjLoop,
    LocalReference,
    Membrane,
    MembraneReference,
    QueuedReference,
)


class Crossed(Model):
    """References cross two membranes, one inside the other, and come back."""

    def setup(self) -> None:
        self.loop = KjLoop()
        nothing = BrokenReference()
        self.object, self.other = LocalReference(self.loop), LocalReference(self.loop)
        self.promise = QueuedReference(self.loop)
        self.outer = Membrane(self.loop, nothing, wrappers=6)
        self.inner = Membrane(self.loop, nothing, wrappers=6)
        self.stub = MembraneReference(self.inner, self.promise)
        self.twice = MembraneReference(self.outer, self.stub)

    @process(on="loop")
    async def crosses(self) -> None:
        out = self.outer.outward(self.object)
        assert out is not self.object
        assert self.outer.outward(self.object) is out, "always the same wrapper"
        assert self.outer.inward(out) is self.object, "it comes back"
        assert self.inner.inward(out) is not self.object, "through another membrane it does not"
        assert self.inner.outward(self.inner.inward(out)) is out
        assert self.outer.outward(out) is not self.object, "it does not come back by going on"
        assert self.outer.inward(self.object) is not out, "inside and outside are not the same"

    @process(on="loop")
    async def resolves(self) -> None:
        assert self.twice.is_promise()
        self.promise.resolve(self.inner.inward(self.other))
        await self.twice.when_resolved()
        assert self.stub.resolved is self.other
        assert self.outer.inward(self.twice.innermost()) is self.other
        self.outer.revoke()
        assert not self.twice.is_promise()

    @reachable
    def seen_through_both(self) -> bool:
        return self.twice.resolved is not None


def test_what_crosses_is_wrapped_and_what_comes_back_is_unwrapped() -> None:
    assert verify(Crossed).outcome is Outcome.HOLDS
