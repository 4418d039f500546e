"""Models of spawned tasks, JavaScript and time: each variant comes out as it is said to."""

from __future__ import annotations

from pathlib import Path

import pytest

from ordercheck.cli.main import run

MODELS = Path(__file__).parents[2] / "models"


@pytest.mark.parametrize("name", ["js_mutex", "durable_object", "lease"])
def test_each_variant_comes_out_as_expected(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "--quiet", str(MODELS / f"{name}.py")]) == 0
    assert capsys.readouterr().out == ""
