"""The table of a run: a line a variant, with what is expected of it and what was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from ordercheck.checking.verdict import Outcome, Verdict, Violation, ViolationKind
from ordercheck.ir.nodes import CoverPoint
from ordercheck.report.style import Style
from ordercheck.report.text import columns, fold, pad, printable, shown_path

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
    """What restricts a verdict or should make a reader wonder; "" where there is nothing."""
    texts = [*_reasons(verdict)]
    lines = [
        line for text in texts for line in fold(f"- {printable(text)}", style.width - MARK, None)
    ]
    return "".join(f"{' ' * MARK}{style.dim(line)}\n" for line in lines)


def _reasons(verdict: Verdict) -> Iterator[str]:
    if verdict.limit:
        yield f"stopped early: {verdict.limit}"
    yield from verdict.notes
    if verdict.outcome is not Outcome.HOLDS:
        return
    yield from _missed(verdict, "step", "never happened")
    yield from _missed(verdict, "guard", "a condition that was never true")
    yield from _missed(verdict, "antecedent", "claims nothing, since this was never true")


def _missed(verdict: Verdict, kind: str, words: str) -> Iterator[str]:
    points = verdict.coverage.missed(kind)
    if points:
        names = [_named(point) for point in points[:MOST_NAMES]]
        more = f" and {len(points) - MOST_NAMES} more" if len(points) > MOST_NAMES else ""
        yield f"{words}: {', '.join(names)}{more}"


def _named(point: CoverPoint) -> str:
    span = point.span
    return f"{point.name} ({shown_path(span.file)}:{span.line})" if span.file else point.name
