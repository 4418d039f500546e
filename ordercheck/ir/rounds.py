"""Where the loops of a coroutine begin within a step, so that their rounds can be counted."""

from __future__ import annotations

from ordercheck.ir.bodies import successors
from ordercheck.ir.nodes import Block, Coroutine, Suspend, Terminator
from ordercheck.ir.record import dataclass, field


@dataclass(slots=True)
class Rounds:
    """`heads` are the labels at which a loop begins, in the order in which they are met.

    `back` are the edges, from label to label, that begin its next round; by any other
    edge to a head its rounds begin anew.
    """

    heads: list[str] = field(default_factory=list)
    back: set[tuple[str, str]] = field(default_factory=set)


def find_rounds(coroutine: Coroutine) -> Rounds:
    """The loops, by depth-first search: an edge to a block being visited begins a new round."""
    blocks = {block.label: block for block in coroutine.blocks}
    entries = [point.label for k, point in enumerate(coroutine.points) if k != 1]
    found = Rounds()
    done: set[str] = set()
    active: set[str] = set()
    for entry in entries:
        stack = [(entry, iter(_edges(blocks[entry])))] if entry not in done else []
        active.update(label for label, _ in stack)
        while stack:
            label, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                stack.pop()
                active.discard(label)
                done.add(label)
            elif following in active:
                found.back.add((label, following))
                if following not in found.heads:
                    found.heads.append(following)
            elif following not in done:
                active.add(following)
                stack.append((following, iter(_edges(blocks[following]))))
    return found


def jumps(terminator: Terminator) -> tuple[str, ...]:
    """The labels to which a terminator goes on in the same step."""
    return () if isinstance(terminator, Suspend) else successors(terminator)


def _edges(block: Block) -> tuple[str, ...]:
    caught = () if block.handler is None else (block.handler,)
    return jumps(block.terminator) + caught
