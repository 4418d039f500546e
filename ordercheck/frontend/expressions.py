"""Expressions: Python's operators, displays, comprehensions and attributes."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from enum import Enum
from typing import Any

from ordercheck.frontend import numbers
from ordercheck.frontend.attributes import Attributes
from ordercheck.frontend.operands import (
    NONE,
    Activation,
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
from ordercheck.frontend.scope import (
    POISON,
    apply,
    boolean,
    kind_of_expr,
    number,
    span_of_expr,
)
from ordercheck.frontend.typing_rules import (
    BOOL,
    comparable,
    describe_type,
    is_list,
    item_type,
    join_lists,
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
ORDERS: dict[type[ast.cmpop], tuple[Op, Callable[[Any, Any], Any]]] = {
    ast.Eq: (Op.EQ, operator.eq),
    ast.NotEq: (Op.NE, operator.ne),
    ast.Lt: (Op.LT, operator.lt),
    ast.LtE: (Op.LE, operator.le),
    ast.Gt: (Op.GT, operator.gt),
    ast.GtE: (Op.GE, operator.ge),
}
PLAIN = (bool, int, str, type(None), tuple, frozenset)


class Expressions(Attributes):
    """Lowers expressions."""

    def expression(self, node: ast.expr) -> Operand:
        """Lower an expression; whatever must happen first is emitted."""
        match node:
            case ast.Constant(value=value):
                return Static(value)
            case ast.Name(id=name):
                return self.lookup(name, node)
            case ast.Attribute(value=inner, attr=name):
                return self.attribute(self.expression(inner), name, node)
            case ast.Subscript():
                return self.subscript(node)
            case ast.BinOp():
                return self._binary(node)
            case ast.UnaryOp():
                return self._unary(node)
            case ast.BoolOp():
                return self._logic(node)
            case ast.Compare():
                return self._compare(node)
            case ast.IfExp():
                return self._conditional(node)
            case ast.Call():
                return self.call(node)
            case ast.Tuple(elts=items):
                return self._tuple(items, node)
            case ast.List(elts=items) | ast.Set(elts=items):
                return self._display(items, node)
            case ast.Dict():
                return self._dict(node)
            case (
                ast.ListComp(elt=item, generators=clauses)
                | ast.GeneratorExp(elt=item, generators=clauses)
            ):
                return Dynamic(self.comprehension(item, clauses, node))
            case ast.SetComp(elt=item, generators=clauses):
                found = self.comprehension(item, clauses, node)
                return Dynamic(self.to_set(found, node))
            case ast.DictComp():
                return self._dict_comprehension(node)
            case ast.Lambda():
                return Closure(node, self.activation)
            case ast.NamedExpr(target=target, value=value):
                operand = self.expression(value)
                self.assign(target, operand, node)
                return self.lookup(target.id, node)
            case ast.Await():
                return self.suspend_on(self.expression(node.value), node)
            case ast.JoinedStr():
                self.refuse("E046", "steps do not build strings", node, "only in assert messages")
            case _:
                self.refuse(
                    "E047",
                    f"{type(node).__name__} is not part of the modelling language",
                    node,
                    "no engine knows this",
                    "docs/language.md lists expressions",
                )

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
            with self.nested() as inner:
                operand = self.expression(node)
            if inner and k:
                found = [self.spill(o, n) for o, n in zip(found, nodes, strict=False)]
            self.body.extend(inner)
            found.append(operand)
        return found

    def test(self, node: ast.expr) -> Expr:
        """An expression as a condition."""
        match node:
            case ast.BoolOp(op=op, values=values):
                return self._logic_test("and" if isinstance(op, ast.And) else "or", values, node)
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                return self.negation(self.test(inner), node)
            case _:
                return self.truth(self.expression(node), node)

    def negation(self, test: Expr, node: ast.AST) -> Expr:
        """The opposite of a condition."""
        if isinstance(test, ir.Const):
            return boolean(not test.value, self.span(node))
        return apply(Op.NOT, (test,), BOOL, self.span(node))

    # --- operators -------------------------------------------------------------------

    def _binary(self, node: ast.BinOp) -> Operand:
        left, right = self.operands([node.left, node.right])
        return self.binary(node.op, left, right, node)

    def binary(self, op: ast.operator, left: Operand, right: Operand, node: ast.AST) -> Operand:
        """A binary operator on operands."""
        if type(op) not in BINARY:
            help = "use // for whole numbers" if isinstance(op, ast.Div) else ""
            self.refuse("E048", "this operator is not part of the language", node, help=help)
        code, function = BINARY[type(op)]
        if isinstance(left, Static) and isinstance(right, Static) and _plain(left, right):
            try:
                return Static(function(left.value, right.value))
            except (ArithmeticError, TypeError, ValueError, MemoryError):
                pass
        a, b = self.value_expr(left, node), self.value_expr(right, node)
        return Dynamic(self._operate(code, op, a, b, node))

    def _operate(self, code: Op, op: ast.operator, a: Expr, b: Expr, node: ast.AST) -> Expr:
        span = self.span(node)
        left, right = kind_of_expr(a), kind_of_expr(b)
        if isinstance(left, NeverType) or isinstance(right, NeverType):
            return ir.Local("never", NeverType(), span)
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
            return apply(Op.REPEAT, (xs, self.integer(n, node)), ListType(kind.item), span)
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

    def _unary(self, node: ast.UnaryOp) -> Operand:
        if isinstance(node.op, ast.Not):
            inner = self.expression(node.operand)
            if isinstance(inner, Static):
                return Static(not inner.value)
            return Dynamic(self.negation(self.truth(inner, node.operand), node))
        operand = self.expression(node.operand)
        functions: dict[type[ast.unaryop], Callable[[Any], Any]] = {
            ast.USub: operator.neg,
            ast.UAdd: operator.pos,
            ast.Invert: operator.invert,
        }
        if isinstance(operand, Static) and isinstance(operand.value, int):
            return Static(functions[type(node.op)](operand.value))
        expr = self.integer(self.value_expr(operand, node), node.operand)
        kind = kind_of_expr(expr)
        match node.op:
            case ast.USub():
                return Dynamic(apply(Op.NEG, (expr,), numbers.negated(kind), self.span(node)))
            case ast.Invert():
                return Dynamic(apply(Op.INVERT, (expr,), IntType(), self.span(node)))
            case _:
                return Dynamic(expr)

    # --- and, or, if -------------------------------------------------------------------

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
        if isinstance(left, Static) and _plain(left):
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
            a, b = self.value_expr(left, first), self.value_expr(right, second)
            if kind_of_expr(a) == BOOL and kind_of_expr(b) == BOOL:
                return Dynamic(ir.Logic(name, (a, b), BOOL, self.span(node)))
            if isinstance(right, Static | Dynamic | Object):
                a = self.simple(a)
                test = self.truth(self.wrap(a), first)
                kind = join(kind_of_expr(a), kind_of_expr(b))
                then, orelse = (b, a) if name == "and" else (a, b)
                return self.wrap(ir.Conditional(test, then, orelse, kind, self.span(node)))
        self.pure = pure
        keep = Cell(self.fresh("logic"))
        self.set_cell(keep, self.value_expr(left, first), self.span(first))
        self.choose_branch(
            test if name == "and" else self.negation(test, node),
            lambda: self.set_cell(keep, self.value(second), self.span(second)),
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
        return self._joined(name, tests, node)

    def _joined(self, name: str, tests: list[Expr], node: ast.AST) -> Expr:
        if not tests:
            return boolean(name == "and", self.span(node))
        if len(tests) == 1:
            return tests[0]
        return ir.Logic(name, tuple(tests), BOOL, self.span(node))

    def _logic_steps(
        self, name: str, done: list[Expr], rest: list[ast.expr], node: ast.AST
    ) -> Expr:
        keep = Cell(self.fresh("test"))
        if done:
            self.set_cell(keep, self._joined(name, done, node), self.span(node))
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
            a, b = self.value_expr(then, node.body), self.value_expr(orelse, node.orelse)
            if isinstance(then, PlaceOperand) and isinstance(orelse, PlaceOperand):
                a, b = self.expr_of(then, node.body), self.expr_of(orelse, node.orelse)
            kind = join(kind_of_expr(a), kind_of_expr(b))
            return self.wrap(ir.Conditional(test, a, b, kind, self.span(node)))
        self.pure = pure
        keep = Cell(self.fresh("value"))
        self.choose_branch(
            test,
            lambda: self.set_cell(keep, self.value(node.body), self.span(node.body)),
            lambda: self.set_cell(keep, self.value(node.orelse), self.span(node.orelse)),
            node,
            suspends,
        )
        return self.read_cell(keep, node)

    # --- comparisons --------------------------------------------------------------------

    def _compare(self, node: ast.Compare) -> Operand:
        operands = self.operands([node.left, *node.comparators])
        if len(operands) > 2:
            operands = [self.spill(o, node) for o in operands]
        parts: list[Operand] = []
        sides = [node.left, *node.comparators]
        for k, op in enumerate(node.ops):
            parts.append(
                self.compare(op, operands[k], operands[k + 1], sides[k], sides[k + 1], node)
            )
        if all(isinstance(part, Static) for part in parts):
            return Static(all(part.value for part in parts if isinstance(part, Static)))
        tests = [self.expr_of(part, node) for part in parts]
        return Dynamic(self._joined("and", tests, node))

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
        code, function = ORDERS[type(op)]
        if isinstance(left, Static) and isinstance(right, Static) and _plain(left, right):
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
            return ir.Local("never", BOOL, self.span(node))
        return boolean(False, self.span(node))

    def _ordered(self, code: Op, a: Expr, b: Expr, node: ast.AST) -> Expr:
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

    # --- displays -------------------------------------------------------------------------

    def _tuple(self, items: list[ast.expr], node: ast.AST) -> Operand:
        if any(isinstance(item, ast.Starred) for item in items):
            return self._display(items, node)
        operands = self.operands(items)
        if all(isinstance(o, Static) for o in operands):
            return Static(tuple(o.value for o in operands if isinstance(o, Static)))
        exprs = tuple(self.value_expr(o, n) for o, n in zip(operands, items, strict=True))
        kind = TupleType(tuple(map(kind_of_expr, exprs)))
        return Dynamic(apply(Op.TUPLE, exprs, kind, self.span(node)))

    def _display(self, items: list[ast.expr], node: ast.AST) -> Operand:
        is_set = isinstance(node, ast.Set)
        inner = [item.value if isinstance(item, ast.Starred) else item for item in items]
        exprs = [self.value_expr(o, n) for o, n in zip(self.operands(inner), inner, strict=True)]
        result: Expr | None = None
        run: list[Expr] = []
        for item, expr in zip(items, exprs, strict=True):
            if isinstance(item, ast.Starred):
                part = self.list_of(run, node)
                result = part if result is None else self.concat(result, part, node)
                result = self.concat(result, self.iterable_expr(self.wrap(expr), item), node)
                run = []
            else:
                run.append(expr)
        if run or result is None:
            part = self.list_of(run, node)
            result = part if result is None else self.concat(result, part, node)
        return Dynamic(self.to_set(result, node) if is_set else result)

    def list_of(self, exprs: list[Expr], node: ast.AST) -> Expr:
        """A list with these items."""
        kind: Type = NeverType()
        for expr in exprs:
            kind = join(kind, kind_of_expr(expr))
        return apply(Op.LIST, tuple(exprs), ListType(kind, len(exprs)), self.span(node))

    def _dict(self, node: ast.Dict) -> Operand:
        if any(key is None for key in node.keys):
            self.refuse("E047", "** in a dict display is not part of the language", node)
        keys = [key for key in node.keys if key is not None]
        flat = [part for pair in zip(keys, node.values, strict=True) for part in pair]
        exprs = [self.value_expr(o, n) for o, n in zip(self.operands(flat), flat, strict=True)]
        key: Type = NeverType()
        value: Type = NeverType()
        for k, expr in enumerate(exprs):
            if k % 2:
                value = join(value, kind_of_expr(expr))
            else:
                key = join(key, kind_of_expr(expr))
        return Dynamic(apply(Op.MAP, tuple(exprs), MapType(key, value), self.span(node)))

    def to_set(self, items: Expr, node: ast.AST) -> Expr:
        """A list as a set."""
        kind = kind_of_expr(items)
        inner = kind.item if isinstance(kind, ListType) else NeverType()
        return apply(Op.TO_SET, (items,), SetType(inner), self.span(node))

    # --- comprehensions ---------------------------------------------------------------------

    def comprehension(
        self, item: ast.expr, clauses: list[ast.comprehension], node: ast.AST
    ) -> Expr:
        """A list of `item` for each way through the clauses."""
        return self.comprehend(lambda: self.value(item), clauses, node)

    def comprehend(
        self, item: Callable[[], Expr], clauses: list[ast.comprehension], node: ast.AST
    ) -> Expr:
        """The same, for an item that is lowered by a function."""
        if any(clause.is_async for clause in clauses):
            self.refuse("E047", "async comprehensions are not part of the language", node)
        first = self.iterable_expr(self.expression(clauses[0].iter), clauses[0].iter)
        saved, pure = dict(self.activation.names), self.pure
        with self.nested() as inner:
            parts: list[ir.Each | ir.When | ir.Bind] = []
            for k, clause in enumerate(clauses):
                source = (
                    self.iterable_expr(self.expression(clause.iter), clause.iter) if k else first
                )
                parts += self._clause(clause, source, inner)
            found = item()
        self.activation.names = saved
        if not inner:
            kind = ListType(kind_of_expr(found), _bound(parts))
            return ir.Comprehend(found, tuple(parts), kind, self.span(node))
        self.pure = pure
        return self._comprehension_loop(item, clauses, first, node)

    def _clause(
        self, clause: ast.comprehension, source: Expr, inner: list[ir.Stmt]
    ) -> list[ir.Each | ir.When | ir.Bind]:
        variable = ir.Local(self.fresh(_bound_name(clause)), item_type(kind_of_expr(source)))
        parts: list[ir.Each | ir.When | ir.Bind] = [ir.Each(variable, source)]
        self._bind_target(clause.target, self.wrap(variable))
        for test in clause.ifs:
            parts.append(ir.When(self.test(test)))
        return parts

    def _bind_target(self, target: ast.expr, operand: Operand) -> None:
        match target:
            case ast.Name(id=name):
                self.activation.names[name] = operand
            case ast.Tuple(elts=items) | ast.List(elts=items):
                for each, part in zip(items, self.unpack(operand, len(items), target), strict=True):
                    self._bind_target(each, part)
            case _:
                self.refuse("E047", "only names can be bound here", target)

    def unpack(self, operand: Operand, count: int, node: ast.AST) -> list[Operand]:
        """The items of a tuple of `count`."""
        if isinstance(operand, Static):
            try:
                values = list(operand.value)
            except TypeError:
                self.refuse("E053", "this cannot be unpacked", node)
            if len(values) != count:
                self.refuse("E053", f"{len(values)} values cannot be unpacked into {count}", node)
            return [self.static(value) for value in values]
        expr = self.value_expr(operand, node)
        kind = kind_of_expr(expr)
        if isinstance(kind, UnionType):
            tuples = [o for o in kind.options if isinstance(o, TupleType)]
            if len(tuples) == 1:
                kind, expr = tuples[0], ir.Cast(expr, tuples[0], self.span(node))
        if isinstance(kind, TupleType):
            if len(kind.items) != count:
                self.refuse("E053", f"{len(kind.items)} values, {count} names", node)
            return [
                self.wrap(ir.Field(expr, k, each, self.span(node)))
                for k, each in enumerate(kind.items)
            ]
        if isinstance(kind, ListType):
            expr = self.simple(expr)
            length = apply(Op.LENGTH, (expr,), IntType(0, None), self.span(node))
            test = apply(Op.EQ, (length, number(count, self.span(node))), BOOL, self.span(node))
            self.emit(ir.Assert(test, None, self.span(node)))
            return [
                self.wrap(
                    apply(Op.INDEX, (expr, number(k, self.span(node))), kind.item, self.span(node))
                )
                for k in range(count)
            ]
        if isinstance(kind, NeverType):
            return [Dynamic(expr)] * count
        self.refuse("E053", "this cannot be unpacked", node, describe_type(kind))

    def _comprehension_loop(
        self,
        item: Callable[[], Expr],
        clauses: list[ast.comprehension],
        first: Expr,
        node: ast.AST,
    ) -> Expr:
        result = Cell(self.fresh("list"))
        empty = apply(Op.LIST, (), ListType(NeverType(), 0), self.span(node))
        self.set_cell(result, empty, self.span(node))
        saved = dict(self.activation.names)

        def append() -> None:
            found = item()
            now = self.expr_of(self.read_cell(result, node), node)
            kind = ListType(kind_of_expr(found), None)
            self.set_cell(result, apply(Op.APPEND, (now, found), kind, node_span), node_span)

        def level(k: int) -> None:
            if k == len(clauses):
                append()
                return
            clause = clauses[k]
            source = first
            if k:
                source = self.iterable_expr(self.expression(clause.iter), clause.iter)
            variable = ir.Local(self.fresh(_bound_name(clause)), item_type(kind_of_expr(source)))
            with self.nested() as body:
                self._bind_target(clause.target, self.wrap(variable))
                self._guarded(clause.ifs, lambda: level(k + 1))
            self.emit(ir.For(variable, source, tuple(body), node_span))

        node_span = self.span(node)
        level(0)
        self.activation.names = saved
        return self.expr_of(self.read_cell(result, node), node)

    def _guarded(self, tests: list[ast.expr], inside: Callable[[], None]) -> None:
        if not tests:
            inside()
            return
        test = self.test(tests[0])
        with self.nested() as then:
            self._guarded(tests[1:], inside)
        self.emit(ir.If(test, tuple(then), (), self.span(tests[0])))

    def _dict_comprehension(self, node: ast.DictComp) -> Operand:
        pair = ast.copy_location(ast.Tuple(elts=[node.key, node.value], ctx=ast.Load()), node.key)
        pairs = self.comprehension(pair, node.generators, node)
        return Dynamic(self.map_of_pairs(pairs, node))

    def map_of_pairs(self, pairs: Expr, node: ast.AST) -> Expr:
        """A list of pairs as a map."""
        kind = item_type(kind_of_expr(pairs))
        if not isinstance(kind, TupleType) or len(kind.items) != 2:
            self.refuse("E053", "a map is made of pairs", node)
        key, value = kind.items
        result = Cell(self.fresh("map"))
        span = self.span(node)
        self.set_cell(result, apply(Op.MAP, (), MapType(key, value), span), span)
        variable = ir.Local(self.fresh("each"), kind)
        now = self.expr_of(self.read_cell(result, node), node)
        put = apply(
            Op.PUT,
            (now, ir.Field(variable, 0, key, span), ir.Field(variable, 1, value, span)),
            MapType(key, value),
            span,
        )
        with self.nested() as body:
            self.set_cell(result, put, span)
        self.emit(ir.For(variable, pairs, tuple(body), span))
        return self.expr_of(self.read_cell(result, node), node)

    def inline_lambda(self, closure: Closure, arguments: list[Operand], node: ast.AST) -> Operand:
        """A lambda's body with its parameters bound."""
        inner = closure.node
        if not isinstance(inner, ast.Lambda):
            self.refuse("E054", "functions inside steps are not part of the language", node)
        if len(inner.args.args) != len(arguments):
            self.refuse("E055", "wrong number of arguments for this lambda", node)
        scope = closure.scope
        names = dict(zip((a.arg for a in inner.args.args), arguments, strict=True))
        saved = self.activation
        self.activation = Activation(
            scope.source, scope.globals, scope.cells, names, {}, frozenset(), scope.prefix, scope
        )
        try:
            return self.expression(inner.body)
        finally:
            self.activation = saved

    def poison(self, names: list[str]) -> None:
        """Bind names whose definition was refused."""
        for name in names:
            self.activation.names[name] = POISON


def _bound_name(clause: ast.comprehension) -> str:
    return clause.target.id if isinstance(clause.target, ast.Name) else "each"


def may_suspend(node: ast.AST) -> bool:
    """Whether a piece of syntax awaits anything."""
    return any(isinstance(n, ast.Await) for n in ast.walk(node))


def _plain(*operands: Static) -> bool:
    def plain(value: object) -> bool:
        if isinstance(value, tuple | frozenset):
            return all(map(plain, value))
        return isinstance(value, (*PLAIN, Enum))

    return all(plain(operand.value) for operand in operands)


def _bound(parts: list[ir.Each | ir.When | ir.Bind]) -> int | None:
    total = 1
    for part in parts:
        if isinstance(part, ir.Each):
            kind = kind_of_expr(part.iterable)
            capacity = kind.capacity if isinstance(kind, ListType) else None
            if capacity is None:
                return None
            total *= capacity
    return total
