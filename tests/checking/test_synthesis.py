"""All smallest sufficient sets, against brute force over monotone claims."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordercheck import Model, action, integer, invariant, param, verify
from ordercheck.checking import Options
from ordercheck.checking.synthesis import Flags, Synthesis, Undecided, synthesize
from ordercheck.checking.verdict import Verdict


class Counter(Model):
    """Counts to 3, or only to `top`."""

    top: int = param(3)

    def setup(self) -> None:
        self.n = integer(0, lo=0, hi=3)

    @action
    def count(self) -> None:
        self.n = min(self.n + 1, self.top)

    @invariant
    def small(self) -> bool:
        return self.n < 3


HOLDS, VIOLATED = verify(Counter, top=2), verify(Counter)
INCONCLUSIVE = verify(Counter, options=Options(max_states=1))
FLAGS = ("a", "b", "c", "d", "e")


class Claim:
    """Holds above each of these sets; counts its runs."""

    def __init__(self, enough: list[Flags]) -> None:
        self.enough = enough
        self.asked: list[Flags] = []

    def run(self, chosen: Flags) -> Verdict:
        self.asked.append(chosen)
        return HOLDS if any(each <= chosen for each in self.enough) else VIOLATED


def minimal(sets: list[Flags]) -> set[Flags]:
    return {each for each in sets if not any(other < each for other in sets)}


enough = st.lists(st.frozensets(st.sampled_from(FLAGS)), max_size=4)


@given(enough, st.booleans())
def test_all_smallest_sets_are_found(enough: list[Flags], exhaustive: bool) -> None:
    claim = Claim(enough)
    found = synthesize(FLAGS, claim.run, exhaustive)
    assert len(found.smallest) == len(set(found.smallest))
    assert set(found.smallest) == minimal(enough)
    assert [len(each) for each in found.smallest] == sorted(map(len, found.smallest))
    assert len(claim.asked) == len(set(claim.asked)), "no set is run twice"
    assert found.contradictions == ()
    for chosen in found.smallest:
        without = found.without(chosen)
        assert [flag for flag, _ in without] == sorted(chosen)
        assert all(verdict is VIOLATED for _, verdict in without)


def test_few_runs_are_made() -> None:
    claim = Claim([frozenset("ab"), frozenset("cd")])
    synthesize(FLAGS, claim.run)
    assert len(claim.asked) < 2 ** len(FLAGS)


def test_what_is_not_monotone_is_told_by_an_exhaustive_search() -> None:
    def run(chosen: Flags) -> Verdict:
        return HOLDS if chosen in (frozenset("a"), frozenset("ab")) else VIOLATED

    found: Synthesis = synthesize(("a", "b", "c"), run, exhaustive=True)
    assert found.smallest == (frozenset("a"),)
    assert found.contradictions == (
        (frozenset("a"), frozenset("ac")),
        (frozenset("a"), frozenset("abc")),
    )


def test_a_run_without_an_end_is_no_answer() -> None:
    with pytest.raises(Undecided) as caught:
        synthesize(FLAGS, lambda chosen: INCONCLUSIVE)
    assert caught.value.args == (frozenset(FLAGS), INCONCLUSIVE)
