"""An explorer for references: the same system once more, in plain Python, without ordercheck.

A reference is an object whose attributes are the state. Its actions are methods, its
threads generators that yield, at each suspension, where they are and what they still know
(a condition that they wait for goes last, as a function). Nothing can be copied that way,
so every path is run again from its beginning: slow, and simple enough to be right.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")
Thread = Generator[Any, None, None]
Path = list[tuple[int, list[int]]]


class Disabled(Exception):
    """This way of taking the step does not exist."""


class Wrong(Exception):
    """A model error, by its kind."""


@dataclass
class Figures:
    states: int = 0
    transitions: int = 0
    depth: int = 0
    initial: int = 0
    stuck: int = 0
    violated: dict[str, int] = field(default_factory=dict)


class Reference:
    invariants: Sequence[str] = ()
    """Methods that are to be true in every state."""
    constraint: Callable[[], bool] | None = None
    stops: bool = False
    """Whether it may stop anywhere."""

    def __init__(self) -> None:
        self._script: list[int] = []
        self._widths: list[int] = []

    def choose(self, options: Iterable[T]) -> T:
        different: list[T] = []
        for option in options:
            if option not in different:
                different.append(option)
        if not different:
            raise Disabled
        at = len(self._widths)
        self._widths.append(len(different))
        if at == len(self._script):
            self._script.append(0)
        return different[self._script[at]]

    def require(self, condition: object) -> None:
        if not condition:
            raise Disabled

    def check(self, condition: object, kind: str = "assert") -> None:
        if not condition:
            raise Wrong(kind)

    # --- to be given --------------------------------------------------------------

    def setup(self) -> None:
        """Set the attributes; may choose."""

    def actions(self) -> list[Callable[[], None]]:
        return []

    def threads(self) -> list[Thread]:
        """Each yields once before its first step."""
        return []

    def terminal(self) -> bool:
        return False


def frozen(value: Any) -> Any:
    """A value that can be compared and hashed."""
    if isinstance(value, list | tuple):
        return tuple(frozen(item) for item in value)
    if isinstance(value, set | frozenset):
        return frozenset(value)
    if isinstance(value, dict):
        return frozenset((key, frozen(item)) for key, item in value.items())
    return value


class Run:
    """One path, from its beginning."""

    def __init__(self, make: Callable[[], Reference], script: list[int]) -> None:
        self.system = make()
        self.system._script = list(script)
        self.system.setup()
        self.taken(self.system)
        self.acts = self.system.actions()
        self.threads = self.system.threads()
        self.at: list[Any] = [next(thread) for thread in self.threads]

    def taken(self, system: Reference) -> None:
        self.script, self.widths = system._script, system._widths
        system._script, system._widths = [], []

    def step(self, number: int, script: list[int]) -> bool:
        """Whether there is such a way; raises Wrong."""
        self.system._script = list(script)
        try:
            if number < len(self.acts):
                self.acts[number]()
            else:
                thread = number - len(self.acts)
                self.at[thread] = next(self.threads[thread], None)
        except Disabled:
            return False
        except Wrong:
            raise
        finally:
            self.taken(self.system)
        return True

    def enabled(self) -> list[int]:
        count = len(self.acts)
        ready = [at is not None and (not callable(at[-1]) or at[-1]()) for at in self.at]
        return [*range(count), *(count + thread for thread, go in enumerate(ready) if go)]

    def key(self) -> Any:
        own = [(k, frozen(v)) for k, v in vars(self.system).items() if not k.startswith("_")]
        threads = [
            at if at is None else frozen([part for part in at if not callable(part)])
            for at in self.at
        ]
        return tuple(own), tuple(threads)


def following(script: list[int], widths: list[int]) -> list[int] | None:
    """The script after this one."""
    script = script[: len(widths)]
    while script:
        if script[-1] + 1 < widths[len(script) - 1]:
            return [*script[:-1], script[-1] + 1]
        script.pop()
    return None


def explore(make: Callable[[], Reference]) -> Figures:
    figures = Figures()
    seen: set[Any] = set()
    frontier: list[tuple[list[int], Path]] = []

    def violate(name: str, steps: int) -> None:
        figures.violated.setdefault(name, steps)

    def see(run: Run, steps: int) -> bool:
        """Whether this is a new state, to be expanded."""
        key = run.key()
        if key in seen:
            return False
        for name in run.system.invariants:
            if not getattr(run.system, name)():
                violate(name, steps)
        if run.system.constraint is not None and not run.system.constraint():
            return False
        seen.add(key)
        return True

    script: list[int] | None = []
    while script is not None:
        run = Run(make, script)
        if see(run, 0):
            frontier.append((run.script, []))
        script = following(run.script, run.widths)
    figures.initial = len(frontier)
    while frontier:
        figures.depth += 1
        level, frontier = frontier, []
        for start, path in level:
            before = again(make, start, path)
            ways = 0
            for number in before.enabled():
                script = []
                while script is not None:
                    run = again(make, start, path)
                    try:
                        exists = run.step(number, script)
                    except Wrong as wrong:
                        ways += 1
                        violate(str(wrong), figures.depth)
                    else:
                        ways += exists
                        if exists and see(run, figures.depth):
                            frontier.append((start, [*path, (number, run.script)]))
                    script = following(run.script, run.widths)
            figures.transitions += ways
            if not ways:
                figures.stuck += 1
                finished = before.threads and all(at is None for at in before.at)
                if not (finished or before.system.stops or before.system.terminal()):
                    violate("deadlock", figures.depth - 1)
    figures.states = len(seen)
    return figures


def again(make: Callable[[], Reference], start: list[int], path: Path) -> Run:
    run = Run(make, start)
    for number, script in path:
        run.step(number, script)
    return run
