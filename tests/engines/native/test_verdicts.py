"""Whole verdicts, by the native engine and by the interpreter: equal to the last digit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ordercheck.checking import Options, check
from ordercheck.checking.verdict import Outcome, Verdict
from ordercheck.cli.loading import Configuration, compiled, models_in
from ordercheck.engines import exploration
from ordercheck.engines.native.binding import Status
from ordercheck.engines.native.search import Search
from ordercheck.ir.nodes import Program
from ordercheck.ir.span import BadInput

ROOT = Path(__file__).parents[3]

QUICK = ("die_hard", "coffee_can", "two_phase", "handshakes", "blocking_queue", "prisoners")
"""Classics of different kinds; all the others are slow only for the compiler."""


def models() -> Iterator[object]:
    files = sorted((ROOT / "models").rglob("*.py")) + sorted(
        (ROOT / "tests/models/references").glob("*.py")
    )
    for file in files:
        name = str(file.relative_to(ROOT))
        marks = () if file.stem in QUICK else (pytest.mark.slow,)
        yield pytest.param(name, marks=marks, id=file.stem)


def programs(file: str) -> Iterator[tuple[str, Program]]:
    try:
        loaded = list(models_in(str(ROOT / file)))
    except BadInput:
        return  # a module that models share, or one that is not finished
    for found in loaded:
        if isinstance(found, BadInput):
            continue
        variants = [(v.name, Configuration(parameters=v.parameters)) for v in found.model.variants]
        for name, configuration in variants or [("", Configuration())]:
            yield f"{found.name} {name}", compiled(found, configuration)


def comparable(verdict: Verdict) -> Verdict:
    return replace(verdict, engine="", seconds=0)


@pytest.fixture
def quick_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    # For these small models the compiler takes longer than anything else.
    monkeypatch.setenv("ORDERCHECK_CFLAGS", "-O0")


@pytest.mark.parametrize("file", list(models()))
def test_verdicts_are_equal(file: str, quick_compiler: None) -> None:
    for name, program in programs(file):
        options = Options(max_states=30_000, continue_=True)
        expected = check(program, replace(options, engine="interpreter"))
        if expected.limit:
            continue  # where in a level it stops is not the same
        for workers in (1, 2):
            found = check(program, replace(options, engine="native", workers=workers))
            assert found.engine == "native"
            assert comparable(found) == comparable(expected), name


def test_what_is_violated_is_told_without_its_trace(
    quick_compiler: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody does not want to wait for the second pass, or there is no memory for it."""

    def interrupted(*arguments: object, **more: object) -> Status:
        raise KeyboardInterrupt

    def starved(*arguments: object, **more: object) -> Status:
        return Status.NO_MEMORY

    _, program = next(programs("models/classics/die_hard.py"))
    for give_up, limit in ((interrupted, "interrupted"), (starved, "memory did not suffice")):
        monkeypatch.setattr(Search, "_find_path", give_up)
        verdict = check(program, Options(engine="native"))
        assert (verdict.outcome, verdict.limit) == (Outcome.VIOLATED, limit)
        violation = verdict.violations[0]
        assert (violation.labels, violation.trace) == ((), None)
        assert violation.message == "not_solved is false after 6 steps; no trace was found"


def test_a_bound_of_memory_ends_only_the_first_attempt(
    quick_compiler: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The interpreter needs more than generated C, and has no disk to go on from."""
    _, program = next(programs("models/classics/two_phase.py"))
    monkeypatch.setattr(exploration, "memory_used", lambda: 2**40)
    monkeypatch.setattr(exploration, "PACE", -1)
    options = Options(max_memory=4 << 30)
    assert check(program, replace(options, engine="interpreter")).limit == "4,096 MiB of memory"
    verdict = check(program, options)
    assert (verdict.engine, verdict.limit) == ("native", "")
