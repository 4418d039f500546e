"""What `ordercheck graph` does: explore, cut, collapse, draw."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ordercheck import __version__
from ordercheck.checking.arrays import state_arrays
from ordercheck.checking.cuts import grouped
from ordercheck.checking.graph import graph_of
from ordercheck.cli.codes import OK
from ordercheck.cli.graph_parts import bad_option, is_name, part_of
from ordercheck.cli.loading import Configuration, Found, compiled_with, one_model, variant_of
from ordercheck.cli.output import Screen, bad_file, check_writable, write_whole
from ordercheck.cli.progress import Progress
from ordercheck.engines.exploration import Limits
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.state_arrays import StateArrays
from ordercheck.engines.transition import ModelError
from ordercheck.ir.nodes import Program, Property, PropertyKind
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
MOST_TO_CUT = 5_000_000
"""The same where only a part is asked for: in arrays a state takes a hundredth of the memory."""
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
    engine: str = "auto"
    max_memory: int | None = None
    compiler: str | None = None
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
    if whole.limit == "interrupted":
        raise KeyboardInterrupt
    distance = 1 if request.distance is None else request.distance
    cut = part_of(whole, request.to, request.around, distance, request.shortest)
    for note in whole.notes:
        screen.remark(note)
    if request.group_by is None:
        # Before it is made: what is too large to draw is large in memory, too.
        _check_size(request, format_, len(whole if cut is None else cut.states), found)
    part = graph_of(whole) if cut is None else graph_of(whole, cut.states, cut.keeps)
    if request.group_by is not None:
        part = grouped(part, _Keys(program, request.group_by, part))
        _check_size(request, format_, len(part), found)
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
        if text is not None and not text.isdecimal() and not (option == "--to" and is_name(text))
    }


def _program(request: Request, found: Found) -> Program:
    configuration = Configuration(request.assignments, request.specs, request.invariants)
    if request.variant:
        parameters = variant_of(found, request.variant).parameters
        configuration = replace(configuration, parameters=parameters)
    expressions = _expressions(request)
    added = {option: Configuration(watches=(text,)) for option, text in expressions.items()}
    return compiled_with(found, configuration, added)


def _explored(request: Request, found: Found, program: Program) -> StateArrays:
    most = MOST_STATES if request.to is None and request.around is None else MOST_TO_CUT
    limits = Limits(request.max_states or most, request.max_depth, memory=request.max_memory)
    with Progress(found.model.__name__, request.variant or "") as progress:
        whole = state_arrays(
            _with_conditions(program, request),
            limits,
            progress.update,
            request.engine,
            request.compiler,
        )
    if request.max_states is None and whole.limit.endswith("states"):
        raise bad_file(
            "E910",
            f"this graph has more than {counted(most, 'state')}",
            found.file,
            help="cut it with --max-depth N or smaller parameters (--set), or raise --max-states",
        )
    return whole


def _with_conditions(program: Program, request: Request) -> Program:
    """The program with the conditions of --to and --around as properties, which engines evaluate
    in many states at once."""
    functions = dict(program.watches)
    conditions = []
    for option, text in _expressions(request).items():
        if option != "--group-by":
            _check_condition(option, text, program)
            conditions.append(Property(option, PropertyKind.REACHABLE, functions[text]))
    return replace(program, properties=(*program.properties, *conditions))


def _check_condition(option: str, text: str, program: Program) -> None:
    function = dict(program.watches)[text]
    kind = next(f.result for f in program.functions if f.name == function)
    if not isinstance(kind, BoolType):
        words = f"{text} is not a condition: it is neither true nor false"
        raise bad_option(option, words, f"compare it with something: {text} == …")


# --- groups --------------------------------------------------------------------------


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


def _check_size(request: Request, format_: str, size: int, found: Found) -> None:
    most = request.max_nodes or MOST_NODES.get(format_)
    if most is None or size <= most:
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
            f"a graph of {counted(size, noun)} is too large to draw: the most is {most:,}",
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


def _told(request: Request, whole: StateArrays, part: StateGraph) -> str:
    """What was written, and of how much."""
    size = f"{counted(len(whole), 'state')} and {counted(whole.edges, 'step')}"
    if whole.limit:
        # Whole levels are kept, so these may be fewer states than the limit; of the first, more.
        size = f"{size}, up to the limit of {whole.limit}"
    if request.to is None and request.around is None and request.group_by is None:
        return f"Wrote {request.output}: {size}."
    noun = "group" if request.group_by is not None else "state"
    arrows = counted(part.number_of_edges(), "step")
    return f"Wrote {request.output}: {counted(len(part), noun)} and {arrows}, of {size}."
