"""The battery of the explorer's tests, under sanitizers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engines.native.sanitizing import ADDRESS, THREAD, Sanitizer, can_sanitize

ROOT = Path(__file__).parents[3]


@pytest.mark.slow
@pytest.mark.parametrize("sanitizer", [ADDRESS, THREAD], ids=lambda each: each.name)
def test_nothing_to_complain_of(sanitizer: Sanitizer) -> None:
    if not can_sanitize(sanitizer):
        pytest.skip(f"the compiler has no sanitizer of {sanitizer.name}")
    done = subprocess.run(
        [sys.executable, "-m", "tests.engines.native.battery"],
        cwd=ROOT,
        env={**os.environ, **sanitizer.environment()},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
