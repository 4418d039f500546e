"""Ctrl-C, whatever a command is doing: an answer, and exit code 130."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ordercheck.cli.codes import INTERRUPTED

ROOT = Path(__file__).parents[2]
MODEL = str(ROOT / "models" / "classics" / "two_phase.py")
TOLD = """
import sys
from ordercheck.cli import progress
class Told(progress.Progress):
    def _is_due(self):
        print("told", flush=True)
        return False
progress.Progress = Told
from ordercheck.cli.main import main
main()
"""
"""Says on standard output that a command has come to where its work begins."""

COMMANDS = {
    "verify": ["verify", MODEL, "--set", "managers=10", "--engine", "native"],
    "verify, interpreted": ["verify", MODEL, "--set", "managers=9", "--engine", "interpreter"],
    "graph": ["graph", MODEL, "--set", "managers=9", "--to", "0", "--engine", "native"],
    "graph, by either": ["graph", MODEL, "--set", "managers=9", "--to", "0"],
    "simulate": ["simulate", MODEL, "--runs", "1000000000", "--engine", "native"],
    "simulate, interpreted": ["simulate", MODEL, "--runs", "1000000", "--engine", "interpreter"],
}


def begun(command: list[str], **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", TOLD, *command],
        env={**os.environ, "PYTHONPATH": str(ROOT), "ORDERCHECK_CFLAGS": "-O0", **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )


def ended(process: subprocess.Popen[str]) -> tuple[float, str]:
    """Interrupt it: after how long it ended, and what it said."""
    sent = time.perf_counter()
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    return time.perf_counter() - sent, said


@pytest.mark.parametrize("name", COMMANDS)
def test_an_interrupt_is_answered(name: str) -> None:
    process = begun(COMMANDS[name])
    assert process.stdout is not None
    assert process.stdout.readline() == "told\n"
    seconds, said = ended(process)
    assert process.returncode == INTERRUPTED
    assert "interrupted" in said.lower() or "runs of up to" in said
    assert "Traceback" not in said
    # A tenth of a second on an idle machine; tests run on busy ones.
    assert seconds < 5


def test_an_interrupt_ends_the_compiler(tmp_path: Path) -> None:
    """Which is a script here that takes its time."""
    script = tmp_path / "cc"
    script.write_text("#!/bin/sh\necho compiling >$STARTED\nsleep 600\n")
    script.chmod(0o700)
    started = tmp_path / "started"
    os.mkfifo(started)
    process = begun(
        ["simulate", MODEL, "--engine", "native", "--cc", str(script)],
        STARTED=str(started),
        ORDERCHECK_CACHE=str(tmp_path / "cache"),
    )
    with started.open() as fifo:
        assert fifo.readline() == "compiling\n"
    seconds, said = ended(process)
    assert (process.returncode, said) == (INTERRUPTED, "\ninterrupted\n")
    assert seconds < 5
    assert list((tmp_path / "cache").iterdir()) == []
