"""What lowering asks of the compilation that it is part of."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, NoReturn, Protocol

from ordercheck.frontend.endings import Endings
from ordercheck.frontend.operands import Activation, Closure, Operand, Result
from ordercheck.frontend.spawning import Crew, Spawns
from ordercheck.frontend.vats import Vats
from ordercheck.frontend.world import World
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import Expr
from ordercheck.ir.record import dataclass
from ordercheck.ir.span import Span
from ordercheck.ir.types import BagType, Type
from ordercheck.language.places import Pool


@dataclass(frozen=True, slots=True)
class Family:
    """A process with its members; their tasks are numbered from `first_task` on."""

    first_task: int
    members: tuple[object, ...]


class Caller(Protocol):
    """Whoever calls a function, as far as lowering that function needs it."""

    def refuse(
        self, code: str, headline: str, node: ast.AST, label: str = "", help: str = ""
    ) -> NoReturn:
        """Stop lowering the current statement with a diagnostic."""

    def authors_span(self, node: ast.AST) -> Span:
        """Where the author's own code stands that leads to a node."""
        ...

    def expr_of(self, operand: Operand, node: ast.AST) -> Expr:
        """The operand as an IR expression."""
        ...

    def wrap(self, expr: Expr, old: bool = False) -> Operand:
        """An IR expression as an operand."""
        ...

    def captured(self, closure: Closure, node: ast.AST) -> dict[str, Operand]:
        """The locals around a lambda that it reads, as they are now, in order of their names."""
        ...


class Compilation(Protocol):
    """Functions lowered so far, and what is known of the model."""

    world: World
    families: dict[tuple[int, str], Family]
    endings: Endings
    spawns: Spawns
    crews: dict[int, Crew]
    tasks: list[ir.TaskInfo]
    vats: Vats

    def activation(
        self, function: Callable[..., Any], prefix: str, caller: Caller, node: ast.AST
    ) -> tuple[Activation, list[ast.stmt]]:
        """Where a function's names come from, and its statements."""
        ...

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
        ...

    def exceptions_below(self, owner: type) -> list[Type]:
        """An exception class and all below it, as struct types."""
        ...

    def any_exception(self) -> Type:
        """The type of whatever may be caught."""
        ...

    def one_of(self, kinds: tuple[Type, ...]) -> Type:
        """One type for several."""
        ...

    def is_of(self, kind: Type, owner: type) -> bool:
        """Whether all values of a type are instances of a Python class."""
        ...

    def empty_bag(self, kind: BagType) -> tuple[int, ...]:
        """A bag with nothing in it."""
        ...

    def pool_new(self, pool: Pool[Any], span: Span) -> ir.Call:
        """A call that takes the lowest free entry of a pool."""
        ...
