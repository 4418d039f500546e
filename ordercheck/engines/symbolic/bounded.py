"""Bounded model checking: is anything wrong with a path of so many steps? Then of one more."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count
from typing import NoReturn

import z3

from ordercheck.engines.exploration import Flaw
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.symbolic import formulas as names
from ordercheck.engines.symbolic.bits import Term
from ordercheck.engines.symbolic.clock import Clock, OutOfTime
from ordercheck.engines.symbolic.context import ROUNDS, UNWOUND
from ordercheck.engines.symbolic.formulas import (
    DEADLOCK,
    FAILS,
    HOLDS,
    INSIDE,
    STUCK_ERROR,
    TAKEN,
    UNKNOWN,
    Formulas,
    Key,
)
from ordercheck.engines.symbolic.membership import UNSOUND
from ordercheck.engines.symbolic.paths import Path, labelled
from ordercheck.engines.symbolic.unrolling import Unrolling
from ordercheck.ir.nodes import PropertyKind

FLAWS = {
    PropertyKind.INVARIANT: Flaw.INVARIANT,
    PropertyKind.STEP_INVARIANT: Flaw.STEP_INVARIANT,
}


@dataclasses.dataclass(frozen=True, slots=True)
class Counterexample:
    """A shortest path to something wrong; its last label is of the step that fails, if one does.

    `property` is an index into Program.properties; None for deadlocks and errors of steps.
    """

    flaw: Flaw
    name: str
    property: int | None
    path: Path


@dataclasses.dataclass(slots=True)
class Search:
    """What is known so far: everything about paths through `depth` levels of states.

    `unmet` are the REACHABLE properties not met so far; `complete` says that there are no
    longer paths, `limit` what ended the search before that.
    """

    found: list[Counterexample] = dataclasses.field(default_factory=list)
    unmet: list[int] = dataclasses.field(default_factory=list)
    depth: int = 0
    complete: bool = False
    limit: str = ""


class Beyond(Exception):
    """What the program does is not known further on; the argument says why."""


def search(
    formulas: Formulas, machine: Machine, depth: int | None, clock: Clock, continue_: bool
) -> Search:
    """Search level by level: the initial states are the first, and `depth` the last.

    What is found is what exploration of as many levels finds, by paths as short. An
    interrupt from the keyboard is a limit like others.
    """
    bounded = Levels(formulas, machine, clock, depth, continue_)
    result = bounded.result
    try:
        for reached in bounded.levels():
            result.depth = reached
            if result.found and not continue_:
                break
            if depth is not None and reached >= depth:
                result.limit = f"{depth:,} level{'' if depth == 1 else 's'}"
                break
    except KeyboardInterrupt:
        result.limit = "interrupted"
    except (OutOfTime, Beyond) as limit:
        result.limit = str(limit)
    return result


@dataclasses.dataclass(frozen=True, slots=True)
class _Question:
    """Whether something is wrong; `path` gives the way there from a model in which it is.

    Without a flaw: whether the search would have to say something that z3 does not know.
    """

    flaw: Flaw | None
    name: str
    index: int | None
    term: Term
    path: Callable[[Term], Path]


class Levels:
    """One level of states after another, in one solver; `result` is what is known."""

    def __init__(
        self,
        formulas: Formulas,
        machine: Machine,
        clock: Clock,
        depth: int | None,
        continue_: bool,
    ) -> None:
        self.formulas = formulas
        self.machine = machine
        self.unrolling = Unrolling(formulas, clock)
        self.depth = depth
        self.continue_ = continue_
        self.result = Search()
        claims = list(enumerate(machine.program.properties))
        self.result.unmet = [k for k, c in claims if c.kind is PropertyKind.REACHABLE]
        self.known: set[tuple[Flaw, str]] = set()

    # --- levels -----------------------------------------------------------------------

    def levels(self) -> Iterator[int]:
        """Look at one level after another; yields how many there are so far."""
        unrolling = self.unrolling
        start = unrolling.start()
        self._ask(self._errors(start, 0, start=True))
        unrolling.add(start[TAKEN,])
        if self._ends(0):
            return
        state = unrolling.state(0)
        self._ask(self._claims(state, 0))
        self._reach(state)
        for k in count():
            yield k + 1
            # What lies outside a constraint is looked at, but not gone on from.
            unrolling.add(state[INSIDE,])
            step = unrolling.step(k)
            stuck, errors = self._stuck(state, k), self._errors(step, k + 1)
            if not self._are_false([*stuck, *errors]):
                self._ask(stuck)
                if not self.result.found or self.continue_:
                    self._ask(errors)
            unrolling.add(step[TAKEN,])
            if self._ends(k + 1) or (self.result.found and not self.continue_):
                return
            state = unrolling.state(k + 1)
            self._ask([*self._claims(step, k + 1), *self._claims(state, k + 1)])
            self._reach(state)

    def _ends(self, k: int) -> bool:
        """Whether there is no path to a state k; asked now and then, since it takes long."""
        number = k + 1
        if number & k and number != self.depth and not self.result.found:
            return False
        self.result.complete = self.unrolling.model() is None
        return self.result.complete

    # --- questions ----------------------------------------------------------------------

    def _errors(self, said: dict[Key, Term], steps: int, start: bool = False) -> list[_Question]:
        """Model errors of steps."""
        found: list[_Question] = []
        for name, term in said.items():
            if name[0] == UNKNOWN:
                found.append(_Question(None, str(name[1]), None, term, self._none))
            elif name[0] == FAILS:
                kind = str(name[1])
                path = partial(self._failing, kind=kind, steps=steps, start=start)
                found.append(_Question(Flaw.MODEL_ERROR, kind, None, term, path))
        return found

    def _claims(self, said: dict[Key, Term], last: int) -> list[_Question]:
        """Properties that are false, or end in an error, in the last state or the step to it."""
        found: list[_Question] = []
        path = partial(self._path, last=last)
        claims = self.machine.program.properties
        for name, term in said.items():
            match name:
                case (names.HOLDS, int(index)) if claims[index].kind in FLAWS:
                    claim = claims[index]
                    wrong = z3.Not(term)
                    found.append(_Question(FLAWS[claim.kind], claim.name, index, wrong, path))
                case (names.ERROR, int(index), str(kind)) if self._counts(index):
                    found.append(_Question(Flaw.MODEL_ERROR, kind, index, term, path))
                case (names.UNKNOWN, str(kind)):
                    found.append(_Question(None, kind, None, term, self._none))
                case _:
                    pass
        return found

    def _reach(self, said: dict[Key, Term]) -> None:
        """Strike out the REACHABLE properties that are true in some state of the level."""
        for index in list(self.result.unmet):
            if self.unrolling.model(said[HOLDS, index]) is not None:
                self.result.unmet.remove(index)

    def _counts(self, index: int) -> bool:
        """Whether the property is evaluated in each state: those of dead ends are only there."""
        claim = self.machine.program.properties[index]
        if claim.kind is PropertyKind.REACHABLE:
            return index in self.result.unmet
        return claim.kind is not PropertyKind.TERMINAL

    def _stuck(self, said: dict[Key, Term], k: int) -> list[_Question]:
        path = partial(self._path, last=k)
        found = [
            _Question(Flaw.MODEL_ERROR, str(name[2]), int(name[1]), term, path)
            for name, term in said.items()
            if name[0] == STUCK_ERROR
        ]
        return [*found, _Question(Flaw.DEADLOCK, "deadlock", None, said[DEADLOCK,], path)]

    # --- answers ------------------------------------------------------------------------

    def _ask(self, questions: Sequence[_Question]) -> None:
        """Find a path to each thing that is wrong, unless one as short or shorter is known."""
        if self._are_false(questions):
            return
        for question in questions:
            if question.flaw is not None and (question.flaw, question.name) in self.known:
                continue
            model = None if z3.is_false(question.term) else self.unrolling.model(question.term)
            if model is None:
                self.unrolling.add(z3.Not(question.term))
            elif question.flaw is None:
                self._stop(question.name)
            else:
                self.known.add((question.flaw, question.name))
                path = question.path(model)
                self.result.found.append(
                    Counterexample(question.flaw, question.name, question.index, path)
                )

    def _are_false(self, questions: Sequence[_Question]) -> bool:
        """Whether none of it is so: most often that is all there is to know, for one answer."""
        terms = [q.term for q in questions if (q.flaw, q.name) not in self.known]
        terms = [term for term in terms if not z3.is_false(term)]
        if not terms or self.unrolling.model(z3.Or(*terms)) is not None:
            return not terms
        # Never asked again, but of use to the questions that come.
        self.unrolling.add(*map(z3.Not, terms))
        return True

    def _stop(self, kind: str) -> NoReturn:
        """Go no further where it is not known what the program does: never in silence."""
        if kind == UNSOUND:
            raise AssertionError("a value may not be of the type that the IR says")
        spans = [each.span for each in self.formulas.troubles if each.kind == UNWOUND]
        places = sorted({f"{each.file}:{each.line}" for each in spans})
        raise Beyond(f"more than {ROUNDS} rounds of a loop in one step ({', '.join(places)})")

    # --- paths ------------------------------------------------------------------------

    def _path(self, model: Term, last: int) -> Path:
        states = [self.unrolling.decoded(model, k) for k in range(last + 1)]
        attempts = [self.unrolling.attempt(model, k) for k in range(last)]
        return labelled(self.machine, states, attempts)

    def _failing(self, model: Term, kind: str, steps: int, start: bool) -> Path:
        if start:
            return labelled(self.machine, [], [], kind)
        states = [self.unrolling.decoded(model, k) for k in range(steps)]
        attempts = [self.unrolling.attempt(model, k) for k in range(steps)]
        return labelled(self.machine, states, attempts, kind)

    def _none(self, model: Term) -> Path:
        return ()
