"""Bugs planted on purpose: the code of a function in whose source some text is another."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType


def mutated(function: FunctionType, old: str, new: str) -> str:
    """The text of a function's module, in which the function has other text."""
    lines, first = inspect.getsourcelines(function)
    text = "".join(lines)
    assert old in text, f"{function.__qualname__} has changed: there is no {old!r}"
    whole = Path(function.__code__.co_filename).read_text(encoding="utf-8")
    rows = whole.splitlines(keepends=True)
    rows[first - 1 : first - 1 + len(lines)] = [text.replace(old, new, 1)]
    return "".join(rows)


def code_in(text: str, path: str, function: FunctionType) -> CodeType:
    """A function's code as a module with this text has it."""
    module = compile(text, path, "exec", dont_inherit=True)
    name = function.__code__.co_qualname
    return next(each for each in _codes(module) if each.co_qualname == name)


def _codes(code: CodeType) -> Iterator[CodeType]:
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield const
            yield from _codes(const)
