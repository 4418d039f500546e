"""workerd's input gate under every small program of locks, sections, failures and cancellations.

Each task does one thing at the gate: holds a lock, keeps a second reference to it, runs a critical
section that succeeds, fails or is dropped while it runs, or one section inside another; or it
cancels its neighbour while it holds the lock. What is done inside a section is done by tasks of
the section's own; with two of them ("crowded") one may still wait when the section succeeds. A
canceller comes at any moment between two turns. So a waiter may be cancelled while it is queued,
after a lock was handed to it and before it goes on, inside, or in a section, which then fails and
breaks the gate.

C++ lets a lock go with the object that holds it. A model says so with a block: `async with` for a
lock, `with` for a section. Without a block ("no block") a task that is cancelled keeps its lock,
and whoever waits, waits for ever. What becomes of a waiter that is cancelled is the library's doing
(ordercheck/library/gate.py), as it is that of C++.
"""

from ordercheck import (
    Model,
    Seq,
    Task,
    array,
    cancel,
    choose,
    holds,
    integer,
    optional,
    param,
    park,
    process,
    reachable,
    seq,
    task_of,
    variant,
    violates,
)
from ordercheck.library import Broken, CriticalSection, InputGate, KjLoop
from ordercheck.library.gate import Gate
from specs.input_gate import InputGateContract

PROGRAMS = {
    "locks": ("event", "shared"),
    "sections": ("event", "section"),
    "failures": ("event", "fails", "drops"),
    "nested": ("event", "nested"),
    "neighbours": ("event", "section", "cancels"),
}


class InputGates(Model):
    """Tasks at one gate, and what each is doing there."""

    tasks: int = param(3, lo=1, hi=4)
    programs: str = param("locks", choices=list(PROGRAMS))
    insiders: int = param(1, lo=1, hi=2, help="events inside each section")
    cancels: int = param(1, lo=0, hi=3, help="how many tasks are cancelled from outside")
    blocks: bool = param(True, help="a lock is held by a block, which lets it go")

    specs = [InputGateContract]
    variants = [
        variant("locks", expect=holds()),
        variant("sections", programs="sections", expect=holds()),
        variant("crowded", programs="sections", tasks=2, insiders=2, expect=holds()),
        variant("failures", programs="failures", tasks=2, expect=holds()),
        variant("nested", programs="nested", tasks=2, expect=holds()),
        variant("neighbours", programs="neighbours", cancels=0, expect=holds()),
        variant("no block", blocks=False, expect=violates("all_comes_back")),
    ]

    def setup(self) -> None:
        """Build the gate, its sections, and what is watched."""
        self.loop = KjLoop()
        self.gate = self.make_gate()
        each = 2 if self.programs == "nested" else 1
        self.sections = [CriticalSection(self.gate, 15) for _ in range(self.tasks * each)]
        places = self.tasks + len(self.sections) * self.insiders
        self.at = array(optional(Gate), places, None)
        self.intruders = integer(0, lo=0, hi=1)
        self.late = integer(0, lo=0, hi=1)
        self.gone: Seq[Task] = seq(Task)

    def make_gate(self) -> InputGate:
        """The gate, for set-up."""
        return InputGate(self.loop)

    # --- what is watched ----------------------------------------------------------

    def enter(self, me: int, gate: Gate, came_late: bool) -> None:
        """Somebody is let in; is nobody else there?"""
        if came_late:
            self.late = 1
        for other in self.at:
            if other is not None and other.nearest() == gate.nearest():
                self.intruders = 1
        for section in self.sections:
            if section.is_running() and section.above().nearest() == gate.nearest():
                self.intruders = 1
        self.at[me] = gate

    def leave(self, me: int) -> None:
        """Somebody goes."""
        self.at[me] = None

    async def work(self) -> None:
        """Take this turn only, or one more."""
        if choose((False, True), "long"):
            await self.loop.later()

    async def visit(self, me: int, gate: Gate) -> None:
        """One event: wait for a lock, work, let it go."""
        late = gate.broken
        async with gate.lock():
            self.enter(me, gate, late)
            try:
                await self.work()
            finally:
                self.leave(me)

    # --- programs -----------------------------------------------------------------

    async def without_block(self, me: int) -> None:
        """An event whose lock nobody lets go if the task is cancelled."""
        late = self.gate.broken
        lock = await self.gate.lock()
        self.enter(me, self.gate, late)
        try:
            await self.work()
        finally:
            self.leave(me)
        lock.release()

    async def shared(self, me: int) -> None:
        """An event that keeps a second reference for one turn more."""
        async with self.gate.lock() as lock:
            lock.add_ref()
            try:
                await self.work()
            finally:
                lock.release()

    async def section(self, me: int, end: str) -> None:
        """A critical section with one task inside it; it succeeds, fails, or is dropped."""
        section = self.sections[me]
        async with self.gate.lock():
            section.parent = self.gate
        with section:
            await self.visit(me, section)
            self.wake_insiders(me)
            await self.work()
            await self.finish(section, end)

    def wake_insiders(self, section: int) -> None:
        """Let events come to a section that runs."""
        for k in range(self.insiders):
            self.loop.wake(task_of(self.insider, section * self.insiders + k))

    async def finish(self, section: CriticalSection, end: str) -> None:
        """End a section; who succeeds goes on with its parent's lock."""
        if end == "fails":
            section.failed()
        elif end != "drops":
            lock = section.succeeded()
            try:
                await self.work()
            finally:
                lock.release()

    async def nested(self, me: int) -> None:
        """A section inside a section; the outer one may succeed first."""
        outer, inner = self.sections[me], self.sections[-1 - me]
        async with self.gate.lock():
            outer.parent = self.gate
        with outer, inner:
            async with outer.lock():
                inner.parent = outer
            await self.visit(me, inner)
            self.wake_insiders(me)
            if choose((False, True), "outer first"):
                await self.finish(outer, "succeeds")
                await self.finish(inner, "succeeds")
            else:
                await self.finish(inner, "succeeds")
                await self.finish(outer, "succeeds")

    def end(self, task: Task) -> None:
        """Cancel a task, and note that."""
        if task not in self.gone:
            self.gone.append(task)
        cancel(task)

    # --- who does it --------------------------------------------------------------

    @process(each=lambda self: range(self.tasks), on="loop")
    async def task(self, me: int) -> None:
        """Come in one of the first turns, and do one thing at the gate."""
        for _ in range(choose(range(3), "delay")):
            await self.loop.later()
        try:
            match choose(PROGRAMS[self.programs], "program"):
                case "event":
                    if self.blocks:
                        await self.visit(me, self.gate)
                    else:
                        await self.without_block(me)
                case "shared":
                    await self.shared(me)
                case "cancels":
                    async with self.gate.lock():
                        self.end(task_of(self.task, (me + 1) % self.tasks))
                        await self.work()
                case "nested":
                    await self.nested(me)
                case "fails":
                    await self.section(me, "fails")
                case "drops":
                    await self.section(me, "drops")
                case _:
                    await self.section(me, "succeeds")
        except Broken:
            return

    @process(each=lambda self: range(len(self.sections) * self.insiders), on="loop", daemon=True)
    async def insider(self, k: int) -> None:
        """One event inside a section, once that runs."""
        await park()
        try:
            await self.visit(self.tasks + k, self.sections[k // self.insiders])
        except Broken:
            return

    @process(each=lambda self: range(self.cancels))
    async def canceller(self, _: int) -> None:
        """Cancel any task, between any two turns."""
        victims = [task_of(self.task, k) for k in range(self.tasks)]
        self.end(choose(victims))

    @reachable
    def all_others_wait(self) -> bool:
        """While one is inside."""
        return len(self.gate.waiters) == self.tasks - 1
