"""How far a search is to be believed in which hashes stand for states."""

from __future__ import annotations

BITS = 64
"""Of such a hash (c/table.c)."""


def probability_of_a_miss(states: int) -> float:
    """A bound for the probability that any of so many states was taken for another one.

    Any two states have equal hashes with probability 2**-BITS, and only pairs of them can be
    confused: Wolper and Leroy, "Reliable hashing without collision detection" (CAV 1993); that
    full hashes are compared is due to Stern and Dill, "Improved probabilistic verification by
    hash compaction" (CHARME 1995). It takes hashes for random ones, as both do.
    """
    return min(1.0, states * (states - 1) / 2.0 ** (BITS + 1))


def told(states: int) -> str:
    """The note that a verdict has for it."""
    return (
        f"hashes of {BITS} bits stand for states: the probability that any was missed "
        f"is below {probability_of_a_miss(states):.1g}"
    )
