"""Components whose instances are lowered apart, and what set-up alone says of two of them."""

from __future__ import annotations

import pytest

from ordercheck import (
    Component,
    Model,
    Outcome,
    Pool,
    Seq,
    action,
    choose,
    integer,
    invariant,
    pool,
    process,
    require,
    seq,
    verify,
)
from ordercheck.frontend import compile_model
from ordercheck.ir.span import BadInput
from ordercheck.library import KjLoop


class Sheet(Component):
    """Something that is on a desk."""

    def __init__(self) -> None:
        self.page: int = integer(0, lo=0, hi=3)


class Desk(Component):
    """A desk with sheets of its own."""

    def __init__(self, sheets: int) -> None:
        self.sheets: Pool[Sheet] = pool(Sheet, capacity=sheets)
        self.pile: Seq[Sheet] = seq(Sheet, capacity=sheets)

    def write(self, page: int) -> None:
        sheet = self.sheets.new()
        sheet.page = page
        self.pile.append(sheet)


class OwnDesk(Desk):
    apart = True


class Office(Model):
    """Something is written at any of two desks."""

    kind: type[Desk] = OwnDesk
    deadlock = False

    def setup(self) -> None:
        self.desks = [self.kind(1), self.kind(2)]

    @action(each=range(2))
    def come(self, page: int) -> None:
        desk = choose(self.desks)
        require(len(desk.pile) < (1 if desk is self.desks[0] else 2))
        desk.write(page)


class Shared(Office):
    """Desks that only their pools tell apart."""

    def setup(self) -> None:
        self.desks = [Desk(2), Desk(2)]


def test_pools_that_differ_are_found_in_each_instance() -> None:
    verdict = verify(Office)
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.states == (1 + 2) * (1 + 2 + 2**2)


def test_methods_for_all_instances_cannot_use_pools_that_differ() -> None:
    with pytest.raises(BadInput) as refused:
        compile_model(Shared, {})
    assert refused.value.diagnostics[0].code == "E044"


class Told(Component):
    """Says something on its own loop, which is one of two."""

    def __init__(self, loop: KjLoop) -> None:
        self.loop = loop
        self.heard: Seq[int] = seq(range(2), capacity=1)

    def tell(self) -> None:
        self.heard.append(1)


class Vats(Model):
    """What is of another vat stands where it is never reached: set-up says so."""

    def setup(self) -> None:
        self.here, self.there = KjLoop(), KjLoop()
        self.told = Told(self.there)

    @process(on="here")
    async def ours(self) -> None:
        if self.told.loop is self.here:
            self.told.tell()

    @process(on="there")
    async def theirs(self) -> None:
        if self.told.loop is not self.here:
            self.told.tell()

    @invariant
    def heard_once(self) -> bool:
        return len(self.told.heard) <= 1


def test_components_that_set_up_knows_are_compared_there() -> None:
    verdict = verify(Vats)
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.depth == 3
