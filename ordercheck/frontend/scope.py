"""The ground of lowering: names, locals with inferred types, statements in order, refusals."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn, TypeVar

from ordercheck.frontend.compilation import Compilation
from ordercheck.frontend.making import (
    as_items,
    boolean,
    kind_of_expr,
    needs_cast,
    of_any_length,
    span_of_expr,
    widen,
)
from ordercheck.frontend.operands import (
    Activation,
    Cell,
    Closure,
    Dynamic,
    Object,
    Operand,
    PlaceOperand,
    Static,
)
from ordercheck.frontend.past import Past, seen_before
from ordercheck.frontend.vats import Vats
from ordercheck.ir import nodes as ir
from ordercheck.ir.domains import blank
from ordercheck.ir.nodes import Expr, Stmt
from ordercheck.ir.span import Diagnostic, Span
from ordercheck.ir.types import (
    BoolType,
    ListType,
    NeverType,
    PlaceType,
    RefType,
    TupleType,
    Type,
    join,
)
from ordercheck.language.mistakes import PACKAGE
from ordercheck.language.model import Component
from ordercheck.language.places import Place, Pool

POISON = Static(object())
"""Bound to names whose definition was refused, so that one mistake is told once."""

NOTHING = NeverType()
"""The type of what holds no value yet."""

ROUNDS = 8
"""How often a body is lowered while the types of its locals still grow."""


class Refused(Exception):
    """A construct was refused; the diagnostic, if any, is recorded where a statement ends."""

    def __init__(self, diagnostic: Diagnostic | None) -> None:
        super().__init__(diagnostic.headline if diagnostic else "")
        self.diagnostic = diagnostic


class Unmet(Refused):
    """The library asserts what set-up says is not so: nothing gets past this statement."""


class Scope:
    """Lowers one IR function or coroutine; subclasses add expressions, calls and statements."""

    def __init__(self, unit: Compilation, activation: Activation, name: str) -> None:
        self.unit = unit
        self.activation = activation
        self.name = name
        self.body: list[Stmt] = []
        self.types: dict[str, Type] = {}
        self.changed = False
        self.origin: Span | None = None
        self.used: set[str] = set()
        self.declared: dict[str, Type] = {}
        self.round = 0
        self.pure = True
        self.counter = 0
        self.hint = ""
        self.suspending = False
        self.on_loop = False
        self.loop: Component | None = None
        self.vat: int | None = None
        self.narrowed = False
        self.depth = 0
        self.past = False
        self.boolean_result = False
        self.reports: list[Diagnostic] = []
        self.lambdas: list[Closure] = []

    @property
    def vats(self) -> Vats:
        """The vats of the model."""
        return self.unit.vats

    # --- to be given by subclasses ---------------------------------------------------

    def expression(self, node: ast.expr) -> Operand:
        """Lower an expression."""
        raise NotImplementedError

    def operands(self, nodes: list[ast.expr]) -> list[Operand]:
        """Lower operands from left to right."""
        raise NotImplementedError

    def call(self, node: ast.Call) -> Operand:
        """Lower a call."""
        raise NotImplementedError

    def invoke(
        self,
        callee: Operand,
        arguments: list[Operand],
        keywords: dict[str, Operand],
        node: ast.expr,
    ) -> Operand:
        """Call something with operands."""
        raise NotImplementedError

    def suspend_on(self, operand: Operand, node: ast.Await) -> Operand:
        """Lower an await; only a coroutine can."""
        self.refuse(
            "E069",
            "only a process can await",
            node,
            "a step does not end here",
            "make it an async def and a @process, or a coroutine that one awaits",
        )

    def destroyed(self, node: ast.AST) -> Expr | None:
        """Whether the running task is being destroyed; None where that never happens."""
        return None

    def assign(self, target: ast.expr, value: Operand, node: ast.AST) -> None:
        """Lower an assignment to any target."""
        raise NotImplementedError

    def choose_branch(
        self,
        test: Expr,
        then: Callable[[], None],
        orelse: Callable[[], None] | None,
        node: ast.AST,
        suspends: bool,
    ) -> None:
        """Emit an if whose branches are lowered by functions; in blocks if it `suspends`."""
        raise NotImplementedError

    # --- reporting --------------------------------------------------------------------

    def span(self, node: ast.AST) -> Span:
        """Where a node of the current function stands."""
        return self.activation.source.span(node)

    def refuse(
        self, code: str, headline: str, node: ast.AST, label: str = "", help: str = ""
    ) -> NoReturn:
        """Stop lowering the current statement with a diagnostic.

        It stands at the author's line: for what is wrong inside the library, that is
        the call that led there.
        """
        span = self.span(node)
        origin = self.authors_span(node)
        notes = () if origin == span else (f"found at {span}, in ordercheck's library",)
        raise Refused(Diagnostic(code, headline, origin, label, help, notes))

    def authors_span(self, node: ast.AST) -> Span:
        """Where the author's own code stands that leads to a node."""
        return self.origin if self.in_library and self.origin else self.span(node)

    @property
    def in_library(self) -> bool:
        """Whether what is being lowered is part of ordercheck."""
        return self.activation.source.path.startswith(PACKAGE)

    def computed(self, compute: Callable[[], object], node: ast.AST) -> Operand:
        """What Python itself gives for what is known before any step, refused where it fails."""
        try:
            return self.static(compute())
        except (Exception, MemoryError) as error:
            what = f"{type(error).__name__}: {error}".rstrip(": ")
            self.refuse("E057", f"this fails: {what}", node, "known before any step")

    # --- statements and locals --------------------------------------------------------

    def emit(self, statement: Stmt) -> None:
        """Append a statement to what is being lowered."""
        self.body.append(statement)

    def effect(self, statement: Stmt) -> None:
        """Append a statement that makes the function impure."""
        self.pure = False
        self.body.append(statement)

    @contextmanager
    def nested(self) -> Iterator[list[Stmt]]:
        """Collect the statements emitted inside into a list of their own."""
        saved, self.body = self.body, []
        try:
            yield self.body
        finally:
            self.body = saved

    @contextmanager
    def one_way(self) -> Iterator[None]:
        """Lower what happens for some of a receiver's candidates: the state says for which."""
        saved, self.narrowed = self.narrowed, True
        try:
            yield
        finally:
            self.narrowed = saved

    def fresh(self, hint: str) -> str:
        """A name that no other local of this function has."""
        self.counter += 1
        return f"{hint}.{self.counter}"

    def temporary(self, value: Expr, hint: str = "t") -> ir.Local:
        """Bind a value to a new local, now."""
        local = ir.Local(self.fresh(hint), kind_of_expr(value))
        self.emit(ir.Assign(local, value, span_of_expr(value)))
        return local

    def cell_type(self, name: str) -> Type:
        """What is known so far of a local's type."""
        return self.types.get(name, NOTHING)

    def set_cell(self, cell: Cell, value: Expr, span: Span) -> None:
        """Assign to a local variable of the author's; its type grows as needed."""
        declared = self.declared.get(cell.name)
        if declared is not None and join(declared, kind_of_expr(value)) != declared:
            value = ir.Cast(value, declared, span)
        known = self.cell_type(cell.name)
        kind = of_any_length(join(known, kind_of_expr(value)))
        if isinstance(kind, ListType) and isinstance(kind_of_expr(value), TupleType):
            value = as_items(value, kind, span)
        if kind != known:
            if self.round >= 3:
                kind = widen(kind)
            self.types[cell.name] = kind
            # Whoever has used the local so far has seen too narrow a type.
            self.changed = self.changed or cell.name in self.used
        self.used.add(cell.name)
        if (flag := bound_flag(cell.name)).name in self.types:
            self.emit(ir.Assign(ir.Local(flag.name, BoolType()), boolean(True, span), span))
        if kind != kind_of_expr(value) and needs_cast(kind, kind_of_expr(value)):
            value = ir.Cast(value, kind, span)
        self.emit(ir.Assign(ir.Local(cell.name, kind), value, span))

    # --- operands ---------------------------------------------------------------------

    def lookup(self, name: str, node: ast.AST) -> Operand:
        """The operand that a name stands for."""
        scope: Activation | None = self.activation
        while scope is not None:
            found = scope.names.get(name)
            if found is POISON:
                raise Refused(None)
            if found is not None:
                return self._read_checked(found, name, node) if isinstance(found, Cell) else found
            if name in scope.assigned and scope is self.activation:
                self._track(name)
                self._refuse_unbound(name, node)
            if name in scope.cells:
                return self.static(scope.cells[name])
            if name in scope.globals and scope.outer is None:
                return self.static(scope.globals[name])
            scope = scope.outer
        if name in self.activation.globals:
            return self.static(self.activation.globals[name])
        if hasattr(builtins, name):
            return Static(getattr(builtins, name))
        self.refuse("E041", f"{name} is not defined", node, "no such name")

    # A local that may be unbound where it is read has a flag, which says whether it is bound;
    # that it needs one is known only then, so the body is lowered once more.

    def _track(self, name: str) -> None:
        flag = bound_flag(f"{self.activation.prefix}{name}")
        if flag.name not in self.types:
            self.types[flag.name] = BoolType()
            self.changed = True
            raise Refused(None)

    def begin_locals(self, node: ast.AST) -> None:
        """At the beginning of a body: locals with a flag are not bound."""
        for name in self.activation.assigned:
            cell = Cell(f"{self.activation.prefix}{name}")
            flag = bound_flag(cell.name)
            if flag.name not in self.types or name in self.activation.names:
                continue
            span = self.span(node)
            self.emit(ir.Assign(ir.Local(flag.name, BoolType()), boolean(False, span), span))
            kind = self.cell_type(cell.name)
            if not isinstance(kind, NeverType):
                self.emit(ir.Assign(ir.Local(cell.name, kind), ir.Const(blank(kind), kind), span))
            self.activation.names[name] = cell

    def _read_checked(self, cell: Cell, name: str, node: ast.AST) -> Operand:
        flag = bound_flag(cell.name)
        if flag.name in self.types:
            if self.round and isinstance(self.cell_type(cell.name), NeverType):
                self.used.add(cell.name)
                self._refuse_unbound(name, node)
            span = self.span(node)
            unbound = ir.Fail("unbound", f"{name} has no value yet", span)
            self.emit(ir.If(ir.Local(flag.name, BoolType(), span), (), (unbound,), span))
        return self.read_cell(cell, node)

    def _refuse_unbound(self, name: str, node: ast.AST) -> NoReturn:
        self.refuse(
            "E040",
            f"{name} has no value here",
            node,
            "no way that leads here gives it one",
            f"give {name} a value first",
        )

    def merge_names(
        self,
        before: dict[str, Operand],
        one: dict[str, Operand],
        one_leaves: bool,
        two_leaves: bool,
    ) -> None:
        """After two branches: a name is known where both know it, or the other one never ends."""
        two = self.activation.names
        if one_leaves:
            return
        if two_leaves:
            self.activation.names = one
            return
        self.activation.names = {n: o for n, o in one.items() if n in two or n in before}

    def read_cell(self, cell: Cell, node: ast.AST) -> Operand:
        """A local variable's value."""
        self.used.add(cell.name)
        return self.wrap(ir.Local(cell.name, self.cell_type(cell.name), self.span(node)))

    def static(self, value: object) -> Operand:
        """An operand for a Python object."""
        if isinstance(value, Past):
            saved, self.past = self.past, True
            try:
                return self.static(value.held)
            finally:
                self.past = saved
        if isinstance(value, Component):
            reference = self.unit.world.reference(value)
            return Static(value) if reference is None else self.wrap(reference)
        if isinstance(value, Place) and not isinstance(value, Pool):
            place = self.unit.world.place_type(value)
            if place is not None:
                return self.wrap(ir.Const(place.slots[0], place))
        return Static(value)

    def wrap(self, expr: Expr, old: bool = False) -> Operand:
        """An IR expression as an operand: references become objects and places again."""
        if old or self.past:
            expr = seen_before(expr)
        match kind_of_expr(expr):
            case RefType(components=(only,)) as kind if not self.unit.world.infos[only].pooled:
                return Object(ir.Const(only, kind, span_of_expr(expr)), kind.old)
            case RefType() as kind:
                return Object(expr, kind.old)
            case PlaceType(kind=kind, slots=slots, old=past):
                return PlaceOperand(expr, kind, slots, past)
            case _:
                return Dynamic(expr)


S = TypeVar("S", bound=Scope)


def settled(make: Callable[[], S], lower: Callable[[S], None]) -> S:
    """A scope in which a body has been lowered until nobody has seen too narrow a type.

    `make` gives a fresh scope, `lower` lowers the body in it.
    """
    types: dict[str, Type] = {}
    for k in range(ROUNDS):
        scope = make()
        scope.types, scope.round = types, k
        lower(scope)
        if not scope.changed:
            break
    return scope


def bound_flag(name: str) -> Cell:
    """The flag that says whether a local is bound, for those that have one."""
    return Cell(f"{name}?")
