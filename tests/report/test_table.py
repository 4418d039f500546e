from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from ordercheck.checking.verdict import Coverage, Outcome, Verdict, Violation, ViolationKind
from ordercheck.ir.nodes import CoverPoint
from ordercheck.ir.span import Span
from ordercheck.report.advice import Ran, advice, summary
from ordercheck.report.json import report_text
from ordercheck.report.style import Style
from ordercheck.report.table import Table, never, remarks, seconds_text
from tests.ir.build import counters
from tests.report import examples

HOLDS = Verdict(
    model="models/rpc_fetch.py:RpcFetch",
    outcome=Outcome.HOLDS,
    engine="interpreter",
    program=counters(),
    variant="rpc only",
    expected="holds",
    as_expected=True,
    states=1204,
    transitions=2400,
    depth=14,
    initial=1,
    stuck=1,
    seconds=0.113,
)
E_ORDER = Violation(
    "e_order", ViolationKind.INVARIANT, "e_order is false", trace=examples.rpc_fetch()
)
VERDICTS = [
    replace(
        HOLDS,
        variant="as shipped",
        outcome=Outcome.VIOLATED,
        expected="violates e_order",
        violations=(E_ORDER,),
    ),
    HOLDS,
    replace(
        HOLDS,
        variant="with a reservation and a very long name",
        as_expected=False,
        expected="violates e_order",
        states=12_345_678,
        seconds=200.4,
    ),
    replace(
        HOLDS,
        variant="large",
        outcome=Outcome.INCONCLUSIVE,
        as_expected=None,
        limit="1,000 states",
        notes=("within the constraint small",),
    ),
    replace(
        HOLDS,
        variant="idle",
        expected="",
        as_expected=None,
        outcome=Outcome.VIOLATED,
        violations=(Violation("all_done", ViolationKind.REACHABLE, "never true"),),
    ),
    replace(
        HOLDS,
        variant="vacuous",
        coverage=Coverage(
            (
                (CoverPoint("step", "release"), False),
                (CoverPoint("step", "acquire"), True),
                (CoverPoint("guard", "self.free > 3", examples.at(12, "gone.py")), False),
                (CoverPoint("antecedent", "self.broken in safe"), False),
            )
        ),
    ),
]


def test_the_table_reads_well(golden: Callable[[str, str], None]) -> None:
    style = Style()
    table = Table.of([(v.variant, v.expected) for v in VERDICTS], style)
    lines = [table.heading()]
    for verdict in VERDICTS:
        lines.append(table.line(verdict))
        if more := remarks(verdict, style):
            lines.append(more.rstrip("\n"))
    assert max(map(len, "\n".join(lines).split("\n"))) <= 80
    lines += [never(VERDICTS[5:], style), summary(VERDICTS)]
    golden("report/table.txt", "\n".join(lines) + "\n")


def test_the_advice_reads_well(golden: Callable[[str, str], None]) -> None:
    lines: list[str] = []
    for verdict in VERDICTS:
        command = f"ordercheck verify models/rpc_fetch.py --variant '{verdict.variant}'"
        run = Ran(verdict, command, f"{command} --set calls=3", f"{command} --set calls=1")
        plain = Ran(verdict, command)
        lines += [advice([run], [], shown=[verdict]), advice([plain], [], "t.json"), ""]
    golden("report/advice.txt", "\n".join(lines))


def test_the_advice_says_what_makes_a_deadlock_none() -> None:
    stuck = Violation("deadlock", ViolationKind.DEADLOCK, "", trace=examples.philosophers())
    verdict = replace(
        HOLDS, as_expected=False, outcome=Outcome.VIOLATED, expected="", violations=(stuck,)
    )
    told = advice([Ran(verdict, "")], [], shown=[verdict])
    assert told.endswith(
        "If that may be the end, say so: daemon=True, of a @process or of Tasks(…), lets it wait "
        "for ever; @terminal says where all may stop."
    )
    assert stuck.trace is not None
    nobody = replace(stuck, trace=replace(stuck.trace, waits=()))
    verdict = replace(verdict, violations=(nobody,))
    told = advice([Ran(verdict, "")], [], "t.json", [verdict])
    assert "daemon" not in told
    assert "say so: @terminal says where all may stop. To see it again:\n" in told


@pytest.mark.parametrize(
    ("name", "expected", "width"),
    [
        ("", "", len("(defaults)")),
        ("as first proposed", "violates fresh", len("as first proposed")),
        ("fetch, then RPC", "holds", len("fetch, then RPC")),
        ("as published", "violates mutual_exclusion", len("as published")),
        ("a name of a variant that says everything", "violates deadlock", 26),
    ],
)
def test_names_of_variants_have_what_the_line_has_left(
    name: str, expected: str, width: int
) -> None:
    table = Table.of([(name, expected)], Style())
    assert table.variant == width
    assert len(table.heading()) <= 80


def test_words_are_not_broken() -> None:
    rows = [
        ("IOU, two references, one-call membrane", "violates every_token_received"),
        ("inline", "holds"),
    ]
    table = Table.of(rows, Style())
    name, expected = rows[0]
    found = Violation("every_token_received", ViolationKind.INVARIANT, "")
    violated = replace(HOLDS, variant=name, outcome=Outcome.VIOLATED, expected=expected)
    told = table.line(replace(violated, violations=(found,)))
    assert "every_token_received" in told
    assert "as expected" in told
    assert set(told.split()) >= set(f"{name} {expected}".split())
    other = Violation("no_error", ViolationKind.INVARIANT, "")
    told = table.line(replace(violated, violations=(other,), as_expected=False))
    assert "no_error" in told
    assert "as expected" not in told
    assert Table.of(rows, Style(width=140)).once is False


def test_notes_of_several_lines_have_lines_of_their_own() -> None:
    note = "no compiler: cc said\nmodel.c:1: error: gone\n"
    told = remarks(replace(HOLDS, notes=(note,)), Style())
    assert told == "     - no compiler: cc said\n       model.c:1: error: gone\n"


def test_a_search_that_was_cut_short_says_nothing_of_what_never_happened() -> None:
    vacuous = VERDICTS[5]
    found = replace(vacuous, outcome=Outcome.VIOLATED, violations=(E_ORDER,))
    limited = replace(vacuous, outcome=Outcome.INCONCLUSIVE)
    assert never([vacuous], Style())
    assert never([found], Style()) == ""
    assert never([vacuous, limited], Style()) == ""
    assert "in any run" in never([vacuous, found], Style())


def test_a_condition_in_what_steps_share_was_true_if_it_was_true_in_one() -> None:
    shared, alone = examples.at(12, "gone.py"), examples.at(14, "gone.py")

    def told(*points: tuple[str, str, Span, bool]) -> str:
        covered = tuple((CoverPoint(kind, name, span), was) for kind, name, span, was in points)
        return never([replace(HOLDS, coverage=Coverage(covered))], Style())

    passed, missed = ("guard", "a: line 12", shared, True), ("guard", "b: line 12", shared, False)
    assert told(passed, missed) == ""
    assert told(passed, missed, ("guard", "b: line 14", alone, False)).count("never true") == 1
    assert told(missed, ("guard", "c: line 12", shared, False)).count("gone.py:12") == 1
    assert "b (stopped at gone.py:12)" in told(passed, missed, ("step", "b", alone, False))


def test_nothing_expected_has_no_such_column() -> None:
    table = Table.of([("a", "")], Style())
    assert "expected" not in table.heading()


def test_the_json_of_a_run(golden: Callable[[str, str], None]) -> None:
    golden("report/run.json", report_text(VERDICTS, [], "0.1.0"))


def test_times() -> None:
    assert [seconds_text(s) for s in (0.004, 9.99, 12.34, 61, 3599)] == [
        "0.00 s",
        "9.99 s",
        "12.3 s",
        "1m 01s",
        "59m 59s",
    ]
