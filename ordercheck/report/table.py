"""The table of a run: a line a variant, with what is expected of it and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from ordercheck.checking.verdict import Outcome, Verdict, Violation, ViolationKind
from ordercheck.ir.nodes import CoverPoint
from ordercheck.ir.span import Span
from ordercheck.report.style import Style
from ordercheck.report.text import columns, fold, pad, printable, shown_path
from ordercheck.traces.source import is_own

TITLES = ("variant", "expected", "found", "states", "depth", "time")
FIGURES = 10 + 2 + 5 + 2 + 7
"""Columns of the last three."""
MARK = 5
"""Columns before the first: pass, FAIL or open."""
LEAST_NAME = 11
"""Columns that a variant's name keeps before the other cells are made narrower."""
MOST_NAMES = 6


@dataclass(frozen=True, slots=True)
class Table:
    """Widths of the columns, fixed before the first line so that lines can be written at once."""

    style: Style
    variant: int
    expected: int
    found: int

    @classmethod
    def of(cls, rows: Sequence[tuple[str, str]], style: Style) -> Table:
        """For these variants, each with what is expected of it ("" for nothing)."""
        variant = max([len("variant"), *(columns(printable(name)) for name, _ in rows)])
        expected = max((columns(text) for _, text in rows), default=0)
        expected = max(expected, len("expected")) if expected else 0
        found = max(len("inconclusive"), expected, len("violates") + 8)
        room = style.width - MARK - FIGURES - 2
        spaces = 4 if expected else 2
        while variant + expected + found + spaces > room:
            if variant > LEAST_NAME:
                variant -= 1
            elif found >= expected:
                found -= 1
            else:
                expected -= 1
        return cls(style, variant, expected, found)

    def heading(self) -> str:
        """The titles of the columns."""
        variant, expected, found, *figures = TITLES
        return self.style.dim(self._line("", variant, expected, found, *figures))

    def line(self, verdict: Verdict) -> str:
        """One verdict."""
        mark, paint = _mark(verdict, self.style)
        text = self._line(
            mark,
            verdict.variant or "(defaults)",
            verdict.expected,
            found_text(verdict),
            f"{verdict.states:,}",
            str(verdict.depth),
            seconds_text(verdict.seconds),
        )
        return text.replace(mark, paint, 1)

    def _line(self, mark: str, variant: str, expected: str, found: str, *figures: str) -> str:
        """A row, of several lines where a cell is wider than its column."""
        cells = [fold(printable(variant), self.variant)]
        if self.expected:
            cells.append(fold(printable(expected or "-"), self.expected))
        cells.append(fold(printable(found), self.found))
        widths = [self.variant, *([self.expected] if self.expected else []), self.found]
        states, depth, time = figures
        lines: list[str] = []
        for row in zip_longest(*cells, fillvalue=""):
            texts = [pad(text, width) for text, width in zip(row, widths, strict=True)]
            if not lines:
                texts += [states.rjust(10), depth.rjust(5), time.rjust(7)]
            start = pad("" if lines else mark, MARK)
            lines.append((start + "  ".join(texts)).rstrip())
        return "\n".join(lines)


def is_pass(verdict: Verdict) -> bool | None:
    """Whether all is as expected (with nothing expected: holds); None where it is not known."""
    if verdict.outcome is Outcome.INCONCLUSIVE:
        return None
    return verdict.outcome is Outcome.HOLDS if verdict.as_expected is None else verdict.as_expected


def _mark(verdict: Verdict, style: Style) -> tuple[str, str]:
    match is_pass(verdict):
        case True:
            return "pass", style.good("pass")
        case False:
            return "FAIL", style.bad("FAIL")
        case None:
            return "open", style.open("open")


def found_text(verdict: Verdict) -> str:
    """What was found, in the words of an expectation."""
    if verdict.outcome is not Outcome.VIOLATED:
        return str(verdict.outcome.value)
    return violation_text(verdict.violations[0])


def violation_text(violation: Violation) -> str:
    """`violates e_order`, `fails: index`, `never all_done`."""
    match violation.kind:
        case ViolationKind.MODEL_ERROR:
            return f"fails: {violation.name}"
        case ViolationKind.REACHABLE:
            return f"never {violation.name}"
        case _:
            return f"violates {violation.name}"


def seconds_text(seconds: float) -> str:
    """`0.03 s`, `12.4 s`, `3m 20s`."""
    if seconds < 10:
        return f"{seconds:.2f} s"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m {rest:02}s"


def remarks(verdict: Verdict, style: Style) -> str:
    """What restricts a verdict; "" where nothing does."""
    limit = [f"stopped early: {verdict.limit}"] if verdict.limit else []
    return _list([*limit, *verdict.notes], style, MARK)


def never(verdicts: Sequence[Verdict], style: Style) -> str:
    """What should make a reader of the table wonder; "" where there is nothing.

    Something that happens in no run of a model is a mistake more often than not; what
    some variant excludes is not. A search that was cut short says nothing about it.
    """
    if any(verdict.outcome is Outcome.INCONCLUSIVE for verdict in verdicts):
        return ""
    points = missed_in_all(verdicts)
    texts = [
        f"{words}: {_named([point for point in points if point.kind == kind])}"
        for kind, words in NEVER.items()
        if any(point.kind == kind for point in points)
    ]
    return _list(texts, style, 0) + "\n" if texts else ""


NEVER = {
    "step": "never happened in any run",
    "guard": "a condition that was never true",
    "antecedent": "a claim that says nothing, since this was never true",
}


def missed_in_all(verdicts: Sequence[Verdict]) -> list[CoverPoint]:
    """The points in the author's own code that no run reached, once each."""
    reached = {_key(p) for v in verdicts for p, was in v.coverage.points if was}
    found: dict[tuple[str, str, Span], CoverPoint] = {}
    for verdict in verdicts:
        for point, _ in verdict.coverage.points:
            if _key(point) not in reached and (not point.span.file or is_own(point.span)):
                found.setdefault(_key(point), point)
    return list(found.values())


def _key(point: CoverPoint) -> tuple[str, str, Span]:
    return point.kind, point.name, point.span


def _named(points: Sequence[CoverPoint]) -> str:
    names = [_name(point) for point in points[:MOST_NAMES]]
    more = len(points) - MOST_NAMES
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")


def _name(point: CoverPoint) -> str:
    span = point.span
    return f"{point.name} ({shown_path(span.file)}:{span.line})" if span.file else point.name


def _list(texts: Sequence[str], style: Style, indent: int) -> str:
    """Each text after a dash, its further lines below its first."""
    lines: list[str] = []
    for text in texts:
        first, *rest = fold(printable(text), style.width - indent - 2)
        lines += [f"- {first}", *(f"  {line}" for line in rest)]
    return "".join(f"{' ' * indent}{style.dim(line)}\n" for line in lines)
