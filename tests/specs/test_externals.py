"""The specs of externals on a small model, and shown to be able to fail."""

from __future__ import annotations

import pytest

from ordercheck import Model, Outcome, action, param, require, set_of, verify
from specs.externals import EveryTokenReceived, NoFailedUnwrap
from tests.models.stories import violated


class Receiver(Model):
    """Two externals; which of them is refused, which cannot be unwrapped."""

    refuses: bool = param(False)
    confuses: bool = param(False)
    deadlock = False
    specs = [EveryTokenReceived, NoFailedUnwrap]

    def setup(self) -> None:
        self.received = set_of(range(2))
        self.rejected = set_of(range(2))
        self.failed = set_of(range(2))

    @action(each=range(2))
    def receive(self, x: int) -> None:
        self.received.add(x)

    @action(each=range(2))
    def refuse(self, x: int) -> None:
        require(self.refuses)
        self.rejected.add(x)

    @action(each=range(2))
    def confuse(self, x: int) -> None:
        require(self.confuses)
        self.failed.add(x)


def test_what_is_received_violates_nothing() -> None:
    verdict = verify(Receiver)
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.states == 4


@pytest.mark.parametrize(
    ("refuses", "property_"), [(True, "every_token_received"), (False, "no_failed_unwrap")]
)
def test_each_can_fail(refuses: bool, property_: str) -> None:
    verdict = verify(Receiver, refuses=refuses, confuses=not refuses)
    assert violated(verdict) == [property_]
    assert verdict.violations[0].steps == 1
