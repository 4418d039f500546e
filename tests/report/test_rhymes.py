"""Steps that are much alike are told once, with all in which they differ."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ordercheck.report.brief import render_brief
from ordercheck.report.rhymes import as_one, first_to_last
from ordercheck.report.style import Style
from ordercheck.report.terminal import render_trace
from ordercheck.traces.trace import Change, Trace, TraceStep
from tests.report import examples


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["queue: appended 0"] * 3, "queue: appended 0"),
        (["queue: took 0 from the front", "queue: took 2 from the front"], "took 0, 2 from"),
        (["taker(4) goes on", "taker(5) goes on", "taker(4) goes on"], "taker(4), (5), (4) goes"),
        (["taker(4) goes on", "giver(5) goes on"], "taker(4), giver(5) goes on"),
        (["queue[0]: appended 3", "queue[1]: appended 3"], "queue[0], queue[1]: appended 3"),
        (["n: 1 → 2", "n: 2 → 3"], None),
        (["taker(4) starts", "taker(4) goes on"], None),
    ],
)
def test_texts_that_differ_in_a_word(texts: list[str], told: str | None) -> None:
    one = as_one(texts)
    assert (one is None) == (told is None)
    assert one is None or (told is not None and told in one)


def test_from_one_turn_to_another() -> None:
    assert first_to_last("turn 9", "turn 12") == "turn 9-12"
    assert first_to_last("", "") == ""


def rounds(count: int) -> Trace:
    """Three take places one after the other, and give them back, again and again."""
    table = examples.philosophers()
    steps: list[TraceStep] = [table.steps[0]]
    for k in range(count):
        who, gains = f"guest({k % 3})", (k // 3) % 2 == 0
        change = Change("seats", "{}", "{}", f"{'gained' if gains else 'lost'} {k % 3}")
        line = examples.at(28 if gains else 31)
        step = replace(table.steps[1], actor=who, phrase="goes on, and waits", source=line)
        steps.append(replace(step, changes=(change,), moments=()))
    return replace(table, steps=tuple(steps))


def test_steps_that_are_alike_are_told_together() -> None:
    told = render_brief(rounds(9), Style(width=120), together=True).split("\n")
    rows = [" ".join(row.split()) for row in told[2:-1]]
    assert rows == [
        "1-3 28 guest(0), (1), (2) goes on, and waits seats: gained 0, 1, 2",
        "4-6 31 guest(0), (1), (2) goes on, and waits seats: lost 0, 1, 2",
        "7-8 28 guest(0), (1) goes on, and waits seats: gained 0, 1",
        "9 28 guest(2) goes on, and waits seats: gained 2",
    ]


def test_turns_are_told_of_one_loop() -> None:
    table = rounds(7)
    turns = zip(("kj", "kj", "kj", "js", "js", "kj", "kj"), (1, 2, 3, 1, 2, 4, 5), strict=True)
    steps = [
        replace(step, source=examples.at(28), loop=loop, turn=turn)
        for step, (loop, turn) in zip(table.steps[1:], turns, strict=True)
    ]
    told = replace(table, steps=(table.steps[0], *steps))
    rows = render_brief(told, Style(width=120), together=True).split("\n")[2:-1]
    assert [" ".join(row.split()[:3]) for row in rows] == [
        "1-3 kj 1-3",
        "4-5 js 1-2",
        "6 kj 4",
        "7 kj 5",
    ]


def test_only_what_does_not_fit_otherwise_is_told_so() -> None:
    told = render_trace(rounds(24), Style(), most=50)
    assert "22-23" not in told
    assert "told once" not in told
    shorter = render_trace(rounds(60), Style(), most=50)
    assert "58-59" in shorter
    assert "what steps have in common is told once" in shorter
    assert shorter.count("\n") <= 50
