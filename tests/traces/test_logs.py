"""A log of the library's is told in traces: it is what models are about."""

from __future__ import annotations

from ordercheck import Model, action, integer, invariant, verify
from ordercheck.library import Log


class Delivery(Model):
    def setup(self) -> None:
        self.delivered = Log(range(3), capacity=3)
        self.sent = integer(0, lo=0, hi=3)

    @action
    def deliver(self) -> None:
        self.delivered.append(self.sent)
        self.sent += 1

    @invariant
    def never_all(self) -> bool:
        return self.sent < 2


def test_a_log_is_told_beside_what_else_changes() -> None:
    trace = verify(Delivery).trace
    assert trace is not None
    changes = trace.steps[1].changes
    assert {change.path: change.hidden for change in changes} == {"delivered": False, "sent": False}
