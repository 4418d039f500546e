"""Source files and the syntax trees of the functions in them."""

from __future__ import annotations

import ast
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import CodeType
from typing import Any

from ordercheck.frontend.syntax import walk
from ordercheck.ir.record import dataclass
from ordercheck.ir.span import NOWHERE, BadInput, Diagnostic, Span
from ordercheck.language.mistakes import Location, Mistake

LOADED = "ordercheck_model_"
"""How the names of modules begin that are loaded by their path."""

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def display_path(path: str) -> str:
    """The path as a reader would type it: relative where that is shorter."""
    return _display_path(path, os.getcwd())


@lru_cache(maxsize=256)
def _display_path(path: str, folder: str) -> str:
    relative = os.path.relpath(path, folder)
    return path if relative.startswith("..") else relative


def span_at(location: Location | None) -> Span:
    """The span of a location in set-up."""
    if location is None:
        return NOWHERE
    return Span(
        display_path(location.file),
        location.line,
        location.column,
        location.end_line,
        location.end_column,
    )


def diagnostic_of(mistake: Mistake, otherwise: Span = NOWHERE) -> Diagnostic:
    """A mistake of set-up as a diagnostic."""
    span = span_at(mistake.at) if mistake.at else otherwise
    return Diagnostic(mistake.code, mistake.headline, span, mistake.label, mistake.help)


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed file, as its path is `shown`; `functions` finds one by its name and first line.

    Of a function that was found all syntax keeps the source that it is of.
    """

    path: str
    shown: str
    lines: tuple[str, ...]
    tree: ast.Module
    functions: dict[tuple[str, int], list[FunctionNode]]

    def span(self, node: ast.AST) -> Span:
        """Where a node stands: in the file that it was parsed from; one that was made, in this."""
        # Kept with the node: it is asked for again and again.
        known: Span | None = vars(node).get("span")
        if known is None:
            home: Source = vars(node).get("source", self)
            known = vars(node)["span"] = home._span(node)
        return known

    def _span(self, node: ast.AST) -> Span:
        line = getattr(node, "lineno", 0)
        end_line = getattr(node, "end_lineno", None) or line
        return Span(
            self.shown,
            line,
            self._column(line, getattr(node, "col_offset", 0)),
            end_line,
            self._column(end_line, getattr(node, "end_col_offset", None) or 0),
        )

    def _column(self, line: int, offset: int) -> int:
        # ast counts bytes of UTF-8, people count characters.
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        if text.isascii():
            return offset + 1
        return len(text.encode()[:offset].decode(errors="replace")) + 1

    def beginning(self, name: str, line: int) -> list[FunctionNode]:
        """The functions of a name that begin in a line, with their decorators."""
        if name != "<lambda>":
            return self.functions.get((name, line), [])
        return [node for node in _lambdas(self.tree) if node.lineno == line]

    def text(self, node: ast.AST) -> str:
        """The node's source text, on one line."""
        if getattr(node, "end_lineno", None) is None:
            return " ".join(ast.unparse(node).split())
        # As ast.get_source_segment, which splits all of the file each time.
        span = self.span(node)
        lines = list(self.lines[span.line - 1 : span.end_line])
        lines[-1] = lines[-1][: span.end_column - 1]
        lines[0] = lines[0][span.column - 1 :]
        return " ".join("".join(lines).split())


@contextmanager
def _syntax_errors(path: str) -> Iterator[None]:
    """Turn what Python says of a text that is not Python into BadInput."""
    try:
        yield
    except SyntaxError as error:
        line, column = error.lineno or 1, error.offset or 1
        end_line, end = error.end_lineno or line, error.end_offset or 0
        span = Span(display_path(path), line, column, end_line, max(end, column + 1))
        raise BadInput(Diagnostic("E002", f"this is not Python: {error.msg}", span)) from None
    except (ValueError, RecursionError, MemoryError) as error:
        span = Span(display_path(path), 1, 1, 1, 1)
        raise BadInput(Diagnostic("E002", f"this is not Python: {error}", span)) from None


def check_syntax(path: str, text: str) -> None:
    """Raise BadInput where Python parses a file and rejects it then: `return` in no function."""
    with _syntax_errors(path):
        compile(text, path, "exec", dont_inherit=True)


def parse(path: str, text: str) -> Source:
    """Parse a file's text; raises BadInput where it is not Python."""
    with _syntax_errors(path):
        tree = ast.parse(text, path)
    functions: dict[tuple[str, int], list[FunctionNode]] = {}
    # Only at the ends that the parser knows: splitlines() ends one at a form feed, too.
    source = Source(path, display_path(path), tuple(io.StringIO(text)), tree, functions)
    for node in _statements(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            functions.setdefault((node.name, first), []).append(node)
    return source


@lru_cache(maxsize=256)  # looked for in the whole file, once
def _lambdas(tree: ast.Module) -> tuple[ast.Lambda, ...]:
    return tuple(node for node in walk(tree) if isinstance(node, ast.Lambda))


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """The statements of a file, and the clauses of them that hold more."""
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        yield node
        for name in ("body", "orelse", "finalbody", "handlers", "cases"):
            todo += getattr(node, name, ())


@lru_cache(maxsize=256)
def _parse_version(path: str, folder: str, stamp: tuple[int, int]) -> Source:
    with open(path, encoding="utf-8-sig") as file:
        return parse(path, file.read())


def source_of(path: str) -> Source:
    """The file at `path`, parsed once a version and folder that its path is shown from."""
    status = os.stat(path)
    return _parse_version(path, os.getcwd(), (status.st_mtime_ns, status.st_size))


def class_span(owner: type) -> Span:
    """Where a class is defined; NOWHERE where that is not known."""
    file = getattr(sys.modules.get(owner.__module__), "__file__", None)
    if file is None:
        return NOWHERE
    source = source_of(file)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef) and node.name == owner.__name__:
            start = source.span(node)
            return Span(start.file, start.line, start.column, start.line, start.column + 5)
    return NOWHERE


def find_function(function: Callable[..., Any]) -> tuple[Source, FunctionNode] | None:
    """The syntax tree of a Python function; None where there is no source for it."""
    code: CodeType | None = getattr(function, "__code__", None)
    if code is None:
        return None
    try:
        source = source_of(code.co_filename)
    except (OSError, BadInput, UnicodeDecodeError):
        return None
    found = source.beginning(code.co_name, code.co_firstlineno)
    node = found[0] if len(found) == 1 else _at_columns(found, code)
    if node is None:
        return None
    if "source" not in vars(node):
        for each in walk(node):
            vars(each)["source"] = source
    return source, node


def _at_columns(found: list[FunctionNode], code: CodeType) -> FunctionNode | None:
    """Which of several functions that begin in one line is the one that was compiled to this."""
    columns = {(line, column) for line, _, column, _ in code.co_positions()}
    for node in found:
        body = node.body if isinstance(node, ast.Lambda) else node.body[0]
        spots = {(n.lineno, n.col_offset) for n in ast.walk(body) if isinstance(n, ast.expr)}
        if spots & columns:
            return node
    return None
