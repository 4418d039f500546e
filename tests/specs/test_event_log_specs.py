"""specs/event_log.py on a log that anybody may append to, and shown to be able to fail."""

from __future__ import annotations

import pytest

from ordercheck import (
    Model,
    Outcome,
    Seq,
    action,
    boolean,
    choose,
    integer,
    param,
    require,
    seq,
    verify,
)
from specs.event_log import (
    EndsAsReplayed,
    NoCorruptedLog,
    NoEventTwice,
    NoLostSignal,
    NoStall,
    SnapshotIsPrefix,
)
from tests.models.stories import violated

RULES = ["replays", "ends", "once", "heard", "driven", "reads"]


class Journal(Model):
    """a, then b, then the end; each rule can be broken by the parameter of its name."""

    broken: str = param("", choices=["", *RULES])
    deadlock = False
    specs = [
        NoCorruptedLog,
        EndsAsReplayed,
        NoEventTwice,
        NoLostSignal,
        NoStall,
        SnapshotIsPrefix,
    ]

    def setup(self) -> None:
        self.log: Seq[str] = seq(["a", "b", "end"], capacity=4)
        self.view: Seq[str] = seq(["a", "b", "end"], capacity=4)
        self.refused = integer(0, lo=0, hi=1)
        self.scheduled = boolean(True)

    @action
    def write(self) -> None:
        require("end" not in self.log)
        ahead = self.broken == "ends"
        event = "a" if not self.log else ("b" if len(self.log) == 1 and not ahead else "end")
        if self.broken == "replays" and not self.log:
            event = "b"
        if self.broken == "once" and self.log:
            event = "a"
        require(len(self.log) < 3)
        self.log.append(event)
        if self.broken == "driven":
            self.scheduled = choose([False, True])

    @action
    def load(self) -> None:
        self.view.clear()
        self.view.extend(self.log)
        if self.broken == "reads" and self.log:
            self.view[0] = "end"

    @action
    def signal(self) -> None:
        self.refused = 1 if self.broken == "heard" else 0

    def log_replays(self) -> bool:
        return not self.log or self.log[0] == "a"

    def ends_as_replayed(self) -> bool:
        return "end" not in self.log or "b" in self.log

    def may_repeat(self, event: str) -> bool:
        return event == "b"

    def views_are_prefixes(self) -> bool:
        return list(self.view) == list(self.log[: len(self.view)])

    def stalled(self) -> bool:
        return not self.scheduled and "end" not in self.log


def test_a_log_that_keeps_to_the_rules_violates_nothing() -> None:
    assert verify(Journal).outcome is Outcome.HOLDS


@pytest.mark.parametrize(
    ("broken", "property_"),
    list(
        zip(
            RULES,
            [
                "no_corrupted_log",
                "ends_as_replayed",
                "no_event_twice",
                "no_lost_signal",
                "no_stall",
                "snapshot_is_prefix",
            ],
            strict=True,
        )
    ),
)
def test_each_can_fail(broken: str, property_: str) -> None:
    assert violated(verify(Journal, broken=broken)) == [property_]
