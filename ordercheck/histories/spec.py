"""Specs over histories: a class whose method yields what must be true of the order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from ordercheck.histories.constraints import Constraint
from ordercheck.histories.history import History, Timeline
from ordercheck.histories.reading import Reading


class OrderSpec:
    """What a recorded history has to satisfy.

    The docstring says it in words; `kinds` are the kinds of events that it is about, and
    `needs` those of which there must be one, lest nothing be judged; `reading` says how
    the run of a model becomes such events.
    """

    kinds: ClassVar[tuple[str, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ()
    reading: ClassVar[Reading] = Reading()

    def constraints(self, history: History) -> Iterable[Constraint]:
        """What must be true of the order; see `ordercheck.histories.constraints`."""
        raise NotImplementedError

    def known(self, history: History) -> History:
        """The history with what is to count as known of its order: all that was recorded."""
        return history


def by_actor(history: History) -> History:
    """The history, of whose order is known only in which order each actor did things."""
    actors = [event.actor for event in history.events]
    timelines: list[Timeline] = []
    for timeline in history.timelines:
        for actor in dict.fromkeys(actors[node] for node, _, _ in timeline.stretches):
            own = tuple(s for s in timeline.stretches if actors[s[0]] == actor)
            words = timeline.words
            if len(own) > 1 and len(own) < len(timeline.stretches):
                words = f"{actor or 'one actor'} did them in this order"
            timelines.append(Timeline(words, own))
    known = tuple(k for k in history.known if actors[k.first] == actors[k.second])
    return replace(history, timelines=tuple(timelines), known=known)
