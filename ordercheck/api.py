"""The Python API: the same checks as the command line's, with typed results."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ordercheck.checking import Options, check
from ordercheck.checking.verdict import Verdict
from ordercheck.frontend import compile_model
from ordercheck.language.model import Model, Spec


def verify(
    model: type[Model],
    *,
    specs: Iterable[type[Spec[Any]]] = (),
    invariants: Iterable[str] = (),
    options: Options | None = None,
    **parameters: Any,
) -> Verdict:
    """Check a model with these parameters: `verify(RpcFetch, pattern="rf")`.

    `specs` are added to the model's own, `invariants` are expressions about `self`.
    Raises BadInput, whose diagnostics say what is wrong with the model.
    """
    program = compile_model(model, parameters, specs, invariants)
    return check(program, options or Options())
