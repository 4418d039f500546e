"""KjLoop does what libkj did with thousands of random programs, as kj_driver.py recorded it."""

from __future__ import annotations

from ordercheck import Task
from ordercheck.library import KjLoop
from tests.loops.kj_driver import recorded
from tests.loops.kj_programs import CODES, KjPrograms
from tests.loops.programs import LEFT, note
from tests.loops.running import check_coverage, differences, endings, explain

RECORDED = list(recorded())
PROGRAMS = [program for program, _ in RECORDED]
NOTED = [noted for _, noted in RECORDED]


def test_the_programs_do_what_can_be_done() -> None:
    check_coverage(PROGRAMS, NOTED, CODES)
    assert sum(any(n >= note(0, 0, LEFT) for n in noted) for noted in NOTED) > 200


def test_programs_run_as_in_libkj() -> None:
    said = endings(KjPrograms, PROGRAMS)
    assert not (found := differences(PROGRAMS, said, NOTED)), explain(found)


class Shallow(KjLoop):
    """Lets who is woken go on after all that is queued."""

    def arm_depth_first(self, task: Task) -> None:
        self.arm_breadth_first(task)


class ShallowPrograms(KjPrograms):
    loop_class = Shallow


def test_another_order_is_noticed() -> None:
    said = endings(ShallowPrograms, PROGRAMS[:500])
    assert len(differences(PROGRAMS[:500], said, NOTED[:500])) > 20
