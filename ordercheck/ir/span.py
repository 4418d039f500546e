"""Where something stands in a source file, and what is wrong there: plain data for every stage."""

from __future__ import annotations

from ordercheck.ir.record import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of source: lines from 1, columns from 1, the end column exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


NOWHERE = Span("", 0, 0, 0, 0)
"""The span of what no source line stands for."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake of an author's: what is wrong, where, and what would be right.

    `code` is stable (E001…) and has an entry in docs/errors.md. `label` is
    written under the caret, `help` below; `notes` hold further lines, such as
    the author's own traceback of an error in `setup`. `quoted` is the text that the
    span is of where that is in no file: an expression of the command line.
    """

    code: str
    headline: str
    span: Span = NOWHERE
    label: str = ""
    help: str = ""
    notes: tuple[str, ...] = ()
    quoted: str = ""


class BadInput(Exception):
    """Input that cannot be used; `diagnostics` says why, in source order, and is never empty."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("; ".join(d.headline for d in diagnostics))
        self.diagnostics = diagnostics

    def __reduce__(self) -> tuple[type[BadInput], tuple[Diagnostic, ...]]:
        """Pickled as what it is made of, which is not what exceptions keep of it."""
        return type(self), self.diagnostics


@dataclass(slots=True)
class Diagnostics:
    """Collects mistakes, so that one run reports all of them."""

    found: list[Diagnostic] = field(default_factory=list)

    def add(self, diagnostic: Diagnostic) -> None:
        """Keep a mistake, once: a method is lowered for each component that has it."""
        where = diagnostic.code, diagnostic.span
        if diagnostic.span == NOWHERE or where not in [(d.code, d.span) for d in self.found]:
            self.found.append(diagnostic)

    def check(self) -> None:
        """Raise BadInput with all that was found, if anything was."""
        if self.found:
            raise BadInput(*sorted(self.found, key=lambda d: d.span))
