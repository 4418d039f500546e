"""What `ordercheck synthesize` does: run sets of flags, tell which suffice."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from ordercheck.checking import Options, check
from ordercheck.checking.synthesis import MOST_FLAGS, Flags, Synthesis, Undecided, synthesize
from ordercheck.checking.verdict import Verdict
from ordercheck.cli.codes import FAILED, INCONCLUSIVE, OK
from ordercheck.cli.loading import Configuration, Found, compiled, one_model, variant_of
from ordercheck.cli.output import Screen, bad_file
from ordercheck.cli.progress import Progress
from ordercheck.frontend import parse_parameters
from ordercheck.language.model import Parameter
from ordercheck.report.synthesis import flags_text, render_synthesis


@dataclass(frozen=True, slots=True)
class Request:
    """The command line of `synthesize`."""

    model: str
    over: tuple[str, ...] = ()
    assignments: tuple[tuple[str, str], ...] = ()
    variant: str | None = None
    specs: tuple[str, ...] = ()
    invariants: tuple[str, ...] = ()
    exhaustive: bool = False
    traces: str = "all"
    long: bool = False
    max_states: int | None = None
    max_seconds: float | None = None
    no_color: bool = False


def synthesis(request: Request) -> int:
    """Run the command and give its exit code."""
    screen = Screen(request.no_color)
    found = one_model(request.model)
    runner = _Runner(request, found)
    try:
        result = synthesize(runner.flags, runner.run, request.exhaustive)
    except Undecided as stop:
        chosen, verdict = stop.args
        screen.say(
            f"With {flags_text(chosen, runner.flags)} set the run is inconclusive: {verdict.limit}."
        )
        return INCONCLUSIVE
    screen.say(render_synthesis(result, found.model.__name__, screen.style))
    if request.traces == "all":
        _tell_traces(result, screen, request.long)
    return OK if result.smallest else FAILED


def _tell_traces(result: Synthesis, screen: Screen, long: bool) -> None:
    """What goes wrong without each flag, every set once."""
    told = {
        chosen - {flag}: verdict
        for chosen in result.smallest
        for flag, verdict in result.without(chosen)
    }
    if not result.smallest:
        told = {frozenset(result.flags): result.verdicts[frozenset(result.flags)]}
    for chosen, verdict in told.items():
        trace = verdict.violations[0].trace
        style = screen.style
        title = f"With {flags_text(chosen, result.flags)}"
        heading = f"{style.rule * style.width}\n{style.bold(title)}\n\n"
        if trace is not None:
            screen.tell_trace(trace, heading, long)


@dataclass(slots=True)
class _Runner:
    """Checks the model with flags set; each flag stands for a value of a parameter."""

    request: Request
    found: Found
    base: Configuration = field(init=False)
    singles: dict[str, tuple[str, Any]] = field(default_factory=dict)
    """Flags that give a parameter one value."""
    members: dict[str, tuple[str, Any]] = field(default_factory=dict)
    """Flags that put a value into a parameter that is a set."""

    def __post_init__(self) -> None:
        request = self.request
        self.base = Configuration(request.assignments, request.specs, request.invariants)
        if request.variant:
            parameters = variant_of(self.found, request.variant).parameters
            self.base = replace(self.base, parameters=parameters)
        for text in request.over:
            self._declare(text)
        if len(self.flags) > MOST_FLAGS:
            headline = f"{len(self.flags)} flags are too many: at most {MOST_FLAGS}"
            raise bad_file("E921", headline, self.found.file)

    @property
    def flags(self) -> tuple[str, ...]:
        """The names of the flags, in the order in which they were asked for."""
        return (*self.singles, *self.members)

    def run(self, chosen: Flags) -> Verdict:
        """The verdict with these flags set, and no others."""
        values: dict[str, Any] = {name: frozenset() for name, _ in self.members.values()}
        for flag, (name, member) in self.members.items():
            if flag in chosen:
                values[name] |= {member}
        for flag, (name, value) in self.singles.items():
            if flag in chosen:
                values[name] = value
        # What is asked for on the command line by --set comes after a variant's values.
        given = {name for name, _ in self.base.assignments}
        assert not given & set(values), "checked when the flags were declared"
        configuration = replace(self.base, parameters={**self.base.parameters, **values})
        program = compiled(self.found, configuration)
        request = self.request
        with Progress(self.found.model.__name__, flags_text(chosen, self.flags)) as progress:
            options = Options(
                max_states=request.max_states,
                max_seconds=request.max_seconds,
                progress=progress.update,
            )
            return check(program, options)

    def _declare(self, text: str) -> None:
        name, equals, value = text.partition("=")
        known = {each.name: each for each in self.found.model.declared_parameters()}
        parameter = known.get(name)
        if parameter is None:
            parse_parameters(self.found.model, {name: value})  # says what there is
            raise AssertionError(name)
        if name in dict(self.base.assignments):
            raise self._unusable(name, f"{name} is set with --set as well", "leave one of them out")
        given = {each for each, _ in (*self.singles.values(), *self.members.values())}
        if name in given:
            what = f"{name} can be set by one flag only"
            raise self._unusable(name, what, "try its values one after another, with --set")
        if equals:
            self.singles[text] = (name, parse_parameters(self.found.model, {name: value})[name])
        elif isinstance(parameter.default, frozenset) and parameter.choices:
            for choice in parameter.choices:
                flag = _flag_name(choice)
                taken = flag in self.flags
                self.members[f"{name}:{flag}" if taken else flag] = (name, choice)
        elif isinstance(parameter.default, bool):
            start = self._start(parameter)
            self.singles[f"{name}=no" if start else name] = (name, not start)
        else:
            what = f"{name} is neither true or false nor a set of choices"
            raise self._unusable(name, what, f"say which value to try: --over {name}=VALUE")

    def _start(self, parameter: Parameter) -> bool:
        """What a parameter is where its flag is not set."""
        return bool(self.base.parameters.get(parameter.name, parameter.default))

    def _unusable(self, name: str, headline: str, help: str) -> Exception:
        return bad_file("E921", headline, f"--over {name}", help=help)


def _flag_name(choice: object) -> str:
    return choice.name if isinstance(choice, Enum) else str(choice)
