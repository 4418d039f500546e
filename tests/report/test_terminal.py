from __future__ import annotations

from collections.abc import Callable

import pytest

from ordercheck.report.sequence import render_sequence
from ordercheck.report.style import Style
from ordercheck.report.terminal import render_trace
from ordercheck.report.text import columns
from ordercheck.traces.trace import Trace
from tests.report import examples

TRACES = {
    "rpc_fetch": examples.rpc_fetch(),
    "philosophers": examples.philosophers(),
    "crowd": examples.philosophers(14),
    "out_of_range": examples.out_of_range(),
    "nested": examples.nested(),
}
Golden = Callable[[str, str], None]


@pytest.mark.parametrize("name", TRACES)
def test_traces_read_well(name: str, golden: Golden) -> None:
    golden(f"report/{name}.txt", render_trace(TRACES[name], Style()))


def test_a_trace_in_ascii(golden: Golden) -> None:
    text = render_trace(TRACES["nested"], Style(unicode=False))
    golden("report/nested_ascii.txt", text)
    assert text.isascii()


def test_a_trace_in_colour(golden: Golden) -> None:
    golden("report/rpc_fetch_colour.txt", render_trace(TRACES["rpc_fetch"], Style(colour=True)))


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES)
def test_nothing_is_wider_than_the_terminal(trace: Trace, width: int) -> None:
    for unicode in (True, False):
        text = render_trace(trace, Style(unicode=unicode, width=width))
        assert max(map(columns, text.split("\n"))) <= width


def test_a_trace_without_steps_has_no_diagram() -> None:
    assert render_sequence(examples.philosophers(0), Style()) == ""


@pytest.mark.parametrize("name", ["crowd", "nested", "out_of_range", "rpc_fetch"])
def test_long_traces_are_told_in_brief(name: str, golden: Golden) -> None:
    golden(f"report/{name}_brief.txt", render_trace(TRACES[name], Style(), most=30))


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES)
def test_what_is_told_in_brief_fits(trace: Trace, width: int) -> None:
    style = Style(width=width)
    for most in (1, 10, 20, 30, 40, 1000):
        text = render_trace(trace, style, most)
        assert max(map(columns, text.split("\n"))) <= width
    assert text == render_trace(trace, style)


def test_what_fits_is_told_whole() -> None:
    for trace in TRACES.values():
        whole = render_trace(trace, Style())
        assert render_trace(trace, Style(), most=whole.count("\n")) == whole
        assert render_trace(trace, Style(), most=whole.count("\n") - 1) != whole


@pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES)
def test_no_lifelines_stand_below_the_last_step(trace: Trace) -> None:
    text = render_sequence(trace, Style())
    empty = [row for row in text.split("\n") if "│" in row and not row.strip("│ ")]
    assert len(empty) == 1, "one below the names, and none at the end"
