"""Why a property is false: the values that it reads, and the case in which it fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ordercheck.ir.bodies import body_expressions
from ordercheck.ir.nodes import (
    Apply,
    Body,
    Call,
    Comprehend,
    Conditional,
    Const,
    Each,
    Expr,
    Function,
    Load,
    LoadArray,
    Local,
    Op,
    Place,
    Program,
    Return,
    Wait,
    When,
)
from ordercheck.ir.record import dataclass
from ordercheck.ir.recording import Refused
from ordercheck.ir.span import Span
from ordercheck.ir.types import BoolType, ListType, PlaceType, TupleType
from ordercheck.ir.walk import subexpressions
from ordercheck.traces.places import Evaluate, State, Unknown, View
from ordercheck.traces.source import for_targets, is_own, statement_at

Pairs = tuple[tuple[str, str], ...]

NOT_BEGUN = "has not begun"

CASE = "@case "
"""Prefix of the functions that `with_cases` adds."""


def because(
    view: View,
    name: str,
    state: State,
    before: State | None,
    evaluate: Evaluate,
    failing: Span | None = None,
) -> tuple[Pairs, Pairs]:
    """The case in which the property `name` is false, if that is known, and what it reads.

    For a failing line: what that reads. Places of libraries are told only if nothing
    else is read.
    """
    prop = next((p for p in view.program.properties if p.name == name), None)
    if failing is not None:
        expressions = _expressions_on(view.program, failing)
    elif prop is not None:
        expressions = list(_expressions_of(view.program, prop.function, set()))
    else:
        return (), ()
    now = _places(view, expressions, old=False)
    then = _places(view, expressions, old=True) if before is not None else []
    shown = [place for place in now if not place.hidden] or now
    told = [(f"{p.path} (before)", view.value_of(p, before)) for p in then] if before else []
    told += [(place.path, view.value_of(place, state)) for place in shown]
    cases = _case(view, prop.function, state, evaluate) if prop and before is None else []
    return tuple(cases), tuple(told)


# --- the places that are read ---------------------------------------------------------


def _expressions_of(program: Program, function: str, seen: set[str]) -> Iterator[Expr]:
    """All expressions of a function and of those that it calls."""
    if function in seen:
        return
    seen.add(function)
    found = next((f for f in program.functions if f.name == function), None)
    if found is None:
        return
    for outer in body_expressions(found.body):
        yield from _with_called(program, outer, seen)


def _with_called(program: Program, outer: Expr, seen: set[str]) -> Iterator[Expr]:
    for expr in subexpressions(outer):
        yield expr
        if isinstance(expr, Call):
            yield from _expressions_of(program, expr.function, seen)


def _expressions_on(program: Program, span: Span) -> list[Expr]:
    """All expressions that stand inside a span, wherever in the program."""
    bodies: list[Body] = [f.body for f in program.functions]
    bodies += [block.body for c in program.coroutines for block in c.blocks]
    bodies += [step.body for step in program.steps]
    return [
        expr
        for body in bodies
        for outer in body_expressions(body)
        for expr in subexpressions(outer)
        if expr.span.file == span.file and span.line <= expr.span.line <= span.end_line
    ]


def _places(view: View, expressions: list[Expr], old: bool) -> list[Place]:
    found: dict[str, Place] = {}
    for expr in expressions:
        if isinstance(expr, Load | LoadArray) and expr.old is old:
            for slot in _bases(expr.address):
                place = view.place_of(slot)
                if place is not None:
                    found.setdefault(place.path, place)
    return list(found.values())


def _bases(address: Expr) -> tuple[int, ...]:
    """The slots at which the places begin that an address may lie in."""
    match address:
        case Const(value=int(slot)):
            return (slot,)
        case Apply(op=Op.OFFSET, operands=operands):
            return _bases(operands[0])
        case Conditional(then=then, orelse=orelse):
            return _bases(then) + _bases(orelse)
        case Local(type=PlaceType(slots=slots)):
            return slots
        case _:
            return ()


# --- the case that fails ---------------------------------------------------------------


def with_cases(program: Program) -> Program:
    """The program, with a function for each property that says `all(… for x in xs)`.

    It lists the values of x for which the claim is false: a reader who is told
    "false for i = 1, j = 0" need not search for them.
    """
    cases = []
    for prop in program.properties:
        found = _claim(program, prop.function)
        if found is not None:
            cases.append(_case_function(prop.function, found))
    return replace(program, functions=program.functions + tuple(cases)) if cases else program


def _claim(program: Program, function: str) -> Comprehend | None:
    body = next((f.body for f in program.functions if f.name == function), ())
    if len(body) != 1 or not isinstance(body[0], Return):
        return None
    match body[0].value:
        case Apply(op=Op.ALL, operands=(Comprehend() as claim,)):
            return claim
        case _:
            return None


def _variables(claim: Comprehend) -> tuple[Local, ...]:
    return tuple(clause.variable for clause in claim.clauses if isinstance(clause, Each))


def _case_function(function: str, claim: Comprehend) -> Function:
    names = _variables(claim)
    row = TupleType(tuple(name.type for name in names))
    refuted = When(Apply(Op.NOT, (claim.item,), BoolType(), claim.span))
    listed = Comprehend(
        Apply(Op.TUPLE, names, row, claim.span),
        (*claim.clauses, refuted),
        ListType(row),
        claim.span,
    )
    body = (Return(listed, claim.span),)
    return Function(CASE + function, (), ListType(row), body, claim.span)


def _case(view: View, function: str, state: State, evaluate: Evaluate) -> list[tuple[str, str]]:
    """The first case in which a claim about all of something is false."""
    claim = _claim(view.program, function)
    known = any(f.name == CASE + function for f in view.program.functions)
    if claim is None or not known:
        return []
    try:
        rows = evaluate(CASE + function, state)
    except Unknown:
        return []
    if not rows:
        return []
    names = _variables(claim)
    pairs = zip(names, rows[0], strict=True)
    written = for_targets(claim.span)
    shown = written if len(written) == len(names) else [_plain(name.name) for name in names]
    told = (view.write(name.type, value) for name, value in pairs)
    return list(zip(shown, told, strict=True))


def _plain(name: str) -> str:
    """A local as the author wrote it: the front end makes names unique by a suffix."""
    return name.split(".", 1)[0] or name


# --- nobody can go on ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standstill:
    """Why nothing can happen: who waits and where, which line stops each action.

    `values` are what those lines read.
    """

    waits: Pairs = ()
    refused: Pairs = ()
    values: Pairs = ()


def standstill(
    view: View, state: State, lines: dict[int, Span], refused: Sequence[Refused]
) -> Standstill:
    """Of a state without steps; `lines` has, for each task, the author's line where it stands."""
    program = view.program
    waiting = [
        (task.name, _waiting_at(view, number, state, lines))
        for number, task in enumerate(program.tasks)
        if not task.daemon and not _is_done(view, number, state)
    ]
    stops = _stops(program, refused)
    spans = dict.fromkeys([span for _, span in waiting if span] + [span for _, span in stops])
    read = [expr for span in spans for expr in _expressions_on(program, span)]
    places = [place for place in _places(view, read, old=False) if not place.hidden]
    return Standstill(
        tuple((name, f"line {_at(span)}" if span else NOT_BEGUN) for name, span in waiting),
        tuple((_bindings(view, k, few), f"line {_at(at)}") for (k, at), few in stops.items()),
        tuple((place.path, view.value_of(place, state)) for place in places),
    )


def _is_done(view: View, task: int, state: State) -> bool:
    point = view.point(task, state)
    return point is None or point.wait is Wait.DONE


def _waiting_at(view: View, task: int, state: State, lines: dict[int, Span]) -> Span | None:
    """Where a task is suspended; None before its first statement."""
    point = view.point(task, state)
    if point is None or point.wait is Wait.START:
        return None
    return point.span if is_own(point.span) else lines.get(task, point.span)


def _stops(program: Program, refused: Sequence[Refused]) -> dict[tuple[int, Span], list[int]]:
    """By action and by the line that stops it: the bindings that it stops."""
    stops: dict[tuple[int, Span], list[int]] = {}
    for each in refused:
        own = (span for span in reversed(each.ran) if is_own(span))
        span = next(own, program.steps[each.step].span)
        stops.setdefault((each.step, span), []).append(each.binding)
    return stops


def _bindings(view: View, number: int, some: list[int]) -> str:
    """`pour`, `pour(0, 1)`, `pour(0, 1) and 2 more`: an action in some of its ways, or in all."""
    step = view.program.steps[number]
    if len(some) == len(step.bindings):
        return step.name
    more = f" and {len(some) - 1} more" if len(some) > 1 else ""
    return view.action(step, some[0]) + more


def _at(span: Span) -> str:
    return f"{span.line}: {statement_at(span)}"
