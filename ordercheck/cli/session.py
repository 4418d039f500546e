"""One `ordercheck verify`: what was asked for, the runs of it, and what is known so far."""

from __future__ import annotations

import shlex
from collections.abc import Collection
from enum import Enum

from ordercheck.checking.scenario import Played
from ordercheck.checking.verdict import Verdict
from ordercheck.cli.loading import Configuration, Found, Texts
from ordercheck.cli.output import Screen
from ordercheck.ir.nodes import Program
from ordercheck.ir.record import dataclass, field
from ordercheck.ir.span import BadInput, Diagnostic
from ordercheck.language.model import Variant


@dataclass(frozen=True, slots=True)
class Request:
    """The command line of `verify`."""

    files: tuple[str, ...]
    assignments: tuple[tuple[str, str], ...] = ()
    variants: tuple[str, ...] = ()
    specs: tuple[str, ...] = ()
    invariants: tuple[str, ...] = ()
    watches: tuple[str, ...] = ()
    continue_: bool = False
    traces: str = "first"
    long: bool = False
    quiet: bool = False
    as_json: bool = False
    markdown: bool = False
    output: str | None = None
    max_states: int | None = None
    max_depth: int | None = None
    max_seconds: float | None = None
    max_memory: int | None = None
    spill: str | None = None
    engine: str = "auto"
    workers: int | None = None
    compiler: str | None = None
    hash_compact: bool = False
    checkpoint: str | None = None
    resume: bool = False
    no_color: bool = False


class State(Enum):
    """Whether the reader still wants to know."""

    RUNNING = "running"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Run:
    """One configuration of one model."""

    found: Found
    given: str
    variant: Variant | None
    configuration: Configuration

    @property
    def command(self) -> str:
        """The command line that makes this run again."""
        return self._command(self.configuration.assignments)

    def _command(self, assignments: Texts) -> str:
        configuration = self.configuration
        words = ["ordercheck", "verify", self.given]
        words += ["--variant", self.name] if self.variant else []
        for name, value in assignments:
            words += ["--set", f"{name}={value}"]
        words += [word for spec in configuration.specs for word in ("--spec", spec)]
        words += [word for each in configuration.invariants for word in ("--invariant", each)]
        return shlex.join(words)

    def next_values(self, program: Program, known: Collection[Texts]) -> tuple[str, str]:
        """The commands that make it with a number that is a parameter one higher, one lower.

        `known` are the parameters of runs of this model that were made already.
        """
        values = dict(program.parameters)
        found = {1: "", -1: ""}
        for each in self.found.model.declared_parameters():
            if type(each.default) is not int or each.choices or each.name not in values:
                continue
            lo, hi = 0 if each.lo is None else each.lo, each.hi
            for step, so_far in found.items():
                value = int(values[each.name]) + step
                new = tuple({**values, each.name: str(value)}.items())
                fits = lo <= value and (hi is None or value <= hi)
                if fits and not so_far and new not in known:
                    given = {**dict(self.configuration.assignments), each.name: str(value)}
                    found[step] = self._command(tuple(given.items()))
        return found[1], found[-1]

    @property
    def name(self) -> str:
        """The variant's, "" for other configurations."""
        return self.variant.name if self.variant else ""

    @property
    def shown(self) -> str:
        """What a reader knows it by: the variant, or what was set; "" for the defaults."""
        if self.variant:
            return self.variant.name
        return ", ".join(f"{name}={value}" for name, value in self.configuration.assignments)

    @property
    def expected(self) -> str:
        """What the variant says of it, "" for nothing."""
        return str(self.variant.expect) if self.variant and self.variant.expect else ""


@dataclass(slots=True)
class Session:
    """All that becomes known in the course of one command."""

    request: Request
    screen: Screen
    verdicts: list[tuple[Run, Verdict]] = field(default_factory=list)
    errors: list[Diagnostic] = field(default_factory=list)
    played: list[Played] = field(default_factory=list)
    shown: list[Verdict] = field(default_factory=list)
    state: State = State.RUNNING

    @property
    def talks(self) -> bool:
        """Whether anything is written for people, apart from errors."""
        return not (self.request.as_json or self.request.markdown)

    def reject(self, error: BadInput) -> bool:
        """Tell what is wrong with the input, each mistake once; whether any was new."""
        new = [each for each in error.diagnostics if each not in self.errors]
        self.errors += new
        if new:
            self.screen.complain(new)
        return bool(new)


def covers(request: Request, found: Found) -> bool:
    """Whether all runs are made that a model is meant to be judged by.

    What never happens in some of its variants, or with other parameters, is no mistake.
    """
    return not found.model.variants or not (request.variants or request.assignments)
