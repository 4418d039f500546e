from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordercheck.ir.span import BadInput
from ordercheck.report.mermaid import render_mermaid
from ordercheck.traces.json import TraceFile, read_trace, write_trace
from tests.report import examples

FILES = [
    TraceFile(
        examples.rpc_fetch(),
        "0.1.0",
        variant="as shipped",
        parameters=(("calls", "2"),),
        specs=("specs/e_order.py",),
        invariants=("self.n > 0",),
        show=("len(self.delivered)",),
    ),
    TraceFile(examples.nested(), "0.1.0"),
    TraceFile(examples.out_of_range(), "0.1.0"),
]
TEXT = write_trace(FILES[0])


@pytest.mark.parametrize("file", FILES)
def test_what_is_written_is_read(file: TraceFile) -> None:
    assert read_trace(write_trace(file), "trace.json") == file


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        (TEXT[: len(TEXT) // 2], "cut off"),
        (TEXT[:-3], "cut off"),
        ("hello", "not JSON"),
        ("[]", "not a trace"),
        ("{}", "not a trace"),
        ('{"schema": 1, "results": []}', "not a trace"),
        (TEXT.replace('"schema": 1', '"schema": 2'), "not a trace"),
        (TEXT.replace('"actor": "call(0)"', '"actor": 7', 1), "not a trace"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_other_files_are_refused(text: str, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_trace(text, "trace.json")
    (diagnostic,) = caught.value.diagnostics
    assert words in diagnostic.headline


def paths(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(data, dict | list):
        items = data.items() if isinstance(data, dict) else enumerate(data)
        for key, value in items:
            found += paths(value, (*path, key))
    return found


PATHS = paths(json.loads(TEXT))


@given(st.sampled_from(PATHS), st.sampled_from([None, 0, True, "x", [], {}, [1], {"a": 1}, "gone"]))
def test_no_damage_is_a_crash(path: tuple[Any, ...], value: Any) -> None:
    data = json.loads(TEXT)
    place = data
    for key in path[:-1]:
        place = place[key]
    if value == "gone":
        del place[path[-1]]
    else:
        place[path[-1]] = value
    with suppress(BadInput):
        read_trace(json.dumps(data), "trace.json")


def test_a_first_step_of_another_name_is_drawn() -> None:
    assert '"action": "start"' in TEXT
    kept = read_trace(TEXT.replace('"action": "start"', '"action": ""', 1), "trace.json")
    assert "sequenceDiagram" in render_mermaid(kept.trace)
