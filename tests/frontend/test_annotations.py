"""Annotations that Python cannot evaluate: a diagnostic at the class, no traceback."""

from __future__ import annotations

from typing import Annotated

import pytest

from ordercheck import Failure, Model, Range, action, boolean, struct, variable
from ordercheck.frontend import compile_model
from ordercheck.ir.span import BadInput


class Refused(Failure):
    """Its range has one end only."""

    why: Annotated[int, Range(1)]  # type: ignore[call-arg]


@struct
class Pair:
    """Its field has a type that is nowhere."""

    first: Nowhere  # type: ignore[name-defined]  # noqa: F821


class Raising(Model):
    """Raises what cannot be read when its steps are."""

    def setup(self) -> None:
        self.done = boolean()

    @action
    def go(self) -> None:
        try:
            raise Refused(2)
        except Refused:
            self.done = True


class Storing(Model):
    """Declares what cannot be read in set-up."""

    def setup(self) -> None:
        self.pair = variable(Pair, Pair(2))

    @action
    def go(self) -> None:
        pass


@pytest.mark.parametrize(("model", "name"), [(Raising, "Refused"), (Storing, "Pair")])
def test_it_is_told_at_the_class(model: type[Model], name: str) -> None:
    with pytest.raises(BadInput) as caught:
        compile_model(model, {})
    first = caught.value.diagnostics[0]
    assert first.code == "E024"
    assert first.headline.startswith(f"what {name} declares cannot be evaluated")
    assert first.label == "declared here"
