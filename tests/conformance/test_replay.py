"""models/workflow/replay.py makes of every log what the real replay makes of it.

What the published @workflow/core makes of them was recorded by workflow/record.py; here some are
fed to it again.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest

from models.workflow.replay import Order
from models.workflow.shapes import SHAPES
from models.workflow.table import replay_of
from tests.conformance.packages import installed
from tests.conformance.workflow.logs import event_of
from tests.conformance.workflow.record import NotReplayed
from tests.conformance.workflow.record import replayed as really_replayed

HERE = Path(__file__).parent / "workflow"
RELEASES = {"4.2.4": (Order.LOG, False), "4.8.9": (Order.BARRIERS, True)}
"""How a release orders effects, and whether it compares the names of steps."""


def replayed(shape: str, log: list[str], release: str) -> tuple[str, list[str]]:
    """The outcome of the model's replay, and what is to be created next."""
    order, compares_names = RELEASES[release]
    run = replay_of(SHAPES[shape], order, log, compares_names=compares_names)
    run.settle()
    if run.diverged:
        return "diverged", []
    if run.finished:
        return ("failed" if run.failed else "completed"), []
    if run.hangs:
        return "hangs", []
    return "suspended", sorted(event for event in run.planned() if "_created" in event)


@pytest.mark.parametrize("release", RELEASES)
def test_every_log_is_replayed_as_recorded(release: str) -> None:
    text = (HERE / f"replays-{release}.jsonl").read_text(encoding="utf-8")
    found: Counter[str] = Counter()
    for line in text.splitlines():
        real: dict[str, Any] = json.loads(line)
        log = [event_of(*event) for event in real["log"]]
        pending = sorted(
            event_of(f"{kind}_created", ordinal, *name)
            for kind, ordinal, *name in real.get("pending", [])
        )
        assert replayed(real["shape"], log, release) == (real["outcome"], pending), (
            real["shape"],
            log,
        )
        found[real["outcome"]] += 1
    assert min(found[each] for each in ("completed", "suspended", "diverged")) > 50


@pytest.mark.parametrize("release", RELEASES)
def test_the_release_does_what_is_recorded(release: str) -> None:
    text = (HERE / f"replays-{release}.jsonl").read_text(encoding="utf-8")
    recorded = [json.loads(line) for line in text.splitlines()]
    sample = Random(2113).sample(recorded, 120)
    found = really_replayed(sample, installed(f"workflow-{release}"))
    assert [
        {"shape": r["shape"], "log": r["log"], **f} for r, f in zip(sample, found, strict=True)
    ] == sample


def test_a_folder_without_packages(tmp_path: Path) -> None:
    with pytest.raises(NotReplayed, match="Cannot find module"):
        really_replayed([{"shape": "stress", "log": []}], tmp_path)
