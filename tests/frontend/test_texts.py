"""Parts of texts: a slice stands for a table of all that it can be."""

from __future__ import annotations

from ordercheck import Model, action, choose, integer, invariant, verify
from ordercheck.checking.verdict import Outcome

WORDS = ["", "r", "rf", "frf", "ffr"]


class Parts(Model):
    """Cuts texts in every way and compares with letters that are picked one by one."""

    def setup(self) -> None:
        self.word = choose(WORDS)
        self.k = integer(0, lo=-4, hi=4)

    @action
    def move(self) -> None:
        self.k = choose(range(-4, 5))

    @invariant
    def cut_from(self) -> bool:
        length = len(self.word)
        first = max(0, self.k + length) if self.k < 0 else min(self.k, length)
        return len(self.word[self.k :]) == length - first and all(
            self.word[self.k :][j] == self.word[first + j] for j in range(length - first)
        )

    @invariant
    def fixed(self) -> bool:
        return len(self.word[:2]) == min(2, len(self.word)) and self.word[::1] == self.word

    @invariant
    def contains(self) -> bool:
        before = 0 if self.k < 0 else self.k
        seen = any(self.word[j] == "r" for j in range(min(before, len(self.word))))
        return ("r" in self.word[:before]) == seen

    @invariant
    def letters(self) -> bool:
        backwards = list(reversed(self.word[:2]))
        return (
            list(self.word) == [self.word[j] for j in range(len(self.word))]
            and sum(c == "f" for c in self.word) == self.word.count("f")
            and backwards == [self.word[j] for j in range(min(2, len(self.word)) - 1, -1, -1)]
        )

    @invariant
    def no_word_is_long(self) -> bool:
        return self.word[2:] == ""


def test_parts_are_what_python_says() -> None:
    verdict = verify(Parts)
    assert [violation.name for violation in verdict.violations] == ["no_word_is_long"]
    assert verdict.outcome is Outcome.VIOLATED
