"""Random programs on references: for the model here, and for Cap'n Proto (`references.c++`)."""

from __future__ import annotations

import random
from typing import Any

from ordercheck import Model, Task, choose, param, process, spawn, task_of
from ordercheck.library import (
    BrokenReference,
    KjLoop,
    LocalReference,
    Log,
    Membrane,
    MembraneReference,
    QueuedReference,
    Reference,
    Rejected,
    Tasks,
)

Instruction = tuple[str, int, int]
Program = tuple[tuple[Instruction, ...], ...]

CALLS = 16
"""Calls have numbers below this; a membrane's policy sends those from REDIRECTED on elsewhere."""

REDIRECTED = 10
REST = ("rest", 0, 0)
PROMISES = (2, 3, 4)
ALL = tuple(range(9))
TELLING = (2, 3, 4, 5, 7)


def random_program(seed: int) -> Program:
    """A program of some events; each promise is resolved once at most, and never in a circle."""
    rng = random.Random(seed)
    plain = iter(range(REDIRECTED))
    redirected = iter(range(REDIRECTED, CALLS))
    unresolved = set(PROMISES)
    tells = 3

    def number(on: int) -> int | None:
        elsewhere = on in (5, 6, 7) and rng.random() < 0.3
        return next(redirected if elsewhere else plain, None)

    def instruction() -> Instruction | None:
        nonlocal tells
        what = rng.choice(["call", "call", "call", "resolve", "resolve", "later", "look", "end"])
        on = rng.choice(ALL)
        if what == "later":
            return "later", 0, 0
        if what == "look":
            return "look", rng.choice(TELLING), 0
        if what == "resolve":
            if not unresolved:
                return None
            promise = rng.choice(sorted(unresolved))
            unresolved.remove(promise)
            if rng.random() < 0.1:
                return "break", promise, 0
            further = [p for p in PROMISES if p > promise]
            return "resolve", promise, rng.choice([0, 1, 6, 8, *further, *further])
        found = number(on)
        if found is None:
            return None
        if what == "call" and tells > 0 and rng.random() < 0.3:
            tells -= 1
            return "tell", rng.choice(TELLING), found
        return what, on, found

    def event() -> tuple[Instruction, ...]:
        found = [instruction() for _ in range(rng.randint(1, 4))]
        return tuple(each for each in found if each is not None)

    return tuple(event() for _ in range(rng.randint(2, 5)))


def notation(program: Program) -> str:
    """A program as `references.c++` reads it."""
    return " / ".join(" ".join(f"{w} {a} {b}" for w, a, b in event) for event in program)


class Policy(Membrane):
    """Sends some calls elsewhere."""

    def __init__(self, model: Any, resolves_first: bool) -> None:
        super().__init__(model.loop, model.nothing, resolves_first=resolves_first, wrappers=4)
        self.model = model

    def inbound(self, task: Task, target: Reference) -> Reference | None:
        """Where a call from outside goes instead."""
        return self.model.objects[1] if self.model.is_redirected(task) else None


TOGETHER = 20
"""So many programs are one model, which begins with any of them."""

EVENTS, LENGTH = 5, 4
"""A program has at most so many events, and an event so many instructions."""


def padded(program: Program) -> list[tuple[Instruction, ...]]:
    """All programs alike, to be one model."""
    events = [*program, *[()] * (EVENTS - len(program))]
    return [(*each, *[REST] * (LENGTH - len(each))) for each in events]


class Scripted(Model):
    """Each process is an event that does what the script of some program says."""

    first: int = param(0, lo=0, hi=10**6, help="the seed of the first program")
    deadlock = False

    def setup(self) -> None:
        self.loop = KjLoop()
        self.nothing = BrokenReference()
        self.objects = [LocalReference(self.loop) for _ in range(2)]
        self.promises = [QueuedReference(self.loop) for _ in PROMISES]
        first, second = Policy(self, False), Policy(self, True)
        self.references: list[Reference] = [
            *self.objects,
            *self.promises,
            MembraneReference(first, self.promises[0]),
            MembraneReference(first, self.objects[0]),
            MembraneReference(second, self.promises[1]),
            MembraneReference(first, self.objects[1], reverse=True),
        ]
        self.scripts = [padded(random_program(self.first + k)) for k in range(TOGETHER)]
        self.program = choose(range(TOGETHER))
        self.waiters = Tasks(3, on=self.loop, daemon=True)
        self.delivered = Log(range(CALLS), capacity=CALLS)
        self.rejected = Log(range(CALLS), capacity=CALLS)

    def is_redirected(self, task: Task) -> bool:
        return any(task == task_of(self.call, i) for i in range(REDIRECTED, CALLS))

    @process(each=range(EVENTS), on="loop")
    async def event(self, me: int) -> None:
        for what, a, b in self.scripts[self.program][me]:
            if what == "later":
                await self.loop.later()
            elif what == "call":
                self.references[a].call(task_of(self.call, b))
            elif what == "resolve":
                self.promises[a - 2].resolve(self.references[b])
            elif what == "break":
                self.promises[a - 2].resolve(self.nothing)
            elif what == "look":
                self.references[a].get_resolved()
            elif what == "end":
                self.references[a].innermost().call(task_of(self.call, b))
            elif what == "tell":
                spawn(self.waiters, self.tell(self.references[a], b))

    async def tell(self, reference: Reference, number: int) -> None:
        await reference.when_resolved()
        known = reference.get_resolved()
        if known is None or known.is_broken() or known.within() is self.nothing:
            return  # the promise for it is rejected, and nobody calls anything
        known.call(task_of(self.call, number))

    @process(each=range(CALLS), on="loop", daemon=True)
    async def call(self, i: int) -> None:
        try:
            await self.references[0].delivery(self.nothing)
            self.delivered.append(i)
        except Rejected:
            self.rejected.append(i)
