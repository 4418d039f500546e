"""The repair of workerd issue 6561: what becomes of places that nobody claims."""

from __future__ import annotations

import pytest

from models.reserved_place import ReservedPlace
from ordercheck import Outcome, Variant, verify
from ordercheck.ir.span import BadInput
from tests.models.stories import ending, story, violated


@pytest.mark.parametrize("variant", ReservedPlace.variants, ids=lambda variant: variant.name)
def test_variants_come_out_as_expected(variant: Variant) -> None:
    assert variant.expect is not None
    verdict = verify(ReservedPlace, **variant.parameters)
    # Where a place closes the object, not all can be delivered, either.
    assert violated(verdict)[:1] == ([] if variant.expect.holds else [variant.expect.property])


@pytest.mark.parametrize("deaths", range(3))
@pytest.mark.parametrize("sessions", range(1, 5))
def test_a_place_that_is_given_back_stops_nobody(sessions: int, deaths: int) -> None:
    verdict = verify(ReservedPlace, sessions=sessions, calls=2, deaths=deaths)
    assert verdict.outcome is Outcome.HOLDS


def test_a_session_alone_leaves_a_closed_gate_behind() -> None:
    verdict = verify(ReservedPlace, sessions=1, deaths=1, gives_back=False)
    assert violated(verdict) == ["every_place_comes_back"]


def test_the_place_of_the_dead_is_what_the_others_wait_for() -> None:
    verdict = verify(ReservedPlace, sessions=2, deaths=1, gives_back=False)
    assert story(verdict) == ["session(0)", "client", *["session(1)"] * 3]
    end = ending(verdict)
    assert (end["delivered"], end["over"], end["gate.granted"]) == ("[]", "{0}", "[session(0)]")


def test_nobody_is_behind_a_session_alone() -> None:
    with pytest.raises(BadInput, match="takes two sessions"):
        verify(ReservedPlace, sessions=1, opened_early=True)
