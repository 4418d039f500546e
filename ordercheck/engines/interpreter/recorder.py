"""Notes what happens in a replayed step."""

from __future__ import annotations

from typing import Any

from ordercheck.engines.interpreter.runtime import Runtime, Slots
from ordercheck.ir.nodes import Wait
from ordercheck.ir.recording import (
    Called,
    Chosen,
    Event,
    Finished,
    Ran,
    Resumed,
    Stored,
    Suspended,
)
from ordercheck.ir.types import Value


class Recorder(Runtime):
    """A runtime that keeps a list of events."""

    events: list[Event]

    def extra(self) -> dict[str, Any]:
        """What a recording module calls besides a Runtime's operations."""
        self.events = []
        names = ("ran", "called", "stored", "chosen", "suspended", "finished")
        return {name: getattr(self, name) for name in names}

    def ran(self, site: int) -> None:
        """A statement is about to run."""
        self.events.append(Ran(self.sites[site].span))

    def called(self, site: int, arguments: tuple[Value, ...]) -> None:
        """A function begins."""
        at = self.sites[site]
        self.events.append(Called(at.text, arguments, at.span))

    def stored(self, v: Slots, address: int, value: Value, site: int) -> None:
        """Store, and note it."""
        self.events.append(Stored(address, v[address], value, self.sites[site].span))
        v[address] = value

    def chosen(self, options: Any, site: int) -> Value:
        """Choose, and note it."""
        distinct = tuple(dict.fromkeys(options))
        value = self.choices.choose(distinct)
        at = self.sites[site]
        index = self.choices.picks()[-1]
        self.events.append(Chosen(at.text, index, value, distinct, at.kind, at.span))
        return value

    def resume(self, v: Slots, task: int, site: int) -> bool | None:
        """Resume, and note it."""
        self.events.append(Resumed(task, self.sites[site].span))
        return super().resume(v, task, site)

    def restart(self, v: Slots, task: int, site: int) -> None:
        """Restart, and note what it stores."""
        before = list(v)
        super().restart(v, task, site)
        span = self.sites[site].span
        for slot, (old, new) in enumerate(zip(before, v, strict=True)):
            if old != new:
                self.events.append(Stored(slot, old, new, span))

    def suspended(self, wait: Wait, site: int) -> None:
        """The running task stops."""
        self.events.append(Suspended(self.running[-1], wait, self.sites[site].span))

    def finished(self, site: int) -> None:
        """The running task is over."""
        self.events.append(Finished(self.running[-1], self.sites[site].span))
