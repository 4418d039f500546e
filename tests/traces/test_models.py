"""Traces of models as authors write them: what is told, and what is not."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from ordercheck import verify
from ordercheck.frontend import load_models
from ordercheck.report.style import Style
from ordercheck.report.terminal import render_trace
from ordercheck.traces.sequence import taken
from ordercheck.traces.trace import Trace

HEAD = """\
from ordercheck import (
    Model, action, array, boolean, integer, invariant, process, require, seq, step, until
)
from ordercheck.library import KjLoop


class M(Model):
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("linecache.cache", {})
    (tmp_path / "pyproject.toml").touch()
    return tmp_path


def trace_of(body: str) -> Trace:
    text = HEAD + "".join(f"    {line}\n" if line else "\n" for line in dedent(body).split("\n"))
    Path("m.py").write_text(text, encoding="utf-8")
    (model,) = load_models("m.py")
    trace = verify(model).trace
    assert trace is not None
    return trace


def lines(trace: Trace, step: int) -> list[str]:
    return [m.text for m in trace.steps[step].moments if m.kind == "line"]


ONE = """
def setup(self) -> None:
    self.x = integer(0, lo=0, hi=2)

@process
async def p(self) -> None:
    await step()
    seen = self.x
    await step()
    self.x = seen + 1

@invariant
def zero(self) -> bool:
    return self.x == 0
"""


def test_the_clearing_of_locals_is_no_line() -> None:
    trace = trace_of(ONE)
    assert lines(trace, 2) == ["self.x = seen + 1"]
    assert [change.path for change in trace.steps[2].changes] == ["x"]


def test_a_process_starts_with_its_first_step() -> None:
    phrases = [step.phrase for step in trace_of(ONE).steps]
    assert phrases[1].startswith("starts, and pauses")
    assert phrases[2] == "goes on, and finishes"


LATER = """
def setup(self) -> None:
    self.loop = KjLoop()
    self.n = integer(0, lo=0, hi=1)

@process(on="loop")
async def one(self) -> None:
    flag = None
    await self.loop.later()
    await self.loop.later()  # the second
    if flag is None:
        self.n += 1

@invariant
def none(self) -> bool:
    return self.n == 0
"""


def test_a_step_that_only_waits_is_told_by_the_line_where_it_waits() -> None:
    trace = trace_of(LATER)
    assert [step.source_text for step in trace.steps[1:]] == [
        "await self.loop.later()",
        "await self.loop.later()  # the second",
        "self.n += 1",
    ]
    assert not any("flag" in change.path for step in trace.steps for change in step.changes)


GUARDS = """
def setup(self) -> None:
    self.on = boolean()
    self.level = array(range(3), 3, 0)

@action(each=range(3))
def pour(self, k: int) -> None:
    require(k < 3)
    require(
        self.level[k] == 0
        and not self.on
    )
    self.level[k] = 1

@action
def empty(self) -> None:
    require(self.on)
    self.on = False
"""


def test_a_deadlock_of_actions_tells_the_require_that_fails() -> None:
    trace = trace_of(GUARDS)
    assert trace.refused == (
        ("pour", "line 16: require(self.level[k] == 0 and not self.on)"),
        ("empty", "line 24: require(self.on)"),
    )
    assert trace.because == (("level", "[1, 1, 1]"), ("on", "False"))
    assert trace.sentence.endswith("nothing can happen any more: no action is possible.")


WAITS = """
def setup(self) -> None:
    self.on = boolean()

@process(each=range(2))
async def p(self, me: int) -> None:
    await until(self.on)

@action
def stop(self) -> None:
    require(self.on)
"""


def test_a_deadlock_tells_the_values_that_are_waited_for() -> None:
    trace = trace_of(WAITS)
    assert trace.waits[0] == ("p(0)", "line 14: await until(self.on)")
    assert trace.refused == (("stop", "line 18: require(self.on)"),)
    assert trace.because == (("on", "False"),)


LONG = '''
def setup(self) -> None:
    self.x = integer(0, lo=0, hi=2)

@action
def add(self) -> None:
    self.x += 1

@invariant
def small(self) -> bool:
    """The first line of a docstring says what is claimed.

    The second paragraph says much more than anybody
    who reads a trace wants to know.
    """
    return self.x < 1 or self.x + self.x + self.x < 1 or self.x + self.x + self.x < 1
'''


def test_a_long_docstring_is_not_quoted_whole() -> None:
    trace = trace_of(LONG)
    assert "second paragraph" not in trace.property_text
    text = render_trace(trace, Style())
    assert '"""The first line of a docstring says what is claimed."""\n' in text
    assert "self.x + self.x + self.x < 1 or self.x + self.x +\n" in text


def test_actions_of_nobody_share_a_lifeline() -> None:
    text = render_trace(trace_of(LONG), Style())
    assert "step  M\n" in text
    assert "● add: x = 1" in text


def test_a_property_without_a_value_is_quoted_itself() -> None:
    trace = trace_of("""
        def setup(self) -> None:
            self.x = integer(0, lo=0, hi=2)

        @action
        def add(self) -> None:
            require(self.x < 2)
            self.x += 1

        @invariant
        def fine(self) -> bool:
            return 6 // (1 - self.x) > 0
    """)
    assert trace.property_text.startswith("def fine(self) -> bool:")
    assert trace.because == (("x", "1"),)


CALLS = """
def setup(self) -> None:
    self.x = integer(0, lo=0, hi=9)
    self.y = integer(0, lo=0, hi=9)

def add(self, n: int) -> None:
    self.x += n
    self.mark()

def mark(self) -> None:
    self.y += 1

def twice(self, n: int) -> int:
    return 2 * n

def down(self, n: int) -> None:
    if n > 0:
        self.down(n - 1)
    self.y += 1

@process
async def p(self) -> None:
    self.add(1)
    await step()
    self.y = max((self.x, self.y), key=lambda each: -each)
    self.x = self.twice(self.x)
    await self.inner()
    self.down(2)

async def inner(self) -> None:
    await step()
    self.add(4)

@invariant
def small(self) -> bool:
    return self.y < 5
"""


def test_a_step_is_told_by_statements_of_its_own_body() -> None:
    trace = trace_of(CALLS)
    assert lines(trace, 1) == ["self.add(1)"]
    assert lines(trace, 2)[1:] == ["self.x = self.twice(self.x)"]
    assert lines(trace, 3) == ["self.add(4)", "self.down(2)"]


QUEUE = """
def setup(self) -> None:
    self.wire = seq(["a", "b", "c"], capacity=3, initial=["b", "a"])
    self.taken = integer(0, lo=0, hi=9)

@action(actor="network")
def deliver(self) -> None:
    require(self.wire)
    self.wire.popleft()

@action(actor="network", each=[7])
def lose(self, n: int) -> None:
    require(len(self.wire) == 1)
    self.wire.popleft()

@invariant
def full(self) -> bool:
    return len(self.wire) > 0
"""


def test_what_an_action_takes_tells_it_from_others() -> None:
    trace = trace_of(QUEUE)
    text = render_trace(trace, Style())
    assert "  1  network: deliver — 'b'\n" in text
    assert "● deliver: 'b'" in text
    assert [taken(step) for step in trace.steps] == ["", "'b'", "'a'"]
    assert "- 'b'\n" in render_trace(trace, Style(unicode=False))


SEVERAL = """
def setup(self) -> None:
    self.a = integer(0, lo=0, hi=1)
    self.b = integer(0, lo=0, hi=1)
    self.c = integer(0, lo=0, hi=1)
    self.log = seq(range(3), capacity=3)

@action
def all_of_them(self) -> None:
    self.a = self.b = self.c = 1
    self.log.append(2)

@invariant
def nothing_logged(self) -> bool:
    return len(self.log) == 0
"""


def test_the_diagram_tells_first_what_the_property_reads() -> None:
    text = render_trace(trace_of(SEVERAL), Style())
    assert "● all_of_them: log: appended 2, a = 1 and more" in text


def test_a_model_that_can_do_nothing_says_so() -> None:
    trace = trace_of("""
        def setup(self) -> None:
            self.x = integer(0, lo=0, hi=3)
    """)
    assert "at the beginning: there is no process, and no action.\n" in render_trace(trace, Style())
