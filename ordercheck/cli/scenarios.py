"""Scenarios, as `verify` and the pytest plugin run them."""

from __future__ import annotations

from collections.abc import Iterator

from ordercheck.checking.scenario import Played
from ordercheck.cli.loading import Found
from ordercheck.ir.span import BadInput
from ordercheck.language.marks import ScenarioMark, mark_of


def has_scenarios(found: Found) -> bool:
    """Whether there is anything to be run; those who have none import no more for it."""
    members = (value for owner in found.model.__mro__ for value in vars(owner).values())
    return any(isinstance(mark_of(each), ScenarioMark) for each in members)


def played(found: Found) -> Iterator[Played | BadInput]:
    """The scenarios of a model, run one by one; BadInput for one that is none of this model."""
    if not has_scenarios(found):
        return
    from ordercheck.scenarios import play, scenarios_of  # the interpreter, once more

    for each in scenarios_of(found.model):
        try:
            yield play(found.model, found.name, each)
        except BadInput as error:
            yield error
