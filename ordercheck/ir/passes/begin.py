"""Start processes that begin with a suspension in it, and not before their first statement."""

from __future__ import annotations

from dataclasses import replace

from ordercheck.ir.nodes import Coroutine, Goto, Program, Suspend
from ordercheck.ir.walk import changed, mapped


def note_beginnings(program: Program) -> Program:
    """The program with `begins` of each coroutine that begins with a suspension.

    Before: as lowered, since what simplifying drops is a statement before it all the
    same. `find_beginnings` has to follow once blocks are in their final order.
    """
    return replace(program, coroutines=mapped(program.coroutines, _noted))


def find_beginnings(program: Program) -> Program:
    """The program with `begins` true of the blocks as they are now; no frames yet."""

    def found(coroutine: Coroutine) -> Coroutine:
        return coroutine if coroutine.begins is None else _noted(coroutine)

    return replace(program, coroutines=mapped(program.coroutines, found))


def _noted(coroutine: Coroutine) -> Coroutine:
    found = first_suspension(coroutine)
    suspends = [b.terminator for b in coroutine.blocks if isinstance(b.terminator, Suspend)]
    places = [k for k, each in enumerate(suspends) if each is found]
    return changed(coroutine, begins=places[0] if places else None)


def first_suspension(coroutine: Coroutine) -> Suspend | None:
    """The suspension that a coroutine without a frame begins with, if nothing is done before it."""
    blocks = {block.label: block for block in coroutine.blocks}
    block = coroutine.blocks[0] if coroutine.blocks else None
    for _ in coroutine.blocks:
        if block is None or block.body:
            return None
        match block.terminator:
            case Suspend() as found:
                return found
            case Goto(label=label):
                block = blocks.get(label)
            case _:
                return None
    return None


def start_suspended(program: Program) -> Program:
    """The program whose initial points are those that the coroutines begin with.

    Before: frames have their slots, all tasks are at START. After: a task of a coroutine
    that begins with a suspension is at the point of that suspension, one of a pool has
    finished.
    """
    initial = list(program.initial)
    for coroutine in program.coroutines:
        if coroutine.begins is None:
            continue
        point = 2 + coroutine.begins
        for member in range(coroutine.members):
            initial[coroutine.frame.base + member * coroutine.frame.size] = point
    for pool in program.pools:
        for task in pool.tasks:
            initial[point_slot(program, task)] = FINISHED
    return replace(program, initial=tuple(initial))


FINISHED = 1
"""The point, in every coroutine, of a task that has finished."""


def point_slot(program: Program, task: int) -> int:
    """The slot that says where a task is; frames have their slots."""
    info = program.tasks[task]
    frame = program.coroutines[info.coroutine].frame
    return frame.base + info.member * frame.size
