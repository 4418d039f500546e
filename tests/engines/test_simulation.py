"""Random runs, against the machine that they were taken on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ordercheck.checking.simulation import Runs, simulate
from ordercheck.engines.exploration import Flaw
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.simulation import GOLDEN, Draws, Level, figures_of, key_of, mix, walks
from ordercheck.engines.transition import Label
from ordercheck.ir.nodes import PropertyKind
from tests.checking.graphs import Graph, graphs, program_of
from tests.engines.test_exploration import below, claim, counter
from tests.engines.two_phase import two_phase


@given(graphs(), st.integers(), st.integers(1, 12))
def test_the_machine_takes_every_run_again(made: Graph, seed: int, steps: int) -> None:
    machine = Machine(program_of(made))
    edges = {edge for family in made.steps for edge, _ in family}
    edges |= {(source, target) for source, targets, _ in made.forks for target in targets}
    for walk in walks(machine, range(1, 6), steps, seed):
        state = None
        after = []
        for label in walk.labels:
            state = machine.replay(state, Label(*label)).after
            after.append(state)
        fault = walk.fault
        fails = fault is not None and fault.flaw is Flaw.MODEL_ERROR
        assert walk.states == [each for each in after if each is not None]
        assert (after[-1] is None) == fails
        nodes = [each[0] for each in walk.states]
        bad = nodes[-1] in made.bad or tuple(nodes[-2:]) in made.bad_edges
        stuck = nodes[-1] not in {source for source, _ in edges}
        assert (fault is not None) == (fails or bad or stuck)
        assert len(walk.labels) - 1 <= steps
        if walk.end == "steps":
            assert len(walk.labels) - 1 == steps
        assert walk.ways[: len(nodes) - 1] == [len(machine.successors((n,))) for n in nodes[:-1]]


def test_equal_seeds_give_equal_runs_each_by_itself() -> None:
    machine = Machine(two_phase(3))
    runs = list(walks(machine, range(1, 9), 30, 7))
    assert runs == list(walks(machine, range(1, 9), 30, 7))
    assert runs[4:5] == list(walks(machine, range(5, 6), 30, 7))
    assert len({tuple(run.labels) for run in runs}) == 8
    assert runs != list(walks(machine, range(1, 9), 30, 8))


def test_runs_stay_the_same_in_every_version() -> None:
    (run,) = walks(Machine(two_phase(3)), range(1, 2), 5, 0)
    assert [label[:2] for label in run.labels] == [
        (-1, 0),
        (4, 0),
        (3, 2),
        (4, 1),
        (1, 0),
        (6, 1),
    ]


def test_draws_are_those_of_splitmix64() -> None:
    """Its first numbers for a state of 0, as published for it."""
    assert [mix(k * GOLDEN % 2**64) for k in (1, 2, 3)] == [
        0xE220A8397B1DCDAF,
        0x6E789E6AA1B965F4,
        0x06C45D188009454F,
    ]
    draws = Draws(key_of(1), 5)
    assert [draws.below(1000) for _ in range(5)] == [36, 956, 137, 75, 49]


def test_runs_stop_outside_a_constraint() -> None:
    program = claim(counter(9), PropertyKind.CONSTRAINT, below(4))
    (run,) = walks(Machine(program), range(1, 2), 50, 0)
    assert (run.end, run.states[-1]) == ("constraint", (4,))


def test_figures() -> None:
    figures = simulate(counter(3), Runs(range(1, 11), 50)).figures
    assert (figures.runs, figures.steps, figures.states) == (10, 30, 4)
    assert figures.levels == [
        Level(10, 10, 10, 1, 0),
        Level(10, 10, 10, 1, 0),
        Level(10, 10, 10, 1, 0),
        Level(10, 10, 0, 1, 10),
    ]


def test_a_state_counts_where_it_is_met_first_of_all_runs() -> None:
    figures = figures_of(Machine(two_phase(3)), walks(Machine(two_phase(3)), range(1, 50), 20, 0))
    backwards = range(49, 0, -1)
    other = figures_of(Machine(two_phase(3)), walks(Machine(two_phase(3)), backwards, 20, 0))
    assert figures == other
    assert sum(level.new for level in figures.levels) == figures.states


def test_the_first_wrong_run_is_explained() -> None:
    program = claim(counter(9), PropertyKind.INVARIANT, below(4))
    made = simulate(program, Runs(range(1, 4), 50))
    assert made.number == 1
    assert made.first is not None
    assert made.first.trace is not None
    assert made.first.steps == 4
    assert made.figures.faults == {made.first.name: 3}
