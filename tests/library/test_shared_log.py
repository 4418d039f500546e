"""SharedLog: appending on condition, snapshots, and what came after them."""

from __future__ import annotations

from ordercheck import Model, Outcome, action, integer, invariant, require, verify
from ordercheck.library import SharedLog


class Read(Model):
    """A log of letters, and a reader who has read some of it, some time ago."""

    deadlock = False

    def setup(self) -> None:
        self.log = SharedLog(("a", "b"), capacity=3)
        self.version = integer(0, lo=0, hi=3)

    @action(each=("a", "b"))
    def write(self, letter: str) -> None:
        require(len(self.log) < 3)
        self.log.append(letter)

    @action
    def write_on_condition(self) -> None:
        require(len(self.log) < 3)
        before = list(self.log)
        fresh = self.version == self.log.version()
        assert self.log.append_if("a", self.version) == fresh
        assert list(self.log) == ([*before, "a"] if fresh else before)

    @action
    def read(self) -> None:
        self.version = self.log.version()

    @invariant
    def what_is_new_completes_what_is_known(self) -> bool:
        known = list(self.log)[: self.version]
        return self.log.begins_with(known) and [*known, *self.log.since(self.version)] == list(
            self.log
        )

    @invariant
    def only_a_beginning_is_one(self) -> bool:
        log = list(self.log)
        return all(self.log.begins_with([a]) == (a in log[:1]) for a in ("a", "b"))


def test_it_is_appended_to_only_where_it_was_read() -> None:
    verdict = verify(Read)
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.states == 1 + 2 * 2 + 4 * 3 + 8 * 4  # each log, each version of it
