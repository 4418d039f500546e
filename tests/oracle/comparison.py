"""An engine's machine against CPython: values of places, enabled labels, model errors.

What is compared is what a model's author can see. Slots, frames and counts of states
are not: CPython knows nothing of dead locals, nor of which entry of a pool was taken.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Protocol

from ordercheck.engines import transition
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.transition import Label, ModelError, Transition
from ordercheck.frontend.world import World
from ordercheck.ir.nodes import Program, PropertyKind
from ordercheck.ir.types import ArrayShape
from ordercheck.language.model import Model
from ordercheck.language.runtime import activated
from tests.oracle.lambdas import delay, modules_of
from tests.oracle.stepper import Run, State, Taken, initial_picks
from tests.oracle.values import Decoder
from tests.oracle.world import components, made, owned, task_pools

STATES = 64
"""So many initial states are compared at most; of more, the first ones."""

WIDTH = 400
"""A walk ends in a state with more transitions than this."""

BEYOND = frozenset({"overflow", "rounds", "pool", "recursion", "vat"})
"""Errors that Python does not make: its integers, loops, memory and calls have no such bounds."""

Free = dict[str, list[int]]
"""The free entries of each pool of tasks."""

Key = tuple[str, int, tuple[str, ...]]
"""A label as CPython can know it: the step, the binding's index, the values chosen."""


class Engine(Protocol):
    """What is compared with CPython; a Machine is one."""

    def initial(self) -> list[Transition]:
        """The initial states."""

    def expand(self, state: transition.State) -> list[Transition]:
        """All transitions from a state."""


class Disagreement(AssertionError):
    """The engine and CPython disagree."""


@dataclass
class Layout:
    """Which slots of a program hold what each component has."""

    program: Program
    slots: list[list[tuple[str, int, Any]]]
    paths: list[str]
    pooled: list[bool]
    pools: dict[str, str]

    @classmethod
    def of(cls, program: Program, model: type[Model], parameters: dict[str, Any]) -> Layout:
        """Find the slots by walking over the objects of another set-up."""
        instance = made(model, parameters)
        world = World(instance)
        world.allocate()
        kinds = {place.slot: place.kind for place in program.places}
        slots: list[list[tuple[str, int, Any]]] = []
        for k, component in enumerate(world.components):
            row = []
            for path, place in owned(component):
                slot = (
                    world.variables[k, path]
                    if place is None
                    else world.place_types[id(place)].slots[0]
                )
                row.append((path, slot, kinds[slot]))
            slots.append(row)
        fixed = {id(c): path for path, c in components(instance).items()}
        paths = [fixed.get(id(c), "") for c in world.components]
        names = task_pools(instance)
        pools = {pool.path: names[key] for key, pool in world.pools.items() if key in names}
        return cls(program, slots, paths, [id(c) not in fixed for c in world.components], pools)

    def decode(self, state: transition.State) -> State:
        """A state's places as text, named as a Run names them."""
        program = self.program
        numbers: dict[int, str] = {}
        queue: list[int] = []

        def component(k: int) -> str:
            if not self.pooled[k]:
                return f"<{self.paths[k]}>"
            if k not in numbers:
                numbers[k] = f"<#{len(numbers)}>"
                queue.append(k)
            return numbers[k]

        def task(k: int) -> str:
            return self.task(k, component)

        decoder = Decoder(component, task)
        found: State = {}

        def look(k: int) -> None:
            prefix = component(k)
            for path, slot, kind in self.slots[k]:
                size = kind.size if isinstance(kind, ArrayShape) else 1
                found[f"{prefix}.{path}"] = decoder.slots(state[slot : slot + size], kind)

        for k in range(len(program.components)):
            if not self.pooled[k]:
                look(k)
        while queue:
            look(queue.pop(0))
        return found

    def free(self, state: transition.State) -> Free:
        """The entries of each pool of tasks that are free."""
        return {
            self.pools[pool.path]: [k for k in range(len(pool.entries)) if not state[pool.used + k]]
            for pool in self.program.pools
            if pool.tasks
        }

    def is_spawned(self, component: int) -> bool:
        """Whether a component stands for a spawned task."""
        return any(component in pool.entries and pool.tasks for pool in self.program.pools)

    def task(self, k: int, component: Any) -> str:
        """What a task is called."""
        for pool in self.program.pools:
            if k in pool.tasks:
                return f"{component(pool.entries[pool.tasks.index(k)])}.run"
        info = self.program.tasks[k]
        name = self.program.coroutines[info.coroutine].name
        owner, _, method = name.rpartition(".")
        paths = [each.path for each in self.program.components]
        return f"{component(paths.index(owner))}.{method}[{info.member}]"

    def label(self, label: Label, machine: Machine, before: transition.State) -> Key:
        """A label with the values that were chosen."""
        step = self.program.steps[label.step]
        name = self.pools.get(step.name, step.name)
        if not label.choices:
            return name, label.binding, ()
        recording = machine.replay(before, label)
        paths, pooled = self.paths, self.pooled

        def component(k: int) -> str:
            return "<#>" if pooled[k] else f"<{paths[k]}>"

        decoder = Decoder(component, lambda k: self.task(k, component))
        shown = tuple(decoder.show(c.value, c.type) for c in recording.choices)
        return name, label.binding, shown


@dataclass
class Tally:
    """What a comparison has seen."""

    states: int = 0
    transitions: int = 0
    errors: int = 0
    kinds: set[str] = field(default_factory=set)


Move = tuple[str, int, tuple[int, ...], Free]
"""A step that CPython can take again: the step, the binding, the choices as indices.

And which entries of pools of tasks were free before: the engine knows that.
"""


class Comparison:
    """One model with its parameters, compared along random walks."""

    def __init__(
        self,
        program: Program,
        model: type[Model],
        parameters: dict[str, Any] | None = None,
        engine: Engine | None = None,
    ) -> None:
        self.model, self.parameters = model, parameters or {}
        self.machine = Machine(program)
        self.engine = engine or self.machine
        self.layout = Layout.of(program, model, self.parameters)
        self.program = program
        self.tally = Tally()
        delay(modules_of(model))

    # --- CPython's side -----------------------------------------------------------------

    def run(self, initial: tuple[int, ...], history: list[Move]) -> Run:
        """A run that has got as far as a history of steps."""
        run = Run(self.model, self.parameters, initial)
        for step, binding, script, free in history:
            run.free = deepcopy(free)
            taken = run.take(step, binding, script)
            if not taken.enabled or taken.error:
                raise Disagreement(f"replaying {step}[{binding}] went another way: {taken}")
        return run

    def successors(
        self,
        initial: tuple[int, ...],
        history: list[Move],
        skipped: set[tuple[str, int]],
        free: Free,
    ) -> dict[Key, tuple[Move, State | str]]:
        """All that CPython can do next: where each way leads, or its model error."""
        found: dict[Key, tuple[Move, State | str]] = {}
        run = self.run(initial, history)
        before = run.state()
        offers = [offer for offer in run.offers() if offer not in skipped]
        for step, binding in offers:
            script: list[int] | None = []
            while script is not None:
                if run is None:
                    run = self.run(initial, history)
                run.free = deepcopy(free)
                taken = run.take(step, binding, script)
                if taken.enabled:
                    move = (step, binding, tuple(pick.index for pick in taken.picks), free)
                    key = (step, binding, tuple(pick.value for pick in taken.picks))
                    found[key] = move, (taken.error and f"{taken.error}") or run.state()
                if taken.enabled or taken.spoilt or run.state() != before:
                    run.close()
                    run = None  # type: ignore[assignment]
                script = _next(taken)
        if run is not None:
            run.close()
        return found

    # --- comparing ------------------------------------------------------------------------

    def walk(self, seed: int, steps: int = 30) -> None:
        """Compare along one random walk; raises Disagreement."""
        rng = random.Random(seed)
        initial, state = self._start(rng)
        history: list[Move] = []
        for _ in range(steps):
            if len(self.engine.expand(state)) > WIDTH:
                return
            ours, targets = self._expanded(state)
            skipped = {
                key[:2] for key, value in ours.items() if isinstance(value, str) and value in BEYOND
            }
            skipped |= self._pooled_steps()
            theirs = self.successors(initial, history, skipped, self.layout.free(state))
            self._agree(state, history, ours, theirs, skipped)
            self._agree_on_properties(initial, history, state)
            self.tally.states += 1
            open_ways = [key for key in targets if key in theirs]
            if not open_ways:
                return
            key = rng.choice(sorted(open_ways))
            history.append(theirs[key][0])
            state = targets[key]

    def _pooled_steps(self) -> set[tuple[str, int]]:
        return set()

    def _start(self, rng: random.Random) -> tuple[tuple[int, ...], transition.State]:
        ours: dict[str, transition.State] = {}
        errors = 0
        for each in self.engine.initial():
            if isinstance(each.target, ModelError):
                errors += 1
            else:
                ours[_text(self.layout.decode(each.target))] = each.target
        theirs: dict[str, tuple[int, ...]] = {}
        for picks in _some(initial_picks(self.model, self.parameters), STATES):
            run = Run(self.model, self.parameters, picks)
            theirs[_text(run.state())] = picks
            run.close()
        extra = [text for text in theirs if text not in ours]
        missing = [text for text in ours if text not in theirs] if len(theirs) < STATES else []
        if (extra or missing) and not errors:
            raise Disagreement(
                _told("initial states", {"engine only": missing, "CPython only": extra})
            )
        text = rng.choice(sorted(theirs))
        return theirs[text], ours[text]

    def _expanded(
        self, state: transition.State
    ) -> tuple[dict[Key, State | str], dict[Key, transition.State]]:
        found: dict[Key, State | str] = {}
        targets: dict[Key, transition.State] = {}
        for each in self.engine.expand(state):
            step = self.program.steps[each.label.step]
            if self._is_pooled(step.name):
                continue
            key = self.layout.label(each.label, self.machine, state)
            if key in found:
                raise Disagreement(f"two transitions are {key}")
            if isinstance(each.target, ModelError):
                found[key] = each.target.kind
            else:
                found[key] = self.layout.decode(each.target)
                targets[key] = each.target
        return found, targets

    def _is_pooled(self, name: str) -> bool:
        owner = name.rpartition(".")[0]
        return any(
            self.layout.pooled[k] and each.path == owner
            for k, each in enumerate(self.program.components)
        )

    def _agree(
        self,
        state: transition.State,
        history: list[Move],
        ours: dict[Key, State | str],
        theirs: dict[Key, tuple[Move, State | str]],
        skipped: set[tuple[str, int]],
    ) -> None:
        wrong: dict[str, list[str]] = {}
        for key, value in ours.items():
            if key[:2] in skipped:
                continue
            self.tally.transitions += 1
            if isinstance(value, str):
                self.tally.errors += 1
                self.tally.kinds.add(value)
            if key not in theirs:
                wrong.setdefault("engine only", []).append(f"{key}: {_brief(value)}")
            elif not _equal(value, theirs[key][1]):
                wrong.setdefault("different", []).append(
                    f"{key}: {_difference(value, theirs[key][1])}"
                )
        for key, (_, value) in theirs.items():
            if key not in ours:
                wrong.setdefault("CPython only", []).append(f"{key}: {_brief(value)}")
        if wrong:
            raise Disagreement(
                _told(f"after {history}", wrong) + f"\n  in {self.layout.decode(state)}"
            )

    def _agree_on_properties(
        self, initial: tuple[int, ...], history: list[Move], state: transition.State
    ) -> None:
        run = self.run(initial, history)
        pooled = (k for k, each in enumerate(self.layout.pooled) if each)
        comparable = all(map(self.layout.is_spawned, pooled))
        if run.at_rest() != self.machine.at_rest(state) and comparable:
            raise Disagreement(f"at rest: {run.at_rest()} in CPython, after {history}")
        for k, each in enumerate(self.program.properties):
            owner, _, name = each.name.rpartition(".")
            component = components(run.instance).get(owner)
            if each.kind is PropertyKind.STEP_INVARIANT or not hasattr(component, name):
                continue
            ours = self.machine.check(k, state)
            if isinstance(ours, ModelError):
                continue
            with activated(run):
                theirs = bool(getattr(component, name)())
            if ours != theirs:
                raise Disagreement(
                    f"{each.name} is {ours}, and {theirs} in CPython, after {history}"
                )
        run.close()


def _next(taken: Taken) -> list[int] | None:
    script = [pick.index for pick in taken.picks]
    counts = [pick.count for pick in taken.picks]
    while script:
        script[-1] += 1
        if script[-1] < counts[-1]:
            return script
        script.pop()
        counts.pop()
    return None


def _some(picks: Iterator[tuple[int, ...]], count: int) -> Iterator[tuple[int, ...]]:
    for _, each in zip(range(count), picks, strict=False):
        yield each


def _text(state: State) -> str:
    return "; ".join(f"{path} = {value}" for path, value in sorted(state.items()))


def _equal(ours: State | str, theirs: State | str) -> bool:
    """Whether two outcomes agree; misfits of a value are one kind of error."""
    misfits = ("range", "type")
    if ours in misfits and theirs in misfits:
        return True
    return ours == theirs


def _brief(value: State | str) -> str:
    return f"model error {value}" if isinstance(value, str) else "a state"


def _difference(ours: State | str, theirs: State | str) -> str:
    if isinstance(ours, str) or isinstance(theirs, str):
        return f"{_brief(ours)} here, {_brief(theirs)} in CPython"
    paths = [path for path in {**ours, **theirs} if ours.get(path) != theirs.get(path)]
    return "; ".join(f"{p} is {ours.get(p)}, in CPython {theirs.get(p)}" for p in paths)


def _told(where: str, wrong: dict[str, list[str]]) -> str:
    lines = [where]
    for what, texts in wrong.items():
        lines += [f"  {what}: {text}" for text in texts[:5]]
    return "\n".join(lines)
