"""PromisedChannel: calls that wait, that need not, that are cancelled, that are refused."""

from __future__ import annotations

import pytest

from ordercheck import (
    Model,
    Outcome,
    boolean,
    cancel,
    choose,
    invariant,
    param,
    process,
    reachable,
    task_of,
    terminal,
    verify,
)
from ordercheck.library import KjLoop, Log, PromisedChannel, Rejected

USERS = range(3)


class Used(Model):
    """Three who use a channel at any time, one of them is perhaps cancelled; it settles."""

    rejects: bool = param(False)
    cancels: bool = param(False)

    def setup(self) -> None:
        self.loop = KjLoop()
        self.channel = PromisedChannel(self.loop, waiters=len(USERS))
        self.made = Log(USERS, capacity=len(USERS))
        self.through = Log(USERS, capacity=len(USERS))
        self.refused = Log(USERS, capacity=len(USERS))
        self.waited = boolean()
        self.came_late = boolean()
        self.taken_back = boolean()

    async def some_turns(self) -> None:
        for _ in range(choose(range(3), "turns")):
            await self.loop.later()

    @process(each=USERS, on="loop")
    async def user(self, i: int) -> None:
        await self.some_turns()
        self.made.append(i)
        self.waited = self.waited or not self.channel.resolved
        self.came_late = self.came_late or self.channel.resolved
        try:
            await self.channel.ready()
            self.through.append(i)
        except Rejected:
            self.refused.append(i)

    @process(on="loop")
    async def owner(self) -> None:
        await self.some_turns()
        if self.rejects:
            self.channel.reject()
        else:
            self.channel.resolve()

    @process(on="loop")
    async def canceller(self) -> None:
        await self.some_turns()
        if self.cancels:
            self.taken_back = 0 in self.made and not self.is_told(0)
            cancel(task_of(self.user, 0))

    def is_told(self, i: int) -> bool:
        return i in self.through or i in self.refused

    @invariant
    def in_the_order_in_which_they_were_made(self) -> bool:
        told = self.refused if self.rejects else self.through
        return list(told) == [i for i in self.made if i in told]

    @invariant
    def only_what_is_rejected_is_refused(self) -> bool:
        return len(self.through if self.rejects else self.refused) == 0

    @invariant
    def it_resolves_only_to_a_channel(self) -> bool:
        return not (self.rejects and self.channel.is_resolved())

    @terminal
    def all_are_told(self) -> bool:
        return all(self.is_told(i) for i in USERS if i > 0 or not self.cancels)

    @reachable
    def one_waits_and_one_need_not(self) -> bool:
        return self.waited and self.came_late

    @reachable
    def who_waits_is_cancelled(self) -> bool:
        return self.taken_back == self.cancels


class Twice(Model):
    """Somebody settles what is settled."""

    def setup(self) -> None:
        self.channel = PromisedChannel(KjLoop())

    @process(on="channel.loop")
    async def owner(self) -> None:
        self.channel.resolve()
        self.channel.reject()


@pytest.mark.parametrize("cancels", [False, True])
@pytest.mark.parametrize("rejects", [False, True])
def test_calls_keep_their_order_and_all_are_told(rejects: bool, cancels: bool) -> None:
    assert verify(Used, rejects=rejects, cancels=cancels).outcome is Outcome.HOLDS


def test_it_settles_once() -> None:
    assert [each.name for each in verify(Twice).violations] == ["assert"]
