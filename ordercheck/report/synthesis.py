"""Smallest sufficient sets, for a terminal."""

from __future__ import annotations

from ordercheck.checking.synthesis import Flags, Synthesis
from ordercheck.checking.verdict import Verdict
from ordercheck.report.style import Style
from ordercheck.report.table import violation_text
from ordercheck.report.text import counted, fold, pad


def render_synthesis(found: Synthesis, model: str, style: Style) -> str:
    """The sets, and what goes wrong without each of their flags. Ends in a newline."""
    total = 2 ** len(found.flags)
    lines = [style.bold(f"Smallest sufficient sets of {', '.join(found.flags)} for {model}")]
    lines.append(f"  {counted(len(found.verdicts), 'run')}, for {total:,} sets")
    if not found.smallest:
        (worst,) = (v for flags, v in found.verdicts.items() if len(flags) == len(found.flags))
        told = f"All together they are not enough: {model} {_outcome(worst)}."
        return "\n".join([*lines, "", *fold(told, style.width)]) + "\n"
    for number, chosen in enumerate(found.smallest, 1):
        verdict = found.verdicts[chosen]
        name = flags_text(chosen, found.flags)
        states = counted(verdict.states, "state")
        lines += ["", f"{number:>3}  {style.bold(name)}  {style.good('holds')}, {states}"]
        missing = found.without(chosen)
        width = max((len(flag) for flag, _ in missing), default=0)
        lines += [
            f"       without {pad(flag, width)}  {style.bad(_outcome(without))}"
            for flag, without in missing
        ]
    if frozenset() in found.smallest:
        lines += ["", "Nothing is needed: it holds with none of them."]
    for chosen, larger in found.contradictions:
        more = flags_text(larger - chosen, found.flags)
        told = (
            f"{flags_text(chosen, found.flags)} holds, but with {more} as well it "
            f"{_outcome(found.verdicts[larger])}: more is not always better here."
        )
        lines += ["", *fold(told, style.width)]
    return "\n".join(lines) + "\n"


def flags_text(chosen: Flags, order: tuple[str, ...]) -> str:
    """`a + b`, in the order of declaration; `none`."""
    return " + ".join(flag for flag in order if flag in chosen) or "none"


def _outcome(verdict: Verdict) -> str:
    first = verdict.violations[0]
    after = f" after {counted(first.steps, 'step')}" if first.labels else ""
    return f"{violation_text(first)}{after}"
