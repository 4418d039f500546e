"""A trace as a sequence diagram: lifelines, and rows that say who does what; drawn elsewhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection

from ordercheck.ir.record import dataclass
from ordercheck.traces.trace import Change, Trace, TraceStep

_TAKEN = re.compile(r"took (.*) from the front")
"""How a change of a list is told by `traces.diff`, where that is all that happened."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that happens on a lifeline; `target` is another that it sets going, or "".

    `step` is 0 on the further rows of a step. After `ends` the lifeline is over.
    """

    step: int
    lane: int
    text: str
    target: int | None = None
    loop: str = ""
    turn: int = 0
    ends: bool = False
    fails: bool = False


@dataclass(frozen=True, slots=True)
class Diagram:
    """Lifelines by name, and rows in the order of time.

    `idle` are actors that do nothing in this trace; `merged` share the last
    lifeline because there was no room for one each.
    """

    lanes: tuple[str, ...]
    rows: tuple[Row, ...]
    idle: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()


def diagram(trace: Trace, most: int) -> Diagram:
    """The trace on at most `most` lifelines: those with most to tell, in the trace's order.

    Actions of nobody in particular share one, which has the model's name.
    """
    system = system_of(trace)
    acts = Counter(actor for step in trace.steps[1:] for actor in _lanes_of(step, system))
    order = list(dict.fromkeys((*trace.actors, *acts)))
    active = [actor for actor in order if acts[actor]]
    idle = tuple(actor for actor in order if not acts[actor])
    lanes = active
    merged: tuple[str, ...] = ()
    if len(active) > most:
        busiest = sorted(active, key=lambda actor: (-acts[actor], active.index(actor)))
        kept = set(busiest[: most - 1])
        merged = tuple(actor for actor in active if actor not in kept)
        lanes = [actor for actor in active if actor in kept] + [f"{len(merged)} others"]
    place = {actor: k for k, actor in enumerate(lanes)}
    place.update(dict.fromkeys(merged, len(lanes) - 1))
    rows: list[Row] = []
    for number, step in enumerate(trace.steps[1:], 1):
        rows += _rows(number, step, place, merged, trace)
    return Diagram(tuple(lanes), tuple(rows), idle, merged)


def system_of(trace: Trace) -> str:
    """Whose lifeline has the actions of nobody in particular."""
    return trace.model.rsplit(":", 1)[-1]


def actors_of(step: TraceStep) -> list[str]:
    """Whoever runs in a step: its actor, then those that it sets going."""
    woken = [m.actor for m in step.moments if m.kind == "resume" and m.actor]
    return list(dict.fromkeys([step.actor, *woken]))


def _lanes_of(step: TraceStep, system: str) -> list[str]:
    first, *woken = actors_of(step)
    return [system if step.nobodys else first, *woken]


def _rows(
    number: int, step: TraceStep, place: dict[str, int], merged: tuple[str, ...], trace: Trace
) -> list[Row]:
    finished = {m.actor for m in step.moments if m.kind == "finish"}
    text = doing(step, [path for path, _ in trace.because])
    first, *woken = _lanes_of(step, system_of(trace))
    if first in merged:
        text = f"{first}: {text}" if not text.startswith(first) else text
    lane = place[first]
    ends = first in finished and first not in merged
    rows = [Row(number, lane, text, None, step.loop, step.turn, ends, bool(step.error))]
    for actor in woken:
        told = next((m.text for m in step.moments if m.actor == actor and m.kind == "line"), "")
        over = actor in finished and actor not in merged
        rows.append(Row(0, lane, short(told), place[actor], ends=over))
    return rows


def doing(step: TraceStep, read: Collection[str] = ()) -> str:
    """What a step does, in a few words: its action, what it changed, or where it waits.

    What it changed of the places that are `read` by what is violated comes first.
    """
    seen = in_order_of_interest(step, read)
    more = " and more" if len(seen) > 2 else ""
    changed = ", ".join(map(told, seen[:2])) + more
    if step.nobodys:
        return _with_choices(f"{step.action}: {changed}" if changed else step.action, step)
    if step.action and step.action != step.actor:
        what = taken(step)
        return _with_choices(f"{step.action}: {what}" if what else step.action, step)
    return _with_choices(changed or short(step.source_text), step)


def in_order_of_interest(step: TraceStep, read: Collection[str]) -> list[Change]:
    """The visible changes: first those of places that are `read`, then as declared."""
    seen = [change for change in step.changes if not change.hidden]
    return sorted(seen, key=lambda change: not any(is_part(change.path, path) for path in read))


def is_part(path: str, whole: str) -> bool:
    """Whether a path names a place, or a part of it: `log[2]` and `log.size` of `log`."""
    return path == whole or path.startswith((f"{whole}[", f"{whole}."))


def taken(step: TraceStep) -> str:
    """What an action takes from the front of a queue, if that is what tells it from others.

    Of `network: deliver` a reader wants to know what arrives; arguments say it already.
    """
    if step.phrase or step.action.endswith(")"):
        return ""
    seen = [change.how for change in step.changes if not change.hidden]
    found = [_TAKEN.fullmatch(how) for how in seen]
    return found[0][1] if len(found) == 1 and found[0] else ""


def told(change: Change) -> str:
    """A change in a few words: what is there now, or how that came about."""
    if change.how and change.before and change.after:
        return f"{change.path}: {change.how}"
    return f"{change.path} = {change.after}" if change.after else f"{change.path} is gone"


def _with_choices(text: str, step: TraceStep) -> str:
    """The text, and what was chosen, unless the text says it already."""
    told_of = [(name, value) for name, value in step.choices if value not in text or len(value) < 4]
    chosen = ", ".join(f"{name} = {value}" for name, value in told_of)
    return f"{text} [{chosen}]" if text and chosen else chosen or text


def short(source: str, comment: bool = False) -> str:
    """A statement, without what every statement begins with; its comment where that is wanted."""
    code, mark, rest = source.partition("  # ")
    text = code.strip()
    text = text.removeprefix("async with ").removeprefix("with ").removeprefix("await ")
    text = re.sub(r"\bself\.", "", text).rstrip(":")
    return f"{text}  # {rest}" if mark and comment else text
