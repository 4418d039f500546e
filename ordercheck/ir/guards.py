"""The beginning of a step, in which it may turn out that the step is not possible.

Engines run it on the state itself, and copy the state only for what follows: most
steps are not possible in most states.
"""

from __future__ import annotations

from ordercheck.ir.nodes import Assert, Assign, Body, Call, Choose, Cover, Expr, Require, Stmt
from ordercheck.ir.walk import subexpressions


def split(body: Body) -> tuple[Body, Body]:
    """The leading statements that only read, and the others."""
    for k, statement in enumerate(body):
        if not _only_reads(statement):
            return body[:k], body[k:]
    return body, ()


def _only_reads(statement: Stmt) -> bool:
    match statement:
        case Require(condition=value) | Assign(value=value) | Choose(options=value):
            return not _impure(value)
        case Assert() | Cover():
            return True
        case _:
            return False


def _impure(expr: Expr) -> bool:
    return any(isinstance(part, Call) and not part.pure for part in subexpressions(expr))
