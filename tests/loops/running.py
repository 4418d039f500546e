"""What a model of programs does with each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import ClassVar

from ordercheck import Array, Composite, Failure, Model, array, listing, pair, process
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.transition import ModelError, State
from ordercheck.frontend import compile_model
from ordercheck.ir.validator import validate
from ordercheck.library import Log, Rejected
from tests.loops.programs import CANCELLED, DONE, LENGTH, REJECTED, TASKS, Program, note

Noted = tuple[int, ...]


class Oops(Failure):
    """What a task raises itself."""


class Programs(Model):
    """One program, whose scripts are state; `run` of the models below this interprets it."""

    deadlock = False
    codes: ClassVar[dict[str, int]] = {}
    noted: Log[int]

    def load(self) -> None:
        """Declare the scripts, for `setup`; `endings` puts programs there."""
        arguments = range(max(self.codes.values()))
        operations: Composite[tuple[str, int]] = pair(list(self.codes), arguments)
        self.script: Array[tuple[tuple[str, int], ...]] = array(
            listing(operations, LENGTH), TASKS, ()
        )
        self.stubborn: Array[bool] = array(bool, TASKS, False)

    @process(on="loop")
    async def main(self) -> None:
        await self.run(0)

    async def run(self, t: int) -> None:
        """Task `t`."""
        raise NotImplementedError

    async def operate(self, t: int, k: int, code: str, argument: int) -> None:
        """One operation of it."""
        raise NotImplementedError

    async def perform(self, t: int) -> None:
        """All operations of a task, where none sees that the task is cancelled."""
        k = 0
        while k < len(self.script[t]):
            code, argument = self.script[t][k]
            try:
                await self.operate(t, k, code, argument)
                self.noted.append(note(t, k))
            except Rejected:
                self.noted.append(note(t, k, REJECTED))
            except Oops:
                self.noted.append(note(t, k, REJECTED))
                if code == "raise":
                    raise
            k += 1


def endings(model: type[Programs], programs: Sequence[Program]) -> list[set[Noted]]:
    """For each program, what is noted on the ways to its ends."""
    program = compile_model(model, {})
    validate(program)
    machine = Machine(program)
    slots = {place.path: place.slot for place in program.places}
    (initial,) = machine.initial()
    assert not isinstance(initial.target, ModelError), initial
    found = []
    for each in programs:
        state = list(initial.target)
        state[slots["script"] : slots["script"] + TASKS] = each.scripts
        state[slots["stubborn"] : slots["stubborn"] + TASKS] = each.stubborn
        found.append(ends(machine, tuple(state), slots["noted"], each))
    return found


def ends(machine: Machine, initial: State, slot: int, program: Program) -> set[Noted]:
    """What is noted in the states without transitions that are reached from this one."""
    todo, seen = [initial], {initial}
    found: set[Noted] = set()
    while todo:
        state = todo.pop()
        following = machine.expand(state)
        for each in following:
            assert not isinstance(each.target, ModelError), (str(program), each.target)
            if each.target not in seen:
                seen.add(each.target)
                todo.append(each.target)
        if not following:
            found.add(state[slot])
    return found


def differences(
    programs: Sequence[Program], model: Sequence[set[Noted]], real: Sequence[Noted]
) -> list[tuple[Program, set[Noted], Noted]]:
    """The programs of which the model does not say what the real loop did; the smallest first."""
    wrong = [
        (program, said, did)
        for program, said, did in zip(programs, model, real, strict=True)
        if did not in said
    ]
    return sorted(wrong, key=lambda each: each[0].size())


def explain(wrong: Sequence[tuple[Program, set[Noted], Noted]]) -> str:
    """The smallest of the programs that differ, to be read."""
    if not wrong:
        return ""
    program, said, did = wrong[0]
    return f"{len(wrong)} programs differ, such as\n{program}\nmodel: {sorted(said)}\nreal: {did}"


def check_coverage(
    programs: Sequence[Program], noted: Sequence[Noted], codes: Mapping[str, int]
) -> None:
    """That each operation is done in many programs, and that many programs do a lot."""
    done = Counter(
        code
        for program, numbers in zip(programs, noted, strict=True)
        for t, script in enumerate(program.scripts)
        for k, (code, _) in enumerate(script)
        if any(note(t, k, outcome) in numbers for outcome in (DONE, REJECTED, CANCELLED))
    )
    assert all(done[code] > len(programs) / 80 for code in codes), done
    assert sum(len(each) > 8 for each in noted) > len(programs) / 8
