"""Work side by side: order, failures, interrupts; and that runs do not differ from runs alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ordercheck.cli.jobs import Died, Jobs, Tell

ROOT = Path(__file__).parents[2]


def ignore(*_: object) -> None:
    """Hear nothing."""


def results(work: Callable[[Any, Tell], Any], orders: list[Any], most: int = 2) -> list[Any]:
    with Jobs(work, [partial(lambda order: order, order) for order in orders], most) as jobs:
        return [jobs.result(number, ignore) for number in range(len(orders))]


def test_results_come_in_order_whoever_is_first() -> None:
    def work(order: float, _: Tell) -> float:
        time.sleep(order)
        return order

    orders = [0.2, 0.0, 0.1, 0.0, 0.0]
    assert results(work, orders, most=3) == orders


@pytest.mark.parametrize("most", [1, 2, 9])
def test_so_many_processes_at_most(most: int) -> None:
    def work(order: int, _: Tell) -> int:
        time.sleep(0.02)
        return os.getpid()

    pids = results(work, list(range(8)), most)
    assert len(set(pids)) <= most
    assert os.getpid() not in pids


def test_results_larger_than_a_pipe() -> None:
    def work(order: int, _: Tell) -> bytes:
        return bytes([order]) * 1_000_000

    assert results(work, [1, 2, 3]) == [bytes([order]) * 1_000_000 for order in (1, 2, 3)]


def test_only_progress_of_what_is_waited_for_is_heard() -> None:
    def work(order: int, tell: Tell) -> int:
        tell(order, "of")
        return order

    heard: list[tuple[object, ...]] = []
    with Jobs(work, [lambda: 0, lambda: 1, lambda: 2], 1) as jobs:
        for number in range(3):
            jobs.result(number, lambda *said: heard.append(said))
    assert heard == [(0, "of"), (1, "of"), (2, "of")]


def test_an_exception_is_raised_where_the_result_is_asked_for() -> None:
    def work(order: int, _: Tell) -> float:
        return 1 / order

    with Jobs(work, [lambda: 1, lambda: 0, lambda: 2], 2) as jobs:
        assert jobs.result(0, ignore) == 1
        with pytest.raises(ZeroDivisionError):
            jobs.result(1, ignore)
        assert jobs.result(2, ignore) == 0.5


@pytest.mark.parametrize(("end", "said"), [("kill", "SIGKILL"), ("exit", "code 3"), ("odd", "1")])
def test_a_process_that_dies_takes_only_its_piece_along(end: str, said: str) -> None:
    def work(order: int, tell: Tell) -> object:
        if order != 1:
            return order
        if end == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if end == "exit":
            os._exit(3)
        return lambda: None  # cannot be pickled

    with Jobs(work, [partial(int, k) for k in range(4)], 2) as jobs:
        assert jobs.result(0, ignore) == 0
        with pytest.raises(Died, match=said):
            jobs.result(1, ignore)
        assert [jobs.result(2, ignore), jobs.result(3, ignore)] == [2, 3]


def test_what_has_ended_is_known_to_those_who_order() -> None:
    def work(order: list[int], _: Tell) -> tuple[int, list[int]]:
        return len(order), order

    def order() -> list[int]:
        return [count for count, _ in jobs.ended()]

    with Jobs(work, [order] * 3, 1) as jobs:
        last = jobs.result(2, ignore)
    assert last == (2, [0, 1])


INTERRUPT = """
import os, signal, sys, threading, time
from ordercheck.cli.jobs import Jobs

def work(order, tell):
    try:
        tell()
        time.sleep(60)
    except KeyboardInterrupt:
        if order == 0 and {catching}:
            return "interrupted"
        raise

def interrupt():
    os.kill({target}, signal.SIGINT)

with Jobs(work, [lambda k=k: k for k in range(3)], 2) as jobs:
    for number in (0, 2):
        try:
            print(jobs.result(number, interrupt), flush=True)
        except KeyboardInterrupt:
            print("no more", flush=True)
"""


@pytest.mark.parametrize("catching", [True, False])
@pytest.mark.parametrize("target", ["os.getpid()", "0"])  # this process; all of its group
def test_an_interrupt_gives_what_there_is_and_begins_nothing(target: str, catching: bool) -> None:
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPT.format(target=target, catching=catching)],
        capture_output=True,
        text=True,
        start_new_session=True,
    )
    first = "interrupted" if catching else "no more"
    assert done.stdout == f"{first}\nno more\n", done.stderr
    assert time.monotonic() - started < 20


# --- runs of models side by side --------------------------------------------------------

BOTH = """
import sys
import ordercheck.cli.running as running
from ordercheck.cli.main import run
running.SMALL = {small}
sys.exit(run({arguments}))
"""


FILES = ("models/rpc_fetch.py", "models/classics/handshakes.py")


def report(workers: int, small: int, *more: str, files: Sequence[str] = FILES) -> tuple[int, Any]:
    arguments = ["verify", *files, "--json", "--workers", str(workers), *more]
    code = BOTH.format(small=small, arguments=arguments)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    found = json.loads(done.stdout)
    for each in found["results"]:
        del each["seconds"]
    return done.returncode, found


@pytest.mark.parametrize("small", [500_000, 30])
def test_runs_side_by_side_are_as_alone(small: int) -> None:
    assert report(2, small) == report(1, 500_000)


def test_z3_has_no_limit_of_states_side_by_side() -> None:
    more = ("--engine", "z3", "--depth", "2")
    files = ["models/classics/two_flags.py", "models/classics/die_hard.py"]
    assert report(2, 30, *more, files=files) == report(1, 30, *more, files=files)


def test_a_limit_of_the_reader_is_kept_side_by_side() -> None:
    assert report(2, 30, "--max-states", "20") == report(1, 30, "--max-states", "20")
