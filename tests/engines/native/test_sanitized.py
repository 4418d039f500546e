"""The explorer, and generated models in it, under sanitizers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ordercheck.engines.native.compiler import EXTRA
from tests.engines.native.sanitizing import ADDRESS, THREAD, Sanitizer, can_sanitize

ROOT = Path(__file__).parents[3]
INSTRUMENTED = "tests.engines.native.instrumented"
WAY = "compressed, from disk"
"""In which most of the explorer has something to do."""


both = pytest.mark.parametrize("sanitizer", [ADDRESS, THREAD], ids=lambda each: each.name)


def run(sanitizer: Sanitizer, *command: str, flags: str = "") -> str:
    """What a module says that runs in such an environment, and has nothing to complain of."""
    if not can_sanitize(sanitizer):
        pytest.skip(f"the compiler has no sanitizer of {sanitizer.name}")
    environment = sanitizer.environment()
    environment[EXTRA] += flags
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@both
def test_some_models(sanitizer: Sanitizer) -> None:
    """Such that one explorer has room for all; compiled quickly."""
    told = run(sanitizer, INSTRUMENTED, "models", "511", "516", WAY, flags=" -O0")
    assert "5 models" in told.splitlines()[-1]


@pytest.mark.slow
@both
def test_the_battery(sanitizer: Sanitizer) -> None:
    run(sanitizer, "tests.engines.native.battery")


@pytest.mark.slow
@both
@pytest.mark.parametrize(("family", "end"), [("models", 90), ("tasks", 70), ("graphs", 60)])
def test_many_models(sanitizer: Sanitizer, family: str, end: int) -> None:
    run(sanitizer, INSTRUMENTED, family, "0", str(end))
