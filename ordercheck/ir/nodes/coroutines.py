"""Coroutines: graphs of blocks between suspensions, and the tasks that run them."""

from __future__ import annotations

from enum import Enum

from ordercheck.ir.nodes.expressions import Expr, Local
from ordercheck.ir.nodes.statements import Body
from ordercheck.ir.record import dataclass
from ordercheck.ir.span import NOWHERE, Span
from ordercheck.ir.types import Type


@dataclass(frozen=True, slots=True)
class Goto:
    """Go on at a block, in the same step."""

    label: str
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Branch:
    """Go on at one of two blocks, in the same step."""

    test: Expr
    then: str
    orelse: str
    span: Span = NOWHERE


class Wait(Enum):
    """Why a task is suspended, and so who may resume it."""

    START = "start"  # not begun: free tasks are enabled, those of a loop wait to be resumed
    STEP = "step"  # a free task: enabled
    UNTIL = "until"  # a free task: tried; its first statement requires the condition
    PARK = "park"  # only Resume goes on
    DONE = "done"  # never again (but Restart)


@dataclass(frozen=True, slots=True)
class Suspend:
    """End the task's step here; when resumed, go on at `label`."""

    wait: Wait
    label: str
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Finish:
    """The coroutine is over."""

    span: Span = NOWHERE


Terminator = Goto | Branch | Suspend | Finish


@dataclass(frozen=True, slots=True)
class Block:
    """Statements without suspension, then one terminator.

    An exception raised in `body` (also in what it calls) goes on at block `handler`
    with the exception bound to `caught`; where there is no handler it leaves the
    coroutine. Break, Continue and Return in `body` stay inside it.
    """

    label: str
    body: Body
    terminator: Terminator
    handler: str | None = None
    caught: Local | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """Where a task can be suspended: its frame's first slot holds an index into Coroutine.points.

    Point 0 is START (at the coroutine's entry), point 1 is DONE; the others are the
    Suspend terminators' in the order of the blocks.
    """

    wait: Wait
    label: str
    span: Span


@dataclass(frozen=True, slots=True)
class Frame:
    """Slots of a coroutine's tasks: task `member` has `size` of them from base + member * size on.

    The first is the point; `fields` name the others. A field that is not live at a
    point holds its type's `blank`.
    """

    base: int
    size: int
    fields: tuple[tuple[str, Type], ...] = ()


MEMBER = "@member"
"""The Local, an int, by which a coroutine's blocks know which of its tasks runs."""


@dataclass(frozen=True, slots=True)
class Coroutine:
    """One process, for all its members; `members` says how many tasks it has.

    `begins` says which of its Suspend terminators, in the order of the blocks, it begins
    with, if it begins with one: its tasks are suspended there from the start.
    """

    name: str
    members: int
    blocks: tuple[Block, ...]
    points: tuple[Point, ...] = ()
    frame: Frame = Frame(-1, 0)
    span: Span = NOWHERE
    begins: int | None = None

    @property
    def entry(self) -> str:
        """Label of the first block."""
        return self.blocks[0].label


@dataclass(frozen=True, slots=True)
class TaskInfo:
    """A task: member `member` of a coroutine; `loop` is its loop's component, if it has one."""

    name: str
    coroutine: int
    member: int
    loop: int | None = None
    daemon: bool = False
