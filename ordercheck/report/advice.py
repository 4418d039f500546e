"""The last lines of a run: how many were as expected, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence

from ordercheck.checking.verdict import Outcome, Verdict, Violation, ViolationKind
from ordercheck.ir.nodes import CoverPoint
from ordercheck.ir.record import dataclass
from ordercheck.ir.span import Diagnostic
from ordercheck.report.table import is_pass, missed_in_all
from ordercheck.report.text import counted, shown_path

MORE = {"states": "max-states", "level": "max-depth", "levels": "max-depth", "MiB": "max-memory"}
"""By the unit in which a limit is told: the option that raises it."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A run that was made: its verdict, and the command that makes it again.

    `larger` and `smaller` are the commands with a parameter's next value, "" where there is none;
    `partial`: other runs of the model are to be made, too, and were not.
    """

    verdict: Verdict
    command: str
    larger: str = ""
    smaller: str = ""
    partial: bool = False


def summary(verdicts: Sequence[Verdict]) -> str:
    """`3 of 4 runs as expected, 1 inconclusive`."""
    results = [is_pass(verdict) for verdict in verdicts]
    unknown = results.count(None)
    said = f"{results.count(True)} of {counted(len(results), 'run')} as expected"
    return f"{said}, {unknown} inconclusive." if unknown else f"{said}."


def advice(
    runs: Sequence[Ran],
    errors: Sequence[Diagnostic],
    output: str = "",
    shown: Sequence[Verdict] = (),
) -> str:
    """What to do next, about what is worst: a sentence, and in lines of their own commands.

    `output` is the file that a trace was kept in; `shown` are those whose trace the
    reader has just seen.
    """
    if errors:
        many = "error" if len(errors) == 1 else f"{len(errors)} errors"
        return f"Next: correct the {many} above and run this again."
    for run in runs:
        if is_pass(run.verdict) is False:
            return f"Next: {_about_failure(run, output, shown)}"
    for run in runs:
        if run.verdict.outcome is Outcome.INCONCLUSIVE:
            return f"Next: {_about_limit(run)}"
    if output and any(run.verdict.trace for run in runs):
        return f"Next: see the kept trace again:\n  ordercheck replay {output}"
    for model in dict.fromkeys(run.verdict.model for run in runs):
        mine = [run for run in runs if run.verdict.model == model and not run.partial]
        if missed := missed_in_all([run.verdict for run in mine]):
            return f"Next: {_about_missed(missed[0], mine)}"
    return f"Next: {_about_success(runs)}"


def _about_failure(run: Ran, output: str, shown: Sequence[Verdict]) -> str:
    verdict = run.verdict
    if not verdict.violations:
        return (
            f"{_name(verdict)} was expected to be violated and holds. If the model is right, "
            "say so, expect=holds(); if not, find what it leaves out."
        )
    first = verdict.violations[0]
    if first.kind is ViolationKind.REACHABLE:
        return _about_unmet(first, run)
    if not any(verdict is each for each in shown):
        return f"see what happens:\n  {run.command}"
    step = f"step {first.steps}" if first.steps else "the beginning"
    told = f"follow the trace above to {step}"
    if verdict.expected.startswith("violates"):
        return (
            f"{told}: {_name(verdict)} was expected to be another violation. --continue "
            "goes on after this one, to all that are violated."
        )
    told = f"{told}, change the model and run this again"
    right = _right_end(first)
    if output:
        return f"{told}.{right} To see it again:\n  {_replay(output)}"
    return f"{told}; --show EXPR adds values, --output FILE keeps the trace.{right}"


def _right_end(violation: Violation) -> str:
    """How a model says of a deadlock that it is none."""
    if violation.kind is not ViolationKind.DEADLOCK:
        return ""
    waits = violation.trace is not None and violation.trace.waits
    daemon = "daemon=True, of a @process or of Tasks(…), lets it wait for ever; " if waits else ""
    return f" If that may be the end, say so: {daemon}@terminal says where all may stop."


def _replay(output: str) -> str:
    return f"ordercheck replay {output}"


def _about_unmet(violation: Violation, run: Ran) -> str:
    suspects = "begin with what never happened, above; " if missed_in_all([run.verdict]) else ""
    return (
        f"find out what keeps every run from {violation.name}: {suspects}claim that a part of it "
        "is never true, and the trace shows a run that gets so far:\n"
        f"  {run.command} --invariant 'not (PART)'"
    )


def _about_limit(run: Ran) -> str:
    limit = run.verdict.limit
    amount, _, unit = limit.partition(" ")
    option = MORE.get(unit.split(" ")[0], "max-seconds")
    suffix = "M" if option == "max-memory" else ""
    try:
        more = f"--{option} {10 * float(amount.replace(',', '')):.0f}{suffix}"
    except ValueError:
        more = ""
    if run.verdict.engine == "z3":
        # Each level costs z3 more than the one before: ten times as many are out of reach.
        more = f"--engine z3 --depth {2 * run.verdict.depth}"
    commands = [f"  {run.command} {more}"] if more else []
    commands += [f"  {run.smaller}"] if run.smaller else []
    choice = ", or run a smaller model" if run.smaller else ""
    return "\n".join([f"raise the limit that was reached ({limit}){choice}:", *commands])


def _about_missed(point: CoverPoint, runs: Sequence[Ran]) -> str:
    span = point.span
    line = f"line {span.line} of {shown_path(span.file)}" if span.file else point.name
    larger = next((run for run in runs if run.larger), None)
    more = f"; perhaps a larger model can:\n  {larger.larger}" if larger else "."
    match point.kind:
        case "antecedent":
            return (
                "a claim that is only made where something never true holds is not tested: "
                f"correct {line}, or add what makes it true{more.replace('can:', 'does:')}"
            )
        case "guard":
            return f"correct {line}, or delete what it guards: nothing gets past it{more}"
        case _:
            return f"add what lets {line} happen, or delete it{more}"


def _about_success(runs: Sequence[Ran]) -> str:
    holding = [run for run in runs if run.verdict.outcome is Outcome.HOLDS]
    # The last variants are the remedies, of which one wants to know more.
    for run in reversed(holding):
        if run.larger:
            return f"see whether it still holds in a larger model:\n  {run.larger}"
    if len(holding) == len(runs):
        return "break the model on purpose, in a variant, and see whether a property notices it."
    for run in runs:
        if run.larger and not holding:
            return f"try other parameters:\n  {run.larger}"
    if not holding:
        return "change the design where the trace goes wrong, and add that as a variant."
    return f"ask something else of it:\n  {holding[-1].command} --invariant 'EXPR'"


def _name(verdict: Verdict) -> str:
    return f'"{verdict.variant}"' if verdict.variant else verdict.model
