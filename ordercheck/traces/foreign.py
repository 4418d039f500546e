"""Texts that other programs have written: UTF-8, and JSON, no more than RFC 8259 has.

Python's own reader takes NaN and Infinity, makes an infinity of 1e400, keeps the last of
two equal names, and gives up on deep nesting and long numbers in words of its own.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

DEEPEST = 100
"""Arrays and objects inside each other; what is made of them is walked by recursion."""

BOM = "\ufeff"


class Unreadable(ValueError):
    """Why a text cannot be read, in words that follow a colon.

    `start` and `end` are the characters meant, from 0; `cut` where the text ends too
    early; `syntax` where it is no JSON at all, rather than JSON that cannot be used.
    `line` is that of a file's bytes that are no text, 0 where it is not one line alone.
    """

    def __init__(
        self,
        reason: str,
        start: int,
        end: int,
        cut: bool = False,
        syntax: bool = False,
        line: int = 0,
    ) -> None:
        super().__init__(reason)
        self.reason, self.start, self.end = reason, start, end
        self.cut, self.syntax, self.line = cut, syntax, line


def decoded(data: bytes) -> str:
    """The text of a file, without a byte order mark; ends of lines are `\\n`.

    Raises Unreadable, which names the line, where it is not UTF-8.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        reason = f"line {line} is not UTF-8"
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            reason, line = "it is UTF-16, not UTF-8", 0
        raise Unreadable(reason, 0, 0, line=line) from None
    return text.removeprefix(BOM).replace("\r\n", "\n").replace("\r", "\n")


def parsed(text: str) -> Any:
    """The JSON value that a text is; raises Unreadable."""
    try:
        value = json.loads(
            text, object_pairs_hook=_once, parse_constant=_constant, parse_float=_real
        )
    except json.JSONDecodeError as error:
        cut = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated")
        raise Unreadable(_words(error.msg), error.pos, error.pos + 1, cut, True) from None
    except RecursionError:
        raise _too_deep(text) from None
    except _Refused as error:
        start = text.rfind(error.literal)
        alone = text.count(error.literal) == error.times
        raise Unreadable(
            error.reason, *((start, start + len(error.literal)) if alone else (0, len(text)))
        ) from None
    except ValueError:
        # The only other thing that Python refuses: see sys.set_int_max_str_digits.
        raise Unreadable("it has a number of thousands of digits", 0, len(text)) from None
    if _is_deeper(value, DEEPEST):
        raise _too_deep(text)
    return value


def _too_deep(text: str) -> Unreadable:
    reason = f"it is nested too deeply, by more than {DEEPEST} arrays and objects"
    return Unreadable(reason, 0, len(text))


def _words(message: str) -> str:
    """Python's message as the end of a sentence: `Unterminated string starting at` has no end."""
    words = message.removesuffix(" starting at").removesuffix(" at").rstrip(": ")
    return words[:1].lower() + words[1:]


class _Refused(ValueError):
    """Something that Python would take, as it is written; so many `times` at least."""

    def __init__(self, reason: str, literal: str, times: int = 1) -> None:
        super().__init__(reason)
        self.reason, self.literal, self.times = reason, literal, times


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        name = next(name for name in names if names.count(name) > 1)
        raise _Refused(f"{name!r} is there twice", json.dumps(name, ensure_ascii=False), 2)
    return found


def _constant(name: str) -> float:
    raise _Refused(f"{name} is no number in JSON", name)


def _real(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _Refused(f"{text} is too large for a number", text)
    return value


def _is_deeper(value: Any, most: int) -> bool:
    match value:
        case list():
            return most == 0 or any(_is_deeper(each, most - 1) for each in value)
        case dict():
            return most == 0 or any(_is_deeper(each, most - 1) for each in value.values())
        case _:
            return False
