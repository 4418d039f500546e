"""Passes: each a function from a valid program to a valid program."""

from __future__ import annotations

from ordercheck.ir.nodes import Program
from ordercheck.ir.passes.begin import find_beginnings, note_beginnings, start_suspended
from ordercheck.ir.passes.collect import collect
from ordercheck.ir.passes.cover import number_cover
from ordercheck.ir.passes.frames import give_frames
from ordercheck.ir.passes.simplify import simplify

__all__ = [
    "PASSES",
    "collect",
    "find_beginnings",
    "give_frames",
    "note_beginnings",
    "number_cover",
    "prepare",
    "simplify",
    "start_suspended",
]

PASSES = (
    note_beginnings,
    simplify,
    find_beginnings,
    give_frames,
    start_suspended,
    collect,
    number_cover,
)
"""All passes, in the order in which they are to run."""


def prepare(program: Program) -> Program:
    """A lowered program as engines take it: simplified, with frames, with cover points."""
    for each in PASSES:
        program = each(program)
    return program
