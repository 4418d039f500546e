"""Logs are accepted exactly where some path of the state graph looks like them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import networkx
import pytest

from models.classics.die_hard import DieHard
from models.rpc_fetch import RpcFetch
from ordercheck.checking.graph import state_graph
from ordercheck.cli.main import run
from ordercheck.conformance.agreement import agrees, as_logged
from ordercheck.conformance.conform import Conformance, TooMany, conform, watched
from ordercheck.conformance.log import Log, parse_log, read_log
from ordercheck.frontend import compile_model
from ordercheck.ir.span import BadInput
from ordercheck.language import Model
from ordercheck.traces.values import Record

ROOT = Path(__file__).parents[2]


def log_of(*lines: dict[str, Any]) -> Log:
    return parse_log("run.jsonl", "\n".join(map(json.dumps, lines)))


def judged(model: type[Model], log: Log, **parameters: Any) -> Conformance:
    plain = compile_model(model, parameters)
    places = {place.path for place in plain.places}
    watches = tuple(watched(each) for each in log.expressions if each not in places)
    return conform(compile_model(model, parameters, watches=watches), log)


# --- against paths of the state graph --------------------------------------------------


def visible_words(
    graph: networkx.MultiDiGraph[int], place: str, length: int
) -> set[tuple[int, ...]]:
    """What an observer of one place can see in the first `length` visible steps of a run."""
    value = {n: data["state"][place] for n, data in graph.nodes(data=True)}

    def onward(states: frozenset[int], left: int) -> Iterator[tuple[int, ...]]:
        yield ()
        if left == 0:
            return
        hidden = networkx.MultiDiGraph([(a, b) for a, b in graph.edges() if value[a] == value[b]])
        here = set(states)
        for state in states & set(hidden):
            here |= networkx.descendants(hidden, state)
        steps: dict[int, set[int]] = {}
        for state in here:
            for after in graph.successors(state):
                if value[after] != value[state]:
                    steps.setdefault(value[after], set()).add(after)
        for shown, after_ in steps.items():
            yield from ((shown, *rest) for rest in onward(frozenset(after_), left - 1))

    starts = frozenset(n for n, data in graph.nodes(data=True) if data["initial"])
    return set(onward(starts, length))


@pytest.mark.parametrize(("place", "values", "length"), [("small", 4, 4), ("big", 6, 3)])
def test_all_short_logs_are_judged_as_the_graph_says(place: str, values: int, length: int) -> None:
    program = compile_model(DieHard, {})
    seen = visible_words(state_graph(program), place, length)
    accepted = 0
    for word in product(range(values), repeat=length):
        answer = conform(program, log_of(*({place: n} for n in word)))
        prefixes = [k for k in range(length) if word[: k + 1] not in seen]
        assert answer.unexplained == (prefixes[0] if prefixes else None), word
        accepted += not prefixes
    assert 0 < accepted < values**length


# --- rpc_fetch -------------------------------------------------------------------------

START = {"observe": ["delivered"], "start": {"word": "rf"}}


def test_hidden_steps_are_filled_in() -> None:
    log = log_of(START, {"delivered": [1]}, {"delivered": [1, 0]}, {"end": True})
    assert judged(RpcFetch, log, calls=2).unexplained is None


def test_the_first_line_that_no_run_explains() -> None:
    log = log_of(START, {"delivered": [0]}, {"delivered": [0, 1]})
    answer = judged(RpcFetch, log, calls=2)
    assert answer.unexplained == 0
    assert [(each.step, each.values) for each in answer.alternatives] == [
        ("fetch(1)", (("delivered", [1]),))
    ]


def test_an_end_that_comes_too_early() -> None:
    log = log_of(START, {"delivered": [1]}, {"end": True})
    assert judged(RpcFetch, log, calls=2).unexplained == 1


def test_no_run_begins_so() -> None:
    log = log_of({"start": {"word": "xx"}}, {"delivered": [0]})
    assert judged(RpcFetch, log, calls=2).unexplained == -1


def test_a_fixed_model_refuses_what_the_real_one_did() -> None:
    log = log_of(START, {"delivered": [1]}, {"delivered": [1, 0]}, {"end": True})
    assert judged(RpcFetch, log, calls=2, reserve=True).unexplained == 0


def test_steps_by_name() -> None:
    steps = [{"step": "rpc(0)"}] * 4 + [{"step": "fetch(1)"}] * 2
    answer = judged(RpcFetch, log_of(*steps), pattern="rf")
    assert answer.unexplained == 1
    assert {each.step for each in answer.alternatives} == {"fetch(1)"}


def test_parts_of_a_line_may_be_missing() -> None:
    log = log_of({"observe": ["delivered"]}, {"step": "f*"}, {"delivered": [1, 0]})
    assert judged(RpcFetch, log, pattern="rf").unexplained is None


@pytest.mark.parametrize(
    "lines", [[{"steps": ["ftech*"]}, {"step": "rpc(0)"}], [{"step": "ftech(1)"}]]
)
def test_steps_that_there_are_not(lines: list[dict[str, Any]]) -> None:
    with pytest.raises(BadInput) as caught:
        judged(RpcFetch, log_of(*lines), pattern="rf")
    (found,) = caught.value.diagnostics
    assert (found.code, found.span.line) == ("E920", 1)
    assert "fetch(1)" in found.help


def test_too_many_states() -> None:
    program = compile_model(RpcFetch, {"calls": 4})
    with pytest.raises(TooMany):
        conform(program, log_of({"delivered": [0]}), most_states=10)


# --- values ------------------------------------------------------------------------------

VALUES: list[Any] = [
    True,
    None,
    3,
    "Phase.IDLE",
    [1, (2, "x")],
    frozenset({1, 2}),
    {"Phase.IDLE": 1, "Phase.BUSY": [2]},
    Record("Point", (("x", 1), ("on", False))),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_what_is_logged_of_a_value_agrees_with_it_alone(value: Any) -> None:
    logged = json.loads(json.dumps(as_logged(value)))
    assert [other for other in VALUES if agrees(logged, other)] == [value]


def test_members_go_by_their_names() -> None:
    assert agrees("IDLE", "Phase.IDLE")
    assert not agrees("BUSY", "Phase.IDLE")
    assert not agrees(1, True)
    assert not agrees(True, 1)


def test_numbers_are_of_one_kind() -> None:
    assert agrees(1.0, 1)
    assert not agrees(1.5, 1)
    assert not agrees(float(2**53), 2**53 + 1)


# --- bad logs ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('{"delivered": [1]}\n{"delivered": [1', 2, 17),
        ('{"delivered": [1]}\n[1]', 2, 1),
        ('{"delivered": [1]}\n{"delivered": 1, "delivered": 2}', 2, 18),
        ('{"delivered": [1]}\n{"delivered": [NaN]}', 2, 16),
        ('{"delivered": [1]}\r\n{"delivered": 1e400}', 2, 15),
        ('{"delivered": [1]}\n{}', 2, 1),
        ('{"step": 3}', 1, 1),
        ('{"end": true}\n{"delivered": [1]}', 1, 1),
        ('{"delivered": [1]}\n{"observe": ["delivered"]}', 2, 1),
        ('{"observe": "delivered"}\n{"delivered": [1]}', 1, 1),
        ('{"observe": ["word"]}\n{"delivered": [1]}', 2, 1),
        ('{"observe": ["word"], "size": 3}', 1, 1),
        ("", 0, 0),
        ('{"end": true}', 0, 0),
    ],
)
def test_bad_lines_are_told_where_they_stand(text: str, line: int, column: int) -> None:
    with pytest.raises(BadInput) as caught:
        parse_log("run.jsonl", text)
    (found, *_) = caught.value.diagnostics
    assert (found.code, found.span.line, found.span.column) == ("E920", line, column)


# --- the command -----------------------------------------------------------------------------


def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], golden: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    model = str(ROOT / "models" / "rpc_fetch.py")
    lines = [START, {"delivered": [1]}, {"delivered": [1, 0]}, {"end": True}]
    Path("run.jsonl").write_text("\n".join(map(json.dumps, lines)))
    command = ["conform", model, "run.jsonl", "--set", "calls=2"]
    assert run(command) == 0
    assert run([*command, "--set", "reserve=yes"]) == 1
    golden("cli/conform.txt", capsys.readouterr().out)
    assert run([*command, "--max-states", "1"]) == 3
    capsys.readouterr()
    Path("run.jsonl").write_text('{"delivered": [1]}\n{"deliverd": [1]}')
    assert run(command) == 2
    told = capsys.readouterr().err
    assert "run.jsonl:2:2" in told
    assert "did you mean delivered?" in told


def test_what_only_processes_know_is_not_observed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], golden: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("linecache.cache", {})
    model = str(ROOT / "models" / "rpc_fetch.py")
    Path("run.jsonl").write_text('{"delivered": [1]}\n {"rpc(0).place": 1, "self.rpc": 2}\n')
    assert run(["conform", model, "run.jsonl"]) == 2
    golden("cli/conform_local.txt", capsys.readouterr().err)


@pytest.mark.parametrize("data", [b"\xef\xbb\xbf%s", b"%s\r\n", b"\r\r%s\r"])
def test_other_ends_of_lines(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "run.jsonl").write_bytes(data % b'{"delivered": [1]}')
    assert [line.values for line in read_log(str(tmp_path / "run.jsonl")).lines] == [
        (("delivered", [1]),)
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [(b'{"a": 1}\n{"\xe9": 1}', "line 2 is not UTF-8"), ("{}".encode("utf-16"), "it is UTF-16")],
)
def test_no_text(data: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "run.jsonl").write_bytes(data)
    with pytest.raises(BadInput, match=words):
        read_log(str(tmp_path / "run.jsonl"))
