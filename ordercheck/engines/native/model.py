"""A program, ready to be searched natively: generated, compiled, loaded."""

from __future__ import annotations

import ctypes

from ordercheck.engines.native.binding import load
from ordercheck.engines.native.cache import cached_object
from ordercheck.engines.native.compiler import find_compiler
from ordercheck.engines.native.generate import generate
from ordercheck.engines.native.generate.layout import Layout
from ordercheck.ir.nodes import Program
from ordercheck.ir.record import dataclass


@dataclass(frozen=True, slots=True)
class NativeModel:
    """The compiled code of a program, and how its states are packed; `header` is its source."""

    header: str
    library: ctypes.CDLL
    layout: Layout


def native_model(program: Program, compiler: str | None = None) -> NativeModel:
    """The program's compiled code, from the cache if it is there, else by this `compiler`.

    Raises Unsupported where the program cannot be generated, Unavailable where nothing can
    be compiled, GeneratedCodeFails where what was generated is wrong.
    """
    generated = generate(program)
    library = load(cached_object(generated.header, find_compiler(compiler)))
    return NativeModel(generated.header, library, generated.layout)
