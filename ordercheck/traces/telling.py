"""What happened inside one step: whose doing it was, and the statement that best tells it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from ordercheck.ir.lives import CANCELLED, DROPPED, LIFE
from ordercheck.ir.nodes import StepKind, Wait
from ordercheck.ir.record import dataclass, field
from ordercheck.ir.recording import (
    Called,
    Chosen,
    Erred,
    Event,
    Finished,
    Ran,
    Recording,
    Resumed,
    Stored,
    Suspended,
)
from ordercheck.ir.span import NOWHERE, Span
from ordercheck.traces.places import View
from ordercheck.traces.source import function_at, is_inside, is_own, line_at
from ordercheck.traces.trace import Moment

MOST_LINES = 5
"""Statements that are told of one task in one step."""
HIDDEN, SEEN = 1, 10
"""What a store into a library's place, and one into the model's, count for a statement."""
STARTS, GOES_ON, FINISHES, LOST = "starts", "goes on", "finishes", "is lost"
ENDED = {CANCELLED: "is cancelled", DROPPED: LOST}
"""What happens to a task that is resumed with such a life."""


@dataclass(frozen=True, slots=True)
class Telling:
    """One step in words. `actor` is the first task that ran, "" if none did.

    `written` are slots whose last store was in the author's code.
    """

    actor: str
    phrase: str
    source: Span
    moments: tuple[Moment, ...]
    written: frozenset[int] = frozenset()


@dataclass(slots=True)
class _Thread:
    """What one task (None: the step itself) did in this step."""

    task: int | None
    verb: str = GOES_ON
    end: str = ""
    end_span: Span = NOWHERE
    line: Span = NOWHERE
    weights: dict[Span, int] = field(default_factory=lambda: defaultdict(int))
    same: dict[int, None] = field(default_factory=dict)
    calls: list[tuple[Span, Span]] = field(default_factory=list)
    """Functions that it is in, each with the statement that has called it."""

    @property
    def statement(self) -> Span:
        """The statement of its own body that runs: not one of a function that this has called."""
        return self.calls[0][1] if self.calls else self.line

    def calls_function(self, span: Span) -> None:
        """A function of the author's begins at a span."""
        body = function_at(span)
        if self.line.file and not is_inside(self.line, body):
            self.calls.append((body, self.line))

    def runs(self, span: Span) -> None:
        """A statement of the author's runs: what it does not stand in has returned."""
        while self.calls and not is_inside(span, self.calls[-1][0]):
            self.calls.pop()
        self.line = span
        self.weights.setdefault(self.statement, 0)

    def telling_line(self) -> Span:
        """The author's statement that changed most that a reader sees.

        Where none changed anything, what the step leads to: where the task stops.
        """
        best = max(self.weights.values(), default=0)
        if best < SEEN and self.stops and self.end_span.file:
            return self.end_span
        return next((s for s, w in self.weights.items() if best and w == best), self.line)

    @property
    def stops(self) -> bool:
        """Whether it ends at a suspension."""
        return self.end not in ("", FINISHES)

    def telling_lines(self) -> list[Span]:
        """All statements that changed what a reader sees, as far as they are few; else that one."""
        found = [span for span, weight in self.weights.items() if weight >= SEEN]
        # Python calls one line several statements; a reader sees one.
        found = list({(span.file, span.line): span for span in reversed(found)}.values())[::-1]
        return found if 0 < len(found) <= MOST_LINES else [self.telling_line()]


def tell(view: View, recording: Recording, lines: dict[int, Span]) -> Telling:
    """What a recording tells; `lines` keeps, for each task, the author's line where it stands."""
    reader = _Reader(view, recording, lines)
    reader.read()
    return reader.telling()


class _Reader:
    def __init__(self, view: View, recording: Recording, lines: dict[int, Span]) -> None:
        self.view = view
        self.recording = recording
        self.lines = lines
        self.threads = [_Thread(None)]
        self.stack = [self.threads[0]]
        self.written: dict[int, Span] = {}
        self.ending: dict[Span, str] = {}
        # A coroutine's own span stands for what has no statement: clearing its locals, its end.
        self.heads = {coroutine.span for coroutine in view.program.coroutines}
        after = recording.before if recording.after is None else recording.after
        self.changed = {
            slot
            for slot, (old, new) in enumerate(zip(recording.before, after, strict=True))
            if old != new
        }

    @property
    def running(self) -> _Thread:
        return self.stack[-1]

    def _own(self, span: Span) -> bool:
        return is_own(span) and span not in self.heads

    def read(self) -> None:
        for event in _as_written(self.recording.events):
            match event:
                case Called(span=span):
                    if self._own(span):
                        self.running.calls_function(span)
                case Ran(span=span) | Chosen(span=span):
                    if self._own(span):
                        self.running.runs(span)
                case Stored(slot=slot) if self.view.program.slots[slot] == LIFE:
                    self._lives(event)
                case Stored(slot=slot, span=span):
                    self._stored(slot, span)
                case Resumed(task=task, span=span):
                    self._resumed(task, span)
                case Suspended(wait=wait, span=span):
                    self._stopped(_how(wait), span)
                case Finished(span=span):
                    self._stopped(FINISHES, span)
                case Erred(span=span):
                    if self._own(span):
                        self.running.line = span

    def _lives(self, event: Stored) -> None:
        """A task is about to be resumed by the same statement, or runs to be raised Cancelled."""
        verb = ENDED.get(str(event.after))
        self.ending = {} if verb is None else {event.span: verb}
        if event.before == CANCELLED and verb is None and self.running.verb == GOES_ON:
            self.running.verb = ENDED[CANCELLED]

    def _stored(self, slot: int, span: Span) -> None:
        if span == NOWHERE:
            return  # a pool's entry is freed: nobody's statement
        self.written[slot] = span
        thread = self.running
        line = thread.statement
        place = self.view.place_of(slot)
        if not line.file or (place is None and not self.view.is_variable(slot)):
            return
        hidden = place is not None and place.hidden
        if slot in self.changed or (self._own(span) and not hidden):
            thread.weights[line] += HIDDEN if hidden else SEEN
        if self._own(span) and place is not None and not hidden and slot not in self.changed:
            thread.same.setdefault(slot)

    def _resumed(self, task: int, span: Span) -> None:
        # One that begins with a suspension stands in it from the beginning, and has not run yet.
        began = task not in self.lines or not self.view.started(task, self.recording.before)
        verb = self.ending.get(span, STARTS if began else GOES_ON)
        self.ending = {}
        thread = next((t for t in self.threads if t.task == task), None)
        if thread is None:
            thread = _Thread(task, verb, line=self.lines.get(task, NOWHERE))
            self.threads.append(thread)
        self.stack.append(thread)

    def _stopped(self, how: str, span: Span) -> None:
        thread = self.running
        own = span if self._own(span) else thread.line
        if thread.verb != LOST or how != FINISHES:
            thread.end, thread.end_span = how, own
        if how != FINISHES:
            thread.line = own
        if thread.task is not None:
            self.lines[thread.task] = own
        if len(self.stack) > 1:
            self.stack.pop()

    def telling(self) -> Telling:
        base, *tasks = self.threads
        error = self.recording.error
        moments = tuple(moment for thread in self.threads for moment in self._moments(thread))
        first = tasks[0] if tasks and not self._is_action() else base
        if error is not None:
            source = error.span if is_own(error.span) else self._where_it_failed()
            phrase = f"fails: {error.message}"
            return Telling(self._name(first), phrase, source, moments, self._written())
        source = first.telling_line()
        if not source.file:
            # Nothing of the first task's own ran: some other statement must do.
            found = [thread.telling_line() for thread in self.threads]
            source = next((span for span in found if span.file), source)
        return Telling(self._name(first), _phrase(first), source, moments, self._written())

    def _written(self) -> frozenset[int]:
        return frozenset(slot for slot, span in self.written.items() if self._own(span))

    def _is_action(self) -> bool:
        number = self.recording.label[0]
        return number >= 0 and self.view.program.steps[number].kind is StepKind.ACTION

    def _where_it_failed(self) -> Span:
        """The author's line from which the failing library code was reached."""
        return next((t.line for t in reversed(self.stack) if t.line.file), NOWHERE)

    def _name(self, thread: _Thread) -> str:
        return "" if thread.task is None else self.view.program.tasks[thread.task].name

    def _moments(self, thread: _Thread) -> list[Moment]:
        name = self._name(thread)
        found: list[Moment] = []
        if thread.task is not None:
            found.append(Moment("resume", name, thread.verb))
        lines = [line for line in thread.telling_lines() if line.file]
        found += [Moment("line", name, line_at(line), line) for line in lines]
        found += [Moment("same", name, self._unchanged(slot)) for slot in thread.same]
        if thread.end:
            kind = "finish" if thread.end == FINISHES else "suspend"
            found.append(Moment(kind, name, _end(thread), thread.end_span))
        return found

    def _unchanged(self, slot: int) -> str:
        value = self.view.write(self.view.program.slots[slot], self.recording.before[slot])
        return f"{self.view.names.slots[slot]} = {value}"


def _as_written(events: Sequence[Event]) -> list[Event]:
    """The events without the clearing of dead locals, which no author wrote.

    `ir.passes.frames` puts these stores right before a terminator, with its span.
    """
    kept: list[Event] = []
    for event in events:
        if isinstance(event, Suspended | Finished):
            while len(kept) > 1 and _clears(kept[-2], kept[-1], event.span):
                del kept[-2:]
        kept.append(event)
    return kept


def _clears(ran: Event, stored: Event, end: Span) -> bool:
    return isinstance(ran, Ran) and isinstance(stored, Stored) and ran.span == stored.span == end


def _how(wait: Wait) -> str:
    return "pauses" if wait is Wait.STEP else "waits"


def _end(thread: _Thread) -> str:
    if thread.end == FINISHES or not thread.end_span.file:
        return thread.end
    return f"{thread.end} at line {thread.end_span.line}"


def _phrase(thread: _Thread) -> str:
    """`starts, and waits at line 36`; nothing for a step without tasks."""
    if thread.task is None:
        return ""
    return f"{thread.verb}, and {_end(thread)}" if thread.end else thread.verb
