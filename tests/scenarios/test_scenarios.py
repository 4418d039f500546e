"""Scenarios are run as they are scripted, and say what the model does instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ordercheck import Component, Model, Run, action, integer, require, scenario
from ordercheck.checking.scenario import Played
from ordercheck.frontend import compile_model, load_models
from ordercheck.ir.span import BadInput, Diagnostic
from ordercheck.scenarios import play, scenarios_of
from tests.scenarios.workshop import Color, Workshop

SCENARIOS = scenarios_of(Workshop)


@pytest.mark.parametrize("each", SCENARIOS, ids=lambda each: each.name)
def test_what_is_scripted_happens(each: Any) -> None:
    assert play(Workshop, "m", each).failure is None


def test_steps_and_parameters_are_told() -> None:
    found = {each.name: play(Workshop, "m", each) for each in SCENARIOS}
    assert found["overtaking"].steps == ("call(0)", "call(1)", "call(0)")
    assert found["all_kinds_of_values"].parameters == (("calls", "1"),)


def played(script: Callable[[Any, Run], None], **parameters: Any) -> Played:
    """The workshop with one more scenario."""
    owner = type("Workshop", (Workshop,), {"script": scenario(**parameters)(script)})
    (found,) = (each for each in scenarios_of(owner) if each.name == "script")
    return play(owner, "m", found)


def failure(script: Callable[[Any, Run], None]) -> Diagnostic:
    found = played(script).failure
    assert found is not None
    assert found.code == ""
    assert found.span.file.endswith("test_scenarios.py")
    return found


def mistake(script: Callable[[Any, Run], None]) -> Diagnostic:
    with pytest.raises(BadInput) as error:
        played(script)
    (found,) = error.value.diagnostics
    assert found.code == "E035"
    assert found.span.file.endswith("test_scenarios.py")
    return found


def test_a_step_that_is_not_possible() -> None:
    def script(self: Workshop, run: Run) -> None:
        run.start(word="rf")
        run.step("clerk")
        run.step("call(1)")

    found = failure(script)
    assert found.headline == "call(1) is not possible here"
    assert found.label == "after 1 step"
    assert found.notes == ("possible here: clerk, paint, twice, call(0)",)


def test_a_step_that_the_model_does_not_have() -> None:
    def script(self: Workshop, run: Run) -> None:
        run.start(word="rf")
        run.step("pant")

    assert mistake(script).label == "did you mean 'paint'?"


def test_several_beginnings() -> None:
    def script(self: Workshop, run: Run) -> None:
        run.step("paint")

    found = failure(script)
    assert found.headline == "there are several initial states"
    assert "word = 'rf'" in found.notes[0]


def test_a_beginning_that_there_is_not() -> None:
    def script(self: Workshop, run: Run) -> None:
        run.start(word="ff")

    assert failure(script).headline == "the beginning is not possible with word = 'ff'"


def test_a_beginning_after_the_beginning() -> None:
    def script(self: Workshop, run: Run) -> None:
        run.start(word="rf")
        run.step("clerk")
        run.start(word="rf")

    assert failure(script).headline == "the run has begun already"


def test_several_ways() -> None:
    def script(self: Workshop, run: Run) -> None:
        run.start(word="rf")
        run.step("paint", color=Color.RED)

    found = failure(script)
    assert found.headline == "paint is possible in 2 ways"
    assert found.notes[0].splitlines() == [
        "name what is chosen:",
        "paint, with color = Color.RED, size = 0",
        "paint, with color = Color.RED, size = 1",
    ]


@pytest.mark.parametrize("choices", [{"size": 7}, {"colour": Color.RED}, {"size": True}])
def test_a_choice_that_there_is_not(choices: dict[str, Any]) -> None:
    def script(self: Workshop, run: Run) -> None:
        run.start(word="rf")
        run.step("paint", **choices)

    found = failure(script)
    assert found.headline.startswith("paint is not possible with ")
    assert len(found.notes[0].splitlines()) == 5


def test_a_model_error() -> None:
    def script(self: Workshop, run: Run) -> None:
        run.start(word="rf")
        run.step("paint", color=Color.RED, size=0)
        run.step("check(1)")

    found = failure(script)
    assert found.headline == "check(1) ends in a model error: the assertion fails: too small"
    assert "workshop.py" in found.notes[0]


def test_no_model_error() -> None:
    def script(self: Workshop, run: Run) -> None:
        run.start(word="rf")
        run.fails("clerk")

    assert failure(script).headline == "clerk is possible, without an error"


def test_another_model_error() -> None:
    def script(self: Workshop, run: Run) -> None:
        run.start(word="rf")
        run.step("paint", color=Color.RED, size=0)
        run.fails("check(1)", "range")

    assert failure(script).label == "this is kind 'assert', not 'range'"


def test_an_assertion_says_what_its_names_are() -> None:
    def script(self: Workshop, run: Run) -> None:
        run.start(word="rf")
        run.step("paint", color=Color.RED, size=1)
        limit = 3
        assert self.thing is not None
        assert (self.thing.size > limit) == (len(self.few) == 1), "larger"

    found = failure(script)
    assert found.label == "larger"
    assert found.notes == (
        "self.thing.size = 1",
        "limit = 3",
        "self.few = {1}",
        "after paint",
    )


def test_a_script_changes_nothing() -> None:
    def variable(self: Workshop, run: Run) -> None:
        run.start(word="rf")
        self.word = "fr"
        run.step("clerk")

    def place(self: Workshop, run: Run) -> None:
        run.start(word="rf")
        self.grid[0] = 3
        run.step("clerk")

    for script in (variable, place):
        assert mistake(script).headline == "a scenario changes the model"


def test_an_error_in_the_script() -> None:
    def script(self: Workshop, run: Run) -> None:
        run.start(word="rf")
        raise KeyError("gone")

    assert mistake(script).headline == "script fails: KeyError: 'gone'"


def test_parameters_are_checked() -> None:
    for parameters in ({"calls": 9}, {"cals": 1}):
        with pytest.raises(BadInput) as error:
            played(lambda self, run: None, **parameters)
        assert error.value.diagnostics[0].code in ("E006", "E007")


class Counter(Model):
    """Has one initial state, and stops."""

    def setup(self) -> None:
        self.n = integer(0, lo=0, hi=1)

    @action
    def count(self) -> None:
        require(self.n == 0)
        self.n += 1

    @scenario
    def too_often(self, run: Run) -> None:
        assert run.enabled() == ["count"]
        run.steps("count", "count")


def test_nothing_is_possible_any_more() -> None:
    found = play(Counter, "m", scenarios_of(Counter)[0]).failure
    assert found is not None
    assert found.notes == ("nothing is possible here any more",)


@pytest.mark.parametrize(
    "head", ["def s(self)", "def s(self, run, more)", "async def s(self, run)"]
)
def test_what_is_no_scenario_is_refused(head: str, tmp_path: Any) -> None:
    file = tmp_path / "m.py"
    text = "from ordercheck import Model, scenario\n\nclass M(Model):\n    @scenario\n"
    file.write_text(f"{text}    {head}: ...\n")
    with pytest.raises(BadInput) as error:
        load_models(str(file))
    assert [each.code for each in error.value.diagnostics] == ["E035"]


class Part(Component):
    @scenario
    def alone(self, run: Run) -> None:
        """Never run: only models are."""


class Whole(Model):
    def setup(self) -> None:
        self.part = Part()


def test_a_component_has_no_scenarios() -> None:
    with pytest.raises(BadInput) as error:
        compile_model(Whole, {})
    (found,) = error.value.diagnostics
    assert (found.code, found.headline) == ("E035", "alone is a scenario of a component")
