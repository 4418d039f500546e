"""References: in which order calls come through promises and membranes, as Cap'n Proto has it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from ordercheck import (
    Model,
    Outcome,
    cancel,
    choose,
    integer,
    invariant,
    param,
    process,
    reachable,
    task_of,
    verify,
)
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.transition import ModelError
from ordercheck.frontend import compile_model
from ordercheck.library import (
    BrokenReference,
    KjLoop,
    LocalReference,
    Log,
    QueuedReference,
    Rejected,
)
from tests.library.reference_programs import TOGETHER, Scripted, notation, random_program

ROOT = Path(__file__).parents[2]
NOTED = Path(__file__).with_name("references-noted.txt")
"""What libcapnp 0.9.2 did with the programs of the first seeds. It makes a new wrapper whenever a
reference crosses a membrane, where later releases, and the library, keep one; program 381 is the
first in which that shows."""

Outcomes = list[tuple[tuple[int, ...], tuple[int, ...]]]


def read(lines: list[str]) -> Outcomes:
    """What was delivered and what was rejected, as `references.c++` says it."""
    halves = [line.split("|") for line in lines]
    return [(_numbers(delivered), _numbers(rejected)) for delivered, rejected in halves]


def built(source: str, folder: Path) -> str:
    """A program of this folder's, compiled with libcapnp."""
    target = str(folder / "program")
    libraries = ["-lcapnp-rpc", "-lcapnp", "-lkj-async", "-lkj", "-lpthread"]
    file = str(Path(__file__).with_name(source))
    command = ["g++", "-std=c++17", "-w", "-x", "c++", file, "-o", target, *libraries]
    subprocess.run(command, check=True, timeout=300)
    return target


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split()))


def outcomes(first: int) -> Outcomes:
    """What the model delivers and rejects, for each of the programs from this one on."""
    program = compile_model(Scripted, {"first": first})
    machine = Machine(program)
    slot = {place.path: place.slot for place in program.places}
    found = {}
    for initial in machine.initial():
        target = initial.target
        while True:
            assert not isinstance(target, ModelError), target
            following = machine.expand(target)
            if not following:
                break
            (target,) = (each.target for each in following)
        found[target[slot["program"]]] = (target[slot["delivered"]], target[slot["rejected"]])
    return [found[k] for k in range(TOGETHER)]


def test_calls_come_in_the_order_in_which_capnproto_delivers_them() -> None:
    noted = read(NOTED.read_text(encoding="utf-8").splitlines())
    assert outcomes(0) == noted[:TOGETHER]


@pytest.mark.slow
def test_more_calls_come_in_the_order_in_which_capnproto_delivers_them() -> None:
    noted = read(NOTED.read_text(encoding="utf-8").splitlines())
    for first in range(TOGETHER, len(noted), TOGETHER):
        assert outcomes(first) == noted[first : first + TOGETHER]


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("g++") is None or not Path("/usr/include/capnp/membrane.h").exists(),
    reason="libcapnp is not installed",
)
def test_capnproto_does_what_was_noted(tmp_path: Path) -> None:
    target = built("references.c++", tmp_path)
    noted = NOTED.read_text(encoding="utf-8")
    programs = [notation(random_program(seed)) for seed in range(len(noted.splitlines()))]
    text = "\n".join(programs) + "\n"
    run = subprocess.run(
        [target], input=text, check=True, timeout=60, capture_output=True, text=True
    )
    assert run.stdout == noted


# --- rejection, and calls that are taken back ---------------------------------------------


class Taken(Model):
    """Calls on a promise that resolves, or is broken; the second is cancelled at some time."""

    broken: bool = param(False)

    def setup(self) -> None:
        self.loop = KjLoop()
        self.object = LocalReference(self.loop)
        self.nothing = BrokenReference()
        self.promise = QueuedReference(self.loop)
        self.made = integer(0, lo=0, hi=3)
        self.delivered = Log(range(3), capacity=3)
        self.rejected = Log(range(3), capacity=3)

    @process(on="loop")
    async def caller(self) -> None:
        for i in range(3):
            self.made = i + 1
            self.promise.call(task_of(self.call, i))
            if choose((False, True), "later"):
                await self.loop.later()

    @process(on="loop")
    async def resolver(self) -> None:
        for _ in range(choose(range(3), "delay")):
            await self.loop.later()
        self.promise.resolve(self.nothing if self.broken else self.object)

    @process(on="loop")
    async def canceller(self) -> None:
        for _ in range(choose(range(6), "delay")):
            await self.loop.later()
        if self.made > 1:
            cancel(task_of(self.call, 1))

    @process(each=range(3), on="loop")
    async def call(self, i: int) -> None:
        try:
            await self.promise.delivery(self.nothing)
            self.delivered.append(i)
        except Rejected:
            self.rejected.append(i)

    @invariant
    def in_order(self) -> bool:
        logs = [self.delivered, self.rejected]
        return all(log[k] < log[k + 1] for log in logs for k in range(len(log) - 1))

    @invariant
    def all_one_way(self) -> bool:
        return len(self.delivered if self.broken else self.rejected) == 0

    @invariant
    def none_is_forgotten(self) -> bool:
        over = len(self.delivered) + len(self.rejected)
        return not self.loop.idle() or over >= 2

    @reachable
    def one_is_taken_back(self) -> bool:
        return self.loop.idle() and len(self.delivered) + len(self.rejected) == 2

    @reachable
    def all_come_through(self) -> bool:
        return len(self.delivered) + len(self.rejected) == 3


@pytest.mark.parametrize("broken", [False, True])
def test_a_call_that_is_cancelled_is_taken_back_and_the_others_keep_their_order(
    broken: bool,
) -> None:
    assert verify(Taken, broken=broken).outcome is Outcome.HOLDS


def test_a_promise_has_three_branches() -> None:
    with pytest.raises(ValueError, match="note, forward, tell"):
        QueuedReference(KjLoop(), order=("note", "tell"))


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("g++") is None or not Path("/usr/include/capnp/membrane.h").exists(),
    reason="libcapnp is not installed",
)
def test_capnproto_delivers_out_of_order_what_the_finding_says(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "findings" / "capnp-resolved-promises.md").read_text(encoding="utf-8")
    run = subprocess.run([built("resolved_promises.c++", tmp_path)], capture_output=True, text=True)
    assert run.stdout.count("\n") == 4
    assert run.stdout in page
