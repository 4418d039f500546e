"""Time: a clock that passes, those who sleep on it, and timers.

Only how long everybody still has to wait is state, never what time it is: so the clock
stands still when nobody waits, and a model that waits again and again stays finite.
"""

from __future__ import annotations

from collections.abc import Iterable

from ordercheck.language import (
    Component,
    Loop,
    Seq,
    Task,
    action,
    being_cancelled,
    current,
    loop_of,
    on_loop,
    optional,
    pair,
    park,
    require,
    seq,
    until,
    variable,
)


class Clock(Component):
    """Time in whole units, of which at most `longest` are waited for at once.

    One unit may pass in any state in which somebody waits: whatever else happens may take
    any time. With `idle` loops, time is virtual instead: it passes only when all of them
    have nothing to do, and then as far as the next who waits. Who waits for less goes on
    first; of several whose time comes together, who began to wait first. Clocks know
    nothing of each other: two of them drift apart.
    """

    between_vats = True

    def __init__(self, longest: int, *, sleepers: int = 8, idle: Iterable[Loop] = ()) -> None:
        self.longest = longest
        self.idle = tuple(idle)
        waits = pair(Task, range(1, longest + 1))
        self.on_loops: Seq[tuple[Task, int]] = seq(waits, capacity=sleepers)
        self.free: Seq[tuple[Task, int]] = seq(waits, capacity=sleepers)
        self.timers: list[Timer] = []

    @action
    def tick(self) -> None:
        """Time passes."""
        require(self.is_awaited())
        require(all(loop.idle() for loop in self.idle))
        self.pass_time(self.until_next() if self.idle else 1)

    def is_awaited(self) -> bool:
        """Whether anybody waits for time to pass."""
        return bool(self.on_loops or self.free) or any(t.is_running() for t in self.timers)

    def until_next(self) -> int:
        """The time until somebody's wait is over."""
        sleeping = [left for _, left in self.on_loops] + [left for _, left in self.free]
        return min(sleeping + [timer.still() for timer in self.timers if timer.is_running()])

    def pass_time(self, units: int) -> None:
        """Let so much time pass, and wake those whose time has come."""
        due = [task for task, left in self.on_loops if left <= units]
        later = [(task, left - units) for task, left in self.on_loops if left > units]
        awake = [(task, left - units) for task, left in self.free if left > units]
        self.on_loops.clear()
        self.on_loops.extend(later)
        self.free.clear()
        self.free.extend(awake)
        for timer in self.timers:
            timer.pass_time(units)
        for task in due:
            loop_of(task).ring(task)

    # --- sleeping -----------------------------------------------------------------

    async def sleep(self, units: int) -> None:
        """Go on after so much time, at least 1."""
        me = current()
        if on_loop():
            self.on_loops.append((me, units))
            try:
                await park()
            finally:
                if being_cancelled():
                    self.leave(me)
        else:
            self.free.append((me, units))
            try:
                await until(lambda: all(task != me for task, _ in self.free))
            finally:
                self.leave(me)  # only who is raised Cancelled is still there

    def leave(self, me: Task) -> None:
        """Wake a task no more."""
        for sleeper in self.on_loops:
            if sleeper[0] == me:
                self.on_loops.remove(sleeper)
        for sleeper in self.free:
            if sleeper[0] == me:
                self.free.remove(sleeper)


class Timer(Component):
    """An alarm of a clock's, for whoever asks whether it is over: set it again as you like."""

    def __init__(self, clock: Clock) -> None:
        self.left: int | None = variable(optional(range(clock.longest + 1)), None)
        clock.timers.append(self)

    def set(self, units: int) -> None:
        """Begin to wait for so much time, from now on."""
        self.left = units

    def stop(self) -> None:
        """Wait no more."""
        self.left = None

    def is_running(self) -> bool:
        """Whether it is set and its time has not come."""
        return self.left is not None and self.left > 0

    def is_over(self) -> bool:
        """Whether it was set and its time has come."""
        return self.left == 0

    def still(self) -> int:
        """The time that is left to wait."""
        return 0 if self.left is None else self.left

    def pass_time(self, units: int) -> None:
        """Let the clock's time pass."""
        if self.left is not None:
            self.left = max(0, self.left - units)
