"""The orders that come with the tool, against what they mean in plain Python."""

from __future__ import annotations

import random
from collections import Counter
from itertools import combinations, permutations
from typing import Any

import networkx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ordercheck.histories.judging import Consistent, Contradiction
from ordercheck.ir.span import BadInput
from tests.histories.histories import (
    contradicting,
    delivered,
    holds,
    judged,
    of_word,
    recorded,
    sent,
)

WARM = [
    ("r0 r1 r2 r3", "r0 r1 r2 r3"),
    ("f0 f1 f2", "f0 f1 f2"),
    ("r0 f1 r2 f3", "f1 f3 r0 r2"),
    ("s0 r1 f2 r3", "f2 s0 r1 r3"),
    ("f0 r1 f2", "f0 f2 r1"),
    ("f0 r1 f2", "f2 f0 r1"),
    ("f0 f1 r2 f3", "f3 f0 f1 r2"),
    ("f0 r1 r2 r3 f4", "f4 f0 r1 r2 r3"),
]
"""What was sent on one stub, and what was received (workerd issue 6561)."""


@pytest.mark.parametrize(("made", "got"), WARM)
def test_e_order_of_what_workerd_did(made: str, got: str) -> None:
    events = of_word(made.split(), got.split())
    assert holds("e_order", *events) is (made == got)
    if made != got:
        found = contradicting("e_order", *events)
        assert len(found) == 4
        # Without the record of what was sent, the numbers tell the same in two events.
        received = [each for each in events if each["kind"] == "delivered"]
        assert len(contradicting("e_order", *received)) == 2


def inversions(order: list[int]) -> bool:
    return any(a > b for a, b in combinations(order, 2))


@given(st.lists(st.integers(0, 5), max_size=6), st.integers(0, 6))
def test_e_order_of_one_sender(order: list[int], made: int) -> None:
    events = of_word([f"r{k}" for k in range(made)], [f"r{k}" for k in order])
    if not any(each["kind"] == "delivered" for each in events):
        return
    twice = len(set(order)) < len(order)
    unsent = made > 0 and any(call >= made for call in order)
    assert holds("e_order", *events) is not (twice or unsent or inversions(order))


def test_what_is_sent_to_nobody_in_particular_goes_to_all() -> None:
    broadcast = [
        sent("s", 0),
        sent("s", 1),
        delivered("x", 0),
        delivered("y", 0),
        delivered("x", 1),
    ]
    assert holds("fifo", *broadcast)
    assert contradicting("fifo", *broadcast[:2], *broadcast[:2:-1], broadcast[2]) == [
        *("line 1", "line 2", "line 3", "line 5"),
    ]


def test_actors_may_be_numbers() -> None:
    made = [{**sent("x", k), "actor": 1, "to": 2} for k in range(2)]
    got = [{**delivered("x", k, **{"from": 1}), "actor": 2} for k in range(2)]
    for spec in ("fifo", "exactly_once"):
        assert holds(spec, *made, *got)
    assert not holds("fifo", *made, *got[::-1])


def test_causal_order_tells_references_apart() -> None:
    made = [sent("s", 0, ref=ref) for ref in "ab"]
    assert holds("causal", *made, *(delivered("x", 0, ref=ref) for ref in "ab"))
    assert not holds("causal", *made, *(delivered("x", 0, ref=ref) for ref in "ba"))


def test_two_references_promise_nothing_to_each_other() -> None:
    calls = [("a", 0), ("b", 0)]
    made = [{"kind": "sent", "actor": "w", "ref": ref, "call": n} for ref, n in calls]
    got = [{"kind": "delivered", "actor": "o", "ref": ref, "call": n} for ref, n in calls[::-1]]
    assert holds("e_order", *made, *got)


@given(st.integers(0, 10**6))
@settings(max_examples=60)
def test_e_order_of_several_senders(seed: int) -> None:
    """Whose calls are interleaved nobody knows how: some interleaving has to fit."""
    source = random.Random(seed)
    queues = [[f"{who}{k}" for k in range(source.randint(0, 3))] for who in "ab"]
    everything = [call for queue in queues for call in queue]
    got = source.sample(everything, source.randint(0, len(everything)))
    if not got:
        return
    places = {call: k for k, call in enumerate(got)}
    fits = any(
        [call for call in order if call in places] == got
        for order in permutations(everything)
        if all(order.index(a) < order.index(b) for q in queues for a, b in combinations(q, 2))
    )
    events = [sent(call[0], call) for queue in queues for call in queue]
    assert holds("e_order", *events, *(delivered("o", call) for call in got)) is fits


Messages = list[tuple[str, str, int]]


@st.composite
def exchanges(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Messages between three actors: sent, then delivered, any order of deliveries."""
    events: list[dict[str, Any]] = []
    under_way: Messages = []
    number = 0
    for _ in range(draw(st.integers(1, 9))):
        if under_way and draw(st.booleans()):
            one = under_way.pop(draw(st.integers(0, len(under_way) - 1)))
            events.append(delivered(one[1], one[2], **{"from": one[0]}))
        else:
            a, b = draw(st.permutations("xyz"))[:2]
            under_way.append((a, b, number))
            events.append(sent(a, number, to=b))
            number += 1
    return events


def is_fifo(events: list[dict[str, Any]]) -> bool:
    channels: dict[tuple[str, str], list[int]] = {}
    for each in events:
        if each["kind"] == "delivered":
            channels.setdefault((each["from"], each["actor"]), []).append(each["message"])
    return not any(inversions(order) for order in channels.values())


def is_causal(events: list[dict[str, Any]]) -> bool:
    """By vector clocks: who gets a message knows all that it was sent because of."""
    known: dict[str, frozenset[int]] = dict.fromkeys("xyz", frozenset())
    because: dict[int, frozenset[int]] = {}
    got: dict[str, list[int]] = {}
    for each in events:
        actor, message = each["actor"], each["message"]
        if each["kind"] == "sent":
            because[message] = known[actor]
            known[actor] |= {message}
        else:
            if any(message in because[earlier] for earlier in got.get(actor, [])):
                return False
            got.setdefault(actor, []).append(message)
            known[actor] |= {message, *because[message]}
    return True


@given(exchanges())
@settings(max_examples=80)
def test_fifo_and_causal(events: list[dict[str, Any]]) -> None:
    if not any(each["kind"] == "delivered" for each in events):
        return
    assert holds("fifo", *events) is is_fifo(events)
    assert holds("causal", *events) is is_causal(events)


def test_the_way_from_cause_to_effect_is_told() -> None:
    events = [
        sent("x", "question", to="y"),
        sent("x", "question", to="z") | {"message": "copy"},
        delivered("y", "question"),
        sent("y", "answer", to="z"),
        delivered("z", "answer"),
        delivered("z", "copy"),
        sent("z", "unrelated", to="x"),
    ]
    # The copy was sent after the question, so the answer is not because of it.
    assert holds("causal", *events)
    early = [events[1], events[0], *events[2:]]
    assert contradicting("causal", *early) == [f"line {k}" for k in range(1, 7)]


@given(st.lists(st.permutations(range(4)), min_size=1, max_size=4), st.data())
def test_total_order(orders: list[list[int]], data: st.DataObject) -> None:
    seen = [order[: data.draw(st.integers(0, 4))] for order in orders]
    events = [delivered(f"a{k}", m) for k, order in enumerate(seen) for m in order]
    if not events:
        return
    graph: networkx.DiGraph[int] = networkx.DiGraph()
    graph.add_edges_from((a, b) for order in seen for a, b in combinations(order, 2))
    expected = networkx.is_directed_acyclic_graph(graph)
    assert holds("total_order", *events) is expected
    if not expected:
        shortest = min(map(len, networkx.simple_cycles(graph)))
        assert len(contradicting("total_order", *events)) == 2 * shortest


@given(st.lists(st.tuples(st.sampled_from("xy"), st.integers(0, 2)), min_size=1, max_size=6))
def test_at_most_once(got: list[tuple[str, int]]) -> None:
    events = [delivered(*each) for each in got]
    assert holds("at_most_once", *events) is (max(Counter(got).values()) == 1)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from("xy")), min_size=1, unique=True),
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from("xy")), max_size=6),
)
def test_exactly_once(made: list[tuple[int, str]], got: list[tuple[int, str]]) -> None:
    events = [sent("s", n, to=to) for n, to in made] + [delivered(to, n) for n, to in got]
    assert holds("exactly_once", *events) is (sorted(made) == sorted(got))
    late = events[len(made) :] + events[: len(made)]
    in_time = holds("exactly_once", {"history": 1, "ordered_by": ["line"]}, *late)
    assert in_time is False


def test_what_is_not_recorded_may_have_happened() -> None:
    got = [sent("s", 0), delivered("x", 0), delivered("x", 1)]
    partial = {"history": 1, "complete": False}
    for spec in ("e_order", "fifo", "causal", "exactly_once"):
        assert not holds(spec, *got), spec
        assert holds(spec, partial, *got), spec


@pytest.mark.parametrize("spec", ["e_order", "fifo", "causal", "exactly_once"])
def test_what_is_sent_has_a_name_of_its_own(spec: str) -> None:
    history = recorded(sent("s", 0), sent("s", 0), delivered("x", 0))
    with pytest.raises(BadInput) as refused:
        judged(spec, history)
    assert [each.code for each in refused.value.diagnostics] == ["E941"]
    assert refused.value.diagnostics[0].span.line == 2


def test_names_that_are_no_numbers_have_no_order() -> None:
    with pytest.raises(BadInput) as refused:
        judged("e_order", recorded(delivered("x", "first"), delivered("x", "second")))
    assert "nothing tells when 'first' of line 1 was sent" in str(refused.value)
    with pytest.raises(BadInput) as lacking:
        judged("e_order", recorded({"kind": "delivered", "value": 1}))
    assert [each.code for each in lacking.value.diagnostics] == ["E943"]


@pytest.mark.parametrize("swapped", [False, True])
def test_thousands_of_calls(swapped: bool) -> None:
    order = list(range(2_000))
    if swapped:
        order[1_000], order[1_003] = order[1_003], order[1_000]
    events = [sent("s", n, ref="r") for n in range(2_000)]
    found = judged("e_order", recorded(*events, *(delivered("o", n, ref="r") for n in order)))
    if not swapped:
        assert isinstance(found, Consistent)
        return
    assert isinstance(found, Contradiction)
    assert found.is_smallest
    assert len(found.events) == 4
