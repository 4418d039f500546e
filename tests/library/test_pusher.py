"""ExternalPusher: who unwraps an external, when, and what he is told if there is none for him."""

from __future__ import annotations

import pytest

from ordercheck import (
    Model,
    Outcome,
    array,
    choose,
    invariant,
    param,
    process,
    reachable,
    terminal,
    verify,
)
from ordercheck.library import Consumed, ExternalPusher, KjLoop, NotPushed, Rejected

ENDS = ("", "taken", "consumed", "refused", "not pushed")
READERS = range(2)


class Unwrapping(Model):
    """Two messages mention one external, which arrives before, between or after them."""

    arrives: str = param("pushed", choices=["pushed", "refused", "through another membrane"])
    waits: bool = param(True)

    def setup(self) -> None:
        self.loop = KjLoop()
        self.pusher = ExternalPusher(self.loop, 2, membranes=["A"])
        self.told = array(ENDS, len(READERS), "")

    async def some_turns(self) -> None:
        for _ in range(choose(range(3), "turns")):
            await self.loop.later()

    @process(on="loop")
    async def sender(self) -> None:
        self.pusher.push(1)  # another external, which nobody asks for
        await self.some_turns()
        match self.arrives:
            case "pushed":
                self.pusher.push(0)
            case "refused":
                self.pusher.refuse(0)
            case _:
                self.pusher.push(0, "A")

    @process(each=READERS, on="loop")
    async def reader(self, me: int) -> None:
        await self.some_turns()
        there = self.pusher.is_settled(0)
        try:
            if self.waits:
                await self.pusher.unwrap(0)
            else:
                self.pusher.unwrap_now(0)
            self.told[me] = "taken"
        except Rejected:
            self.told[me] = "refused"
        except Consumed:
            self.told[me] = "consumed"
        except NotPushed:
            assert not there or self.arrives == "through another membrane"
            self.told[me] = "not pushed"

    @invariant
    def taken_once(self) -> bool:
        taken = sum(end == "taken" for end in self.told)
        return taken <= 1 and (taken == 1 or "consumed" not in self.told)

    @invariant
    def told_the_truth(self) -> bool:
        match self.arrives:
            case "pushed":
                told = {"taken", "consumed"}
            case "refused":
                told = {"refused"}
            case _:
                told = {"not pushed"}
        early = {"not pushed"} if not self.waits else set()
        return all(end == "" or end in told or end in early for end in self.told)

    @terminal
    def all_told(self) -> bool:
        return "" not in self.told

    @reachable
    def the_last_thing_that_can_be_told(self) -> bool:
        match self.arrives:
            case "pushed":
                return "consumed" in self.told
            case "refused":
                return "refused" in self.told
            case _:
                return "not pushed" in self.told

    @reachable
    def too_early(self) -> bool:
        return self.waits or "not pushed" in self.told


@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize("arrives", ["pushed", "refused", "through another membrane"])
def test_one_message_takes_it_and_all_are_told(arrives: str, waits: bool) -> None:
    assert verify(Unwrapping, arrives=arrives, waits=waits).outcome is Outcome.HOLDS
