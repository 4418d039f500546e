"""Chains of promises: the order of libkj's, who is woken when, and what passes through."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest

from ordercheck import (
    Component,
    Failure,
    Model,
    Outcome,
    Range,
    boolean,
    cancel,
    choose,
    crashing,
    invariant,
    param,
    process,
    reachable,
    step,
    task_of,
    verify,
)
from ordercheck.ir.span import BadInput
from ordercheck.library import Chain, Fork, JsLoop, KjLoop, Log, Promise, Rejected, all_of, race
from tests.library.orders import orders

Script = tuple[tuple[str, int, int], ...]
SOURCE = Path(__file__).with_name("chains.c++")


@dataclass(frozen=True)
class Case:
    """What each event does, and what is said in which order: by libkj 0.9.2 (`chains.c++`)."""

    name: str
    scripts: tuple[Script, ...]
    said: tuple[int, ...]


REST = ("rest", 0, 0)


def say(n: int) -> tuple[str, int, int]:
    return "say", n, 0


# Promises by number: 0 and 1 are chains, 2 to 4 are not.
CASES = (
    Case(
        "pending",
        (
            (("await", 0, 0),),
            (say(10), ("follow", 0, 2)),
            (say(11),),
            (say(12), ("fulfill", 2, 1)),
            (say(13),),
        ),
        (10, 11, 12, 1, 13),
    ),
    Case(
        "together",
        (
            (("await", 0, 0),),
            (say(10), ("follow", 0, 2), ("fulfill", 2, 1)),
            (say(11),),
            (say(12),),
        ),
        (10, 11, 12, 1),
    ),
    Case(
        "settled",
        ((("await", 0, 0),), (say(10), ("fulfill", 2, 1), ("follow", 0, 2)), (say(11),)),
        (10, 11, 1),
    ),
    Case("value", ((("await", 0, 0),), (say(10), ("fulfill", 0, 1)), (say(11),)), (10, 11, 1)),
    Case("rejected", ((("await", 0, 0),), (say(10), ("reject", 0, 0)), (say(11),)), (10, 11, 9)),
    Case(
        "three",
        (
            (("await", 0, 0),),
            (("await", 3, 0),),
            (say(10), ("follow", 0, 1)),
            (say(11), ("follow", 1, 2)),
            (say(12), ("fulfill", 2, 1), ("fulfill", 3, 2)),
            (say(13),),
        ),
        (10, 11, 12, 1, 2, 13),
    ),
    Case(
        "at once",
        (
            (("await", 0, 0),),
            (say(10), ("follow", 0, 1), ("follow", 1, 2), ("fulfill", 2, 1)),
            (say(11),),
            (say(12),),
            (say(13),),
        ),
        (10, 11, 12, 13, 1),
    ),
    Case(
        "inner rejected",
        (
            (("await", 0, 0),),
            (say(10), ("follow", 0, 1), ("follow", 1, 2)),
            (say(11),),
            (say(12), ("reject", 2, 0)),
            (say(13),),
        ),
        (10, 11, 12, 9, 13),
    ),
    Case(
        "late waiter",
        (
            (say(10), ("fulfill", 2, 1), ("follow", 0, 2)),
            (say(11),),
            (say(12), ("await", 0, 0)),
            (say(13),),
        ),
        (10, 11, 12, 13, 1),
    ),
    Case(
        "join",
        (
            (("await", 5, 3),),
            (("await", 4, 0),),
            (say(10), ("fulfill", 3, 2), ("fulfill", 4, 5), ("fulfill", 2, 1)),
            (say(11),),
        ),
        (10, 5, 3, 11),
    ),
    Case(
        "late for a join",
        (
            (say(10), ("fulfill", 3, 2), ("fulfill", 2, 1), ("await", 5, 3)),
            (say(11),),
        ),
        (10, 3, 11),
    ),
    Case(
        "race",
        (
            (("await", 6, 0),),
            (("await", 4, 0),),
            (say(10), ("fulfill", 3, 2), ("fulfill", 4, 5), ("fulfill", 2, 1)),
            (say(11),),
        ),
        (10, 2, 5, 11),
    ),
    Case(
        "race of a chain",
        (
            (("await", 7, 0),),
            (say(10), ("follow", 0, 3)),
            (say(11),),
            (say(12), ("fulfill", 3, 2), ("fulfill", 2, 1)),
            (say(13),),
        ),
        (10, 11, 12, 2, 13),
    ),
)


class Scripted(Model):
    """Each process is an event that does what its script says."""

    case: int = param(0, lo=0, hi=len(CASES) - 1)
    deadlock = False

    def setup(self) -> None:
        self.loop = KjLoop()
        chains = [Chain(self.loop, range(10)) for _ in range(2)]
        plain = [Promise(self.loop, range(10)) for _ in range(3)]
        self.chains = chains
        self.all = all_of(plain[1], plain[0])
        self.race = race(plain[1], plain[0])
        self.mixed = race(chains[0], plain[0])
        self.promises = [*chains, *plain]
        self.said = Log(range(20), capacity=8)
        self.scripts = [(*each, *[REST] * (4 - len(each))) for each in CASES[self.case].scripts]

    @process(each=lambda self: range(len(self.scripts)), on="loop")
    async def event(self, me: int) -> None:
        for what, a, b in self.scripts[me]:
            if what == "say":
                self.said.append(a)
            elif what == "follow":
                self.chains[a].follow(self.promises[b])
            elif what == "fulfill":
                self.promises[a].fulfill(b)
            elif what == "reject":
                self.promises[a].reject()
            elif what == "rest":
                return
            elif a == 5:
                await self.all
                self.said.append(b)
            elif a == 6:
                self.said.append(await self.race)
            elif a == 7:
                self.said.append(await self.mixed)
            else:
                try:
                    self.said.append(await self.promises[a])
                except Rejected:
                    self.said.append(9)


@pytest.mark.parametrize("k", range(len(CASES)), ids=lambda k: CASES[k].name)
def test_the_order_is_that_of_libkj(k: int) -> None:
    assert orders(Scripted, "said", case=k) == {CASES[k].said}


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("g++") is None or not Path("/usr/include/kj/async.h").exists(),
    reason="libkj is not installed",
)
def test_libkj_does_what_was_noted(tmp_path: Path) -> None:
    target = str(tmp_path / "chains")
    libraries = ["-lkj-async", "-lkj", "-lpthread"]
    command = ["g++", "-std=c++17", "-w", "-x", "c++", str(SOURCE), "-o", target, *libraries]
    subprocess.run(command, check=True, timeout=300)
    run = subprocess.run([target], check=True, timeout=60, capture_output=True, text=True)
    lines = dict(line.split(":") for line in run.stdout.splitlines())
    said = {name: tuple(map(int, numbers.split())) for name, numbers in lines.items()}
    assert said == {case.name: case.said for case in CASES} | {"joined in a step": (10, 11, 12, 3)}


# --- what else a chain is -------------------------------------------------------------


class Bad(Failure):
    """What passes through."""

    code: Annotated[int, Range(0, 7)]


class Led(Model):
    """Two chains in a row; who waits is a task, a late one, an isolate's, and a free process."""

    kind: str = param("fulfilled", choices=["fulfilled", "rejected", "dropped"])

    def setup(self) -> None:
        self.kj = KjLoop()
        self.js = JsLoop(host=self.kj)
        self.other = KjLoop()
        self.end = Promise(self.kj, range(8), failures=Bad)
        self.two = Chain(self.kj, range(8), failures=Bad)
        self.one = Chain(self.kj, range(8), failures=Bad)
        self.heard = Log(range(20), capacity=5)

    async def listen(self) -> None:
        try:
            self.heard.append(await self.one)
        except Bad as bad:
            self.heard.append(10 + bad.code)
        except Rejected:
            self.heard.append(19)

    @process(on="kj")
    async def task(self) -> None:
        await self.listen()

    @process(on="js")
    async def script(self) -> None:
        await self.listen()

    @process(on="other")
    async def thread(self) -> None:
        await self.listen()

    @process
    async def free(self) -> None:
        await step()
        await self.listen()
        assert self.one.is_settled()

    @process(on="kj")
    async def resolver(self) -> None:
        if choose([False, True], name="inner first"):
            self.two.follow(self.end)
            await self.kj.later()
            self.one.follow(self.two)
        else:
            with self.one.resolver() as resolver:
                self.one.follow(self.two)  # so that the resolver has nothing to drop
                assert resolver is not self.two
            self.two.follow(self.end)
        if choose([False, True], name="later"):
            await self.kj.last()
        if self.kind == "fulfilled":
            self.end.fulfill(3)
        elif self.kind == "rejected":
            self.end.reject(Bad(4))
        else:
            with self.end:
                await self.kj.later()
        await self.listen()

    @invariant
    def all_hear_the_same(self) -> bool:
        wanted = 3 if self.kind == "fulfilled" else 14 if self.kind == "rejected" else 19
        return all(each == wanted for each in self.heard)

    @reachable
    def all_have_heard(self) -> bool:
        return len(self.heard) == 5


@pytest.mark.parametrize("kind", ["fulfilled", "rejected", "dropped"])
def test_it_is_followed_to_the_end(kind: str) -> None:
    assert verify(Led, kind=kind).outcome is Outcome.HOLDS


class Cancelled(Model):
    """A follower is cancelled: before the chain is resolved, after it, or after it has looked."""

    def setup(self) -> None:
        self.loop = KjLoop()
        self.chain = Chain(self.loop, range(4))
        self.other = Promise(self.loop, range(4))
        self.done = Log(range(4), capacity=2)
        self.left = boolean()

    @process(each=range(2), on="loop")
    async def follower(self, me: int) -> None:
        try:
            await self.chain
            self.done.append(me)
        finally:
            if me == 0:
                self.left = True

    @process(on="loop")
    async def settler(self) -> None:
        early = choose([False, True], name="early")
        if early:
            cancel(task_of(self.follower, 0))
        self.chain.follow(self.other)
        if choose([False, True], name="looks"):
            await self.loop.later()
        if not early:
            cancel(task_of(self.follower, 0))
        assert len(self.chain.waiters) + len(self.other.waiters) == 1
        self.other.fulfill(1)

    @invariant
    def nobody_forgotten(self) -> bool:
        return list(self.done) in ([], [1]) and (len(self.done) == 0 or self.left)

    @reachable
    def goes_on(self) -> bool:
        return len(self.done) == 1


def test_a_follower_is_cancelled() -> None:
    assert verify(Cancelled).outcome is Outcome.HOLDS


class Twice(Model):
    """What a chain may not be asked to do."""

    how: str = param("", choices=["", "self", "circle", "follow twice", "follow, fulfill", "late"])

    def setup(self) -> None:
        self.loop = KjLoop()
        self.chains = [Chain(self.loop, range(4)) for _ in range(2)]
        self.one, self.two = self.chains

    @process(on="loop")
    async def settler(self) -> None:
        self.one.follow(self.one if self.how == "self" else self.two)
        if self.how == "circle":
            self.two.follow(self.one)
        elif self.how == "follow twice":
            self.one.follow(self.two)
        elif self.how == "follow, fulfill":
            self.one.fulfill(1)
        elif self.how == "late":
            self.two.fulfill(1)
            await self.loop.later()
            self.one.reject()


@pytest.mark.parametrize("how", ["self", "circle", "follow twice", "follow, fulfill", "late"])
def test_what_it_cannot_do_is_a_model_error(how: str) -> None:
    assert [each.name for each in verify(Twice, how=how).violations] == ["assert"]
    assert verify(Twice).outcome is Outcome.HOLDS


class Forked(Model):
    """A chain follows a fork: by a branch that is added when it looks."""

    def setup(self) -> None:
        self.loop = KjLoop()
        self.fork = Fork(self.loop, range(4))
        self.chain = Chain(self.loop, range(4))
        self.order = Log(range(4), capacity=4)

    @process(on="loop")
    async def waiter(self) -> None:
        assert await self.chain == 3
        self.order.append(1)

    @process(on="loop")
    async def first(self) -> None:
        await self.fork
        self.order.append(0)

    @process(on="loop")
    async def settler(self) -> None:
        self.chain.follow(self.fork)
        await self.loop.later()
        self.fork.fulfill(3)

    @process(on="loop")
    async def last(self) -> None:
        await self.loop.later()
        await self.fork
        self.order.append(2)


def test_a_chain_follows_a_fork() -> None:
    assert orders(Forked, "order") == {(0, 1, 2)}


class Server(Component):
    """Was to resolve a chain."""

    def __init__(self) -> None:
        self.loop = KjLoop()

    @process(on="loop", daemon=True)
    async def serve(self) -> None:
        await self.loop.later()


class Crashed(Model):
    """The owner of a chain crashes: it is rejected, unless it follows another already."""

    deadlock = False

    def setup(self) -> None:
        self.loop = KjLoop()
        self.server = crashing(Server(), restarts=False)
        self.chain = Chain(self.loop, range(4), owner=self.server)
        self.other = Promise(self.loop, range(4))
        self.followed = boolean()
        self.outcome = Log(["value", "rejected"], capacity=1)

    @process(on="loop")
    async def client(self) -> None:
        if choose([False, True], name="follows") and not self.chain.is_settled():
            self.chain.follow(self.other)
            self.followed = True
        try:
            assert await self.chain == 2
            self.outcome.append("value")
        except Rejected:
            self.outcome.append("rejected")

    @process
    async def elsewhere(self) -> None:
        await step()
        self.other.fulfill(2)

    @invariant
    def only_what_follows_nothing_is_rejected(self) -> bool:
        return len(self.outcome) == 0 or (self.outcome[0] == "value") == self.followed

    @reachable
    def value(self) -> bool:
        return len(self.outcome) == 1 and self.outcome[0] == "value"

    @reachable
    def rejected(self) -> bool:
        return len(self.outcome) == 1 and self.outcome[0] == "rejected"


def test_a_crash_rejects_what_follows_nothing() -> None:
    assert verify(Crashed).outcome is Outcome.HOLDS


def test_chains_are_of_a_loop_of_kj_or_javascript() -> None:
    class Free(Model):
        def setup(self) -> None:
            self.chain = Chain(None, range(4))  # type: ignore[call-overload]

    with pytest.raises(BadInput) as caught:
        verify(Free)
    assert [each.code for each in caught.value.diagnostics] == ["E026"]
