"""Which exceptions may leave a statement.

Passes ask this of almost every statement, and of effects nothing else; to find all
effects for it took half of their time.
"""

from __future__ import annotations

from collections.abc import Iterable

from ordercheck.ir.bodies import bodies, expressions
from ordercheck.ir.nodes import Body, Call, Expr, Function, Raise, Stmt, Try
from ordercheck.ir.types import StructType, Type, options_of
from ordercheck.ir.walk import parts

Names = frozenset[str]
"""Names of exceptions, "*" for one whose name is not known."""

NONE: Names = frozenset()


class Raising:
    """What functions raise, from the functions themselves, each after those that it calls.

    Whatever a task that is resumed raises stays in that task.
    """

    def __init__(self, functions: Iterable[Function] = ()) -> None:
        self._functions: dict[str, Names] = {}
        self._known: dict[int, tuple[Stmt, Names]] = {}
        for function in functions:
            self.add(function)

    def add(self, function: Function) -> None:
        """Take note of one more function; those that call it are to come later."""
        self._functions[function.name] = self.body(function.body)

    def body(self, body: Body) -> Names:
        """What may leave one of the statements."""
        found = NONE
        for statement in body:
            found |= self.statement(statement)
        return found

    def statement(self, statement: Stmt) -> Names:
        """What may leave a statement; what its own handlers take does not."""
        known = self._known.get(id(statement))
        if known is None:
            # The statement is kept, so that no other comes to have its identity.
            known = self._known[id(statement)] = statement, self._leaving(statement)
        return known[1]

    def _leaving(self, statement: Stmt) -> Names:
        found = NONE
        called = self._called
        for expr in expressions(statement):
            found |= called(expr)
        match statement:
            case Raise(value=value):
                return found | _names(value.type)
            case Try(body=body, handlers=handlers):
                taken = frozenset(name for handler in handlers for name in handler.names)
                found |= self.body(body) - taken
                for inner in bodies(statement)[1:]:
                    found |= self.body(inner)
                return found
            case _:
                for inner in bodies(statement):
                    found |= self.body(inner)
                return found

    def raises(self, statement: Stmt) -> bool:
        """Whether an exception may leave the statement; a model error is none."""
        return bool(self.statement(statement))

    def _called(self, expr: Expr) -> Names:
        found = NONE
        waiting = [expr]
        while waiting:
            part = waiting.pop()
            if isinstance(part, Call):
                found |= self._functions.get(part.function, NONE)
            waiting += parts(part)
        return found


def _names(kind: Type) -> Names:
    options = options_of(kind)
    return frozenset(each.name if isinstance(each, StructType) else "*" for each in options)
