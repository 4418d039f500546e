"""TaskGroup does what CPython's does, for thousands of random programs.

In which order a group cancels its tasks is not said: a model tries all, and so does the test.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pytest

from tests.loops.group_programs import GROUPED, GroupPrograms, real
from tests.loops.programs import CANCELLED, LATE, REJECTED, Program, note, random_programs
from tests.loops.running import Noted, check_coverage, endings


def programs(seed: int, count: int) -> tuple[Program, ...]:
    """Programs in which a group has tasks."""
    found = random_programs(seed, 5 * count, GROUPED, stubborn=0.3, nesting=2)
    codes = ({code for script in each.scripts for code, _ in script} for each in found)
    both = [each for each, used in zip(found, codes, strict=True) if {"group", "child"} <= used]
    return tuple(both[:count])


PROGRAMS = programs(seed=1, count=1000)


@cache
def noted(programs: Sequence[Program]) -> list[set[Noted]]:
    return [real(program) for program in programs]


def check(programs: Sequence[Program]) -> None:
    """The model ends in the ways in which asyncio may end."""
    said = endings(GroupPrograms, programs)
    for program, model, ways in zip(programs, said, noted(programs), strict=True):
        assert model == ways, f"{program}\nmodel: {sorted(model)}\nreal: {sorted(ways)}"


def test_the_programs_do_what_can_be_done() -> None:
    some = [min(ways) for ways in noted(PROGRAMS)]
    check_coverage(PROGRAMS, some, GROUPED)
    groups = [
        note(t, k, outcome)
        for outcome in (REJECTED, CANCELLED, LATE)
        for t in range(2)
        for k in range(2)
    ]
    assert sum(any(n in groups for n in each) for each in some) > 300
    assert sum(len(ways) > 1 for ways in noted(PROGRAMS)) > 1


def test_programs_run_as_in_asyncio() -> None:
    check(PROGRAMS)


@pytest.mark.slow
def test_many_programs_run_as_in_asyncio() -> None:
    check(programs(seed=2, count=20_000))
