"""Real programs, replayed by the real machine, told as traces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ordercheck.engines.interpreter import Machine
from ordercheck.engines.transition import Label, ModelError, State
from ordercheck.ir.nodes import (
    Apply,
    Assign,
    Block,
    Choose,
    Component,
    Comprehend,
    Const,
    Coroutine,
    Each,
    Function,
    Load,
    Local,
    Op,
    Place,
    Program,
    Property,
    PropertyKind,
    Require,
    Resume,
    Return,
    Step,
    StepKind,
    Store,
    Suspend,
    TaskInfo,
    Wait,
)
from ordercheck.ir.passes import prepare
from ordercheck.ir.recording import Recording
from ordercheck.ir.span import Span
from ordercheck.ir.types import (
    ArrayShape,
    IntType,
    ListType,
    TaskType,
    TextType,
    Value,
)
from ordercheck.report.style import Style
from ordercheck.report.terminal import render_trace
from ordercheck.traces.because import with_cases
from ordercheck.traces.explain import Finding, explain
from ordercheck.traces.places import Unknown
from ordercheck.traces.trace import Trace
from tests.ir.build import BOOL, apply, block, element, equal, load, member, number, plus, slot

MODEL = '''\
class Transfers(Model):
    def setup(self) -> None:
        self.balance = integer(0, lo=0, hi=2)
        self.added = array(range(2), 2, 0)
        self.log = seq(Client, capacity=1)
        self.first = choose(["a", "b"])

    @process(each=range(2))
    async def client(self, i: int) -> None:
        seen = self.balance
        await step()
        self.balance = seen + 1
        self.added[i] = 1

    @process
    async def auditor(self) -> None:
        await until(self.balance == 9)

    @action(each=range(2))
    def note(self, k: int) -> None:
        require(k < 5)
        self.log.append(k)

    @invariant
    def nothing_lost(self) -> bool:
        """Each client's addition is in the balance."""
        return self.balance == sum(self.added)

    @invariant
    def each_once(self) -> bool:
        return all(self.added[i] == 0 for i in range(2))
'''
SMALL = IntType(0, 2)
BIT = IntType(0, 1)
WORD = TextType(("a", "b"))
LOG = ListType(BIT, 1)


@pytest.fixture(autouse=True)
def model_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bank.py").write_text(MODEL, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    # linecache would still know the lines of another test's folder.
    monkeypatch.setattr("linecache.cache", {})


def at(line: int, end: int | None = None) -> Span:
    return Span("bank.py", line, 9, end or line, 30)


def task_step(name: str, first: int, members: int, line: int) -> Step:
    tasks = range(first, first + members)
    actors = tuple(f"{name}({k})" for k in range(members)) if members > 1 else (name,)
    task = Local("task", TaskType())
    bindings = tuple((k,) for k in tasks)
    return Step(name, StepKind.PROCESS, (task,), bindings, actors, (Resume(task),), at(line))


def bank(*, notes: bool = False) -> Program:
    added = Place("added", 1, ArrayShape(BIT, 2), at(4))
    seen = Local("seen", SMALL)
    slot_of = element(1, member(2), 2, kind=BIT)

    client = Coroutine(
        "client",
        2,
        (
            Block(
                "entry",
                (Assign(seen, load(0, SMALL), at(10)),),
                Suspend(Wait.STEP, "write", at(11)),
            ),
            block(
                "write",
                Store(slot(0, SMALL), plus(seen, number(1)), SMALL, "balance", True, at(12)),
                Store(slot_of, number(1), BIT, "added", True, at(13)),
            ),
        ),
        span=at(9),
    )
    waits = Suspend(Wait.UNTIL, "wait", at(17))
    auditor = Coroutine(
        "auditor",
        1,
        (
            Block("entry", (), waits),
            block("wait", Require(equal(load(0, SMALL), number(9)), at(17))),
        ),
        span=at(16),
    )
    k = Local("k", BIT)
    note = Step(
        "note",
        StepKind.ACTION,
        (k,),
        ((0,), (1,)),
        ("note(0)", "note(1)"),
        (
            Require(apply(Op.LT, k, number(5)), at(21)),
            Store(
                slot(3, LOG),
                Apply(Op.APPEND, (load(3, LOG), k), ListType(BIT, 2)),
                LOG,
                "log",
                True,
                at(22),
            ),
        ),
        at(20),
    )
    i = Local("i", BIT)
    both = Function(
        "each_once",
        (),
        BOOL,
        (
            Return(
                Apply(
                    Op.ALL,
                    (
                        Comprehend(
                            equal(Load(element(1, i, 2, kind=BIT), BIT), number(0)),
                            (Each(i, Const((0, 1), ListType(BIT, 2))),),
                            ListType(BOOL),
                        ),
                    ),
                    BOOL,
                )
            ),
        ),
    )
    total = plus(
        Load(element(1, number(0), 2, kind=BIT), BIT), Load(element(1, number(1), 2, kind=BIT), BIT)
    )
    lost = Function("nothing_lost", (), BOOL, (Return(equal(load(0, SMALL), total)),))
    watch = Function("watch", (), SMALL, (Return(Apply(Op.LENGTH, (load(3, LOG),), SMALL)),))
    word = Local("word", WORD)
    return Program(
        name="Transfers",
        slots=(SMALL, BIT, BIT, LOG, WORD),
        initial=(0, 0, 0, (), "a"),
        places=(
            Place("balance", 0, SMALL, at(3)),
            added,
            Place("log", 3, LOG, at(5)),
            Place("first", 4, WORD, at(6)),
        ),
        components=(Component("", "Transfers"),),
        functions=(both, lost, watch),
        coroutines=() if notes else (client, auditor),
        tasks=()
        if notes
        else (
            TaskInfo("client(0)", 0, 0),
            TaskInfo("client(1)", 0, 1),
            TaskInfo("auditor", 1, 0),
        ),
        steps=(note,) if notes else (task_step("client", 0, 2, 9), task_step("auditor", 2, 1, 16)),
        properties=(
            Property("nothing_lost", PropertyKind.INVARIANT, "nothing_lost", span=at(25, 27)),
            Property("each_once", PropertyKind.INVARIANT, "each_once", span=at(30, 31)),
        ),
        init=(
            Choose(word, Const(("a", "b"), ListType(WORD, 2)), "first", at(6)),
            Store(slot(4, WORD), word, WORD, "first", True, at(6)),
        ),
        watches=(("len(self.log)", "watch"),),
    )


def paths(machine: Machine) -> Iterator[tuple[list[Recording], State | ModelError]]:
    """Shortest paths to all states and errors, breadth first."""
    level = [([machine.replay(None, t.label)], t.target) for t in machine.initial()]
    seen: set[State | ModelError] = set()
    while level:
        following = []
        for path, state in level:
            if state in seen:
                continue
            seen.add(state)
            yield path, state
            if isinstance(state, ModelError):
                continue
            for transition in machine.expand(state):
                recording = machine.replay(state, transition.label)
                following.append(([*path, recording], transition.target))
        level = following


def told(program: Program, finding: Finding, wanted: Callable[[Machine, Value], bool]) -> Trace:
    machine = Machine(with_cases(prepare(program)))

    def evaluate(function: str, state: State) -> Value:
        value = machine.evaluate(function, state)
        if isinstance(value, ModelError):
            raise Unknown(value.message)
        return value

    path = next(path for path, end in paths(machine) if wanted(machine, end))
    error = path[-1].error
    if error:
        finding = Finding(error.kind, "model error", error.message, error.span)
    return explain(machine.program, path, finding, evaluate, "bank.py:Transfers")


def violates(index: int) -> Callable[[Machine, Value], bool]:
    return lambda machine, end: (
        not isinstance(end, ModelError) and machine.check(index, end) is False
    )


def stuck(machine: Machine, end: Value) -> bool:
    return not isinstance(end, ModelError) and not machine.expand(end)


def fails(machine: Machine, end: Value) -> bool:
    return isinstance(end, ModelError)


CASES = {
    "lost_update": (bank(), Finding("nothing_lost", "invariant"), violates(0)),
    "each_once": (bank(), Finding("each_once", "invariant"), violates(1)),
    "deadlock": (bank(), Finding("deadlock", "deadlock"), stuck),
    "model_error": (bank(notes=True), Finding("capacity", "model error"), fails),
}


@pytest.mark.parametrize("name", CASES)
def test_real_traces_read_well(name: str, golden: Callable[[str, str], None]) -> None:
    trace = told(*CASES[name])
    golden(f"traces/{name}.txt", render_trace(trace, Style()))


def test_the_failing_case_is_named() -> None:
    trace = told(*CASES["each_once"])
    assert trace.because[0] == ("i", "0")


def test_labels_lead_along_the_same_path() -> None:
    trace = told(*CASES["lost_update"])
    machine = Machine(prepare(bank()))
    state: State | None = None
    for step in trace.steps:
        state = machine.replay(state, Label(*step.label)).after
    assert state is not None
    assert machine.check(0, state) is False
