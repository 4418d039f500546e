"""Where symbolic execution stands: frames, and the ways in which a body may be left."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from ordercheck.engines.symbolic.bits import FALSE, TRUE, Bit
from ordercheck.engines.symbolic.values import Dead, Sym, merge
from ordercheck.ir.span import Span


@dataclasses.dataclass(slots=True)
class Exits:
    """The frames in which a body was left other than by its end, with what they carry."""

    breaks: list[Frame] = dataclasses.field(default_factory=list)
    continues: list[Frame] = dataclasses.field(default_factory=list)
    returns: list[tuple[Frame, Sym]] = dataclasses.field(default_factory=list)
    raises: list[tuple[Frame, Sym, Span]] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(slots=True)
class Frame:
    """Locals and slots under a condition: that of the path, or paths, that lead here.

    `old` are the slots before the step, `running` the tasks that were resumed and have
    not been suspended, the last one first to be. `exits` is where whatever leaves the
    body goes.
    """

    guard: Bit
    locals: dict[str, Sym]
    slots: list[Sym]
    exits: Exits
    old: Sequence[Sym] = ()
    running: tuple[int, ...] = ()

    def copy(self, condition: Bit = TRUE) -> Frame:
        """The same under one more condition, to go on by itself."""
        return dataclasses.replace(
            self, guard=self.guard & condition, locals=dict(self.locals), slots=list(self.slots)
        )

    def require(self, condition: Bit) -> None:
        """Go on only where the condition is true; raises Dead where that is nowhere."""
        self.guard = self.guard & condition
        if self.guard is FALSE:
            raise Dead


def live(frame: Frame | None) -> Frame | None:
    """The frame, if anything comes there."""
    return None if frame is None or frame.guard is FALSE else frame


def join(test: Bit, then: Frame | None, orelse: Frame | None) -> Frame | None:
    """One frame for two of which the first is where `test` is true; either may be missing."""
    then, orelse = live(then), live(orelse)
    if then is None or orelse is None:
        return then or orelse
    names = {**then.locals, **orelse.locals}
    mine, others = then.locals, orelse.locals
    # A local that only one branch binds is read only where that branch was taken.
    values = {
        name: merge(test, mine[name], others[name])
        if name in mine and name in others
        else mine.get(name, others.get(name))
        for name in names
    }
    pairs = zip(then.slots, orelse.slots, strict=True)
    slots = [a if a is b else merge(test, a, b) for a, b in pairs]
    guard = then.guard | orelse.guard
    return Frame(guard, values, slots, orelse.exits, orelse.old, orelse.running)


def join_all(frames: Sequence[Frame | None], exits: Exits) -> Frame | None:
    """One frame for all of these, which exclude one another; what leaves it goes to `exits`."""
    found: Frame | None = None
    for frame in frames:
        found = join(frame.guard, frame, found) if frame is not None else found
    if found is not None:
        found = dataclasses.replace(found, exits=exits)
    return found


def join_results(results: Sequence[tuple[Frame, Sym]]) -> tuple[Frame, Sym] | None:
    """The same for frames that carry a value each."""
    found: tuple[Frame, Sym] | None = None
    for frame, value in results:
        if live(frame) is None:
            continue
        if found is None:
            found = frame, value
            continue
        merged = join(frame.guard, frame, found[0])
        assert merged is not None
        found = merged, merge(frame.guard, value, found[1])
    return found
