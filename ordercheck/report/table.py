"""The table of a run: a line a variant, with what is expected of it and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from ordercheck.checking.verdict import Outcome, Verdict, Violation, ViolationKind
from ordercheck.ir.nodes import CoverPoint
from ordercheck.ir.record import dataclass
from ordercheck.ir.span import Span
from ordercheck.report.style import Style
from ordercheck.report.text import columns, fold, pad, printable, shown_path
from ordercheck.traces.source import is_own, statement_at

TITLES = ("variant", "expected", "found", "states", "depth", "time")
STATES, DEPTH, TIME = 8, 5, 6
"""Columns of the last three."""
FIGURES = STATES + 2 + DEPTH + 2 + TIME
MARK = 5
"""Columns before the first: pass, FAIL or open."""
DEFAULTS = "(defaults)"
"""The name of a run that has none."""
MOST_NAMES = 6
SAME = "as expected"
"""What is found, where there is no room to say it again."""


@dataclass(frozen=True, slots=True)
class Table:
    """Widths of the columns, fixed before the first line so that lines can be written at once."""

    style: Style
    variant: int
    expected: int
    found: int
    once: bool = False
    """Whether what was found is not repeated where it is what was expected: no room for it."""

    @classmethod
    def of(cls, rows: Sequence[tuple[str, str]], style: Style) -> Table:
        """For these variants, each with what is expected of it ("" for nothing)."""
        names = [printable(name) or DEFAULTS for name, _ in rows]
        expectations = [printable(text) or "-" for _, text in rows if any(t for _, t in rows)]
        variant = max(map(columns, ["variant", *names]))
        expected = max(map(columns, ["expected", *expectations])) if expectations else 0
        found = max(len("inconclusive"), expected or len("violates") + 8)
        room = style.width - MARK - FIGURES - (6 if expected else 4)
        # A cell that is too wide is folded at words: first those that say the same twice.
        least = (
            _longest_word(["inconclusive", *expectations]),
            _longest_word(["expected", *expectations]) if expected else 0,
            _longest_word(["variant", *names]),
        )
        once = bool(expected) and variant + expected + found > room
        if once:
            # What is found is mostly what is expected, and need not be written twice.
            found, least = len("inconclusive"), (len("inconclusive"), *least[1:])
        for shortest in (least, (12, 8 * bool(expected), 7)):
            found = max(min(found, shortest[0]), min(found, room - expected - variant))
            expected = max(min(expected, shortest[1]), min(expected, room - found - variant))
            variant = max(min(variant, shortest[2]), min(variant, room - found - expected))
        return cls(style, variant, expected, found, once)

    def heading(self) -> str:
        """The titles of the columns."""
        variant, expected, found, *figures = TITLES
        return self.style.dim(self._line("", variant, expected, found, *figures))

    def line(self, verdict: Verdict) -> str:
        """One verdict."""
        mark, paint = _mark(verdict, self.style)
        found = found_text(verdict)
        text = self._line(
            mark,
            verdict.variant or DEFAULTS,
            verdict.expected,
            SAME if self.once and found == verdict.expected else found,
            f"{verdict.states:,}" if verdict.states or not verdict.depth else "-",
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
        total = MARK + sum(width + 2 for width in widths) + FIGURES
        for row in zip_longest(*cells, fillvalue=""):
            texts = [pad(text, width) for text, width in zip(row, widths, strict=True)]
            line = (pad("" if lines else mark, MARK) + "  ".join(texts)).rstrip()
            if not lines:
                # A figure of many digits takes what the last cell does not need.
                figure = f"{states.rjust(STATES)}  {depth.rjust(DEPTH)}  {time.rjust(TIME)}"
                line = pad(line, total - len(figure)) + figure
            lines.append(line)
        return "\n".join(lines)


def _longest_word(texts: Sequence[str]) -> int:
    return max(columns(word) for text in texts for word in text.split() or [""])


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
    if verdict.outcome is Outcome.INCONCLUSIVE and verdict.bounded:
        return f"holds up to depth {verdict.depth}"
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
    some variant excludes is not.
    """
    points = missed_in_all(verdicts)
    anywhere = " in any run" if len(verdicts) > 1 else ""
    steps, guards = _by_step(points)
    texts = []
    if steps:
        texts.append(f"never happened{anywhere}: {_some([_step(*each) for each in steps])}")
    texts += [f"never true{anywhere}: {_quoted(point)}" for point in guards[:MOST_NAMES]]
    if len(guards) > MOST_NAMES:
        texts.append(f"and {len(guards) - MOST_NAMES} more conditions that were never true")
    claims = [_step(point, None) for point in points if point.kind == "antecedent"]
    if claims:
        texts.append(f"a claim that says nothing, since this was never true: {_some(claims)}")
    return _list(texts, style, 0) if texts else ""


def missed_in_all(verdicts: Sequence[Verdict]) -> list[CoverPoint]:
    """The points in the author's own code that no run reached, once each.

    A search that was cut short, by a limit or by what it found, can tell that it
    reached a point, and not that nothing does. A condition in what several steps share
    has a point in each of them: it was true if it was true in one, and counts for the
    others only where it says what stopped a step that never happened.
    """
    if any(verdict.outcome is Outcome.INCONCLUSIVE for verdict in verdicts):
        return []
    reached = {_key(p) for v in verdicts for p, was in v.coverage.points if was}
    found: dict[tuple[str, str, Span], CoverPoint] = {}
    for verdict in verdicts:
        if any(each.kind is not ViolationKind.REACHABLE for each in verdict.violations):
            continue
        for point, _ in verdict.coverage.points:
            if _key(point) not in reached and (not point.span.file or is_own(point.span)):
                found.setdefault(_key(point), point)
    true = {span for kind, _, span in reached if kind == "guard" and span.file}
    stopped = tuple(f"{point.name}: " for point in found.values() if point.kind == "step")
    return [
        point
        for point in found.values()
        if point.kind != "guard" or point.span not in true or point.name.startswith(stopped)
    ]


def _key(point: CoverPoint) -> tuple[str, str, Span]:
    return point.kind, point.name, point.span


def _by_step(
    points: Sequence[CoverPoint],
) -> tuple[list[tuple[CoverPoint, CoverPoint | None]], list[CoverPoint]]:
    """Steps that never happened, each with the condition that stopped it; other conditions."""
    guards = [point for point in points if point.kind == "guard"]
    steps: list[tuple[CoverPoint, CoverPoint | None]] = []
    for step in (point for point in points if point.kind == "step"):
        mine = [guard for guard in guards if guard.name.startswith(f"{step.name}: ")]
        guards = [guard for guard in guards if guard not in mine]
        steps.append((step, mine[0] if mine else None))
    return steps, list(
        {point.span if point.span.file else point: point for point in guards}.values()
    )


def _step(step: CoverPoint, guard: CoverPoint | None) -> str:
    if guard is not None:
        return f"{step.name} (stopped at {_place(guard)})"
    return f"{step.name} ({place})" if (place := _place(step)) else step.name


def _place(point: CoverPoint) -> str:
    return f"{shown_path(point.span.file)}:{point.span.line}" if point.span.file else ""


def _quoted(point: CoverPoint) -> str:
    """A condition and where it stands."""
    place = _place(point)
    code = statement_at(point.span)
    return f"{place}  {code}" if place and code else _step(point, None)


def _some(texts: Sequence[str]) -> str:
    more = len(texts) - MOST_NAMES
    return ", ".join(texts[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _list(texts: Sequence[str], style: Style, indent: int) -> str:
    """Each text after a dash, its further lines below its first."""
    lines: list[str] = []
    for text in texts:
        # What a compiler says has lines of its own.
        folded = [
            part
            for line in text.rstrip("\n").split("\n")
            for part in fold(printable(line), style.width - indent - 2)
        ]
        lines += [f"- {folded[0]}", *(f"  {line}".rstrip() for line in folded[1:])]
    return "".join(f"{' ' * indent}{style.dim(line)}\n" for line in lines)
