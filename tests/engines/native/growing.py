"""A table alone, filled and grown by headers/growing.c."""

from __future__ import annotations

import ctypes
import random
from collections import Counter

from tests.engines.native.build import growing

BUILDS = {
    "half a word": ("OC_TINY", "BITS=34"),
    "one word": ("OC_TINY",),
    "one word, by number": ("OC_TINY", "OC_FORCE_INDEXED"),
    "five words": ("OC_TINY", "WORDS=5"),
    "hashes": ("OC_TINY", "WORDS=5", "OC_COMPACT"),
}
TAGGED = ("one word, by number", "five words")
"""Those whose slots have tags, which tell where a state belongs in a larger table."""


class _Filling(ctypes.Structure):
    _fields_ = (
        ("seed", ctypes.c_uint64),
        ("states", ctypes.c_uint64),
        ("crowd", ctypes.c_uint32),
        ("crowd_bits", ctypes.c_uint32),
        ("crowd_at", ctypes.c_uint32),
    )


FIGURES = ("lost", "growths", "read", "crowded", "wrapped")


class _Filled(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint64) for name in FIGURES)


def _filled(library: ctypes.CDLL, filling: _Filling) -> Counter[str]:
    told = _Filled()
    library.fill(ctypes.byref(filling), ctypes.byref(told))
    return Counter({name: getattr(told, name) for name in FIGURES})


def fill_often(build: str, times: int) -> Counter[str]:
    """The sum of `filled` for some thousand states, sometimes many of them close together;
    the first that loses one fails."""
    library, total = growing(*BUILDS[build]), Counter[str]()
    for seed in range(times):
        rng = random.Random(seed)
        crowd = rng.choice((0, 30, 100, 300))
        filling = _Filling(
            seed, rng.randrange(10, 4000), crowd, rng.randrange(1, 9), rng.randrange(2)
        )
        found = _filled(library, filling)
        assert not found["lost"], (build, seed, found)
        total += found
    return total


def fill_large() -> Counter[str]:
    """The same for a million states of two words, by chance alone, and tables as shipped."""
    return _filled(growing("WORDS=2"), _Filling(1, 1_000_000, 0, 1, 0))
