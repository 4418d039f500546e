"""Boolean formulas, one object for each structure: an and-inverter graph over atoms of z3's.

Path conditions are built and thrown away by the hundred thousand; here that costs a
dictionary look-up, and what is constant or contradicts itself is seen at once. Only what
is used in the end becomes terms of z3 (docs/decisions.md, the encoding for z3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import z3

Term = Any
"""A term of z3's, which has no types of its own for mypy."""


class Bit:
    """A formula: a constant, an atom, a conjunction, or the negation of one of these.

    Equal structure is the same object, so `is` compares. Combine with `&`, `|` and `~`.
    """

    __slots__ = ("_term", "inverse", "known", "left", "right")

    inverse: Bit

    def __init__(self, left: Bit | None = None, right: Bit | None = None) -> None:
        """A conjunction, or with nothing given something else: use Bits and the operators."""
        self.left = left
        self.right = right
        self._term: Term = None
        # Conjunctions with this as the elder part, by the younger: the table of structures.
        self.known: dict[Bit, Bit] = {}

    def __and__(self, other: Bit) -> Bit:
        return _conjunction(self, other)

    def __or__(self, other: Bit) -> Bit:
        return _conjunction(self.inverse, other.inverse).inverse

    def __invert__(self) -> Bit:
        return self.inverse

    @property
    def term(self) -> Term:
        """The formula in terms of z3."""
        if self._term is None:
            _translate(self)
        return self._term


def _pair(left: Bit | None = None, right: Bit | None = None) -> Bit:
    """A new formula that knows its negation."""
    made, inverse = Bit(left, right), Bit()
    made.inverse, inverse.inverse = inverse, made
    return made


TRUE = _pair()
FALSE = TRUE.inverse
TRUE._term, FALSE._term = z3.BoolVal(True), z3.BoolVal(False)


def constant(value: bool) -> Bit:
    """TRUE or FALSE."""
    return TRUE if value else FALSE


def atom(term: Term) -> Bit:
    """A formula that is opaque here: a term of z3's; whoever calls keeps equal ones together."""
    made = _pair()
    made._term = term
    made.inverse._term = z3.Not(term)
    return made


def mux(test: Bit, then: Bit, orelse: Bit) -> Bit:
    """`then` where the test is true, else `orelse`."""
    if then is orelse or test is TRUE:
        return then
    if test is FALSE:
        return orelse
    return (test & then) | (test.inverse & orelse)


def equal(left: Bit, right: Bit) -> Bit:
    """Whether both are true or both are false."""
    return mux(left, right, right.inverse)


def any_of(bits: Iterable[Bit]) -> Bit:
    """The disjunction."""
    result = FALSE
    for bit in bits:
        result = result | bit
    return result


def all_of(bits: Iterable[Bit]) -> Bit:
    """The conjunction."""
    result = TRUE
    for bit in bits:
        result = result & bit
    return result


def _conjunction(a: Bit, b: Bit) -> Bit:
    if a is b or b is TRUE:
        return a
    if a is TRUE:
        return b
    if a is FALSE or b is FALSE or a is b.inverse:
        return FALSE
    known = a.known.get(b) or b.known.get(a)
    if known is None:
        known = _simplified(a, b) or _simplified(b, a) or _resolved(a, b) or _pair(a, b)
        a.known[b] = known
    return known


def _simplified(a: Bit, b: Bit) -> Bit | None:
    """a & b where one level below b shows that there is less to it."""
    if b.left is not None:
        if a is b.left or a is b.right:
            return b
        if a.inverse is b.left or a.inverse is b.right:
            return FALSE
        return None
    inner = b.inverse
    if inner.left is None or inner.right is None:
        return None
    if a.inverse is inner.left or a.inverse is inner.right:
        return a
    if a is inner.left:
        return a & inner.right.inverse
    if a is inner.right:
        return a & inner.left.inverse
    return None


def _resolved(a: Bit, b: Bit) -> Bit | None:
    """¬(x ∧ y) ∧ ¬(x ∧ ¬y) is ¬x: what joins the two branches of an `if`."""
    left, right = a.inverse, b.inverse
    if left.left is None or left.right is None or right.left is None or right.right is None:
        return None
    for x, y in ((left.left, left.right), (left.right, left.left)):
        if (x is right.left and y is right.right.inverse) or (
            x is right.right and y is right.left.inverse
        ):
            return x.inverse
    return None


def _translate(bit: Bit) -> None:
    """Give the formula, and all below it, terms; with a stack, since depth grows with the model."""
    stack = [bit]
    while stack:
        top = stack[-1]
        node = top if top.left is not None else top.inverse
        assert node.left is not None, "constants and atoms are made with their terms"
        assert node.right is not None
        if top._term is not None:
            stack.pop()
            continue
        # A negated conjunction reads, and is solved, better as a disjunction.
        parts = (node.left, node.right) if top is node else (node.left.inverse, node.right.inverse)
        missing = [part for part in parts if part._term is None]
        if missing:
            stack += missing
            continue
        make = z3.Z3_mk_and if top is node else z3.Z3_mk_or
        top._term = _made(make, parts[0]._term, parts[1]._term)
        stack.pop()


def _made(make: Callable[[Any, int, Any], Any], left: Term, right: Term) -> Term:
    """A conjunction or disjunction, by z3's C functions.

    Its Python ones first look at what they are given, which takes eight times as long and
    was most of the time that a translation took.
    """
    arguments = (z3.Ast * 2)(left.as_ast(), right.as_ast())
    return z3.BoolRef(make(left.ctx_ref(), 2, arguments), left.ctx)
