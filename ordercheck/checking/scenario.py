"""What has come of a scenario: plain data, for reports."""

from __future__ import annotations

from ordercheck.ir.record import dataclass
from ordercheck.ir.span import NOWHERE, Diagnostic, Span


@dataclass(frozen=True, slots=True)
class Played:
    """A scenario of a model (FILE:Class) that was run: the steps taken, and what went wrong.

    `parameters` are texts, those that differ from the defaults; `failure` says what was
    otherwise than scripted, None where nothing was.
    """

    model: str
    name: str
    parameters: tuple[tuple[str, str], ...] = ()
    steps: tuple[str, ...] = ()
    failure: Diagnostic | None = None
    span: Span = NOWHERE
