"""What `ordercheck verify` does: plan the runs, run them, tell each, then the traces."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from ordercheck import __version__
from ordercheck.checking.scenario import Played
from ordercheck.checking.verdict import Outcome, Verdict, Violation, ViolationKind
from ordercheck.cli.codes import BAD_INPUT, FAILED, INCONCLUSIVE, INTERRUPTED, OK
from ordercheck.cli.loading import Found
from ordercheck.cli.output import Screen, check_writable, write_whole
from ordercheck.cli.planning import plan, single
from ordercheck.cli.running import outcomes_of
from ordercheck.cli.scenarios import played
from ordercheck.cli.session import Request, Run, Session, State, covers
from ordercheck.ir.nodes import Program
from ordercheck.ir.span import BadInput
from ordercheck.language.texts import as_setting, in_python
from ordercheck.report.advice import Ran, advice, summary
from ordercheck.report.scenarios import render_played, scenario_summary
from ordercheck.report.table import Table, is_pass, never, remarks, violation_text
from ordercheck.report.terminal import render_unmet
from ordercheck.report.text import fold

if TYPE_CHECKING:
    from ordercheck.traces.json import TraceFile

MOST_SETTINGS = 2
"""Lines of parameters above a trace, before those are left out that are as declared."""


def verify(request: Request) -> int:
    """Run the command and give its exit code."""
    session = Session(request, Screen(request.no_color))
    if request.output:
        from ordercheck.cli.exporting import check_name  # few runs write a file

        check_writable(request.output)
        check_name(request.output)
    try:
        planned = single(session) if request.checkpoint else list(plan(session))
        with closing(outcomes_of(session, [run for runs in planned for run in runs])) as outcomes:
            for runs in planned:
                _run_model(session, runs, outcomes)
    except KeyboardInterrupt:
        session.state = State.INTERRUPTED
    _tell_traces(session)
    if request.as_json:
        verdicts = [verdict for _, verdict in session.verdicts]
        from ordercheck.report.json import report_text  # heavy: all of json

        session.screen.say(report_text(verdicts, session.errors, __version__, session.played))
    elif request.markdown:
        from ordercheck.report.markdown import render_verdicts  # read by few

        found = [verdict for _, verdict in session.verdicts]
        session.screen.say(render_verdicts(found, session.errors, session.played))
    if request.output:
        _keep_trace(session, request.output)
    code = _exit_code(session)
    if session.talks and not request.quiet:
        _tell_end(session)
    return code


def _run_model(session: Session, runs: list[Run], outcomes: Iterator[Verdict | BadInput]) -> None:
    """All runs of one model, with a line for each; `outcomes` begins with theirs."""
    found = runs[0].found
    table = Table.of([(run.shown, run.expected) for run in runs], session.screen.style)
    headed = False
    for run, verdict in zip(runs, outcomes, strict=False):
        if isinstance(verdict, BadInput):
            session.reject(verdict)
            continue
        session.verdicts.append((run, verdict))
        if verdict.limit == "interrupted":
            session.state = State.INTERRUPTED
        if session.talks and (not session.request.quiet or is_pass(verdict) is not True):
            if not headed:
                session.screen.say(_model_heading(session, found))
                session.screen.say(table.heading())
                headed = True
            session.screen.say(table.line(replace(verdict, variant=run.shown)))
            if not session.request.quiet and (more := remarks(verdict, session.screen.style)):
                session.screen.say(more)
        if session.state is State.INTERRUPTED:
            raise KeyboardInterrupt
    if headed and not session.request.quiet:
        mine = [verdict for run, verdict in session.verdicts if run.found is found]
        told = never(mine, session.screen.style) if covers(session.request, found) else ""
        session.screen.say(told + "\n")
    if not (session.request.variants or session.request.assignments):
        _play(session, found)


def _play(session: Session, found: Found) -> None:
    """The scenarios of a model, whose parameters are their own."""
    mine: list[Played] = []
    for each in played(found):
        if isinstance(each, BadInput):
            session.reject(each)
        else:
            mine.append(each)
    session.played += mine
    shown = [each for each in mine if each.failure or not session.request.quiet]
    if shown and session.talks:
        session.screen.say(render_played(shown, session.screen.style))


def _model_heading(session: Session, found: Found) -> str:
    style = session.screen.style
    return f"{style.bold(found.model.__name__)}  {style.place(found.file)}"


def _tell_traces(session: Session) -> None:
    request = session.request
    violated = [(r, v) for r, v in session.verdicts if v.outcome is Outcome.VIOLATED]
    if not session.talks or request.quiet or request.traces == "none":
        return
    for run, verdict in violated if request.traces == "all" else violated[:1]:
        session.shown.append(verdict)
        shown = verdict.violations if request.continue_ else verdict.violations[:1]
        for violation in shown:
            heading = _trace_heading(session, run, verdict, violation)
            if violation.trace is not None:
                session.screen.tell_trace(violation.trace, heading, request.long)
                continue
            session.screen.say(heading)
            if violation.kind is ViolationKind.REACHABLE:
                session.screen.say(render_unmet(violation, session.screen.style))


def _trace_heading(session: Session, run: Run, verdict: Verdict, violation: Violation) -> str:
    """Which run this is the trace of, under a line."""
    style = session.screen.style
    name = f'"{run.shown}"' if run.shown else run.found.model.__name__
    title = f"{name} {violation_text(violation)}"
    if verdict.as_expected is not None:
        title += ", as expected" if verdict.as_expected else f"; expected: {run.expected}"
    lines = [style.rule * style.width, style.bold(title)]
    settings = _settings(run, verdict.program, style.width)
    lines += [style.dim(line) for line in settings]
    return "\n".join(lines) + "\n\n"


def _settings(run: Run, program: Program, width: int) -> list[str]:
    """The parameters of a run; where they are many, those that are not as declared."""
    told = fold(", ".join(f"{name} = {value}" for name, value in program.parameters), width)
    if len(told) <= MOST_SETTINGS:
        return told if program.parameters else []
    declared = run.found.model.declared_parameters()
    usual = {each.name: in_python(each.default) for each in declared}
    every = {
        each.name: in_python(frozenset(each.choices or ()))
        for each in declared
        if isinstance(each.default, frozenset)
    }
    own = [
        f"{name} = {'all choices' if every.get(name) == value else value}"
        for name, value in program.parameters
        if usual.get(name) != value
    ]
    others = "others as declared" if own else "all as declared"
    return fold(", ".join([*own, others]), width)


def _keep_trace(session: Session, file: str) -> None:
    """Write the first trace to a file."""
    for run, verdict in session.verdicts:
        if verdict.trace is not None:
            from ordercheck.cli.exporting import exported

            write_whole(file, exported(_trace_file(run, verdict), file, verdict.program))
            return
    if session.talks and not session.request.quiet:
        session.screen.say(f"There is no trace to keep: {file} was not written.")


def _trace_file(run: Run, verdict: Verdict) -> TraceFile:
    from ordercheck.traces.json import TraceFile

    assert verdict.trace is not None
    set_values = {k: as_setting(value) for k, value in run.configuration.parameters.items()}
    return TraceFile(
        trace=replace(verdict.trace, model=run.found.name),
        version=__version__,
        variant=run.name,
        parameters=tuple({**set_values, **dict(run.configuration.assignments)}.items()),
        specs=run.configuration.specs,
        invariants=run.configuration.invariants,
        show=run.configuration.watches,
    )


def _tell_end(session: Session) -> None:
    verdicts = [verdict for _, verdict in session.verdicts]
    counts = [summary(verdicts)] if len(verdicts) > 1 else []
    if session.played:
        counts.append(scenario_summary(session.played))
    if session.shown:
        session.screen.part()
    for count in counts:
        session.screen.say(count)
    if session.state is State.INTERRUPTED:
        session.screen.say("Interrupted: what is above is known, the rest was not checked.")
        return
    if any(each.failure for each in session.played) and not session.errors:
        session.screen.say("Next: let script and model agree where a scenario has failed, above.")
        return
    known = {(verdict.model, verdict.program.parameters) for verdict in verdicts}
    runs = []
    for run, verdict in session.verdicts:
        mine = {parameters for model, parameters in known if model == verdict.model}
        partial = not covers(session.request, run.found)
        runs.append(Ran(verdict, run.command, *run.next_values(verdict.program, mine), partial))
    said = advice(runs, session.errors, session.request.output or "", session.shown)
    words, *commands = said.split("\n")
    # A command is not folded: it is there to be copied.
    for line in [*fold(words, session.screen.style.width), *commands]:
        session.screen.say(line)


def _exit_code(session: Session) -> int:
    if session.state is State.INTERRUPTED:
        return INTERRUPTED
    if session.errors:
        return BAD_INPUT
    results = [is_pass(verdict) for _, verdict in session.verdicts]
    if False in results or any(each.failure for each in session.played):
        return FAILED
    return INCONCLUSIVE if None in results else OK
