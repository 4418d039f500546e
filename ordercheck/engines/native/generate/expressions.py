"""Expressions: a C expression for each, after the statements that it needs."""

from __future__ import annotations

from typing import assert_never

from ordercheck.engines.native.generate import collections
from ordercheck.engines.native.generate.choosing import lookup
from ordercheck.engines.native.generate.loops import array_items, go_through, list_type
from ordercheck.engines.native.generate.membership import NO, YES, fits
from ordercheck.engines.native.generate.operations import apply
from ordercheck.engines.native.generate.places import load, locate
from ordercheck.engines.native.generate.reductions import sorted_by
from ordercheck.engines.native.generate.scope import Scope
from ordercheck.engines.native.generate.shapes import Variant, family, real_options, shape_of
from ordercheck.engines.native.generate.unsupported import Unsupported
from ordercheck.engines.native.generate.values import constant, ctype
from ordercheck.ir.nodes import (
    Apply,
    Call,
    Cast,
    Comprehend,
    Conditional,
    Const,
    Current,
    Expr,
    Field,
    IsA,
    Load,
    LoadArray,
    Local,
    Logic,
    Lookup,
    SortedBy,
)
from ordercheck.ir.types import ListType, MapType, StructType, TupleType, Type


def emit(expr: Expr, scope: Scope) -> str:
    """A C expression for the value of `expr`, of the shape of its type."""
    match expr:
        case Const(value=value, type=kind):
            return constant(scope.unit, kind, value)
        case Local(name=name, type=kind):
            variable = scope.names[name]
            return scope.converted(variable.kind, kind, variable.name)
        case Load(address=address, type=kind, old=old):
            state = "r->u" if old else scope.state
            return load(locate(address, scope, emit), kind, scope, state)
        case Apply():
            return apply(expr, scope, emit)
        case Logic():
            return _logic(expr, scope)
        case Conditional():
            return _conditional(expr, scope)
        case Field():
            return _field(expr, scope)
        case IsA(operand=operand, kind=kind):
            text = scope.temporary(operand.type, emit(operand, scope))
            return fits(scope.unit, kind, operand.type, text)
        case Cast():
            return _cast(expr, scope)
        case Lookup(key=key, table=table, type=kind):
            return lookup(key.type, kind, table, emit(key, scope), scope)
        case Call():
            return call(expr, scope)
        case LoadArray():
            return _load_array(expr, scope)
        case Comprehend():
            return _comprehend(expr, scope)
        case SortedBy():
            return sorted_by(expr, scope, emit)
        case Current():
            return "r->current"
        case _:
            assert_never(expr)


def emit_as(expr: Expr, kind: Type, scope: Scope) -> str:
    """The same as a value of another type, which it surely is."""
    return scope.converted(expr.type, kind, emit(expr, scope))


# --- control ----------------------------------------------------------------------


def _logic(expr: Logic, scope: Scope) -> str:
    sign, rest = ("&&", "") if expr.op == "and" else ("||", "!")
    text = emit(expr.operands[0], scope)
    for operand in expr.operands[1:]:
        with scope.code.captured() as lines:
            following = emit(operand, scope)
        if not lines:
            text = f"({text} {sign} {following})"
            continue
        name = scope.code.fresh("t")
        scope.line(f"int64_t {name} = {text};")
        with scope.code.block(f"if ({rest}{name})"):
            scope.code.lines += lines
            scope.line(f"{name} = {following};")
        text = name
    return text


def _conditional(expr: Conditional, scope: Scope) -> str:
    test = emit(expr.test, scope)
    with scope.code.captured() as then_lines:
        then = emit_as(expr.then, expr.type, scope)
    with scope.code.captured() as else_lines:
        orelse = emit_as(expr.orelse, expr.type, scope)
    if not then_lines and not else_lines:
        return f"({test} ? {then} : {orelse})"
    name = scope.code.fresh("t")
    scope.line(f"{scope.ctype(expr.type)} {name};")
    with scope.code.block(f"if ({test})"):
        scope.code.lines += then_lines
        scope.line(f"{name} = {then};")
    with scope.code.block("else"):
        scope.code.lines += else_lines
        scope.line(f"{name} = {orelse};")
    return name


def call(expr: Call, scope: Scope) -> str:
    """The value of a called function; OC_NONE of one that returns nothing."""
    signature = scope.signatures[expr.function]
    given = [
        emit_as(argument, kind, scope)
        for argument, kind in zip(expr.arguments, signature.parameters, strict=True)
    ]
    name = scope.code.fresh("t")
    scope.line(f"{scope.ctype(signature.result)} {name};")
    arguments = ", ".join(["r", scope.state, *given, f"&{name}"])
    called = f"{signature.name}({arguments})"
    if not signature.fails:
        scope.line(f"(void){called};")
    else:
        propagate(called, signature.raises, scope)
    return scope.converted(signature.result, expr.type, name)


def propagate(called: str, raises: bool, scope: Scope) -> None:
    """Emit a call that gives a status, and what is done about one that is not OC_DONE."""
    scope.outcome.fails = True
    status = scope.code.fresh("status")
    scope.line(f"int {status} = {called};")
    if raises and scope.catch:
        scope.line(f"if ({status} == OC_RAISED) goto {scope.catch};")
    scope.line(f"if (OC_RARE({status} != OC_DONE)) return {status};")


# --- parts and types ----------------------------------------------------------------


def _field(expr: Field, scope: Scope) -> str:
    operand = expr.operand
    text = emit(operand, scope)
    indices = dict(expr.by_struct)
    options = [option for option in real_options(operand.type) if _has_parts(option)]
    if not isinstance(shape_of(operand.type), Variant):
        return _part(options[0], expr, indices, text, scope)
    text = scope.temporary(operand.type, text)
    name = scope.code.fresh("t")
    scope.line(f"{scope.ctype(expr.type)} {name};")
    with scope.code.block(f"switch ({text}.tag)"):
        for k, option in enumerate(options):
            tag = scope.unit.tag(family(option))
            with scope.code.block("default:" if k == len(options) - 1 else f"case {tag}:"):
                part = _part(option, expr, indices, f"{text}.as.o{tag}", scope)
                scope.line(f"{name} = {part};")
                scope.line("break;")
    return name


def _has_parts(kind: Type) -> bool:
    return isinstance(kind, TupleType | StructType)


def _part(option: Type, expr: Field, indices: dict[str, int], text: str, scope: Scope) -> str:
    match option:
        case TupleType(items=items):
            index = expr.index
        case StructType(name=name, fields=fields):
            index = indices.get(name, expr.index)
            items = tuple(item for _, item in fields)
        case _:
            raise Unsupported("takes a field of what has none", expr.span)
    return scope.converted(items[index], expr.type, f"{text}.f{index}")


def _cast(expr: Cast, scope: Scope) -> str:
    known, kind = expr.operand.type, expr.type
    text = emit(expr.operand, scope)
    if isinstance(known, MapType) and isinstance(kind, MapType) and known.key != kind.key:
        return collections.rekeyed(known, kind, text, scope)
    text = scope.temporary(known, text)
    test = fits(scope.unit, kind, known, text)
    if test != YES:
        scope.fail_if(f"!{test}", "type")
    if test == NO:
        # What follows is never reached, and has no value to convert.
        name = scope.code.fresh("t")
        scope.line(f"{scope.ctype(kind)} {name};")
        scope.line(f"memset(&{name}, 0, sizeof {name});")
        return name
    return scope.converted(known, kind, text)


def _load_array(expr: LoadArray, scope: Scope) -> str:
    kind = list_type(expr.type)
    name, at = _new_list(kind, str(expr.length), scope)
    scope.line(f"{name}.n = {expr.length};")
    if not expr.length:
        return name
    find = array_items(expr, scope, emit)
    k = scope.code.fresh("k")
    with scope.code.block(f"for (int64_t {k} = 0; {k} < {expr.length}; {k}++)"):
        item = load(find(k), kind.item, scope, "r->u" if expr.old else scope.state)
        scope.line(f"{at}[{k}] = {item};")
    return name


def _new_list(kind: ListType, count: str, scope: Scope) -> tuple[str, str]:
    name, at = scope.code.fresh("t"), scope.code.fresh("t")
    item = ctype(scope.unit, shape_of(kind.item))
    scope.line(f"{item} *{at} = oc_take(r, (size_t)({count}) * sizeof *{at});")
    scope.allocating(f"!{at}")
    scope.line(f"{scope.ctype(kind)} {name} = {{0, {at}}};")
    return name, at


# --- comprehensions -----------------------------------------------------------------


def _comprehend(expr: Comprehend, scope: Scope) -> str:
    kind = list_type(expr.type)
    name, at, space = scope.code.fresh("t"), scope.code.fresh("t"), scope.code.fresh("n")
    item = ctype(scope.unit, shape_of(kind.item))
    scope.line(f"{scope.ctype(kind)} {name} = {{0, 0}};")
    scope.line(f"{item} *{at} = 0;")
    scope.line(f"int64_t {space} = 0;")

    def add(inner: Scope, text: str) -> None:
        text = inner.temporary(kind.item, inner.converted(expr.item.type, kind.item, text))
        inner.line(f"{at} = oc_grown(r, {at}, {name}.n, &{space}, sizeof *{at});")
        inner.allocating(f"!{at}")
        inner.line(f"{at}[{name}.n++] = {text};")

    go_through(expr, scope, emit, add)
    scope.line(f"{name}.at = {at};")
    return name
