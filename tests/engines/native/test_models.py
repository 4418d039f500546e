"""Generated code agrees with the interpreter on every model that there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from ordercheck.engines.native.generate import generate
from ordercheck.frontend import compile_model
from ordercheck.frontend.loading import load_models
from ordercheck.ir.nodes import Program
from tests.engines.native.agreement import compare_walk
from tests.engines.native.driver import Native, build

ROOT = Path(__file__).parents[3]
FILES = (
    ROOT / "models" / "rpc_fetch.py",
    *sorted((ROOT / "models" / "classics").glob("*.py")),
    *sorted(
        path
        for path in (ROOT / "tests" / "models" / "references").glob("*.py")
        if "(Model)" in path.read_text(encoding="utf-8")
    ),
)
HALVES = 2
STATES = 40


def programs(path: Path) -> list[Program]:
    return [compile_model(model, {}) for model in load_models(str(path))]


@pytest.fixture(scope="module", params=range(HALVES))
def natives(request: pytest.FixtureRequest) -> list[tuple[Program, Native]]:
    """The programs of every second file, compiled together."""
    found = [program for path in FILES[request.param :: HALVES] for program in programs(path)]
    built = build([(generate(program), len(program.cover)) for program in found])
    return list(zip(found, built, strict=True))


def test_models_agree(natives: list[tuple[Program, Native]]) -> None:
    for program, native in natives:
        assert compare_walk(program, native, STATES) > 0, program.name
