"""The graph of states by generated C, read by Python where it lies (c/graph.c)."""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Callable
from ctypes import byref, c_uint8, c_uint32, c_uint64
from time import perf_counter
from typing import Any, Literal

from ordercheck.engines.exploration import (
    NO_LIMITS,
    Limits,
    Progress,
    counted,
    interpreted_note,
)
from ordercheck.engines.interpreter.machine import Machine
from ordercheck.engines.memory import memory_bound, memory_limit, memory_told
from ordercheck.engines.native.binding import SLICE, Status
from ordercheck.engines.native.decoding import Decoder
from ordercheck.engines.native.search import LABEL_START, NeedsInterpreter
from ordercheck.engines.native.surveying import GraphOptions, GraphReport, Survey
from ordercheck.engines.native.unavailable import Unavailable
from ordercheck.engines.state_arrays import StateArrays, interpreted_values
from ordercheck.engines.transition import Label, State
from ordercheck.ir.nodes import Program

MOST_STATES = 2**32 - 2**16
"""Numbers of states are 32-bit."""

VALUES = 1 << 14
"""States that are evaluated in one call."""


def native_arrays(
    survey: Survey,
    program: Program,
    limits: Limits = NO_LIMITS,
    progress: Progress | None = None,
) -> StateArrays:
    """The arrays of a program's states and transitions.

    An interrupt from the keyboard is a limit like others. Raises NeedsInterpreter where the
    model is more than the generated code can hold.
    """
    graph = _Graph(survey, program, limits)
    return graph.run(progress)


class _Graph:
    """The explorer's memory, which lives as long as anything that looks at it."""

    def __init__(self, survey: Survey, program: Program, limits: Limits) -> None:
        self.survey = survey
        self.program = program
        self.limits = limits
        self.bound = max(1 << 20, memory_bound(limits.memory))
        most = MOST_STATES if limits.states is None else min(MOST_STATES, limits.states)
        self.options = GraphOptions(most, self.bound, limits.depth or 0)
        library = survey.library
        self.handle = library.graph_open(byref(self.options))
        if not self.handle:
            raise Unavailable("there is no memory for it")
        weakref.finalize(self, library.graph_close, self.handle)

    # --- building -----------------------------------------------------------------

    def run(self, progress: Progress | None) -> StateArrays:
        """Build until the end, or to a limit."""
        limit, begun = "", perf_counter()
        status = Status.RUNNING
        seconds = self.limits.seconds
        try:
            while status is Status.RUNNING and not limit:
                status = Status(self.survey.library.graph_run(self.handle, SLICE))
                if progress is not None:
                    self._tell(progress)
                if seconds is not None and perf_counter() - begun > seconds:
                    limit = f"{seconds:g} seconds"
        except KeyboardInterrupt:
            limit = "interrupted"
        limit = self._limit(status) or ("" if status is Status.COMPLETE else limit)
        if not self.survey.library.graph_end(self.handle):
            raise MemoryError("there is no memory for the graph")
        return self._arrays(limit)

    def _limit(self, status: Status) -> str:
        match status:
            case Status.LIMIT_STATES:
                return counted(self.options.max_states, "state")
            case Status.LIMIT_DEPTH:
                return counted(self.limits.depth or 0, "level")
            case Status.NO_MEMORY:
                return memory_limit(self.bound)
            case Status.UNABLE:
                raise NeedsInterpreter(self.survey.layout.reasons[self.report().unable - 1])
        return ""

    def report(self) -> GraphReport:
        """What there is so far."""
        report = GraphReport()
        self.survey.library.graph_tell(self.handle, byref(report))
        return report

    def _tell(self, progress: Progress) -> None:
        now = self.report()
        used = memory_told(now.bytes, self.bound)
        progress(now.states, now.levels, now.waiting, f"{now.edges:,} steps, {used}")

    # --- reading ------------------------------------------------------------------

    def _view(self, kind: type[Any], at: int | None, count: int) -> memoryview:
        """Numbers in C's memory, which they keep alive."""
        format_: Literal["Q", "I"] = "Q" if kind is c_uint64 else "I"
        if not count or at is None:
            return memoryview(b"").cast(format_)
        numbers = (kind * count).from_address(at)
        numbers.owner = self
        return memoryview(numbers).cast("B").cast(format_).toreadonly()

    def _arrays(self, limit: str) -> StateArrays:
        report = self.report()
        notes: list[str] = []
        states = report.states
        levels = self._view(c_uint64, report.level_list, 3 * report.levels)
        words = self._view(c_uint64, report.words, self.survey.words * states)
        return StateArrays(
            self.program,
            "native",
            limit,
            self._view(c_uint64, report.offsets, states + 1),
            self._view(c_uint32, report.targets, report.edges),
            self._view(c_uint32, report.edge_labels, report.edges),
            self._labels(report),
            self._view(c_uint32, report.failure_list, 3 * report.failures),
            self.survey.layout.kinds,
            tuple(levels[::3]),
            tuple(levels[1::3]),
            report.inside,
            report.expanded,
            self._decoder(words),
            self._evaluator(states, self._decoder(words), notes),
            notes,
        )

    def _labels(self, report: GraphReport) -> tuple[Label, ...]:
        rows = self._view(c_uint32, report.label_list, 6 * report.labels).tolist()
        choices = self._view(c_uint32, report.choice_list, report.choices).tolist()
        found = []
        for k in range(0, len(rows), 6):
            step, binding, count, _, low, high = rows[k : k + 6]
            first = low | high << 32
            step = -1 if step == LABEL_START else step
            found.append(Label(step, binding, tuple(choices[first : first + count])))
        return tuple(found)

    def _decoder(self, words: memoryview) -> Callable[[int], State]:
        decoder, width = Decoder(self.survey.layout), self.survey.words
        return lambda number: decoder.state(words[number * width : (number + 1) * width])

    def _evaluator(
        self, states: int, state: Callable[[int], State], notes: list[str]
    ) -> Callable[[int], bytes]:
        """What evaluates a property; the interpreter does where C cannot, and a note says so."""

        def values(property: int) -> bytes:
            found = (c_uint8 * max(1, states))()
            for first in range(0, states, VALUES):
                count = min(VALUES, states - first)
                to = ctypes.cast(ctypes.addressof(found) + first, ctypes.POINTER(c_uint8))
                done = self.survey.library.graph_values(self.handle, property, first, count, to)
                if done < count:
                    reason = self.survey.layout.reasons[self.report().unable - 1]
                    notes.append(
                        f"{self.program.properties[property].name}: {interpreted_note(reason)}"
                    )
                    return interpreted_values(
                        Machine(self.program), property, map(state, range(states))
                    )
            return bytes(found)[:states]

        return values
