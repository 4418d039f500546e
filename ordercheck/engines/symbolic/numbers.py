"""Integers: few possible values as cases, many as a bit-vector wide enough for all of them.

A Number is exact: every operation makes room for its largest result, so nothing ever
wraps. A number that is known is Python's int.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator

import z3

from ordercheck.engines.symbolic.bits import FALSE, TRUE, Bit, Term, any_of, atom, constant, mux

FEW = 32
"""Numbers with at most so many possible values are cases: a formula for each value."""
PAIRS = 256
"""An operation on two of those goes through all pairs if there are no more than these."""


class Number:
    """An integer from `lo` to `hi` that is not known.

    Made of `cases`, exclusive and exhaustive where the path comes here, or of a
    `vector`, two's complement; the other is made when it is asked for.
    """

    __slots__ = ("_cases", "_exact", "_vector", "hi", "lo")

    def __init__(
        self, lo: int, hi: int, vector: Term = None, cases: dict[int, Bit] | None = None
    ) -> None:
        """Within these bounds; with one of the two."""
        self.lo = lo
        self.hi = hi
        self._vector = vector
        self._cases: dict[int, Bit] = {} if cases is None else cases
        # Whether the cases are all that there are, not a cache of tests of the vector.
        self._exact = cases is not None

    @property
    def few(self) -> bool:
        """Whether it can be taken case by case."""
        return self._exact or self.hi - self.lo < FEW

    def cases(self) -> Iterator[tuple[int, Bit]]:
        """Each possible value, from the least up, and when it is the one."""
        values = sorted(self._cases) if self._exact else range(self.lo, self.hi + 1)
        for value in values:
            if (bit := self.test(value)) is not FALSE:
                yield value, bit

    def test(self, value: int) -> Bit:
        """When it is this value."""
        found = self._cases.get(value)
        if found is None:
            if self._exact or not self.lo <= value <= self.hi:
                return FALSE
            found = self._cases[value] = atom(self._vector == value)
        return found

    @property
    def width(self) -> int:
        """Bits of the vector, the sign's included."""
        return width_of(self.lo, self.hi)

    @property
    def vector(self) -> Term:
        """The number as a bit-vector of its width."""
        if self._vector is None:
            (last, _), *others = sorted(self._cases.items(), reverse=True)
            width = self.width
            term = z3.BitVecVal(last, width)
            for value, bit in others:
                term = z3.If(bit.term, z3.BitVecVal(value, width), term)
            self._vector = term
        return self._vector

    def __repr__(self) -> str:
        return f"Number({self.lo}..{self.hi})"


Int = int | Number


def width_of(lo: int, hi: int) -> int:
    """How many bits a signed vector needs for all of these."""
    return max((~lo if lo < 0 else lo).bit_length(), (~hi if hi < 0 else hi).bit_length()) + 1


def lo_of(x: Int) -> int:
    """The least that it can be."""
    return x if isinstance(x, int) else x.lo


def hi_of(x: Int) -> int:
    """The most that it can be."""
    return x if isinstance(x, int) else x.hi


def is_few(x: Int) -> bool:
    """Whether `cases_of` goes."""
    return isinstance(x, int) or x.few


def cases_of(x: Int) -> list[tuple[int, Bit]]:
    """Each possible value and when it is the one."""
    return [(x, TRUE)] if isinstance(x, int) else list(x.cases())


def from_cases(cases: dict[int, Bit]) -> Int:
    """The number with these cases, of which exactly one is true wherever this is used."""
    left = {value: bit for value, bit in cases.items() if bit is not FALSE}
    if len(left) == 1:
        return next(iter(left))
    if not left:
        # Nothing comes here: any number will do.
        return 0
    if len(left) > FEW:
        result = Number(min(left), max(left), cases=left)
        return Number(result.lo, result.hi, result.vector)
    return Number(min(left), max(left), cases=left)


def from_vector(vector: Term, lo: int, hi: int) -> Int:
    """The number that a signed vector is, known to be within bounds."""
    if lo == hi:
        return lo
    return Number(lo, hi, _resized(vector, width_of(lo, hi)))


def vector_of(x: Int, width: int) -> Term:
    """The number as a vector at least as wide as it needs."""
    return z3.BitVecVal(x, width) if isinstance(x, int) else _resized(x.vector, width)


def _resized(vector: Term, width: int) -> Term:
    has = vector.size()
    if has == width:
        return vector
    if has < width:
        return z3.SignExt(width - has, vector)
    return z3.Extract(width - 1, 0, vector)


def bounded(x: Int, lo: int | None, hi: int | None) -> Int:
    """The same number, of which it is known that it is within these bounds."""
    if isinstance(x, int):
        return x
    low = x.lo if lo is None else max(lo, x.lo)
    high = x.hi if hi is None else min(hi, x.hi)
    if (low, high) == (x.lo, x.hi) or low > high:
        return x
    if x._exact:
        return from_cases({k: bit for k, bit in x._cases.items() if low <= k <= high})
    return from_vector(x.vector, low, high)


def choose(test: Bit, then: Int, orelse: Int) -> Int:
    """`then` where the test is true, else `orelse`."""
    if is_few(then) and is_few(orelse):
        left, right = dict(cases_of(then)), dict(cases_of(orelse))
        if len(values := left.keys() | right.keys()) <= FEW:
            pairs = {k: mux(test, left.get(k, FALSE), right.get(k, FALSE)) for k in values}
            return from_cases(pairs)
    lo, hi = min(lo_of(then), lo_of(orelse)), max(hi_of(then), hi_of(orelse))
    width = width_of(lo, hi)
    return from_vector(z3.If(test.term, vector_of(then, width), vector_of(orelse, width)), lo, hi)


# --- comparisons --------------------------------------------------------------------


def is_equal(x: Int, y: Int) -> Bit:
    """x == y."""
    if isinstance(x, int) and isinstance(y, int):
        return constant(x == y)
    if isinstance(x, int):
        return y.test(x) if isinstance(y, Number) else FALSE
    if isinstance(y, int):
        return x.test(y)
    if x.hi < y.lo or y.hi < x.lo:
        return FALSE
    if is_few(x) and is_few(y):
        return any_of(bit & y.test(k) for k, bit in x.cases())
    return _compared(operator.eq, x, y)


def is_less(x: Int, y: Int) -> Bit:
    """x < y."""
    if hi_of(x) < lo_of(y):
        return TRUE
    if lo_of(x) >= hi_of(y):
        return FALSE
    if is_few(x) and is_few(y):
        left, right = cases_of(x), cases_of(y)
        if len(left) * len(right) <= PAIRS:
            return any_of(a & any_of(b for m, b in right if k < m) for k, a in left)
    return _compared(operator.lt, x, y)


def is_within(x: Int, lo: int | None, hi: int | None) -> Bit:
    """lo <= x <= hi."""
    low = TRUE if lo is None else ~is_less(x, lo)
    return low if hi is None else low & ~is_less(hi, x)


def _compared(compare: Callable[[Term, Term], Term], x: Int, y: Int) -> Bit:
    width = width_of(min(lo_of(x), lo_of(y)), max(hi_of(x), hi_of(y)))
    return atom(compare(vector_of(x, width), vector_of(y, width)))


# --- arithmetic ---------------------------------------------------------------------

Function = Callable[[int, int], int]


def by_cases(function: Function, x: Int, y: Int, most: int = PAIRS) -> Int | None:
    """function(x, y), through all pairs of cases; None where they are too many."""
    if not (is_few(x) and is_few(y)):
        return None
    left, right = cases_of(x), cases_of(y)
    if len(left) * len(right) > most:
        return None
    found: dict[int, Bit] = {}
    for k, a in left:
        for m, b in right:
            value = function(k, m)
            found[value] = found.get(value, FALSE) | (a & b)
    return from_cases(found)


def add(x: Int, y: Int) -> Int:
    """x + y."""
    lo, hi = lo_of(x) + lo_of(y), hi_of(x) + hi_of(y)
    return _applied(operator.add, x, y, lo, hi)


def subtract(x: Int, y: Int) -> Int:
    """x - y."""
    lo, hi = lo_of(x) - hi_of(y), hi_of(x) - lo_of(y)
    return _applied(operator.sub, x, y, lo, hi)


def multiply(x: Int, y: Int) -> Int:
    """x * y."""
    corners = [a * b for a in (lo_of(x), hi_of(x)) for b in (lo_of(y), hi_of(y))]
    return _applied(operator.mul, x, y, min(corners), max(corners))


def bitwise(function: Callable[[Term, Term], Term], x: Int, y: Int) -> Int:
    """x & y, x | y or x ^ y: within the width of the wider one."""
    width = max(width_of(lo_of(x), hi_of(x)), width_of(lo_of(y), hi_of(y)))
    lo = 0 if lo_of(x) >= 0 and lo_of(y) >= 0 else -(1 << (width - 1))
    return _applied(function, x, y, lo, (1 << (width - 1)) - 1)


def floor_divide(x: Int, y: Int) -> Int:
    """x // y, where y is not 0."""
    most = max(abs(lo_of(x)), abs(hi_of(x)))
    found = by_cases(lambda a, b: a // b if b else 0, x, y)
    if found is not None:
        return found
    lo = 0 if lo_of(x) >= 0 and lo_of(y) >= 0 else -most
    width = width_of(min(-most, lo_of(y)), max(most, hi_of(y)))
    a, b = vector_of(x, width), vector_of(y, width)
    return from_vector((a - a % b) / b, lo, most)


def modulo(x: Int, y: Int) -> Int:
    """x % y, where y is not 0; like Python's, with the sign of y."""
    found = by_cases(lambda a, b: a % b if b else 0, x, y)
    if found is not None:
        return found
    lo, hi = min(0, lo_of(y) + 1), max(0, hi_of(y) - 1)
    width = width_of(min(lo_of(x), lo_of(y)), max(hi_of(x), hi_of(y)))
    return from_vector(vector_of(x, width) % vector_of(y, width), lo, hi)


def shift_right(x: Int, y: Int) -> Int:
    """x >> y, where y is not negative."""
    found = by_cases(lambda a, b: a >> max(b, 0), x, y)
    if found is not None:
        return found
    width = width_of(min(lo_of(x), lo_of(y)), max(hi_of(x), hi_of(y)))
    return from_vector(
        vector_of(x, width) >> vector_of(y, width), min(lo_of(x), 0), max(hi_of(x), 0)
    )


def _applied(function: Callable[[Term, Term], Term], x: Int, y: Int, lo: int, hi: int) -> Int:
    """A function of Python's ints and of vectors, whose results are within bounds."""
    found = by_cases(function, x, y)
    if found is not None:
        return found
    width = width_of(min(lo, lo_of(x), lo_of(y)), max(hi, hi_of(x), hi_of(y)))
    return from_vector(function(vector_of(x, width), vector_of(y, width)), lo, hi)
