"""Mistakes that are planted in the explorer and in the generator: tests notice each of them."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import pytest

from ordercheck.engines.native.compiler import SOURCES
from tests.engines.native.mutations import EXPLORER, GENERATOR, RACES, Mutation
from tests.engines.native.sanitizing import RACE, THREAD, can_sanitize

ROOT = Path(__file__).parents[3]
GENERATE = "ordercheck/engines/native/generate"
TESTS = [
    f"tests/engines/native/test_{each}.py"
    for each in ("sizes", "expressions", "operations", "generated", "recorded")
]
PATIENCE = 180
"""Seconds of processor time after which an explorer that goes on and on has been caught as well."""
WAITED = 900
"""Seconds by the clock, for one that waits for ever."""


def quick(mutations: Sequence[Mutation], every: int) -> list[object]:
    """All of them, most of them marked as slow."""
    return [
        pytest.param(each, id=each.what, marks=[pytest.mark.slow] if number % every else [])
        for number, each in enumerate(mutations)
    ]


def plant(mutation: Mutation, folder: Path) -> None:
    """Make the mistake in the copy of a file."""
    file = folder / mutation.file
    text = file.read_text(encoding="utf-8")
    assert text.count(mutation.right) == 1, f"{mutation.file} has changed: {mutation.what}"
    file.write_text(text.replace(mutation.right, mutation.wrong), encoding="utf-8")


def limit_processor_time(seconds: int) -> None:
    """Let this process be killed after so many."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def is_caught(
    command: list[str],
    folder: Path,
    environment: Mapping[str, str],
    patience: int | None = None,
) -> bool:
    """Whether a run of tests fails, or does not end; a compiler's complaint is none of a test's."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=folder,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=WAITED if patience else None,
            preexec_fn=partial(limit_processor_time, patience) if patience else None,
        )
    except subprocess.TimeoutExpired:
        return True
    # What does not compile would be caught by no test of what it does.
    assert "explorer.c" not in done.stderr or ": error:" not in done.stderr, done.stderr
    return done.returncode != 0


BATTERY = ["tests.engines.native.battery"]


@pytest.mark.parametrize("mutation", quick(EXPLORER, 25))
def test_a_mistake_in_the_explorer_is_caught(mutation: Mutation, tmp_path: Path) -> None:
    shutil.copytree(SOURCES, tmp_path, dirs_exist_ok=True)
    plant(mutation, tmp_path)
    # Quickly compiled, and warnings are not what is tried here.
    environment = {"ORDERCHECK_EXPLORER": str(tmp_path), "ORDERCHECK_CFLAGS": "-O0 -w"}
    assert is_caught(BATTERY, ROOT, environment, PATIENCE)


@pytest.mark.slow
@pytest.mark.skipif(not can_sanitize(THREAD), reason="the compiler has no thread sanitizer")
@pytest.mark.parametrize("mutation", quick(RACES, 1))
def test_a_race_is_caught(mutation: Mutation, tmp_path: Path) -> None:
    shutil.copytree(SOURCES, tmp_path, dirs_exist_ok=True)
    plant(mutation, tmp_path)
    environment = {**os.environ, **THREAD.environment(), "ORDERCHECK_EXPLORER": str(tmp_path)}
    done = subprocess.run([sys.executable, "-m", *BATTERY], cwd=ROOT, env=environment)
    assert done.returncode == RACE


@pytest.mark.slow
@pytest.mark.parametrize("mutation", quick(GENERATOR, 1))
def test_a_mistake_in_the_generator_is_caught(mutation: Mutation, tmp_path: Path) -> None:
    for each in ("ordercheck", "tests", "models", "specs"):
        shutil.copytree(ROOT / each, tmp_path / each, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    plant(mutation, tmp_path / GENERATE)
    assert is_caught(["pytest", "-x", "-q", "-p", "no:cacheprovider", *TESTS], tmp_path, {})
