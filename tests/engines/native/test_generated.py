"""Random models, as source: generated code does what the interpreter does."""

from __future__ import annotations

import sys
from pathlib import Path

from ordercheck.engines.native.generate import Unsupported, generate
from ordercheck.frontend import compile_model
from ordercheck.frontend.loading import load_models
from ordercheck.ir.nodes import Program
from ordercheck.ir.span import BadInput
from tests.blocks import blocks
from tests.engines.native.agreement import compare_walk
from tests.engines.native.driver import build
from tests.oracle.generator import program


def compiled(source: str, folder: Path) -> Program | None:
    """A random model's program; None where its source is refused."""
    path = folder / "generated.py"
    path.write_text(source, encoding="utf-8")
    (folder / "pyproject.toml").touch()
    (model,) = load_models(str(path))
    try:
        return compile_model(model, {})
    except BadInput:
        return None
    finally:
        sys.modules.pop(model.__module__, None)


def check(seeds: range, folder: Path, states: int) -> None:
    """Compare the models of these seeds; few may be refused, as too large for C to be sensible."""
    found = {seed: compiled(program(seed), folder) for seed in seeds}
    headers = {}
    for seed, made in found.items():
        try:
            if made is not None:
                headers[seed] = (made, generate(made))
        except Unsupported:
            continue
    assert len(headers) > 0.7 * len(seeds)
    natives = build([(generated, len(made.cover)) for made, generated in headers.values()])
    for (seed, (made, _)), native in zip(headers.items(), natives, strict=True):
        try:
            compare_walk(made, native, states)
        except AssertionError as error:
            error.add_note(f"the program of seed {seed}")
            raise


def test_models_agree(tmp_path: Path) -> None:
    check(range(10), tmp_path, 30)


@blocks(40)
def test_many_models_agree(block: int, tmp_path: Path) -> None:
    check(range(100 + 25 * block, 125 + 25 * block), tmp_path, 100)
