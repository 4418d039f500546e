"""Smallest sufficient sets: which of these flags are enough for all properties to hold?

The search takes it that setting one more flag never breaks what holds (monotony), and so
says nothing of most sets by running them. It alternates between sets of which nothing is
known: one that holds is shrunk to a smallest one, one that fails is grown to a largest
one, and each settles all sets above or below it (Liffiton and others, "Fast, flexible MUS
enumeration", Constraints 21, 2016).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import combinations

from ordercheck.checking.verdict import Outcome, Verdict

Flags = frozenset[str]

MOST_FLAGS = 16
"""With more of them even the list of sets is too long."""


class Undecided(Exception):
    """A run came to no end; `args` are the flags that were set, and its verdict."""


@dataclass(frozen=True, slots=True)
class Synthesis:
    """All smallest sets that suffice, fewest flags first, and the verdict of every run made.

    None of them if not even all flags together are enough. `contradictions` are pairs of a
    set that holds and a larger one that does not: the flags are not monotone (only looked
    for in an exhaustive search).
    """

    flags: tuple[str, ...]
    smallest: tuple[Flags, ...]
    verdicts: dict[Flags, Verdict]
    contradictions: tuple[tuple[Flags, Flags], ...] = ()

    def without(self, chosen: Flags) -> tuple[tuple[str, Verdict], ...]:
        """For each flag of a smallest set, the verdict where it alone is missing."""
        return tuple(
            (flag, self.verdicts[chosen - {flag}]) for flag in self.flags if flag in chosen
        )


def synthesize(
    flags: tuple[str, ...], run: Callable[[Flags], Verdict], exhaustive: bool = False
) -> Synthesis:
    """All smallest sufficient sets; raises Undecided where a run is inconclusive.

    `run` checks the model with these flags set. With `exhaustive`, every set is run, and
    monotony checked instead of assumed.
    """
    search = _Search(flags, run)
    if exhaustive:
        for size in range(len(flags) + 1):
            for chosen in combinations(flags, size):
                search.suffices(frozenset(chosen))
        return search.result_of_all()
    while (seed := search.unknown()) is not None:
        search.settle(seed)
    return search.result()


@dataclass(slots=True)
class _Search:
    flags: tuple[str, ...]
    run: Callable[[Flags], Verdict]
    verdicts: dict[Flags, Verdict] = field(default_factory=dict)
    smallest: list[Flags] = field(default_factory=list)
    largest: list[Flags] = field(default_factory=list)

    def suffices(self, chosen: Flags) -> bool:
        """Whether everything holds with these flags, by a run; each set is run once."""
        if chosen not in self.verdicts:
            verdict = self.run(chosen)
            if verdict.outcome is Outcome.INCONCLUSIVE:
                raise Undecided(chosen, verdict)
            self.verdicts[chosen] = verdict
        return self.verdicts[chosen].outcome is Outcome.HOLDS

    def known(self, chosen: Flags) -> bool:
        """Whether the sets that are settled tell about this one."""
        return any(each <= chosen for each in self.smallest) or any(
            chosen <= each for each in self.largest
        )

    def unknown(self) -> Flags | None:
        """A set of which nothing is known, with as many flags as possible."""
        for size in range(len(self.flags), -1, -1):
            for chosen in map(frozenset, combinations(self.flags, size)):
                if not self.known(chosen):
                    return chosen
        return None

    def settle(self, seed: Flags) -> None:
        """Shrink a set that suffices, or grow one that does not, as far as that goes."""
        chosen = seed
        if self.suffices(chosen):
            for flag in self.flags:
                if flag in chosen and self.suffices(chosen - {flag}):
                    chosen -= {flag}
            self.smallest.append(chosen)
        else:
            for flag in self.flags:
                more = chosen | {flag}
                if flag not in chosen and not self.known(more) and not self.suffices(more):
                    chosen = more
            self.largest.append(chosen)

    def result(self) -> Synthesis:
        """What was settled; each flag's need is shown by a run of its own."""
        for chosen in self.smallest:
            for flag in chosen:
                self.suffices(chosen - {flag})
        return Synthesis(self.flags, self._ordered(self.smallest), self.verdicts)

    def result_of_all(self) -> Synthesis:
        """The smallest sets, once every set has been run."""
        held = [each for each in self.verdicts if self.suffices(each)]
        smallest = [each for each in held if not any(other < each for other in held)]
        contradictions = tuple(
            (each, larger)
            for each in smallest
            for larger in self.verdicts
            if each < larger and not self.suffices(larger)
        )
        return Synthesis(self.flags, self._ordered(smallest), self.verdicts, contradictions)

    def _ordered(self, sets: list[Flags]) -> tuple[Flags, ...]:
        return tuple(sorted(sets, key=lambda s: (len(s), sorted(map(self.flags.index, s)))))
