"""What a step invariant reads through `before` is of the state before, whichever way it goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from ordercheck.checking import check
from ordercheck.frontend import compile_model, load_models
from ordercheck.ir.nodes import Program
from ordercheck.ir.span import BadInput
from ordercheck.ir.validator import validate

MODEL = """
from ordercheck import (
    Component, Model, action, array, implies, integer, optional, require, seq, step_invariant,
    variable,
)


class Counter(Component):
    def __init__(self) -> None:
        self.n = integer(0, lo=0, hi=1)

    @property
    def twice(self) -> int:
        return 2 * self.n

    def plus(self, other: int) -> int:
        return self.n + other


class Other(Component):
    def __init__(self) -> None:
        self.n = integer(0, lo=0, hi=1)

    def plus(self, other: int) -> int:
        return other + self.n


class Holder:
    def __init__(self, counter: Counter) -> None:
        self.counter = counter
        self.limit = 3


class Counters(Model):
    deadlock = False

    def setup(self) -> None:
        self.one = Counter()
        self.items = [self.one, Counter()]
        self.pair = (self.one, (self.items[1], 7))
        self.named = {"a": self.one, "b": self.items[1]}
        self.mixed = [self.one, Other()]
        self.grid = [[self.one], [self.items[1]]]
        self.holder = Holder(self.one)
        self.rows = [seq(range(2), 2, [0]), seq(range(2), 2, [0])]
        self.row = array(range(2), 2, 0)
        self.plain = [3, 4]
        self.at = variable(Counter, self.one)
        self.maybe = variable(optional(Counter), self.one)
        self.queue = seq(Counter, 2, [self.one])
        self.k = integer(0, lo=0, hi=1)

    @action
    def go(self) -> None:
        require(self.one.n == 0)
        for item in self.items:
            item.n = 1
        self.mixed[1].n = 1
        for k in range(2):
            self.row[k] = 1
        for row in self.rows:
            row[0] = 1

    def first(self) -> Counter:
        return self.items[0]

    def total(self) -> int:
        return sum(c.n for c in self.items)

    @step_invariant
    def claim(self, before: "Counters") -> bool:
        {claim}
"""


def compiled(claim: str, tmp_path: Path) -> Program:
    """The model with this claim."""
    file = tmp_path / "counters.py"
    file.write_text(MODEL.replace("{claim}", claim))
    model = next(m for m in load_models(str(file)) if m.__name__ == "Counters")
    program = compile_model(model, {})
    validate(program)
    return program


def outcome(claim: str, tmp_path: Path) -> list[str]:
    """The properties that are violated in the model with this claim."""
    program = compiled(claim, tmp_path)
    return [each.name for each in check(program).violations]


READS = [
    "before.one.n",
    "before.items[0].n",
    "before.items[-1].n",
    "before.items[self.k].n",
    "before.items[before.k].n",
    "before.items[1:][0].n",
    "before.items[self.k:][0].n",
    "before.pair[0].n",
    "before.pair[1][0].n",
    "before.named['a'].n",
    "before.mixed[1].n",
    "before.mixed[self.k].n",
    "before.mixed[self.k].plus(0)",
    "before.grid[1][0].n",
    "before.grid[self.k][0].n",
    "before.row[0]",
    "before.row[self.k]",
    "before.rows[0][0]",
    "before.rows[self.k][0]",
    "sum(r[0] for r in before.rows)",
    "before.at.n",
    "before.maybe.n",
    "before.queue[0].n",
    "before.queue[self.k].n",
    "before.items[0].twice",
    "before.items[0].plus(0)",
    "before.items[self.k].plus(0)",
    "before.first().n",
    "before.total()",
    "sum(c.n for c in before.items)",
    "sum([c.n for c in before.items])",
    "sum(c.n for r in before.grid for c in r)",
    "sum(c.n for c in before.queue)",
    "sum(c.n for c in before.named.values())",
    "sum(c.n for _, c in before.named.items())",
    "sum(before.named[k].n for k in before.named)",
    "sum(c.n for _, c in enumerate(before.items))",
    "sum(c.n for c, d in zip(before.items, self.items))",
    "sum(c.n for c in reversed(before.items))",
    "sum(c.n for c in sorted(before.items, key=lambda c: c.n))",
    "max(before.items, key=lambda c: c.n).n",
    "next(c for c in before.items).n",
    "sum(map(lambda c: c.n, before.items))",
    "[*before.items][0].n",
    "(before.items + before.items)[0].n",
    "(before.one, 1)[0].n",
    "(before.items[0] if self.k == 0 else before.items[1]).n",
]
"""Each is 0 before the only step; read in the state after, it is 1 or more."""


@pytest.mark.parametrize("read", READS)
def test_reads_of_the_state_before(read: str, tmp_path: Path) -> None:
    assert outcome(f"return {read} == 0", tmp_path) == []


@pytest.mark.parametrize("read", READS)
def test_the_same_reads_of_the_state_after(read: str, tmp_path: Path) -> None:
    assert outcome(f"return {read.replace('before', 'self')} == 0", tmp_path) == ["claim"]


@pytest.mark.parametrize(
    "claim",
    [
        "found = before.items[0]\n        return found.n == 0",
        "first, second = before.items\n        return first.n + second.n == 0",
        "first, *rest = before.items\n        return first.n + rest[0].n == 0",
        "found = before.items\n        return found[0].n == 0",
        "for c in before.items: assert c.n == 0\n        return True",
        "for c, d in zip(before.items, self.items): assert c.n < d.n\n        return True",
        "for k, c in enumerate(before.items): assert c.n < self.items[k].n\n        return True",
        "return all(c.n < d.n for c, d in zip(before.items, self.items))",
        "return before.at is self.at and before.at == self.one and before.one in self.items",
        "return before.items[0] in self.items and self.items[0] in before.items",
        "return len(before.items) == len(self.items) == 2 and before.plain == self.plain",
        "return before.plain[self.k] == 3 and before.queue == self.queue",
        "return [c for c in before.items if c.n == 0][1].n == 0",
        "x = before.queue\n        return x[0].n == 0 and self.queue[0].n == 1",
    ],
)
def test_claims_that_hold(claim: str, tmp_path: Path) -> None:
    assert outcome(claim, tmp_path) == []


@pytest.mark.parametrize(
    "claim",
    [
        "found = before.one if self.k else self.one\n        return found.n == 0",
        "return sum(c.n for c in [before.one, self.one]) == 0",
        "return before.holder.counter.n == 0",
        "c = before.one\n        for d in self.items: c = d\n        return c.n == 0",
        "found = [before.one]\n        found.append(self.one)\n        return found[0].n == 0",
        "return {0: before.one, 1: self.one}[self.k].n == 0",
        "found = before.one if self.k else self.one\n        return isinstance(found, Counter)",
        "found = before.one if self.k else self.one\n        return found == self.one",
        "found = before.rows[0] if self.k else self.rows[0]\n        return found[0] == 0",
    ],
)
def test_what_may_be_of_either_state_is_refused(claim: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as raised:
        outcome(claim, tmp_path)
    assert raised.value.diagnostics[0].code == "E100", raised.value.diagnostics


def test_antecedents_that_read_the_state_before(tmp_path: Path) -> None:
    """They are not followed: an antecedent is looked for in states, which have none before."""
    assert outcome("return implies(before.one.n == 0, self.one.n == 1)", tmp_path) == []
    assert outcome("return implies(before.one.n == 0, self.one.n == 0)", tmp_path) == ["claim"]
    followed = {
        "implies(before.one.n == 0, self.one.n == 1)": (),
        "not (self.one.n == 1 and before.one.n == 0) or self.k == 0": (),
        "all(implies(c.n == 0, c.n < d.n) for c, d in zip(before.items, self.items))": (),
        "implies(self.one.n == 1, before.one.n == 0)": ("self.one.n == 1",),
    }
    for claim, expected in followed.items():
        (found,) = compiled(f"return {claim}", tmp_path).properties
        assert tuple(text for _, text in found.antecedents) == expected
