"""The part of a state graph that `--to` and `--around` ask for."""

from __future__ import annotations

import ast
from collections.abc import Container
from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import chain

from ordercheck.checking.arrays import violated
from ordercheck.checking.cuts import (
    ArraysNet,
    Cut,
    PartNet,
    cut_around,
    cut_shortest_to,
    cut_to,
)
from ordercheck.cli.output import bad_file
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.state_arrays import StateArrays
from ordercheck.ir.nodes import PropertyKind
from ordercheck.ir.span import BadInput

OF_STATES = (PropertyKind.INVARIANT, PropertyKind.REACHABLE)
"""Properties of single states: a state violates the one, and is what the other looks for."""


def part_of(
    whole: StateArrays,
    to: str | None,
    around: str | None,
    distance: int = 1,
    shortest: bool = False,
) -> Cut | None:
    """What `--to` and `--around` leave of a graph; None where that is everything.

    The conditions among them are properties of its program, by the option's name.
    """
    if to is None and around is None:
        return None
    net = ArraysNet(whole)
    part: Cut | None = None
    if to is not None:
        goals = _chosen("--to", to, whole, range(len(whole)))
        part = cut_shortest_to(net, goals) if shortest else cut_to(net, goals)
    if around is not None:
        if part is None:
            centres = _chosen("--around", around, whole, range(len(whole)))
            return cut_around(net, centres, distance)
        centres = _chosen("--around", around, whole, part.states)
        near = cut_around(PartNet(net, part), centres, distance)
        part = replace(near, keeps=part.keeps)
    return part


def is_name(text: str) -> bool:
    """Whether this is a property's name rather than an expression over `self`."""
    return text.isidentifier() and text not in ("self", "True", "False", "None")


def bad_option(option: str, headline: str, help: str) -> BadInput:
    """BadInput about what an option was given."""
    return bad_file("E911", headline, option, help=help)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """States that somebody asks for; and what to say, and to help with, if there are none."""

    states: list[int]
    none: str
    help: str


def _chosen(option: str, text: str, whole: StateArrays, among: Container[int]) -> list[int]:
    """The states that a number, a property's name or a condition stands for."""
    wanted = _wanted(option, text, whole)
    if not wanted.states:
        later = f" (the search ended after {whole.limit})" if whole.limit else ""
        raise bad_option(option, wanted.none + later, wanted.help)
    states = [number for number in wanted.states if number in among]
    if not states:
        none = "no path to the states of --to leads through those of --around"
        raise bad_option(option, none, "leave one of the two away")
    return states


def _wanted(option: str, text: str, whole: StateArrays) -> _Wanted:
    if text.isdecimal():
        states = [int(text)] if int(text) < len(whole) else []
        help = f"states are numbered from 0 to {len(whole) - 1}"
        return _Wanted(states, f"there is no state {text}", help)
    if option == "--to" and is_name(text):
        return _named(text, whole)
    compared = _compared(text)
    help = f"see what values there are: --group-by '{compared}'" if compared else ""
    return _Wanted(_where(option, whole), f"in no state is this true: {text}", help)


def _named(name: str, whole: StateArrays) -> _Wanted:
    """Where a property is violated; where it is true, if it is one that should be reached."""
    properties = {claim.name: claim.kind for claim in whole.program.properties}
    if properties.get(name) is PropertyKind.REACHABLE:
        return _Wanted(_where(name, whole), f"in no state is {name} true", "it is never reached")
    wrong = violated(whole, Machine(whole.program))
    states = [number for number, names in wrong.items() if name in names]
    claims = [each for each, kind in properties.items() if kind in OF_STATES and is_name(each)]
    known = list(dict.fromkeys([*claims, *chain.from_iterable(wrong.values())]))
    if name in known:
        return _Wanted(states, f"no state violates {name}", "ask for a condition: 'self.… == …'")
    if close := get_close_matches(name, known, 1):
        help = f"did you mean {close[0]}?"
    else:
        help = f"there are {', '.join(known)}; or ask for a condition: 'self.… == …'"
    return _Wanted([], f"{name} is no property of this model", help)


def _where(name: str, whole: StateArrays) -> list[int]:
    """The states in which a property of one state is true."""
    index = [claim.name for claim in whole.program.properties].index(name)
    return [number for number, value in enumerate(whole.values(index)) if value == 1]


def _compared(condition: str) -> str:
    """What of `self` a condition compares with something; "" if that cannot be told."""
    for node in ast.walk(ast.parse(condition.strip(), mode="eval")):
        if isinstance(node, ast.Compare):
            for side in (node.left, *node.comparators):
                text = ast.unparse(side)
                if text.startswith("self.") and "'" not in text:
                    return text
    return ""
