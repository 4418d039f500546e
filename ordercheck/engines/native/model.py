"""A program, ready to be searched natively: generated, compiled, loaded."""

from __future__ import annotations

import ctypes

from ordercheck.engines.native.binding import load
from ordercheck.engines.native.cache import cached_library
from ordercheck.engines.native.compiler import find_compiler
from ordercheck.engines.native.generate import generate
from ordercheck.engines.native.generate.layout import Layout
from ordercheck.ir.nodes import Program
from ordercheck.ir.record import dataclass

NARROW = (63, 45)
"""Bits of states that the explorer's table keeps in a slot of a word, beside its being empty; and
that it keeps in one of half a word (c/quotient.c)."""


@dataclass(frozen=True, slots=True)
class NativeModel:
    """The compiled code of a program, and how its states are packed; `header` is its source."""

    header: str
    library: ctypes.CDLL
    layout: Layout


COMPACT = "#define OC_COMPACT 1\n"
"""Before a header: hashes stand for states (c/table.c)."""


PLAIN = "#define OC_PLAIN 1\n"
"""Before a header: wide states are not compressed (c/tree.c)."""


SMALLEST_ROOM = 64
"""What an explorer for many models has room for at least, of anything that is kept by number."""


def shared_explorer(words: int, bits: int, most: int) -> tuple[str, ...]:
    """With which definitions an explorer is compiled for all models of such states.

    It has room for `most` of anything: rooms differ by a factor, so that few of them are needed.
    """
    room = SMALLEST_ROOM
    while room < most:
        room *= 4
    return (
        "-DOC_SHARED",
        f"-DOC_WORDS={words}",
        f"-DOC_NARROW={sum(bits <= narrow for narrow in NARROW)}",
        f"-DOC_MOST={room}",
    )


def native_model(
    program: Program,
    compiler: str | None = None,
    hash_compact: bool = False,
    compressed: bool = True,
) -> NativeModel:
    """The program's compiled code, from the cache if it is there, else by this `compiler`.

    With `hash_compact`, hashes stand for states that do not fit into one. What is `compressed`
    are wide states only; a checkpoint is the same either way.

    Raises Unsupported where the program cannot be generated, Unavailable where nothing can
    be compiled, GeneratedCodeFails where what was generated is wrong.
    """
    generated = generate(program)
    header = COMPACT + generated.header if hash_compact else generated.header
    layout = generated.layout
    text = header if compressed else PLAIN + header
    shared = compressed and not hash_compact
    explorer = shared_explorer(layout.words, layout.bits, generated.most) if shared else ()
    source = "model.c" if shared else "explorer.c"
    library = cached_library(text, find_compiler(compiler), load, source, explorer)
    return NativeModel(header, library, layout)
