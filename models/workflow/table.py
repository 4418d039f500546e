"""Replay as a table: what a log can still be told apart by, and what each event makes of it.

The logs of a workflow are many, but what a replay has come to after them is one of few: which
operations there are, which of them the log has, what is awaited where. So replay is folded: a
*state* is all that the function's continuation can depend on (`freeze`), an event leads from state
to state, and a model looks up in a table what would otherwise be a run of the function. The folding
is exact, since two replays whose objects are alike go on alike; tests/models/test_workflow.py
compares it with replays of whole logs.
"""

from __future__ import annotations

import enum
import functools
import types
from collections import deque
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any

from models.workflow.javascript import Promise
from models.workflow.replay import RUN_COMPLETED, RUN_FAILED, Hook, Order, Replay, Workflow

PLAIN = (int, str, bool, type(None), enum.Enum)


class Freezer:
    """Turns what is reachable from an object into a value; equal values, alike objects."""

    def __init__(self) -> None:
        self.numbers: dict[int, int] = {}
        self.kept: list[object] = []  # so that no two objects get the same id

    def freeze(self, thing: Any) -> Hashable:
        """The object as a value; an object met before is its number."""
        if isinstance(thing, PLAIN):
            return thing
        known = self.numbers.get(id(thing))
        if known is not None:
            return ("known", known)
        self.numbers[id(thing)] = len(self.numbers)
        self.kept.append(thing)
        return (type(thing).__name__, *map(self.freeze, self.parts(thing)))

    def parts(self, thing: Any) -> Iterable[Any]:
        """What an object consists of, as far as it can matter."""
        match thing:
            case list() | tuple() | deque():
                return thing
            case dict():
                return [part for item in thing.items() for part in item]
            case Promise():
                # Who resolves what is resolved does nothing, but takes a job.
                kept = [reaction for reaction in thing.reactions if not is_idle(reaction)]
                return [*(vars(thing) | {"reactions": kept}).values()]
            case types.FunctionType():
                cells = [cell.cell_contents for cell in thing.__closure__ or ()]
                return [thing.__qualname__, *cells]
            case types.MethodType():
                return [thing.__func__.__qualname__, thing.__self__]
            case types.BuiltinMethodType():
                return [thing.__name__, thing.__self__]
            case types.CoroutineType():
                return self.frame(thing.__qualname__, thing.cr_frame, thing.cr_await)
            case types.GeneratorType():
                return self.frame(thing.__qualname__, thing.gi_frame, thing.gi_yieldfrom)
            case _ if type(thing).__module__.startswith("models.workflow."):
                return list(vars(thing).values())
        raise TypeError(f"a workflow function keeps a {type(thing).__name__}, which is not known")

    def frame(self, name: str, frame: types.FrameType | None, awaited: object) -> Iterable[Any]:
        """Where a suspended function stands, its locals, what it waits for."""
        if frame is None:
            return [name]
        return [name, frame.f_lasti, frame.f_locals, awaited]


def is_idle(reaction: object) -> bool:
    """Whether a reaction resolves a promise whose fate is known already: a race that is over."""
    if not isinstance(reaction, types.MethodType) or reaction.__func__ is not Promise.resolve:
        return False
    return isinstance(reaction.__self__, Promise) and reaction.__self__.resolved


@dataclass(frozen=True)
class Table:
    """Replay, folded. States are numbers; `start` is that of the empty log, `corrupt` of no replay.

    `planned`, `finished` and `failed` are about the end of a log: what the function still wants to
    be written, whether it has returned, and whether by failing.
    """

    start: int
    corrupt: int
    events: tuple[str, ...]
    after: tuple[dict[str, int], ...]
    planned: tuple[tuple[str, ...], ...]
    finished: tuple[bool, ...]
    failed: tuple[bool, ...]

    def replay(self, log: Iterable[str]) -> int:
        """The state after a log."""
        return functools.reduce(lambda state, event: self.after[state][event], log, self.start)


@dataclass(frozen=True)
class BrokenPlan:
    """A log whose replay plans an event, and one event more after which it no longer does."""

    log: tuple[str, ...]
    event: str
    planned: str


def broken_plan(table: Table) -> BrokenPlan | None:
    """A shortest log with which replay of a prefix plans what replay of more of the log does not.

    None says that plans stand: whatever is planned for a log is planned, or written, for every
    longer one that replays. This is inductive. So whoever replays a prefix of the log, however
    old, writes only what fits, and a log that only such ticks and the outside world write
    always replays: no fence is needed.
    """
    logs: dict[int, tuple[str, ...]] = {table.start: ()}
    states = [table.start]
    for state in states:  # grows while it is read
        log = logs[state]
        for event in table.events:
            after = table.after[state][event]
            if after == table.corrupt:
                continue
            if after not in logs:
                logs[after] = (*log, event)
                states.append(after)
            if table.finished[after]:
                continue
            for planned in table.planned[state]:
                if not fulfils(event, planned) and planned not in table.planned[after]:
                    return BrokenPlan(log, event, planned)
    return None


def fulfils(event: str, planned: str) -> bool:
    """Whether an event is what was planned, or what is written instead of it."""
    return planned in (event, event.replace("hook_conflict", "hook_created"))


@dataclass(frozen=True)
class Node:
    """A state as it is found: the first log that leads there, and that log's replay, settled."""

    log: tuple[str, ...]
    end: Replay


def replay_of(
    workflow: Workflow, order: Order, log: Iterable[str], *, compares_names: bool = True
) -> Replay:
    """A replay that has been offered these events, and has not settled yet."""
    run = Replay(workflow, order, compares_names=compares_names)
    for event in log:
        run.offer(event)
    return run


@functools.cache
def table_of(workflow: Workflow, order: Order, payloads: int) -> Table:
    """The table of a workflow's logs with at most so many payloads for each hook."""
    numbers: dict[Hashable, int] = {}
    nodes: list[Node] = []

    def number(log: tuple[str, ...]) -> int:
        run = replay_of(workflow, order, log)
        key = key_of(run)
        if key not in numbers:
            numbers[key] = len(nodes)
            run.settle()
            nodes.append(Node(log, run))
        return numbers[key]

    number(())
    taken: list[dict[str, int]] = []
    for node in nodes:  # grows while it is read
        known = known_events(node.end, payloads)
        taken.append({event: number((*node.log, event)) for event in known})
    return minimal(nodes, taken)


def key_of(run: Replay) -> Hashable:
    """What a replay can be told apart by."""
    if run.diverged:
        return "diverged"
    if run.finished:
        return "failed" if run.failed else "finished"
    return Freezer().freeze(run)


def known_events(run: Replay, payloads: int) -> list[str]:
    """The events that a replay would take after what it has taken; any other is an orphan.

    Nothing happens to an operation before it is created: no log says otherwise.
    """
    if run.finished or run.diverged:
        return []
    known = []
    for consumer in run.consumers:
        operation = consumer.operation
        if operation.done:
            continue  # a hook without its token: nothing more happens to it
        known.append(f"{operation.kind}_created {operation.identifier}")
        if operation.created and not isinstance(consumer, Hook):
            known.append(f"{operation.kind}_completed {operation.identifier}")
            if operation.may_fail:
                known.append(f"step_failed {operation.identifier}")
        elif operation.created and isinstance(consumer, Hook) and consumer.received < payloads:
            known.append(f"hook_received {operation.identifier}")
        if not operation.created and any(
            operation.token == other.token != ""
            for other in run.operations
            if other is not operation
        ):
            known.append(f"hook_conflict {operation.identifier}")
        if operation.created and operation.disposable:
            known.append(f"hook_disposed {operation.identifier}")
    return known


def minimal(nodes: list[Node], taken: list[dict[str, int]]) -> Table:
    """The table with states that no log can tell apart made one (Moore's refinement)."""
    corrupt = len(nodes)
    names = dict.fromkeys(event for row in taken for event in row)
    fails = any(node.end.failed for node in nodes)
    events = (*names, RUN_COMPLETED, *([RUN_FAILED] if fails else []))
    ends = [(node.end.planned(), node.end.finished, node.end.failed) for node in nodes]
    ends.append(((), False, False))

    def target(state: int, event: str) -> int:
        if state == corrupt or event in (RUN_COMPLETED, RUN_FAILED) or ends[state][1]:
            return state
        return taken[state].get(event, corrupt)

    states = range(corrupt + 1)
    marks: list[Hashable] = [
        (end, state == corrupt) for state, end in zip(states, ends, strict=True)
    ]
    classes = refined(marks, [[target(state, event) for event in events] for state in states])
    chosen = {classes[state]: state for state in reversed(states)}
    rows = [chosen[number] for number in range(len(chosen))]
    return Table(
        classes[0],
        classes[corrupt],
        events,
        tuple({event: classes[target(state, event)] for event in events} for state in rows),
        tuple(ends[state][0] for state in rows),
        tuple(ends[state][1] for state in rows),
        tuple(ends[state][2] for state in rows),
    )


def refined(marks: list[Hashable], targets: list[list[int | None]]) -> list[int]:
    """Classes of states that no sequence of events can tell apart (Moore's refinement).

    At first states are told apart by their marks, then by where events lead.
    """
    classes = numbered(marks)
    while True:
        after: list[Hashable] = [
            (own, *(None if to is None else classes[to] for to in row))
            for own, row in zip(classes, targets, strict=True)
        ]
        finer = numbered(after)
        if max(finer) == max(classes):
            return finer
        classes = finer


def numbered(marks: list[Hashable]) -> list[int]:
    """The marks as numbers, in order of appearance."""
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(mark, len(numbers)) for mark in marks]
