"""The reference interpreter: a program's states, transitions and properties."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property

from ordercheck.engines.interpreter.choices import Disabled, Failure, Raised, unwatched
from ordercheck.engines.interpreter.program import Code, compile_program
from ordercheck.engines.interpreter.recorder import Recorder
from ordercheck.engines.interpreter.runtime import Runtime
from ordercheck.engines.interpreter.steps import can_be_tried
from ordercheck.engines.transition import Label, ModelError, State, Transition
from ordercheck.ir.nodes import Program, PropertyKind, StepKind
from ordercheck.ir.recording import Erred, Ran, Recording, Refused
from ordercheck.ir.types import Value

RawLabel = tuple[int, int, tuple[int, ...]]
"""A Label's fields; what the exploring loop handles, since it is cheaper and sorts the same."""

RawTransition = tuple[RawLabel, State | ModelError]


class Machine:
    """A prepared program, ready to run.

    `reached` has a byte for each point of Program.cover, set once the point is reached
    by `initial`, `expand` or `successors`.
    """

    def __init__(self, program: Program) -> None:
        """Compile the program, which the passes have prepared."""
        self.program = program
        self.reached = bytearray(len(program.cover))
        self._runtime = Runtime(program)
        self._code = compile_program(program, self._runtime, {"reached": self.reached})
        self.successors: Callable[[State], list[RawTransition]] = self._code.namespace["successors"]
        """What `expand` gives, with labels and transitions as plain tuples."""

    def initial(self) -> list[Transition]:
        """The initial states, one for each combination of choices in `init`."""
        return [Transition(Label(*label), target) for label, target in self.starts()]

    def starts(self) -> list[RawTransition]:
        """What `initial` gives, as plain tuples."""
        self._runtime.running.clear()
        found: list[RawTransition] = []
        self._code.namespace["init"](self.program.initial, found)
        return found

    def expand(self, state: State) -> list[Transition]:
        """All transitions from a state, in the order of steps, bindings and choices."""
        return [Transition(Label(*label), target) for label, target in self.successors(state)]

    @contextmanager
    def watched(self, look: Callable[[], None]) -> Iterator[None]:
        """In here, `look` is called now and then among the ways of one state; it may raise."""
        self._runtime.choices.watch = look
        try:
            yield
        finally:
            self._runtime.choices.watch = unwatched

    def predicate(self, function: str) -> Callable[[State, State | None], Value]:
        """A pure function without parameters, of a state and the one before it.

        A model error in it is raised as a Failure.
        """
        inner = self._code.functions[function]
        if function in self._code.old_readers:
            called: Callable[[State, State | None], Value] = inner
            return called
        return lambda state, before: inner(state)

    def evaluate(self, function: str, state: State, before: State | None = None) -> Value:
        """The value of a pure function without parameters, or the ModelError that it ends in."""
        try:
            return self.predicate(function)(state, before)
        except Failure as failure:
            return failure.error
        except Raised as raised:
            return self._runtime.escaped(raised).error

    def check(self, index: int, state: State, before: State | None = None) -> bool | ModelError:
        """Whether property `index` is true in a state, or of the transition to it."""
        value = self.evaluate(self.program.properties[index].function, state, before)
        return value if isinstance(value, ModelError) else bool(value)

    def at_rest(self, state: State) -> bool:
        """Whether the program has tasks, and each has finished or may wait for ever."""
        tasks = self._runtime.tasks
        return bool(tasks) and all(
            info.daemon or state[entry.base] == 1
            for info, entry in zip(self.program.tasks, tasks, strict=True)
        )

    # --- replaying ----------------------------------------------------------------

    def replay(self, before: State | None, label: Label) -> Recording:
        """One transition again, with all that happens in it.

        `before` is ignored for an initial state's label. Raises LookupError if the
        state has no such transition.
        """
        runtime, code = self._recording
        if label.step < 0:
            name, before, values = "init", self.program.initial, ()
        else:
            name = f"step_{label.step}"
            step = self.program.steps[label.step]
            values = step.bindings[label.binding]
            if before is None or not can_be_tried(self.program, step, values, before):
                raise LookupError(f"no transition {label}")
        runtime.events.clear()
        runtime.running.clear()
        runtime.choices.begin(label.choices)
        runtime.choices.more()
        after: State | None = None
        try:
            after = code.namespace[name](before, *values)
        except (Disabled, IndexError):
            raise LookupError(f"no transition {label}") from None
        except (Failure, Raised) as stop:
            failure = stop if isinstance(stop, Failure) else runtime.escaped(stop)
            error = failure.error
            runtime.events.append(Erred(error.kind, error.message, error.span))
        if runtime.choices.picks() != label.choices:
            raise LookupError(f"no transition {label}")
        raw = (label.step, label.binding, label.choices)
        return Recording(raw, before, after, tuple(runtime.events))

    def refusals(self, state: State) -> list[Refused]:
        """Where each action stops that is not possible in a state; its first choices only."""
        runtime, code = self._recording
        found: list[Refused] = []
        for number, step in enumerate(self.program.steps):
            if step.kind is not StepKind.ACTION:
                continue
            for binding, values in enumerate(step.bindings):
                runtime.events.clear()
                runtime.running.clear()
                runtime.choices.begin()
                try:
                    code.namespace[f"step_{number}"](state, *values)
                except Disabled:
                    ran = tuple(e.span for e in runtime.events if isinstance(e, Ran))
                    found.append(Refused(number, binding, ran))
                except (Failure, Raised):
                    continue
        return found

    @cached_property
    def _recording(self) -> tuple[Recorder, Code]:
        runtime = Recorder(self.program)
        return runtime, compile_program(self.program, runtime, runtime.extra())

    @property
    def source(self) -> str:
        """The Python that the program became, for those who debug the interpreter."""
        return self._code.source


def properties(program: Program, kind: PropertyKind) -> list[int]:
    """Indices of the properties of one kind."""
    return [k for k, each in enumerate(program.properties) if each.kind is kind]
