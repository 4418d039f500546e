"""Membranes: every reference that crosses one is wrapped in it (capnp/membrane.c++).

A reference to something inside is wrapped where it goes out, one to something outside where it
comes in; one that comes back is unwrapped, so that it is again what it was. Calls on a wrapper
pass through in the turn in which they are made, unless the policy sends them elsewhere or the
membrane is revoked. Two membranes of one policy are one membrane: it is one component.

Left out: what becomes of a call that its object has when the membrane is revoked (its caller
hears that it is rejected; it may be cancelled, or end); a call that has left by a connection.
"""

from __future__ import annotations

from ordercheck.language import (
    Component,
    Pool,
    Seq,
    Task,
    boolean,
    optional,
    pool,
    seq,
    spawn,
    variable,
)
from ordercheck.language.spawning import checked_loop
from ordercheck.library.kj import KjLoop
from ordercheck.library.reference import BrokenReference, Reference
from ordercheck.library.spawn import Tasks

NESTED = 3
"""More membranes than a reference crosses."""


class Membrane(Component):
    """What lies between inside and outside, with the policy for calls that cross it.

    A policy of one's own is a class derived from this, with `inbound` and `outbound`. With
    `resolves_first`, a call that is to be sent elsewhere waits while what it was made on is
    a promise, which may turn out to stand for something on the caller's own side. At most
    `wrappers` are made in steps; at most `calls` wait.
    """

    apart = True

    def __init__(
        self,
        loop: KjLoop,
        broken: BrokenReference,
        *,
        resolves_first: bool = False,
        wrappers: int = 2,
        calls: int = 4,
    ) -> None:
        checked_loop(loop, KjLoop)
        self.loop = loop
        self.broken = broken
        self.resolves_first = resolves_first
        self.revoked = boolean()
        self.fixed: list[MembraneReference] = []
        self.wrappers: Pool[MembraneReference] = pool(lambda: MembraneReference(self), wrappers)
        self.made: Seq[MembraneReference] = seq(MembraneReference, wrappers)
        # Calls that have gone in or out and that no object has yet.
        self.passing: Seq[Task] = seq(Task)
        self.waits = Tasks(calls, on=loop, daemon=True)

    # --- the policy ---------------------------------------------------------------

    def inbound(self, task: Task, target: Reference) -> Reference | None:
        """inboundCall(): where a call from outside is to go instead of its target; None: there."""
        return None

    def outbound(self, task: Task, target: Reference) -> Reference | None:
        """outboundCall(): the same for a call from inside."""
        return None

    # --- references that cross ----------------------------------------------------

    def outward(self, internal: Reference) -> Reference:
        """What a reference to something inside is outside."""
        return self.wrapped(internal, False)

    def inward(self, external: Reference) -> Reference:
        """What a reference to something outside is inside."""
        return self.wrapped(external, True)

    def wrapped(self, reference: Reference, reverse: bool) -> Reference:
        """MembraneHook::wrap(): unwrapped if it comes back, else always the same wrapper."""
        back = reference.unwrapped(self, reverse)
        if back is not None:
            return back
        for fixed in self.fixed:
            if fixed.wraps(reference, reverse):
                return fixed
        for made in self.made:
            if made.wraps(reference, reverse):
                return made
        wrapper = self.wrappers.new()
        wrapper.inner = reference
        wrapper.reverse = reverse
        self.made.append(wrapper)
        return wrapper

    def hold(self, wrapper: MembraneReference, task: Task) -> None:
        """Let a call wait until it is known what it was made on."""
        self.passing.append(task)
        spawn(self.waits, self.call_when_resolved(wrapper, task))

    async def call_when_resolved(self, wrapper: MembraneReference, task: Task) -> None:
        """Make a call again when what it was made on is known."""
        await wrapper.when_resolved()
        if task in self.passing:
            self.passing.remove(task)
            wrapper.call(task)

    # --- revocation ---------------------------------------------------------------

    def revoke(self) -> None:
        """onRevoked(): reject the calls that are under way, in their order, and all from now on."""
        self.revoked = True
        for task in self.passing:
            for fixed in self.fixed:
                fixed.withdraw(task)
            for made in self.made:
                made.withdraw(task)
            self.broken.accept(task)
        self.passing.clear()


class MembraneReference(Reference):
    """A reference that has crossed a membrane (MembraneHook): in set-up, one that crossed before.

    `reverse`: to something outside, for those inside.
    """

    def __init__(
        self, membrane: Membrane, inner: Reference | None = None, *, reverse: bool = False
    ) -> None:
        self.loop = membrane.loop
        self.membrane = membrane
        self.inner: Reference | None = variable(optional(Reference), inner)
        self.reverse: bool = variable(bool, reverse)
        self.resolved: Reference | None = variable(optional(Reference), None)
        if inner is not None:
            membrane.fixed.append(self)

    def wraps(self, reference: Reference, reverse: bool) -> bool:
        """Whether this is the wrapper of a reference that crosses in this direction."""
        return self.inner is reference and self.reverse == reverse

    def unwrapped(self, membrane: Component, reverse: bool) -> Reference | None:
        """What it wraps, if it crosses the same membrane back."""
        return self.inner if membrane is self.membrane and reverse != self.reverse else None

    def accept(self, task: Task) -> Reference | None:
        """Let a call pass, or send it where the policy says."""
        if self.resolved is not None:
            return self.resolved
        inner = self.target()
        if self.reverse:
            redirect = self.membrane.outbound(task, inner)
        else:
            redirect = self.membrane.inbound(task, inner)
        if redirect is None:
            if not self.membrane.revoked:
                self.membrane.passing.append(task)
            return inner
        if not self.membrane.resolves_first:
            return redirect
        if self.membrane.revoked:
            return inner  # it counts as a promise, which is rejected
        if not inner.is_promise():
            return redirect
        self.membrane.hold(self, task)
        return None

    def target(self) -> Reference:
        """What it wraps; nothing, once the membrane is revoked."""
        assert self.inner is not None
        return self.membrane.broken if self.membrane.revoked else self.inner

    def withdraw(self, task: Task) -> None:
        """Take a call back that no object has."""
        if self.inner is not None:
            self.inner.ended(task)

    def within(self) -> Reference | None:
        """What it wraps."""
        return self.inner

    def core(self) -> Reference:
        """What it wraps, without this or any other membrane."""
        core: Reference = self
        within = self.within()
        while within is not None:
            core = within
            within = within.within()
        return core

    def is_promise(self) -> bool:
        """Whether it wraps a promise."""
        return not self.membrane.revoked and self.core().is_promised()

    async def when_resolved(self) -> None:
        """Wait until it is known what it stands for, and so this."""
        await self.core().is_told()
        self.get_resolved()

    def get_resolved(self) -> Reference | None:
        """getResolved(): the wrapper of what it wraps by now; from then on calls go there."""
        for depth in reversed(range(NESTED)):
            at: Reference | None = self
            for _ in range(depth):
                at = None if at is None else at.within()
            if at is not None:
                at.look()
        return self.resolved

    def look(self) -> None:
        """Note what this stands for, if what it wraps has noted that."""
        if self.resolved is None and self.inner is not None and not self.membrane.revoked:
            ahead = self.inner.noted_as()
            if ahead is not None:
                self.resolved = self.membrane.wrapped(ahead, self.reverse)

    def noted_as(self) -> Reference | None:
        """What has been noted."""
        return self.resolved

    def passes_through(self) -> Reference | None:
        """What it stands for, or what it wraps."""
        return self.resolved if self.resolved is not None else self.inner

    def forget(self, task: Task) -> None:
        """Let go of a call that is over."""
        if task in self.membrane.passing:
            self.membrane.passing.remove(task)
