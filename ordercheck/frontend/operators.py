"""Operators: arithmetic, and, or, not, if-else, and the order of operands."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

from ordercheck.frontend import numbers
from ordercheck.frontend.comparisons import Comparisons
from ordercheck.frontend.making import apply, kind_of_expr, span_of_expr
from ordercheck.frontend.operands import (
    NONE,
    Cell,
    Dynamic,
    Object,
    Operand,
    PlaceOperand,
    Static,
)
from ordercheck.frontend.syntax import may_suspend
from ordercheck.frontend.typing_rules import (
    BOOL,
    is_list,
    is_plain,
    join_lists,
)
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import Expr, Op
from ordercheck.ir.types import (
    IntType,
    ListType,
    NeverType,
    SetType,
    TextType,
    TupleType,
    join,
)
from ordercheck.language.domains import LARGEST

BINARY: dict[type[ast.operator], tuple[Op, Callable[[Any, Any], Any]]] = {
    ast.Add: (Op.ADD, operator.add),
    ast.Sub: (Op.SUB, operator.sub),
    ast.Mult: (Op.MUL, operator.mul),
    ast.FloorDiv: (Op.FLOORDIV, operator.floordiv),
    ast.Mod: (Op.MOD, operator.mod),
    ast.Pow: (Op.POW, operator.pow),
    ast.BitAnd: (Op.BIT_AND, operator.and_),
    ast.BitOr: (Op.BIT_OR, operator.or_),
    ast.BitXor: (Op.BIT_XOR, operator.xor),
    ast.LShift: (Op.SHIFT_LEFT, operator.lshift),
    ast.RShift: (Op.SHIFT_RIGHT, operator.rshift),
}
SETS = {
    ast.BitOr: Op.UNION,
    ast.BitAnd: Op.INTERSECTION,
    ast.Sub: Op.DIFFERENCE,
    ast.BitXor: Op.SYMMETRIC,
}

DUNDERS: dict[type[ast.operator], str] = {
    ast.Add: "__add__",
    ast.Sub: "__sub__",
    ast.Mult: "__mul__",
    ast.FloorDiv: "__floordiv__",
    ast.Mod: "__mod__",
    ast.BitAnd: "__and__",
    ast.BitOr: "__or__",
    ast.BitXor: "__xor__",
}
"""Special methods by which structs and components take part in operators."""


class Operators(Comparisons):
    """Lowers operators."""

    def _binary(self, node: ast.BinOp) -> Operand:
        left, right = self.operands([node.left, node.right])
        return self.binary(node.op, left, right, node)

    def binary(self, op: ast.operator, left: Operand, right: Operand, node: ast.AST) -> Operand:
        """A binary operator on operands."""
        if type(op) not in BINARY:
            help = "use // for whole numbers" if isinstance(op, ast.Div) else ""
            self.refuse("E048", "this operator is not part of the language", node, help=help)
        code, function = BINARY[type(op)]
        if (
            isinstance(left, Static)
            and isinstance(right, Static)
            and is_plain(left.value, right.value)
        ):
            if _huge(op, left.value, right.value):
                self.refuse("E029", "this is a huge value", node, "beyond 63 bits, or too long")
            try:
                return Static(function(left.value, right.value))
            except (ArithmeticError, TypeError, ValueError, MemoryError):
                pass
        special = DUNDERS.get(type(op))
        if special and (isinstance(left, Object) or self.is_struct(left)):
            found = self.dunder(left, special, [right], node)
            if found is not None:
                return found
        a, b = self.value_expr(left, node), self.value_expr(right, node)
        a, b = self.definite(a, node), self.definite(b, node)
        return Dynamic(self._operate(code, op, a, b, node))

    def _operate(self, code: Op, op: ast.operator, a: Expr, b: Expr, node: ast.AST) -> Expr:
        span = self.span(node)
        left, right = kind_of_expr(a), kind_of_expr(b)
        if isinstance(left, NeverType) or isinstance(right, NeverType):
            # Whichever has no value ends in a model error, the left one before the right one.
            both = apply(Op.TUPLE, (a, b), TupleType((left, right)), span)
            return ir.Field(both, 0, NeverType(), span)
        if isinstance(left, SetType) and isinstance(right, SetType) and type(op) in SETS:
            kept = {ast.Sub: left, ast.BitAnd: left}.get(type(op))
            return apply(SETS[type(op)], (a, b), kept or join(left, right), span)
        if isinstance(op, ast.Add) and is_list(left) and is_list(right):
            return self.concat(a, b, node)
        if isinstance(op, ast.Mult) and (is_list(left) or is_list(right)):
            xs, n = (a, b) if is_list(left) else (b, a)
            xs = self.as_list(xs, node)
            kind = kind_of_expr(xs)
            assert isinstance(kind, ListType)
            if isinstance(n, ir.Const) and isinstance(n.value, int) and n.value > LARGEST:
                self.refuse("E029", "this is a huge list", node, f"more than {LARGEST:,} items")
            return apply(Op.REPEAT, (xs, self.integer(n, node)), ListType(kind.item), span)
        if isinstance(left, TextType) or isinstance(right, TextType):
            self.refuse("E046", "steps do not build strings", node, "one of a finite set of texts")
        a, b = self.integer(a, node), self.integer(b, node)
        if kind_of_expr(a) == kind_of_expr(b) == BOOL and code in (
            Op.BIT_AND,
            Op.BIT_OR,
            Op.BIT_XOR,
        ):
            return apply(code, (a, b), BOOL, span)
        a, b = self.counted(a), self.counted(b)
        kind = numbers.arithmetic(code, kind_of_expr(a), kind_of_expr(b))
        return apply(code, (a, b), kind, span)

    def counted(self, expr: Expr) -> Expr:
        """A bool as 0 or 1."""
        if kind_of_expr(expr) != BOOL:
            return expr
        return apply(Op.TO_INT, (expr,), IntType(0, 1), span_of_expr(expr))

    def concat(self, a: Expr, b: Expr, node: ast.AST) -> Expr:
        """Two lists or tuples, one after the other."""
        left, right = kind_of_expr(a), kind_of_expr(b)
        if isinstance(left, TupleType) and isinstance(right, TupleType):
            a, b = self.simple(a), self.simple(b)
            parts = [ir.Field(a, k, kind, a.span) for k, kind in enumerate(left.items)]
            parts += [ir.Field(b, k, kind, b.span) for k, kind in enumerate(right.items)]
            kind = TupleType(left.items + right.items)
            return apply(Op.TUPLE, tuple(parts), kind, self.span(node))
        a, b = self.as_list(a, node), self.as_list(b, node)
        return apply(Op.CONCAT, (a, b), join_lists(a, b), self.span(node))

    def simple(self, expr: Expr) -> Expr:
        """The expression, cheap enough to be used twice."""
        return expr if isinstance(expr, ir.Const | ir.Local) else self.temporary(expr)

    def _unary(self, node: ast.UnaryOp) -> Operand:
        if isinstance(node.op, ast.Not):
            inner = self.expression(node.operand)
            if isinstance(inner, Static):
                return self.computed(lambda: not inner.value, node)
            return Dynamic(self.negation(self.truth(inner, node.operand), node))
        operand = self.expression(node.operand)
        functions: dict[type[ast.unaryop], Callable[[Any], Any]] = {
            ast.USub: operator.neg,
            ast.UAdd: operator.pos,
            ast.Invert: operator.invert,
        }
        if isinstance(operand, Static) and isinstance(operand.value, int):
            return Static(functions[type(node.op)](operand.value))
        expr = self.counted(self.integer(self.value_expr(operand, node), node.operand))
        kind = kind_of_expr(expr)
        match node.op:
            case ast.USub():
                return Dynamic(apply(Op.NEG, (expr,), numbers.negated(kind), self.span(node)))
            case ast.Invert():
                return Dynamic(apply(Op.INVERT, (expr,), IntType(), self.span(node)))
            case _:
                return Dynamic(expr)

    def _logic(self, node: ast.BoolOp) -> Operand:
        name = "and" if isinstance(node.op, ast.And) else "or"
        first, *rest = node.values
        operand = self.expression(first)
        for other in rest:
            operand = self._logic_pair(name, operand, first, other, node)
        return operand

    def _logic_pair(
        self, name: str, left: Operand, first: ast.expr, second: ast.expr, node: ast.AST
    ) -> Operand:
        if isinstance(left, Static) and is_plain(left.value):
            stop = not left.value if name == "and" else left.value
            return left if stop else self.expression(second)
        left = self.spill(left, first) if not isinstance(left, Dynamic) else left
        test = self.truth(left, first)
        if isinstance(test, ir.Const):
            stop = not test.value if name == "and" else test.value
            return left if stop else self.expression(second)
        pure = self.pure
        with self.nested() as inner:
            right = NONE if may_suspend(second) else self.expression(second)
        if not inner and not may_suspend(second):
            a, b = self.expr_of(left, first), self.expr_of(right, second)
            if kind_of_expr(a) == BOOL and kind_of_expr(b) == BOOL:
                return Dynamic(ir.Logic(name, (a, b), BOOL, self.span(node)))
            if isinstance(right, Static | Dynamic | Object | PlaceOperand):
                a = self.simple(a)
                test = self.truth(self.wrap(a), first)
                kind = join(kind_of_expr(a), kind_of_expr(b))
                then, orelse = (b, a) if name == "and" else (a, b)
                return self.wrap(ir.Conditional(test, then, orelse, kind, self.span(node)))
        self.pure = pure
        keep = Cell(self.fresh("logic"))
        self.set_cell(keep, self.expr_of(left, first), self.span(first))
        self.choose_branch(
            test if name == "and" else self.negation(test, node),
            lambda: self.set_cell(keep, self.reference(second), self.span(second)),
            None,
            node,
            may_suspend(second),
        )
        return self.read_cell(keep, node)

    def _logic_test(self, name: str, values: list[ast.expr], node: ast.AST) -> Expr:
        tests: list[Expr] = []
        for k, value in enumerate(values):
            if may_suspend(value):
                return self._logic_steps(name, tests, values[k:], node)
            pure = self.pure
            with self.nested() as inner:
                test = self.test(value)
            if inner and k:
                self.pure = pure
                return self._logic_steps(name, tests, values[k:], node)
            self.body.extend(inner)
            if isinstance(test, ir.Const):
                if bool(test.value) == (name == "or"):
                    tests.append(test)
                    break
                continue
            tests.append(test)
        return self.joined_tests(name, tests, node)

    def _logic_steps(
        self, name: str, done: list[Expr], rest: list[ast.expr], node: ast.AST
    ) -> Expr:
        keep = Cell(self.fresh("test"))
        if done:
            self.set_cell(keep, self.joined_tests(name, done, node), self.span(node))
        else:
            self.set_cell(keep, self.test(rest[0]), self.span(rest[0]))
            rest = rest[1:]
        for value in rest:
            now = self.expr_of(self.read_cell(keep, node), node)
            test = now if name == "and" else self.negation(now, node)

            def go_on(value: ast.expr = value) -> None:
                self.set_cell(keep, self.test(value), self.span(value))

            self.choose_branch(test, go_on, None, node, may_suspend(value))
        return self.expr_of(self.read_cell(keep, node), node)

    def _conditional(self, node: ast.IfExp) -> Operand:
        test = self.test(node.test)
        if isinstance(test, ir.Const):
            return self.expression(node.body if test.value else node.orelse)
        suspends = may_suspend(node.body) or may_suspend(node.orelse)
        pure = self.pure
        with self.nested() as one:
            then = NONE if suspends else self.expression(node.body)
        with self.nested() as two:
            orelse = NONE if suspends else self.expression(node.orelse)
        if not one and not two and not suspends:
            a, b = self.expr_of(then, node.body), self.expr_of(orelse, node.orelse)
            kind = join(kind_of_expr(a), kind_of_expr(b))
            return self.wrap(ir.Conditional(test, a, b, kind, self.span(node)))
        self.pure = pure
        keep = Cell(self.fresh("value"))
        self.choose_branch(
            test,
            lambda: self.set_cell(keep, self.reference(node.body), self.span(node.body)),
            lambda: self.set_cell(keep, self.reference(node.orelse), self.span(node.orelse)),
            node,
            suspends,
        )
        return self.read_cell(keep, node)

    def test(self, node: ast.expr) -> Expr:
        """An expression as a condition."""
        match node:
            case ast.BoolOp(op=op, values=values):
                return self._logic_test("and" if isinstance(op, ast.And) else "or", values, node)
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                return self.negation(self.test(inner), node)
            case _:
                return self.truth(self.expression(node), node)

    def reference(self, node: ast.expr) -> Expr:
        """An expression as a value, or as a reference to a place."""
        return self.expr_of(self.expression(node), node)

    def value(self, node: ast.expr) -> Expr:
        """An expression as a value; a place is read."""
        return self.value_expr(self.expression(node), node)

    def operands(self, nodes: list[ast.expr]) -> list[Operand]:
        """Operands from left to right: what a later one changes does not change an earlier one."""
        found: list[Operand] = []
        for k, node in enumerate(nodes):
            if may_suspend(node):
                found = [self.spill(o, n) for o, n in zip(found, nodes, strict=False)]
                found.append(self.expression(node))
                continue
            before = len(self.body)  # what is emitted from here on comes after the spilling
            operand = self.expression(node)
            if k and len(self.body) > before:
                inner = self.body[before:]
                del self.body[before:]
                found = [self.spill(o, n) for o, n in zip(found, nodes, strict=False)]
                self.body += inner
            found.append(operand)
        return found


def _huge(op: ast.operator, left: object, right: object) -> bool:
    """Whether Python, which computes with numbers of any size, would take very long for this."""
    match op, left, right:
        case ast.Pow(), int(), int():
            return abs(left) > 1 and right > 64
        case ast.LShift(), int(), int():
            return right > 64
        case ast.Mult(), str() | tuple(), int():
            return len(left) * right > LARGEST
        case ast.Mult(), int(), str() | tuple():
            return left * len(right) > LARGEST
        case _:
            return False
