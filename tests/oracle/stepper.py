"""A model stepped by CPython itself: its real methods and coroutines, un-compiled.

A coroutine cannot be copied. So a `Run` only goes forward, and whoever wants another way
starts again from set-up, with another script of choices.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import product
from typing import Any, NoReturn

from ordercheck.language import Cancelled, Component, Failure, Loop, Model, Pool, Task, TaskPool
from ordercheck.language.domains import Choice
from ordercheck.language.marks import ActionMark, ProcessMark
from ordercheck.language.places import Array, Place, Set
from ordercheck.language.runtime import Misfit, activated
from tests.oracle.beginnings import begins_suspended
from tests.oracle.crashes import Crashes
from tests.oracle.values import show_object
from tests.oracle.world import (
    arguments,
    components,
    declared,
    made,
    marked,
    members,
    owned,
    task_pools,
)

State = dict[str, str]
"""What each variable and place holds, as text, by its path."""


class Halt(BaseException):
    """Ends an attempt; no handler of a model's catches it."""


class Disabled(Halt):
    """This way of taking the step does not exist."""


class Erred(Halt):
    """The model misbehaves."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


KINDS: tuple[tuple[type[BaseException], str], ...] = (
    (IndexError, "index"),
    (KeyError, "key"),
    (ZeroDivisionError, "division"),
    (AssertionError, "assert"),
    (ValueError, "value"),
    (TypeError, "type"),
    (AttributeError, "type"),
    (StopIteration, "index"),
    (RecursionError, "recursion"),
)
"""Python's own errors, as kinds of model errors."""


def kind_of(error: BaseException) -> str | None:
    """The kind of model error that an exception of Python's is; None where it is none."""
    if isinstance(error, Misfit):
        return error.kind
    return next((kind for known, kind in KINDS if isinstance(error, known)), None)


def first_error(error: BaseException | None) -> BaseException | None:
    """The model error that an exception began with, whatever was raised on the way out."""
    found = None
    while error is not None:
        if not isinstance(error, Failure) and kind_of(error) is not None:
            found = error
        error = error.__context__
    return found


@dataclass(eq=False)
class Process(Task):
    """A process, or one member of a family: its coroutine, and where it is."""

    component: Component
    name: str
    member: int
    mark: ProcessMark
    values: tuple[Any, ...]
    coroutine: Coroutine[Any, Any, None] | None = None
    waits: str = "start"
    running: bool = False
    condition: Callable[[], bool] | None = None
    cancelled: bool = False
    pool: str = ""

    def make(self) -> None:
        """Make the coroutine."""
        function = getattr(self.component, self.name)
        self.coroutine = function(*self.values)

    @property
    def title(self) -> str:
        """What it is called in its component; the number of a pool's entry means nothing."""
        return self.name if self.pool else f"{self.name}[{self.member}]"


@dataclass(frozen=True)
class Pick:
    """A choice that was made: which of how many, and the value as text."""

    index: int
    count: int
    value: str


@dataclass(frozen=True)
class Taken:
    """What came of an attempt; `error` is the kind of the model error that ended it."""

    enabled: bool
    picks: tuple[Pick, ...] = ()
    error: str = ""
    message: str = ""
    spoilt: bool = True


@dataclass
class Run:
    """One run of a model, forward from one of its initial states."""

    model: type[Model]
    parameters: dict[str, Any]
    initial: tuple[int, ...] = ()
    instance: Model = field(init=False)
    pools: dict[int, str] = field(init=False)
    names: dict[int, str] = field(init=False)
    tasks: dict[tuple[int, str], list[Process]] = field(default_factory=dict)
    stack: list[Process] = field(default_factory=list)
    begun: list[Coroutine[Any, Any, None]] = field(default_factory=list)
    pooled: list[Component] = field(default_factory=list)
    script: list[int] = field(default_factory=list)
    picks: list[Pick] = field(default_factory=list)
    over: Halt | None = None
    closing: bool = False
    crashes: Crashes = field(init=False)
    touched: bool = False
    free: dict[str, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.instance = made(self.model, self.parameters)
        self.pools = task_pools(self.instance)
        found = components(self.instance)
        self.names = {id(component): path for path, component in found.items()}
        self.components = list(found.values())
        self._choose_initial(self.initial)
        for component in self.components:
            self._find_tasks(component)
        self.crashes = Crashes(self)
        with activated(self):
            for family in list(self.tasks.values()):
                for task in family:
                    self.begin(task)

    # --- set-up --------------------------------------------------------------------

    def _choose_initial(self, picks: tuple[int, ...]) -> None:
        for choice, pick in zip(initial_choices(self.instance), picks, strict=False):
            for component in self.components:
                _settle(component, choice, pick)

    def _find_tasks(self, component: Component) -> None:
        for name, mark in marked(component).items():
            if isinstance(mark, ProcessMark):
                rows = members(mark, component)
                function = getattr(component, name)
                self.tasks[id(component), name] = [
                    Process(component, name, k, mark, arguments(mark, function, row))
                    for k, row in enumerate(rows)
                ]

    def begin(self, task: Process) -> None:
        """Put a task where it is in an initial state."""
        kind = begins_suspended(task.component, task.name, task.mark)
        if kind and not _raises(self.loop_of_task(task)):
            self._advance(task)
        elif task.mark.on:
            self.loop_of_task(task).start(task)

    # --- the state -----------------------------------------------------------------

    def state(self) -> State:
        """What everything holds; a pooled component is called by the order of finding."""
        numbers: dict[int, str] = {}
        queue: list[Component] = []

        def name(value: Any) -> str:
            if isinstance(value, Process):
                return f"{name(value.component)}.{value.title}"
            if id(value) in self.names:
                return f"<{self.names[id(value)]}>"
            if id(value) not in numbers:
                numbers[id(value)] = f"<#{len(numbers)}>"
                queue.append(value)
            return numbers[id(value)]

        found: State = {}

        def look(component: Component) -> None:
            prefix = name(component)
            for path, place in owned(component):
                value = getattr(component, path) if place is None else place
                found[f"{prefix}.{path}"] = show_object(value, name)

        for component in self.components:
            look(component)
        while queue:
            look(queue.pop(0))
        return found

    def at_rest(self) -> bool:
        """Whether there are processes, and each has finished or may wait for ever."""
        tasks = [task for family in self.tasks.values() for task in family]
        over = all(t.waits == "finished" or t.mark.daemon for t in tasks)
        return over and bool(tasks or self.pools)

    # --- steps ---------------------------------------------------------------------

    def offers(self) -> Iterator[tuple[str, int]]:
        """The steps that might be enabled: actions, and free processes that can go on."""
        for component in self.components:
            for name, mark in marked(component).items():
                if isinstance(mark, ActionMark):
                    if mark.turn and isinstance(component, Loop) and component.host is not None:
                        continue
                    if id(component) in self.crashes.gone:
                        continue
                    for k in range(len(members(mark, component))):
                        yield self._full(component, name), k
                elif not mark.on:
                    for task in self.tasks[id(component), name]:
                        if task.waits in ("start", "step", "until"):
                            yield self._full(component, name), task.member
        for task in self._spawned():
            if not task.mark.on and task.waits in ("start", "step", "until"):
                yield task.pool, task.member
        yield from self.crashes.offers()

    def _spawned(self) -> list[Process]:
        """The spawned tasks that are not over."""
        tasks = [task for family in self.tasks.values() for task in family if task.pool]
        return [task for task in tasks if task.waits != "finished"]

    def _full(self, component: Component, name: str) -> str:
        path = self.names[id(component)]
        return f"{path}.{name}" if path else name

    def _find(self, step: str) -> tuple[Component, str]:
        path, _, name = step.rpartition(".")
        return next(c for c in self.components if self.names[id(c)] == path), name

    def take(self, step: str, binding: int, script: Iterable[int] = ()) -> Taken:
        """Take a step, with these choices and then the first of each."""
        if step in self.pools.values():
            place = (step, binding)
            task = next(t for t in self._spawned() if (t.pool, t.member) == place)
            return self._attempt(lambda: self._step(task), script)
        if step.endswith(".crash"):
            return self._attempt(lambda: self.crashes.take(step, binding), script)
        component, name = self._find(step)
        mark = marked(component)[name]
        if isinstance(mark, ActionMark):
            row = members(mark, component)[binding]
            function = getattr(component, name)
            values = arguments(mark, function, row)
            return self._attempt(lambda: function(*values), script)
        task = self.tasks[id(component), name][binding]
        return self._attempt(lambda: self._step(task), script)

    def _step(self, task: Process) -> None:
        if task.condition is not None and not task.cancelled:
            self.stack.append(task)
            try:
                holds = task.condition()
            except Failure:
                holds = True  # to be raised again where the task can catch it
            self.stack.pop()
            if not holds:
                raise Disabled
        self.picks.clear()
        self._advance(task)

    def _attempt(self, body: Callable[[], None], script: Iterable[int]) -> Taken:
        self.script, self.picks = list(script), []
        self.touched = False
        with activated(self):
            try:
                body()
            except Halt as halt:
                self.over = self.over or halt
            except Exception as error:
                self.over = self.over or self._error(error)
        picks = tuple(self.picks)
        over, self.over = self.over, None
        match over:
            case None:
                return Taken(True, picks)
            case Erred(kind=kind, message=message):
                return Taken(True, picks, kind, message)
            case _:
                return Taken(False, picks, spoilt=self.touched)

    def _error(self, error: BaseException) -> Erred:
        began = first_error(error)
        if began is not None:
            return Erred(kind_of(began) or "", f"{type(began).__name__}: {began}")
        if isinstance(error, Failure):
            return Erred("exception", repr(error))
        raise error

    def _advance(self, task: Process) -> None:
        """Run a task to its next suspension."""
        if task.running:
            self._halt(Erred("task", f"{task.name} is running"))
        if task.waits == "finished":
            self._halt(Erred("task", f"{task.name} has finished"))
        self.touched = True
        thrown, task.cancelled = task.cancelled, False
        if task.coroutine is None:
            if thrown:
                task.waits = "finished"
                return
            task.make()
            assert task.coroutine is not None
            loop = self.loop_of_task(task)
            if _raises(loop):
                task.coroutine = _until_cancelled(loop, task.coroutine)
            self.begun.append(task.coroutine)
        coroutine = task.coroutine
        self.stack.append(task)
        task.running = True
        try:
            suspension = coroutine.throw(Cancelled()) if thrown else coroutine.send(None)
            task.waits, task.condition = suspension.name, None
            if callable(suspension.condition):
                task.condition = suspension.condition
        except StopIteration:
            task.waits, task.condition = "finished", None
        except Cancelled:
            task.waits, task.condition = "finished", None
        except Exception as error:
            self._halt(self._error(error))
        finally:
            task.running = False
            self.stack.pop()

    def _halt(self, halt: Halt) -> NoReturn:
        self.over = self.over or halt
        raise self.over

    def _alive(self) -> None:
        """Go no further in an attempt that is over: what a `finally` does then is no part of it."""
        if self.closing:
            raise Disabled
        if self.over is not None:
            raise self.over
        error = first_error(sys.exception())
        if error is not None:
            self._halt(self._error(error))

    def close(self) -> None:
        """Drop all coroutines."""
        self.closing = True
        with activated(self):
            for coroutine in reversed(self.begun):
                with suppress(BaseException):
                    coroutine.close()

    # --- the primitives --------------------------------------------------------------

    def choose(self, options: Iterable[Any]) -> Any:
        """The option that the script says; after its end, the first."""
        self._alive()
        distinct: list[Any] = []
        for option in options:
            if not any(_same(option, each) for each in distinct):
                distinct.append(option)
        if not distinct:
            self._halt(Disabled())
        place = len(self.picks)
        index = self.script[place] if place < len(self.script) else 0
        shown = show_object(distinct[index], self._task_name)
        self.picks.append(Pick(index, len(distinct), shown))
        return distinct[index]

    def _task_name(self, value: Any) -> str:
        if isinstance(value, Process):
            return f"{self._task_name(value.component)}.{value.title}"
        return f"<{self.names.get(id(value), '#')}>"

    def require(self, condition: object) -> None:
        """Give this way up, unless the condition holds."""
        self._alive()
        if not condition:
            self._halt(Disabled())

    def suspend(self, name: str) -> None:
        """The coroutine is about to hand control back: not while it is destroyed."""
        self._alive()
        if self.being_cancelled():
            self._halt(Erred("task", "suspends while it is cancelled"))

    def current(self) -> Task:
        """The task on top."""
        self._alive()
        if not self.stack:
            self._halt(Erred("task", "no task runs"))
        return self.stack[-1]

    def task_of(self, process: Callable[..., Any], member: tuple[Any, ...]) -> Task:
        """The task of a bound method."""
        self._alive()
        component, name = process.__self__, process.__name__  # type: ignore[attr-defined]
        family = self.tasks[id(component), name]
        found = [task for task in family if task.values == member]
        if not found:
            self._halt(Erred("key", f"{name} has no member {member}"))
        return found[0]

    def on_loop(self) -> bool:
        """Whether the process has a loop."""
        return bool(self.stack[-1].mark.on)

    def resume(self, task: Process) -> None:
        """Run a task to its next suspension."""
        self._alive()
        self._advance(task)

    def restart(self, task: Process) -> None:
        """Put a task back before its first statement."""
        self._alive()
        if task.running:
            self._halt(Erred("task", f"{task.name} is running"))
        task.coroutine, task.waits, task.condition = None, "start", None
        task.cancelled = False

    def cancel(self, task: Process) -> None:
        """End a task before its time."""
        self._alive()
        if task.waits == "finished" and not task.running:
            return
        loop = self.loop_of_task(task)
        if _raises(loop):
            loop.cancel(task)
            return
        if task.running:
            self._halt(Erred("task", f"{task.name} is running"))
        if loop is None:
            task.cancelled = True
            return
        if type(loop).forget is Loop.forget:
            self._halt(Erred("task", f"{task.name} cannot be cancelled"))
        self._destroy(task)
        loop.forget(task)

    def _destroy(self, task: Process) -> None:
        """Close a coroutine: GeneratorExit runs its `finally`s, and nothing can catch it."""
        self.touched = True
        coroutine, task.waits, task.condition = task.coroutine, "finished", None
        if coroutine is None:
            return
        self.stack.append(task)
        task.running = task.cancelled = True
        try:
            coroutine.close()
        except Exception as error:
            self._halt(self._error(error))
        finally:
            task.running = task.cancelled = False
            self.stack.pop()

    def being_cancelled(self) -> bool:
        """Whether the task on top is being destroyed."""
        return bool(self.stack) and self.stack[-1].cancelled

    def loop_of_task(self, task: Process) -> Any:
        """The loop of a task; None for a free one."""
        if not task.mark.on:
            return None
        found: Any = task.component
        for part in task.mark.on.split("."):
            found = getattr(found, part)
        return found

    def loop_of(self, task: Process) -> Any:
        """The loop of a task, which must have one."""
        self._alive()
        loop = self.loop_of_task(task)
        if loop is None:
            self._halt(Erred("task", f"{task.name} is on no loop"))
        return loop

    def run_to_idle(self, loop: Any) -> None:
        """Run events until there is none."""
        while not loop.idle():
            self._alive()
            loop.run_one()

    def new(self, pool: Pool[Any]) -> Any:
        """A fresh component, however many there are: exhaustion is not looked at."""
        self._alive()
        with activated(None):
            component = pool.make()
        self.pooled.append(component)
        for inner in components(component).values():
            if id(inner) in self.names:
                continue  # it was there before, with its tasks
            self._find_tasks(inner)
            for name, mark in marked(inner).items():
                if isinstance(mark, ProcessMark):
                    for task in self.tasks[id(inner), name]:
                        if begins_suspended(inner, name, mark):
                            self._advance(task)
        return component

    def spawn(self, pool: TaskPool[Any, Any], body: Any) -> Any:
        """A fresh component whose task is the lowest one that the engine has free."""
        self._alive()
        path = self.pools[id(pool)]
        if not self.free[path]:
            self._halt(Erred("pool", f"{path} is empty"))
        with activated(None):
            entry = pool.make()
        mark = ProcessMark(on="" if pool.loop is None else "loop", daemon=pool.daemon)
        task = Process(entry, "run", self.free[path].pop(0), mark, (), pool=path)
        with activated(None):
            task.coroutine = entry.run(body)
        self.begun += [body, task.coroutine]
        self.tasks[id(entry), "run"] = [task]
        self.pooled.append(entry)
        self.touched = True
        if pool.loop is not None:
            pool.loop.begin(task)
        return entry


def _raises(loop: object) -> bool:
    """Whether a loop cancels its tasks by raising an exception in them."""
    return isinstance(loop, Loop) and loop.cancellation is not None


async def _until_cancelled(loop: Loop, body: Coroutine[Any, Any, None]) -> None:
    """A process of a loop that raises who is cancelled: that may leave it, and is its end."""
    assert loop.cancellation is not None
    try:
        loop.check()
        await body
    except loop.cancellation:
        body.close()


def _same(one: object, other: object) -> bool:
    return type(one) is type(other) and one == other


# --- initial choices -----------------------------------------------------------------


def initial_choices(instance: Model) -> list[Choice[Any]]:
    """The choices that set-up made, in order of first use."""
    found: dict[int, Choice[Any]] = {}
    for component in components(instance).values():
        for path, place in owned(component):
            held: list[Any] = []
            if place is None:
                held = [component.__dict__[path]]
            elif isinstance(place, Array):
                held = list(place.items)
            elif isinstance(place, Set):
                held = [place.initial]
            for value in held:
                if isinstance(value, Choice):
                    found.setdefault(id(value.origin), value.origin)
    return list(found.values())


def initial_picks(model: type[Model], parameters: dict[str, Any]) -> Iterator[tuple[int, ...]]:
    """All combinations of initial choices, as indices of options."""
    choices = initial_choices(made(model, parameters))
    return product(*(range(len(choice.options)) for choice in choices))


def _settle(component: Component, choice: Choice[Any], pick: int) -> None:
    def value_of(held: object) -> Any:
        if isinstance(held, Choice) and held.origin is choice:
            return held.pick(choice.options[pick])
        return held

    for name in declared(component):
        object.__setattr__(component, name, value_of(component.__dict__[name]))
    for _, place in owned(component):
        _settle_place(place, value_of)


def _settle_place(place: Place | None, value_of: Callable[[object], Any]) -> None:
    match place:
        case Array(items=items):
            place.items = [value_of(item) for item in items]
        case Set(initial=Choice() as initial):
            chosen = value_of(initial)
            if not isinstance(chosen, Choice):
                place.items = set(chosen)
                place.initial = chosen
        case _:
            pass
