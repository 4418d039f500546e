"""Log: entries that are written one after another."""

from __future__ import annotations

from ordercheck import Model, Outcome, action, invariant, param, require, verify
from ordercheck.checking.verdict import ViolationKind
from ordercheck.library import Log


class Written(Model):
    """Two writers, and one entry more than there is room for if `over`."""

    over: bool = param(False)

    def setup(self) -> None:
        self.log = Log(("a", "b"), capacity=2)

    @action(each=("a", "b"))
    def write(self, who: str) -> None:
        require(self.over or len(self.log) < 2)
        self.log.append(who)

    @invariant
    def reads_as_written(self) -> bool:
        log = self.log
        entries = list(log)
        return (
            len(entries) == len(log)
            and all(log[k] == entries[k] for k in range(len(log)))
            and (len(log) == 0 or log[-1] == entries[-1])
            and all((who in log) == (who in entries) for who in ("a", "b"))
            and all(log.index(who) == entries.index(who) for who in ("a", "b") if who in log)
        )


class Endless(Written):
    deadlock = False


def test_reads_as_written() -> None:
    verdict = verify(Endless)
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.states == 1 + 2 + 4


def test_a_full_log_is_a_model_error() -> None:
    verdict = verify(Endless, over=True)
    assert verdict.violations[0].kind is ViolationKind.MODEL_ERROR
    assert verdict.violations[0].steps == 3
