"""models/external_return.py says of each way what Cap'n Proto itself does there.

capnp/record.py has recorded that: whether a push is there so many turns after the return beside
which it travels. Where it is recorded once that it is not, the model is to find a run like that;
where the model says that it always is, none is recorded.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from models.external_return import ExternalReturn
from ordercheck import Outcome, verify

(RECORD,) = (Path(__file__).parent / "capnp").glob("returns-*.jsonl")
LINES: list[dict[str, Any]] = [json.loads(line) for line in RECORD.read_text("utf-8").splitlines()]
MOST_TURNS = 3


def name(line: dict[str, Any]) -> str:
    """What a line is about."""
    hops = "" if line["hops"] is None else f"-{line['hops']}"
    return line["between"] + hops + ("-membranes" if line["membranes"] else "")


def always_in_time(line: dict[str, Any], turns: int) -> bool:
    """Whether the model says that the push is there, whatever the network does."""
    # A vat between that has no object of its own takes no turn at all, not even that of evalLater.
    verdict = verify(
        ExternalReturn, between=line["between"], turns=turns, proxy_hops=line["hops"] or 0
    )
    return verdict.outcome is Outcome.HOLDS


@pytest.mark.parametrize("turns", range(MOST_TURNS + 1))
@pytest.mark.parametrize("line", LINES, ids=name)
def test_a_push_is_there_as_the_model_says(line: dict[str, Any], turns: int) -> None:
    in_time = always_in_time(line, turns)
    assert line["pushed"][turns] or not in_time
    if line["between"] != "proxy":
        assert line["pushed"][turns] == in_time
    elif turns == 0:
        # Later than that it depends on when the messages come; in the record, both at once.
        assert line["pushed"][0] == in_time


def test_one_turn_is_what_one_loop_needs_and_a_connection_needs_none() -> None:
    seen = {name(line): line["pushed"] for line in LINES}
    assert (seen["loop"][:2], seen["network"][:1]) == ([False, True], [True])
    assert (seen["loop-membranes"][:2], seen["network-membranes"][:1]) == ([False, True], [True])


def test_a_vat_between_may_take_three_turns_and_no_more() -> None:
    first = [line["pushed"][0] for line in LINES if line["hops"] is not None]
    assert first == [True, True, True, True, False, False, False]
