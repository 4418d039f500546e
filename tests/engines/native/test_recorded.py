"""What the interpreter's own tests do by hand, done again by generated code.

The tests run with a Machine that notes each program and each state that is expanded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from types import ModuleType

import pytest

from ordercheck.engines.interpreter import Machine
from ordercheck.engines.native.generate import Unsupported, generate
from ordercheck.engines.transition import State, Transition
from ordercheck.ir.bodies import statements
from ordercheck.ir.domains import blank, contains
from ordercheck.ir.nodes import Program, Store
from ordercheck.ir.printer import show
from ordercheck.ir.relations import includes
from ordercheck.ir.validator import InvalidProgram, validate
from tests.engines import run, test_coroutines, test_errors, test_statements
from tests.engines.native.agreement import without_words
from tests.engines.native.driver import build

MODULES = (test_statements, test_coroutines, test_errors)


class Noting(Machine):
    """Notes which states of which programs are expanded."""

    noted: list[tuple[Program, State]]

    def expand(self, state: State) -> list[Transition]:
        self.noted.append((self.program, state))
        return super().expand(state)


def calls(module: ModuleType) -> Iterator[Callable[[], object]]:
    """A module's tests, once for each of their parameters; none of Hypothesis's."""
    for name, test in vars(module).items():
        if not name.startswith("test_") or hasattr(test, "hypothesis"):
            continue
        marks = [mark for mark in getattr(test, "pytestmark", ()) if mark.name == "parametrize"]
        if not marks:
            yield test
        for mark in marks:
            for values in mark.args[1]:
                row: tuple[object, ...] = values if isinstance(values, tuple) else (values,)
                yield partial(test, *row)


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> dict[int, tuple[Program, list[State]]]:
    """The programs that the tests make, with the states that they expand."""
    monkeypatch.setattr(Noting, "noted", [], raising=False)
    for module in (run, *MODULES):
        if hasattr(module, "Machine"):
            monkeypatch.setattr(module, "Machine", Noting)
    for module in MODULES:
        for test in calls(module):
            test()
    found: dict[int, tuple[Program, list[State]]] = {}
    for program, state in Noting.noted:
        fitting = replace(program, initial=fitted(program, program.initial))
        found.setdefault(id(program), (fitting, []))[1].append(fitted(program, state))
    return found


def fitted(program: Program, state: State) -> State:
    """A state without values that its slots' types do not have: some tests put any there."""
    pairs = zip(program.slots, state, strict=True)
    return tuple(value if contains(kind, value) else blank(kind) for kind, value in pairs)


def honest(program: Program) -> bool:
    """Whether a store goes unchecked only where its value surely fits."""
    return all(
        statement.checked or includes(statement.type, statement.value.type)
        for step in program.steps
        for statement in statements(step.body)
        if isinstance(statement, Store)
    )


def test_recorded(noted: dict[int, tuple[Program, list[State]]]) -> None:
    rows, refused = [], []
    for program, states in noted.values():
        try:
            validate(program)
            if not honest(program):
                continue
            rows.append((program, states, generate(program)))
        except InvalidProgram:
            continue
        except Unsupported as error:
            refused.append(error.reason)
    assert len(rows) > 100
    assert refused == ["needs a bound for what sets, maps and bags hold: int"]
    natives = build([(generated, len(program.cover)) for program, _, generated in rows])
    for (program, states, _), native in zip(rows, natives, strict=True):
        machine = Machine(program)
        for state in states:
            wanted = without_words(machine.successors(state))
            assert native.successors(state) == wanted, show(program)
        assert list(native.reached)[: len(program.cover)] == list(machine.reached)
