"""One compilation: the functions lowered so far, and what all lowering shares."""

from __future__ import annotations

import ast
from collections.abc import Callable
from enum import Enum
from functools import lru_cache, reduce
from typing import Any

from ordercheck.frontend.compilation import Caller, Family
from ordercheck.frontend.endings import Endings
from ordercheck.frontend.imports import is_ours, modules_seen_from
from ordercheck.frontend.operands import (
    Activation,
    Cell,
    Operand,
    Result,
)
from ordercheck.frontend.passing import Passing
from ordercheck.frontend.recursion import Nesting, refuse_recursion, too_deep
from ordercheck.frontend.scope import POISON, Scope, settled
from ordercheck.frontend.source import FunctionNode, Source, find_function
from ordercheck.frontend.spawning import Crew, Spawns
from ordercheck.frontend.statements import Statements
from ordercheck.frontend.syntax import assigned_names, children, leaves, mutated_names, read_names
from ordercheck.frontend.values import Values
from ordercheck.frontend.vats import Vats
from ordercheck.frontend.world import World
from ordercheck.ir import nodes as ir
from ordercheck.ir.domains import domain
from ordercheck.ir.nodes import Expr
from ordercheck.ir.record import dataclass, field
from ordercheck.ir.span import BadInput, Diagnostic, Diagnostics, Span
from ordercheck.ir.types import (
    BagType,
    BoolType,
    EnumType,
    IntType,
    ListType,
    MapType,
    NeverType,
    NoneType,
    RefType,
    SetType,
    StructType,
    TaskType,
    TextType,
    TupleType,
    Type,
    UnionType,
    join,
)
from ordercheck.language.domains import Failure
from ordercheck.language.places import Pool
from ordercheck.language.tasks import Cancelled

LIMIT = 60
"""How deep calls may be nested before they count as recursive."""

DEEPEST, LOOPS = 70, 12
"""How deep syntax, and loops and the like, may be nested: CPython has such limits, too."""


@dataclass(slots=True)
class Unit:
    """What is shared by everything that is lowered for one model."""

    world: World
    found: Diagnostics = field(default_factory=Diagnostics)
    functions: list[ir.Function] = field(default_factory=list)
    families: dict[tuple[int, str], Family] = field(default_factory=dict)
    endings: Endings = field(init=False)
    spawns: Spawns = field(default_factory=Spawns)
    crews: dict[int, Crew] = field(default_factory=dict)
    tasks: list[ir.TaskInfo] = field(default_factory=list)
    vats: Vats = field(default_factory=Vats)
    modules: frozenset[str] = field(init=False)
    _done: dict[Any, Result] = field(default_factory=dict)
    nesting: Nesting = field(default_factory=Nesting)
    _names: dict[str, int] = field(default_factory=dict)
    _pools: dict[int, ir.Call] = field(default_factory=dict)
    _caught: dict[bool, Type] = field(default_factory=dict)
    _sources: dict[Callable[..., Any], tuple[Source, FunctionNode] | None] = field(
        default_factory=dict
    )

    def __post_init__(self) -> None:
        self.endings = Endings(self.world)
        self.modules = modules_seen_from(type(self.world.model).__module__)

    def report(self, diagnostic: Diagnostic) -> None:
        """Keep a mistake of the author's."""
        self.found.add(diagnostic)

    def unique(self, name: str) -> str:
        """A function name that no other function has."""
        count = self._names.get(name, 0)
        self._names[name] = count + 1
        return name if not count else f"{name}~{count + 1}"

    # --- source ----------------------------------------------------------------------------

    def activation(
        self, function: Callable[..., Any], prefix: str, caller: Caller, node: ast.AST
    ) -> tuple[Activation, list[ast.stmt]]:
        """Where a function's names come from, and its statements."""
        if function not in self._sources:  # each time it would see whether the file has changed
            self._sources[function] = find_function(function)
        found = self._sources[function]
        if found is None:
            caller.refuse(
                "E065",
                f"the source of {function.__name__} cannot be read",
                node,
                "steps are compiled from source",
            )
        source, tree = found
        if isinstance(tree, ast.Lambda):
            value = ast.copy_location(ast.Return(tree.body), tree.body)
            body: list[ast.stmt] = [value]
        else:
            body = tree.body
        return make_activation(source, function, body, prefix), body

    # --- functions ---------------------------------------------------------------------------

    def function(
        self,
        function: Callable[..., Any],
        bound: dict[str, Operand],
        caller: Caller,
        node: ast.AST,
        boolean: bool = False,
        vat: int | None = None,
    ) -> tuple[Result, list[Expr]]:
        """A function lowered for such operands and a vat, and the arguments to call it with."""
        parameters: dict[str, Operand] = {}
        passing = Passing(caller, node)
        keys: list[object] = []
        for name, operand in bound.items():
            inner, key = passing.parameter(name, operand)
            parameters[name] = inner
            keys.append((name, key))
        plain = (function, tuple(keys), boolean, vat)
        key = self.nesting.key(function, plain)
        if key not in self._done and self.nesting.is_deepest(function):
            self._done[key] = self._end(function, tuple(passing.locals), caller, node)
        if key not in self._done:
            if self.nesting.is_active(key) or len(self.nesting.active) >= LIMIT:
                refuse_recursion(function, "calls", caller, node)
            with self.nesting.entered(function, key):
                self._done[key] = self._lower(
                    function, parameters, passing.locals, caller, node, boolean, vat
                )
            if not self.nesting.depends(key):
                self._done[plain] = self._done[key]
                self.nesting.settle(plain, key)
        self.nesting.note_call(function, key)
        return self._done[key], passing.passed

    def _end(
        self,
        function: Callable[..., Any],
        parameters: tuple[ir.Local, ...],
        caller: Caller,
        node: ast.AST,
    ) -> Result:
        """What a function is where it may not be called in itself once more: a model error."""
        span = caller.authors_span(node)
        name = self.unique(f"{function.__qualname__}.too_deep")
        fail = ir.Fail("recursion", too_deep(function), span)
        self.functions.append(ir.Function(name, parameters, NeverType(), (fail,), span))
        return Result(name, NeverType(), True)

    def _lower(
        self,
        function: Callable[..., Any],
        parameters: dict[str, Operand],
        locals_: list[ir.Local],
        caller: Caller,
        node: ast.AST,
        boolean: bool,
        vat: int | None,
    ) -> Result:
        name = self.unique(function.__qualname__.replace(".<locals>", ""))
        _, body = self.activation(function, "", caller, node)

        def make() -> Statements:
            scope = Statements(self, self.activation(function, "", caller, node)[0], name)
            scope.origin = caller.authors_span(node)
            scope.boolean_result, scope.vat = boolean, vat
            return scope

        def lower(scope: Statements) -> None:
            start_parameters(scope, parameters, node)
            scope.statements(body)
            if boolean and "@result" not in scope.types and not scope.reports:
                caller.refuse(
                    "E031",
                    f"{function.__name__} never says True or False",
                    node,
                    "nothing is returned",
                    "return …",
                )
            if boolean and not leaves(body):
                # As in Python: None counts as false.
                scope.emit(ir.Return(ir.Const(False, BoolType()), _span(scope, body)))
            elif not leaves(body) and "@result" in scope.types:
                scope.returns(NoneType())

        scope = settled(make, lower)
        for report in scope.reports:
            self.report(report)
        # What was refused inside is told there, not at the call as well.
        result = scope.types.get("@result", NeverType() if scope.reports else NoneType())
        self.functions.append(
            ir.Function(name, tuple(locals_), result, tuple(scope.body), _span(scope, body))
        )
        return Result(name, result, scope.pure)

    # --- types ---------------------------------------------------------------------------------

    def exceptions_below(self, owner: type) -> list[Type]:
        """An exception class and all below it, as struct types."""
        found: list[Type] = []
        todo: list[type] = [owner]
        while todo:
            each = todo.pop(0)
            if each is Cancelled and not self.endings.expected:
                continue
            below: list[type] = each.__subclasses__()
            todo += [owner for owner in below if self._is_of_model(owner)]
            kind = self.world.kinds.struct_type(each)
            if kind not in found:
                found.append(kind)
        return found

    def any_exception(self) -> Type:
        """The type of whatever may be caught."""
        # Asked at each await in a `with` or `try`; only whether any task is cancelled matters.
        cancelled = bool(self.endings.expected)
        if cancelled not in self._caught:
            kinds: list[Type] = []
            for owner in filter(self._is_of_model, Failure.__subclasses__()):
                kinds += [k for k in self.exceptions_below(owner) if k not in kinds]
            self._caught[cancelled] = self.one_of(tuple(kinds)) if kinds else NeverType()
        return self._caught[cancelled]

    def _is_of_model(self, given: type) -> bool:
        """Whether the model can know a class, and not only somebody else in this process."""
        if given is Cancelled:
            return bool(self.endings.expected)
        home = given.__module__
        return is_ours(home) or home in self.modules

    def one_of(self, kinds: tuple[Type, ...]) -> Type:
        """One type for several."""
        return reduce(join, kinds) if kinds else UnionType(())

    def is_of(self, kind: Type, owner: type) -> bool:
        """Whether all values of a type are instances of a Python class."""
        match kind:
            case StructType(name=name):
                found = self.world.kinds.class_of(name)
                return found is not None and issubclass(found, owner)
            case EnumType(name=name):
                return issubclass(self.world.kinds.enums.get(name, Enum), owner)
            case BoolType():
                return owner in (bool, int)
            case IntType():
                return owner is int
            case TextType():
                return owner is str
            case NoneType():
                return owner is type(None)
            case TupleType():
                return owner is tuple
            case ListType():
                return owner in (list, tuple)
            case SetType():
                return owner in (set, frozenset)
            case MapType():
                return owner is dict
            case RefType(components=components):
                return all(isinstance(self.world.components[k], owner) for k in components)
            case TaskType():
                return owner.__name__ == "Task"
            case _:
                return False

    def empty_bag(self, kind: BagType) -> tuple[int, ...]:
        """A bag with nothing in it."""
        return tuple(0 for _ in domain(kind.domain))

    def pool_new(self, pool: Pool[Any], span: Span) -> ir.Call:
        """A call that takes the lowest free entry of a pool."""
        if id(pool) not in self._pools:
            entry = self.world.pools[id(pool)]
            kind = RefType(entry.entries)
            body: list[ir.Stmt] = []
            for k, component in enumerate(entry.entries):
                used = ir.Const(entry.used + k, IntType(), span)
                free = ir.Apply(ir.Op.NOT, (ir.Load(used, BoolType(), span),), BoolType(), span)
                take = ir.Store(used, ir.Const(True, BoolType()), BoolType(), "", False, span)
                give = ir.Return(ir.Const(component, kind, span), span)
                body.append(ir.If(free, (take, give), (), span))
            size = len(entry.entries)
            message = f"{entry.path} is empty: all {size} are in use"
            body.append(ir.Fail("pool", message, span))
            body.append(ir.Return(ir.Const(entry.entries[0], kind, span), span))
            name = self.unique(f"{entry.path}.new")
            self.functions.append(ir.Function(name, (), kind, tuple(body), span))
            self._pools[id(pool)] = ir.Call(name, (), kind, span, False)
        call = self._pools[id(pool)]
        return ir.Call(call.function, (), call.type, span, False)


def make_activation(
    source: Any, function: Callable[..., Any], body: list[ast.stmt], prefix: str
) -> Activation:
    """Where the names of a function's body come from; BadInput where it is nested too deeply."""
    deep = _too_deep(tuple(body))
    if deep is not None:
        raise BadInput(
            Diagnostic(
                "E010",
                "this is nested too deeply",
                source.span(deep),
                f"more than {DEEPEST} levels, or {LOOPS} loops in each other",
                "give the inner part a name, or a function of its own",
            )
        )
    code = function.__code__
    cells = {}
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        try:
            cells[name] = cell.cell_contents
        except ValueError:
            continue
    assigned, mutated, read = _local_names(tuple(body))
    return Activation(
        source,
        function.__globals__,
        cells,
        {},
        assigned,
        mutated,
        read,
        prefix,
        None,
        function,
        tuple(body),
    )


@lru_cache(maxsize=1024)
def _too_deep(body: tuple[ast.stmt, ...]) -> ast.stmt | ast.expr | None:
    """The first statement or expression that is nested deeper than passes can follow."""
    todo: list[tuple[ast.AST, int, int]] = [(node, 0, 0) for node in reversed(body)]
    while todo:
        node, level, loops = todo.pop()
        loops += isinstance(node, ast.For | ast.While | ast.Try | ast.With | ast.AsyncWith)
        if (level > DEEPEST or loops > LOOPS) and isinstance(node, ast.stmt | ast.expr):
            return node
        todo += [(child, level + 1, loops) for child in reversed(children(node))]
    return None


@lru_cache(maxsize=1024)
def _local_names(
    body: tuple[ast.stmt, ...],
) -> tuple[dict[str, int], frozenset[str], frozenset[str]]:
    """Names that are assigned, how often; those changed in place; those read."""
    assigned: dict[str, int] = {}
    for name in assigned_names(list(body)):
        assigned[name] = assigned.get(name, 0) + 1
    return assigned, mutated_names(list(body)), read_names(list(body))


def start_parameters(scope: Values, parameters: dict[str, Operand], node: ast.AST) -> None:
    """Bind parameters; one that the body assigns becomes a local variable."""
    for name, operand in parameters.items():
        if operand is not POISON and name in scope.activation.assigned:
            cell = Cell(f"{name}'")
            scope.set_cell(cell, scope.expr_of(operand, node), scope.span(node))
            scope.activation.names[name] = cell
        else:
            scope.activation.names[name] = operand
    scope.begin_locals(node)


def _span(scope: Scope, body: list[ast.stmt]) -> Span:
    return scope.span(body[0]) if body else Span("", 0, 0, 0, 0)
