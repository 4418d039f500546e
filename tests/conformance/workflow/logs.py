"""Random logs of workflow runs: walks along what a replay would take, and mutants of them."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from models.workflow.replay import Order
from models.workflow.shapes import SHAPES
from models.workflow.table import known_events, replay_of

LONGEST, PAYLOADS = 9, 2


def random_logs(seed: int, count: int) -> Iterator[tuple[str, list[str]]]:
    """`count` walks of each shape, each with a mutant; no log twice."""
    rng = Random(seed)
    seen: set[tuple[str, ...]] = set()
    for shape in SHAPES:
        for _ in range(count):
            log = walk(rng, shape)
            for each in (log, mutant(rng, log)):
                if (shape, *each) not in seen:
                    seen.add((shape, *each))
                    yield shape, each


def walk(rng: Random, shape: str) -> list[str]:
    """Events that a replay has consumers for, each created before it completes."""
    log: list[str] = []
    while len(log) < LONGEST and rng.random() > 0.08:
        run = replay_of(SHAPES[shape], Order.BARRIERS, log)
        run.settle()
        possible = [each for each in known_events(run, PAYLOADS) if _may_come(each, log)]
        if not possible:
            break
        log.append(rng.choice(possible))
    return log


def _may_come(event: str, log: list[str]) -> bool:
    kind, _, identifier = event.partition(" ")
    if kind.endswith("_created") or kind == "hook_conflict":
        return event not in log
    return f"{kind.partition('_')[0]}_created {identifier}" in log


def mutant(rng: Random, log: list[str]) -> list[str]:
    """The log with an event lost, two exchanged, or one there twice."""
    if not log:
        return []
    k, j = rng.randrange(len(log)), rng.randrange(len(log))
    match rng.randrange(3):
        case 0:
            return [*log[:k], *log[k + 1 :]]
        case 1:
            changed = list(log)
            changed[k], changed[j] = log[j], log[k]
            return changed
        case _:
            return [*log[:j], log[k], *log[j:]]


def plain(event: str) -> list[str | int]:
    """An event as the recorder takes it: type, ordinal, a step's name."""
    kind, _, rest = event.partition(" ")
    identifier, _, name = rest.partition("(")
    return [kind, int(identifier.partition("_")[2]), *([name[:-1]] if name else [])]


def event_of(kind: str, ordinal: int, name: str = "") -> str:
    """The event of `plain`."""
    what = kind.partition("_")[0]
    return f"{kind} {what}_{ordinal}" + (f"({name})" if name else "")
