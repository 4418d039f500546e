"""wait_for, timeout and shield do what CPython's do, for thousands of random programs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pytest

from ordercheck.language import current
from ordercheck.library import AsyncioLoop, CancelledError
from ordercheck.library.aio import FutureLike
from tests.loops.asyncio_programs import real
from tests.loops.limited_programs import LIMITED, LimitedInterpreter, LimitedPrograms
from tests.loops.programs import CANCELLED, LATE, Program, note, random_programs
from tests.loops.running import Noted, check_coverage, differences, endings, explain


def programs(seed: int, count: int) -> tuple[Program, ...]:
    return random_programs(seed, count, LIMITED, stubborn=0.3, nesting=2)


PROGRAMS = programs(seed=1, count=1000)


@cache
def noted(programs: Sequence[Program]) -> list[Noted]:
    return [real(program, LimitedInterpreter) for program in programs]


def came_out(each: Noted, outcome: int) -> bool:
    """Whether an operation came out so."""
    return any(n // note(0, 0, 1) == outcome for n in each)


def test_the_programs_do_what_can_be_done() -> None:
    check_coverage(PROGRAMS, noted(PROGRAMS), LIMITED)
    assert sum(came_out(each, CANCELLED) for each in noted(PROGRAMS)) > 200
    assert sum(came_out(each, LATE) for each in noted(PROGRAMS)) > 200


def test_programs_run_as_in_asyncio() -> None:
    said = endings(LimitedPrograms, PROGRAMS)
    assert all(len(each) == 1 for each in said)
    assert not (found := differences(PROGRAMS, said, noted(PROGRAMS))), explain(found)


@pytest.mark.slow
def test_many_programs_run_as_in_asyncio() -> None:
    many = programs(seed=2, count=20_000)
    said = endings(LimitedPrograms, many)
    assert all(len(each) == 1 for each in said)
    assert not (found := differences(many, said, noted(many))), explain(found)


class Hasty(AsyncioLoop):
    """Does not wait for the end of what it has cancelled, as `wait_for` did before Python 3.7."""

    async def cancel_and_wait(self, awaited: FutureLike) -> None:
        awaited.forget(current())
        awaited.cancel()
        if not awaited.is_settled():
            raise CancelledError()


class HastyPrograms(LimitedPrograms):
    loop_class = Hasty


@pytest.mark.slow
def test_another_order_is_noticed() -> None:
    said = endings(HastyPrograms, PROGRAMS)
    assert len(differences(PROGRAMS, said, noted(PROGRAMS))) > 20
