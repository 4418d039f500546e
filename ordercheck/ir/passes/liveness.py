"""Which locals of a coroutine may still be read: backwards over statements and blocks.

An exception counts where it can be raised: the locals that its handler reads are
live before each statement that may raise, and not elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from ordercheck.ir.bodies import expressions
from ordercheck.ir.nodes import (
    MEMBER,
    Assert,
    Assign,
    Block,
    Body,
    Branch,
    Break,
    Choose,
    Continue,
    Coroutine,
    Cover,
    Evaluate,
    Expr,
    Fail,
    Finish,
    For,
    Goto,
    If,
    Raise,
    Require,
    Restart,
    Resume,
    Return,
    Stmt,
    Store,
    Suspend,
    Terminator,
    Try,
    While,
)
from ordercheck.ir.record import dataclass
from ordercheck.ir.walk import free_locals

Names = frozenset[str]
NONE: Names = frozenset()


def live_at_labels(coroutine: Coroutine, raises: Callable[[Stmt], bool]) -> dict[str, Names]:
    """For each block's label the names that are live where the block begins; not MEMBER."""
    live = {block.label: NONE for block in coroutine.blocks}
    while True:
        following = dict(live)
        for block in reversed(coroutine.blocks):
            following[block.label] = _block(block, following, raises)
        if following == live:
            return live
        live = following


def _block(block: Block, live: dict[str, Names], raises: Callable[[Stmt], bool]) -> Names:
    handler = NONE if block.handler is None else live[block.handler]
    if block.caught is not None:
        handler -= {block.caught.name}
    where = _Exits(raised=handler, may_raise=raises)
    return _before(block.body, _leaving(block.terminator, live), where) - {MEMBER}


def _leaving(terminator: Terminator, live: dict[str, Names]) -> Names:
    match terminator:
        case Goto(label=label) | Suspend(label=label):
            return live[label]
        case Branch(test=test, then=then, orelse=orelse):
            return _reads(test) | live[then] | live[orelse]
        case Finish():
            return NONE
        case _:
            assert_never(terminator)


@dataclass(frozen=True, slots=True)
class _Exits:
    """What is live where control goes if it does not just go on."""

    raised: Names
    may_raise: Callable[[Stmt], bool]
    broken: Names = NONE
    continued: Names = NONE


def _before(body: Body, after: Names, exits: _Exits) -> Names:
    """What is live before a body, given what is live after it."""
    live = after
    for statement in reversed(body):
        live = _statement(statement, live, exits)
    return live


def _statement(statement: Stmt, after: Names, exits: _Exits) -> Names:
    used = _used(statement)
    match statement:
        case If(then=then, orelse=orelse):
            live = _before(then, after, exits) | _before(orelse, after, exits)
        case While() | For():
            live = _loop(statement, after, exits)
        case Try():
            return _try(statement, after, exits)
        case Break():
            live = exits.broken
        case Continue():
            live = exits.continued
        case Raise():
            live = exits.raised
        case Fail() | Return():
            live = NONE
        case Assign(target=target) | Choose(target=target):
            live = after - {target.name}
            if exits.may_raise(statement):
                live |= exits.raised
        case Store() | Evaluate() | Require() | Assert() | Resume() | Restart() | Cover():
            live = after | exits.raised if exits.may_raise(statement) else after
        case _:
            assert_never(statement)
    return live | used


def _loop(loop: While | For, after: Names, exits: _Exits) -> Names:
    """What is live where the loop decides on another round."""
    live = after | (_used(loop) if isinstance(loop, While) else NONE)
    while True:
        inner = replace(exits, broken=after, continued=live)
        round_ = _before(loop.body, live, inner)
        if isinstance(loop, For):
            round_ -= {loop.target.name}
        if round_ <= live:
            return live
        live |= round_


def _try(statement: Try, after: Names, exits: _Exits) -> Names:
    """As if `final` led to each place where control can go after it."""
    if statement.final:
        beyond = after | exits.raised | exits.broken | exits.continued
        final = _before(statement.final, beyond, exits)
        after = final
        exits = replace(exits, raised=final, broken=final, continued=final)
    caught = NONE
    for handler in statement.handlers:
        caught |= _before(handler.body, after, exits) - {handler.variable.name}
    inner = replace(exits, raised=exits.raised | caught)
    following = _before(statement.orelse, after, exits)
    return _before(statement.body, following, inner)


def _used(statement: Stmt) -> Names:
    found = NONE
    for expr in expressions(statement):
        found |= _reads(expr)
    return found


def _reads(expr: Expr) -> Names:
    return frozenset(local.name for local in free_locals(expr))
