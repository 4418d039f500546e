"""Mistakes are called as their authors call them."""

from __future__ import annotations

import pytest

from ordercheck import Model, action, integer, process
from ordercheck.frontend import compile_model
from ordercheck.ir.span import BadInput


class Mistaken(Model):
    def setup(self) -> None:
        self.n = integer(0, lo=0, hi=9)

    @action
    def imports(self) -> None:
        import os

        self.n = len(os.sep)

    @action
    def imports_from(self) -> None:
        from os import sep

        self.n = len(sep)

    @action
    def defines(self) -> None:
        class Inner:
            pass

        self.n = len(Inner.__name__)

    @action
    def yields(self):  # type: ignore[no-untyped-def]
        self.n = yield 3

    @action
    def takes(self, a: int) -> None:
        self.n = a

    @process
    async def runs(self, a: int) -> None:
        self.n = a


def test_syntax_and_families_are_called_as_in_python() -> None:
    with pytest.raises(BadInput) as refused:
        compile_model(Mistaken, {})
    assert [each.headline for each in refused.value.diagnostics] == [
        "import is not part of the modelling language",
        "import is not part of the modelling language",
        "class is not part of the modelling language",
        "yield is not part of the modelling language",
        "nothing gives takes its arguments",
        "nothing gives runs its arguments",
    ]
