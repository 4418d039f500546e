"""Statements, whose order matters, and the functions made of them."""

from __future__ import annotations

from ordercheck.ir.nodes.expressions import Call, Expr, Local
from ordercheck.ir.record import dataclass
from ordercheck.ir.span import NOWHERE, Span
from ordercheck.ir.types import Type


@dataclass(frozen=True, slots=True)
class Assign:
    """Bind a local."""

    target: Local
    value: Expr
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Store:
    """Put a value into the slot at `address`; a model error if it is not of `type`.

    `type` is what the place was declared with; `name` is the place's, for messages.
    `checked` is False where the front end knows that the value fits.
    """

    address: Expr
    value: Expr
    type: Type
    name: str = ""
    checked: bool = True
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Evaluate:
    """Call a function for its effects."""

    call: Call
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Choose:
    """Bind a local to one of a list's distinct values: one transition each, none if it is empty.

    `label` is the name under which traces show the choice; two equal values are one.
    """

    target: Local
    options: Expr
    label: str
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Require:
    """Unless the condition holds, this way of taking the step is not enabled at all."""

    condition: Expr
    span: Span = NOWHERE
    point: int | None = None


@dataclass(frozen=True, slots=True)
class Assert:
    """A model error unless the condition holds; `message`, if any, is evaluated only then."""

    condition: Expr
    message: Expr | None = None
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Fail:
    """A model error with a fixed message (`kind` as in `engines`: "pool", "recursion", …)."""

    kind: str
    message: str
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class If:
    """One branch or the other."""

    test: Expr
    then: Body
    orelse: Body = ()
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class While:
    """Repeat; 10,000 rounds in one step are a model error."""

    test: Expr
    body: Body
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class For:
    """Bind the target to each item of a list (evaluated once, before the first round)."""

    target: Local
    iterable: Expr
    body: Body
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Break:
    """Leave the innermost loop."""

    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Continue:
    """Begin the next round of the innermost loop."""

    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Return:
    """Leave the function (never in a coroutine's block)."""

    value: Expr | None = None
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Raise:
    """Raise an exception: a struct, or a union of structs."""

    value: Expr
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Handler:
    """`except`: for exceptions whose struct has one of these names; bound to `variable`."""

    names: tuple[str, ...]
    variable: Local
    body: Body


@dataclass(frozen=True, slots=True)
class Try:
    """try, except and finally, with Python's meaning. Model errors pass through uncaught."""

    body: Body
    handlers: tuple[Handler, ...] = ()
    orelse: Body = ()
    final: Body = ()
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Resume:
    """Run a task to its next suspension, now.

    A task that has not started starts. A finished one, or one that is running
    already, is a model error. An exception that leaves the task's coroutine is a
    model error at the span of the raise, named after the exception.
    """

    task: Expr
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Restart:
    """Put a task back before its first statement (its frame cleared); a running one is an error."""

    task: Expr
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Cover:
    """Note that point `point` of Program.cover was reached."""

    point: int
    span: Span = NOWHERE


Stmt = (
    Assign
    | Store
    | Evaluate
    | Choose
    | Require
    | Assert
    | Fail
    | If
    | While
    | For
    | Break
    | Continue
    | Return
    | Raise
    | Try
    | Resume
    | Restart
    | Cover
)
Body = tuple[Stmt, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """What does not suspend. `result` is NoneType where nothing is returned."""

    name: str
    parameters: tuple[Local, ...]
    result: Type
    body: Body
    span: Span = NOWHERE
