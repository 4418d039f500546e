"""Python source to IR: the only stage that knows Python's syntax."""

from ordercheck.frontend.loading import (
    check_parameters,
    load_models,
    load_specs,
    parse_parameters,
)
from ordercheck.frontend.program import compile_model

__all__ = [
    "check_parameters",
    "compile_model",
    "load_models",
    "load_specs",
    "parse_parameters",
]
