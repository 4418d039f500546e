"""Bounded model checking with z3, in the form of an exploration."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ordercheck.checking.canonical import canonical_path
from ordercheck.checking.explorers import FIRST_STATES, Explored
from ordercheck.checking.options import Options
from ordercheck.engines.exploration import Exploration, Figures, Finding, Flaw, Limits, explore
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.transition import Label
from ordercheck.ir.nodes import Program
from ordercheck.ir.span import BadInput, Diagnostic, Span

if TYPE_CHECKING:
    from ordercheck.engines.symbolic.bounded import Search

SECONDS = 5.0
"""So long at most the interpreter looks for the trace that other engines show."""

ANY_SHORTEST = "a shortest trace; z3 does not look for the one with fewest switches"


def by_z3(program: Program, options: Options) -> Explored:
    """By z3, level by level; raises BadInput without a bound, and for what z3 cannot do."""
    _check_bounds(options)
    # z3 takes a third of a second to import, which nobody else is to wait for.
    from ordercheck.engines.symbolic import bounded
    from ordercheck.engines.symbolic.clock import Clock, OutOfTime
    from ordercheck.engines.symbolic.context import Unsupported
    from ordercheck.engines.symbolic.formulas import Formulas
    from ordercheck.engines.symbolic.relation import Relation

    machine, clock = Machine(program), Clock(options.max_seconds)
    try:
        formulas = Formulas.of(Relation.of(program, clock))
        result = bounded.search(formulas, machine, options.max_depth, clock, options.continue_)
    except OutOfTime as limit:
        result = bounded.Search(limit=str(limit))
    except Unsupported as error:
        raise refused(error.reason, error.span) from None
    explored = explored_by_z3(machine, result)
    explored.notes.extend(_notes(program, result))
    return _with_canonical_paths(explored, options)


def explored_by_z3(machine: Machine, result: Search) -> Explored:
    """What a search has found, as an exploration that counts nothing."""
    exploration = Exploration(
        Figures(depth=result.depth),
        unmet=result.unmet,
        limit=result.limit,
        complete=result.complete,
    )
    paths: dict[tuple[Flaw, str], tuple[Label, ...]] = {}
    for each in result.found:
        finding = Finding(each.flaw, each.name, len(each.path) - 1, each.property)
        exploration.findings[each.flaw, each.name] = finding
        paths[each.flaw, each.name] = each.path
    return Explored(
        "z3", machine, exploration, (), lambda finding: paths[finding.flaw, finding.name]
    )


def _with_canonical_paths(explored: Explored, options: Options) -> Explored:
    """The same, with the traces that other engines show where few states lie on the way there.

    z3 knows the lengths of the shortest paths, and any one of each length.
    """
    machine, findings, notes = explored.machine, explored.exploration.findings, explored.notes
    if not findings:
        return explored
    levels = 2 + max(each.steps for each in findings.values())  # to see what is stuck, one more
    seconds = min(SECONDS, options.max_seconds or SECONDS)
    visited = explore(machine, Limits(FIRST_STATES, levels, seconds), options.continue_)
    if visited.limit == "interrupted":
        explored.exploration.limit = visited.limit

    def path(finding: Finding) -> tuple[Label, ...]:
        same = visited.findings.get((finding.flaw, finding.name))
        # Only of finished levels are all the ways to what is wrong there known.
        finished = not visited.limit or finding.steps + 1 < len(visited.levels)
        if finished and same is not None and same.steps == finding.steps:
            return canonical_path(machine, visited, same)
        if ANY_SHORTEST not in notes:
            notes.append(ANY_SHORTEST)
        return explored.path(finding)

    return replace(explored, path=path)


def refused(reason: str, span: Span) -> BadInput:
    """What z3 cannot do for a program, and where the program asks for it."""
    help = "leave --engine away: exploration takes every model"
    return BadInput(Diagnostic("E950", f"z3 cannot be used: {reason}", span, help=help))


def _check_bounds(options: Options) -> None:
    """z3 counts no states, and without a bound it would go deeper for ever."""
    if options.max_states is not None or options.max_memory is not None:
        name = "--max-states" if options.max_states is not None else "--max-memory"
        headline = f"{name} is no bound for z3, which keeps no states"
        raise BadInput(Diagnostic("E951", headline, help="--depth 20 or --max-seconds 60"))
    if options.max_depth is None and options.max_seconds is None:
        headline = "z3 needs a bound: it would look at longer and longer paths for ever"
        raise BadInput(Diagnostic("E951", headline, help="--depth 20 or --max-seconds 60"))


def _notes(program: Program, result: Search) -> list[str]:
    """How far a bounded answer goes; nothing where the answer is complete."""
    if not result.limit:
        return []
    names = ", ".join(sorted(program.properties[k].name for k in result.unmet))
    steps = "1 step" if result.depth == 2 else f"{max(0, result.depth - 1)} steps"
    told = [f"bounded: z3 looked at all paths of at most {steps}, and at no longer ones"]
    return told + ([f"not reached within them: {names}"] if names else [])
