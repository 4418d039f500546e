"""The functions of c/survey.c, as ctypes calls them: graphs and random runs."""

from __future__ import annotations

import ctypes
from ctypes import (
    POINTER,
    Structure,
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

from ordercheck.engines.native.binding import Signatures, opened
from ordercheck.engines.native.cache import cached_library
from ordercheck.engines.native.compiler import find_compiler
from ordercheck.engines.native.generate import generate
from ordercheck.engines.native.generate.layout import Layout
from ordercheck.ir.nodes import Program
from ordercheck.ir.record import dataclass


class End(IntEnum):
    """How a run has ended (`ending` in c/walks.c)."""

    STEPS = 0
    STUCK = 1
    CONSTRAINT = 2
    FAULT = 3
    NO_START = 4


class SurveySizes(Structure):
    """`survey_sizes` in c/survey.c."""

    _fields_ = [
        (name, c_uint32)
        for name in (
            "words",
            "properties",
            "kinds",
            "graph_options_size",
            "graph_report_size",
            "walks_options_size",
            "walks_report_size",
        )
    ]
    words: int
    properties: int
    kinds: int
    graph_options_size: int
    graph_report_size: int
    walks_options_size: int
    walks_report_size: int


class GraphOptions(Structure):
    """`graph_options` in c/graph.c."""

    _fields_ = [
        ("max_states", c_uint64),
        ("max_bytes", c_uint64),
        ("max_depth", c_uint32),
        ("unused", c_uint32),
    ]


class GraphReport(Structure):
    """`graph_report` in c/survey.c."""

    _fields_ = [
        *((name, c_uint64) for name in ("states", "inside", "expanded", "edges", "failures")),
        *((name, c_uint64) for name in ("labels", "choices", "levels", "bytes", "waiting")),
        *((name, c_void_p) for name in ("words", "offsets", "targets", "edge_labels")),
        *((name, c_void_p) for name in ("failure_list", "label_list", "choice_list")),
        ("level_list", c_void_p),
        ("status", c_uint32),
        ("unable", c_uint32),
    ]
    states: int
    inside: int
    expanded: int
    edges: int
    failures: int
    labels: int
    choices: int
    levels: int
    bytes: int
    waiting: int
    words: int | None
    offsets: int | None
    targets: int | None
    edge_labels: int | None
    failure_list: int | None
    label_list: int | None
    choice_list: int | None
    level_list: int | None
    status: int
    unable: int


class WalksOptions(Structure):
    """`walks_options` in c/walks.c."""

    _fields_ = [
        ("key", c_uint64),
        ("max_steps", c_uint64),
        ("max_bytes", c_uint64),
        ("deadlock", c_uint32),
        ("record", c_uint32),
        ("kind_ranks", POINTER(c_uint32)),
        ("property_ranks", POINTER(c_uint32)),
    ]


class RawFault(Structure):
    """`fault` in c/walks.c."""

    _fields_ = [(name, c_uint32) for name in ("flaw", "key", "property", "unused")]
    flaw: int
    key: int
    property: int


class RawDepth(Structure):
    """`depth` in c/walks.c."""

    _fields_ = [(name, c_uint64) for name in ("runs", "asked", "ways", "lengths")]
    runs: int
    asked: int
    ways: int
    lengths: int


class WalksReport(Structure):
    """`walks_report` in c/survey.c."""

    _fields_ = [
        *((name, c_uint64) for name in ("runs", "steps", "states", "bytes", "depths")),
        *((name, c_uint64) for name in ("first_wrong", "deadlock_runs")),
        *((name, POINTER(c_uint64)) for name in ("ends", "error_runs", "broken_runs")),
        ("reached", POINTER(c_uint8)),
        ("depth_list", POINTER(RawDepth)),
        ("labels", POINTER(c_uint32)),
        ("words", POINTER(c_uint64)),
        ("ways", POINTER(c_uint64)),
        *((name, c_uint64) for name in ("label_words", "recorded_states", "recorded_ways")),
        ("last", RawFault),
        *((name, c_uint32) for name in ("last_end", "crowded", "status", "unable")),
    ]
    runs: int
    steps: int
    states: int
    bytes: int
    depths: int
    first_wrong: int
    deadlock_runs: int
    ends: ctypes.Array[c_uint64]
    error_runs: ctypes.Array[c_uint64]
    broken_runs: ctypes.Array[c_uint64]
    reached: ctypes.Array[c_uint8]
    depth_list: ctypes.Array[RawDepth]
    labels: ctypes.Array[c_uint32]
    words: ctypes.Array[c_uint64]
    ways: ctypes.Array[c_uint64]
    label_words: int
    recorded_states: int
    recorded_ways: int
    last: RawFault
    last_end: int
    crowded: int
    status: int
    unable: int


SIGNATURES: Signatures = {
    "survey_describe": (None, (POINTER(SurveySizes),)),
    "graph_open": (c_void_p, (POINTER(GraphOptions),)),
    "graph_close": (None, (c_void_p,)),
    "graph_run": (c_int, (c_void_p, c_uint32)),
    "graph_end": (c_int, (c_void_p,)),
    "graph_tell": (None, (c_void_p, POINTER(GraphReport))),
    "graph_values": (c_uint64, (c_void_p, c_uint32, c_uint64, c_uint64, POINTER(c_uint8))),
    "walks_open": (c_void_p, (POINTER(WalksOptions),)),
    "walks_close": (None, (c_void_p,)),
    "walks_assign": (None, (c_void_p, c_uint64, c_uint64)),
    "walks_run": (c_int, (c_void_p, c_uint32)),
    "walks_add": (c_int, (c_void_p, c_void_p, c_uint64, c_uint32)),
    "walks_new": (None, (c_void_p, POINTER(c_uint64), c_uint64)),
    "walks_tell": (None, (c_void_p, POINTER(WalksReport))),
    "explorer_let_fail": (c_int, (c_uint32, c_uint64, c_uint32)),
    "explorer_requests": (None, (POINTER(c_uint64), POINTER(c_int64))),
}


@dataclass(frozen=True, slots=True)
class Survey:
    """The compiled code of a program, for graphs and random runs, and how its states are packed."""

    library: ctypes.CDLL
    layout: Layout
    words: int
    """Of a state; more than the layout's only in tests."""


def survey_of(program: Program, compiler: str | None = None) -> Survey:
    """The program's compiled code; raises what `native_model` raises."""
    generated = generate(program)
    library = cached_library(generated.header, find_compiler(compiler), load, "survey.c")
    return loaded(library, generated.layout)


def loaded(library: ctypes.CDLL, layout: Layout) -> Survey:
    """A survey of what has been loaded."""
    sizes = SurveySizes()
    library.survey_describe(ctypes.byref(sizes))
    assert sizes.graph_options_size == ctypes.sizeof(GraphOptions)
    assert sizes.graph_report_size == ctypes.sizeof(GraphReport)
    assert sizes.walks_options_size == ctypes.sizeof(WalksOptions)
    assert sizes.walks_report_size == ctypes.sizeof(WalksReport)
    return Survey(library, layout, sizes.words)


@lru_cache(maxsize=64)
def load(path: Path) -> ctypes.CDLL:
    """A compiled model; raises Unavailable where the system does not load it."""
    return opened(path, SIGNATURES)
