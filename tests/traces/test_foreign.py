"""Texts of other programs: what JSON has is read as json reads it, all else refused in words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordercheck.traces.foreign import DEEPEST, Unreadable, decoded, parsed

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    # One half of a surrogate pair can be written in JSON, and in no file.
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(VALUES)
def test_what_json_writes_is_read(value: Any) -> None:
    read = parsed(json.dumps(value))
    assert read == value
    assert type(read) is type(value)


@given(st.text() | st.text('{}[]",:0123456789.eE-+ntf\\\n'))
def test_nothing_else_is_raised(text: str) -> None:
    found: Unreadable | None = None
    try:
        parsed(text)
    except Unreadable as error:
        found = error
    if found is not None:
        assert 0 <= found.start < found.end <= max(len(text), found.start) + 1
        assert found.reason


REFUSED = {
    "NaN": "NaN is no number in JSON",
    "[-Infinity]": "-Infinity is no number in JSON",
    "1e400": "1e400 is too large for a number",
    '{"a": -1e999}': "-1e999 is too large for a number",
    "9" * 5000: "it has a number of thousands of digits",
    '{"a": 1, "b": {"c": 1, "c": 2}}': "'c' is there twice",
    "[" * 101 + "]" * 101: "it is nested too deeply",
    '{"a":' * 100_000: "it is nested too deeply",
    "": "expecting value",
    '["a': "unterminated string",
    '"\x01"': "invalid control character",
    "[1] [2]": "extra data",
}


@pytest.mark.parametrize(("text", "words"), REFUSED.items(), ids=list(REFUSED.values()))
def test_what_is_refused(text: str, words: str) -> None:
    with pytest.raises(Unreadable) as found:
        parsed(text)
    assert found.value.reason.startswith(words)


def test_where_it_stands() -> None:
    for text, literal in {
        '{"at": NaN, "b": 1}': "NaN",
        '{"at": [1, 1e400]}': "1e400",
        '{"a": 1, "b": {"a": 2}, "c": 1, "b": 3}': '"b"',
    }.items():
        with pytest.raises(Unreadable) as found:
            parsed(text)
        assert text[found.value.start : found.value.end] == literal
        assert found.value.start == text.rfind(literal)


def test_limits_are_reached() -> None:
    text = "[" * DEEPEST + "]" * DEEPEST
    assert json.dumps(parsed(text)) == text
    assert parsed("9" * 4000) == int("9" * 4000)
    assert parsed("1e308") == 1e308
    assert parsed("1e-400") == 0


@given(st.binary())
def test_bytes(data: bytes) -> None:
    try:
        text = decoded(data)
    except Unreadable:
        with pytest.raises(UnicodeDecodeError):
            data.decode("utf-8")
        return
    assert "\r" not in text
    assert text.count("\n") <= data.count(b"\n") + data.count(b"\r")


def test_which_line_is_no_text() -> None:
    assert decoded(b"\xef\xbb\xbfa\r\nb\rc\n") == "a\nb\nc\n"
    for data, words in {
        b"a\nb\xff\n": "line 2 is not UTF-8",
        b"\x80": "line 1 is not UTF-8",
        "{}".encode("utf-16"): "it is UTF-16, not UTF-8",
    }.items():
        with pytest.raises(Unreadable) as found:
            decoded(data)
        assert found.value.reason == words
