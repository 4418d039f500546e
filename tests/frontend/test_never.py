"""What has no value, such as an item of an empty list, and all made of it, is a model error."""

from __future__ import annotations

from pathlib import Path

import pytest

from ordercheck.checking import check
from ordercheck.frontend import compile_model, load_models
from ordercheck.ir.validator import validate

MODEL = """
from ordercheck import Model, action, integer

class Nothing(Model):
    deadlock = False

    def setup(self) -> None:
        self.n = integer(0, lo=0, hi=1)

    @action
    def go(self) -> None:
        {statement}
"""


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("self.n = {}[0].x + 1", "key"),
        ("self.n = 1 + {}[0]", "key"),
        ("self.n = [1][1] + {}[0]", "index"),  # the left one is evaluated first
        ("self.n = 1 if {}[0] is None else 0", "key"),
        ("self.n = 1 if {}[0][1] else 0", "key"),
        ("self.n = 1 if [][0].y.z else 0", "index"),
        ("[][0].n = 1", "index"),
        ("[][0].n = {}[0]", "key"),  # the value is evaluated first
        ("[][0].n += 1", "index"),
        ("a, *b = [][0]; self.n = a", "index"),
        ("self.n = sum(x.y[3] for x in [])", ""),
        ("for x in []: self.n = x.y[3] + (1 if x and x is None else -x)", ""),
    ],
)
def test_what_has_no_value(statement: str, found: str, tmp_path: Path) -> None:
    file = tmp_path / "m.py"
    file.write_text(MODEL.replace("{statement}", statement))
    (model,) = load_models(str(file))
    program = compile_model(model, {})
    validate(program)
    assert [each.name for each in check(program).violations] == [found] * bool(found)
