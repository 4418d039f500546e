"""Values too long for a line: cut, and folded, between the items of a list and not inside one."""

from __future__ import annotations

from ordercheck.report.text import columns, elide, fold

QUOTES = "'\""


def pieces(text: str) -> list[str]:
    """A value's text in the parts between which it may be broken: after each comma and blank.

    A comma in a string is no such place. Joined they are the text.
    """
    found: list[str] = []
    start = 0
    quote = ""
    skip = False
    for k, character in enumerate(text):
        if skip:
            skip = False
        elif quote:
            skip = character == "\\"
            quote = "" if character == quote else quote
        elif character in QUOTES and not (k and text[k - 1].isalnum()):
            quote = character
        elif character == " " and text[k - 1 : k] == ",":
            found.append(text[start : k + 1])
            start = k + 1
    found.append(text[start:])
    return [piece for piece in found if piece] or [""]


def fold_items(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` columns; an item that needs more is folded itself."""
    lines: list[str] = []
    line = ""
    for piece in pieces(text):
        if line and columns((line + piece).rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        if columns(piece.rstrip()) > width:
            *whole, line = fold(piece, width)
            lines += whole
            line += " " * piece.endswith(" ")
        else:
            line += piece
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def elide_items(text: str, width: int, mark: str = "…") -> str:
    """The text in at most `width` columns: whole items are cut out of its middle.

    Where there is no room for the first and the last one, the text itself is cut.
    """
    if columns(text) <= width:
        return text
    parts = pieces(text)
    front, back = 1, len(parts) - 1
    used = columns(parts[0]) + columns(parts[-1]) + columns(f"{mark}, ")
    if front >= back or used > width:
        return elide(text, width, mark)
    # What comes last has often just been added, what comes first tells what it is about.
    for from_end in (True, False) * len(parts):
        part = parts[back - 1] if from_end else parts[front]
        if used + columns(part) > width:
            break
        used += columns(part)
        front, back = (front, back - 1) if from_end else (front + 1, back)
    return f"{''.join(parts[:front])}{mark}, {''.join(parts[back:])}"
