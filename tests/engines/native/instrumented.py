"""Random generated models in explorers that sanitizers have instrumented, each in many ways.

    python -m tests.engines.native.instrumented FAMILY FIRST END [WAY ...]

It runs in an environment of sanitizing.py's, and ends with a traceback at the first difference
from the interpreter; a sanitizer that has something to say ends it as well. What it was about is
then the last line.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ordercheck.checking import Options, check
from ordercheck.checking.options import Saving
from ordercheck.checking.verdict import Verdict
from ordercheck.engines.exploration import Limits
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.native.cache import PLACE
from ordercheck.engines.native.compiler import EXTRA
from ordercheck.engines.native.generate import Unsupported, generate
from ordercheck.engines.transition import Label
from ordercheck.ir.nodes import Program
from ordercheck.ir.span import NOWHERE
from tests.engines.native.battery import IN_MEMORY, ON_DISK, bounded
from tests.engines.native.plugged import WHOLE, Plugged, build
from tests.engines.native.same import comparable, compare_graphs, compare_runs
from tests.engines.native.test_random_models import sources, tables
from tests.oracle import generator, tasks

STATES = 250
"""At most so many of a model: with tiny tables, that is enough for everything."""

SURVEYED, COMPILED = 4, 20
"""Of so many models one is surveyed, or compiled as for a user, which take long."""

HASHES = ("OC_TINY", "OC_COMPACT")
COMPRESSED = ("OC_TINY", "OC_MOST_WORDS=4")
COMPRESSED_ANYWAY = (*COMPRESSED, "OC_PAIRS_ANYWAY=1000000")
LITTLE = 10_000
"""Bytes in which pairs have no room for long: the search goes on with whole states."""


@dataclass(frozen=True)
class Way:
    """An explorer's build, the words that its states have at least, and its bound of memory."""

    name: str
    defines: tuple[str, ...]
    words: int
    bytes: int

    def verdict(self, model: Plugged, options: Options) -> Verdict:
        """What `check` says, by such an explorer."""
        with bounded(self.bytes):
            return model.verdict(options, *self.defines, words=self.words)

    @property
    def narrows(self) -> bool:
        """Whether the bound may not suffice for the trace of the fewest switches."""
        return self.bytes != IN_MEMORY


WAYS = (
    Way("in memory", WHOLE, 1, IN_MEMORY),
    Way("from disk", WHOLE, 1, ON_DISK),
    Way("hashes", HASHES, 6, IN_MEMORY),
    Way("hashes, from disk", HASHES, 6, ON_DISK),
    Way("compressed", COMPRESSED, 6, IN_MEMORY),
    Way("compressed, from disk", COMPRESSED_ANYWAY, 6, ON_DISK),
    Way("compressed at first", COMPRESSED, 6, LITTLE),
)


def from_sources(text: Callable[[int], str], seeds: range) -> list[tuple[str, Program]]:
    """The random models of these seeds that compile."""
    with tempfile.TemporaryDirectory() as folder:
        return sources(seeds, Path(folder), text)


FAMILIES: dict[str, Callable[[range], list[tuple[str, Program]]]] = {
    "models": lambda seeds: from_sources(generator.program, seeds),
    "tasks": lambda seeds: from_sources(tasks.program, seeds),
    "graphs": lambda seeds: tables(len(seeds), seeds.start),
}
"""Models of processes and loops; of spawned tasks and promises; walks of small graphs."""


def compare(model: Plugged, number: int, name: str, ways: Sequence[Way]) -> int:
    """Compare a model's searches, in each of these ways. How many states it has."""
    workers = 2 + number % 3
    options = Options(continue_=number % 2 == 0, workers=workers, traces=False)
    expected, options = _interpreted(model.program, options)
    for way in ways:
        _say(name, way.name, f"{workers} workers")
        found = way.verdict(model, options)
        assert _told(found, way.narrows) == _told(expected, way.narrows)
        _say(name, way.name, f"{workers} workers", "from a checkpoint")
        found = _resumed(model, options, way, max(1, expected.depth // 2))
        assert _told(found, narrows=True) == _told(expected, narrows=True)
    return expected.states


def compare_survey(model: Plugged, name: str) -> None:
    """Compare the graph of a model's first states, and random runs, by several threads at once."""
    _say(name, "surveyed")
    survey, machine = model.survey("OC_TINY"), Machine(model.program)
    compare_graphs(machine, survey, Limits(states=STATES))
    compare_runs(machine, survey)


def compare_compiled(programs: Sequence[tuple[str, Program]]) -> None:
    """Compare searches of models that are compiled as for a user, but with tiny tables."""
    flags = f"{os.environ.get(EXTRA, '')} -DOC_TINY"
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv(PLACE, folder)
        patch.setenv(EXTRA, flags)
        for number, (name, program) in enumerate(programs):
            _say(name, "compiled as for a user")
            options = Options(workers=2 + number % 3, traces=False, engine="native")
            expected, options = _interpreted(program, options)
            assert comparable(check(program, options)) == comparable(expected)


def _interpreted(program: Program, options: Options) -> tuple[Verdict, Options]:
    """The interpreter's verdict on the first levels, and options by which all end with those."""
    first = check(program, replace(options, engine="interpreter", max_states=STATES))
    if not first.limit:
        return first, options
    # Which states of a level come before a limit of states depends on who expands them.
    options = replace(options, max_depth=max(1, first.depth))
    return check(program, replace(options, engine="interpreter")), options


def _resumed(model: Plugged, options: Options, way: Way, depth: int) -> Verdict:
    """The verdict of a search that stops at a depth, and of another that goes on with it."""
    with tempfile.TemporaryDirectory() as folder:
        saving = Saving(f"{folder}/saved", {})
        stopped = way.verdict(model, replace(options, max_depth=depth, saving=saving))
        if not stopped.limit:
            return stopped
        return way.verdict(model, replace(options, saving=replace(saving, resume=True)))


def _told(verdict: Verdict, narrows: bool) -> Verdict:
    """What must be the same; where the trace may be narrowed, of that its length."""
    verdict = comparable(verdict)
    if not narrows:
        return verdict
    blank = Label(-1, 0, ())
    violations = [
        replace(each, labels=(blank,) * len(each.labels), error=None, message="", span=NOWHERE)
        for each in verdict.violations
    ]
    return replace(verdict, violations=tuple(violations))


def _say(*words: str) -> None:
    print(", ".join(words), flush=True)


def main(family: str, first: int, end: int, *ways: str) -> None:
    """Compare so many models of a family; if ways are named, in these only and nothing else."""
    found = []
    for name, program in FAMILIES[family](range(first, end)):
        with suppress(Unsupported):
            found.append((f"{family}: {name}", program, generate(program)))
    assert len(found) > (end - first) / 2
    models = build([(program, generated) for _, program, generated in found])
    chosen = [way for way in WAYS if not ways or way.name in ways]
    states = 0
    for k, ((name, _, _), model) in enumerate(zip(found, models, strict=True)):
        states += compare(model, k, name, chosen)
        if not ways and k % SURVEYED == 0:
            compare_survey(model, name)
    if not ways:
        compare_compiled([(name, program) for name, program, _ in found[::COMPILED]])
    _say(f"{len(found)} models", f"{states} states")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])
