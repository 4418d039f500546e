"""Checks of one body: its expressions, its statements and the locals that it binds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ordercheck.ir.bodies import bound, statements
from ordercheck.ir.effects import Analysis
from ordercheck.ir.nodes import (
    Apply,
    Assert,
    Assign,
    Bind,
    Body,
    Break,
    Call,
    Cast,
    Choose,
    Comprehend,
    Conditional,
    Const,
    Continue,
    Cover,
    Each,
    Evaluate,
    Expr,
    Field,
    For,
    Function,
    If,
    IsA,
    Load,
    Local,
    Logic,
    Lookup,
    Program,
    Raise,
    Require,
    Restart,
    Resume,
    Return,
    SortedBy,
    Stmt,
    Store,
    Try,
    When,
    While,
)
from ordercheck.ir.operands import misuse
from ordercheck.ir.record import dataclass
from ordercheck.ir.relations import compatible
from ordercheck.ir.render import show_type
from ordercheck.ir.span import Span
from ordercheck.ir.types import (
    BoolType,
    ListType,
    NeverType,
    NoneType,
    StructType,
    TaskType,
    TupleType,
    Type,
    options_of,
)
from ordercheck.ir.walk import map_clause, parts

Scope = dict[str, Type]
"""Locals that may be bound, with the type they were bound with."""


@dataclass(frozen=True, slots=True)
class Checker:
    """Reports what is wrong in one function, block or step; it may call `functions`."""

    program: Program
    analysis: Analysis
    functions: dict[str, Function]
    report: Callable[[str, Span | None], None]
    result: Type | None = None
    in_block: bool = False
    in_loop: bool = False

    # --- statements ---

    def body(self, body: Body, scope: Scope) -> None:
        """Check statements in order; `scope` grows by what they may bind."""
        for statement in body:
            self._statement(statement, scope)

    def _statement(self, statement: Stmt, scope: Scope) -> None:
        span = statement.span
        match statement:
            case Assign(target=target, value=value):
                self._effectful(value, scope)
                self._bind(target, value.type, scope, span)
            case Evaluate(call=call):
                self._effectful(call, scope)
            case Store():
                self._store(statement, scope)
            case Choose(target=target, options=options):
                self._bind(target, self._items(options, scope), scope, span)
            case Require(condition=condition, point=point):
                self._test(condition, scope)
                self._point(point, span)
            case Assert(condition=condition, message=message):
                self._test(condition, scope)
                if message is not None:
                    self.expr(message, scope)
            case Return(value=value):
                self._return(value, scope, span)
            case Raise(value=value):
                self.expr(value, scope)
                if not all(isinstance(each, StructType) for each in options_of(value.type)):
                    self.report(f"raises {show_type(value.type)}", span)
            case Resume(task=task) | Restart(task=task):
                self.expr(task, scope)
                self._expect(task, TaskType(), "a task")
            case Cover(point=point):
                self._point(point, span)
            case Break() | Continue():
                if not self.in_loop:
                    self.report("break or continue outside a loop", span)
            case If() | While() | For() | Try():
                self._compound(statement, scope)
            case _:
                pass

    def _compound(self, statement: If | While | For | Try, scope: Scope) -> None:
        match statement:
            case If(test=test, then=then, orelse=orelse):
                self._test(test, scope)
                other = dict(scope)
                self.body(then, scope)
                self.body(orelse, other)
                scope |= other
            case While(test=test, body=body):
                self._expect_later(body, scope)
                self._test(test, scope)
                replace(self, in_loop=True).body(body, scope)
            case For(target=target, iterable=iterable, body=body):
                item = self._items(iterable, scope)
                self._bind(target, item, scope, statement.span)
                self._expect_later(body, scope)
                replace(self, in_loop=True).body(body, scope)
            case Try(body=body, handlers=handlers, orelse=orelse, final=final):
                self.body(body, scope)
                self.body(orelse, scope)
                for handler in handlers:
                    if not handler.names:
                        self.report("an except without names", statement.span)
                    self._bind(handler.variable, handler.variable.type, scope, statement.span)
                    self.body(handler.body, scope)
                self.body(final, scope)

    def _expect_later(self, body: Body, scope: Scope) -> None:
        """A loop's second round sees what the first has bound."""
        for statement in statements(body):
            for local in bound(statement):
                scope.setdefault(local.name, local.type)

    def _store(self, store: Store, scope: Scope) -> None:
        self.expr(store.address, scope)
        self.expr(store.value, scope)
        self._same(store.value.type, store.type, "stored", store.span)
        self._slot(store.address, store.type, store.span)

    def _return(self, value: Expr | None, scope: Scope, span: Span) -> None:
        if self.in_block:
            self.report("a return in a coroutine's block", span)
        if value is not None:
            self.expr(value, scope)
        kind = NoneType() if value is None else value.type
        self._same(kind, self.result or NoneType(), "returned", span)

    def _bind(self, target: Local, kind: Type, scope: Scope, span: Span) -> None:
        known = scope.setdefault(target.name, target.type)
        self._same(kind, target.type, f"bound to {target.name}", span)
        self._same(target.type, known, f"bound to {target.name}, bound before", span)

    def _point(self, point: int | None, span: Span) -> None:
        if point is not None and not 0 <= point < len(self.program.cover):
            self.report(f"no cover point {point}", span)

    # --- expressions ---

    def _effectful(self, expr: Expr, scope: Scope) -> None:
        """Check what stands where a call may have effects."""
        if not isinstance(expr, Call):
            self.expr(expr, scope)
            return
        for argument in expr.arguments:
            self.expr(argument, scope)
        self._call(expr)

    def expr(self, expr: Expr, scope: Scope) -> None:
        """Check an expression; what it binds inside is seen only there."""
        match expr:
            case Comprehend():
                self._comprehend(expr, scope)
            case SortedBy(operand=operand, variable=variable, key=key, pick=pick):
                inner = {**scope, variable.name: variable.type}
                self._same(self._items(operand, scope), variable.type, "sorted by", expr.span)
                self.expr(key, inner)
                if pick not in ("sorted", "min", "max"):
                    self.report(f"sorted by pick {pick!r}", expr.span)
            case _:
                for part in parts(expr):
                    self.expr(part, scope)
                self._node(expr, scope)

    def _comprehend(self, expr: Comprehend, scope: Scope) -> None:
        inner = dict(scope)
        for clause in expr.clauses:

            def check(part: Expr, scope: Scope = inner) -> Expr:
                self.expr(part, scope)
                return part

            map_clause(clause, check)
            match clause:
                case Each(variable=variable, iterable=iterable):
                    item = self._item(iterable)
                    self._same(item, variable.type, f"bound to {variable.name}", expr.span)
                    inner[variable.name] = variable.type
                case Bind(variable=variable, value=value):
                    self._same(value.type, variable.type, f"bound to {variable.name}", expr.span)
                    inner[variable.name] = variable.type
                case When(test=test):
                    self._expect(test, BoolType(), "a bool")
        self.expr(expr.item, inner)
        if not isinstance(expr.type, ListType):
            self.report(f"a comprehension of type {show_type(expr.type)}", expr.span)

    def _node(self, expr: Expr, scope: Scope) -> None:
        """Check one node, its parts being right."""
        match expr:
            case Local(name=name, type=kind, span=span):
                if name not in scope:
                    self.report(f"{name} is never bound before this use", span)
                else:
                    self._same(scope[name], kind, f"read as {name}", span)
            case Load(address=address, type=kind, span=span):
                self._slot(address, kind, span)
            case Apply(span=span):
                bad = misuse(expr)
                if bad is not None:
                    self.report(bad, span)
            case Logic(op=op, operands=operands, span=span):
                if op not in ("and", "or"):
                    self.report(f"no logic of {op!r}", span)
                for operand in operands:
                    self._expect(operand, BoolType(), "a bool")
            case Conditional(test=test, then=then, orelse=orelse, type=kind, span=span):
                self._expect(test, BoolType(), "a bool")
                for branch in (then, orelse):
                    self._same(branch.type, kind, "given by a conditional", span)
            case Field():
                self._field(expr)
            case (
                IsA(operand=operand, kind=kind, span=span)
                | Cast(operand=operand, type=kind, span=span)
            ):
                if not compatible(operand.type, kind):
                    shown = f"{show_type(operand.type)} can never be {show_type(kind)}"
                    self.report(shown, span)
            case Lookup(table=table, span=span):
                if len({key for key, _ in table}) != len(table):
                    self.report("a table with one key twice", span)
            case Call(pure=pure, function=name, span=span):
                if not pure:
                    self.report(f"a call of {name} that is not pure, inside an expression", span)
                self._call(expr)
            case _:
                pass

    def _call(self, call: Call) -> None:
        function = self.functions.get(call.function)
        if function is None:
            self.report(f"no function {call.function} is defined before", call.span)
            return
        if call.pure and not self.analysis.function(call.function).pure:
            self.report(f"{call.function} is called as pure and is not", call.span)
        given, wanted = len(call.arguments), len(function.parameters)
        if given != wanted:
            self.report(f"{call.function} takes {wanted} arguments, not {given}", call.span)
        for argument, parameter in zip(call.arguments, function.parameters, strict=False):
            self._same(argument.type, parameter.type, f"passed as {parameter.name}", call.span)
        self._same(function.result, call.type, f"given by {call.function}", call.span)

    def _field(self, expr: Field) -> None:
        by_struct = dict(expr.by_struct)
        for option in options_of(expr.operand.type):
            match option:
                case StructType(name=name, fields=fields):
                    items = tuple(item for _, item in fields)
                    index = by_struct.get(name, expr.index)
                case TupleType(items=items):
                    index = expr.index
                case NeverType():
                    continue
                case _:
                    self.report(f"a field of {show_type(option)}", expr.span)
                    continue
            if not 0 <= index < len(items):
                self.report(f"{show_type(option)} has no field {index}", expr.span)
            else:
                self._same(items[index], expr.type, "given by a field", expr.span)

    def _items(self, expr: Expr, scope: Scope) -> Type:
        self.expr(expr, scope)
        return self._item(expr)

    def _item(self, expr: Expr) -> Type:
        """The items' type of a list."""
        if isinstance(expr.type, ListType):
            return expr.type.item
        if not isinstance(expr.type, NeverType):
            self.report(f"{show_type(expr.type)} is not a list", expr.span)
        return NeverType()

    def _test(self, expr: Expr, scope: Scope) -> None:
        self.expr(expr, scope)
        self._expect(expr, BoolType(), "a bool")

    def _expect(self, expr: Expr, kind: Type, words: str) -> None:
        if not isinstance(expr.type, type(kind) | NeverType):
            self.report(f"{show_type(expr.type)} is not {words}", expr.span)

    def _same(self, given: Type, wanted: Type, how: str, span: Span) -> None:
        if not compatible(given, wanted):
            self.report(f"{show_type(given)} is {how} as {show_type(wanted)}", span)

    def _slot(self, address: Expr, kind: Type, span: Span) -> None:
        """Check an address's type, and a constant one's slot."""
        if not isinstance(address, Const):
            return
        slots = self.program.slots
        if not isinstance(address.value, int) or not 0 <= address.value < len(slots):
            self.report(f"no slot {address.value!r}", span)
        elif slots[address.value] != kind:
            declared = show_type(slots[address.value])
            self.report(f"slot {address.value} is {declared}, not {show_type(kind)}", span)
