"""A coroutine's blocks with the detours taken out."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from ordercheck.ir.bodies import map_terminator, never_goes_on, successors
from ordercheck.ir.nodes import Block, Coroutine, Finish, Goto
from ordercheck.ir.raising import Raising
from ordercheck.ir.walk import changed, mapped


def simplify_blocks(coroutine: Coroutine, raising: Raising) -> Coroutine:
    """The coroutine with only reachable blocks, none a mere Goto, chains of them made one.

    Where nothing is raised there is no handler.
    """
    blocks = mapped(coroutine.blocks, lambda block: _settled(block, raising))
    blocks = _threaded(blocks)
    blocks = _reachable(blocks)
    return changed(coroutine, blocks=_merged(blocks, raising))


def _settled(block: Block, raising: Raising) -> Block:
    """Without a handler that nothing is raised for, or an end that is never reached."""
    if block.handler is not None and not any(map(raising.raises, block.body)):
        block = replace(block, handler=None, caught=None)
    if block.body and never_goes_on(block.body[-1]):
        ended = isinstance(block.terminator, Finish)
        block = block if ended else replace(block, terminator=Finish(block.terminator.span))
    return block


def _threaded(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """With what leads to an empty block led to where that goes; endless circles stay."""
    onward = {
        block.label: block.terminator.label
        for block in blocks
        if not block.body and isinstance(block.terminator, Goto)
    }

    if not onward:
        return blocks

    def end(label: str) -> str:
        passed: set[str] = set()
        here = label
        while here in onward and here not in passed:
            passed.add(here)
            here = onward[here]
        return label if here in passed else here

    def lead(block: Block) -> Block:
        handler = None if block.handler is None else end(block.handler)
        terminator = map_terminator(block.terminator, label=end)
        return changed(block, terminator=terminator, handler=handler)

    return mapped(blocks, lead)


def _reachable(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Those that the first leads to, in their order."""
    known = {block.label: block for block in blocks}
    reached: set[str] = set()
    waiting = [blocks[0].label]
    while waiting:
        label = waiting.pop()
        if label in reached:
            continue
        reached.add(label)
        waiting.extend(_named(known[label]))
    kept = tuple(block for block in blocks if block.label in reached)
    return blocks if len(kept) == len(blocks) else kept


def _named(block: Block) -> tuple[str, ...]:
    handler = () if block.handler is None else (block.handler,)
    return successors(block.terminator) + handler


def _merged(blocks: tuple[Block, ...], raising: Raising) -> tuple[Block, ...]:
    """With each block that only one Goto leads to made part of the block that goes there."""
    named = Counter(label for block in blocks for label in _named(block))
    named[blocks[0].label] += 1
    known = {block.label: block for block in blocks}
    gone: set[str] = set()
    for label in known:
        while label not in gone:
            end = known[label].terminator
            if not isinstance(end, Goto) or named[end.label] != 1 or end.label == label:
                break
            both = _joined(known[label], known[end.label], raising)
            if both is None:
                break
            gone.add(end.label)
            known[label] = both
    return blocks if not gone else tuple(known[each] for each in known if each not in gone)


def _joined(first: Block, second: Block, raising: Raising) -> Block | None:
    """One block for two, unless exceptions of the one must go elsewhere than of the other."""
    handlers = [
        (block.handler, block.caught)
        for block in (first, second)
        if any(map(raising.raises, block.body))
    ]
    if len(handlers) == 2 and handlers[0] != handlers[1]:
        return None
    handler, caught = handlers[0] if handlers else (None, None)
    return Block(first.label, first.body + second.body, second.terminator, handler, caught)
