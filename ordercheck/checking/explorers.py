"""Explorations of all states, by one engine or another, in one form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, TypeVar

from ordercheck.checking.canonical import canonical_path
from ordercheck.checking.options import Options
from ordercheck.engines.exploration import (
    Exploration,
    Finding,
    Limits,
    counted,
    explore,
    interpreted_note,
)
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.memory import memory_limit
from ordercheck.engines.transition import Label
from ordercheck.ir.nodes import Program
from ordercheck.ir.record import dataclass, field
from ordercheck.ir.span import NOWHERE, BadInput, Diagnostic, Span

if TYPE_CHECKING:
    from ordercheck.engines.native.checkpoint import Checkpoint

FIRST_STATES = 25_000
"""So many states the interpreter explores in less time than a compiler takes for its work."""

NARROWED = "a shortest trace; memory did not suffice to find the one with fewest switches"


@dataclass(frozen=True, slots=True)
class Explored:
    """What an engine has found; to be closed, since its memory may not be Python's.

    `machine` is the reference interpreter, which replays; `path` gives the labels of the
    trace to show for a finding: none where it could not be found, and the exploration's limit
    then says why. `notes` say what restricts the answer; they are complete once all paths have
    been asked for.
    """

    engine: str
    machine: Machine
    exploration: Exploration
    reached: Sequence[int]
    path: Callable[[Finding], tuple[Label, ...]]
    notes: list[str] = field(default_factory=list)
    close: Callable[[], None] = lambda: None


Explorer = Callable[[Program, Options], Explored]
T = TypeVar("T")


class Unusable(Exception):
    """The native engine cannot serve; the reason completes "the native engine cannot be used:"."""

    def __init__(self, reason: str, span: Span = NOWHERE) -> None:
        """Say why, and where the model asks for it."""
        super().__init__(reason)
        self.reason = reason
        self.span = span


def by_interpreter(program: Program, options: Options) -> Explored:
    """By the reference interpreter."""
    machine = Machine(program)
    limits = _limits(options)
    exploration = explore(machine, limits, options.continue_, options.progress)

    def path(finding: Finding) -> tuple[Label, ...]:
        return canonical_path(machine, exploration, finding)

    return Explored("interpreter", machine, exploration, machine.reached, path)


def by_native(program: Program, options: Options) -> Explored:
    """By generated C; raises BadInput where there is none for the program or the machine."""
    return or_bad_input(lambda: _natively(program, options))


def by_either(program: Program, options: Options) -> Explored:
    """By the interpreter as long as that takes no time, then by generated C where possible.

    They agree in everything, so it does not matter which of them it was.
    """
    if options.saving is not None:
        return by_native(program, options)
    most = options.max_states
    if most is not None and most <= FIRST_STATES:
        return by_interpreter(program, options)
    if (explored := _first_attempt(program, options)) is not None:
        return explored

    def interpreted(note: str) -> Explored:
        explored = by_interpreter(program, options)
        explored.notes.append(note)
        return explored

    return or_interpreted(lambda: _natively(program, options), interpreted)


def _first_attempt(program: Program, options: Options) -> Explored | None:
    """By the interpreter, if it takes it no time; what it has otherwise found is let go of."""
    explored = by_interpreter(program, replace(options, max_states=FIRST_STATES))
    too_much = [counted(FIRST_STATES, "state")]
    if options.max_memory is not None:
        # Generated C can do with less, and goes on from disk.
        too_much.append(memory_limit(options.max_memory))
    return None if explored.exploration.limit in too_much else explored


# --- what can be done natively ----------------------------------------------------------


def or_bad_input(natively: Callable[[], T]) -> T:
    """What generated C gives; BadInput where it cannot be used."""
    try:
        with usable():
            return natively()
    except Unusable as error:
        headline = f"the native engine cannot be used: {error.reason}"
        help = "leave --engine away: the interpreter can do everything, more slowly"
        raise BadInput(Diagnostic("E930", headline, error.span, help=help)) from None


def or_interpreted(natively: Callable[[], T], interpreted: Callable[[str], T]) -> T:
    """What generated C gives, or the interpreter, which is told the note that says why."""
    from ordercheck.engines.native.compiler import GeneratedCodeFails

    try:
        with usable():
            return natively()
    except Unusable as error:
        reason = error.reason
    except GeneratedCodeFails as error:
        reason = f"a defect of ordercheck's; please report it with your model and {error.file}"
    return interpreted(interpreted_note(reason))


@contextmanager
def usable() -> Iterator[None]:
    """Raises Unusable for every reason that the native engine has for not serving."""
    # Thirty modules that small models need not wait for.
    from ordercheck.engines.native.generate.unsupported import Unsupported
    from ordercheck.engines.native.search import NeedsInterpreter
    from ordercheck.engines.native.unavailable import Unavailable

    try:
        yield
    except Unsupported as error:
        raise Unusable(error.reason, error.span) from None
    except (Unavailable, NeedsInterpreter) as error:
        raise Unusable(str(error)) from None


def bad_checkpoint(folder: str, reason: str) -> BadInput:
    """BadInput about a folder that a search cannot go on from."""
    headline = f"the checkpoint {folder} cannot be used: {reason}"
    help = "begin again: ordercheck verify FILE --checkpoint DIR, with another DIR"
    return BadInput(Diagnostic("E931", headline, Span(folder, 0, 0, 0, 0), help=help))


def _limits(options: Options) -> Limits:
    return Limits(options.max_states, options.max_depth, options.max_seconds, options.max_memory)


def _natively(program: Program, options: Options) -> Explored:
    from ordercheck.engines.native.search import Incompressible

    begun = perf_counter()
    try:
        return _searched(program, options)
    except Incompressible as error:
        saved = error.saved
    spent = perf_counter() - begun
    if options.saving is not None and saved is not None:
        options = replace(options, saving=replace(options.saving, resume=True))
        saved = None
    try:
        return _searched(program, options, False, saved, spent)
    finally:
        if saved is not None:
            saved.remove()


def _searched(
    program: Program,
    options: Options,
    compressed: bool = True,
    handed: Checkpoint | None = None,
    spent: float = 0.0,
) -> Explored:
    from ordercheck.engines.native import compaction
    from ordercheck.engines.native.checkpoint import Checkpoint, Foreign, Unreadable
    from ordercheck.engines.native.model import native_model
    from ordercheck.engines.native.search import Resources, Search

    model = native_model(program, options.compiler, options.hash_compact, compressed)
    resources = Resources(
        options.workers, options.max_memory, options.spill, handed=handed, spent=spent
    )
    if (saving := options.saving) is not None:
        checkpoint = Checkpoint(Path(saving.folder), model.header, saving.request)
        resources = replace(
            resources, checkpoint=checkpoint, resume=saving.resume, save_every=saving.every
        )
    search = Search(
        model.library, program, model.layout, _limits(options), options.continue_, resources
    )
    notes: list[str] = []

    def path(finding: Finding) -> tuple[Label, ...]:
        labels = search.path(finding)
        if search.narrowed and labels and NARROWED not in notes:
            notes.append(NARROWED)
        if not labels and not exploration.limit:
            exploration.limit = search.traceless
        return labels

    try:
        exploration = search.run(options.progress)
        if search.sizes.compact:
            notes.append(compaction.told(exploration.figures.states))
        machine, reached = Machine(program), search.reached()
        return Explored("native", machine, exploration, reached, path, notes, search.close)
    except (Unreadable, Foreign) as error:
        search.close()
        assert options.saving is not None
        raise bad_checkpoint(options.saving.folder, str(error)) from None
    except BaseException:
        search.close()
        raise
