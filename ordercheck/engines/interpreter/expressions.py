"""Expressions as Python expressions."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from ordercheck.engines.interpreter import operations
from ordercheck.engines.interpreter.membership import fits, is_a
from ordercheck.engines.interpreter.source import Scope
from ordercheck.ir.nodes import (
    Apply,
    Bind,
    Call,
    Cast,
    Comprehend,
    Conditional,
    Const,
    Current,
    Each,
    Expr,
    Field,
    IsA,
    Load,
    LoadArray,
    Local,
    Logic,
    Lookup,
    Op,
    Program,
    SortedBy,
    When,
)
from ordercheck.ir.render import show_type
from ordercheck.ir.types import IntType, MapType, RefType, StructType, Type, options_of


def emit(expr: Expr, scope: Scope) -> str:
    """A Python expression, safe inside any other, for the value of `expr`."""
    match expr:
        case Const(value=value):
            text = scope.module.literal(value)
            return f"({text})" if text.startswith("-") else text
        case Local(name=name):
            return scope.local(name)
        case Load(address=address, old=old):
            return f"{'u' if old else scope.state}[{emit(address, scope)}]"
        case Apply(operands=operands):
            return operations.apply(expr, _operands(expr, scope), scope.module)
        case Logic(op=op, operands=operands):
            return f"({f' {op} '.join(emit(each, scope) for each in operands)})"
        case Conditional(test=test, then=then, orelse=orelse):
            return f"({emit(then, scope)} if {emit(test, scope)} else {emit(orelse, scope)})"
        case Field():
            return _field(expr, scope)
        case IsA(operand=operand, kind=kind):
            return _named(operand, scope, lambda t: is_a(scope.module, kind, operand.type, t))
        case Cast():
            return _cast(expr, scope)
        case Lookup(key=key, table=table):
            return f"{scope.module.constant(dict(table), 'table', id(table))}[{emit(key, scope)}]"
        case Call():
            return call(expr, scope)
        case LoadArray() | Comprehend():
            return f"(*{sequence(expr, scope)},)"
        case SortedBy():
            return _sorted_by(expr, scope)
        case Current():
            return "running[-1]"
        case _:
            assert_never(expr)


def sequence(expr: Expr, scope: Scope) -> str:
    """The same for a list whose reader takes any Python sequence, which is cheaper."""
    match expr:
        case Comprehend():
            return f"[{_comprehension(expr, scope)}]"
        case LoadArray(address=address, length=length, stride=stride, old=old):
            state = "u" if old else scope.state
            span, step = length * stride, "" if stride == 1 else f":{stride}"
            if isinstance(address, Const):
                return f"{state}[{address.value}:{address.value + span}{step}]"
            return _named(address, scope, lambda t: f"{state}[{t}:{t} + {span}{step}]")
        case Apply(op=Op.RANGE):
            return operations.range_(expr, _operands(expr, scope), scope.module)
        case Apply(op=Op.ITEMS | Op.KEYS | Op.VALUES):
            return operations.items(expr, _operands(expr, scope), scope.module)
        case Apply(op=Op.REVERSED):
            return f"{_operands(expr, scope)[0]}[::-1]"
        case _:
            return emit(expr, scope)


def iterable(expr: Expr, scope: Scope) -> str:
    """The same for a reader who goes through the list once, at once."""
    match expr:
        case Apply(op=Op.ENUMERATE):
            return "enumerate({}, {})".format(*_operands(expr, scope))
        case Apply(op=Op.ZIP):
            return f"zip({', '.join(_operands(expr, scope))})"
        case _:
            return sequence(expr, scope)


def call(expr: Call, scope: Scope) -> str:
    """A call of a function."""
    first = [scope.state]
    if expr.function in scope.module.old_readers:
        first.append("u")
    arguments = [emit(each, scope) for each in expr.arguments]
    return f"{scope.function(expr.function)}({', '.join(first + arguments)})"


def _operands(expr: Apply, scope: Scope) -> list[str]:
    if expr.op in operations.LISTING:
        scope = scope.within(may_bind=False)
    if expr.op not in operations.CONSUMING:
        return [emit(each, scope) for each in expr.operands]
    match expr:
        case Apply(op=Op.ANY | Op.ALL, operands=(Comprehend() as inner,)):
            return [_comprehension(inner, scope)]
        case Apply(op=Op.ZIP | Op.PRODUCT, operands=operands):
            return [sequence(each, scope) for each in operands]
        case Apply(operands=(first, *rest)):
            return [sequence(first, scope), *(emit(each, scope) for each in rest)]
        case _:
            return []


def _comprehension(expr: Comprehend, scope: Scope) -> str:
    parts: list[str] = []
    # Python forbids := where a comprehension names what it goes through.
    outside = scope.within(may_bind=False)
    if not isinstance(expr.clauses[0], Each):
        parts.append("for _ in (0,)")
    for clause in expr.clauses:
        match clause:
            case Each(variable=variable, iterable=items):
                parts.append(f"for {scope.local(variable.name)} in {iterable(items, outside)}")
            case When(test=test):
                parts.append(f"if {emit(test, scope)}")
            case Bind(variable=variable, value=value):
                parts.append(f"for {scope.local(variable.name)} in ({emit(value, outside)},)")
            case _:
                assert_never(clause)
    return f"{emit(expr.item, scope)} {' '.join(parts)}"


def _named(operand: Expr, scope: Scope, use: Callable[[str], str]) -> str:
    """`use` of a name for the operand; what `use` makes must evaluate the first mention first."""
    text = emit(operand, scope)
    if text.isidentifier():
        return use(text)
    if not scope.may_bind:
        return f"(lambda t: {use('t')})({text})"
    name = scope.module.fresh("t")
    return use(name).replace(name, f"({name} := {text})", 1)


def _field(expr: Field, scope: Scope) -> str:
    operand = expr.operand
    places = {name: index + 1 for name, index in expr.by_struct}
    if len(set(places.values())) > 1:
        table = scope.module.constant(places, "table")
        return _named(operand, scope, lambda t: f"{t}[{table}[{t}[0]]]")
    is_struct = any(isinstance(option, StructType) for option in options_of(operand.type))
    index = next(iter(places.values()), expr.index + is_struct)
    return f"{emit(operand, scope)}[{index}]"


def _cast(expr: Cast, scope: Scope) -> str:
    known, kind, module = expr.operand.type, expr.type, scope.module
    if isinstance(known, MapType) and isinstance(kind, MapType) and known.key != kind.key:
        site = module.site(expr.span, kind=known.key)
        return operations.rekeyed(known, kind, emit(expr.operand, scope), site, module)
    if not fits(module, kind, known, "t"):
        return emit(expr.operand, scope)
    site = module.site(expr.span, _misfit(kind, module.program), known)
    text = emit(expr.operand, scope)
    if text.isidentifier():
        return f"({text} if {fits(module, kind, known, text)} else miscast({text}, {site}))"
    if not scope.may_bind:
        return f"(lambda t: t if {fits(module, kind, known, 't')} else miscast(t, {site}))({text})"
    name = module.fresh("t")
    test = fits(module, kind, known, name).replace(name, f"({name} := {text})", 1)
    return f"({name} if {test} else miscast({name}, {site}))"


def _misfit(kind: Type, program: Program) -> str:
    if isinstance(kind, IntType) and kind.lo is not None and kind.hi is not None:
        return f"is not between {kind.lo} and {kind.hi}"
    if isinstance(kind, RefType):
        names = dict.fromkeys(program.components[k].class_name for k in kind.components)
        return f"is no {' or '.join(names)}"
    return f"is not {show_type(kind)}"


def _sorted_by(expr: SortedBy, scope: Scope) -> str:
    items = sequence(expr.operand, scope)
    by, standing = emit(expr.key, scope), operations.sorting(expr.key.type, scope.module)
    by = f"{standing}({by})" if standing else by
    key = f"lambda {scope.local(expr.variable.name)}: {by}"
    if expr.pick == "sorted":
        return f"(*sorted({items}, key={key}, reverse={expr.descending}),)"
    return f"extreme({expr.pick}, {items}, {scope.module.site(expr.span)}, {key})"
