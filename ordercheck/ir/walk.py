"""Going through expressions, and rebuilding them.

Whatever is rebuilt without a change comes back as the same object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from operator import attrgetter, is_
from typing import Any, TypeVar, assert_never

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
    SortedBy,
    When,
)

T = TypeVar("T")
Clause = Each | When | Bind


def changed(node: T, **parts: Any) -> T:
    """`node` with these fields; the same object if it has them already."""
    # A loop, and not all(): passes mostly find nothing to change, some 10,000 times a program.
    for name, part in parts.items():
        if getattr(node, name) is not part:
            return replaced(node, parts)
    return node


def replaced(node: T, parts: Mapping[str, Any]) -> T:
    """A node like this one with other fields: `dataclasses.replace`, in half of the time."""
    names: tuple[str, ...] = node.__match_args__  # type: ignore[attr-defined]
    return type(node)(*[parts[n] if n in parts else getattr(node, n) for n in names])


def mapped(items: tuple[T, ...], change: Callable[[T], T]) -> tuple[T, ...]:
    """The changed items; the same tuple if none changes."""
    if not items:
        return items
    result = tuple(map(change, items))
    return items if same(items, result) else result


def same(items: tuple[Any, ...], others: tuple[Any, ...]) -> bool:
    """Whether two tuples of one length hold the same objects."""
    return all(map(is_, items, others))


def map_parts(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """The expression with each direct part changed, in the order of evaluation."""
    before = parts(expr)
    after = mapped(before, change)
    return expr if after is before else _with_parts(expr, after)


def _with_parts(expr: Expr, new: tuple[Expr, ...]) -> Expr:
    match expr:
        case Const() | Local() | Current():
            return expr
        case Load() | LoadArray():
            return replaced(expr, {"address": new[0]})
        case Apply() | Logic():
            return replaced(expr, {"operands": new})
        case Conditional():
            return replaced(expr, {"test": new[0], "then": new[1], "orelse": new[2]})
        case Field() | IsA() | Cast():
            return replaced(expr, {"operand": new[0]})
        case Lookup():
            return replaced(expr, {"key": new[0]})
        case Call():
            return replaced(expr, {"arguments": new})
        case Comprehend(clauses=clauses):
            clauses = tuple(map(_with_clause_part, clauses, new))
            return replaced(expr, {"clauses": clauses, "item": new[-1]})
        case SortedBy():
            return replaced(expr, {"operand": new[0], "key": new[1]})
        case _:
            assert_never(expr)


def map_clause(clause: Clause, change: Callable[[Expr], Expr]) -> Clause:
    """A comprehension's clause with its expression changed."""
    return _with_clause_part(clause, change(clause_part(clause)))


def _with_clause_part(clause: Clause, part: Expr) -> Clause:
    match clause:
        case Each():
            return changed(clause, iterable=part)
        case When():
            return changed(clause, test=part)
        case Bind():
            return changed(clause, value=part)
        case _:
            assert_never(clause)


def parts(expr: Expr) -> tuple[Expr, ...]:
    """The direct parts of an expression, in the order of evaluation."""
    return _PARTS[type(expr)](expr)


def _no_parts(_: Expr) -> tuple[Expr, ...]:
    return ()


# A table, and not a match: passes and engines ask this of most expressions, several times.
_PARTS: dict[type[Expr], Callable[[Any], tuple[Expr, ...]]] = {
    Const: _no_parts,
    Local: _no_parts,
    Current: _no_parts,
    Load: lambda expr: (expr.address,),
    LoadArray: lambda expr: (expr.address,),
    Apply: attrgetter("operands"),
    Logic: attrgetter("operands"),
    Conditional: attrgetter("test", "then", "orelse"),
    Field: lambda expr: (expr.operand,),
    IsA: lambda expr: (expr.operand,),
    Cast: lambda expr: (expr.operand,),
    Lookup: lambda expr: (expr.key,),
    Call: attrgetter("arguments"),
    Comprehend: lambda expr: (*map(clause_part, expr.clauses), expr.item),
    SortedBy: attrgetter("operand", "key"),
}


def clause_part(clause: Clause) -> Expr:
    """The expression of a comprehension's clause."""
    match clause:
        case Each(iterable=part) | When(test=part) | Bind(value=part):
            return part
        case _:
            assert_never(clause)


def subexpressions(expr: Expr) -> Iterator[Expr]:
    """The expression and all inside it, outer ones first."""
    waiting = [expr]
    while waiting:
        part = waiting.pop()
        yield part
        waiting.extend(reversed(parts(part)))


def rewrite(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """The expression with `change` applied to every node, parts first."""

    def visit(part: Expr) -> Expr:
        return change(map_parts(part, visit))

    return visit(expr)


def replace_locals(
    expr: Expr, change: Callable[[Local], Expr], inner: frozenset[str] = frozenset()
) -> Expr:
    """The expression with its free locals changed; `inner` are the names bound around it."""
    match expr:
        case Local(name=name):
            return expr if name in inner else change(expr)
        case Comprehend(item=item, clauses=clauses):
            done: list[Clause] = []
            for clause in clauses:
                visit = partial(replace_locals, change=change, inner=inner)
                done.append(map_clause(clause, visit))
                if not isinstance(clause, When):
                    inner |= {clause.variable.name}
            item = replace_locals(item, change, inner)
            kept = clauses if same(clauses, tuple(done)) else tuple(done)
            return changed(expr, item=item, clauses=kept)
        case SortedBy(operand=operand, variable=variable, key=key):
            operand = replace_locals(operand, change, inner)
            key = replace_locals(key, change, inner | {variable.name})
            return changed(expr, operand=operand, key=key)
        case _:
            return map_parts(expr, lambda part: replace_locals(part, change, inner))


def free_locals(expr: Expr) -> list[Local]:
    """The locals that an expression reads and does not bind itself, in order, with repetitions."""
    found: list[Local] = []
    _note_free(expr, frozenset(), found)
    return found


def _note_free(expr: Expr, inner: frozenset[str], found: list[Local]) -> None:
    waiting = [expr]
    while waiting:
        part = waiting.pop()
        match part:
            case Local(name=name):
                if name not in inner:
                    found.append(part)
            case Comprehend() | SortedBy():
                _note_free_around(part, inner, found)
            case _:
                waiting.extend(reversed(parts(part)))


def _note_free_around(
    expr: Comprehend | SortedBy, inner: frozenset[str], found: list[Local]
) -> None:
    """The same of what binds locals itself."""
    match expr:
        case Comprehend(item=item, clauses=clauses):
            for clause in clauses:
                _note_free(clause_part(clause), inner, found)
                if not isinstance(clause, When):
                    inner |= {clause.variable.name}
            _note_free(item, inner, found)
        case SortedBy(operand=operand, variable=variable, key=key):
            _note_free(operand, inner, found)
            _note_free(key, inner | {variable.name}, found)
        case _:
            assert_never(expr)
