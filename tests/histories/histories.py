"""Histories for tests, in few words."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ordercheck.histories.history import History
from ordercheck.histories.jsonlines import read_lines
from ordercheck.histories.judging import Consistent, Contradiction, Judgement, judge
from ordercheck.histories.named import named


def lines(*objects: dict[str, Any]) -> str:
    """JSON lines."""
    return "".join(json.dumps(each) + "\n" for each in objects)


def recorded(*objects: dict[str, Any]) -> History:
    """What is read from such lines."""
    return read_lines(lines(*objects), "h.jsonl")


def sent(actor: str, name: object, **fields: Any) -> dict[str, Any]:
    return {"kind": "sent", "actor": actor, "message": name, **fields}


def delivered(actor: str, name: object, **fields: Any) -> dict[str, Any]:
    return {"kind": "delivered", "actor": actor, "message": name, **fields}


def judged(spec: str, history: History) -> Judgement:
    """The judgement of a spec that comes with the tool."""
    found = named(spec)()
    return judge(found.known(history), found.constraints(history))


def holds(spec: str, *objects: dict[str, Any]) -> bool:
    """Whether the events are as the spec wants them; a contradiction is the smallest."""
    found = judged(spec, recorded(*objects))
    assert isinstance(found, Consistent | Contradiction)
    assert isinstance(found, Consistent) or found.is_smallest
    return isinstance(found, Consistent)


def contradicting(spec: str, *objects: dict[str, Any]) -> list[str]:
    """Where the events of the contradiction were recorded."""
    found = judged(spec, recorded(*objects))
    assert isinstance(found, Contradiction)
    assert found.is_smallest
    return [event.where for event in found.events]


def of_word(made: Iterable[str], got: Iterable[str]) -> list[dict[str, Any]]:
    """Calls such as f0, made by a worker; delivered to an object in another order."""
    return [
        *({"kind": "sent", "actor": "worker", "call": int(c[1:]), "how": c[0]} for c in made),
        *({"kind": "delivered", "actor": "object", "call": int(c[1:])} for c in got),
    ]
