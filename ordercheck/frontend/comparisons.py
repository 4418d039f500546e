"""Comparisons: equality, order, identity, membership."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

from ordercheck.frontend.making import apply, boolean, kind_of_expr
from ordercheck.frontend.operands import (
    Bound,
    BuiltinMethod,
    Cell,
    Closure,
    Dynamic,
    Object,
    Operand,
    PlaceOperand,
    Started,
    Static,
)
from ordercheck.frontend.subscripts import Subscripts
from ordercheck.frontend.syntax import may_suspend
from ordercheck.frontend.typing_rules import (
    BOOL,
    comparable,
    describe_type,
    is_list,
    is_plain,
    item_type,
)
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import Expr, Op
from ordercheck.ir.types import (
    BagType,
    BoolType,
    EnumType,
    IntType,
    ListType,
    MapType,
    NeverType,
    NoneType,
    PlaceType,
    RefType,
    SetType,
    TaskType,
    TextType,
    TupleType,
    Type,
    UnionType,
    join,
    options_of,
)

ORDERS: dict[type[ast.cmpop], tuple[Op, Callable[[Any, Any], Any]]] = {
    ast.Eq: (Op.EQ, operator.eq),
    ast.NotEq: (Op.NE, operator.ne),
    ast.Lt: (Op.LT, operator.lt),
    ast.LtE: (Op.LE, operator.le),
    ast.Gt: (Op.GT, operator.gt),
    ast.GtE: (Op.GE, operator.ge),
}


def _settled(left: Type, right: Type) -> bool | None:
    """Whether two components are the same one, where set-up alone says so."""
    if not isinstance(left, RefType) or not isinstance(right, RefType):
        return None
    if not set(left.components) & set(right.components):
        return False
    return True if len(left.components) == len(right.components) == 1 else None


def _compared(left: Type, right: Type) -> Type:
    """A type with the items that < compares with each other."""
    if isinstance(left, TupleType) and isinstance(right, TupleType):
        return TupleType(tuple(map(join, left.items, right.items)))
    return join(item_type(left), item_type(right))


DUNDERS: dict[type[ast.cmpop], str] = {
    ast.Lt: "__lt__",
    ast.LtE: "__le__",
    ast.Gt: "__gt__",
    ast.GtE: "__ge__",
}
"""Special methods by which structs and components are ordered."""


class Comparisons(Subscripts):
    """Lowers comparisons."""

    def integer(self, expr: Expr, node: ast.AST) -> Expr:
        """The expression as a number: a bool counts, None in its place is a model error."""
        kind = kind_of_expr(expr)
        if isinstance(kind, UnionType):
            options = [o for o in kind.options if isinstance(o, IntType | BoolType)]
            if len(options) == 1:
                return ir.Cast(expr, options[0], self.span(node))
        if not isinstance(kind, IntType | BoolType | NeverType):
            self.refuse("E049", "a number is needed here", node, f"this is {describe_type(kind)}")
        return expr

    def negation(self, test: Expr, node: ast.AST) -> Expr:
        """The opposite of a condition."""
        if isinstance(test, ir.Const):
            return boolean(not test.value, self.span(node))
        return apply(Op.NOT, (test,), BOOL, self.span(node))

    def _compare(self, node: ast.Compare) -> Operand:
        left, right = self.operands([node.left, node.comparators[0]])
        return self._compare_from(0, left, right, node)

    def _compare_from(self, k: int, left: Operand, right: Operand, node: ast.Compare) -> Operand:
        """Comparison `k` of a chain, of these two, and where it is true those after it."""
        first, second, *later = [node.left, *node.comparators][k:]
        if not later:
            return self.compare(node.ops[k], left, right, first, second, node)
        left, right = self.spill(left, first), self.spill(right, second)
        found = self.compare(node.ops[k], left, right, first, second, node)
        test = self.truth(found, node)

        def go_on() -> Operand:
            return self._compare_from(k + 1, right, self.expression(later[0]), node)

        if isinstance(test, ir.Const):
            return go_on() if test.value else Static(False)
        if any(map(may_suspend, later)):
            return self._if_so(test, go_on, node, suspends=True)
        with self.nested() as inner:
            rest = self.truth(go_on(), node)
        if not inner:
            return Dynamic(self.joined_tests("and", [test, rest], node))

        def as_lowered() -> Operand:
            self.body.extend(inner)
            return Dynamic(rest)

        return self._if_so(test, as_lowered, node, suspends=False)

    def _if_so(
        self, test: Expr, rest: Callable[[], Operand], node: ast.AST, *, suspends: bool
    ) -> Operand:
        """Whether a test is true and then the rest is, which is done only in that case."""
        keep, span = Cell(self.fresh("chain")), self.span(node)
        self.set_cell(keep, test, span)
        self.choose_branch(
            self.expr_of(self.read_cell(keep, node), node),
            lambda: self.set_cell(keep, self.truth(rest(), node), span),
            None,
            node,
            suspends,
        )
        return self.read_cell(keep, node)

    def compare(
        self,
        op: ast.cmpop,
        left: Operand,
        right: Operand,
        first: ast.expr,
        second: ast.expr,
        node: ast.AST,
    ) -> Operand:
        """One comparison."""
        match op:
            case ast.In():
                return self.contains(left, right, first, second, node)
            case ast.NotIn():
                found = self.contains(left, right, first, second, node)
                if isinstance(found, Static):
                    return Static(not found.value)
                return Dynamic(self.negation(self.expr_of(found, node), node))
            case ast.Is() | ast.IsNot():
                return self._identity(isinstance(op, ast.Is), left, right, node)
            case _:
                pass
        special = DUNDERS.get(type(op))
        if special and (isinstance(left, Object) or self.is_struct(left)):
            answer = self.dunder(left, special, [right], node)
            if answer is not None:
                return answer
        code, function = ORDERS[type(op)]
        if (
            isinstance(left, Static)
            and isinstance(right, Static)
            and is_plain(left.value, right.value)
        ):
            try:
                return Static(function(left.value, right.value))
            except TypeError:
                pass
        a, b = self.value_expr(left, first), self.value_expr(right, second)
        if code in (Op.EQ, Op.NE):
            return Dynamic(self.equal(a, b, code, node))
        return Dynamic(self._ordered(code, a, b, node))

    def equal(self, a: Expr, b: Expr, code: Op, node: ast.AST) -> Expr:
        """Whether two values are (or are not) equal."""
        left, right = kind_of_expr(a), kind_of_expr(b)
        if not comparable(left, right):
            self.refuse(
                "E050",
                f"{describe_type(left)} and {describe_type(right)} are never equal",
                node,
                "always the same answer",
            )
        return apply(code, (a, b), BOOL, self.span(node))

    def _identity(self, same: bool, left: Operand, right: Operand, node: ast.AST) -> Operand:
        if isinstance(left, Static) and isinstance(right, Static):
            return Static((left.value is right.value) == same)
        for one, other in ((left, right), (right, left)):
            if isinstance(one, Static) and one.value is None:
                test = self.is_none(other, node)
                if isinstance(test, ir.Const):
                    return Static(bool(test.value) == same)
                return Dynamic(test if same else self.negation(test, node))
        a, b = self.expr_of(left, node), self.expr_of(right, node)
        for kind in (kind_of_expr(a), kind_of_expr(b)):
            allowed = RefType | PlaceType | EnumType | BoolType | TaskType | NoneType | NeverType
            if not all(isinstance(option, allowed) for option in options_of(kind)):
                self.refuse("E051", "values have no identity", node, "compare with ==", "a == b")
        settled = _settled(kind_of_expr(a), kind_of_expr(b))
        if settled is not None:
            return Static(settled == same)
        return Dynamic(apply(Op.EQ if same else Op.NE, (a, b), BOOL, self.span(node)))

    def is_none(self, operand: Operand, node: ast.AST) -> Expr:
        """Whether an operand is None."""
        if isinstance(operand, PlaceOperand | Bound | BuiltinMethod | Closure | Started):
            return boolean(False, self.span(node))
        expr = self.expr_of(operand, node)
        kind = kind_of_expr(expr)
        if isinstance(kind, NoneType):
            return boolean(True, self.span(node))
        if isinstance(kind, UnionType) and NoneType() in kind.options:
            return ir.IsA(expr, NoneType(), BOOL, self.span(node))
        if isinstance(kind, NeverType):
            return ir.Cast(expr, BOOL, self.span(node))  # ends in a model error: it has no value
        return boolean(False, self.span(node))

    def definite(self, expr: Expr, node: ast.AST) -> Expr:
        """A value that may be None as what it is otherwise; None there is a model error."""
        kind = kind_of_expr(expr)
        if not isinstance(kind, UnionType) or NoneType() not in kind.options:
            return expr
        rest = tuple(option for option in kind.options if option != NoneType())
        return ir.Cast(expr, rest[0] if len(rest) == 1 else UnionType(rest), self.span(node))

    def _ordered(self, code: Op, a: Expr, b: Expr, node: ast.AST) -> Expr:
        a, b = self.definite(a, node), self.definite(b, node)
        left, right = kind_of_expr(a), kind_of_expr(b)
        if isinstance(left, SetType) and isinstance(right, SetType):
            if code in (Op.GE, Op.GT):
                a, b = b, a
            op = Op.SUBSET if code in (Op.LE, Op.GE) else Op.PROPER_SUBSET
            return apply(op, (a, b), BOOL, self.span(node))
        if not (is_list(left) and is_list(right)) and not (
            isinstance(left, TextType) and isinstance(right, TextType)
        ):
            a, b = self.integer(a, node), self.integer(b, node)
        else:
            self.check_ordered(_compared(left, right), node)
        return apply(code, (a, b), BOOL, self.span(node))

    def contains(
        self, item: Operand, holder: Operand, first: ast.expr, second: ast.expr, node: ast.AST
    ) -> Operand:
        """Whether a collection has an item."""
        if isinstance(item, Static) and isinstance(holder, Static):
            try:
                return Static(item.value in holder.value)
            except TypeError:
                self.refuse("E052", "this is no collection", second)
        if isinstance(holder, Object) or self.is_struct(holder):
            found = self.dunder(holder, "__contains__", [item], node)
            if found is None:
                self.refuse("E052", "this is no collection", second, "it has no __contains__")
            return Dynamic(self.truth(found, node))
        x = self.value_expr(item, first)
        collection = self.value_expr(holder, second)
        kind = kind_of_expr(collection)
        match kind:
            case ListType(item=inner) | SetType(domain=inner) | BagType(domain=inner):
                pass
            case MapType(key=inner):
                pass
            case TupleType(items=items):
                inner = NeverType()
                for each in items:
                    inner = join(inner, each)
            case TextType():
                inner = kind
            case _:
                self.refuse("E052", "this is no collection", second, describe_type(kind))
        if not comparable(kind_of_expr(x), inner) and not isinstance(inner, NeverType):
            self.refuse(
                "E050",
                f"{describe_type(kind_of_expr(x))} is never in {describe_type(kind)}",
                node,
                "always the same answer",
            )
        return Dynamic(apply(Op.CONTAINS, (collection, x), BOOL, self.span(node)))

    def joined_tests(self, name: str, tests: list[Expr], node: ast.AST) -> Expr:
        """Tests joined by `and` or `or`."""
        if not tests:
            return boolean(name == "and", self.span(node))
        if len(tests) == 1:
            return tests[0]
        return ir.Logic(name, tuple(tests), BOOL, self.span(node))
