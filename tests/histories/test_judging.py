"""Judgements of small histories, compared with all orders of their events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ordercheck.histories import judging
from ordercheck.histories.constraints import (
    AllOf,
    AnyOf,
    Before,
    Constraint,
    Formula,
    Node,
    Point,
    all_of,
    any_of,
    before,
    if_happened,
    implies,
    in_order,
    negation,
    never,
    nodes_of,
    rule,
    same_order,
)
from ordercheck.histories.history import Event, History, Known, Timeline
from ordercheck.histories.judging import Consistent, Contradiction, Undecided, judge
from ordercheck.histories.problem import problem_of
from ordercheck.histories.reasons import reasons_of
from tests.histories import brute


def event(index: int) -> Event:
    return Event(index, f"e{index}", "happened", "", (), f"line {index + 1}")


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Events with some observers, none of whom contradicts what really happened."""
    count = draw(st.integers(1, 5))
    real = draw(st.permutations(range(count)))
    timelines = []
    for _ in range(draw(st.integers(0, 2))):
        seen = draw(st.lists(st.sampled_from(range(count)), unique=True, min_size=1))
        stretches = []
        for index in seen:
            begin = real.index(index) - draw(st.integers(0, 1))
            stretches.append((index, begin, begin + draw(st.integers(0, 2))))
        timelines.append(Timeline("seen so", tuple(stretches)))
    known: tuple[Known, ...] = ()
    if count > 1 and draw(st.booleans()):
        pair = draw(st.lists(st.sampled_from(range(count)), unique=True, min_size=2, max_size=2))
        first, second = sorted(pair, key=real.index)
        known = (Known(first, second, "says so"),)
    return History(tuple(map(event, range(count))), tuple(timelines), known)


def formulas(nodes: Sequence[Node]) -> st.SearchStrategy[Formula]:
    node = st.sampled_from(nodes)
    events = st.sampled_from([each for each in nodes if isinstance(each, Event)])
    atoms = st.builds(Before, node, node)
    return st.recursive(
        atoms,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: AllOf(tuple(parts))),
            st.builds(if_happened, events, inner),
        ),
        max_leaves=4,
    )


@st.composite
def constraints(draw: st.DrawFn, history: History) -> list[Constraint]:
    events = list(history.events)
    points = [Point(f"p{k}") for k in range(draw(st.integers(0, 1 if len(events) > 4 else 2)))]
    nodes: list[Node] = [*events, *points]
    found: list[Constraint] = []
    some = st.lists(st.sampled_from(events), unique_by=lambda e: e.index, max_size=2)
    for kind in draw(st.lists(st.sampled_from("rrinsss"), max_size=4)):
        if kind == "r":
            formula = draw(formulas(nodes))
            found.append(rule("rule", formula, given=draw(some)))
        elif kind == "i":
            numbered = st.tuples(st.sampled_from(nodes), st.integers(0, 3))
            found.append(in_order("numbers", draw(st.lists(numbered, max_size=4))))
        elif kind == "n":
            found.append(never("never", *draw(some), events[0]))
        else:
            shuffled = draw(st.permutations(nodes))
            pairs = list(zip(shuffled[::2], shuffled[1::2], strict=False))
            found.append(same_order("same order", pairs))
            if draw(st.booleans()):
                found += [rule("first", before(a, b)) for a, b in pairs]
    return found


cases = histories().flatmap(lambda history: st.tuples(st.just(history), constraints(history)))


def confirm(history: History, rules: Sequence[Constraint]) -> None:
    """A judgement says the same as trying all orders does."""
    found = judge(history, rules)
    size = brute.smallest_contradiction(history, rules)
    if isinstance(found, Consistent):
        assert size is None
        assert sorted(found.order, key=lambda e: e.index) == list(history.events)
        assert brute.allows(history, rules, found.order)
        return
    assert isinstance(found, Contradiction)
    assert size is not None
    assert brute.contradicts(history, rules, found.events)
    assert size == len(found.events) or not found.is_smallest
    for left_out in found.events:
        rest = [each for each in found.events if each is not left_out]
        assert not brute.contradicts(history, rules, rest)


@given(cases)
@settings(max_examples=150)
def test_judgements_are_those_of_all_orders(case: tuple[History, list[Constraint]]) -> None:
    confirm(*case)


@given(cases)
@settings(max_examples=150)
def test_what_needs_no_search_is_smallest_all_the_same(
    case: tuple[History, list[Constraint]],
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judging, "MOST_EVENTS", -1)
        confirm(*case)


@given(cases)
@settings(max_examples=50)
def test_small_tables_are_done_without(case: tuple[History, list[Constraint]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ordercheck.histories.graph.MOST_BITS", 0)
        confirm(*case)


@given(cases)
@settings(max_examples=100)
def test_reasons_contradict_and_none_can_be_left_out(
    case: tuple[History, list[Constraint]],
) -> None:
    history, rules = case
    found = judge(history, rules)
    if not isinstance(found, Contradiction):
        return
    kept = frozenset(each.index for each in found.events)
    reasons = reasons_of(problem_of(history, rules).restricted(kept), history)
    assert reasons == found.reasons

    def clash(some: Sequence[Constraint]) -> bool:
        bare = replace(history, timelines=(), known=())
        return brute.contradicts(bare, some, found.events)

    as_rules = [rule(each.words, each.formula) for each in reasons]
    assert clash(as_rules)
    # What a rule rests on is told as well, and is no reason of its own.
    resting = [pair for each in reasons if each.is_since for pair in [each.given]]
    for k, each in enumerate(reasons):
        if each.is_fact and tuple(nodes_of(each.formula)) in resting:
            continue
        assert not clash(as_rules[:k] + as_rules[k + 1 :])


@given(histories().flatmap(lambda h: st.tuples(st.just(h), formulas(h.events))), st.data())
def test_negation(case: tuple[History, Formula], data: st.DataObject) -> None:
    history, formula = case
    order = data.draw(st.permutations(history.events))
    places: brute.Places = {each: place for place, each in enumerate(order)}
    if "IfHappened" in repr(formula):
        with pytest.raises(TypeError):
            negation(formula)
        return
    ties = any(
        isinstance(each, Before) and each.first == each.second for each in brute.atoms(formula)
    )
    if not ties:
        assert brute.is_true(formula, places) is not brute.is_true(negation(formula), places)
        assert brute.is_true(implies(formula, formula), places)


def test_formulas_without_parts() -> None:
    history = History((event(0),))
    assert isinstance(judge(history, [rule("true", all_of(), given=history.events)]), Consistent)
    found = judge(history, [rule("false", any_of(), given=history.events)])
    assert isinstance(found, Contradiction)
    assert found.events == history.events


def test_a_spec_that_contradicts_itself_needs_no_event() -> None:
    first, second = Point("first"), Point("second")
    rules = [rule("one way", before(first, second)), rule("the other", before(second, first))]
    found = judge(History((event(0),)), rules)
    assert isinstance(found, Contradiction)
    assert found.events == ()
    assert [reason.words for reason in found.reasons] == ["one way", "the other"]


def test_a_problem_that_is_too_large_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ordercheck.histories.problem.MOST_PAIRS", 1_000)
    history = History(tuple(map(event, range(100))))
    pairs = list(zip(history.events[::2], history.events[1::2], strict=True))
    found = judge(history, [same_order("nobody knows", pairs)])
    assert found == Undecided("nothing tells the order of more than 1,000 pairs")


def test_z3_gives_up_when_told_to() -> None:
    events = tuple(map(event, range(12)))
    rules = [
        rule(
            "between",
            any_of(all_of(before(a, b), before(b, c)), all_of(before(c, b), before(b, a))),
        )
        for a in events
        for b in events
        for c in events
        if len({a.index, b.index, c.index}) == 3 and (a.index * 7 + b.index * 5 + c.index) % 3 == 0
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ordercheck.histories.solving.EFFORT", 1)
        assert isinstance(judge(History(events), rules), Undecided)
