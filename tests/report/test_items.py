"""Long values: every line fits, and nothing is broken but between items."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ordercheck.report.items import elide_items, fold_items, pieces
from ordercheck.report.text import columns

NAMES = ["wait_created wait_1", "step_completed step_2(work, more)", "it's", 'say "a, b"', "日本"]
LISTS = st.lists(st.sampled_from(NAMES), max_size=12)
WIDTHS = st.integers(30, 80)


@given(LISTS)
def test_pieces_are_items(items: list[str]) -> None:
    text = repr(items)
    found = pieces(text)
    assert "".join(found) == text
    assert len(found) == max(1, len(items))


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_pieces_lose_nothing(text: str) -> None:
    assert "".join(pieces(text)) == text


@given(LISTS, WIDTHS)
def test_lines_fit_and_are_whole_items(items: list[str], width: int) -> None:
    lines = fold_items(repr(items), width + 10)
    assert " ".join(lines) == repr(items)
    assert all(columns(line) <= width + 10 for line in lines)
    assert all(line.endswith(",") for line in lines[:-1])


@given(LISTS, WIDTHS)
def test_what_is_left_are_whole_items(items: list[str], width: int) -> None:
    text = repr(items)
    short = elide_items(text, width + 50, "…")
    assert columns(short) <= width + 50
    if columns(text) <= width + 50:
        assert short == text
        return
    front, back = short.split("…, ")
    assert text.startswith(front)
    assert text.endswith(back)
    assert front.endswith(", ")


def test_an_item_too_long_is_cut_itself() -> None:
    assert elide_items("['" + "a" * 50 + "']", 20) == "['" + "a" * 11 + "…" + "a" * 4 + "']"
    assert fold_items("a" * 25, 10) == ["a" * 10, "a" * 10, "a" * 5]
    assert fold_items("", 10) == [""]
    assert elide_items("[1, 2, 3, 4, 5, 6, 7, 8, 9]", 18) == "[1, 2, …, 7, 8, 9]"
