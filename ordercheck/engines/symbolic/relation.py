"""A program as what z3 takes: its initial states, its transitions and its properties."""

from __future__ import annotations

from collections.abc import Sequence

from ordercheck.engines.interpreter.steps import RUNNABLE
from ordercheck.engines.symbolic.bits import FALSE, TRUE, Bit, all_of, any_of
from ordercheck.engines.symbolic.clock import Clock
from ordercheck.engines.symbolic.context import (
    Choice,
    Context,
    Feasibility,
    Trouble,
)
from ordercheck.engines.symbolic.frames import Exits, Frame, join_all
from ordercheck.engines.symbolic.layout import Layout
from ordercheck.engines.symbolic.numbers import is_equal
from ordercheck.engines.symbolic.tasks import DONE, Tasks
from ordercheck.engines.symbolic.values import Dead, Sym, lift
from ordercheck.ir.nodes import Body, Call, Program, Property, PropertyKind, Step, StepKind
from ordercheck.ir.record import dataclass
from ordercheck.ir.types import BoolType, Value


@dataclass(frozen=True, slots=True)
class Attempt:
    """One binding of a step, tried in a state: when it ends well, and with what in the slots.

    `choices` are the variables of which any value may be taken; `troubles` what else
    may happen.
    """

    step: int
    binding: int
    done: Bit
    slots: tuple[Sym, ...]
    troubles: tuple[Trouble, ...]
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """A property's value in a state, or of the step from the one before; and its errors."""

    index: int
    value: Bit
    troubles: tuple[Trouble, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """A program in terms of the variables of a state and, for its steps, of the one after it.

    `start` is the attempt at `init`; `claims` are the properties, of the state; a step
    invariant's are of the step, and in terms of the variables of both.
    """

    program: Program
    here: Layout
    after: Layout
    start: Attempt
    attempts: tuple[Attempt, ...]
    claims: tuple[Claim, ...]
    at_rest: Bit

    @classmethod
    def of(cls, program: Program, clock: Clock) -> Relation:
        """Raises Unsupported for what cannot be put into terms of z3, and OutOfTime."""
        return Translation(program, clock).relation()


class Translation:
    """Executes the parts of a program symbolically, one by one."""

    def __init__(self, program: Program, clock: Clock) -> None:
        """Lay the slots out; raises Unsupported for one that has no bound."""
        self.program = program
        self.clock = clock
        self.functions = {function.name: function for function in program.functions}
        self.here = Layout.of(program, "s")
        self.after = Layout.of(program, "t")
        self.feasible = Feasibility(self.here.constraints)
        self.feasible_step = Feasibility(self.here.constraints + self.after.constraints)

    def relation(self) -> Relation:
        """All of it."""
        attempts = (
            self.attempt(number, binding)
            for number, step in enumerate(self.program.steps)
            for binding in range(len(step.bindings))
        )
        return Relation(
            self.program,
            self.here,
            self.after,
            self._start(),
            tuple(each for each in attempts if each.done is not FALSE or each.troubles),
            tuple(self._claim(k, claim) for k, claim in enumerate(self.program.properties)),
            self._at_rest(),
        )

    # --- steps ------------------------------------------------------------------------

    def _start(self) -> Attempt:
        program = self.program
        slots = [lift(k, v) for k, v in zip(program.slots, program.initial, strict=True)]
        context = Context(program, self.functions, Feasibility(()), self.clock, "start")
        return self._run(-1, 0, program.init, Frame(TRUE, {}, slots, Exits()), context)

    def attempt(self, number: int, binding: int) -> Attempt:
        """One binding of a step."""
        step = self.program.steps[number]
        values = step.bindings[binding]
        pairs = zip(step.parameters, values, strict=True)
        known = {parameter.name: lift(parameter.type, value) for parameter, value in pairs}
        guard = self._can_be_tried(step, values)
        frame = Frame(guard, known, list(self.here.symbols), Exits())
        context = Context(self.program, self.functions, self.feasible, self.clock)
        return self._run(number, binding, step.body, frame, context)

    def _run(
        self, number: int, binding: int, body: Body, frame: Frame, context: Context
    ) -> Attempt:
        tasks, exits = Tasks(context), frame.exits
        ended = tasks.run(body, frame)
        for where, _, span in exits.raises:
            context.troubles.append(Trouble(where.guard, "exception", span))
        exits = Exits()
        last = join_all([ended, *(where for where, _ in frame.exits.returns)], exits)
        last = tasks.run(self.program.clean, last)
        for where, _, span in exits.raises:
            context.troubles.append(Trouble(where.guard, "exception", span))
        done = FALSE if last is None else last.guard
        slots = () if last is None else tuple(last.slots)
        troubles = tuple(each for each in context.troubles if each.condition is not FALSE)
        return Attempt(number, binding, done, slots, troubles, tuple(context.choices))

    def _can_be_tried(self, step: Step, values: Sequence[Value]) -> Bit:
        """Whether the step's task, if it has one, is where it can go on by itself."""
        if step.kind is not StepKind.PROCESS or len(step.parameters) != 1:
            return TRUE
        task = self.program.tasks[values[0]]
        coroutine = self.program.coroutines[task.coroutine]
        point = self.here.symbols[coroutine.frame.base + task.member * coroutine.frame.size]
        points = enumerate(coroutine.points)
        return any_of(is_equal(point, k) for k, each in points if each.wait in RUNNABLE)

    # --- properties -------------------------------------------------------------------

    def _claim(self, index: int, claim: Property) -> Claim:
        of_step = claim.kind is PropertyKind.STEP_INVARIANT
        feasible = self.feasible_step if of_step else self.feasible
        context = Context(self.program, self.functions, feasible, self.clock, f"claim{index}")
        slots = (self.after if of_step else self.here).symbols
        frame = Frame(TRUE, {}, list(slots), Exits(), old=self.here.symbols)
        call = Call(claim.function, (), BoolType(), claim.span)
        tasks = Tasks(context)
        try:
            value = tasks.bit(call, frame) & frame.guard
        except Dead:
            value = FALSE
        for where, _, span in frame.exits.raises:
            context.troubles.append(Trouble(where.guard, "exception", span))
        return Claim(index, value, tuple(context.troubles))

    def _at_rest(self) -> Bit:
        """Whether there are tasks, and each has finished or may wait for ever."""
        waiting = []
        for task in self.program.tasks:
            frame = self.program.coroutines[task.coroutine].frame
            point = self.here.symbols[frame.base + task.member * frame.size]
            waiting.append(TRUE if task.daemon else is_equal(point, DONE))
        return all_of(waiting) if waiting else FALSE
