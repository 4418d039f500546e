"""Expressions from the command line: ad hoc invariants, and what a reader wants to see."""

from __future__ import annotations

import ast

from ordercheck.frontend.draft import (
    Draft,
)
from ordercheck.frontend.operands import Activation, Object
from ordercheck.frontend.scope import Refused
from ordercheck.frontend.source import Source, parse
from ordercheck.frontend.statements import Statements
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import PropertyKind
from ordercheck.ir.span import BadInput, Diagnostic, Span
from ordercheck.ir.types import (
    RefType,
)


def expression_property(draft: Draft, text: str) -> None:
    """Add an invariant given as text."""
    name = " ".join(text.split())
    function, span = _text_function(draft, text, "invariant", truth=True)
    draft.properties.append(ir.Property(name, PropertyKind.INVARIANT, function, name, (), span))


def watch(draft: Draft, text: str) -> str:
    """Lower an expression given as text; the name of its function."""
    return _text_function(draft, text, "show", truth=False)[0]


def _text_function(draft: Draft, text: str, option: str, truth: bool) -> tuple[str, Span]:
    try:
        expr = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError) as error:
        span = Span(f"--{option}", 1, 1, 1, len(text) + 1)
        what = getattr(error, "msg", str(error))
        raise BadInput(
            Diagnostic("E002", f"this is not an expression: {what}: {text}", span)
        ) from None
    source = parse(f"--{option}", text.strip())
    scope = Statements(draft.unit, _text_activation(draft, source), f"--{option}")
    name = draft.unit.unique(f"--{option} {' '.join(text.split())}")
    try:
        value = scope.test(expr) if truth else scope.value(expr)
    except Refused as refused:
        if refused.diagnostic is not None:
            draft.unit.report(refused.diagnostic)
        return name, scope.span(expr)
    scope.emit(ir.Return(value, scope.span(expr)))
    if not scope.pure:
        draft.unit.report(
            Diagnostic("E089", "this changes the state", scope.span(expr), "only look")
        )
    draft.unit.functions.append(
        ir.Function(name, (), value.type, tuple(scope.body), scope.span(expr))
    )
    return name, scope.span(expr)


def _text_activation(draft: Draft, source: Source) -> Activation:
    import sys

    module = sys.modules.get(type(draft.world.model).__module__)
    activation = Activation(source, vars(module) if module else {}, {})
    model = Object(ir.Const(0, RefType((0,))))
    activation.names["self"] = model
    names = Statements(draft.unit, activation, "names")
    node = ast.Name("self", ast.Load(), lineno=1, col_offset=0)
    for name in vars(draft.world.model):
        if name.startswith("_"):
            continue
        attribute = ast.copy_location(ast.Attribute(node, name, ast.Load()), node)
        activation.names[name] = names.attribute(model, name, attribute)
    return activation
