"""The explorer's functions, as ctypes calls them (c/api.c).

ctypes lets go of the interpreter's lock for the time of a call, and every call comes back
within the time that it is given: so signals and the progress are never kept waiting.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from ctypes import (
    CDLL,
    POINTER,
    Structure,
    c_char_p,
    c_int,
    c_int64,
    c_uint8,
    c_uint32,
    c_uint64,
    c_void_p,
)
from enum import IntEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from ordercheck.engines.native.unavailable import Unavailable

SLICE = 50
"""Milliseconds that a call takes: signals and limits wait for no longer."""

NEVER = 2**32 - 1
"""What the explorer says instead of a number of steps."""


class Status(IntEnum):
    """Why a call came back (`oc_status`)."""

    RUNNING = 0
    COMPLETE = 1
    FOUND = 2
    LIMIT_STATES = 3
    LIMIT_DEPTH = 4
    NO_MEMORY = 5
    DISK_FULL = 6
    UNABLE = 7
    NO_THREAD = 8
    NO_PATH = 9
    DAMAGED = 10
    INCOMPRESSIBLE = 11


class SearchOptions(Structure):
    """`options` in c/search.h."""

    _fields_ = [
        ("workers", c_uint32),
        ("continue_", c_uint32),
        ("deadlock", c_uint32),
        ("max_depth", c_uint32),
        ("max_states", c_uint64),
        ("max_bytes", c_uint64),
        ("folder", c_char_p),
    ]


class Report(Structure):
    """`report` in c/api.c."""

    _fields_ = [
        *((name, c_uint64) for name in ("states", "transitions", "stuck", "initial")),
        *((name, c_uint64) for name in ("states_now", "waiting")),
        *((name, c_uint64) for name in ("bytes", "most_bytes", "spilled")),
        *((name, c_uint32) for name in ("levels", "workers", "on_disk", "error")),
        *((name, c_uint32) for name in ("unable", "deadlock_steps")),
    ]
    states: int
    transitions: int
    stuck: int
    initial: int
    states_now: int
    waiting: int
    bytes: int
    most_bytes: int
    spilled: int
    levels: int
    workers: int
    on_disk: int
    error: int
    unable: int
    deadlock_steps: int


class Sizes(Structure):
    """`sizes` in c/api.c."""

    _fields_ = [
        (name, c_uint32)
        for name in (
            "words",
            "bits",
            "steps",
            "properties",
            "cover",
            "kinds",
            "compact",
            "options_size",
            "report_size",
        )
    ]
    words: int
    bits: int
    steps: int
    properties: int
    cover: int
    kinds: int
    compact: int
    options_size: int
    report_size: int


Signatures = Mapping[str, tuple[Any, Sequence[Any]]]
"""What functions give and take, by name."""

SIGNATURES: Signatures = {
    "explorer_open": (c_void_p, (POINTER(SearchOptions),)),
    "explorer_close": (None, (c_void_p,)),
    "explorer_run": (c_int, (c_void_p, c_uint32)),
    "explorer_describe": (None, (POINTER(Sizes),)),
    "explorer_report": (None, (c_void_p, POINTER(Report))),
    "explorer_findings": (
        None,
        (c_void_p, POINTER(c_uint32), POINTER(c_uint32), POINTER(c_uint8), POINTER(c_uint32)),
    ),
    "explorer_cover": (None, (c_void_p, POINTER(c_uint8))),
    "explorer_level_states": (c_uint64, (c_void_p, c_uint32)),
    "explorer_copy": (None, (c_void_p, c_uint32, c_uint64, c_uint64, POINTER(c_uint64))),
    "explorer_restore_states": (
        c_int,
        (c_void_p, POINTER(c_uint64), c_uint64, c_uint32, POINTER(c_uint64)),
    ),
    "explorer_restore_level": (c_int, (c_void_p,)),
    "explorer_restore": (
        c_int,
        (
            c_void_p,
            POINTER(Report),
            POINTER(c_uint32),
            POINTER(c_uint32),
            POINTER(c_uint8),
            POINTER(c_uint32),
            POINTER(c_uint8),
        ),
    ),
    "explorer_path_begin": (c_int, (c_void_p, c_uint32, c_uint32, c_uint32, c_uint32)),
    "explorer_path_run": (c_int, (c_void_p, c_uint32)),
    "explorer_path_length": (c_uint64, (c_void_p,)),
    "explorer_path_copy": (None, (c_void_p, POINTER(c_uint32))),
    "explorer_let_fail": (c_int, (c_uint32, c_uint64, c_uint32)),
    "explorer_requests": (None, (POINTER(c_uint64), POINTER(c_int64))),
}


def opened(path: Path, signatures: Signatures) -> CDLL:
    """A shared object with these functions; raises Unavailable where it cannot be loaded."""
    try:
        library = CDLL(str(path))
        for name, (result, arguments) in signatures.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, list(arguments)
    except (OSError, AttributeError) as error:
        raise Unavailable(f"the system does not load what was compiled: {error}") from None
    return library


@lru_cache(maxsize=64)
def load(path: Path) -> CDLL:
    """A compiled model; raises Unavailable where the system does not load it."""
    library = opened(path, SIGNATURES)
    sizes = sizes_of(library)
    assert sizes.options_size == ctypes.sizeof(SearchOptions)
    assert sizes.report_size == ctypes.sizeof(Report)
    return library


def sizes_of(library: CDLL) -> Sizes:
    """How large the model's states and tables are."""
    sizes = Sizes()
    library.explorer_describe(ctypes.byref(sizes))
    return sizes
