"""How the run of a model becomes a history: what is appended to its places, and its steps.

A step is an event of the action's name; what a step appends to a sequence is an event of
the place's name, one for each item. `Reading` gives them other kinds and names their
fields, where a model calls things otherwise than a spec does.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from ordercheck.histories.history import Event, History, Stretch, Timeline
from ordercheck.histories.jsonlines import frozen
from ordercheck.histories.texts import Struct, value_of
from ordercheck.histories.values import Value
from ordercheck.ir.record import dataclass
from ordercheck.ir.span import BadInput, Diagnostic, Span
from ordercheck.traces.json import read_trace

EMPTY: Mapping[str, Any] = MappingProxyType({})

ITSELF = "*"
"""In place of a kind: the item has it, as field `kind`, its struct's name, or its first word."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What in a run is an event of which kind.

    `kinds` gives a kind to what is appended to a place ("delivered", "nodes[1].log", or
    "nodes.log" for that of every node), or to the steps of an action or a process;
    `taken` to what is taken from the front of a place. `fields` names the parts of what
    has no names: the arguments of a step, or the items of a tuple, by kind. An event has
    the process as its actor, and besides `place` or `channel`, the place meant.
    """

    kinds: Mapping[str, str] = EMPTY
    taken: Mapping[str, str] = EMPTY
    fields: Mapping[str, tuple[str, ...]] = EMPTY

    def with_kinds(self, kinds: Mapping[str, str]) -> Reading:
        """With these kinds before its own."""
        return Reading({**self.kinds, **kinds}, self.taken, self.fields)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a run, whatever file it was read from; `places` holds the sequences after it."""

    actor: str
    action: str
    arguments: tuple[tuple[str, Value], ...]
    places: tuple[tuple[str, tuple[Value, ...]], ...]


def of_trace(text: str, file: str, reading: Reading, kinds: Iterable[str] = ()) -> History:
    """The history of a trace that `verify --output` wrote. BadInput if it is none."""
    trace = read_trace(text, file).trace
    steps = []
    for step in trace.steps:
        arguments = tuple((str(k), each) for k, each in enumerate(_arguments(step.action)))
        places = ((name, value_of(held)) for name, held in step.state if held[:1] == "[")
        kept = tuple((name, held) for name, held in places if isinstance(held, tuple))
        steps.append(Step(step.actor, step.action, arguments, kept))
    return history(steps, file, reading, kinds)


def _arguments(action: str) -> tuple[Value, ...]:
    """Those of `pour(0, 1)`."""
    try:
        node = ast.parse(action, mode="eval").body
    except (SyntaxError, ValueError):
        return ()
    return (
        tuple(value_of(ast.unparse(each)) for each in node.args)
        if isinstance(node, ast.Call)
        else ()
    )


def of_itf(
    data: Mapping[str, Any], file: str, reading: Reading, kinds: Iterable[str] = ()
) -> History:
    """The history of an ITF trace, of ours or of another tool's. BadInput if it is none."""
    try:
        if not isinstance(data["states"], list) or not data["states"]:
            raise _Foreign("it has no states")
        steps = [_itf_step(state) for state in data["states"]]
    except _Foreign as error:
        span = Span(file, 0, 0, 0, 0)
        raise BadInput(Diagnostic("E940", f"this is no ITF trace: {error}", span)) from None
    return history(steps, file, reading, kinds)


class _Foreign(Exception):
    """What is not as ITF has it, in words."""


def _itf_step(state: object) -> Step:
    if not isinstance(state, dict):
        raise _Foreign("a state is no object")
    meta = state.get("#meta", {})
    meta = meta if isinstance(meta, dict) else {}
    parameters = meta.get("parameters", {})
    parameters = parameters if isinstance(parameters, dict) else {}
    arguments = tuple((str(name), value_of(str(text))) for name, text in parameters.items())
    held = ((str(name), itf_value(value)) for name, value in state.items() if name != "#meta")
    lists = tuple((n, v) for n, v in held if isinstance(v, tuple) and isinstance(state[n], list))
    # Quint's tests driven by models name the action in a variable.
    action = meta.get("action", state.get("mbt::actionTaken", ""))
    return Step(str(meta.get("actor", "")), str(action), arguments, lists)


def itf_value(value: Any) -> Value:
    """A value of ITF: a record with a tag is a Struct; an optional value what it holds, or None."""
    match value:
        case {"#bigint": str(digits)} if re.fullmatch(r"-?\d{1,4000}", digits):
            return int(digits)
        case {"#tup": list(items)} | {"#set": list(items)} | {"#map": list(items)}:
            return tuple(map(itf_value, items))
        case {"tag": "Nothing"}:
            return None
        case {"tag": str(tag), "value": {"it": inner}} if tag.startswith("Some"):
            return itf_value(inner)
        case {"tag": str(name), "value": dict(fields)}:
            return Struct(name, tuple((str(n), itf_value(each)) for n, each in fields.items()))
        case dict():
            record = {k: v for k, v in value.items() if not k.startswith("#")}
            if len(record) < len(value):
                raise _Foreign(f"{json.dumps(value)[:60]} is no value")
            return Struct("", tuple((str(n), itf_value(each)) for n, each in record.items()))
        case list():
            return tuple(map(itf_value, value))
        case _:
            return frozen(value)


# --- events ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Found:
    """An event to be: in which step, of which place ("" for the step itself)."""

    step: int
    place: str
    kind: str
    fields: tuple[tuple[str, Value], ...]


def history(
    steps: Sequence[Step], file: str, reading: Reading, kinds: Iterable[str] = ()
) -> History:
    """The events of a run; of these kinds only, if any are named, since a run has many steps.

    The steps tell their order; within a step, a place tells the order of what was put there.
    """
    wanted = frozenset(kinds)
    found = list(_found(steps, reading, wanted, file))
    counts = [sum(each.step == k for each in found) for k in range(len(steps))]
    events: list[Event] = []
    for index, each in enumerate(found):
        place = f", {each.place}" if each.place and counts[each.step] > 1 else ""
        where = f"step {each.step}{place}"
        name = f"{where} ({index})"
        actor = steps[each.step].actor
        span = Span(file, 0, 0, 0, 0)
        events.append(Event(index, name, each.kind, actor, each.fields, where, span))
    in_steps = tuple((index, each.step, each.step) for index, each in enumerate(found))
    timelines = list(_in_places(found)) if max(counts, default=0) > 1 else []
    timelines.append(Timeline("the run took these steps in this order", in_steps))
    return History(tuple(events), tuple(timelines), (), file)


def _in_places(found: Sequence[_Found]) -> Iterator[Timeline]:
    by_place: dict[str, list[Stretch]] = {}
    for index, each in enumerate(found):
        if each.place:
            by_place.setdefault(each.place, []).append((index, index, index))
    for place, stretches in by_place.items():
        yield Timeline(f"that is their order in {place}", tuple(stretches))


def _found(
    steps: Sequence[Step], reading: Reading, wanted: frozenset[str], file: str
) -> Iterator[_Found]:
    for each in _all(steps, reading, wanted, file):
        if not wanted or each.kind in wanted:
            yield each


def _all(
    steps: Sequence[Step], reading: Reading, wanted: frozenset[str], file: str
) -> Iterator[_Found]:
    before: dict[str, tuple[Value, ...]] = {}
    for number, step in enumerate(steps):
        places = dict(step.places)
        if number and step.action:
            name = step.action.split("(", 1)[0]
            arguments = tuple(value for _, value in step.arguments)
            names = tuple(name for name, _ in step.arguments)
            kind = reading.kinds.get(name, name)
            yield _Found(number, "", kind, (*_named(kind, arguments, reading, names),))
        for place, held in places.items():
            was = before.get(place, ())
            dropped = _dropped(was, held)
            if dropped and dropped == len(was) and any(item in was for item in held):
                if _item_kind(place, reading) in wanted:
                    raise BadInput(_rearranged(number, place, file))
                continue
            yield from _taken(number, place, was[:dropped], reading)
            appended = held[len(was) - dropped :]
            yield from (_item(number, place, item, reading) for item in appended)
        before = places


def _dropped(was: Sequence[Value], held: Sequence[Value]) -> int:
    """How many were taken from the front, at least; all, if something else was done."""
    return next(k for k in range(len(was) + 1) if tuple(held[: len(was) - k]) == tuple(was[k:]))


def _taken(step: int, place: str, items: Sequence[Value], reading: Reading) -> Iterator[_Found]:
    kind = _kind(place, reading.taken)
    for item in items if kind else ():
        yield _Found(step, place, kind, (*_fields(kind, item, reading), ("channel", place)))


def _item(step: int, place: str, item: Value, reading: Reading) -> _Found:
    kind = _item_kind(place, reading)
    if kind == ITSELF:
        kind = own_kind(item) or place
        item = tuple(item.split(" ")[1:]) if isinstance(item, str) else item
    return _Found(step, place, kind, (*_fields(kind, item, reading), ("place", place)))


def _item_kind(place: str, reading: Reading) -> str:
    """What is appended to a place; ITSELF, where each item says its own kind."""
    return _kind(place, reading.kinds) or place.rsplit(".", 1)[-1].split("[", 1)[0]


def _rearranged(step: int, place: str, file: str) -> Diagnostic:
    headline = f"step {step} does not only append to {place}: nobody can tell what came when"
    help = "let the model keep a log, to which it only appends"
    return Diagnostic("E940", headline, Span(file, 0, 0, 0, 0), help=help)


def _kind(place: str, kinds: Mapping[str, str]) -> str:
    """What a place's items are called, by its own name, or by that of all its like."""
    return kinds.get(place, kinds.get(re.sub(r"\[[^\]]*\]", "", place), ""))


def own_kind(item: Value) -> str:
    """What an item says of itself: `kind=Kind.WAIT_DONE`, `WaitDone(…)`, "wait_done 3"."""
    if not isinstance(item, Struct):
        return item.split(" ", 1)[0] if isinstance(item, str) else ""
    said = dict(item.fields).get("kind")
    if isinstance(said, str):
        return said.rsplit(".", 1)[-1].lower()
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", item.name).lower()


def _fields(kind: str, item: Value, reading: Reading) -> tuple[tuple[str, Value], ...]:
    if isinstance(item, Struct):
        return tuple((name, value) for name, value in item.fields if name != "kind")
    parts = item if isinstance(item, tuple) else (item,)
    return tuple(_named(kind, parts, reading))


def _named(
    kind: str, parts: Sequence[Value], reading: Reading, own: Sequence[str] = ()
) -> Iterator[tuple[str, Value]]:
    """The parts by the names that they are given; else by their own, or their number."""
    names = reading.fields.get(kind, own or (("value",) if len(parts) == 1 else ()))
    for k, part in enumerate(parts):
        yield (names[k] if k < len(names) else str(k)), part
