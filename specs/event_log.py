"""Event logs that programs are replayed from: what every log, and every replay, is to keep to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ordercheck import Spec, invariant


class Replayed(Protocol):
    """A model of one run: its log, and what replaying that gives."""

    def log_replays(self) -> bool:
        """Whether each event of the log has its consumer."""


class NoCorruptedLog(Spec[Replayed]):
    """Every log that can be written replays (CORRUPTED_EVENT_LOG never happens).

    For all logs L that are written, and all events e of L: the replay of L has a consumer
    for e. The smallest history that violates it: replay planned an operation from what was
    no prefix of the log, and wrote its event; in the log as it is, the program never calls it.
    Applies to every log that is replayed: event sourcing, deterministic workflows.
    """

    @invariant
    def no_corrupted_log(self, model: Replayed) -> bool:
        """Each event of the log has a consumer when the log is replayed."""
        return model.log_replays()


class Signalled(Protocol):
    """A model of signals from outside."""

    @property
    def refused(self) -> int:
        """How many signals were refused although their receiver was there."""


class NoLostSignal(Spec[Signalled]):
    """Who sends a signal to a run that waits for it is never turned away.

    For all signals s: sent(s) and the hook is there implies accepted(s). The smallest
    history that violates it: an unrelated event is appended, a signal is refused. Applies to
    whatever is resumed from outside. That an accepted signal is reached by replay is part of
    `no_corrupted_log`: what follows an orphan is lost.
    """

    @invariant
    def no_lost_signal(self, model: Signalled) -> bool:
        """No signal has been refused."""
        return model.refused == 0


class Listed(Protocol):
    """A model of one run's log."""

    @property
    def log(self) -> Sequence[str]:
        """The events, in order."""

    def may_repeat(self, event: str) -> bool:
        """Whether this event may stand in a log twice."""


class NoEventTwice(Spec[Listed]):
    """What happens once is written once: one completion of each wait, one end of each run.

    For all i < j: log[i] = log[j] implies that the event may repeat (a hook may receive many
    payloads). The smallest history that violates it: two ticks complete the same wait.
    Applies to every log that several write to, each of whom may be delivered twice.
    """

    @invariant
    def no_event_twice(self, model: Listed) -> bool:
        """No event stands in the log twice that may not."""
        log = model.log
        return all(
            log[i] != log[j] or model.may_repeat(log[i]) for j in range(len(log)) for i in range(j)
        )


class Viewing(Protocol):
    """A model of ticks that replay what they know of a log."""

    def views_are_prefixes(self) -> bool:
        """Whether what each tick would replay is how the log begins."""


class SnapshotIsPrefix(Spec[Viewing]):
    """What a tick replays is a prefix of the log.

    For all ticks t: view(t) is a prefix of the log. The smallest history that violates it: a
    tick reads the log, somebody else appends, the tick appends and takes what it wrote for
    what comes next. Applies to whoever decides from a copy of a log. From this, and from a
    replay that plans nothing for a prefix that it would not plan for the whole log,
    `no_corrupted_log` follows.
    """

    @invariant
    def snapshot_is_prefix(self, model: Viewing) -> bool:
        """What each tick would replay now is how the log begins."""
        return model.views_are_prefixes()


class Ending(Protocol):
    """A model of a run that may end."""

    def ends_as_replayed(self) -> bool:
        """Whether a run that is said to be completed is completed according to its log."""


class EndsAsReplayed(Spec[Ending]):
    """A run has ended only if the replay of its log ends.

    For all logs with run_completed: the program returns in the replay of what comes before.
    The smallest history that violates it: a payload is appended, a tick that has not seen it
    says that the run is completed, and the program would have gone on with the payload.
    Applies to every log that is replayed and has an end.
    """

    @invariant
    def ends_as_replayed(self, model: Ending) -> bool:
        """A completed run's log completes it."""
        return model.ends_as_replayed()


class Working(Protocol):
    """A model of runs that somebody has to drive on."""

    def stalled(self) -> bool:
        """Whether nothing is scheduled, nobody is at work, and something is to be done."""


class NoStall(Spec[Working]):
    """A run that could go on is driven on: progress, as far as safety can state it.

    In every state: an operation that is due or planned implies that a tick is at work or
    scheduled. The smallest history that violates it: the message of a tick is taken, the tick
    ends without completing what was due, nothing is scheduled. Applies to whatever is driven by
    messages, timers or retries.
    """

    @invariant
    def no_stall(self, model: Working) -> bool:
        """Whatever is to be done, somebody is about to do it."""
        return not model.stalled()
