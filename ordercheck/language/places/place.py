"""What all places are."""

from __future__ import annotations

from ordercheck.language.domains import check
from ordercheck.language.mistakes import Mistake, here
from ordercheck.language.numbered import Numbered
from ordercheck.language.runtime import active


class Place(Numbered):
    """Base of the collections that make up the state; created only in set-up."""

    def __init__(self) -> None:
        self._at = here()
        self._ghost = False
        self._durable = False

    def __deepcopy__(self, memo: object) -> Place:
        """Places are never copied."""
        raise Mistake("E017", "a place is never copied", help="give it a second name instead")

    def _check(self, domain: object, *values: object) -> None:
        """Raise Misfit for what this place cannot hold, when a step stores it."""
        if active():
            for value in values:
                check(domain, value, type(self).__name__)
