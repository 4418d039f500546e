"""What `ordercheck graph` does: explore, cut, collapse, draw."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ordercheck import __version__
from ordercheck.checking.cuts import around, grouped, paths_to, shortest_paths_to
from ordercheck.checking.graph import state_graph
from ordercheck.cli.codes import INTERRUPTED, OK
from ordercheck.cli.loading import Configuration, Found, compiled_with, one_model, variant_of
from ordercheck.cli.output import Screen, bad_file, check_writable, write_whole
from ordercheck.cli.progress import Progress
from ordercheck.engines.exploration import Limits
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.transition import ModelError
from ordercheck.ir.nodes import Program
from ordercheck.ir.render import render
from ordercheck.ir.span import BadInput, Diagnostic, Span
from ordercheck.ir.types import BoolType
from ordercheck.report.dot import render_dot
from ordercheck.report.graphdata import graph_json, graph_ml
from ordercheck.report.picture import picture
from ordercheck.report.svg import render_svg
from ordercheck.report.text import counted

if TYPE_CHECKING:
    import networkx

    StateGraph = networkx.MultiDiGraph[int]

SUFFIXES = {"dot": "dot", "gv": "dot", "svg": "svg", "json": "json", "graphml": "graphml"}
"""What a file holds, by what its name ends in."""
MOST_STATES = 100_000
"""With more states than these a graph is made only if --max-states says so."""
MOST_NODES = {"svg": 150, "dot": 500}
"""What can be drawn so that somebody can still read it."""

SHORT = 20
"""Expressions up to this length are told with each of their values."""


@dataclass(frozen=True, slots=True)
class Request:
    """The command line of `graph`."""

    model: str
    assignments: tuple[tuple[str, str], ...] = ()
    variant: str | None = None
    specs: tuple[str, ...] = ()
    invariants: tuple[str, ...] = ()
    format_: str | None = None
    output: str | None = None
    group_by: str | None = None
    around: str | None = None
    distance: int | None = None
    to: str | None = None
    shortest: bool = False
    max_nodes: int | None = None
    max_states: int | None = None
    max_depth: int | None = None
    no_color: bool = False


def graph(request: Request) -> int:
    """Run the command and give its exit code."""
    screen = Screen(request.no_color)
    format_ = _format(request)
    if request.output:
        check_writable(request.output)
    found = one_model(request.model)
    program = _program(request, found)
    whole = _explored(request, found, program)
    if whole.graph["limit"] == "interrupted":
        return INTERRUPTED
    part = _cut(request, program, whole)
    if request.group_by is not None:
        part = grouped(part, _Keys(program, request.group_by, part))
    _check_size(request, format_, part, found)
    text = _written(request, format_, part, program, found)
    if request.output:
        write_whole(request.output, text)
        screen.say(_told(request, whole, part))
    else:
        screen.say(text)
    return OK


def _format(request: Request) -> str:
    if request.format_:
        return request.format_
    suffix = os.path.splitext(request.output or "")[1].lstrip(".").lower()
    if not request.output:
        return "dot"
    if suffix in SUFFIXES:
        return SUFFIXES[suffix]
    headline = f"the name {request.output} does not say what to write"
    help = "end it in .dot, .svg, .json or .graphml, or add --format"
    raise bad_file("E909", headline, request.output, help=help)


# --- the whole graph ------------------------------------------------------------------


def _expressions(request: Request) -> dict[str, str]:
    """What stands on the command line to be evaluated in each state, by its option."""
    given = {"--group-by": request.group_by, "--around": request.around, "--to": request.to}
    return {
        option: text
        for option, text in given.items()
        if text is not None and not text.isdecimal() and not (option == "--to" and _is_name(text))
    }


def _is_name(text: str) -> bool:
    return text.isidentifier() and text not in ("self", "True", "False", "None")


def _program(request: Request, found: Found) -> Program:
    configuration = Configuration(request.assignments, request.specs, request.invariants)
    if request.variant:
        parameters = variant_of(found, request.variant).parameters
        configuration = replace(configuration, parameters=parameters)
    expressions = _expressions(request)
    added = {option: Configuration(watches=(text,)) for option, text in expressions.items()}
    return compiled_with(found, configuration, added)


def _explored(request: Request, found: Found, program: Program) -> StateGraph:
    limits = Limits(request.max_states or MOST_STATES, request.max_depth)
    with Progress(found.model.__name__, request.variant or "") as progress:
        whole = state_graph(program, limits, progress.update)
    if request.max_states is None and whole.graph["limit"].endswith("states"):
        raise bad_file(
            "E910",
            f"this graph has more than {counted(MOST_STATES, 'state')}",
            found.file,
            help="cut it with --max-depth N or smaller parameters (--set), or raise --max-states",
        )
    return whole


# --- parts of it ----------------------------------------------------------------------


def _cut(request: Request, program: Program, whole: StateGraph) -> StateGraph:
    part = whole
    if request.to is not None:
        goals = _chosen("--to", request.to, program, part)
        part = shortest_paths_to(part, goals) if request.shortest else paths_to(part, goals)
    if request.around is not None:
        centres = _chosen("--around", request.around, program, part)
        part = around(part, centres, 1 if request.distance is None else request.distance)
    return part


def _chosen(option: str, text: str, program: Program, graph: StateGraph) -> list[int]:
    """The states that a number, a property's name or a condition stands for."""
    if text.isdecimal():
        states = [int(text)] if int(text) in graph else []
        none = f"there is no state {text}"
        help = f"states are numbered from 0 to {len(graph) - 1}"
    elif option == "--to" and _is_name(text):
        states = [n for n, wrong in graph.nodes(data="violates") if text in wrong]
        none = f"no state violates {text}"
        names = dict.fromkeys(n for _, wrong in graph.nodes(data="violates") for n in wrong)
        help = f"violated here: {', '.join(names)}" if names else "write a condition on `self`"
    else:
        holds = _condition(option, text, program)
        states = [n for n, data in graph.nodes(data=True) if holds(data["raw"])]
        none = f"{text} is true in no state"
        help = "see what values there are: --group-by EXPR"
    if not states:
        raise _bad_option(option, none, help)
    return states


def _condition(option: str, text: str, program: Program) -> Callable[[tuple[object, ...]], bool]:
    function = dict(program.watches)[text]
    kind = next(f.result for f in program.functions if f.name == function)
    if not isinstance(kind, BoolType):
        words = f"{text} is not a condition: it is neither true nor false"
        raise _bad_option(option, words, f"compare it with something: {text} == …")
    machine = Machine(program)
    return lambda state: machine.evaluate(function, state) is True


def _bad_option(option: str, headline: str, help: str) -> BadInput:
    return bad_file("E911", headline, option, help=help)


class _Keys:
    """The text of an expression's value in each state of a graph."""

    def __init__(self, program: Program, text: str, graph: StateGraph) -> None:
        function = dict(program.watches).get(text, "")
        self.kind = next((f.result for f in program.functions if f.name == function), None)
        self.function = function
        self.text = text
        self.machine = Machine(program)
        self.graph = graph

    def __call__(self, state: int) -> str:
        if self.kind is None:  # a number: the same in all states
            return self.text
        value = self.machine.evaluate(self.function, self.graph.nodes[state]["raw"])
        if isinstance(value, ModelError):
            return f"({value.message})"
        shown = render(self.kind, value, self.machine.program)
        # A long expression would leave no room for what differs; the title has it.
        return f"{self.text} = {shown}" if len(self.text) <= SHORT else shown


# --- writing --------------------------------------------------------------------------


def _check_size(request: Request, format_: str, part: StateGraph, found: Found) -> None:
    most = request.max_nodes or MOST_NODES.get(format_)
    if most is None or len(part) <= most:
        return
    noun = "group" if request.group_by is not None else "state"
    ways = [
        "--around EXPR --distance N" if request.around is None else "a smaller --distance",
        "--to EXPR" if request.to is None else "--shortest",
        "--group-by EXPR" if request.group_by is None else "another --group-by",
    ]
    raise BadInput(
        Diagnostic(
            "E910",
            f"a graph of {counted(len(part), noun)} is too large to draw: the most is {most:,}",
            Span(found.file, 0, 0, 0, 0),
            help=f"cut it with {ways[0]}, {ways[1]} or --max-depth N, or collapse it "
            f"with {ways[2]}",
            notes=("--format json and graphml write graphs of any size; --max-nodes N draws more",),
        )
    )


def _written(
    request: Request, format_: str, part: StateGraph, program: Program, found: Found
) -> str:
    match format_:
        case "json":
            return graph_json(part, program, found.name, __version__)
        case "graphml":
            return graph_ml(part, program)
        case "svg":
            return render_svg(picture(part, program, _title(request, program, found)))
        case _:
            return render_dot(picture(part, program, _title(request, program, found)))


def _title(request: Request, program: Program, found: Found) -> str:
    name = f"{found.model.__name__}" + (f', "{request.variant}"' if request.variant else "")
    settings = ", ".join(f"{name} = {value}" for name, value in program.parameters)
    title = f"{name}: {settings}" if settings else name
    return f"{title}; grouped by {request.group_by}" if request.group_by is not None else title


def _told(request: Request, whole: StateGraph, part: StateGraph) -> str:
    """What was written, and of how much."""
    size = f"{counted(len(whole), 'state')} and {counted(whole.number_of_edges(), 'step')}"
    if whole.graph["limit"]:
        size = f"the first {whole.graph['limit']}: {size}"
    if part is whole:
        return f"Wrote {request.output}: {size}."
    noun = "group" if request.group_by is not None else "state"
    arrows = counted(part.number_of_edges(), "step")
    return f"Wrote {request.output}: {counted(len(part), noun)} and {arrows}, of {size}."
