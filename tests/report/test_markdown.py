"""Markdown and Mermaid, for reviews."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from ordercheck.checking.verdict import Outcome, Verdict, Violation, ViolationKind
from ordercheck.ir.nodes import Program
from ordercheck.ir.span import Diagnostic, Span
from ordercheck.report.markdown import render_trace_markdown, render_verdicts
from ordercheck.report.mermaid import render_mermaid
from ordercheck.traces.trace import Change, Trace, TraceStep
from tests.report.examples import philosophers, rpc_fetch

Golden = Callable[[str, str], None]
PROGRAM = Program("M", (), (), (), (), (), (), (), (), ())

ODD = [
    "end",
    "a;b # c",
    "x: <br/> y",
    'activate p0 "q"',
    "%%{init: {}}%%",
    "loop every | two",
    "note over a: b",
    "`tick` ``two``",
    "@everyone [link](http://x) *bold* _it_ \\ ~~",
    "名前",
    "->> p1: z",
]


def odd() -> Trace:
    start, first = rpc_fetch().steps[:2]
    steps = [
        replace(
            first,
            actor=text,
            action=text,
            source_text=text,
            moments=tuple(replace(m, actor=text) for m in first.moments),
            changes=(Change(text, text, text, text), Change(text, "", text)),
            error=text,
        )
        for text in ODD
    ]
    return replace(rpc_fetch(), steps=(start, *steps), actors=tuple(ODD), sentence=" ".join(ODD))


def verdict(name: str, outcome: Outcome, *violations: Violation, **more: object) -> Verdict:
    made = Verdict("models/x.py:M", outcome, "interpreter", PROGRAM, name, states=1234, depth=7)
    return replace(made, violations=violations, **more)


def broken(trace: Trace) -> Violation:
    return Violation(trace.property, ViolationKind(trace.kind), "is false", trace=trace)


@pytest.mark.parametrize(
    "trace", [rpc_fetch(), philosophers(), odd()], ids=["rpc", "deadlock", "odd"]
)
def test_a_trace_in_mermaid(trace: Trace, golden: Golden) -> None:
    golden(f"report/mermaid-{trace.property}-{len(trace.steps)}.mmd", render_mermaid(trace))


STATEMENT = re.compile(
    r"    (participant p\d+ as .+|Note over p\d+(?:,p\d+)?: .*|p\d+(?:->>|-x)p\d+: .*|%% .*)"
)
TEXT = re.compile(r"(?:[^;#<>\\%\n]|#(?:\d+|lt|gt);)*")


def test_mermaid_is_told_nothing_that_it_would_take_for_its_own() -> None:
    """The grammar of what we write; the real parser is not to be had in Python."""
    head, *lines = render_mermaid(odd()).rstrip("\n").split("\n")
    assert head == "sequenceDiagram"
    for line in lines:
        assert STATEMENT.fullmatch(line)
        if not line.lstrip().startswith("%%"):
            text = line.split(": ", 1)[1] if ": " in line else line.split(" as ", 1)[1]
            assert TEXT.fullmatch(text)


def test_a_trace_in_markdown(golden: Golden) -> None:
    golden("report/trace.md", render_trace_markdown(rpc_fetch()))
    golden("report/odd.md", render_trace_markdown(odd()))


def test_tables_keep_their_columns() -> None:
    for text in (render_trace_markdown(odd()), render_trace_markdown(philosophers())):
        rows = [line for line in text.split("\n") if line.startswith("|")]
        assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {6}


def test_verdicts(golden: Golden) -> None:
    unmet = Violation("all_done", ViolationKind.REACHABLE, "all_done is never true")
    found = [
        verdict(
            "as shipped",
            Outcome.VIOLATED,
            broken(rpc_fetch()),
            as_expected=True,
            expected="violates e_order",
        ),
        verdict("a | b", Outcome.HOLDS, notes=("within the constraint small",)),
        verdict("long", Outcome.INCONCLUSIVE, limit="5 seconds"),
        verdict("never", Outcome.VIOLATED, unmet),
        replace(verdict("", Outcome.HOLDS), model="models/y.py:Other"),
    ]
    error = Diagnostic("E056", "M has no attribute <b>", Span("models/z.py", 3, 1, 3, 2))
    golden("report/verdicts.md", render_verdicts(found, [error]))


def test_a_trace_without_steps_is_drawn() -> None:
    start = TraceStep("", "start", (), Span("", 0, 0, 0, 0), "", (), (), (-1, 0, ()))
    assert "participant p0" in render_mermaid(replace(rpc_fetch(), steps=(start,), actors=()))
