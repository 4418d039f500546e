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
