"""Properties of components and specs, with the antecedents that must not be vacuous."""

from __future__ import annotations

import ast
import typing
from collections.abc import Callable
from typing import Any

from ordercheck.frontend.draft import (
    Draft,
    guarded,
    head,
)
from ordercheck.frontend.operands import Object, Operand, Static
from ordercheck.frontend.past import seen_before
from ordercheck.frontend.scope import Scope
from ordercheck.frontend.source import class_span, find_function
from ordercheck.frontend.statements import Statements
from ordercheck.frontend.unit import make_activation
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import PropertyKind
from ordercheck.ir.span import Diagnostic
from ordercheck.ir.types import (
    BoolType,
    RefType,
)
from ordercheck.language.marks import PropertyMark
from ordercheck.language.model import Spec

BOOL = BoolType()


def own_properties(draft: Draft) -> None:
    """Lower the properties of the model's components."""
    for k, component in enumerate(draft.world.components):
        if draft.world.infos[k].pooled:
            continue
        for name, function, mark in draft.world.marked(type(component)):
            if isinstance(mark, PropertyMark):
                path = draft.world.infos[k].path
                full = f"{path}.{name}" if path else name
                reference = ir.Const(k, RefType((k,)))
                _property(draft, full, function, mark, [Object(reference)])


def spec_properties(draft: Draft, spec: type[Spec[Any]]) -> None:
    """Lower the properties of a spec attached to the model."""
    if not _has_needs(draft, spec):
        return
    made = spec()
    marked = 0
    for name, function, mark in draft.world.marked(spec):
        if isinstance(mark, PropertyMark):
            marked += 1
            model = Object(ir.Const(0, RefType((0,))))
            _property(draft, name, function, mark, [Static(made), model])
    if not marked:
        draft.unit.report(
            Diagnostic(
                "E027",
                f"the spec {spec.__name__} has no property",
                class_span(spec),
                "nothing to check",
                "mark a method with @invariant",
            )
        )


def _has_needs(draft: Draft, spec: type[Spec[Any]]) -> bool:
    for base in getattr(spec, "__orig_bases__", ()):
        arguments = typing.get_args(base)
        if typing.get_origin(base) is not Spec or not arguments:
            continue
        needs = arguments[0]
        names = list(getattr(needs, "__annotations__", {}))
        names += [n for n in vars(needs) if not n.startswith("_") and n not in names]
        missing = [n for n in names if not hasattr(draft.world.model, n)]
        if missing and getattr(needs, "_is_protocol", False):
            model = type(draft.world.model).__name__
            draft.unit.report(
                Diagnostic(
                    "E028",
                    f"{model} lacks what {spec.__name__} needs: {', '.join(missing)}",
                    class_span(spec),
                    "its Protocol names this state",
                    f"give it self.{missing[0]} in set-up, or leave the spec out",
                )
            )
            return False
    return True


def _property(
    draft: Draft,
    name: str,
    function: Callable[..., Any],
    mark: PropertyMark,
    receivers: list[Operand],
) -> None:
    found = find_function(function)
    if found is None:
        return
    source, node = found
    if isinstance(node, ast.Lambda):
        return
    scope = Statements(draft.unit, make_activation(source, function, node.body, ""), name)
    kind = PropertyKind(mark.kind)
    if kind is PropertyKind.STEP_INVARIANT:
        receivers = [*receivers, Object(ir.Const(0, RefType((0,), True)), old=True)]
        if isinstance(receivers[0], Object) and isinstance(receivers[0].expr, ir.Const):
            receivers[-1] = Object(seen_before(receivers[0].expr), old=True)
    anchor = ast.copy_location(ast.Name(name, ast.Load()), node)
    guarded(
        scope, lambda: _add_property(draft, name, function, kind, receivers, scope, anchor, node)
    )
    for report in scope.reports:
        draft.unit.report(report)


def _add_property(
    draft: Draft,
    name: str,
    function: Callable[..., Any],
    kind: PropertyKind,
    receivers: list[Operand],
    scope: Statements,
    anchor: ast.expr,
    node: ast.FunctionDef | ast.AsyncFunctionDef,
) -> None:
    bound = scope.bind(function, receivers, {}, anchor)
    result, passed = draft.unit.function(function, bound, scope, anchor, boolean=True)
    _check_pure(draft, result.pure, name, scope, node)
    past = node.args.args[-1].arg if kind is PropertyKind.STEP_INVARIANT else None
    antecedents = _antecedents(draft, name, function, node, bound, scope, past)
    if passed:
        scope.refuse("E089", "a property has no further parameters", node)
    text = scope.activation.source.text(node.body[-1])
    draft.properties.append(
        ir.Property(name, kind, result.name, text, antecedents, head(scope, node))
    )


def _check_pure(draft: Draft, pure: bool, name: str, scope: Scope, node: ast.AST) -> None:
    if not pure:
        scope.refuse(
            "E089",
            f"the property {name} changes the state, chooses or requires",
            node,
            "a property only looks",
        )


def _antecedents(
    draft: Draft,
    name: str,
    function: Callable[..., Any],
    node: ast.FunctionDef | ast.AsyncFunctionDef,
    bound: dict[str, Operand],
    scope: Statements,
    past: str | None,
) -> tuple[tuple[str, str], ...]:
    """Those that are of one state: one that reads `past`, the state before, is not followed."""
    value = node.body[-1]
    if not isinstance(value, ast.Return) or value.value is None or len(node.body) > 2:
        return ()
    if len(node.body) == 2 and not isinstance(node.body[0], ast.Expr):
        return ()
    found: list[tuple[str, str]] = []
    for expr, text in _antecedent_syntax(value.value):
        if past in {part.id for part in ast.walk(expr) if isinstance(part, ast.Name)}:
            continue
        source = scope.activation.source
        label = draft.unit.unique(f"{name}.antecedent")
        inner = Statements(
            draft.unit, make_activation(source, function, [ast.Return(expr)], ""), label
        )
        inner.activation.names.update(bound)
        test = inner.test(expr)
        if inner.body and not inner.pure:
            continue
        inner.emit(ir.Return(test, inner.span(expr)))
        draft.unit.functions.append(
            ir.Function(label, (), BOOL, tuple(inner.body), inner.span(expr))
        )
        found.append((label, source.text(text)))
    return tuple(found)


def _antecedent_syntax(node: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    match node:
        case ast.Call(func=ast.Name(id="implies"), args=[first, _]):
            return [(first, first)]
        case ast.BoolOp(op=ast.Or(), values=[ast.UnaryOp(op=ast.Not(), operand=first), *_]):
            return [(first, first)]
        case ast.Call(func=ast.Name(id="all") as name, args=[ast.GeneratorExp() as inner]):
            found = _antecedent_syntax(inner.elt)
            made: list[tuple[ast.expr, ast.expr]] = []
            for expr, text in found:
                generator = ast.copy_location(ast.GeneratorExp(expr, inner.generators), inner)
                function = ast.copy_location(ast.Name("any", ast.Load()), name)
                call = ast.Call(func=function, args=[generator], keywords=[])
                made.append((ast.copy_location(call, node), text))
            return made
        case _:
            return []
