"""Compares all that the native engine does with a model with what the interpreter does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ordercheck.checking import Options, check
from ordercheck.checking.verdict import NO_COVERAGE, Verdict
from ordercheck.engines.exploration import Limits
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.native.graph import native_arrays
from ordercheck.engines.native.surveying import Survey
from ordercheck.engines.native.walking import Walks, native_figures, native_walks
from ordercheck.engines.simulation import Walk, figures_of, walks
from ordercheck.engines.state_arrays import StateArrays, interpreted_arrays
from ordercheck.engines.transition import ModelError
from ordercheck.ir.nodes import PropertyKind
from tests.engines.native.plugged import Plugged

RUNS = range(1, 16)

WHOLE = Options(continue_=True, workers=1, traces=False)
FIRST = Options(workers=3, traces=False)


def compare(model: Plugged, options: Options) -> Verdict:
    """Compare verdicts, the graph, within the options' limits, and random runs. The verdict."""
    verdict = compare_verdicts(model, options)
    survey, machine = model.survey("OC_TINY"), Machine(model.program)
    for limits in (Limits(states=options.max_states), Limits(depth=3)):
        compare_graphs(machine, survey, limits)
    compare_runs(machine, survey)
    return verdict


# --- verdicts ---------------------------------------------------------------------------


def compare_verdicts(model: Plugged, options: Options) -> Verdict:
    """Whole verdicts: figures, findings, coverage, paths, and traces if the options say so."""
    expected = check(model.program, replace(options, engine="interpreter"))
    assert comparable(model.verdict(options, "OC_TINY")) == comparable(expected)
    return expected


def comparable(verdict: Verdict) -> Verdict:
    """What two engines have in common: in the level where it stops, one may have seen more."""
    coverage = NO_COVERAGE if verdict.limit else verdict.coverage
    return replace(verdict, engine="", seconds=0, coverage=coverage)


# --- graphs -----------------------------------------------------------------------------


def compare_graphs(machine: Machine, survey: Survey, limits: Limits) -> None:
    """All arrays."""
    native = native_arrays(survey, machine.program, limits)
    assert plain(native) == plain(interpreted_arrays(machine, limits)), limits


def plain(arrays: StateArrays) -> dict[str, Any]:
    """All that two of them have in common."""
    kinds = (PropertyKind.INVARIANT, PropertyKind.REACHABLE, PropertyKind.CONSTRAINT)
    numbers = range(len(arrays))
    return {
        "limit": arrays.limit,
        "states": [arrays.state(n) for n in numbers],
        "levels": [arrays.level(n) for n in numbers],
        "initial": arrays.initial,
        "offsets": arrays.offsets.tolist(),
        "targets": arrays.targets.tolist(),
        "labels": arrays.labels.tolist(),
        "label_table": arrays.label_table,
        "failures": [arrays.failures_of(n) for n in numbers],
        "sizes": (arrays.depth, arrays.edges, arrays.inside, arrays.expanded),
        "values": {
            claim.name: arrays.values(k)
            for k, claim in enumerate(arrays.program.properties)
            if claim.kind in kinds
        },
    }


# --- random runs ------------------------------------------------------------------------


def compare_runs(machine: Machine, survey: Survey, numbers: range = RUNS) -> None:
    """Each of some runs, and the figures of all, with one worker, three, and two halves."""
    program = machine.program
    taken = list(walks(machine, numbers, 25, 7))
    for ours, theirs in zip(taken, native_walks(survey, program, numbers, 25, 7), strict=True):
        assert without_words(theirs) == without_words(ours)
    expected = figures_of(machine, taken)
    for workers in (1, 3):
        assert native_figures(survey, program, numbers, 25, 7, workers) == expected
    # Which worker takes which runs is not ours to say there.
    half = len(numbers) // 2
    with Walks(survey, program, 25, 7) as one, Walks(survey, program, 25, 7) as other:
        one.take(numbers[half], len(numbers) - half)
        other.take(numbers[0], half)
        one.add(other, 1 << 30)
        assert one.new(len(expected.levels)) == [level.new for level in expected.levels]


def without_words(walk: Walk) -> Walk:
    """Errors by their kind alone: the words are the interpreter's."""
    fault = walk.fault
    if fault is None or fault.error is None:
        return walk
    return replace(walk, fault=replace(fault, error=ModelError(fault.error.kind, "")))
