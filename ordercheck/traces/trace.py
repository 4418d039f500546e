"""A trace: what happened, step by step, in words and values that a reader can follow."""

from __future__ import annotations

from ordercheck.ir.record import dataclass
from ordercheck.ir.span import NOWHERE, Span

RUN = "run"
"""The kind of a trace that ends in nothing wrong: a run that is only shown."""

ANYWHERE = "anywhere"
"""The phrase of a trace's first step where that is some state, which need not be reachable."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a step changed, as deep inside as the change goes: `nodes[1].log[2]`.

    `before` and `after` are written as Python would write the values; empty where
    there was, or is, nothing. `how` says in words what happened to a collection
    ("appended 2"); empty where before and after say it all. `hidden`: inside a
    library's component, of less interest.
    """

    path: str
    before: str
    after: str
    how: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """Something inside a step worth telling: a task resumed or suspended, a line run.

    `kind` is "resume", "suspend", "finish", "line" (a statement that tells what was
    done) or "same" (`PLACE = VALUE`, written with the value that it had); `actor` whose doing
    it was, "" for the step's own.
    """

    kind: str
    actor: str
    text: str
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One step. The first of a trace is the initial state, with action "start".

    `phrase` tells the action in words, to be read after the actor ("starts, and waits
    at line 36"). `state` lists every place, as written in Python; `watched` the reader's
    expressions. `label` is (step, binding, choices), to replay it by. `turn` counts the
    turns of `loop`, from 1. `error` is what ended the step too early, in words.
    """

    actor: str
    action: str
    choices: tuple[tuple[str, str], ...]
    source: Span
    source_text: str
    changes: tuple[Change, ...]
    state: tuple[tuple[str, str], ...]
    label: tuple[int, int, tuple[int, ...]]
    watched: tuple[tuple[str, str], ...] = ()
    moments: tuple[Moment, ...] = ()
    loop: str = ""
    turn: int = 0
    phrase: str = ""
    error: str = ""

    @property
    def nobodys(self) -> bool:
        """Whether it is an action of no actor in particular, which is then its own."""
        runs = any(m.kind == "resume" and m.actor == self.actor for m in self.moments)
        return not runs and self.action.split("(", 1)[0] == self.actor.split("(", 1)[0]


@dataclass(frozen=True, slots=True)
class Trace:
    """A finite run that ends in what is wrong.

    `model` is FILE:Class, `parameters` make it again. `sentence` says what went wrong;
    `because` are the values that make the property false; of a deadlock, those that
    nobody can go on with. There `waits` says where each process stands, `refused` which
    line stops each action. A model error's failing step is the last of `steps`, with the
    state before it.
    """

    model: str
    parameters: tuple[tuple[str, str], ...]
    property: str
    kind: str
    sentence: str
    because: tuple[tuple[str, str], ...]
    property_source: Span
    property_text: str
    actors: tuple[str, ...]
    steps: tuple[TraceStep, ...]
    waits: tuple[tuple[str, str], ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
