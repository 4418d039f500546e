"""AsyncioLoop does what CPython's asyncio does, for thousands of random programs."""

from __future__ import annotations

from functools import cache

from ordercheck import Task
from ordercheck.library import AsyncioLoop
from tests.loops.asyncio_programs import CODES, AsyncioPrograms, real
from tests.loops.programs import CANCELLED, LEFT, Program, note, random_programs
from tests.loops.running import Noted, check_coverage, differences, endings, explain

NEWS = Program(
    (
        (("call", 1), ("cancel", 0), ("sleep", 1)),
        (("spawn", 2), ("gather all", 1), ("cancel", 0)),
        (("spawn", 3), ("spawn", 4), ("join", 3), ("spawn", 5)),
        (("cancel", 2), ("gather all", 1)),
        (("join", 4), ("sleep", 0), ("join", 1)),
        (("join", 0), ("reject", 1)),
    ),
    (False, False, False, False, False, True),
)
"""Who gathers all and is cancelled hears of it by the last of them; few programs show that."""
PROGRAMS = (NEWS, *random_programs(seed=1, count=4000, codes=CODES, stubborn=0.3))


@cache
def noted() -> list[Noted]:
    return [real(program) for program in PROGRAMS]


def test_the_programs_do_what_can_be_done() -> None:
    check_coverage(PROGRAMS, noted(), CODES)
    cancelled = range(note(0, 0, CANCELLED), note(0, 0, LEFT))
    assert sum(any(n in cancelled for n in each) for each in noted()) > 400


def test_programs_run_as_in_asyncio() -> None:
    said = endings(AsyncioPrograms, PROGRAMS)
    assert all(len(each) == 1 for each in said)
    assert not (found := differences(PROGRAMS, said, noted())), explain(found)


class Eager(AsyncioLoop):
    """Puts a new task before what is queued."""

    def start(self, task: Task) -> None:
        self.ready.insert(0, task)


class EagerPrograms(AsyncioPrograms):
    loop_class = Eager


def test_another_order_is_noticed() -> None:
    said = endings(EagerPrograms, PROGRAMS[:500])
    assert len(differences(PROGRAMS[:500], said, noted()[:500])) > 50
