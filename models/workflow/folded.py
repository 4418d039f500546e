"""Replay as a table in which neither what is over nor its number is told apart any more.

A loop draws new ordinals in each round, so the table of models/workflow/table.py grows with the
rounds. But in log order what a replay has come to is never taken back, and then less is enough:

- An operation is called by its rank among those that are still *live*: "wait_1" is the second
  oldest. When one of them is over, those behind it move up; `Folded.moves` says how.
- An operation that nobody waits for any more is *abandoned*: nothing that may happen to it is
  noticed by the rest of the replay (a timeout whose race is decided). It is dropped; that events of
  it are still written is left to the model.
- Payloads are not counted. Those that nobody has read yet are, up to `unread`; more count as many.

So two rounds of a loop are the same states, and a loop without end has a finite table.
"""

from __future__ import annotations

import functools
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from models.workflow.replay import Consumer, Hook, Operation, Order, Replay, Workflow
from models.workflow.table import Freezer, refined, replay_of

Move = tuple[tuple[str, str], ...]
"""What the operations that stay live are called afterwards, by what they were called before."""


@dataclass(frozen=True)
class Folded:
    """Replay, folded. `state` 0 is that of the empty log, `corrupt` that of no replay.

    Events carry ranks. `after` has what fits; `moves` how operations are called then; `planned` and
    `pending` are about live operations; `abandons` has the kinds of those that may be abandoned.
    """

    corrupt: int
    events: tuple[str, ...]
    after: tuple[dict[str, int], ...]
    moves: tuple[dict[str, Move], ...]
    planned: tuple[tuple[str, ...], ...]
    pending: tuple[tuple[str, ...], ...]
    finished: tuple[bool, ...]
    failed: tuple[bool, ...]
    abandons: frozenset[str]


class LiveFreezer(Freezer):
    """Freezes what the future of a replay depends on: live operations, by their ranks."""

    def __init__(self, live: Sequence[Consumer]) -> None:
        super().__init__()
        self.live = live
        self.ranks = ranks(live)

    def parts(self, thing: object) -> Iterable[object]:
        """Without numbers that only grow."""
        match thing:
            case Replay():
                kept = {**vars(thing), "consumers": list(self.live), "operations": None}
                return list(kept.values())
            case Hook():
                return [value for name, value in vars(thing).items() if name != "received"]
            case Operation():
                rank = self.ranks.get(thing.identifier)
                ordinals = ("identifier", "disposed_before")
                kept = {n: v for n, v in vars(thing).items() if n not in ordinals}
                return [rank, thing.disposed_before is not None, *kept.values()]
        return super().parts(thing)


def ranks(live: Iterable[Consumer]) -> dict[str, str]:
    """What live operations are called, by their correlation ids; a step keeps its name."""
    names = {}
    for rank, consumer in enumerate(live):
        kind, _, rest = consumer.operation.identifier.partition("_")
        name = f"({rest.partition('(')[2]}" if "(" in rest else ""
        names[consumer.operation.identifier] = f"{kind}_{rank}{name}"
    return names


@dataclass(frozen=True)
class Node:
    """A state as it is found: the first log that leads there, its replay, what is live in it."""

    log: tuple[str, ...]
    run: Replay
    live: tuple[Consumer, ...]

    def key(self) -> Hashable:
        """What it can be told apart by."""
        if self.run.finished:
            return "failed" if self.run.failed else "finished"
        return LiveFreezer(self.live).freeze(self.run)

    def named(self, events: Iterable[str]) -> tuple[str, ...]:
        """Events of live operations, by ranks."""
        names = ranks(self.live)
        split = [event.split(" ", 1) for event in events]
        return tuple(f"{kind} {names[of]}" for kind, of in split if of in names)


def node_of(workflow: Workflow, log: tuple[str, ...], given_up: Iterable[str]) -> Node:
    """A log's state; `given_up` are operations that were abandoned before."""
    run = replay_of(workflow, Order.LOG, log)
    if run.finished or run.diverged:
        return Node(log, run, ())
    known = set(given_up)
    there = [c for c in run.consumers if c.operation.identifier not in known]
    live = [c for c in there if not is_abandoned(workflow, log, run, there, c)]
    return Node(log, run, tuple(live))


def is_abandoned(
    workflow: Workflow, log: tuple[str, ...], run: Replay, there: list[Consumer], consumer: Consumer
) -> bool:
    """Whether whatever may happen to an operation leaves the rest of the replay as it is."""
    name = consumer.operation.identifier
    rest = [c for c in there if c is not consumer]
    before = LiveFreezer(rest).freeze(run)
    for fate in fates(consumer):
        later = replay_of(workflow, Order.LOG, (*log, *fate))
        names = {c.operation.identifier for c in there} - {name}
        kept = [c for c in later.consumers if c.operation.identifier in names]
        if len(later.operations) != len(run.operations):
            return False
        if LiveFreezer(kept).freeze(later) != before:
            return False
    return True


def fates(consumer: Consumer) -> list[list[str]]:
    """The ways in which an operation may go on to its end, or, for a hook, be resumed."""
    operation = consumer.operation
    kind, name = operation.kind, operation.identifier
    begun = [] if operation.created else [f"{kind}_created {name}"]
    ends = [f"{kind}_{'received' if isinstance(consumer, Hook) else 'completed'} {name}"]
    if operation.may_fail:
        ends.append(f"step_failed {name}")
    if operation.disposable:
        ends.append(f"hook_disposed {name}")
    return [[*begun, end] for end in ends]


def fitting(node: Node) -> list[str]:
    """The events of live operations that a log may go on with."""
    events = []
    for consumer in node.live:
        operation = consumer.operation
        kind, name = operation.kind, operation.identifier
        if not operation.created:
            events.append(f"{kind}_created {name}")
        else:
            events.extend(end for (end,) in fates(consumer))
    return events


@functools.cache
def folded_table(workflow: Workflow, unread: int) -> Folded:
    """The folded table of a workflow that is replayed in log order."""
    numbers: dict[Hashable, int] = {}
    nodes: list[Node] = []

    def number(node: Node) -> int:
        key = node.key()
        if key not in numbers:
            numbers[key] = len(nodes)
            nodes.append(node)
        return numbers[key]

    number(node_of(workflow, (), ()))
    after: list[dict[str, int]] = []
    moves: list[dict[str, Move]] = []
    for node in nodes:  # grows while it is read
        after.append({})
        moves.append({})
        old = ranks(node.live)
        given_up = {c.operation.identifier for c in node.run.consumers} - set(old)
        for event in fitting(node):
            (name,) = node.named([event])
            if is_one_too_many(node, event, unread):
                after[-1][name], moves[-1][name] = number(node), tuple((n, n) for n in old.values())
                continue
            new = node_of(workflow, (*node.log, event), given_up)
            check_that_plans_stand(node, new)
            now = ranks(new.live)
            after[-1][name] = number(new)
            moves[-1][name] = tuple((old[of], now[of]) for of in old if of in now)
    return minimal(nodes, after, moves)


def check_that_plans_stand(node: Node, later: Node) -> None:
    """Whatever a log has called, it has called when it is longer: ranks follow operations.

    Raises ValueError for a replay of which that is not true, which cannot be folded.
    """
    there = {operation.identifier for operation in later.run.operations}
    for consumer in node.live:
        if consumer.operation.identifier not in there:
            raise ValueError(f"{later.log}: {consumer.operation.identifier} is not called any more")


def is_one_too_many(node: Node, event: str, unread: int) -> bool:
    """Whether a payload comes to a hook of which as many wait unread as are told apart."""
    hooks = [c for c in node.live if isinstance(c, Hook) and event.endswith(c.operation.identifier)]
    return event.startswith("hook_received") and any(len(h.unread) >= unread for h in hooks)


def minimal(nodes: list[Node], after: list[dict[str, int]], moves: list[dict[str, Move]]) -> Folded:
    """The table with states that no log can tell apart made one."""
    events = tuple(dict.fromkeys(event for row in after for event in row))
    planned = [node.named(node.run.planned()) for node in nodes]
    pending = [node.named(pending_in(node)) for node in nodes]
    marks: list[Hashable] = [
        (planned[s], pending[s], node.run.finished, node.run.failed, tuple(moves[s].items()))
        for s, node in enumerate(nodes)
    ]
    classes = refined(marks, [[row.get(event) for event in events] for row in after])
    chosen = {classes[state]: state for state in reversed(range(len(nodes)))}
    rows = [chosen[number] for number in range(len(chosen))]
    return Folded(
        len(rows),
        events,
        tuple({event: classes[to] for event, to in after[state].items()} for state in rows),
        tuple(moves[state] for state in rows),
        tuple(planned[state] for state in rows),
        tuple(pending[state] for state in rows),
        tuple(nodes[state].run.finished for state in rows),
        tuple(nodes[state].run.failed for state in rows),
        frozenset(c.operation.kind for n in nodes for c in n.run.consumers if c not in n.live),
    )


def pending_in(node: Node) -> list[str]:
    """The completions of waits that have been created."""
    operations = [consumer.operation for consumer in node.live]
    waits = [o for o in operations if o.kind == "wait" and o.created]
    return [f"wait_completed {wait.identifier}" for wait in waits]
