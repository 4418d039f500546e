"""What workerd's output gate promises to whoever hears from an actor (io/io-gate.h)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from ordercheck import Spec, implies, invariant
from ordercheck.library import KjLoop, OutputGate


class Sending(Protocol):
    """A model of an actor that writes and sends; both are numbered as they are made."""

    @property
    def gate(self) -> OutputGate:
        """The gate before everything that is sent."""

    @property
    def loop(self) -> KjLoop:
        """The actor's loop; where it is idle, whoever may go on has gone on."""

    @property
    def writes_before(self) -> Sequence[int]:
        """How many writes were made before each message."""

    @property
    def sent(self) -> int:
        """How many messages have been sent, through the gate or not."""

    @property
    def confirmed(self) -> Iterable[int]:
        """The writes that are on disk."""

    @property
    def failed(self) -> Iterable[int]:
        """The writes that are lost."""

    @property
    def delivered(self) -> Sequence[int]:
        """The messages that have left, in the order in which they did."""

    @property
    def rejected(self) -> Iterable[int]:
        """The messages that will never leave."""


class OutputGateContract(Spec[Sending]):
    """Nobody hears of a write before it is on disk (output gate safety).

    For all messages m, writes w: left(m) and made(w) < made(m) implies confirmed(w). The
    smallest history that violates it: write 0 is made, message 0 leaves. Applies to actors that
    go on while their writes are under way: a reader of the message may rely on what it says,
    even after a crash.
    """

    @invariant
    def nothing_leaves_early(self, model: Sending) -> bool:
        """What has left depends on no write that is not on disk."""
        return all(
            w in model.confirmed for m in model.delivered for w in range(model.writes_before[m])
        )

    @invariant
    def only_lost_writes_reject(self, model: Sending) -> bool:
        """What is rejected depends on a write that is lost."""
        return all(any(w < model.writes_before[m] for w in model.failed) for m in model.rejected)

    @invariant
    def nothing_is_held_longer(self, model: Sending) -> bool:
        """Whose writes are all over has left or is rejected, whatever was written later."""
        return all(
            implies(
                model.loop.idle()
                and all(
                    w in model.confirmed or w in model.failed for w in range(model.writes_before[m])
                ),
                m in model.delivered or m in model.rejected,
            )
            for m in range(model.sent)
        )

    @invariant
    def a_lost_write_breaks_the_gate(self, model: Sending) -> bool:
        """The gate says that it is broken once a write is lost, and only then."""
        return implies(model.loop.idle(), model.gate.is_broken() == any(True for _ in model.failed))
