"""A scripted run on the interpreter: finds the transition that a script means, and takes it."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from ordercheck.engines.interpreter import Machine
from ordercheck.engines.transition import Label, ModelError, State, Transition
from ordercheck.ir.nodes import StepKind
from ordercheck.ir.record import dataclass
from ordercheck.ir.recording import Recording, Resumed
from ordercheck.language.scripts import Run
from ordercheck.scenarios.mirror import Mirror
from ordercheck.traces.places import View


class Otherwise(Exception):
    """The model does not do what the script says; `notes` say what it does instead."""

    def __init__(self, headline: str, label: str = "", *notes: str) -> None:
        super().__init__(headline)
        self.headline = headline
        self.label = label
        self.notes = notes


class Misscripted(Otherwise):
    """The script speaks of something that the model does not have."""


@dataclass(frozen=True, slots=True)
class Way:
    """A transition that is possible: the names that it has, and what is chosen in it."""

    transition: Transition
    names: tuple[str, ...]
    choices: tuple[tuple[str, Any, str], ...]
    """The name of each choice, its value, and the value as traces write it."""

    @property
    def text(self) -> str:
        """`call(0), with coin = 2`."""
        chosen = ", ".join(f"{name} = {text}" for name, _, text in self.choices)
        return f"{self.names[0]}, with {chosen}" if chosen else self.names[0]


class Scripted(Run):
    """The run that scenarios are given."""

    def __init__(self, machine: Machine, mirror: Mirror) -> None:
        self.machine = machine
        self.mirror = mirror
        self.view = View(machine.program)
        self.state: State | None = None
        self.taken: list[str] = []
        starts = machine.initial()
        self.starts = [self._way(each, None) for each in starts]
        if len(self.starts) == 1:
            self._go(self.starts[0])

    # --- what scenarios call --------------------------------------------------------

    def start(self, **choices: Any) -> None:
        """Begin."""
        if self.taken:
            raise Otherwise("the run has begun already", "start() comes before the first step")
        self._go(self._one(self.starts, "the beginning", choices))

    def step(self, name: str, /, **choices: Any) -> None:
        """Take a step."""
        way = self._chosen(name, choices)
        target = way.transition.target
        if isinstance(target, ModelError):
            what = f"{name} ends in a model error: {target.message}"
            raise Otherwise(what, f"{target.kind} error", f"it fails at {target.span}")
        self.taken.append(way.names[0])
        self._go(way)

    def steps(self, *names: str) -> None:
        """Take several steps."""
        for name in names:
            self.step(name)

    def fails(self, name: str, error: str = "", /, **choices: Any) -> None:
        """Try a step that ends in a model error."""
        target = self._chosen(name, choices).transition.target
        if not isinstance(target, ModelError):
            raise Otherwise(f"{name} is possible, without an error", "nothing goes wrong here")
        if error and error != target.kind:
            what = f"{name} ends in another model error: {target.message}"
            raise Otherwise(what, f"this is kind {target.kind!r}, not {error!r}")

    def can(self, name: str, /, **choices: Any) -> bool:
        """Whether a step is possible."""
        ways = self._named(name)
        return any(_fits(way, choices) for way in ways)

    def enabled(self) -> list[str]:
        """The steps that are possible."""
        return list(dict.fromkeys(way.names[0] for way in self._ways()))

    # --- finding the transition that is meant -----------------------------------------

    def _ways(self) -> list[Way]:
        if self.state is None:
            texts = [way.text for way in self.starts]
            raise Otherwise(
                "there are several initial states" if texts else "there is no initial state",
                "begin with run.start(…)",
                *_rows("the model begins in one of these ways:", texts),
            )
        if self.mirror.is_touched():
            raise Misscripted("a scenario changes the model", "it looks, and takes steps")
        return [self._way(each, self.state) for each in self.machine.expand(self.state)]

    def _named(self, name: str) -> list[Way]:
        ways = self._ways()
        found = [way for way in ways if name in way.names]
        if not found and name not in self._known():
            close = get_close_matches(name, self._known(), 1)
            label = f"did you mean {close[0]!r}?" if close else "no such step"
            names = dict.fromkeys(way.names[0] for way in ways)
            raise Misscripted(
                f"the model has no step {name!r}", label, *_listed("possible here", list(names))
            )
        return found

    def _chosen(self, name: str, choices: dict[str, Any]) -> Way:
        ways = self._named(name)
        if not ways:
            names = self.enabled()
            raise Otherwise(
                f"{name} is not possible here",
                self._after(),
                *(_listed("possible here", names) or ["nothing is possible here any more"]),
            )
        return self._one(ways, name, choices)

    def _one(self, ways: list[Way], name: str, choices: dict[str, Any]) -> Way:
        fitting = [way for way in ways if _fits(way, choices)]
        if len(fitting) == 1:
            return fitting[0]
        texts = [way.text for way in fitting or ways]
        if fitting:
            what = f"{name} is possible in {len(fitting)} ways"
            raise Otherwise(what, "which one?", *_rows("name what is chosen:", texts))
        wanted = ", ".join(f"{key} = {value!r}" for key, value in choices.items())
        raise Otherwise(
            f"{name} is not possible with {wanted}", self._after(), *_rows("possible:", texts)
        )

    def _after(self) -> str:
        if not self.taken:
            return "at the beginning"
        return f"after {len(self.taken)} step{'s' * (len(self.taken) > 1)}"

    # --- transitions ------------------------------------------------------------------

    def _go(self, way: Way) -> None:
        assert not isinstance(way.transition.target, ModelError)
        self.state = way.transition.target
        self.mirror.show(self.state)

    def _way(self, transition: Transition, before: State | None) -> Way:
        label = transition.label
        recording: Recording | None = None
        step = self.machine.program.steps[label.step] if label.step >= 0 else None
        if label.choices or (step is not None and step.kind is StepKind.TURN):
            recording = self.machine.replay(before, Label(label.step, label.binding, label.choices))
        choices = [
            (c.label, self.mirror.value(c.type, c.value), self.view.write(c.type, c.value))
            for c in (recording.choices if recording else ())
        ]
        return Way(transition, self._names(label, recording), tuple(choices))

    def _names(self, label: Label, recording: Recording | None) -> tuple[str, ...]:
        if label.step < 0:
            return ("the beginning",)
        step = self.machine.program.steps[label.step]
        name = self.view.action(step, label.binding)
        if step.kind is not StepKind.TURN or recording is None:
            return (name,)
        tasks = [event.task for event in recording.events if isinstance(event, Resumed)]
        first = [self.machine.program.tasks[task].name for task in tasks[:1]]
        return (*first, name, name.rpartition(".")[0] or name)

    def _known(self) -> list[str]:
        program = self.machine.program
        names = [
            self.view.action(step, k) for step in program.steps for k in range(len(step.bindings))
        ]
        names += [task.name for task in program.tasks]
        turns = [step.name for step in program.steps if step.kind is StepKind.TURN]
        return names + [name.rpartition(".")[0] for name in turns]


def _fits(way: Way, choices: dict[str, Any]) -> bool:
    """Whether a way chooses what a script says; several of one name are given as a list."""
    for name, wanted in choices.items():
        found = [(value, text) for each, value, text in way.choices if each == name]
        several = wanted if isinstance(wanted, list) else [wanted] * len(found)
        if not found or len(several) != len(found):
            return False
        for (value, text), one in zip(found, several, strict=True):
            if not (value == one and type(value) is type(one)) and text != one:
                return False
    return True


def _listed(what: str, texts: list[str]) -> list[str]:
    return [f"{what}: {', '.join(_some(texts))}"] if texts else []


def _rows(what: str, texts: list[str]) -> list[str]:
    return ["\n".join([what, *_some(texts)])] if texts else []


def _some(texts: list[str], most: int = 12) -> list[str]:
    return [*texts[:most], f"and {len(texts) - most} more"] if len(texts) > most else texts
