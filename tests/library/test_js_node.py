"""The programs that models of JavaScript are compared with, run by node itself."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.library.javascript import CASES, PRELUDE, Case

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed"),
]


@pytest.mark.parametrize("case", [pytest.param(c, id=c.model.__name__) for c in CASES])
def test_node_prints_what_was_noted(case: Case) -> None:
    command = ["node", "-e", PRELUDE + case.source]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert tuple(map(int, run.stdout.split())) == case.printed
