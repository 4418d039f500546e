"""Tasks: a coroutine's blocks from where a task is suspended to where it stops next."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from ordercheck.engines.interpreter.runtime import start_frame
from ordercheck.engines.symbolic.bits import FALSE, TRUE, Bit
from ordercheck.engines.symbolic.frames import Exits, Frame, join, join_all, live
from ordercheck.engines.symbolic.membership import UNSOUND
from ordercheck.engines.symbolic.numbers import Int, cases_of, is_equal
from ordercheck.engines.symbolic.statements import Statements
from ordercheck.engines.symbolic.values import Dead, lift
from ordercheck.ir.bodies import successors
from ordercheck.ir.nodes import (
    MEMBER,
    Block,
    Branch,
    Coroutine,
    Finish,
    Goto,
    Suspend,
)
from ordercheck.ir.span import Span

DONE = 1
"""The point of a task that has finished."""


@dataclasses.dataclass(slots=True)
class _Graph:
    """A coroutine's blocks, in an order in which only the edges of loops go back."""

    blocks: dict[str, Block]
    order: dict[str, int]
    points: dict[str, int]


class Tasks(Statements):
    """Runs everything: the last part of what executes a program symbolically."""

    def resume(self, task: Int, frame: Frame, span: Span) -> Frame | None:
        """The frame after a task has run to its next suspension."""
        result: Frame | None = None
        for number, bit in self._possible(task, frame, span):
            inner = live(frame.copy(bit))
            after = None if inner is None else self._resumed(number, inner, span)
            result = join(bit, after, result)
        return result

    def _possible(self, task: Int, frame: Frame, span: Span) -> Iterator[tuple[int, Bit]]:
        """The tasks that it can be; inside another task, only if z3 does not rule it out."""
        for number, bit in cases_of(task):
            if number >= len(self.context.program.tasks):
                self.context.fail(frame, bit, UNSOUND, span)
                continue
            here = frame.guard & bit
            known = bit is TRUE or len(frame.running) == 0
            if here is not FALSE and (known or self.context.feasible(here)):
                yield number, bit

    def _resumed(self, task: int, frame: Frame, span: Span) -> Frame | None:
        coroutine, member = self.context.coroutine(task)
        base = coroutine.frame.base + member * coroutine.frame.size
        try:
            if task in frame.running:
                self.context.fail(frame, TRUE, "task", span)
            self.context.fail(frame, is_equal(frame.slots[base], DONE), "task", span)
        except Dead:
            return None
        inside = dataclasses.replace(
            frame,
            locals={MEMBER: member},
            slots=list(frame.slots),
            exits=Exits(),
            running=(*frame.running, task),
        )
        after = self._walk(coroutine, base, inside)
        if after is None:
            return None
        return dataclasses.replace(frame, guard=after.guard, slots=after.slots)

    def restart(self, task: Int, frame: Frame, span: Span) -> Frame | None:
        """The frame after a task was put back to its beginning."""
        result: Frame | None = None
        for number, bit in self._possible(task, frame, span):
            inner = live(frame.copy(bit))
            if inner is None:
                continue
            if number in frame.running:
                try:
                    self.context.fail(inner, TRUE, "task", span)
                except Dead:
                    continue
            coroutine, member = self.context.coroutine(number)
            base = coroutine.frame.base + member * coroutine.frame.size
            kinds = self.context.program.slots[base : base + coroutine.frame.size]
            blank = start_frame(coroutine.frame.fields)
            for k, (kind, value) in enumerate(zip(kinds, blank, strict=True)):
                inner.slots[base + k] = lift(kind, value)
            result = join(bit, inner, result)
        return result

    # --- blocks -----------------------------------------------------------------------

    def _walk(self, coroutine: Coroutine, base: int, frame: Frame) -> Frame | None:
        """Go through the blocks in rounds: a new one begins where an edge goes back."""
        graph = _graph(coroutine)
        stopped: list[Frame | None] = []
        # What waits to go on, by round, place in the order and label.
        waiting: dict[tuple[int, int, str], list[Frame]] = {}
        for point, bit in cases_of(frame.slots[base]):
            where = live(frame.copy(bit)) if point != DONE else None
            if where is not None:
                label = coroutine.points[point].label
                waiting.setdefault((0, graph.order[label], label), []).append(where)
        while waiting:
            self.context.clock.milliseconds()
            round, place, label = min(waiting)
            here = join_all(waiting.pop((round, place, label)), Exits())
            if here is None:
                continue
            block = graph.blocks[label]
            for target, following in self._block(block, base, here, graph, stopped):
                later = round + (graph.order[target] <= place)
                if later > round and not self._goes_on(later, following, block.terminator.span):
                    continue
                key = later, graph.order[target], target
                waiting.setdefault(key, []).append(following)
        return join_all(stopped, frame.exits)

    def _block(
        self, block: Block, base: int, frame: Frame, graph: _Graph, stopped: list[Frame | None]
    ) -> Iterator[tuple[str, Frame]]:
        """Where a block leads, and the frames there."""
        after = self.run(block.body, frame)
        for where, value, span in frame.exits.raises:
            if block.handler is None:
                self._escaped(where, span)
                continue
            if block.caught is not None:
                where.locals[block.caught.name] = value
            yield block.handler, where
        if after is None:
            return
        match block.terminator:
            case Goto(label=target):
                yield target, after
            case Branch(test=test, then=then, orelse=orelse):
                raised = len(after.exits.raises)
                try:
                    bit = self.bit(test, after)
                except Dead:
                    bit = TRUE
                    after.guard = FALSE
                # Only a block's body is looked after by its handler.
                for where, _, span in after.exits.raises[raised:]:
                    self._escaped(where, span)
                for condition, target in ((bit, then), (~bit, orelse)):
                    if (following := live(after.copy(condition))) is not None:
                        yield target, following
            case Suspend() | Finish():
                after.slots[base] = graph.points.get(block.label, DONE)
                stopped.append(after)

    def _escaped(self, frame: Frame, span: Span) -> None:
        """Nothing catches an exception that leaves a task."""
        try:
            self.context.fail(frame, TRUE, "exception", span)
        except Dead:
            return


def _graph(coroutine: Coroutine) -> _Graph:
    """The blocks in reverse postorder, from every point at which a task can be resumed."""
    blocks = {block.label: block for block in coroutine.blocks}
    done: list[str] = []
    seen: set[str] = set()
    for entry in [point.label for point in coroutine.points if point.label in blocks]:
        stack = [(entry, iter(_edges(blocks[entry])))] if entry not in seen else []
        seen.update(label for label, _ in stack)
        while stack:
            label, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                done.append(label)
                stack.pop()
            elif following not in seen:
                seen.add(following)
                stack.append((following, iter(_edges(blocks[following]))))
    order = {label: place for place, label in enumerate(reversed(done))}
    suspending = [b.label for b in coroutine.blocks if isinstance(b.terminator, Suspend)]
    points = {label: number for number, label in enumerate(suspending, DONE + 1)}
    return _Graph(blocks, order, points)


def _edges(block: Block) -> tuple[str, ...]:
    """The blocks that may follow in the same step."""
    jumps = () if isinstance(block.terminator, Suspend) else successors(block.terminator)
    return jumps if block.handler is None else (*jumps, block.handler)
