"""Bounded model checking with z3, in the form of an exploration."""

from __future__ import annotations

from ordercheck.checking.explorers import Explored
from ordercheck.checking.options import Options
from ordercheck.engines.exploration import Exploration, Figures, Finding
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.transition import Label
from ordercheck.ir.nodes import Program
from ordercheck.ir.span import BadInput, Diagnostic, Span


def by_z3(program: Program, options: Options) -> Explored:
    """By z3, level by level; raises BadInput without a bound, and for what z3 cannot do."""
    _check_bounds(options)
    # z3 takes a third of a second to import, which nobody else is to wait for.
    from ordercheck.engines.symbolic.bounded import Search, search
    from ordercheck.engines.symbolic.clock import Clock, OutOfTime
    from ordercheck.engines.symbolic.context import Unsupported
    from ordercheck.engines.symbolic.formulas import Formulas
    from ordercheck.engines.symbolic.relation import Relation

    machine, clock = Machine(program), Clock(options.max_seconds)
    try:
        formulas = Formulas.of(Relation.of(program, clock))
        result = search(formulas, machine, options.max_depth, clock, options.continue_)
    except OutOfTime as limit:
        result = Search(limit=str(limit))
    except Unsupported as error:
        raise refused(error.reason, error.span) from None
    paths: dict[tuple[object, str], tuple[Label, ...]] = {}
    exploration = Exploration(
        Figures(depth=result.depth),
        unmet=result.unmet,
        limit=result.limit,
        complete=result.complete,
    )
    for each in result.found:
        finding = Finding(each.flaw, each.name, len(each.path) - 1, each.property)
        exploration.findings[each.flaw, each.name] = finding
        paths[each.flaw, each.name] = each.path
    return Explored(
        "z3",
        machine,
        exploration,
        (),
        lambda finding: paths[finding.flaw, finding.name],
        _notes(program, result.depth, result.unmet, result.limit),
    )


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


def _notes(program: Program, depth: int, unmet: list[int], limit: str) -> list[str]:
    if not limit:
        return []
    names = ", ".join(sorted(program.properties[k].name for k in unmet))
    steps = "1 step" if depth == 2 else f"{max(0, depth - 1)} steps"
    told = [f"bounded: z3 looked at all paths of at most {steps}, and at no longer ones"]
    return told + ([f"not reached within them: {names}"] if names else [])
