"""Registers and queues, against all orders tried one by one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ordercheck.histories.judging import Undecided
from ordercheck.ir.span import BadInput
from tests.histories.histories import contradicting, holds, judged, recorded

Operation = dict[str, Any]
UNKNOWN = "unknown"


def works(operations: Sequence[Operation], value: Any) -> bool:
    """Whether a register that begins with a value answers so, in this order."""
    for each in operations:
        if each["kind"] == "read" and each["value"] != value:
            return False
        if each["kind"] == "cas" and (each["expected"] == value) is not each.get("ok", True):
            return False
        if each["kind"] == "written" or (each["kind"] == "cas" and each.get("ok", True)):
            value = each["value"]
    return True


def drains(operations: Sequence[Operation]) -> bool:
    """Whether a queue answers so, in this order."""
    queue: list[int] = []
    for each in operations:
        if each["kind"] == "enqueued":
            queue.append(each["value"])
        elif each["value"] is None:
            if queue:
                return False
        elif not queue or queue.pop(0) != each["value"]:
            return False
    return True


def orders(operations: Sequence[Operation], timed: bool) -> Any:
    """Those that each actor's order, and the clock if it counts, allow."""
    for order in permutations(range(len(operations))):
        places = {index: place for place, index in enumerate(order)}
        if not any(
            places[b] < places[a]
            and (
                (a < b and operations[a]["actor"] == operations[b]["actor"])
                or (timed and operations[a]["at"][1] < operations[b]["at"][0])
            )
            for a in places
            for b in places
        ):
            yield [operations[index] for index in order]


def on_register(draw: st.DrawFn) -> Operation:
    kind = draw(st.sampled_from(["read", "written", "cas", "cas"]))
    found: Operation = {"kind": kind, "value": draw(st.integers(0, 2))}
    if kind == "cas":
        found |= {
            "expected": draw(st.integers(0, 2)),
            "ok": draw(st.sampled_from([True, True, False])),
        }
    return found


@st.composite
def runs(draw: st.DrawFn, queue: bool = False) -> list[Operation]:
    """Operations of two actors, each of which does one thing after another."""
    found: list[Operation] = []
    clocks = {"x": 0, "y": 0}
    values = list(range(9))
    for _ in range(draw(st.integers(1, 5))):
        actor = draw(st.sampled_from("xy"))
        if queue and draw(st.booleans()):
            each: Operation = {"kind": "enqueued", "value": values.pop(0)}
        elif queue:
            each = {"kind": "dequeued", "value": draw(st.sampled_from([None, 0, 1, 2]))}
        else:
            each = on_register(draw)
        begin = clocks[actor] + 1
        clocks[actor] = begin + draw(st.integers(0, 3))
        found.append({**each, "actor": actor, "at": [begin, clocks[actor]]})
    return found


@given(runs(), st.sampled_from([UNKNOWN, 0, 1]))
@settings(max_examples=50)
def test_registers(operations: list[Operation], initial: Any) -> None:
    starts = [0, 1, 2, "other"] if initial == UNKNOWN else [initial]
    first = [] if initial == UNKNOWN else [{"kind": "initial", "value": initial, "actor": "i"}]
    for spec, timed in (("linearizable", True), ("sequential", False)):
        expected = any(works(o, start) for o in orders(operations, timed) for start in starts)
        assert holds(spec, *first, *operations) is expected


@given(runs(queue=True))
@settings(max_examples=60)
def test_queues(operations: list[Operation]) -> None:
    for spec, timed in (("linearizable", True), ("sequential", False)):
        expected = any(map(drains, orders(operations, timed)))
        assert holds(spec, *operations) is expected


def cas(actor: str, expected: object, value: object, **fields: Any) -> Operation:
    return {"kind": "cas", "actor": actor, "expected": expected, "value": value, **fields}


def test_a_chain_of_compare_and_sets_has_one_successor_each() -> None:
    assert holds("cas_chain", cas("x", 0, 1), cas("y", 2, 3), cas("z", 1, 2))
    assert contradicting("cas_chain", cas("x", 0, 1), cas("y", 1, 2), cas("z", 0, 3)) == [
        "line 1",
        "line 3",
    ]
    assert holds("cas_chain", cas("x", 0, 1), cas("y", 0, 2, ok=False))


def test_registers_of_several_keys_are_told_apart() -> None:
    reads = [{"kind": "read", "key": key, "value": key} for key in ("a", "b")]
    assert holds("linearizable", *reads)
    assert not holds("linearizable", *({**each, "key": "c"} for each in reads))


def test_ok_is_true_or_false() -> None:
    with pytest.raises(BadInput) as refused:
        judged("cas_chain", recorded(cas("x", 0, 1, ok="no")))
    assert [each.code for each in refused.value.diagnostics] == ["E943"]


def test_true_is_not_one() -> None:
    events = [
        {"kind": "initial", "value": 0, "actor": "i"},
        {"kind": "written", "value": True, "actor": "x"},
        {"kind": "read", "value": 1, "actor": "y"},
    ]
    assert contradicting("linearizable", *events) == ["line 3"]


def test_what_is_enqueued_twice_is_refused() -> None:
    events = [{"kind": "enqueued", "value": 1}, {"kind": "enqueued", "value": 1}]
    with pytest.raises(BadInput) as refused:
        judged("linearizable", recorded(*events))
    assert [each.code for each in refused.value.diagnostics] == ["E941"]


def test_too_many_operations_are_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ordercheck.histories.objects.MOST_ORDERS", 10)
    events = [{"kind": kind, "value": 0} for kind in ("written", "read") for _ in range(4)]
    found = judged("linearizable", recorded(*events))
    assert found == Undecided("a register with 8 operations is too much")
