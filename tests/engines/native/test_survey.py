"""Graphs and random runs by generated C: what only they have, beside what random models show."""

from __future__ import annotations

import gc
import os
import signal
import threading
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import pytest

from ordercheck import Model, action, integer, reachable, require
from ordercheck.checking import arrays as choosing
from ordercheck.checking.arrays import state_arrays
from ordercheck.checking.graph import graph_of
from ordercheck.checking.simulation import Runs, simulate
from ordercheck.engines.exploration import Limits
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.native.decoding import Decoder
from ordercheck.engines.native.generate.layout import Layout
from ordercheck.engines.native.generate.packing import Packings, Sizes
from ordercheck.engines.native.graph import native_arrays
from ordercheck.engines.native.surveying import Survey, survey_of
from ordercheck.engines.native.walking import Walks, native_figures
from ordercheck.engines.simulation import figures_of, walks
from ordercheck.engines.state_arrays import StateArrays, interpreted_arrays
from ordercheck.frontend import compile_model
from ordercheck.ir.nodes import Program
from ordercheck.ir.span import BadInput
from ordercheck.ir.types import IntType, NoneType, TupleType
from tests.engines.native.same import compare_graphs, compare_runs, plain
from tests.engines.native.test_verdicts import models, programs, quick_compiler  # noqa: F401
from tests.engines.two_phase import two_phase

pytestmark = pytest.mark.usefixtures("quick_compiler")


@pytest.fixture
def commit(quick_compiler: None) -> tuple[Program, Survey]:  # noqa: F811
    program = two_phase(4)
    return program, survey_of(program)


@pytest.mark.parametrize("file", list(models()))
def test_models_are_the_same(file: str) -> None:
    for name, program in programs(file):
        try:
            survey, machine = survey_of(program), Machine(program)
            compare_graphs(machine, survey, Limits(states=2_000))
            compare_runs(machine, survey)
        except BaseException as error:
            error.add_note(name)
            raise


# --- arrays -----------------------------------------------------------------------------


def test_states_are_those_of_the_reference(commit: tuple[Program, Survey]) -> None:
    program, survey = commit
    arrays = native_arrays(survey, program)
    assert (len(arrays), arrays.edges, arrays.depth) == (1568, 8257, 14)
    with pytest.raises(IndexError):
        arrays.state(1568)
    (label, target), *_ = arrays.transitions(0)
    found = Machine(program).expand(arrays.state(0))[0]
    assert (label, arrays.state(int(target))) == (found.label, found.target)


def test_values_of_every_width_are_decoded() -> None:
    pair = TupleType((IntType(), IntType()))
    packings = Packings(Sizes(0, 4))
    kinds = (IntType(0, 3), pair, NoneType(), IntType(5, 5))
    slots = tuple(packings.of(kind) for kind in kinds)
    assert [packing.width for packing in slots] == [2, 128, 0, 0]
    layout = Layout((0, 64, 192, 192), slots, 130, 3)
    for state in ((3, (-7, 2**62), None, 5), (0, (0, -1), None, 5)):
        assert (
            Decoder(layout).state(layout.encode(state))
            == state
            == layout.decode(layout.encode(state))
        )


def test_a_view_keeps_what_it_looks_at(commit: tuple[Program, Survey]) -> None:
    program, survey = commit
    arrays = native_arrays(survey, program)
    targets, kept = arrays.targets, arrays.targets.tolist()
    part = targets[100:200]
    del arrays, targets
    gc.collect()
    # Whatever had been given back would be in use again.
    others = [native_arrays(survey, program) for _ in range(3)]
    assert part.tolist() == kept[100:200]
    assert len(others) == 3


def test_views_cannot_be_written(commit: tuple[Program, Survey]) -> None:
    program, survey = commit
    for view in (
        native_arrays(survey, program).targets,
        interpreted_arrays(Machine(program)).targets,
    ):
        with pytest.raises(TypeError):
            view[0] = 1


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    program = two_phase(6)
    monkeypatch.setattr("ordercheck.engines.native.graph.memory_bound", lambda asked: 1 << 20)
    bounded = native_arrays(survey_of(program), program)
    assert bounded.limit == "1 MiB of memory"
    whole = interpreted_arrays(Machine(program), Limits(depth=bounded.depth))
    assert {**plain(bounded), "limit": ""} == {**plain(whole), "limit": ""}


def test_more_states_than_a_few_are_left_to_c(monkeypatch: pytest.MonkeyPatch) -> None:
    program = two_phase(3)
    monkeypatch.setattr(choosing, "FEW_STATES", 100)
    found = state_arrays(program)
    assert (found.engine, len(found)) == ("native", 288)
    assert state_arrays(program, Limits(states=50)).engine == "interpreter"
    monkeypatch.setenv("CC", "no-such-compiler")
    interpreted = state_arrays(program)
    assert interpreted.engine == "interpreter"
    assert plain(interpreted) == plain(found)
    with pytest.raises(BadInput, match="no-such-compiler"):
        state_arrays(program, engine="native")


def same_graphs(ours: StateArrays, theirs: StateArrays) -> bool:
    one, other = graph_of(ours), graph_of(theirs)
    return (
        list(one.nodes(data=True)) == list(other.nodes(data=True))
        and list(one.edges(keys=True, data=True)) == list(other.edges(keys=True, data=True))
        and one.graph == other.graph
    )


@pytest.mark.parametrize("file", ["models/classics/die_hard.py", "models/rpc_fetch.py"])
def test_networkx_graphs_are_the_same(file: str) -> None:
    _, program = next(programs(file))
    limits = Limits(states=300)
    ours = native_arrays(survey_of(program), program, limits)
    assert same_graphs(ours, interpreted_arrays(Machine(program), limits))


# --- random runs ------------------------------------------------------------------------


def test_workers_agree(commit: tuple[Program, Survey]) -> None:
    program, survey = commit
    numbers = range(1, 3000)
    one = native_figures(survey, program, numbers, 60, 3, workers=1)
    assert one == native_figures(survey, program, numbers, 60, 3, workers=4)
    assert one.runs == 2999
    assert one.states == sum(level.new for level in one.levels)
    few = native_figures(survey, program, numbers[:200], 60, 3, workers=1)
    machine = Machine(program)
    assert few == figures_of(machine, walks(machine, numbers[:200], 60, 3))


def test_states_beyond_the_bound_are_no_longer_counted(commit: tuple[Program, Survey]) -> None:
    program, survey = commit
    with Walks(survey, program, 60, 3, bytes_=1) as bounded, Walks(survey, program, 60, 3) as free:
        for each in (bounded, free):
            each.take(1, 500)
        few, all_ = bounded.report(), free.report()
        assert (few.crowded, all_.crowded) == (1, 0)
        assert few.states < all_.states
        assert (few.runs, few.steps) == (all_.runs, all_.steps)
        assert few.depth_list[5].ways == all_.depth_list[5].ways


def test_engines_simulate_the_same() -> None:
    program = replace(two_phase(3), deadlock=True)
    runs = Runs(range(1, 301), 50, seed=9)
    by_c = simulate(program, replace(runs, engine="native"))
    by_interpreter = simulate(program, replace(runs, engine="interpreter"))
    assert (by_c.engine, by_interpreter.engine) == ("native", "interpreter")
    assert by_c.figures == by_interpreter.figures
    assert (by_c.first, by_c.number) == (by_interpreter.first, by_interpreter.number)


def interrupt_after(seconds: float) -> list[float]:
    sent: list[float] = []

    def interrupt() -> None:
        sent.append(perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    threading.Timer(seconds, interrupt).start()
    return sent


def test_an_interrupt_of_runs_is_answered() -> None:
    program = two_phase(9)
    survey, told = survey_of(program), []
    sent = interrupt_after(0.6)
    figures = native_figures(
        survey, program, range(1, 10**12), 1000, 0, 2, progress=lambda *now: told.append(now)
    )
    # Some hundredths of a second on an idle machine; tests run on busy ones.
    assert perf_counter() - sent[0] < 3
    assert figures.interrupted
    assert 0 < figures.runs < 10**12
    assert told
    assert [runs for runs, *_ in told] == sorted(runs for runs, *_ in told)


def test_an_interrupt_of_a_graph_is_answered() -> None:
    program = two_phase(12)
    survey = survey_of(program)
    sent = interrupt_after(0.6)
    arrays = native_arrays(survey, program, progress=lambda *now: None)
    assert perf_counter() - sent[0] < 3
    assert arrays.limit == "interrupted"
    assert arrays.depth > 3
    assert arrays.expanded == arrays.level_starts[-1]


def test_a_folder_of_traces_is_the_same(tmp_path: Path) -> None:
    taken: dict[str, list[object]] = {"native": [], "interpreter": []}
    for engine, found in taken.items():
        simulate(
            two_phase(2), Runs(range(1, 20), 30, 1, engine), lambda w, f=found: f.append(w.labels)
        )
    assert taken["native"] == taken["interpreter"]
    assert len(taken["native"]) == 19


# --- what C has no room for -------------------------------------------------------------


class LongLists(Model):
    """A condition whose evaluation takes more memory than generated code has for lists."""

    def setup(self) -> None:
        self.n = integer(0, lo=0, hi=3)

    @action
    def up(self) -> None:
        require(self.n < 3)
        self.n += 1

    @reachable
    def many(self) -> bool:
        return len([[b + self.n for b in range(90)] for a in range(6000)]) > self.n


def test_a_property_that_c_cannot_evaluate_is_evaluated_and_that_is_said() -> None:
    program = compile_model(LongLists, {})
    expected = interpreted_arrays(Machine(program))
    found = native_arrays(survey_of(program), program)
    assert found.notes == []
    assert found.values(0) == expected.values(0) == b"\x01\x01\x01\x01"
    (note,) = found.notes
    assert note.startswith("many: interpreted, which is slow: a step of this model makes lists")


def test_a_graph_that_the_interpreter_has_to_make_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    program = two_phase(3)
    monkeypatch.setattr(choosing, "FEW_STATES", 100)
    assert state_arrays(program).notes == []
    monkeypatch.setenv("CC", "no-such-compiler")
    interpreted = state_arrays(program)
    assert interpreted.engine == "interpreter"
    note = "interpreted, which is slow: there is no compiler 'no-such-compiler'"
    assert graph_of(interpreted).graph["notes"] == [note]
