"""Whether a process's body begins with a suspension, and so starts suspended in it.

Read off the source: going along in Python's order of evaluation, an `await` that suspends
comes before anything that is done, or something is done before it. What set-up has
settled (parameters, plain values, which component stands where) is nothing done.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import operator
import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ordercheck.language import Component
from ordercheck.language.marks import ProcessMark
from ordercheck.language.places import Place
from tests.oracle.world import arguments, members

SUSPENSIONS = ("park", "step", "until")

Operators = Mapping[type[ast.AST], Callable[..., Any]]
BINARY: Operators = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}
COMPARE: Operators = {
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda item, holder: item in holder,
    ast.NotIn: lambda item, holder: item not in holder,
}

Beginning = bool | None
"""True: it suspends first. False: something is done first. None: nothing is done at all."""


class _Unknown(Exception):
    """An expression that is not a constant of the steps."""


def begins_suspended(component: Any, name: str, mark: ProcessMark) -> bool:
    """Whether nothing is done before the first suspension of a process.

    Its arguments are constants where it has one member only.
    """
    function = getattr(type(component), name)
    rows = list(members(mark, component))
    given = inspect.signature(function).bind(None, *arguments(mark, function, rows[0]))
    known = given.arguments if len(rows) == 1 else {}
    return _Frame(component, bool(mark.on), function, known).begins() is True


@cache
def _body(function: Any) -> list[ast.stmt]:
    source = textwrap.dedent(inspect.getsource(function))
    (node,) = ast.parse(source).body
    assert isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef)
    return node.body


def _first(beginnings: Iterable[Beginning]) -> Beginning:
    """What the first of several says that does anything."""
    return next((found for found in beginnings if found is not None), None)


@dataclass(frozen=True, slots=True)
class _Frame:
    """A call: of which function, on whom, and with which constants."""

    component: Any
    on_loop: bool
    function: Any
    names: Mapping[str, object]

    def begins(self) -> Beginning:
        return self.statements(_body(self.function))

    def statements(self, body: list[ast.stmt]) -> Beginning:
        return _first(map(self.statement, body))

    def statement(self, node: ast.stmt) -> Beginning:
        match node:
            case ast.Pass():
                return None
            case ast.Expr(value=value):
                return self.expression(value)
            case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
                return self.done_after(value)
            case ast.Return(value=ast.expr() as value):
                return self.done_after(value)
            case ast.While(test=test, body=body):
                try:
                    return self.statements(body) if self.constant(test) else False
                except _Unknown:
                    return self.done_after(test)
            case ast.If(test=test, body=body, orelse=orelse):
                try:
                    return self.statements(body if self.constant(test) else orelse)
                except _Unknown:
                    return self.done_after(test)
            case ast.Match(subject=subject, cases=cases):
                try:
                    return self.statements(self.chosen(self.constant(subject), cases))
                except _Unknown:
                    return self.done_after(subject)
            case ast.Try(body=body):
                return self.statements(body)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                enter = "__enter__" if isinstance(node, ast.With) else "__aenter__"
                entered = _first(self.entered(item, enter) for item in items)
                return self.statements(body) if entered is None else entered
            case ast.For(iter=iterated):
                return self.done_after(iterated)
            case _:
                return False

    def done_after(self, node: ast.expr) -> bool:
        """Of what does something with the value of an expression."""
        return self.expression(node) is True

    def entered(self, item: ast.withitem, enter: str) -> Beginning:
        """Of entering one context, and giving it a name."""
        try:
            context = self.constant(item.context_expr)
        except _Unknown:
            return self.done_after(item.context_expr)
        method = getattr(type(context), enter)
        found = _Frame(context, self.on_loop, method, {}).begins()
        return False if found is None and item.optional_vars is not None else found

    def chosen(self, subject: object, cases: list[ast.match_case]) -> list[ast.stmt]:
        """The body of the case for a constant; raises _Unknown."""
        for case in cases:
            match case:
                case ast.match_case(pattern=ast.MatchValue(value=value), guard=None):
                    if self.constant(value) == subject:
                        return case.body
                case ast.match_case(pattern=ast.MatchAs(pattern=None, name=None), guard=None):
                    return case.body
                case _:
                    raise _Unknown
        return []

    def expression(self, node: ast.expr) -> Beginning:
        """Of evaluating an expression."""
        try:
            self.constant(node)
        except _Unknown:
            pass
        else:
            return None
        match node:
            case ast.Await(value=awaited):
                return self.awaited(awaited)
            case ast.BoolOp(values=[*values]):
                known = self.expression(values[0])
                return self.done_after(values[1]) if known is None else known
            case ast.IfExp(test=test, body=body, orelse=orelse):
                try:
                    return self.expression(body if self.constant(test) else orelse)
                except _Unknown:
                    return self.done_after(test)
            case (
                ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp()
            ):
                return False
            case ast.NamedExpr(value=value):
                return self.done_after(value)
            case _:
                inner = ast.iter_child_nodes(node)
                parts = (each.value if isinstance(each, ast.keyword) else each for each in inner)
                known = _first(
                    self.expression(each) for each in parts if isinstance(each, ast.expr)
                )
                return known is True

    def awaited(self, node: ast.expr) -> Beginning:
        """Of awaiting a call, or something that has a method `wait`."""
        match node:
            case ast.Call(func=ast.Name(name)) if name in SUSPENSIONS:
                return True
            case ast.Call(func=ast.Name(name), args=given, keywords=named):
                holder, function = None, self.function.__globals__.get(name)
            case ast.Call(func=ast.Attribute(value=on, attr=name), args=given, keywords=named):
                try:
                    holder = self.constant(on)
                except _Unknown:
                    return self.done_after(on)
                function = getattr(type(holder), name)
            case _:
                try:
                    holder = self.constant(node)
                except _Unknown:
                    return self.done_after(node)
                function, given, named = type(holder).wait, [], []
        evaluated = _first(map(self.expression, [*given, *(each.value for each in named)]))
        if evaluated is not None:
            return evaluated
        return _Frame(holder, self.on_loop, function, self.passed(function, given, named)).begins()

    def passed(
        self, function: Any, given: list[ast.expr], named: list[ast.keyword]
    ) -> dict[str, object]:
        """What constant arguments a function is called with."""
        signature = inspect.signature(function)
        method = next(iter(signature.parameters), "") == "self"
        values = [self.constant(each) for each in given]
        keywords = {each.arg: self.constant(each.value) for each in named if each.arg}
        bound = signature.bind(*([None] if method else []), *values, **keywords)
        bound.apply_defaults()
        return bound.arguments

    def constant(self, node: ast.expr) -> Any:
        """The value of an expression that set-up has settled; raises _Unknown."""
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name("self"):
                return self.component
            case ast.Name(name):
                known = {**vars(builtins), **self.function.__globals__, **self.names}
                if name not in known or isinstance(known[name], Place):
                    raise _Unknown
                return known[name]
            case ast.Call(func=ast.Name("on_loop")):
                return self.on_loop
            case ast.Attribute(value=inner, attr=name):
                return _attribute(self.constant(inner), name)
            case ast.Subscript(value=inner, slice=index):
                holder = self.constant(inner)
                if not isinstance(holder, list | tuple | dict):
                    raise _Unknown
                return holder[self.constant(index)]
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                return not self.constant(inner)
            case ast.BoolOp(op=op, values=values):
                found: Any = isinstance(op, ast.And)
                for each in values:
                    found = self.constant(each)
                    if bool(found) != isinstance(op, ast.And):
                        return found
                return found
            case ast.BinOp(op=op, left=left, right=right) if type(op) in BINARY:
                return BINARY[type(op)](self.constant(left), self.constant(right))
            case ast.Compare(left=left, ops=ops, comparators=comparators):
                values = [self.constant(each) for each in (left, *comparators)]
                pairs = zip(ops, values, values[1:], strict=False)
                return all(COMPARE[type(op)](a, b) for op, a, b in pairs)
            case _:
                raise _Unknown


def _attribute(holder: object, name: str) -> Any:
    """What a component holds that steps cannot change; raises _Unknown."""
    if not isinstance(holder, Component) or name in holder.__dict__.get("_declared", {}):
        raise _Unknown
    value = getattr(holder, name)
    if isinstance(value, Place):
        raise _Unknown
    return value
