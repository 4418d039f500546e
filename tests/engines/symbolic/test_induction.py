"""What induction proves is so: exploration of all states finds nothing against it."""

from __future__ import annotations

import pytest

from ordercheck.checking import Options, check
from ordercheck.engines.exploration import Limits, explore
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.symbolic.clock import Clock
from ordercheck.engines.symbolic.formulas import Formulas
from ordercheck.engines.symbolic.induction import Proof, prove
from ordercheck.engines.symbolic.relation import Relation
from ordercheck.frontend import compile_model
from ordercheck.ir.nodes import Program
from tests.models.test_classics import CASES, Case, model_of


def proof_of(program: Program, most: int = 4, seconds: float | None = 20) -> Proof:
    clock = Clock(seconds)
    formulas = Formulas.of(Relation.of(program, clock))
    return prove(formulas, Machine(program), (), most, clock)


def case(name: str) -> Case:
    return next(each for each in CASES if each.name == name)


@pytest.mark.parametrize(
    ("name", "proved"),
    [
        ("simple_allocator", {"exclusive": 1, "deadlock": 1}),
        ("transaction_commit_3", {"consistent": 1, "deadlock": 1}),
        ("ewd840_3", {"sound": 1, "lemma": 1, "deadlock": 1}),
        ("mutex_machine", {"counted": 1, "range": 1, "deadlock": 1}),
        ("cigarette_smokers", {"at_most_one": 2, "deadlock": 1}),
    ],
)
def test_proofs(name: str, proved: dict[str, int]) -> None:
    program = compile_model(model_of(case(name).model), case(name).parameters)
    proof = proof_of(program)
    assert {goal.name: k for goal, k in proof.proved.items()} == proved
    assert len(proof.goals) == len(proved)
    assert not proof.limit
    assert not check(program, Options(engine="interpreter")).violations


def test_a_violation_near_the_beginning_is_a_run() -> None:
    program = compile_model(model_of("two_flags"), {})
    proof = proof_of(program)
    (found,) = proof.found
    assert (found.name, len(found.path) - 1) == ("deadlock", 2)
    assert "deadlock" not in [goal.name for goal in proof.proved]


def test_a_counterexample_to_induction_is_steps_of_the_model() -> None:
    program = compile_model(model_of("peterson"), {})
    machine = Machine(program)
    proof = proof_of(program, most=2)
    assert proof.unproved
    for goal, why in proof.unproved.items():
        state = why.first
        for label in why.labels:
            recording = machine.replay(state, label)
            state = recording.before if recording.after is None else recording.after
        if goal.name == "mutual_exclusion":
            assert machine.check(goal.property or 0, state) is False
            assert machine.check(goal.property or 0, why.first) is True


def test_what_helps_is_proved_with_it() -> None:
    """`balance` alone is not inductive; with a claim about the locks it is."""
    model = model_of("spin_lock")
    alone = proof_of(compile_model(model, {}), most=1)
    assert "mutual_exclusion" not in [goal.name for goal in alone.proved]
    deeper = proof_of(compile_model(model, {}), most=6)
    assert "mutual_exclusion" in [goal.name for goal in deeper.proved]


@pytest.mark.slow
@pytest.mark.parametrize(
    "each", [pytest.param(c, id=c.name) for c in CASES if c.figures.states <= 10_000]
)
def test_nothing_false_is_proved(each: Case) -> None:
    program = compile_model(model_of(each.model), each.parameters)
    proof = proof_of(program, most=4, seconds=60)
    exploration = explore(Machine(program), Limits(), True)
    violated = {(finding.flaw, finding.name) for finding in exploration.findings.values()}
    assert not violated & {(goal.flaw, goal.name) for goal in proof.proved}
