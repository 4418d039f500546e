"""The classics give the figures that others have published for the same systems, exactly.

The published models are in tlaplus/Examples, stateright/stateright, mCRL2, LTSmin,
FizzBee and the Model Checking Contest; each file of models/classics/ names its own.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ordercheck.checking import Options, check
from ordercheck.cli.main import run
from ordercheck.frontend import compile_model
from ordercheck.language import Model

CLASSICS = Path(__file__).parents[2] / "models" / "classics"
QUICK = 10_000
"""Cases with more states are slow."""

REASONS = "TLC takes a step once for each alternative of a guard that is true; here, once"
SAFE = "TLC counts a crossing once for each reason why a bank is safe; here, once"
SHOWN = "TLC takes a step once for each quorum that shows why it may be taken; here, once"
STUTTER = "the published model repeats its 31 end states for ever; here, it has finished"


@dataclass(frozen=True)
class Figures:
    """What a complete exploration finds; `violated`: the steps of a shortest trace."""

    states: int
    generated: int
    depth: int
    initial: int
    stuck: int
    violated: dict[str, int]


@dataclass(frozen=True)
class Case:
    """A published model; where it counts transitions in another way: how many, and why."""

    name: str
    model: str
    parameters: dict[str, Any]
    figures: Figures
    counted: int | None = None
    why: str = ""


CASES = [
    Case("die_hard", "die_hard", {}, Figures(16, 97, 8, 1, 0, {"not_solved": 6})),
    Case(
        "missionaries_3",
        "missionaries",
        {},
        Figures(64, 253, 13, 1, 0, {"somebody_east": 11}),
        counted=283,
        why=SAFE,
    ),
    Case("hanoi_5", "hanoi", {}, Figures(243, 727, 32, 1, 0, {"not_solved": 31})),
    Case("hanoi_9", "hanoi", {"disks": 9}, Figures(19_683, 59_047, 512, 1, 0, {"not_solved": 511})),
    Case("cat_5", "cat", {}, Figures(30, 78, 1, 30, 0, {})),
    Case("cat_6", "cat", {"boxes": 6}, Figures(48, 128, 1, 48, 0, {})),
    Case("coffee_can_100", "coffee_can", {"beans": 100}, Figures(5_150, 20_002, 1, 5_150, 0, {})),
    Case(
        "coffee_can_1000",
        "coffee_can",
        {"beans": 1000},
        Figures(501_500, 2_000_002, 1, 501_500, 0, {}),
    ),
    Case("one_switch_3", "prisoners", {}, Figures(16, 49, 5, 1, 0, {})),
    Case(
        "one_switch_3_lamp_unknown",
        "prisoners",
        {"lamp_unknown": True},
        Figures(62, 188, 10, 2, 0, {}),
    ),
    Case("cigarette_smokers", "smokers", {}, Figures(6, 15, 2, 3, 0, {})),
    Case("transaction_commit_3", "transaction_commit", {}, Figures(34, 94, 7, 1, 2, {})),
    Case("two_phase_3", "two_phase", {}, Figures(288, 1_146, 11, 1, 0, {})),
    Case(
        "two_phase_3_hasty",
        "two_phase",
        {"enough": 2},
        Figures(348, 1_359, 11, 1, 0, {"consistent": 7}),
    ),
    Case("two_phase_5", "two_phase", {"managers": 5}, Figures(8_832, 58_146, 17, 1, 0, {})),
    Case("two_phase_7", "two_phase", {"managers": 7}, Figures(296_448, 2_744_706, 23, 1, 0, {})),
    Case("dining_3", "hygienic_philosophers", {"philosophers": 3}, Figures(19, 58, 17, 1, 0, {})),
    Case("dining_5", "hygienic_philosophers", {}, Figures(67, 336, 29, 1, 0, {})),
    Case("peterson", "peterson", {}, Figures(42, 77, 11, 1, 0, {})),
    Case(
        "peterson_turn_first",
        "peterson",
        {"turn_first": True},
        Figures(72, 139, 13, 1, 0, {"mutual_exclusion": 8}),
        counted=145,
        why=REASONS,
    ),
    Case("test_and_set_lock", "spin_lock", {}, Figures(12, 21, 5, 1, 0, {})),
    Case("increment_2", "lost_update", {}, Figures(13, 15, 5, 1, 3, {"every_update_counts": 4})),
    Case(
        "increment_3",
        "lost_update",
        {"threads": 3},
        Figures(84, 112, 7, 1, 16, {"every_update_counts": 4}),
    ),
    Case(
        "readers_writers_3", "readers_writers", {"actors": 3}, Figures(21_527, 59_674, 13, 1, 0, {})
    ),
    Case("simple_allocator", "allocator", {}, Figures(400, 1_633, 6, 1, 0, {})),
    Case(
        "blocking_queue_p1_c2_b1", "blocking_queue", {}, Figures(14, 27, 8, 1, 1, {"deadlock": 7})
    ),
    Case(
        "blocking_queue_p2_c1_b1",
        "blocking_queue",
        {"producers": 2, "consumers": 1},
        Figures(22, 40, 9, 1, 2, {"deadlock": 8}),
    ),
    Case(
        "blocking_queue_p2_c2_b1",
        "blocking_queue",
        {"producers": 2},
        Figures(48, 127, 10, 1, 3, {"deadlock": 8}),
    ),
    Case(
        "blocking_queue_p4_c3_b3",
        "blocking_queue",
        {"producers": 4, "consumers": 3, "capacity": 3},
        Figures(10_524, 78_629, 47, 1, 64, {"deadlock": 46}),
    ),
    Case(
        "blocking_queue_fixed_p4_c3_b3",
        "blocking_queue",
        {"producers": 4, "consumers": 3, "capacity": 3, "notify_other": True},
        Figures(1_600, 12_313, 16, 1, 0, {}),
    ),
    Case(
        "teaching_concurrency_5",
        "teaching_concurrency",
        {},
        Figures(723, 1_811, 11, 1, 31, {}),
        counted=1842,
        why=STUTTER,
    ),
    Case(
        "petri_philosophers_5",
        "petri_philosophers",
        {},
        Figures(243, 946, 6, 1, 2, {"deadlock": 5}),
    ),
    Case(
        "petri_philosophers_10",
        "petri_philosophers",
        {"philosophers": 10},
        Figures(59_049, 459_271, 11, 1, 2, {"deadlock": 10}),
    ),
    Case("ewd840_3", "ewd840", {}, Figures(302, 1_817, 9, 192, 1, {}), counted=2001, why=REASONS),
    Case(
        "ewd840_4",
        "ewd840",
        {"nodes": 4},
        Figures(1_566, 14_962, 12, 1_024, 1, {}),
        counted=15986,
        why=REASONS,
    ),
    Case(
        "ewd840_4_unpainted",
        "ewd840",
        {"nodes": 4, "paint": False},
        Figures(1_264, 12_328, 9, 1_024, 1, {"lemma": 3, "sound": 6}),
        counted=13280,
        why=REASONS,
    ),
    Case("alternating_bit", "alternating_bit", {}, Figures(240, 1_392, 10, 8, 0, {})),
    Case("alternating_bit_process_algebra", "handshakes", {}, Figures(74, 93, 20, 1, 0, {})),
    Case("gossip_5", "gossip", {"girls": 5}, Figures(9_152, 183_042, 7, 1, 0, {"not_done": 6})),
    Case(
        "linear_equation",
        "linear_equation",
        {"a": 2, "b": 4, "c": 7},
        Figures(65_536, 131_073, 511, 1, 0, {}),
    ),
    Case("ping_pong_5", "ping_pong", {}, Figures(11, 12, 11, 1, 0, {})),
    Case("producer_consumer_fifo", "producer_consumer", {}, Figures(18, 26, 11, 1, 0, {})),
    Case("mutex_machine", "mutex_machine", {}, Figures(9, 23, 5, 1, 0, {})),
    Case("two_flags", "two_flags", {}, Figures(8, 13, 4, 1, 1, {"deadlock": 2})),
    Case("memory_linearizable", "memory", {}, Figures(4_408, 21_400, 10, 8, 0, {})),
    Case("yoyo_5", "yoyo", {}, Figures(60, 110, 19, 1, 0, {})),
    Case("paxos_1_1_2", "paxos", {"acceptors": 1, "values": 1}, Figures(25, 82, 9, 1, 0, {})),
    Case("paxos_3_2_2", "paxos", {}, Figures(3_921, 23_563, 17, 1, 0, {})),
    Case(
        "paxos_3_2_2_quorum_1",
        "paxos",
        {"quorum": 1},
        Figures(12_513, 83_059, 17, 1, 0, {"agreement": 8}),
    ),
    Case("disruptor_2_2", "disruptor", {"top": 10}, Figures(14_365, 44_581, 61, 1, 0, {})),
    Case(
        "disruptor_2_3",
        "disruptor",
        {"readers": 3, "top": 10},
        Figures(112_929, 422_781, 81, 1, 0, {}),
    ),
    Case(
        "ewd998_3",
        "ewd998",
        {"nodes": 3},
        Figures(321_370, 2_609_134, 47, 8, 0, {}),
        counted=2808396,
        why=REASONS,
    ),
    Case(
        "ewd998_3_unpainted",
        "ewd998",
        {"nodes": 3, "paint": False},
        Figures(136_768, 1_151_572, 51, 8, 0, {"sound": 11}),
        counted=1195368,
        why=REASONS,
    ),
    Case(
        "lamport_mutex_3",
        "lamport_mutex",
        {"processes": 3, "latest": 6},
        Figures(724_274, 2_729_079, 61, 1, 0, {}),
    ),
    Case(
        "paxos_commit_2_3_2",
        "paxos_commit",
        {"managers": 2},
        Figures(1_321_761, 15_242_979, 28, 1, 0, {}),
        counted=16_959_159,
        why=SHOWN,
    ),
]


def model_of(name: str) -> type[Model]:
    """The one model of a file in models/classics/."""
    found = [
        value
        for value in vars(importlib.import_module(f"models.classics.{name}")).values()
        if isinstance(value, type) and issubclass(value, Model) and value is not Model
    ]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(c, id=c.name, marks=[pytest.mark.slow] if c.figures.states > QUICK else [])
        for c in CASES
    ],
)
def test_published_figures(case: Case) -> None:
    program = compile_model(model_of(case.model), case.parameters)
    verdict = check(program, Options(continue_=True))
    found = Figures(
        verdict.states,
        verdict.initial + verdict.transitions,
        verdict.depth,
        verdict.initial,
        verdict.stuck,
        {violation.name: violation.steps for violation in verdict.violations},
    )
    assert found == case.figures
    assert verdict.coverage.missed("step") == ()


def test_each_classic_is_a_case() -> None:
    assert {case.model for case in CASES} == {path.stem for path in CLASSICS.glob("*.py")}


def test_each_variant_comes_out_as_expected(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "--quiet", str(CLASSICS)]) == 0
    assert capsys.readouterr().out == ""
