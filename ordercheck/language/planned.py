"""Names of the language that are not there yet: using one is a mistake that says so."""

from __future__ import annotations

from typing import Any, NoReturn

from ordercheck.language.mistakes import Location, Mistake

PLANNED = {
    "always_eventually": "liveness",
    "eventually": "liveness",
    "leads_to": "liveness",
    "refines": "refinement",
    "strong": "fairness",
    "symmetric": "symmetry",
    "weak": "fairness",
}
"""What is planned, and what it belongs to."""

LISTED = "docs/language.md lists what is there"


def planned(headline: str, label: str, help: str = LISTED, at: Location | None = None) -> NoReturn:
    """Raise the mistake of using what is not there yet."""
    raise Mistake("E090", headline, label, help, at)


class Planned:
    """Stands for a name that is not there yet."""

    def __init__(self, name: str) -> None:
        self.name = name

    def refuse(self) -> NoReturn:
        """Say that it is not there yet."""
        raise Mistake(
            "E090", f"{self.name} is not there yet", f"{PLANNED[self.name]}: planned", LISTED
        )

    def __call__(self, *_: Any, **__: Any) -> Any:
        """Say that it is not there yet."""
        self.refuse()
