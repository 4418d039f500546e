"""What is not there yet is refused where it is used, with a message that says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from ordercheck.frontend import compile_model, load_models
from ordercheck.ir.span import BadInput

HEAD = """from __future__ import annotations
from typing import Annotated
from ordercheck import *
from ordercheck import {name}


@struct
class Wide:
    size: int


class Abstract(Model):
    def setup(self) -> None:
        self.n = integer(0, lo=0, hi=3)


class M(Abstract):
    deadlock = False

    def setup(self) -> None:
        super().setup()
        {state}

    @action
    def go(self) -> None:
        self.n = 1

    {member}
    def more(self): return self.n == 1
"""

USES = [
    ("eventually", "", "@eventually"),
    ("leads_to", "", "@leads_to(lambda self: self.n == 0)"),
    ("always_eventually", "", "@always_eventually"),
    ("weak", "", "@action(fair=weak)"),
    ("strong", "", "@process(fair=strong)"),
    ("weak", "", "@weak"),
    ("refines", "", "@refines(Abstract)"),
    ("symmetric", "self.ids = symmetric(3)", ""),
    ("Model", "self.m = integer(0)", ""),
    ("Model", "self.m = integer(0, lo=0)", ""),
    ("Model", "self.m = variable(int, 0)", ""),
    ("Model", "self.m = variable(optional(int), None)", ""),
    ("Model", "self.m = variable(Wide, Wide(1))", ""),
    ("Model", "self.m = array(int, 2, 0)", ""),
    ("Model", "self.m = seq(int, capacity=2)", ""),
    ("Model", "self.m = seq(tuple[int, bool], capacity=2)", ""),
    ("Model", "self.m = map_of(range(2), int)", ""),
]


def refused(text: str, folder: Path) -> str:
    """The line at whose caret the model is refused, as E090."""
    file = folder / "m.py"
    file.write_text(text)
    with pytest.raises(BadInput) as error:
        compile_model(load_models(str(file))[-1], {})
    (found,) = error.value.diagnostics
    assert found.code == "E090"
    assert "not there yet" in found.headline
    return text.splitlines()[found.span.line - 1].strip()


@pytest.mark.parametrize(("name", "state", "member"), USES)
def test_what_is_planned_says_so(name: str, state: str, member: str, tmp_path: Path) -> None:
    text = HEAD.format(name=name, state=state or "pass", member=member)
    assert refused(text, tmp_path) == (state or member)


def test_a_parameter_left_open(tmp_path: Path) -> None:
    text = "from ordercheck import *\n\nclass M(Model):\n    calls: int = param(lo=1, hi=8)\n"
    assert refused(text, tmp_path) == "calls: int = param(lo=1, hi=8)"


def test_refinement_of_a_model(tmp_path: Path) -> None:
    text = "from ordercheck import *\n\nclass A(Model): pass\n\nclass M(Model):\n    refines = A\n"
    assert refused(text, tmp_path) == "class M(Model):"
