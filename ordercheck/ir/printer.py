"""A program as text: Python-like, for `ordercheck ir` and for golden tests.

`x: T = e` binds a local and `place := e` stores, with `as T` where the store is
checked; a call marked `!` has effects. Blocks of coroutines are labels.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from ordercheck.ir.bodies import body_expressions, bound, statements
from ordercheck.ir.nodes import (
    Assert,
    Assign,
    Block,
    Body,
    Branch,
    Break,
    Choose,
    Continue,
    Coroutine,
    Cover,
    Evaluate,
    Fail,
    Finish,
    For,
    Function,
    Goto,
    If,
    Local,
    Program,
    Property,
    Raise,
    Require,
    Restart,
    Resume,
    Return,
    Step,
    Stmt,
    Store,
    Suspend,
    Terminator,
    Try,
    While,
)
from ordercheck.ir.notation import Notation, show_expr
from ordercheck.ir.record import dataclass
from ordercheck.ir.render import Names, render, show_type
from ordercheck.ir.types import (
    ArrayShape,
    BagType,
    EnumType,
    ListType,
    MapType,
    NoneType,
    PlaceType,
    SetType,
    StructType,
    TupleType,
    Type,
    UnionType,
)
from ordercheck.ir.walk import subexpressions

__all__ = ["Names", "render", "show", "show_body", "show_expr", "show_type"]

INDENT = "    "


def show(program: Program) -> str:
    """The whole program, ending in a line break; the same text for equal programs."""
    printer = _Printer(program, Notation(Names.of(program)))
    return "\n".join(line.rstrip() for line in printer.program_lines()) + "\n"


def show_body(body: Body, program: Program) -> str:
    """Statements alone."""
    return "\n".join(_Printer(program, Notation(Names.of(program))).body_lines(body, ""))


@dataclass(frozen=True, slots=True)
class _Printer:
    program: Program
    notation: Notation

    # --- the whole ---

    def program_lines(self) -> Iterator[str]:
        program = self.program
        yield f"program {program.name}"
        yield from _section("parameters", [f"{k} = {text}" for k, text in program.parameters])
        yield from _section("types", _named_types(program))
        yield from _section("places", self._places())
        yield from _section("components", self._components())
        yield from _section("tasks", self._tasks())
        for function in program.functions:
            yield from self._function(function)
        for coroutine in program.coroutines:
            yield from self._coroutine(coroutine)
        for step in program.steps:
            yield from self._step(step)
        for name, body in (("init", program.init), ("clean", program.clean)):
            if body:
                yield from ("", f"{name}:", *self.body_lines(body, INDENT))
        yield from _section("properties", [x for p in program.properties for x in _property(p)])
        yield from _section("watches", [f"{name} = {text}" for text, name in program.watches])
        points = enumerate(program.cover)
        yield from _section("cover", [f"{k} {point.kind}: {point.name}" for k, point in points])
        if not program.deadlock:
            yield from ("", "deadlock is allowed")

    def _places(self) -> Iterator[str]:
        for place in self.program.places:
            start, size = place.slot, place.size
            slots = str(start) if size == 1 else f"{start}..{start + size - 1}"
            hidden = " hidden" if place.hidden else ""
            ghost = " ghost" if place.ghost else ""
            kind = show_type(place.kind) + hidden + ghost
            yield f"{slots} {place.path}: {kind}{self._initial(start, size)}"

    def _initial(self, start: int, size: int) -> str:
        values = [
            render(kind, value, self.notation.names)
            for kind, value in zip(
                self.program.slots[start : start + size],
                self.program.initial[start : start + size],
                strict=False,
            )
        ]
        return f" = {values[0]}" if len(set(values)) == 1 else f" = [{', '.join(values)}]"

    def _components(self) -> Iterator[str]:
        for k, each in enumerate(self.program.components):
            pooled = f" in pool {each.pooled}" if each.pooled else ""
            yield f"{k} {each.path or '(model)'}: {each.class_name}{pooled}"

    def _tasks(self) -> Iterator[str]:
        names = self.notation.names
        for k, task in enumerate(self.program.tasks):
            coroutine = self.program.coroutines[task.coroutine].name
            loop = "" if task.loop is None else f" on {names.components[task.loop]}"
            daemon = ", daemon" if task.daemon else ""
            yield f"{k} {task.name}: {coroutine} {task.member}{loop}{daemon}"

    def _function(self, function: Function) -> Iterator[str]:
        result = "" if function.result == NoneType() else f" -> {show_type(function.result)}"
        yield ""
        yield f"function {function.name}({_parameters(function.parameters)}){result}:"
        yield from self.body_lines(function.body, INDENT)

    def _coroutine(self, coroutine: Coroutine) -> Iterator[str]:
        yield ""
        members = f" x {coroutine.members}" if coroutine.members != 1 else ""
        yield f"coroutine {coroutine.name}{members}:"
        frame = coroutine.frame
        if frame.size:
            end = frame.base + frame.size * coroutine.members - 1
            fields = "".join(f", {name}: {show_type(kind)}" for name, kind in frame.fields)
            yield f"{INDENT}frame {frame.base}..{end}: point{fields}"
        if coroutine.points:
            shown = ", ".join(f"{p.wait.value} {p.label}" for p in coroutine.points)
            yield f"{INDENT}points {shown}"
        for block in coroutine.blocks:
            yield from self._block(block)

    def _block(self, block: Block) -> Iterator[str]:
        handler = ""
        if block.handler is not None:
            name = f" {block.caught.name}" if block.caught else ""
            handler = f" except{name} -> {block.handler}"
        yield f"  {block.label}:{handler}"
        if block.body:
            yield from self.body_lines(block.body, INDENT)
        yield INDENT + self._terminator(block.terminator)

    def _terminator(self, terminator: Terminator) -> str:
        match terminator:
            case Goto(label=label):
                return f"goto {label}"
            case Branch(test=test, then=then, orelse=orelse):
                return f"if {self.notation.show(test)} goto {then} else {orelse}"
            case Suspend(wait=wait, label=label):
                return f"suspend {wait.value} -> {label}"
            case Finish():
                return "finish"
            case _:
                assert_never(terminator)

    def _step(self, step: Step) -> Iterator[str]:
        yield ""
        point = "" if step.point is None else f"  # point {step.point}"
        yield f"step {step.kind.value} {step.name}({_parameters(step.parameters)}):{point}"
        for binding, actor in zip(step.bindings, step.actors, strict=False):
            pairs = zip(step.parameters, binding, strict=False)
            values = [render(local.type, value, self.notation.names) for local, value in pairs]
            yield f"  {actor}: ({', '.join(values)})"
        yield from self.body_lines(step.body, INDENT)

    # --- statements ---

    def body_lines(self, body: Body, indent: str) -> Iterator[str]:
        """Lines of a body, `pass` if it is empty."""
        if not body:
            yield f"{indent}pass"
        for statement in body:
            yield from self._statement(statement, indent)

    def _statement(self, statement: Stmt, indent: str) -> Iterator[str]:
        expr = self.notation.show
        match statement:
            case If(test=test, then=then, orelse=orelse):
                yield f"{indent}if {expr(test)}:"
                yield from self.body_lines(then, indent + INDENT)
                if orelse:
                    yield f"{indent}else:"
                    yield from self.body_lines(orelse, indent + INDENT)
            case While(test=test, body=body):
                yield f"{indent}while {expr(test)}:"
                yield from self.body_lines(body, indent + INDENT)
            case For(target=target, iterable=iterable, body=body):
                yield f"{indent}for {_typed(target)} in {expr(iterable)}:"
                yield from self.body_lines(body, indent + INDENT)
            case Try():
                yield from self._try(statement, indent)
            case _:
                yield indent + self._simple(statement)

    def _try(self, statement: Try, indent: str) -> Iterator[str]:
        deeper = indent + INDENT
        yield f"{indent}try:"
        yield from self.body_lines(statement.body, deeper)
        for handler in statement.handlers:
            yield f"{indent}except {' | '.join(handler.names)} as {_typed(handler.variable)}:"
            yield from self.body_lines(handler.body, deeper)
        if statement.orelse:
            yield from (f"{indent}else:", *self.body_lines(statement.orelse, deeper))
        if statement.final:
            yield from (f"{indent}finally:", *self.body_lines(statement.final, deeper))

    def _simple(self, statement: Stmt) -> str:
        expr = self.notation.show
        match statement:
            case Assign(target=target, value=value):
                return f"{_typed(target)} = {expr(value)}"
            case Store(address=address, value=value, type=kind, checked=checked):
                check = f" as {show_type(kind)}" if checked else ""
                return f"{self.notation.address(address)} := {expr(value)}{check}"
            case Evaluate(call=call):
                return expr(call)
            case Choose(target=target, options=options, label=label):
                return f"{_typed(target)} = choose({expr(options)}, {label!r})"
            case Require(condition=condition, point=point):
                return f"require {expr(condition)}{_point(point)}"
            case Assert(condition=condition, message=message):
                return f"assert {expr(condition)}" + (f", {expr(message)}" if message else "")
            case Fail(kind=kind, message=message):
                return f"fail {kind}: {message!r}"
            case Return(value=value):
                return "return" if value is None else f"return {expr(value)}"
            case Raise(value=value):
                return f"raise {expr(value)}"
            case Resume(task=task):
                return f"resume {expr(task)}"
            case Restart(task=task):
                return f"restart {expr(task)}"
            case Cover(point=point):
                return f"cover {point}"
            case Break():
                return "break"
            case Continue():
                return "continue"
            case If() | While() | For() | Try():
                raise TypeError("a compound statement takes several lines")
            case _:
                assert_never(statement)


def _section(name: str, lines: Iterator[str] | list[str]) -> Iterator[str]:
    shown = [f"  {line}" for line in lines]
    if shown:
        yield from ("", name, *shown)


def _typed(local: Local) -> str:
    return f"{local.name}: {show_type(local.type)}"


def _parameters(locals_: tuple[Local, ...]) -> str:
    return ", ".join(map(_typed, locals_))


def _point(point: int | None) -> str:
    return "" if point is None else f"  # point {point}"


def _property(claim: Property) -> Iterator[str]:
    yield f"{claim.kind.value} {claim.name}: {claim.function}"
    for function, text in claim.antecedents:
        yield f"  antecedent {function}: {text}"


# --- the types that have names ------------------------------------------------------


def _named_types(program: Program) -> list[str]:
    """Definitions of all structs and enumerations, in the order in which they are met."""
    found: dict[str, str] = {}
    for kind in _types(program):
        _define(kind, found)
    return list(found.values())


def _types(program: Program) -> Iterator[Type]:
    yield from program.slots
    bodies: list[Body] = []
    for function in program.functions:
        yield from (local.type for local in function.parameters)
        yield function.result
        bodies.append(function.body)
    bodies += [block.body for coroutine in program.coroutines for block in coroutine.blocks]
    for step in program.steps:
        yield from (local.type for local in step.parameters)
        bodies.append(step.body)
    for body in (*bodies, program.init, program.clean):
        for statement in statements(body):
            yield from (local.type for local in bound(statement))
        for expr in body_expressions(body):
            yield from (part.type for part in subexpressions(expr))


def _define(kind: Type | ArrayShape, found: dict[str, str]) -> None:
    match kind:
        case EnumType(name=name, members=members):
            found.setdefault(name, f"enum {name}: {', '.join(members)}")
        case StructType(name=name, fields=fields, exception=exception):
            if name in found:
                return
            word = "exception" if exception else "struct"
            shown = ", ".join(f"{field}: {show_type(item)}" for field, item in fields)
            found[name] = f"{word} {name}({shown})"
            for _, item in fields:
                _define(item, found)
        case TupleType(items=items) | UnionType(options=items):
            for item in items:
                _define(item, found)
        case ListType(item=item) | SetType(domain=item) | BagType(domain=item):
            _define(item, found)
        case MapType(key=key, value=value):
            _define(key, found)
            _define(value, found)
        case PlaceType(kind=inner):
            _define(inner, found)
        case ArrayShape(item=inner):
            _define(inner, found)
        case _:
            pass
