"""match statements: each case becomes a test and bindings."""

from __future__ import annotations

import ast

from ordercheck.frontend.assignments import Assignments
from ordercheck.frontend.making import apply, boolean, kind_of_expr, number
from ordercheck.frontend.operands import Dynamic, Object, Operand, Static
from ordercheck.frontend.syntax import leaves
from ordercheck.frontend.typing_rules import BOOL, comparable
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import Expr, Op
from ordercheck.ir.types import (
    IntType,
    ListType,
    TupleType,
    Type,
    UnionType,
    join,
    options_of,
)

Bindings = list[tuple[str, Operand]]


class Matching(Assignments):
    """Lowers match statements."""

    true_type: Type = BOOL

    def statements(self, nodes: list[ast.stmt]) -> None:
        """Lower statements."""
        raise NotImplementedError

    def match_statement(self, node: ast.Match) -> None:
        """Lower a match to a chain of ifs."""
        subject = self.spill(self.expression(node.subject), node.subject)
        if isinstance(subject, Dynamic) and not isinstance(subject.expr, ir.Const | ir.Local):
            subject = self.wrap(self.temporary(subject.expr))
        self.match_cases(subject, node.cases, node)

    def match_cases(self, subject: Operand, cases: list[ast.match_case], node: ast.Match) -> bool:
        """Lower the cases from the first on; whether control never gets past all of them."""
        if not cases:
            return False
        case, *rest = cases
        names = dict(self.activation.names)
        bindings: Bindings = []
        test = self.pattern(case.pattern, subject, bindings)
        if isinstance(test, ir.Const) and not test.value:
            return self.match_cases(subject, rest, node)
        if case.guard is not None:
            test = self._guarded_test(test, bindings, case)
        if isinstance(test, ir.Const) and test.value:
            self._body(bindings, case)
            return leaves(case.body)
        suspends = any(isinstance(n, ast.Await) for c in cases for n in ast.walk(c))
        after: dict[str, Operand] = {}
        past: list[bool] = []

        def taken() -> None:
            self._body(bindings, case)
            after.update(self.activation.names)

        def other() -> None:
            self.activation.names = dict(names)
            past.append(self.match_cases(subject, rest, node))

        self.choose_branch(test, taken, other, node, suspends or self.unstructured(node))
        self.merge_names(names, after, leaves(case.body), past[0])
        return leaves(case.body) and past[0]

    def _guarded_test(self, test: Expr, bindings: Bindings, case: ast.match_case) -> Expr:
        assert case.guard is not None
        if isinstance(test, ir.Const):
            self._bind(bindings, case)
            return self.test(case.guard)
        # The guard sees the bindings, which only make sense once the pattern fits.
        keep = self._flag(case)
        self.choose_branch(
            test, lambda: self._guard(bindings, case, keep), None, case.pattern, False
        )
        return self.expr_of(self.lookup(keep, case.pattern), case.pattern)

    def unstructured(self, node: ast.AST) -> bool:
        """Whether a statement's control flow needs blocks (coroutines only)."""
        return False

    def _flag(self, case: ast.match_case) -> str:
        name = f"@guard{self.fresh('')}"
        self.bind_name(name, Dynamic(boolean(False, self.span(case.pattern))), case.pattern)
        return name

    def _guard(self, bindings: Bindings, case: ast.match_case, keep: str) -> None:
        assert case.guard is not None
        self._bind(bindings, case)
        self.bind_name(keep, Dynamic(self.test(case.guard)), case.pattern)

    def _bind(self, bindings: Bindings, case: ast.match_case) -> None:
        for name, operand in bindings:
            self.bind_name(name, operand, case.pattern)

    def _body(self, bindings: Bindings, case: ast.match_case) -> None:
        if case.guard is None:
            self._bind(bindings, case)
        self.statements(case.body)

    # --- patterns --------------------------------------------------------------------------

    def pattern(self, pattern: ast.pattern, subject: Operand, bindings: Bindings) -> Expr:
        """The test that a subject fits a pattern; what it binds is added to `bindings`."""
        span = self.span(pattern)
        match pattern:
            case ast.MatchAs(pattern=None, name=None):
                return boolean(True, span)
            case ast.MatchAs(pattern=None, name=str(name)):
                bindings.append((name, subject))
                return boolean(True, span)
            case ast.MatchAs(pattern=ast.pattern() as inner, name=str(name)):
                test = self.pattern(inner, subject, bindings)
                bindings.append((name, self._narrowed(inner, subject)))
                return test
            case ast.MatchValue(value=value):
                return self._value_pattern(value, subject, pattern)
            case ast.MatchSingleton(value=value):
                if value is None:
                    return self.is_none(subject, pattern)
                return self._equal(subject, Static(value), pattern)
            case ast.MatchOr(patterns=patterns):
                return self._alternatives(patterns, subject, bindings, pattern)
            case ast.MatchClass():
                return self._class_pattern(pattern, subject, bindings)
            case ast.MatchSequence(patterns=patterns):
                return self._sequence_pattern(patterns, subject, bindings, pattern)
            case _:
                self.refuse("E047", "this pattern is not part of the language", pattern)

    def _value_pattern(self, value: ast.expr, subject: Operand, node: ast.AST) -> Expr:
        return self._equal(subject, self.expression(value), node)

    def _equal(self, left: Operand, right: Operand, node: ast.AST) -> Expr:
        if isinstance(left, Static) and isinstance(right, Static):
            return boolean(left.value == right.value, self.span(node))
        a, b = self.value_expr(left, node), self.value_expr(right, node)
        if not comparable(kind_of_expr(a), kind_of_expr(b)):
            return boolean(False, self.span(node))
        return self.equal(a, b, Op.EQ, node)

    def _alternatives(
        self,
        patterns: list[ast.pattern],
        subject: Operand,
        bindings: Bindings,
        node: ast.AST,
    ) -> Expr:
        tests: list[Expr] = []
        found: list[dict[str, Operand]] = []
        for each in patterns:
            own: Bindings = []
            test = self.pattern(each, subject, own)
            if isinstance(test, ir.Const) and not test.value:
                continue
            tests.append(test)
            found.append(dict(own))
        for name in found[-1] if found else ():
            value = self.value_expr(found[-1][name], node)
            for test, own_names in reversed(list(zip(tests[:-1], found[:-1], strict=True))):
                first = self.value_expr(own_names[name], node)
                kind = join(kind_of_expr(first), kind_of_expr(value))
                value = ir.Conditional(test, first, value, kind, self.span(node))
            bindings.append((name, self.wrap(value)))
        return self._any(tests, node)

    def _any(self, tests: list[Expr], node: ast.AST) -> Expr:
        kept = [t for t in tests if not (isinstance(t, ir.Const) and not t.value)]
        for test in kept:
            if isinstance(test, ir.Const):
                return test
        if not kept:
            return boolean(False, self.span(node))
        return kept[0] if len(kept) == 1 else ir.Logic("or", tuple(kept), BOOL, self.span(node))

    def _all(self, tests: list[Expr], node: ast.AST) -> Expr:
        kept = [t for t in tests if not (isinstance(t, ir.Const) and t.value)]
        for test in kept:
            if isinstance(test, ir.Const):
                return test
        if not kept:
            return boolean(True, self.span(node))
        return kept[0] if len(kept) == 1 else ir.Logic("and", tuple(kept), BOOL, self.span(node))

    def _classes(self, node: ast.expr) -> type:
        operand = self.expression(node)
        if not isinstance(operand, Static) or not isinstance(operand.value, type):
            self.refuse("E071", "a pattern names a class", node)
        return operand.value

    def _narrowed(self, pattern: ast.pattern, subject: Operand) -> Operand:
        if not isinstance(pattern, ast.MatchClass) or not isinstance(subject, Dynamic):
            return subject
        fitting = self._fitting(self._classes(pattern.cls), subject.expr)
        return self._as(subject, fitting, pattern)

    def _fitting(self, owner: type, expr: Expr) -> tuple[Type, ...]:
        return tuple(o for o in options_of(kind_of_expr(expr)) if self.unit.is_of(o, owner))

    def _as(self, subject: Dynamic, kinds: tuple[Type, ...], node: ast.AST) -> Operand:
        kind = kinds[0] if len(kinds) == 1 else UnionType(kinds)
        if not kinds or kind == kind_of_expr(subject.expr):
            return subject
        return self.wrap(ir.Cast(subject.expr, kind, self.span(node)))

    def _class_pattern(self, pattern: ast.MatchClass, subject: Operand, bindings: Bindings) -> Expr:
        owner = self._classes(pattern.cls)
        test = self.expr_of(self.is_instance(subject, (owner,), pattern), pattern)
        if isinstance(test, ir.Const) and not test.value:
            return test
        inner = subject
        if isinstance(subject, Dynamic):
            inner = self._as(subject, self._fitting(owner, subject.expr), pattern)
        tests = [test]
        names = list(getattr(owner, "__match_args__", ()))
        if len(pattern.patterns) > len(names) and owner in (int, bool, str):
            return self._all([test, self.pattern(pattern.patterns[0], inner, bindings)], pattern)
        if len(pattern.patterns) > len(names):
            what = f"{owner.__name__} has {len(names)} fields, this pattern {len(pattern.patterns)}"
            self.refuse("E055", what, pattern, "too many patterns")
        parts = list(zip(names, pattern.patterns, strict=False))
        parts += list(zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True))
        for name, sub in parts:
            attribute = ast.copy_location(ast.Attribute(pattern.cls, name, ast.Load()), sub)
            field = self.attribute(inner, name, attribute)
            tests.append(self.pattern(sub, field, bindings))
        return self._all(tests, pattern)

    def _sequence_pattern(
        self,
        patterns: list[ast.pattern],
        subject: Operand,
        bindings: Bindings,
        node: ast.AST,
    ) -> Expr:
        if any(isinstance(p, ast.MatchStar) for p in patterns):
            self.refuse("E047", "starred patterns are not part of the language", node)
        if isinstance(subject, Static):
            if not isinstance(subject.value, tuple | list) or len(subject.value) != len(patterns):
                return boolean(False, self.span(node))
            return self._all(
                [
                    self.pattern(p, self.static(v), bindings)
                    for p, v in zip(patterns, subject.value, strict=True)
                ],
                node,
            )
        if isinstance(subject, Object):
            self.refuse("E052", "a component has no items to match", node)
        expr = self.value_expr(subject, node)
        tuples = [
            o
            for o in options_of(kind_of_expr(expr))
            if isinstance(o, TupleType) and len(o.items) == len(patterns)
        ]
        if isinstance(kind_of_expr(expr), ListType):
            return self._list_pattern(patterns, expr, bindings, node)
        if len(tuples) != 1:
            return boolean(False, self.span(node))
        tests: list[Expr] = []
        if isinstance(kind_of_expr(expr), UnionType):
            tests.append(ir.IsA(expr, tuples[0], BOOL, self.span(node)))
            expr = ir.Cast(expr, tuples[0], self.span(node))
        for k, (p, kind) in enumerate(zip(patterns, tuples[0].items, strict=True)):
            field = self.wrap(ir.Field(expr, k, kind, self.span(node)))
            tests.append(self.pattern(p, field, bindings))
        return self._all(tests, node)

    def _list_pattern(
        self, patterns: list[ast.pattern], expr: Expr, bindings: Bindings, node: ast.AST
    ) -> Expr:
        kind, span = kind_of_expr(expr), self.span(node)
        assert isinstance(kind, ListType)
        length = apply(Op.LENGTH, (expr,), IntType(0, kind.capacity), span)
        tests: list[Expr] = [apply(Op.EQ, (length, number(len(patterns), span)), BOOL, span)]
        for k, p in enumerate(patterns):
            item = self.wrap(apply(Op.INDEX, (expr, number(k, span)), kind.item, span))
            tests.append(self.pattern(p, item, bindings))
        return self._all(tests, node)
