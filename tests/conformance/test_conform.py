"""Logs are accepted exactly where some path of the state graph looks like them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO, TextIOWrapper
from itertools import product
from pathlib import Path
from typing import Any

import networkx
import pytest

from models.classics.die_hard import DieHard
from models.rpc_fetch import RpcFetch
from ordercheck import action, boolean, integer, require
from ordercheck.checking.graph import state_graph
from ordercheck.cli.main import run
from ordercheck.conformance.agreement import agrees, as_logged
from ordercheck.conformance.conform import Conformance, TooMany, conform, watched
from ordercheck.conformance.fitting import fits, in_words, is_possible
from ordercheck.conformance.log import MOST_WRONG, Log, parse_log, read_log
from ordercheck.frontend import compile_model
from ordercheck.ir.span import BadInput
from ordercheck.ir.types import (
    ArrayShape,
    BagType,
    BoolType,
    EnumType,
    IntType,
    ListType,
    MapType,
    NoneType,
    SetType,
    StructType,
    TextType,
    TupleType,
    UnionType,
)
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
        ('{"step": 3}', 1, 2),
        ('{"end": true}\n{"delivered": [1]}', 1, 1),
        ('{"delivered": [1]}\n{"observe": ["delivered"]}', 2, 1),
        ('{"observe": "delivered"}\n{"delivered": [1]}', 1, 2),
        ('{"observe": ["word"], "start": 3}\n{"delivered": [1]}', 1, 23),
        ('{"observe": ["word"]}\n{"delivered": [1]}', 2, 2),
        ('{"observe": []}\n{"delivered": [1]}', 2, 2),
        ('{"observe": ["word"], "size": 3}', 1, 23),
        ('{"at": 2, "delivered": [1]}\n{"delivered": []}\n{"at": 1, "delivered": [1]}', 3, 2),
        ('{"delivered": [1], "at": true}', 1, 20),
        ('{"delivered": [1], "at": "noon"}', 1, 20),
        ('{"at": 1, "delivered": [1]}\n{"at": "2026-11-21T10:00:00", "delivered": [1]}', 2, 2),
        (
            '{"at": "2026-11-21T10:00:00Z", "delivered": [1]}\n'
            '{"at": "2026-11-21T10:00:00", "delivered": [1]}',
            2,
            2,
        ),
        ("", 0, 0),
        ('{"end": true}', 0, 0),
    ],
)
def test_bad_lines_are_told_where_they_stand(text: str, line: int, column: int) -> None:
    with pytest.raises(BadInput) as caught:
        parse_log("run.jsonl", text)
    (found, *_) = caught.value.diagnostics
    assert (found.code, found.span.line, found.span.column) == ("E920", line, column)


def test_times_are_no_part_of_what_was_seen() -> None:
    times = [3, 3.5, 4]
    log = log_of(*({"at": time, "delivered": [1]} for time in times))
    assert [line.values for line in log.lines] == [(("delivered", [1]),)] * 3
    days = log_of(*({"at": f"2026-11-{day}T10:00:00+01:00", "x": 1} for day in (20, 21)))
    assert [line.values for line in days.lines] == [(("x", 1),)] * 2
    assert days.lines[0].text.startswith('{"at"')


def test_a_place_may_be_called_at() -> None:
    log = log_of({"observe": ["at"]}, {"at": 3}, {"at": 1})
    assert [line.values for line in log.lines] == [(("at", 3),), (("at", 1),)]


def test_not_every_wrong_line_is_told() -> None:
    with pytest.raises(BadInput) as caught:
        parse_log("run.jsonl", '{"x": 1}\n' + '{"x": \n' * 1000)
    assert len(caught.value.diagnostics) == MOST_WRONG


@pytest.mark.parametrize("value", [3, "x", [1, "x"], [[1]], {"0": 1}, None, [True]])
def test_values_of_another_type(value: Any) -> None:
    with pytest.raises(BadInput) as caught:
        judged(RpcFetch, log_of({"delivered": [1]}, {"delivered": value}))
    (found,) = caught.value.diagnostics
    assert (found.code, found.span.line, found.span.column) == ("E920", 2, 2)
    assert found.help == "it is a list, each a number from 0 to 3"


def test_a_start_of_another_type() -> None:
    with pytest.raises(BadInput, match="no value of word"):
        judged(RpcFetch, log_of({"start": {"word": 3}}, {"delivered": [1]}))


def test_what_is_out_of_range_has_not_been_done_either() -> None:
    answer = judged(RpcFetch, log_of({"delivered": [9]}), calls=2)
    assert answer.unexplained == 0
    assert answer.limits == ("delivered is a list, each a number from 0 to 1",)


KINDS: list[tuple[Any, list[Any], list[Any]]] = [
    (BoolType(), [True], [1, None, "True"]),
    (IntType(0, 3), [0, 2.0, 7], [True, "1", [1]]),
    (NoneType(), [None], [0, False]),
    (EnumType("Phase", ("IDLE", "BUSY")), ["IDLE", "Phase.BUSY", "GONE"], [0, None]),
    (TextType(("a", "b")), ["a"], [1]),
    (TupleType((BoolType(), IntType(0, 1))), [[True, 1]], [[True], [1, 1], [True, 1, 1]]),
    (ListType(IntType(0, 1)), [[], [1, 1]], [1, ["x"]]),
    (SetType(IntType(0, 1)), [[], [1]], [{"0": True}]),
    (ArrayShape(BoolType(), 2), [[True, False]], [[True], [True, 1]]),
    (MapType(IntType(0, 1), BoolType()), [{"0": True}, {}], [{"0": 1}, []]),
    (BagType(IntType(0, 1), 3), [{"0": 2}], [{"0": "x"}, [0]]),
    (StructType("Point", (("x", IntType(0, 1)),)), [{"x": 0}], [{"y": 0}, {"x": "1"}, {}]),
    (UnionType((NoneType(), IntType(0, 1))), [None, 1], ["x", True]),
]


@pytest.mark.parametrize(("kind", "good", "bad"), KINDS, ids=lambda x: type(x).__name__)
def test_what_fits_a_type(kind: Any, good: list[Any], bad: list[Any]) -> None:
    assert [each for each in good if not fits(kind, each)] == []
    assert [each for each in bad if fits(kind, each)] == []
    assert in_words(kind)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (IntType(0, 3), 4),
        (ListType(IntType(0, 1)), [0, 2]),
        (EnumType("Phase", ("IDLE",)), "GONE"),
        (UnionType((NoneType(), IntType(0, 1))), 2),
        (StructType("Point", (("x", IntType(0, 1)),)), {"x": 5}),
        (TupleType((TextType(("a",)), BoolType())), ["b", True]),
        (MapType(IntType(0, 1), IntType(0, 1)), {"0": 2}),
    ],
)
def test_what_fits_and_is_out_of_range(kind: Any, value: Any) -> None:
    assert fits(kind, value)
    assert not is_possible(kind, value)


# --- candidates --------------------------------------------------------------------------


class Doors(Model):
    """Two doors, of which one is behind a step that nobody sees; one may jam."""

    def setup(self) -> None:
        self.unlocked = boolean()
        self.entered = integer(0, lo=0, hi=2)
        self.jams = boolean()

    @action
    def unlock(self) -> None:
        require(not self.unlocked)
        self.unlocked = True

    @action
    def jam(self) -> None:
        require(not self.jams and not self.unlocked)
        self.jams = True

    @action
    def enter(self) -> None:
        require(self.unlocked)
        assert not self.jams, "jammed"
        self.entered += 1


def test_candidates_that_can_show_the_same_are_told_together() -> None:
    answer = judged(Doors, log_of({"entered": 2}))
    assert (answer.unexplained, answer.candidates) == (0, 4)
    told = {
        (group.count, bool(group.alternatives), group.hidden, bool(group.errors))
        for group in answer.groups
    }
    # Unlocked: it can show 1. Locked: only what is not seen. Jammed and unlocked: an error.
    assert told == {(1, True, False, False), (2, False, True, False), (1, False, False, True)}
    shown = next(group for group in answer.groups if group.alternatives)
    assert dict(shown.one) == {"unlocked": "True", "jams": "False"}


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


@pytest.mark.parametrize(
    ("header", "line", "spot", "said"),
    [
        ({"start": {"wrod": "rf"}}, {"delivered": [1]}, '"wrod"', "did you mean word?"),
        ({"start": {"word": 7}}, {"delivered": [1]}, '"word"', 'it is one of "rr", "rf"'),
        ({"steps": ["rpc(9)"]}, {"step": "rpc(0)"}, '"rpc(9)"', "did you mean rpc("),
        ({"observe": ["len(self.x)"]}, {"step": "rpc(0)"}, '"len(self.x)"', "no attribute x"),
        ({"observ": [], "steps": []}, {}, '"observ"', "did you mean observe?"),
    ],
)
def test_what_is_wrong_in_the_first_line_is_shown_there(
    header: Any, line: Any, spot: str, said: str, tmp_path: Path, capsys: Any
) -> None:
    text = json.dumps(header)
    log = tmp_path / "run.jsonl"
    log.write_text(f"{text}\n{json.dumps(line)}\n")
    model = str(ROOT / "models" / "rpc_fetch.py")
    assert run(["conform", model, str(log), "--set", "calls=2"]) == 2
    told = capsys.readouterr().err
    assert f"run.jsonl:1:{text.index(spot) + 1}\n" in told
    assert said in " ".join(told.split())


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (f'{json.dumps(START)}\n{{"delivered": [1]}}\n', 0, "can do what standard input tells"),
        ('{"delivered": [1]}\n{"deliv', 2, '--> standard input:2:2 | 2 | {"deliv | ^'),
        ("", 2, "this log tells of no step --> standard input"),
        ('{"delivered": "\xe9"}', 2, "standard input cannot be read: line 1 is not UTF-8"),
    ],
)
def test_a_log_on_the_standard_input(
    text: str, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(text.encode("latin-1"))))
    model = str(ROOT / "models" / "rpc_fetch.py")
    assert run(["conform", model, "-", "--set", "calls=2"]) == code
    told = capsys.readouterr()
    assert said in " ".join((told.out + told.err).split())


def test_no_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr("sys.stdin", None)
    assert run(["conform", str(ROOT / "models" / "rpc_fetch.py"), "-"]) == 2
    assert "standard input cannot be read: it is closed" in capsys.readouterr().err


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
