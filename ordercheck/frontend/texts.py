"""Expressions from the command line: ad hoc invariants, and what a reader wants to see."""

from __future__ import annotations

import ast
from dataclasses import replace

from ordercheck.frontend.conditions import NO_CONDITION, how_to_ask, is_condition
from ordercheck.frontend.draft import Draft
from ordercheck.frontend.operands import Activation, Object
from ordercheck.frontend.scope import Refused
from ordercheck.frontend.source import Source, parse
from ordercheck.frontend.statements import Statements
from ordercheck.frontend.typing_rules import describe_type
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import PropertyKind
from ordercheck.ir.span import BadInput, Diagnostic, Span
from ordercheck.ir.types import RefType
from ordercheck.language.marks import implies


def expression_property(draft: Draft, text: str) -> None:
    """Add an invariant given as text."""
    name = " ".join(text.split())
    function, span = _text_function(draft, text, "invariant", truth=True)
    draft.properties.append(ir.Property(name, PropertyKind.INVARIANT, function, name, (), span))


def watch(draft: Draft, text: str) -> str:
    """Lower an expression given as text; the name of its function."""
    return _text_function(draft, text, "show", truth=False)[0]


def _text_function(draft: Draft, text: str, option: str, truth: bool) -> tuple[str, Span]:
    text = text.strip()
    expr = _parsed(text, option)
    source = parse(f"--{option}", text)
    scope = Statements(draft.unit, _text_activation(draft, source), f"--{option}")
    name = draft.unit.unique(f"--{option} {' '.join(text.split())}")

    def report(diagnostic: Diagnostic) -> None:
        draft.unit.report(replace(diagnostic, quoted=text))

    try:
        value = scope.value(expr)
    except Refused as refused:
        if refused.diagnostic is not None:
            report(refused.diagnostic)
        return name, scope.span(expr)
    if truth and not is_condition(value.type):
        label, help = f"this is {describe_type(value.type)}", how_to_ask(expr, value.type, text)
        report(Diagnostic("E911", NO_CONDITION, scope.span(expr), label, help))
    scope.emit(ir.Return(value, scope.span(expr)))
    if not scope.pure:
        report(Diagnostic("E089", "this changes the state", scope.span(expr), "only look"))
    draft.unit.functions.append(
        ir.Function(name, (), value.type, tuple(scope.body), scope.span(expr))
    )
    return name, scope.span(expr)


def _parsed(text: str, option: str) -> ast.expr:
    """The one expression that a text is; BadInput otherwise."""
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        line, column = error.lineno or 1, max(1, error.offset or 1)
        span = Span(f"--{option}", line, column, line, column + 1)
        reason = error.msg if text else "there is nothing in it"
    except ValueError as error:
        span, reason = Span(f"--{option}", 0, 0, 0, 0), str(error)
    except (RecursionError, MemoryError):
        span, reason = Span(f"--{option}", 0, 0, 0, 0), "it is nested too deeply"
    headline = f"this is not an expression: {reason}"
    raise BadInput(Diagnostic("E002", headline, span, quoted=text)) from None


def _text_activation(draft: Draft, source: Source) -> Activation:
    import sys

    module = sys.modules.get(type(draft.world.model).__module__)
    # Who writes a claim on the command line cannot import what claims are made of.
    known = {"implies": implies, **(vars(module) if module else {})}
    activation = Activation(source, known, {})
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
