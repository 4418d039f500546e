"""Displays and comprehensions: tuples, lists, sets and maps made in a step."""

from __future__ import annotations

import ast
from collections.abc import Callable

from ordercheck.frontend.making import apply, boolean, kind_of_expr, number
from ordercheck.frontend.operands import (
    Cell,
    Dynamic,
    Operand,
    Static,
)
from ordercheck.frontend.operators import Operators
from ordercheck.frontend.typing_rules import (
    BOOL,
    describe_type,
    item_type,
)
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import Expr, Op
from ordercheck.ir.types import (
    IntType,
    ListType,
    MapType,
    NeverType,
    NoneType,
    SetType,
    TupleType,
    Type,
    UnionType,
    join,
)


class Displays(Operators):
    """Lowers displays and comprehensions."""

    def _tuple(self, items: list[ast.expr], node: ast.AST) -> Operand:
        if any(isinstance(item, ast.Starred) for item in items):
            return self._display(items, node)
        operands = self.operands(items)
        if all(isinstance(o, Static) for o in operands):
            return Static(tuple(o.value for o in operands if isinstance(o, Static)))
        exprs = tuple(self.expr_of(o, n) for o, n in zip(operands, items, strict=True))
        kind = TupleType(tuple(map(kind_of_expr, exprs)))
        return Dynamic(apply(Op.TUPLE, exprs, kind, self.span(node)))

    def _display(self, items: list[ast.expr], node: ast.AST) -> Operand:
        is_set = isinstance(node, ast.Set)
        inner = [item.value if isinstance(item, ast.Starred) else item for item in items]
        exprs = [
            self.value_expr(o, n) if isinstance(n, ast.Starred) else self.expr_of(o, i)
            for o, i, n in zip(self.operands(inner), inner, items, strict=True)
        ]
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

    def comprehension(
        self, item: ast.expr, clauses: list[ast.comprehension], node: ast.AST
    ) -> Expr:
        """A list of `item` for each way through the clauses."""
        return self.comprehend(lambda: self.reference(item), clauses, node)

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
                for each, part in self.targets(items, operand, target):
                    self._bind_target(each, part)
            case _:
                self.refuse("E047", "only names can be bound here", target)

    def targets(
        self, items: list[ast.expr], operand: Operand, node: ast.AST
    ) -> list[tuple[ast.expr, Operand]]:
        """The targets of an unpacking, each with what it takes."""
        stars = [k for k, item in enumerate(items) if isinstance(item, ast.Starred)]
        if not stars:
            return list(zip(items, self.unpack(operand, len(items), node), strict=True))
        first, last = stars[0], len(items) - stars[0] - 1
        plain = [item.value if isinstance(item, ast.Starred) else item for item in items]
        return list(zip(plain, self._unpack_rest(operand, first, last, node), strict=True))

    def _unpack_rest(self, operand: Operand, first: int, last: int, node: ast.AST) -> list[Operand]:
        """The first items, a list of all in between, and the last ones."""
        if isinstance(operand, Static):
            found = self.computed(lambda: tuple(operand.value), node)
            count = len(found.value) if isinstance(found, Static) else 0
        else:
            expr = self.value_expr(operand, node)
            kind = kind_of_expr(expr)
            if isinstance(kind, ListType):
                return self._cut(self.simple(expr), kind, first, last, node)
            count = len(kind.items) if isinstance(kind, TupleType) else first + last
        if count < first + last:
            what = f"{count} values cannot be unpacked into {first + last} or more"
            self.refuse("E053", what, node)
        parts = self.unpack(operand, count, node)
        rest = [self.value_expr(part, node) for part in parts[first : count - last]]
        middle = Dynamic(self.list_of(rest, node))
        return [*parts[:first], middle, *parts[count - last :]]

    def _cut(
        self, items: Expr, kind: ListType, first: int, last: int, node: ast.AST
    ) -> list[Operand]:
        span = self.span(node)
        least = f"{first + last} or more"
        self._check_count(items, Op.GE, first + last, least, node)
        nothing = ir.Const(None, NoneType(), span)
        end = number(-last, span) if last else nothing
        cut = (items, number(first, span), end, nothing)
        most = None if kind.capacity is None else max(0, kind.capacity - first - last)
        middle = Dynamic(apply(Op.SLICE, cut, ListType(kind.item, most), span))
        places = [*range(first), *range(-last, 0)]
        parts: list[Operand] = [
            self.wrap(apply(Op.INDEX, (items, number(k, span)), kind.item, span)) for k in places
        ]
        return [*parts[:first], middle, *parts[first:]]

    def _check_count(self, items: Expr, op: Op, count: int, words: str, node: ast.AST) -> None:
        """Fail, as Python does, unless a list has as many items as there are targets."""
        span = self.span(node)
        length = apply(Op.LENGTH, (items,), IntType(0, None), span)
        test = apply(op, (length, number(count, span)), BOOL, span)
        wrong = ir.Fail("value", f"the list has not {words} items to be unpacked", span)
        self.emit(ir.If(test, (), (wrong,), span))

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
            self._check_count(expr, Op.EQ, count, str(count), node)
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
        span = self.span(node)

        def append() -> None:
            found = item()
            now = self.expr_of(self.read_cell(result, node), node)
            kind = ListType(kind_of_expr(found), None)
            self.set_cell(result, apply(Op.APPEND, (now, found), kind, span), span)

        self._loops(clauses, first, append, lambda: None, node)
        return self.expr_of(self.read_cell(result, node), node)

    def _loops(
        self,
        clauses: list[ast.comprehension],
        first: Expr,
        inside: Callable[[], None],
        after: Callable[[], None],
        node: ast.AST,
    ) -> None:
        """A loop for each clause: `inside` in the innermost, `after` at the end of each round."""
        saved = dict(self.activation.names)

        def level(k: int) -> None:
            if k == len(clauses):
                inside()
                return
            clause = clauses[k]
            source = first
            if k:
                source = self.iterable_expr(self.expression(clause.iter), clause.iter)
            variable = ir.Local(self.fresh(_bound_name(clause)), item_type(kind_of_expr(source)))
            with self.nested() as body:
                self._bind_target(clause.target, self.wrap(variable))
                self._guarded(clause.ifs, lambda: level(k + 1))
                after()
            self.emit(ir.For(variable, source, tuple(body), self.span(node)))

        level(0)
        self.activation.names = saved

    def quantified(self, op: Op, given: ast.GeneratorExp, node: ast.AST) -> Expr:
        """any or all of a generator's items; where they have effects, no further than needed."""
        pure = self.pure
        with self.nested() as inner:
            listed = self.comprehend(lambda: self.test(given.elt), given.generators, given)
        if isinstance(listed, ir.Comprehend) or not inner:
            self.body.extend(inner)
            return apply(op, (listed,), BOOL, self.span(node))
        self.pure = pure
        span = self.span(node)
        answer = Cell(self.fresh("answer"))
        self.set_cell(answer, boolean(op is Op.ALL, span), span)
        source = given.generators[0].iter
        first = self.iterable_expr(self.expression(source), source)

        def decide() -> None:
            self.set_cell(answer, self.test(given.elt), self.span(given.elt))

        def stop() -> None:
            now = self.expr_of(self.read_cell(answer, node), node)
            decided = now if op is Op.ANY else self.negation(now, node)
            self.emit(ir.If(decided, (ir.Break(span),), (), span))

        self._loops(given.generators, first, decide, stop, node)
        return self.expr_of(self.read_cell(answer, node), node)

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


def _bound_name(clause: ast.comprehension) -> str:
    return clause.target.id if isinstance(clause.target, ast.Name) else "each"


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
