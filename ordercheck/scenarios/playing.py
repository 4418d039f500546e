"""Running scenarios: each on a set-up of its own, by CPython, on the interpreter's states."""

from __future__ import annotations

import ast
import linecache
import traceback
from collections.abc import Callable
from typing import Any

from ordercheck.checking.scenario import Played
from ordercheck.engines.interpreter import Machine
from ordercheck.frontend.loading import check_parameters
from ordercheck.frontend.program import compile_model
from ordercheck.frontend.source import diagnostic_of, span_at
from ordercheck.frontend.world import build, members_of_class
from ordercheck.ir.record import dataclass
from ordercheck.ir.span import BadInput, Diagnostic, Span
from ordercheck.language.marks import ScenarioMark, mark_of
from ordercheck.language.mistakes import Mistake, locate
from ordercheck.language.model import Model
from ordercheck.language.texts import in_python
from ordercheck.scenarios.mirror import Mirror
from ordercheck.scenarios.script import Misscripted, Otherwise, Scripted


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario of a model: its method, and the parameters that it is run with."""

    name: str
    function: Callable[..., Any]
    mark: ScenarioMark


def scenarios_of(model: type[Model]) -> tuple[Scenario, ...]:
    """A model's scenarios, in order of definition."""
    return tuple(
        Scenario(name, function, mark)
        for name, function in members_of_class(model)
        if isinstance(mark := mark_of(function), ScenarioMark)
    )


def play(model: type[Model], name: str, scenario: Scenario) -> Played:
    """Run a scenario of a model, which is called `name` (FILE:Class).

    Raises BadInput for what is no scenario of this model: parameters or steps that it
    does not have, or a mistake in the model itself.
    """
    parameters = dict(scenario.mark.parameters)
    check_parameters(model, parameters)
    program = compile_model(model, parameters)
    made = model(**parameters)
    made.setup()
    run = Scripted(Machine(program), Mirror(program, build(made)))
    failure: Diagnostic | None = None
    try:
        scenario.function(made, run)
    except Misscripted as error:
        raise BadInput(_otherwise(error, scenario, "E035")) from None
    except Otherwise as error:
        failure = _otherwise(error, scenario, "")
    except AssertionError as error:
        failure = _refuted(error, scenario, run)
    except Mistake as mistake:
        raise BadInput(diagnostic_of(mistake)) from None
    except Exception as error:
        what = f"{type(error).__name__}: {error}".rstrip(": ")
        span = _where(error, scenario)[0]
        raise BadInput(Diagnostic("E035", f"{scenario.name} fails: {what}", span)) from None
    texts = tuple((key, in_python(value)) for key, value in parameters.items())
    return Played(name, scenario.name, texts, tuple(run.taken), failure, span_at(scenario.mark.at))


def _otherwise(error: Otherwise, scenario: Scenario, code: str) -> Diagnostic:
    span, _ = _where(error, scenario)
    return Diagnostic(code, error.headline, span, error.label, notes=error.notes)


def _refuted(error: AssertionError, scenario: Scenario, run: Scripted) -> Diagnostic:
    span, scope = _where(error, scenario)
    said = (str(error).splitlines() or ["this is false"])[0]  # pytest writes more below
    after = f"after {', '.join(run.taken)}" if run.taken else "at the beginning"
    notes = (*_values(span, scope), after)
    return Diagnostic("", f"{scenario.name}: an assertion fails", span, said, notes=notes)


def _where(error: BaseException, scenario: Scenario) -> tuple[Span, dict[str, Any]]:
    """The innermost line of the scenario's own file that the error came through, and its locals."""
    file = scenario.function.__code__.co_filename
    span, scope = span_at(scenario.mark.at), dict[str, Any]()
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename == file:
            span, scope = span_at(locate(frame.f_code, frame.f_lasti)), frame.f_locals
    return span, scope


def _values(span: Span, scope: dict[str, Any]) -> tuple[str, ...]:
    """What the attributes and names in an assertion are: `self.delivered = [1, 0]`."""
    try:
        lines = [linecache.getline(span.file, n) for n in range(span.line, span.end_line + 1)]
        tree = ast.parse("".join(lines).strip())
    except SyntaxError:
        return ()
    found: dict[str, str] = {}
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    inner |= {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and id(node) not in inner:
            text = ast.unparse(node)
            try:
                found[text] = _shown(_attribute(node, scope))
            except (KeyError, AttributeError):
                continue
    return tuple(f"{text} = {value}" for text, value in found.items())


def _attribute(node: ast.expr, scope: dict[str, Any]) -> Any:
    match node:
        case ast.Name(id=name):
            return scope[name]
        case ast.Attribute(value=inner, attr=name):
            return getattr(_attribute(inner, scope), name)
        case _:
            raise KeyError


def _shown(value: Any) -> str:
    held = getattr(value, "items_now", getattr(value, "items", None))
    if isinstance(held, list | set | dict):
        value = held
    elif hasattr(value, "__len__") and hasattr(value, "__iter__") and not isinstance(value, str):
        value = list(value)
    return in_python(value)
