"""A proof, or the lack of one, for a terminal."""

from __future__ import annotations

from ordercheck.checking.proof import Claim, ProofVerdict
from ordercheck.checking.verdict import Outcome, Violation, ViolationKind
from ordercheck.report.style import Style
from ordercheck.report.table import seconds_text
from ordercheck.report.text import columns, counted, fold, pad, printable


def render_proof(model: str, variant: str, verdict: ProofVerdict, style: Style) -> str:
    """A line a claim, and what follows. Ends in a newline."""
    title = f"{model}, {variant}" if variant else model
    lines = [style.bold(printable(title))]
    violated = {(v.kind.value, v.name) for v in verdict.violations}
    rows = [_assumed(name, verdict, style) for name in verdict.assumed]
    rows += [
        (_named(claim), *_found(claim, (claim.kind, claim.name) in violated, style))
        for claim in verdict.claims
    ]
    wide = min(max((columns(row[0]) for row in rows), default=0), style.width // 2)
    for name, mark, paint, words in rows:
        first, *rest = fold(printable(name), wide)
        lines.append(f"{pad(mark, 5)}{pad(first, wide)}  {words}".replace(mark, paint, 1))
        lines += [" " * 5 + line for line in rest]
    lines.append("")
    for text in (_conclusion(verdict), *_remarks(verdict)):
        lines += fold(printable(text), style.width)
    return "\n".join(lines) + "\n"


def _assumed(name: str, verdict: ProofVerdict, style: Style) -> tuple[str, str, str, str]:
    if name in _false(verdict):
        return name, "FAIL", style.bad("FAIL"), "was assumed, and is false"
    return name, "-", style.dim("-"), "assumed"


def _false(verdict: ProofVerdict) -> list[str]:
    """What was assumed although a run breaks it."""
    broken = {v.name for v in verdict.violations if v.kind is ViolationKind.INVARIANT}
    return [name for name in verdict.assumed if name in broken]


def _named(claim: Claim) -> str:
    match ViolationKind(claim.kind):
        case ViolationKind.DEADLOCK:
            return "no deadlock"
        case ViolationKind.MODEL_ERROR:
            return f"no error: {claim.name}"
        case _:
            return claim.name


def _found(claim: Claim, violated: bool, style: Style) -> tuple[str, str, str]:
    if violated:
        return "FAIL", style.bad("FAIL"), "violated"
    if claim.k is None:
        return "open", style.open("open"), "not proved"
    return "pass", style.good("pass"), f"holds at every depth (k = {claim.k})"


def _when(violation: Violation) -> str:
    if violation.steps == 0:
        return "is not true at the beginning"
    return f"is not true after {counted(violation.steps, 'step')}"


def _conclusion(verdict: ProofVerdict) -> str:
    took = seconds_text(verdict.seconds)
    levels = counted(verdict.depth, "level")
    match verdict.outcome:
        case Outcome.HOLDS:
            given = f", given that {' and '.join(verdict.assumed)}" if verdict.assumed else ""
            return f"Proved in {took}: all of it holds at every depth{given}."
        case Outcome.VIOLATED if _false(verdict):
            wrong = [
                f"{v.name} {_when(v)}" for v in verdict.violations if v.name in _false(verdict)
            ]
            return (
                f"What was assumed is false: {' and '.join(wrong)} ({took}). From something "
                "false everything follows, so nothing is proved: correct it, or leave it away."
            )
        case Outcome.VIOLATED:
            return f"Violated, by a run from the beginning ({took})."
        case Outcome.INCONCLUSIVE:
            return (
                f"Not proved ({verdict.limit}, {took}). Nothing is wrong within the first "
                f"{levels}; of what comes later nothing is known."
            )


def _remarks(verdict: ProofVerdict) -> list[str]:
    found = []
    if verdict.assumed and verdict.outcome is Outcome.HOLDS:
        found.append(
            f"What was assumed is true in the first {counted(verdict.depth, 'level')}; "
            "beyond that it is taken for granted."
        )
    if verdict.unmet:
        found.append(f"Not reached within them: {', '.join(verdict.unmet)}.")
    return found


def render_why(claim: str, style: Style) -> str:
    """What a counterexample to induction is, before it is shown. Ends in an empty line."""
    text = (
        f"Why {claim} is not proved. This is not a run of the model: it begins in a state in "
        "which all that was assumed is true, but nothing says that a run comes there. If none "
        "does, say what is wrong with that state, as --invariant EXPR, and it may be proved; if "
        "one does, `ordercheck verify` finds it."
    )
    return "\n".join(fold(printable(text), style.width)) + "\n\n"
