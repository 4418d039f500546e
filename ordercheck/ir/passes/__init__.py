"""Passes: each a function from a valid program to a valid program."""

from __future__ import annotations

from ordercheck.ir.nodes import Program
from ordercheck.ir.passes.collect import collect
from ordercheck.ir.passes.cover import number_cover
from ordercheck.ir.passes.frames import give_frames
from ordercheck.ir.passes.simplify import simplify

__all__ = ["PASSES", "collect", "give_frames", "number_cover", "prepare", "simplify"]

PASSES = (simplify, give_frames, collect, number_cover)
"""All passes, in the order in which they are to run."""


def prepare(program: Program) -> Program:
    """A lowered program as engines take it: simplified, with frames, with cover points."""
    for each in PASSES:
        program = each(program)
    return program
