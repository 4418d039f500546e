"""Number what a run may or may not reach."""

from __future__ import annotations

from dataclasses import replace

from ordercheck.ir.bodies import flat_map, map_statement
from ordercheck.ir.nodes import (
    Block,
    Body,
    Const,
    Coroutine,
    Cover,
    CoverPoint,
    Expr,
    Program,
    Property,
    Require,
    Step,
    Stmt,
)
from ordercheck.ir.record import dataclass, field
from ordercheck.ir.span import NOWHERE, Span
from ordercheck.ir.walk import changed, mapped


def number_cover(program: Program) -> Program:
    """The program with `cover`, the points of its steps and guards, and Cover statements.

    Before: coroutines have points; nothing is numbered. After: there is a "step" point
    for each Step and for each block at which a coroutine begins or is resumed, noted
    there after the guards it begins with; a "guard" point for each Require; and an
    "antecedent" point for each antecedent of each property, in that order and last,
    which engines note when its function is true. A condition that is constantly false
    is meant to be (`case _: require(False)`, or a parameter's value): it has no point,
    nor has a step that it rules out.
    """
    points = _Points()
    functions = mapped(program.functions, lambda f: changed(f, body=points.guards(f.body, f.name)))
    coroutines = mapped(program.coroutines, points.coroutine)
    steps = mapped(program.steps, points.step)
    init = points.guards(program.init, "start")
    clean = points.guards(program.clean, "clean")
    for claim in program.properties:
        points.antecedents(claim)
    return replace(
        program,
        functions=functions,
        coroutines=coroutines,
        steps=steps,
        init=init,
        clean=clean,
        cover=tuple(points.found),
    )


@dataclass(slots=True)
class _Points:
    """Points found so far."""

    found: list[CoverPoint] = field(default_factory=list)

    def add(self, kind: str, name: str, span: Span) -> int:
        """A new point's number."""
        self.found.append(CoverPoint(kind, name, span))
        return len(self.found) - 1

    def guards(self, body: Body, owner: str) -> Body:
        """The body with its Requires numbered."""

        def number(statement: Stmt) -> Body:
            if isinstance(statement, Require):
                if _is_never(statement):
                    return (statement,)
                point = self.add("guard", _at(owner, statement.span), statement.span)
                return (replace(statement, point=point),)
            return (map_statement(statement, body=inside),)

        def inside(inner: Body) -> Body:
            return flat_map(inner, number)

        return inside(body)

    def step(self, step: Step) -> Step:
        """The step with its own point and those of its guards."""
        if any(map(_is_never, step.body)):
            return step
        point = self.add("step", step.name, step.span)
        return replace(step, point=point, body=self.guards(step.body, step.name))

    def coroutine(self, coroutine: Coroutine) -> Coroutine:
        """The coroutine with a Cover where it begins and wherever it is resumed."""
        spans = {} if coroutine.begins is not None else {coroutine.entry: coroutine.span}
        for point in coroutine.points[2:]:
            spans.setdefault(point.label, point.span)

        def cover(block: Block) -> Block:
            body = block.body
            if block.label in spans:
                span = spans[block.label]
                begins = block.label == coroutine.entry
                name = f"{coroutine.name}: start" if begins else _at(coroutine.name, span)
                body = _after_guards(body, Cover(self.add("step", name, span), span))
            return changed(block, body=self.guards(body, coroutine.name))

        return changed(coroutine, blocks=mapped(coroutine.blocks, cover))

    def antecedents(self, claim: Property) -> None:
        """Points for a property's antecedents."""
        for _, text in claim.antecedents:
            self.add("antecedent", f"{claim.name}: {text}", claim.span)


def _is_never(statement: Stmt) -> bool:
    return isinstance(statement, Require) and _is_false(statement.condition)


def _is_false(condition: Expr) -> bool:
    return isinstance(condition, Const) and condition.value is False


def _after_guards(body: Body, cover: Cover) -> Body:
    first = next((k for k, each in enumerate(body) if not isinstance(each, Require)), len(body))
    return (*body[:first], cover, *body[first:])


def _at(owner: str, span: Span) -> str:
    return owner if span == NOWHERE else f"{owner}: line {span.line}"
