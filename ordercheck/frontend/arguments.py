"""What a function's parameters get, and what is asked of arguments by whoever takes them."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NoReturn

from ordercheck.frontend.attributes import dispatched
from ordercheck.frontend.expressions import Expressions
from ordercheck.frontend.making import apply, kind_of_expr, number
from ordercheck.frontend.methods import Methods
from ordercheck.frontend.operands import (
    Bound,
    Cell,
    Dynamic,
    Object,
    Operand,
    Static,
)
from ordercheck.frontend.typing_rules import (
    BOOL,
    comparable,
    describe_type,
    storable,
)
from ordercheck.ir import nodes as ir
from ordercheck.ir.domains import NotFinite, domain, size
from ordercheck.ir.nodes import Expr, Op
from ordercheck.ir.types import (
    IntType,
    ListType,
    NeverType,
    RefType,
    TaskType,
    TupleType,
    Type,
    UnionType,
    Value,
    join,
    options_of,
)


class Arguments(Expressions, Methods):
    """Binds arguments to parameters, and looks at arguments."""

    def bind(
        self,
        function: Callable[..., Any],
        arguments: list[Operand],
        keywords: dict[str, Operand],
        node: ast.AST,
    ) -> dict[str, Operand]:
        """The function's parameters with their operands."""
        signature = _signature(function)
        names = tuple(signature.parameters)
        if len(arguments) == len(names) and not keywords and _is_plain(function):
            return dict(zip(names, arguments, strict=True))  # most calls: a fifth of the time
        try:
            bound = signature.bind(*arguments, **keywords)
        except TypeError as error:
            self.refuse("E055", f"{function.__name__}: {error}", node, "wrong arguments")
        found: dict[str, Operand] = {}
        for name, parameter in signature.parameters.items():
            if parameter.kind is parameter.VAR_KEYWORD:
                self.refuse("E047", "** parameters are not part of the language", node)
            if parameter.kind is parameter.VAR_POSITIONAL:
                found[name] = self._rest(bound.arguments.get(name, ()), node)
            elif name in bound.arguments:
                found[name] = bound.arguments[name]
            else:
                found[name] = self.static(parameter.default)
        return found

    def _rest(self, operands: tuple[Operand, ...], node: ast.AST) -> Operand:
        if all(isinstance(o, Static) for o in operands):
            return Static(tuple(o.value for o in operands if isinstance(o, Static)))
        exprs = tuple(self.value_expr(o, node) for o in operands)
        kind = TupleType(tuple(map(kind_of_expr, exprs)))
        return Dynamic(apply(Op.TUPLE, exprs, kind, self.span(node)))

    def fitting(self, expr: Expr, declared: Type, name: str, node: ast.AST) -> Expr:
        """The expression as a value of a declared type, refused where it cannot be one."""
        given = kind_of_expr(expr)
        if join(declared, given) == declared:
            return expr
        if not storable(declared, given):
            self.refuse(
                "E068",
                f"{name} takes {describe_type(declared)}, not {describe_type(given)}",
                node,
                f"this is {describe_type(given)}",
            )
        return ir.Cast(expr, declared, self.span(node))

    def new_cell(self, hint: str) -> Cell:
        """A new local variable whose type is found by inference."""
        return Cell(self.fresh(hint))

    def task_expr(self, arguments: list[Operand], node: ast.AST) -> Expr:
        """The single argument as a task."""
        if len(arguments) != 1:
            self.refuse("E055", "one task is needed here", node)
        expr = self.value_expr(arguments[0], node)
        kind = kind_of_expr(expr)
        if TaskType(old=True) in options_of(kind):
            self._refuse_past_task(node)
        if isinstance(kind, UnionType) and TaskType() in kind.options:
            return ir.Cast(expr, TaskType(), self.span(node))
        if not isinstance(kind, TaskType | NeverType):
            self.refuse("E072", "a task is needed here", node, f"this is {describe_type(kind)}")
        return expr

    def _refuse_past_task(self, node: ast.AST) -> NoReturn:
        self.refuse(
            "E100",
            "a task of the state before cannot be asked anything",
            node,
            "where it stood then is not known",
            "keep in a variable what a step invariant compares",
        )

    def task_reference(self, process: Bound, member: list[Operand], node: ast.AST) -> Operand:
        """The task of a process, or of a family's member."""
        kind = kind_of_expr(process.receiver.expr) if isinstance(process.receiver, Object) else None
        if isinstance(kind, RefType) and kind.old:
            self._refuse_past_task(node)
        if not isinstance(kind, RefType):
            self.refuse("E072", "task_of takes a process of a component", node)
        differs = dispatched(process.function)  # several classes have a process of that name
        name = process.function.__name__ if differs is None else differs[0]
        table: list[tuple[int, int]] = []
        members: tuple[object, ...] = ()
        for component in kind.components:
            family = self.unit.families.get((component, name))
            if family is None:
                self.refuse("E072", f"{name} is no process", node)
            table.append((component, family.first_task))
            members = family.members
        assert isinstance(process.receiver, Object)
        span = self.span(node)
        first: Expr = (
            number(table[0][1], span)
            if len(table) == 1
            else ir.Lookup(process.receiver.expr, tuple(table), TaskType(), span)
        )
        if not member:
            if len(members) != 1:
                self.refuse("E072", "which member of the family?", node)
            return Dynamic(ir.Const(table[0][1], TaskType(), span) if len(table) == 1 else first)
        values = [self.value_expr(m, node) for m in member]
        value = values[0]
        if len(values) > 1:
            kinds = TupleType(tuple(map(kind_of_expr, values)))
            value = apply(Op.TUPLE, tuple(values), kinds, span)
        kinds_ = self.unit.world.kinds
        joined = kinds_.type_of_values(members)
        if not comparable(joined, kind_of_expr(value)):
            self.refuse("E072", "the family has no such member", node, describe_type(value.type))
        known = tuple(kinds_.to_value(m, joined) for m in members)
        error = "key", "the family has no such member"
        value = self.one_of(value, known, joined, error, node)
        indices = tuple((kinds_.to_value(m, joined), k) for k, m in enumerate(members))
        if len(table) == 1:
            tasks = tuple((m, table[0][1] + k) for m, k in indices)
            return Dynamic(ir.Lookup(value, tasks, TaskType(), span))
        index = ir.Lookup(value, indices, IntType(0, len(members) - 1), span)
        numbers = [n for _, n in table]
        firsts = IntType(min(numbers), max(numbers))
        begin = ir.Lookup(process.receiver.expr, tuple(table), firsts, span)
        counted = IntType(min(numbers), max(numbers) + len(members) - 1)
        total = ir.Apply(Op.ADD, (begin, index), counted, span)
        every = tuple((n + k, n + k) for n in numbers for k in range(len(members)))
        return Dynamic(ir.Lookup(total, every, TaskType(), span))

    def one_of(
        self,
        value: Expr,
        known: tuple[Value, ...],
        kind: Type,
        error: tuple[str, str],
        node: ast.AST,
    ) -> Expr:
        """The value, which must be one of those known: checked where it might be none."""
        fails, message = error
        if isinstance(value, ir.Const) and value.value not in known:
            self.refuse("E072" if fails == "key" else "E057", message, node, "known by now")
        if isinstance(value, ir.Const) or _all_among(value.type, known):
            return value
        span = self.span(node)
        value = self.temporary(value)
        listed = ir.Const(known, ListType(kind, len(known)), span)
        missing = self.negation(apply(Op.CONTAINS, (listed, value), BOOL, span), node)
        self.effect(ir.If(missing, (ir.Fail(fails, message, span),), (), span))
        return value

    def is_instance(self, operand: Operand, classes: tuple[type, ...], node: ast.AST) -> Operand:
        """Whether an operand is an instance of one of some classes."""
        if isinstance(operand, Object):
            kind = kind_of_expr(operand.expr)
            assert isinstance(kind, RefType)
            world = self.unit.world
            fitting = tuple(k for k in kind.components if isinstance(world.components[k], classes))
            if len(fitting) in (0, len(kind.components)):
                return Static(bool(fitting))
            listed = ir.Const(fitting, ListType(RefType(fitting), len(fitting)), self.span(node))
            return Dynamic(apply(Op.CONTAINS, (listed, operand.expr), BOOL, self.span(node)))
        # Not bound to a local: in a pattern this must not be evaluated before its outer test.
        expr = self.value_expr(operand, node)
        options = options_of(kind_of_expr(expr))
        matching = [o for o in options if any(self.unit.is_of(o, c) for c in classes)]
        if len(matching) in (0, len(options)):
            return Static(bool(matching))
        tests = tuple(ir.IsA(expr, option, BOOL, self.span(node)) for option in matching)
        return Dynamic(
            tests[0] if len(tests) == 1 else ir.Logic("or", tests, BOOL, self.span(node))
        )

    def one_list(self, arguments: list[Operand], node: ast.AST) -> Expr:
        """The single argument as a list."""
        if len(arguments) != 1:
            self.refuse("E055", "one collection is needed here", node)
        return self.iterable_expr(arguments[0], node)


def _all_among(kind: Type, known: tuple[Value, ...]) -> bool:
    """Whether all values of a type are among those known."""
    try:
        return size(kind) <= len(known) and all(value in known for value in domain(kind))
    except NotFinite:
        return False


@lru_cache(maxsize=512)
def _signature(function: Callable[..., Any]) -> inspect.Signature:
    # Functions are called from many places; to inspect one takes 0.05 ms.
    return inspect.signature(function)


@lru_cache(maxsize=512)
def _is_plain(function: Callable[..., Any]) -> bool:
    """Whether each parameter takes one argument, by its position."""
    parameters = _signature(function).parameters.values()
    return all(each.kind is each.POSITIONAL_OR_KEYWORD for each in parameters)
