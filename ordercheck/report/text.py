"""Measuring, cutting and folding text for a terminal: columns, not characters, are what counts."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator

TAB = 4
JOINTS = "_./"


def columns(text: str) -> int:
    """Columns that a terminal needs: two for a wide character, none for a combining one."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Me", "Mn"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def printable(text: str) -> str:
    """The text with tabs expanded (to multiples of 4) and control characters made visible."""
    if text.isprintable():
        return text
    shown: list[str] = []
    place = 0
    for character in text:
        if character == "\t":
            piece = " " * (TAB - place % TAB)
        elif unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp"):
            piece = character.encode("unicode_escape", "surrogatepass").decode("ascii")
        else:
            piece = character
        shown.append(piece)
        place += columns(piece)
    return "".join(shown)


def pad(text: str, width: int) -> str:
    """The text, filled with blanks on the right to `width` columns."""
    return text + " " * (width - columns(text))


def head(text: str, width: int) -> str:
    """As much of the beginning as fits into `width` columns."""
    if len(text) <= width and text.isascii():
        return text
    used = 0
    for k, character in enumerate(text):
        used += _columns(character)
        if used > width:
            return text[:k]
    return text


def tail(text: str, width: int) -> str:
    """As much of the end as fits into `width` columns."""
    return head(text[::-1], width)[::-1]


def elide(text: str, width: int, mark: str = "…") -> str:
    """The text in at most `width` columns: what does not fit is cut out of its middle.

    Cuts between the items of a list where one ends nearby, so that what is left
    reads as values: `[0, 1, 2, …, 9]`.
    """
    if columns(text) <= width:
        return text
    room = width - columns(mark)
    if room < 2:
        return head(text, width)
    first = head(text, room - room // 3)
    last = tail(text, room - columns(first))
    near = max(4, width // 5)
    comma = first.rfind(", ")
    if comma >= len(first) - near and comma > 0:
        first = first[: comma + 2]
        last = tail(text, room - columns(first))
        comma = last.find(", ")
        if 0 <= comma <= near:
            last = last[comma:]
    return f"{first}{mark}{last}"


def clip(text: str, width: int, mark: str = "…") -> str:
    """The text in at most `width` columns: what does not fit is cut off its end."""
    if columns(text) <= width:
        return text
    return head(text, max(0, width - columns(mark))).rstrip() + mark


def fold(text: str, width: int, following: int | None = None) -> list[str]:
    """The text in lines of at most `width` columns (`following`: those after the first).

    Breaks at blanks; a word that is too long is broken within, after a `_`, `.` or `/` if
    one is near. Never empty.
    """
    lines: list[str] = []
    line = ""
    room = max(1, width)
    for word in _words(text):
        if columns(line) + columns(word.rstrip()) > room and line.strip():
            lines.append(line.rstrip())
            line, room = "", max(1, width if following is None else following)
            word = word.lstrip()
        while columns(word.rstrip()) > room:
            part = _broken(head(word, room) or word[:1])
            lines.append(part)
            word, room = word[len(part) :], max(1, width if following is None else following)
        line += word
    if line.strip() or not lines:
        lines.append(line.rstrip())
    return lines


def _broken(part: str) -> str:
    """The beginning of a long word, up to where its own parts end."""
    place = max(part.rfind(each) for each in JOINTS) + 1
    return part[:place] if place > len(part) // 2 else part


def _words(text: str) -> Iterator[str]:
    """Words, each with the blanks after it (the first also with those before)."""
    start = 0
    for k in range(1, len(text)):
        if text[k - 1] == " " and text[k] != " " and text[start:k].strip():
            yield text[start:k]
            start = k
    if start < len(text):
        yield text[start:]


def shown_path(file: str) -> str:
    """A file as a reader names it: relative where it lies below the current folder."""
    if not os.path.isabs(file):
        return file
    try:
        relative = os.path.relpath(file)
    except (OSError, ValueError):
        return file
    return file if relative.startswith("..") else relative


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 step`, `2 steps`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
