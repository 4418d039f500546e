"""JsLoop does what node does, for thousands of random programs."""

from __future__ import annotations

import shutil
from functools import cache

import pytest

from ordercheck.library import JsLoop
from tests.loops.node_programs import CODES, NodePrograms, real
from tests.loops.programs import random_programs
from tests.loops.running import Noted, check_coverage, differences, endings, explain

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
PROGRAMS = random_programs(seed=1, count=4000, codes=CODES)


@cache
def noted() -> list[Noted]:
    return real(PROGRAMS)


def test_the_programs_do_what_can_be_done() -> None:
    check_coverage(PROGRAMS, noted(), CODES)


def test_programs_run_as_in_node() -> None:
    said = endings(NodePrograms, PROGRAMS)
    assert sum(len(ends) == 1 for ends in said) > 3000, "all but what immediates leave open"
    assert not (found := differences(PROGRAMS, said, noted())), explain(found)


class Hasty(JsLoop):
    """Awaits what has settled without a microtask."""

    async def settled(self) -> None: ...


class HastyPrograms(NodePrograms):
    loop_class = Hasty


def test_another_order_is_noticed() -> None:
    said = endings(HastyPrograms, PROGRAMS[:500])
    assert len(differences(PROGRAMS[:500], said, noted()[:500])) > 20
