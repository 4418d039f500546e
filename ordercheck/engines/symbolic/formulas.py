"""What is said of a state, a step, a beginning: named formulas, made once, then renamed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from math import prod

import z3

from ordercheck.engines.symbolic.bits import FALSE, Bit, Term, all_of, any_of, atom
from ordercheck.engines.symbolic.context import UNWOUND, Trouble, Unsupported
from ordercheck.engines.symbolic.membership import UNSOUND
from ordercheck.engines.symbolic.relation import Attempt, Claim, Relation
from ordercheck.ir.nodes import PropertyKind
from ordercheck.ir.record import dataclass

MOST_WAYS = 4096
"""Ways to choose in one step that are gone through to know whether the step is possible."""

Key = tuple[str | int, ...]
"""The name of a formula: what it says, and of which property or of what kind."""

HOLDS = "holds"  # a property, by its number, is true
ERROR = "error"  # a property, by its number, ends in a model error of a kind
INSIDE = "inside"  # no constraint is false
DEADLOCK = "deadlock"  # there is no step, and there ought to be one
STUCK_ERROR = "stuck error"  # looking whether it may end there ends in a model error of a kind
FITS = "fits"  # the slots' values are of their types
TAKEN = "taken"  # a step leads to the state after
FAILS = "fails"  # a step ends in a model error of a kind
UNKNOWN = "unknown"  # what a step, or a property, does is not known, for one of two reasons

UNTOLD = (UNWOUND, UNSOUND)
"""Kinds of troubles that are none of the model's."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Formulas by name; renaming all of them at once is much cheaper than one by one."""

    names: tuple[Key, ...]
    whole: Term

    @classmethod
    def of(cls, formulas: Mapping[Key, Term]) -> Bundle:
        """From the formulas by name."""
        # A disjunction that is never asserted: only something that has them all as parts.
        return cls(tuple(formulas), z3.Or(z3.Bool("bundle"), *formulas.values()))

    def renamed(self, names: Sequence[tuple[Term, Term]]) -> dict[Key, Term]:
        """The formulas with other variables."""
        whole = z3.substitute(self.whole, *names)
        assert whole.num_args() == len(self.names) + 1
        return {name: whole.arg(k) for k, name in enumerate(self.names, 1)}


@dataclass(frozen=True, slots=True)
class Formulas:
    """A relation's formulas.

    `start` is in terms of the variables of the state, `state` too, `step` in those of
    both states, of `selector` (which attempt) and of `choices`.
    """

    relation: Relation
    selector: Term
    choices: tuple[Term, ...]
    start: Bundle
    state: Bundle
    step: Bundle
    troubles: tuple[Trouble, ...]

    @classmethod
    def of(cls, relation: Relation) -> Formulas:
        """Raises Unsupported where whether a step is possible depends on too many choices."""
        width = max(1, (max(1, len(relation.attempts)) - 1).bit_length())
        selector = z3.BitVec("step", width)
        selected = [atom(selector == k) for k in range(len(relation.attempts))]
        found: dict[str, Term] = {}
        for attempt in relation.attempts:
            found |= {str(each.variable): each.variable for each in attempt.choices}
        troubles = [each for attempt in relation.attempts for each in attempt.troubles]
        troubles += [*relation.start.troubles]
        troubles += [each for claim in relation.claims for each in claim.troubles]
        return cls(
            relation,
            selector,
            tuple(found.values()),
            Bundle.of(_start(relation)),
            Bundle.of(_state(relation)),
            Bundle.of(_step(relation, selected)),
            tuple(each for each in troubles if each.kind in UNTOLD),
        )

    @property
    def kinds(self) -> list[str]:
        """The kinds of model errors in which a step may end."""
        return sorted({str(name[1]) for name in self.step.names if name[0] == FAILS})


def _kinds(troubles: Iterable[Trouble]) -> list[str]:
    return sorted({each.kind for each in troubles if each.kind not in UNTOLD})


def _of_kind(troubles: Iterable[Trouble], kind: str) -> Bit:
    return any_of(each.condition for each in troubles if each.kind == kind)


def _unknown(troubles: Iterable[Trouble]) -> dict[Key, Term]:
    """What the troubles say that is none of the model's."""
    known = list(troubles)
    found = ((kind, _of_kind(known, kind)) for kind in UNTOLD)
    return {(UNKNOWN, kind): bit.term for kind, bit in found if bit is not FALSE}


def _erring(claim: Claim) -> Bit:
    """Whether evaluating a property ends in an error: it then passes for true."""
    return any_of(each.condition for each in claim.troubles)


# --- beginnings ------------------------------------------------------------------------


def _start(relation: Relation) -> dict[Key, Term]:
    start = relation.start
    found: dict[Key, Term] = {
        (FAILS, kind): _of_kind(start.troubles, kind).term for kind in _kinds(start.troubles)
    }
    equations = [start.done.term]
    if start.done is not FALSE:
        for slot, value in enumerate(start.slots):
            variables = relation.here.variables[slot]
            packed = relation.here.packed(slot, value)
            equations += [v == p for v, p in zip(variables, packed, strict=True)]
    found[TAKEN,] = z3.And(*equations)
    return found | _unknown(start.troubles)


# --- states ----------------------------------------------------------------------------


def _state(relation: Relation) -> dict[Key, Term]:
    claims = [(relation.program.properties[c.index].kind, c) for c in relation.claims]
    mine = [c for kind, c in claims if kind is not PropertyKind.STEP_INVARIANT]
    found = _claims(mine)
    inside = [c.value | _erring(c) for kind, c in claims if kind is PropertyKind.CONSTRAINT]
    found[INSIDE,] = all_of(inside).term
    stuck = z3.BoolVal(False)
    if relation.program.deadlock:
        possible = [_possible(relation, each) for each in relation.attempts]
        stuck = z3.And(z3.Not(relation.at_rest.term), *(z3.Not(each) for each in possible))
    allowed = FALSE
    for kind, claim in claims:
        if kind is PropertyKind.TERMINAL:
            # As in Python's any(): what comes after the first that is true is not evaluated.
            for name in _kinds(claim.troubles):
                error = _of_kind(claim.troubles, name) & ~allowed
                found[STUCK_ERROR, claim.index, name] = z3.And(stuck, error.term)
            allowed = allowed | claim.value | _erring(claim)
    found[DEADLOCK,] = z3.And(stuck, z3.Not(allowed.term))
    found[FITS,] = z3.And(z3.BoolVal(True), *relation.here.constraints)
    return found


def _claims(claims: Sequence[Claim]) -> dict[Key, Term]:
    found: dict[Key, Term] = {}
    for claim in claims:
        found[HOLDS, claim.index] = (claim.value | _erring(claim)).term
        for kind in _kinds(claim.troubles):
            found[ERROR, claim.index, kind] = _of_kind(claim.troubles, kind).term
    return found | _unknown(each for claim in claims for each in claim.troubles)


def _possible(relation: Relation, attempt: Attempt) -> Term:
    """Whether there is a way to choose that makes the attempt a transition."""
    bit = attempt.done | any_of(each.condition for each in attempt.troubles)
    term = bit.term
    choices = [each for each in attempt.choices if _mentions(term, each.variable)]
    if prod(each.options for each in choices) > MOST_WAYS:
        step = relation.program.steps[attempt.step]
        words = (
            f"whether {step.name} is possible depends on too many choices for z3 to go through; "
            "set `deadlock = False` if the model may stop anywhere"
        )
        raise Unsupported(words, step.span)
    for choice in choices:
        width = choice.variable.size()
        values = [z3.BitVecVal(k, width) for k in range(choice.options)]
        term = z3.Or(*(z3.substitute(term, (choice.variable, value)) for value in values))
        term = z3.simplify(term)
    return term


def _mentions(term: Term, variable: Term) -> bool:
    seen: set[int] = set()
    stack = [term]
    while stack:
        each = stack.pop()
        if each.get_id() in seen:
            continue
        seen.add(each.get_id())
        if each.eq(variable):
            return True
        stack += each.children()
    return False


# --- steps -----------------------------------------------------------------------------


def _step(relation: Relation, selected: Sequence[Bit]) -> dict[Key, Term]:
    pairs = list(zip(selected, relation.attempts, strict=True))
    claims = [c for c in relation.claims if _is_of_step(relation, c)]
    troubles = [
        dataclasses.replace(each, condition=bit & each.condition)
        for bit, attempt in pairs
        for each in attempt.troubles
    ]
    found = _claims(claims)
    for kind in _kinds(troubles):
        found[FAILS, kind] = _of_kind(troubles, kind).term
    found |= _unknown([*troubles, *(each for claim in claims for each in claim.troubles)])
    chosen = any_of(bit & attempt.done for bit, attempt in pairs)
    equations = [chosen.term, *_next(relation, pairs)]
    found[TAKEN,] = z3.And(*equations)
    return found


def _is_of_step(relation: Relation, claim: Claim) -> bool:
    return relation.program.properties[claim.index].kind is PropertyKind.STEP_INVARIANT


def _next(relation: Relation, pairs: Sequence[tuple[Bit, Attempt]]) -> Iterable[Term]:
    """What the variables of the state after are."""
    for slot, symbol in enumerate(relation.here.symbols):
        old, new = relation.here.variables[slot], relation.after.variables[slot]
        if not old:
            continue
        changed = FALSE
        for bit, attempt in pairs:
            if attempt.done is FALSE or attempt.slots[slot] is symbol:
                continue
            changed = changed | bit
            packed = relation.here.packed(slot, attempt.slots[slot])
            equations = [n == p for n, p in zip(new, packed, strict=True)]
            yield z3.Implies(bit.term, z3.And(*equations))
        same = [n == o for n, o in zip(new, old, strict=True)]
        yield z3.Or(changed.term, z3.And(*same))
