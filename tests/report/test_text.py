from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ordercheck.report.text import clip, columns, counted, elide, fold, head, pad, printable, tail

TEXTS = st.text(st.sampled_from("ab, (){}日本é\u0301→…\t\n"), max_size=120)


@given(TEXTS, st.integers(1, 60))
def test_what_is_cut_fits(text: str, width: int) -> None:
    for cut in (elide(text, width), clip(text, width), head(text, width), tail(text, width)):
        assert columns(cut) <= width


@given(TEXTS, st.integers(2, 40))
def test_folding_loses_only_blanks_and_fits(text: str, width: int) -> None:
    lines = fold(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(columns(line) <= width for line in lines)


@given(TEXTS)
def test_printable_text_has_no_control_characters(text: str) -> None:
    assert not set("\t\n") & set(printable(text))


def test_tabs_go_to_multiples_of_four() -> None:
    assert printable("\ta\tb") == "    a   b"


def test_lists_are_cut_between_items() -> None:
    text = str(list(range(100, 130)))
    assert elide(text, 40) == "[100, 101, 102, 103, 104, …, 128, 129]"


def test_counting_and_padding() -> None:
    assert counted(1, "step") == "1 step"
    assert counted(1200, "step") == "1,200 steps"
    assert pad("日", 4) == "日  "
