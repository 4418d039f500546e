"""Statements."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import assert_never

from ordercheck.engines.native.generate import collections, queues, reductions
from ordercheck.engines.native.generate.domains import member_at
from ordercheck.engines.native.generate.expressions import call, emit, emit_as, propagate
from ordercheck.engines.native.generate.loops import as_list, each, list_type
from ordercheck.engines.native.generate.membership import YES, fits, misfit_kind
from ordercheck.engines.native.generate.packing import ROOMY
from ordercheck.engines.native.generate.places import locate, store, store_bits
from ordercheck.engines.native.generate.scope import Final, Scope
from ordercheck.engines.native.generate.shapes import (
    Bits,
    Variant,
    family,
    real_options,
    shape_of,
)
from ordercheck.ir.nodes import (
    Apply,
    Assert,
    Assign,
    Body,
    Break,
    Choose,
    Const,
    Continue,
    Cover,
    Evaluate,
    Expr,
    Fail,
    For,
    Handler,
    If,
    Op,
    Raise,
    Require,
    Restart,
    Resume,
    Return,
    Stmt,
    Store,
    Try,
    While,
)
from ordercheck.ir.types import IntType, ListType, NoneType, SetType, StructType, Type

ROUNDS = 10_000
"""A loop that completes this many rounds in one step is a model error."""


def emit_body(body: Body, scope: Scope) -> None:
    """Emit statements one after another."""
    for statement in body:
        emit_statement(statement, scope)


def emit_statement(statement: Stmt, scope: Scope) -> None:
    """Emit a statement."""
    match statement:
        case Assign(target=target, value=value):
            variable = scope.names[target.name]
            scope.line(f"{variable.name} = {emit_as(value, variable.kind, scope)};")
        case Store():
            _store(statement, scope)
        case Evaluate(call=called):
            call(called, scope)
        case Choose():
            _choose(statement, scope)
        case Require(condition=condition, point=point):
            test = emit(condition, scope)
            scope.outcome.fails = True
            scope.line(f"if (!{_wrapped(test)}) return OC_DISABLED;")
            cover(point, scope)
        case Assert():
            _assert(statement, scope)
        case Fail(kind=kind):
            scope.line(scope.fail(kind))
        case If(test=test, then=then, orelse=orelse):
            with scope.code.block(f"if ({emit(test, scope)})"):
                emit_body(then, scope)
            if orelse:
                with scope.code.block("else"):
                    emit_body(orelse, scope)
        case While() | For():
            _loop(statement, scope)
        case Break():
            _leave(scope, "break;")
        case Continue():
            _leave(scope, "continue;")
        case Return():
            _return(statement, scope)
        case Raise(value=value):
            _raise(value, scope)
        case Try():
            _Trying(statement, scope).emit()
        case Resume(task=task):
            propagate(f"oc_resume(r, {scope.state}, {emit(task, scope)})", False, scope)
        case Restart(task=task):
            propagate(f"oc_restart(r, {scope.state}, {emit(task, scope)})", False, scope)
        case Cover(point=point):
            cover(point, scope)
        case _:
            assert_never(statement)


def _wrapped(text: str) -> str:
    return text if text.startswith("(") and text.endswith(")") else f"({text})"


def cover(point: int | None, scope: Scope) -> None:
    """Note that a point of Program.cover is reached."""
    if point is not None:
        scope.line(f"r->reached[{point}] = 1;")


def _store(statement: Store, scope: Scope) -> None:
    # Python evaluates the value first, then the place; only then is the value refused.
    in_place = queues.changed(statement, scope, emit)
    if in_place is not None:
        store_bits(*in_place, scope)
        return
    known, declared = statement.value.type, statement.type
    value = emit(statement.value, scope)
    test = YES
    if statement.checked:
        value = scope.temporary(known, value)
        test = fits(scope.unit, declared, known, value)
    address = locate(statement.address, scope, emit)
    if test != YES:
        status = misfit_kind(scope.unit, declared, known, value)
        scope.line(f"if (OC_RARE(!{test})) {scope.fail_with(status)}")
    kind = address.packing.kind
    value = scope.converted(known, kind, value)
    if isinstance(kind, ListType) and kind.capacity is None:
        value = scope.temporary(kind, value)
        scope.fail_if(f"{value}.n > {ROOMY}", "limit")
    store(address, value, scope)


def _assert(statement: Assert, scope: Scope) -> None:
    test = emit(statement.condition, scope)
    with scope.code.block(f"if (OC_RARE(!{_wrapped(test)}))"):
        if statement.message is not None:
            # Evaluating it may end in another error.
            text = emit(statement.message, scope)
            scope.line(f"(void){text};")
        scope.line(scope.fail("assert"))


# --- choices ----------------------------------------------------------------------


def _choose(statement: Choose, scope: Scope) -> None:
    variable = scope.names[statement.target.name]
    options = statement.options
    match options:
        case Const(value=values, type=kind):
            distinct = tuple(dict.fromkeys(values))
            item = list_type(kind).item
            text = emit(Const(distinct, ListType(item, len(distinct))), scope)
            pick = _pick(str(len(distinct)), scope)
            known, chosen = item, f"{text}.at[{pick}]" if distinct else "0"
        case Apply(op=Op.RANGE, operands=(first, last, Const(value=1))):
            begin, end = scope.number(emit(first, scope)), scope.number(emit(last, scope))
            pick = _pick(f"({begin} < {end} ? {end} - {begin} : 0)", scope)
            known, chosen = IntType(), f"({begin} + {pick})"
        case Apply(op=Op.ITEMS, operands=(operand,)) if _is_small_set(operand):
            assert isinstance(operand.type, SetType)
            bits = scope.temporary(operand.type, emit(operand, scope))
            pick = _pick(collections.cardinality(operand.type, bits, scope), scope)
            known = operand.type.domain
            place = scope.number(f"oc_nth({bits}, {pick})")
            chosen = member_at(scope.unit, known, place)
        case _:
            listed, text = as_list(options, scope, emit)
            text = reductions.distinct(listed, scope.temporary(listed, text), scope)
            pick = _pick(f"{text}.n", scope)
            known, chosen = listed.item, f"{text}.at[{pick}]"
    scope.line(f"{variable.name} = {scope.converted(known, variable.kind, chosen)};")


def _is_small_set(operand: Expr) -> bool:
    if not isinstance(operand.type, SetType):
        return False
    shape = shape_of(operand.type)
    return isinstance(shape, Bits) and shape.words == 1


def _pick(count: str, scope: Scope) -> str:
    """A name for the option that this attempt takes, of so many."""
    name = scope.code.fresh("pick")
    scope.line(f"int64_t {name};")
    propagate(f"oc_choose(r, {count}, &{name})", False, scope)
    return name


# --- loops ------------------------------------------------------------------------


def _loop(statement: While | For, scope: Scope) -> None:
    inner = scope.within(exits=(*scope.exits, Final()))
    match statement:
        case While(test=test, body=body):
            rounds = scope.code.fresh("n")
            with scope.code.block(f"for (int {rounds} = 0;; {rounds}++)"):
                scope.fail_if(f"{rounds} == {ROUNDS}", "rounds")
                if not (isinstance(test, Const) and test.value is True):
                    scope.line(f"if (!{_wrapped(emit(test, scope))}) break;")
                emit_body(body, inner)
        case For(target=target, iterable=iterable, body=body):
            with ExitStack() as stack:
                known, text = stack.enter_context(each(iterable, scope, emit, copied=True))
                variable = scope.names[target.name]
                text = scope.converted(known, variable.kind, text)
                scope.line(f"{variable.name} = {text};")
                emit_body(body, inner)


def _leave(scope: Scope, jump: str) -> None:
    """Jump out of the innermost loop, or to its next round, by every `finally` on the way."""
    for final in reversed(scope.exits):
        if final.emit is None:
            break
        final.emit()
    scope.line(jump)


def _return(statement: Return, scope: Scope) -> None:
    result = scope.result
    if result is not None:
        value = Const(None, NoneType()) if statement.value is None else statement.value
        text = emit_as(value, result, scope)
        if any(final.emit is not None for final in scope.exits):
            # What a `finally` changes is not seen by the value.
            name = scope.code.fresh("t")
            scope.line(f"{scope.ctype(result)} {name} = {text};")
            text = name
    for final in reversed(scope.exits):
        if final.emit is not None:
            final.emit()
    if result is not None:
        scope.line(f"*out = {text};")
    scope.line("return OC_DONE;")


# --- exceptions -------------------------------------------------------------------


def _raise(value: Expr, scope: Scope) -> None:
    kind = scope.exception
    text = emit_as(value, kind, scope)
    place = scope.code.fresh("raised")
    scope.line(f"{scope.ctype(kind)} *{place} = oc_take(r, sizeof *{place});")
    scope.allocating(f"!{place}")
    scope.line(f"*{place} = {text};")
    scope.line(f"r->raised = {place};")
    throw(scope)


def throw(scope: Scope) -> None:
    """Emit the jump to whoever takes the exception that the run carries."""
    if scope.catch:
        scope.line(f"goto {scope.catch};")
    else:
        scope.outcome.fails = True
        scope.line("return OC_RAISED;")


def caught(kind: Type, scope: Scope) -> str:
    """A C expression: the exception that the run carries, as one of a type."""
    whole = f"(*(const {scope.ctype(scope.exception)} *)r->raised)"
    return scope.converted(scope.exception, kind, whole)


@dataclass(slots=True)
class _Trying:
    """A Try being emitted: where control goes when it ends, is caught, or leaves."""

    statement: Try
    outside: Scope

    def emit(self) -> None:
        statement, outside = self.statement, self.outside
        code = outside.code
        caught_at, left_at, end = (code.fresh(each) for each in ("catch", "final", "end"))
        final = statement.final
        inside = outside
        if final:
            leaving = Final(emit=lambda: emit_body(final, outside))
            inside = outside.within(exits=(*outside.exits, leaving), catch=left_at)
        body = inside.within(catch=caught_at) if statement.handlers else inside
        with code.block():
            emit_body(statement.body, body)
            emit_body(statement.orelse, inside)
            code.line(f"goto {end};")
            if statement.handlers:
                self._label(caught_at)
                for handler in statement.handlers:
                    self._handler(handler, inside, end)
                throw(inside)
            if final:
                self._label(left_at)
                self._reraise()
            self._label(end)
            if final:
                with code.block():
                    emit_body(final, outside)

    def _label(self, name: str) -> None:
        self.outside.line(f"{name}: OC_UNUSED;")

    def _handler(self, handler: Handler, inside: Scope, end: str) -> None:
        scope = self.outside
        test = _is_named(handler.names, scope)
        with scope.code.block(f"if ({test})"):
            variable = scope.names[handler.variable.name]
            scope.line(f"{variable.name} = {caught(variable.kind, scope)};")
            emit_body(handler.body, inside)
            scope.line(f"goto {end};")

    def _reraise(self) -> None:
        scope = self.outside
        with scope.code.block():
            saved = scope.code.fresh("raised")
            scope.line(f"const void *{saved} = r->raised;")
            emit_body(self.statement.final, scope)
            scope.line(f"r->raised = {saved};")
            throw(scope)


def _is_named(names: tuple[str, ...], scope: Scope) -> str:
    """A C condition: the exception that the run carries has one of these names."""
    kind = scope.exception
    shape = shape_of(kind)
    known = [
        option
        for option in real_options(kind)
        if isinstance(option, StructType) and option.name in names
    ]
    if not isinstance(shape, Variant):
        return "1" if known else "0"
    whole = f"((const {scope.ctype(kind)} *)r->raised)"
    tests = [f"{whole}->tag == {scope.unit.tag(family(option))}" for option in known]
    return " || ".join(tests) or "0"
