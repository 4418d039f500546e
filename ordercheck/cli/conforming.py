"""What `ordercheck conform` does: read, search, tell."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ordercheck.cli.codes import FAILED, INCONCLUSIVE, OK
from ordercheck.cli.loading import Configuration, Found, compiled, one_model, variant_of
from ordercheck.cli.output import Screen
from ordercheck.conformance.conform import MOST_STATES, TooMany, conform, watched
from ordercheck.conformance.log import Log, read_log
from ordercheck.ir.nodes import Program
from ordercheck.ir.span import BadInput, Diagnostic
from ordercheck.report.conformance import render_conformance


@dataclass(frozen=True, slots=True)
class Request:
    """The command line of `conform`."""

    model: str
    log: str
    assignments: tuple[tuple[str, str], ...] = ()
    variant: str | None = None
    max_states: int | None = None
    no_color: bool = False


def conforms(request: Request) -> int:
    """Run the command and give its exit code."""
    screen = Screen(request.no_color)
    log = read_log(request.log)
    found = one_model(request.model)
    program = _program(request, found, log)
    most = request.max_states or MOST_STATES
    try:
        answer = conform(program, log, most)
    except TooMany:
        screen.say(f"More than {most:,} states lie between two lines: no answer.")
        screen.say("Let the log tell more, use smaller parameters, or raise --max-states.")
        return INCONCLUSIVE
    screen.say(render_conformance(answer, found.model.__name__, screen.style))
    return OK if answer.unexplained is None else FAILED


def _program(request: Request, found: Found, log: Log) -> Program:
    configuration = Configuration(request.assignments)
    if request.variant:
        parameters = variant_of(found, request.variant).parameters
        configuration = replace(configuration, parameters=parameters)
    program = compiled(found, configuration)
    places = {place.path for place in program.places}
    expressions = [each for each in log.expressions if each not in places]
    if not expressions:
        return program
    try:
        watches = tuple(map(watched, expressions))
        return compiled(found, replace(configuration, watches=watches))
    except BadInput:
        wrong: list[Diagnostic] = []
        for expression in expressions:
            process = _process_in(program, expression)
            if process:
                wrong.append(_about_local(log, expression, process))
                continue
            try:
                compiled(found, replace(configuration, watches=(watched(expression),)))
            except BadInput as error:
                wrong += (_in_log(each, log, expression) for each in error.diagnostics)
        raise BadInput(*wrong) from None


def _process_in(program: Program, expression: str) -> str:
    """The process of which an expression is to be a local: `reader(0).seen`; "" if it is none."""
    names = {task.name.partition("(")[0]: task.name for task in program.tasks}
    text = expression.strip().removeprefix("self.")
    for name in sorted(names, key=len, reverse=True):
        if text == name or text.startswith((f"{name}.", f"{name}(", f"{name}[")):
            return name
    return ""


def _about_local(log: Log, expression: str, process: str) -> Diagnostic:
    return Diagnostic(
        "E920",
        f"{expression} is of the process {process}: a log observes the model's places",
        log.first(expression),
        help=f'keep in a place (self.…) what is to be seen, or see the steps: "steps": '
        f'["{process}*"]',
    )


def _in_log(diagnostic: Diagnostic, log: Log, expression: str) -> Diagnostic:
    """The diagnostic at the first line that has the expression."""
    label = f"in {expression}: {diagnostic.label}" if diagnostic.label else f"in {expression}"
    return replace(diagnostic, span=log.first(expression), label=label, quoted="")
