"""Random small programs: tasks that wait, settle, spawn and cancel, as data.

A program is so many scripts, of so many operations. What runs one is an interpreter: a
model of a loop, or a driver for the real loop. Task 0 is there from the beginning, every
other one is begun by one operation of a task before it, or never. Each operation that is
done is noted by its number, so that the order of all effects can be compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

TASKS, LENGTH = 6, 4
"""The most tasks that a program has, and operations that a task has."""

DONE, REJECTED, CANCELLED, LEFT = 0, 1, 2, 3
"""How an operation came out, or that a task was destroyed."""

LATE = LEFT
"""How an operation of asyncio came out: TimeoutError. Nothing destroys its tasks."""


def note(task: int, place: int, outcome: int = DONE) -> int:
    """The number that is noted when an operation is done, or otherwise over."""
    return (outcome * TASKS + task) * LENGTH + place


NOTES = note(TASKS, 0, LEFT)

Script = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Program:
    """The scripts of the tasks; `stubborn` ones go on when they are cancelled."""

    scripts: tuple[Script, ...]
    stubborn: tuple[bool, ...]

    def size(self) -> int:
        """How many operations it has."""
        return sum(map(len, self.scripts))

    def __str__(self) -> str:
        lines = (
            f"task {t}{' (stubborn)' if self.stubborn[t] else ''}: "
            + "; ".join(f"{code} {argument}" for code, argument in script)
            for t, script in enumerate(self.scripts)
            if script
        )
        return "\n".join(lines)


INSIDE = ("call", "within", "group")
"""Operations whose argument is a task that runs inside the one that does this."""

GROUPS = 2
"""The most groups of tasks that a program has."""

BEGINS = ("spawn", "child", *INSIDE)
"""Operations whose argument is a task that begins."""

ON_TASKS = ("wait task", "shield task", "wait shield")
"""Operations whose argument is a task, which it has mostly begun itself."""

ENDS = ("raise", "return")
"""Operations after which a task does nothing."""


def random_program(
    rng: Random, codes: Mapping[str, int], stubborn: float = 0.0, nesting: int = 1
) -> Program:
    """A program of these operations; a code's number says how many arguments it may have.

    Those that begin a task get one that no other begins, and come often enough for most
    programs to have several tasks; `nesting` says how deep tasks run inside others.
    """
    others = [code for code in codes if code not in BEGINS]
    # Fewer in each program: then those that settle meet those that wait.
    others = rng.sample(others, rng.randint(5, len(others)))
    scripts: list[list[tuple[str, int]]] = [[]]
    depth = {0: 0}
    t = groups = 0
    while t < len(scripts):
        for _ in range(rng.randint(1 if t else 2, LENGTH)):
            begins = [c for c in BEGINS if c in codes and not (c in INSIDE and depth[t] == nesting)]
            if groups == GROUPS and "group" in begins:
                begins.remove("group")
            if len(scripts) < TASKS and begins and rng.random() < 0.4:
                code = rng.choice(begins)
                depth[len(scripts)] = depth[t] + (code in INSIDE)
                groups += code == "group"
                scripts[t].append((code, len(scripts)))
                scripts.append([])
                continue
            code = rng.choice(others)
            if code == "raise" and (t == 0 or rng.random() < 0.5):
                continue
            argument = rng.randrange(codes[code])
            begun = [each for begins, each in scripts[t] if begins == "spawn"]
            if code in ON_TASKS and begun and rng.random() < 0.7:
                argument = rng.choice(begun)
            scripts[t].append((code, argument))
            if code in ENDS:
                break
        t += 1
    scripts += [[] for _ in range(TASKS - len(scripts))]
    willing = tuple(rng.random() < stubborn for _ in range(TASKS))
    return Program(tuple(map(tuple, scripts)), willing)


def random_programs(
    seed: int, count: int, codes: Mapping[str, int], stubborn: float = 0.0, nesting: int = 1
) -> tuple[Program, ...]:
    """So many different programs."""
    rng = Random(seed)
    found: dict[Program, None] = {}
    while len(found) < count:
        found[random_program(rng, codes, stubborn, nesting)] = None
    return tuple(found)
