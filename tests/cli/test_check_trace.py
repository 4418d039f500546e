"""`ordercheck check-trace`: what is said, and the exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ordercheck.cli.codes import BAD_INPUT, FAILED, INCONCLUSIVE, OK
from ordercheck.cli.main import run
from ordercheck.histories.named import NAMED
from tests.histories.histories import delivered, lines, of_word, sent

CAPTURE = pytest.CaptureFixture[str]
Golden = Callable[[str, str], None]

SPEC = '''\
"""Specs of our own."""

from collections.abc import Iterator

from ordercheck.histories import (
    Constraint,
    History,
    OrderSpec,
    any_of,
    before,
    by_actor,
    rule,
)


class Answered(OrderSpec):
    """An answer comes after its question."""

    kinds = ("asked", "answered")

    def constraints(self, history: History) -> Iterator[Constraint]:
        for answer in history.of("answered"):
            questions = history.of("asked", about=answer["about"])
            orders = [before(question, answer) for question in questions]
            yield rule("an answer comes after its question", any_of(*orders), given=[answer])


class Raises(OrderSpec):
    def constraints(self, history: History) -> Iterator[Constraint]:
        return iter([history.events[100]])


class Odd(OrderSpec):
    def constraints(self, history: History) -> Iterator[Constraint]:
        yield rule("odd", before(history.events[0], "the end"))
'''


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("linecache.cache", {})
    for name in ("COLUMNS", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    Path("pyproject.toml").touch()
    Path("mine.py").write_text(SPEC)
    made, got = ["f0", "r1", "r2", "r3", "f4"], ["f4", "f0", "r1", "r2", "r3"]
    Path("cold.jsonl").write_text(lines(*of_word(made, got)))
    Path("good.jsonl").write_text(lines(*of_word(made, made)))
    return tmp_path


def test_the_help_names_all_specs(capsys: CAPTURE) -> None:
    assert run(["check-trace", "--help"]) == OK
    text = capsys.readouterr().out
    assert [name for name in NAMED if name not in text] == []


def test_a_contradiction(capsys: CAPTURE, golden: Golden) -> None:
    assert run(["check-trace", "e_order", "cold.jsonl"]) == FAILED
    golden("cli/check_trace_contradiction.txt", capsys.readouterr().out)


def test_an_order(capsys: CAPTURE, golden: Golden) -> None:
    assert run(["check-trace", "e_order", "good.jsonl"]) == OK
    golden("cli/check_trace_consistent.txt", capsys.readouterr().out)


def test_a_cause(capsys: CAPTURE, golden: Golden) -> None:
    events = [
        sent("x", "copy", to="z"),
        sent("x", "question", to="y"),
        delivered("y", "question"),
        sent("y", "answer", to="z"),
        delivered("z", "answer"),
        delivered("z", "copy"),
    ]
    Path("h.jsonl").write_text(lines(*events))
    assert run(["check-trace", "causal", "h.jsonl"]) == FAILED
    golden("cli/check_trace_causal.txt", capsys.readouterr().out)


def test_a_register(capsys: CAPTURE, golden: Golden) -> None:
    events = [
        {"kind": "written", "actor": "x", "value": 1, "at": [0, 10]},
        {"kind": "read", "actor": "y", "value": 1, "at": [1, 4]},
        {"kind": "read", "actor": "z", "value": 0, "at": [5, 8]},
        {"kind": "initial", "value": 0},
    ]
    Path("h.jsonl").write_text(lines(*events))
    assert run(["check-trace", "linearizable", "h.jsonl"]) == FAILED
    golden("cli/check_trace_register.txt", capsys.readouterr().out)
    assert run(["check-trace", "sequential", "h.jsonl"]) == OK


def test_a_contradiction_as_json(capsys: CAPTURE, golden: Golden) -> None:
    assert run(["check-trace", "e_order", "cold.jsonl", "--json"]) == FAILED
    golden("cli/check_trace.json", capsys.readouterr().out)


def test_an_order_as_json(capsys: CAPTURE) -> None:
    assert run(["check-trace", "e_order", "good.jsonl", "--json"]) == OK
    data = json.loads(capsys.readouterr().out)
    assert data["verdict"] == "consistent"
    assert [event["line"] for event in data["order"]] == list(range(1, 11))


def test_a_long_order_is_cut(capsys: CAPTURE) -> None:
    calls = [f"r{k}" for k in range(50)]
    Path("h.jsonl").write_text(lines(*of_word(calls, calls)))
    assert run(["check-trace", "e_order", "h.jsonl"]) == OK
    text = capsys.readouterr().out
    assert "  … 60 more (--all shows them)\n" in text
    assert text.count("  line ") == 40
    assert run(["check-trace", "e_order", "h.jsonl", "--all"]) == OK
    assert capsys.readouterr().out.count("  line ") == 100


def test_undecided(capsys: CAPTURE, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ordercheck.histories.objects.MOST_ORDERS", 1)
    events = [{"kind": "written", "value": 0}, {"kind": "read", "value": 0}]
    Path("h.jsonl").write_text(lines(*events))
    assert run(["check-trace", "linearizable", "h.jsonl"]) == INCONCLUSIVE
    assert "undecided: a register with 2 operations is too much" in capsys.readouterr().out
    assert run(["check-trace", "linearizable", "h.jsonl", "--json"]) == INCONCLUSIVE
    assert json.loads(capsys.readouterr().out)["verdict"] == "undecided"


def test_a_spec_of_ones_own(capsys: CAPTURE) -> None:
    ask = {"kind": "asked", "actor": "x", "about": "a"}
    answer = {"kind": "answered", "actor": "x", "about": "a"}
    Path("h.jsonl").write_text(lines(ask, answer))
    assert run(["check-trace", "mine.py:Answered", "h.jsonl"]) == OK
    Path("h.jsonl").write_text(lines(answer, ask))
    assert run(["check-trace", "mine.py:Answered", "h.jsonl"]) == FAILED
    Path("h.jsonl").write_text(lines(answer))
    capsys.readouterr()
    assert run(["check-trace", "mine.py:Answered", "h.jsonl"]) == FAILED
    assert "line 1 cannot be: an answer comes after its question" in capsys.readouterr().out


def test_other_names_in_a_model(capsys: CAPTURE) -> None:
    Path("mail.py").write_text(
        """\
from ordercheck import Model, action, require, seq


class Mail(Model):
    deadlock = False

    def setup(self) -> None:
        self.inbox = seq(range(2), capacity=2)

    @action(each=range(2))
    def arrive(self, k: int) -> None:
        require(k not in self.inbox)
        self.inbox.append(k)
"""
    )
    sorted_ = "all(self.inbox[k - 1] < self.inbox[k] for k in range(1, len(self.inbox)))"
    assert run(["verify", "mail.py", "--invariant", sorted_, "-q", "-o", "t.json"]) == FAILED
    capsys.readouterr()
    assert run(["check-trace", "e_order", "t.json"]) == BAD_INPUT
    assert "--events NAME=KIND says what in a model's run they are" in " ".join(
        capsys.readouterr().err.split()
    )
    assert run(["check-trace", "e_order", "t.json", "--events", "inbox=delivered"]) == FAILED
    assert "step 2 before step 1: calls are delivered in" in capsys.readouterr().out


BODIES = {
    "yield never('x')": "which speaks of no event",
    "yield 3": "yields 3, which is no constraint",
    "return None": "constraints() of Odd gives None",
    "yield rule('x', 5)": "in which 5 is no formula",
    "yield rule(3, before(h.events[0], h.events[1]))": "in which 3 are no words",
    "yield rule('x', any_of(before(h.events[0], h.events[1]), None))": "None is no formula",
    "yield rule('x', any_of(), given=[7])": "in which 7 is no event",
    "yield rule('x', if_happened('e', before(h.events[0], h.events[1])))": "'e' is no event",
    "yield same_order('x', [(1, 2, 3)])": "in which (1, 2, 3) is no pair",
    "yield same_order('x', [(h.events[0], 2)])": "in which 2 is no event, and no point",
    "yield in_order('x', [(h.events[0], 'a')])": "in which 'a' is no number",
    "yield in_order('x', 5)": "'int' object is not iterable",
    "yield rule('x', negation(if_happened(h.events[0], before(*h.events[:2]))))": "no negation",
}


@pytest.mark.parametrize(("body", "said"), BODIES.items())
def test_what_is_no_constraint(body: str, said: str, capsys: CAPTURE) -> None:
    method = f"class Odd(OrderSpec):\n    def constraints(self, h):\n        {body}\n"
    Path("odd.py").write_text(f"from ordercheck.histories import *\n\n\n{method}")
    assert run(["check-trace", "odd.py", "good.jsonl"]) == BAD_INPUT
    told = " ".join(capsys.readouterr().err.split())
    assert "error[E946]" in told
    assert said in told


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "Odd demands nothing"),
        ("kinds = 'sent'", "kinds of Odd is no tuple"),
        ("reading = {}", "reading of Odd is no Reading"),
        ("known = lambda self, h: 3", "known() of Odd gives 3"),
        ("__init__ = lambda self, x: None", "missing 1 required"),
    ],
)
def test_what_is_no_spec(body: str, said: str, capsys: CAPTURE) -> None:
    head = "from ordercheck.histories import *\n\n\nclass Odd(OrderSpec):\n"
    method = "    def constraints(self, h):\n        return []\n" if body else ""
    Path("odd.py").write_text(f"{head}    {body or 'pass'}\n{method}")
    assert run(["check-trace", "odd.py", "good.jsonl"]) == BAD_INPUT
    told = " ".join(capsys.readouterr().err.split())
    assert "error[E946]" in told
    assert said in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("no_order good.jsonl", "there is no spec 'no_order'"),
        ("gone.py good.jsonl", "there is no file gone.py"),
        ("mine.py good.jsonl", "mine.py:Answered or mine.py:Raises or mine.py:Odd"),
        ("mine.py:Gone good.jsonl", "there is no spec over histories Gone in mine.py"),
        ("mine.py:Raises good.jsonl", "IndexError: tuple index out of range"),
        ("mine.py:Raises good.jsonl", "mine.py:30"),
        ("mine.py:Odd good.jsonl", "'the end' is no event, and no point"),
        ("mine.py:Answered good.jsonl", "it is about events of kind asked or answered"),
        ("e_order gone.jsonl", "cannot read gone.jsonl"),
        ("e_order mine.py", "this line is not JSON"),
        ("e_order cut.jsonl", "cut.jsonl:9:31"),
        ("cas_chain good.jsonl", "the kinds of events are: sent, delivered"),
        ("e_order", "Missing argument 'TRACE'"),
        ("e_order good.jsonl --events x=sent", "these events are recorded with their kinds"),
        ("e_order good.jsonl --events x", "is not of the form name=value"),
    ],
)
def test_bad_input(arguments: str, said: str, capsys: CAPTURE, folder: Path) -> None:
    text = Path("good.jsonl").read_text()
    Path("cut.jsonl").write_text(text[: text.rindex("delivered", 0, -60) + 20])
    before = sorted(folder.iterdir())
    assert run(["check-trace", *arguments.split(" ")]) == BAD_INPUT
    told = capsys.readouterr()
    assert said in " ".join(told.err.split())
    assert "Traceback" not in told.err
    assert [file for file in sorted(folder.iterdir()) if file.name != "__pycache__"] == before
