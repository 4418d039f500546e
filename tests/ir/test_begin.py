from __future__ import annotations

from ordercheck.ir.nodes import Assign, Block
from ordercheck.ir.passes import prepare
from tests.ir.build import block, load, local, number, program, store


def starts_at(*blocks: Block) -> int:
    """The point at which the only task of a coroutine is in the beginning."""
    prepared = prepare(program(*blocks))
    return int(prepared.initial[prepared.coroutines[0].frame.base])


def test_a_body_that_begins_with_a_suspension_is_suspended_in_it() -> None:
    assert starts_at(block("entry", step="next"), block("next", store(1, number(2)))) == 2


def test_so_is_one_that_only_jumps_before_it() -> None:
    blocks = (
        block("entry", goto="loop"),
        block("loop", step="next"),
        block("next", store(1, number(2)), goto="loop"),
    )
    assert starts_at(*blocks) == 2


def test_any_other_stands_before_its_first_statement() -> None:
    blocks = (block("entry", store(1, number(2)), step="next"), block("next"))
    assert starts_at(*blocks) == 0


def test_a_statement_without_effect_is_one_all_the_same() -> None:
    blocks = (block("entry", Assign(local("v"), load(0)), step="next"), block("next"))
    assert starts_at(*blocks) == 0
