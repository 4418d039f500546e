"""Each spec says what it should, holds of a good model that it speaks of, and notices a bad one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ordercheck import Model, Outcome, Spec, action, bag_of, param, require, seq, verify
from ordercheck.frontend.loading import load_models, load_specs
from specs.at_most_once import AtMostOnce
from specs.fifo import Fifo
from specs.no_lost_work import NoLostWork
from tests.models.stories import violated

ROOT = Path(__file__).parents[2]
FILES = sorted(path for path in (ROOT / "specs").glob("*.py") if path.stem != "__init__")
SPECS = [
    pytest.param(spec, id=f"{path.stem}.{spec.__name__}")
    for path in FILES
    if "Spec[" in path.read_text(encoding="utf-8")
    for spec in load_specs(str(path))
]


@pytest.mark.parametrize("spec", SPECS)
def test_a_spec_says_where_it_applies_and_what_violates_it(spec: type[Spec[Any]]) -> None:
    text = " ".join((spec.__doc__ or "").split())
    assert re.match(r"[A-Z][^.]*\.", text), "one sentence"
    assert re.search(r"For all|In every|is a prefix of", text), "a formula"
    assert "mallest histor" in text, "a history that violates it"
    assert re.search(r"Applies to|What .* promises", text), "the systems that it applies to"


def properties(path: Path) -> Iterator[str]:
    """The names of what the specs of a file demand."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            marks = {mark.id for mark in node.decorator_list if isinstance(mark, ast.Name)}
            if marks & {"invariant", "step_invariant"}:
                yield node.name


PLANTED = {
    "snapshot_is_prefix": "models/test_event_log.py",
    "first_come_first_served": "models/test_input_gate.py",
    "children_first": "models/test_input_gate.py",
    "nobody_waits_at_an_open_gate": "models/test_input_gate.py",
    "a_broken_gate_rejects_everybody": "models/test_input_gate.py",
    "one_at_a_time": "models/test_input_gate.py",
    "nobody_is_left_behind": "models/test_input_gate.py",
    "nothing_is_held_longer": "models/test_promises.py",
    "only_lost_writes_reject": "models/test_promises.py",
    "a_lost_write_breaks_the_gate": "models/test_promises.py",
    "rejected_in_order": "models/test_promises.py",
    "nothing_after_rejection": "models/test_promises.py",
    "late_means_that_the_time_is_over": "library/test_planted.py",
    "cancelled_means_that_somebody_asked": "library/test_planted.py",
    "nothing_goes_on": "library/test_planted.py",
    "nobody_is_cancelled_for_nothing": "library/test_planted.py",
    "the_inner_one_goes_on": "library/test_planted.py",
    "who_is_asked_is_let_go": "library/test_planted.py",
    "a_value_means_that_it_has_come": "library/test_planted.py",
    "nobody_outlives_the_group": "library/test_planted.py",
    "every_failure_is_told": "library/test_planted.py",
    "raised_means_that_one_failed": "library/test_planted.py",
    "silence_means_success": "library/test_planted.py",
}
"""Where a mistake is planted that violates a property, if no variant does that is shipped."""


def test_each_property_is_violated_by_a_variant_or_by_a_planted_mistake() -> None:
    violated_by_variants = {
        variant.expect.property
        for file in (ROOT / "models").glob("*.py")
        for model in load_models(str(file))
        for variant in model.variants
        if variant.expect is not None
    }
    wanted = {name for path in FILES for name in properties(path)}
    assert wanted - violated_by_variants == set(PLANTED)
    for name, file in PLANTED.items():
        assert f'"{name}"' in (ROOT / "tests" / file).read_text(encoding="utf-8")


class Way(Model):
    """Numbers on one way, and work that is done when they arrive; each rule can be broken."""

    broken: str = param("", choices=["", "order", "twice", "lost"])
    deadlock = False
    specs = [Fifo, AtMostOnce, NoLostWork]

    def setup(self) -> None:
        self.sent = seq(range(3), capacity=3)
        self.received = seq(range(3), capacity=3)
        self.under_way = seq(range(3), capacity=3)
        self.done = bag_of(range(3), capacity=6)

    @action
    def send(self) -> None:
        require(len(self.sent) < 3)
        self.under_way.append(len(self.sent))
        self.sent.append(len(self.sent))

    @action
    def receive(self) -> None:
        require(self.under_way)
        newest = self.broken == "order"
        number = self.under_way.pop() if newest else self.under_way.popleft()
        self.received.append(number)
        if self.broken != "lost":
            self.done.add(number)
        if self.broken == "twice":
            self.done.add(number)

    def lost(self) -> bool:
        return any(number not in self.done for number in self.received)


def test_a_way_that_keeps_to_the_rules_violates_nothing() -> None:
    assert verify(Way).outcome is Outcome.HOLDS


@pytest.mark.parametrize("never", ["len(self.received) < 3", "len(self.under_way) < 2"])
def test_there_is_something_to_overtake(never: str) -> None:
    assert violated(verify(Way, invariants=[never])) == [never]


@pytest.mark.parametrize(
    ("broken", "property_"),
    [("order", "fifo"), ("twice", "at_most_once"), ("lost", "no_lost_work")],
)
def test_each_can_fail(broken: str, property_: str) -> None:
    assert violated(verify(Way, broken=broken)) == [property_]
