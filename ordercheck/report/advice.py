"""The last lines of a run: how many were as expected, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence

from ordercheck.checking.verdict import Outcome, Verdict, ViolationKind
from ordercheck.ir.span import Diagnostic
from ordercheck.report.table import is_pass, missed_in_all
from ordercheck.report.text import counted


def summary(verdicts: Sequence[Verdict]) -> str:
    """`3 of 4 runs as expected, 1 inconclusive`."""
    results = [is_pass(verdict) for verdict in verdicts]
    unknown = results.count(None)
    said = f"{results.count(True)} of {counted(len(results), 'run')} as expected"
    return f"{said}, {unknown} inconclusive." if unknown else f"{said}."


def advice(
    verdicts: Sequence[Verdict],
    errors: Sequence[Diagnostic],
    output: str = "",
    shown: Sequence[Verdict] = (),
) -> str:
    """One sentence on what to do next: about what is worst.

    `output` is the file that a trace was kept in; `shown` are those whose trace the
    reader has just seen.
    """
    if errors:
        return f"Next: correct the {counted(len(errors), 'error')} above and run this again."
    for verdict in verdicts:
        if is_pass(verdict) is False:
            return f"Next: {_about_failure(verdict, output, shown)}"
    for verdict in verdicts:
        if verdict.outcome is Outcome.INCONCLUSIVE:
            return f"Next: {_about_limit(verdict)}"
    if output and any(verdict.trace for verdict in verdicts):
        return f"Next: ordercheck replay {output}"
    models = dict.fromkeys(verdict.model for verdict in verdicts)
    if any(missed_in_all([v for v in verdicts if v.model == model]) for model in models):
        return "Next: see whether what never happened should be able to; if not, all is done."
    return f"Next: {_about_success(verdicts)}"


def _about_failure(verdict: Verdict, output: str, shown: Sequence[Verdict]) -> str:
    first = verdict.violations[0] if verdict.violations else None
    if first is None:
        return (
            f"{_name(verdict)} was expected to be violated and holds. If the model is right, "
            "say so: expect=holds()."
        )
    if first.kind is ViolationKind.REACHABLE:
        return f"find out why {first.name} is never reached: `ordercheck show {verdict.model}`."
    if not any(verdict is each for each in shown):
        variant = f' --variant "{verdict.variant}"' if verdict.variant else ""
        return f"see what happens: ordercheck verify {verdict.model}{variant}"
    step = f"step {first.steps}" if first.steps else "the beginning"
    if output:
        return f"follow the trace to {step}; ordercheck replay {output} shows it again."
    return (
        f"follow the trace above to {step}, change the model and run this again; "
        "--show EXPR adds values, --output FILE keeps the trace."
    )


def _about_limit(verdict: Verdict) -> str:
    small = verdict.program.parameters
    hint = f", or run a smaller model: --set {small[0][0]}=…" if small else ""
    return f"raise the limit that was reached ({verdict.limit}){hint}."


def _about_success(verdicts: Sequence[Verdict]) -> str:
    expected = [verdict for verdict in verdicts if verdict.as_expected is not None]
    parameters = verdicts[0].program.parameters if verdicts else ()
    if parameters:
        return f"try a larger model, such as --set {parameters[0][0]}=…, or add a property."
    if expected:
        return "add a property, or a variant that should be violated."
    return "break the model on purpose and see whether it is noticed."


def _name(verdict: Verdict) -> str:
    return f'"{verdict.variant}"' if verdict.variant else verdict.model
