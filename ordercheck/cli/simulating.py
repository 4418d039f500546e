"""What `ordercheck simulate` does: run, count, tell, keep."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from ordercheck import __version__
from ordercheck.checking.evidence import Explainer
from ordercheck.checking.simulation import Runs, Simulation, violation_of
from ordercheck.checking.simulation import simulate as take_runs
from ordercheck.cli.codes import FAILED, INTERRUPTED, OK
from ordercheck.cli.exporting import check_name, exported
from ordercheck.cli.loading import Configuration, Found, compiled, one_model, variant_of
from ordercheck.cli.output import Screen, check_writable, make_folder, write_whole
from ordercheck.cli.progress import Progress
from ordercheck.engines.simulation import Walk
from ordercheck.engines.transition import Label
from ordercheck.ir.nodes import Program
from ordercheck.report.simulation import render_simulation
from ordercheck.report.table import violation_text
from ordercheck.report.text import fold
from ordercheck.traces.json import TraceFile, write_trace
from ordercheck.traces.trace import Trace


@dataclass(frozen=True, slots=True)
class Request:
    """The command line of `simulate`."""

    model: str
    assignments: tuple[tuple[str, str], ...] = ()
    variant: str | None = None
    specs: tuple[str, ...] = ()
    invariants: tuple[str, ...] = ()
    watches: tuple[str, ...] = ()
    runs: int = 100
    steps: int = 100
    seed: int = 0
    only: int | None = None
    traces: str | None = None
    output: str | None = None
    engine: str = "auto"
    workers: int | None = None
    max_memory: int | None = None
    compiler: str | None = None
    long: bool = False
    no_color: bool = False

    @property
    def numbers(self) -> range:
        """The numbers of the runs, from 1."""
        return range(1, self.runs + 1) if self.only is None else range(self.only, self.only + 1)

    @property
    def taking(self) -> Runs:
        """The runs, and what takes them."""
        return Runs(
            self.numbers,
            self.steps,
            self.seed,
            self.engine,
            self.workers,
            self.max_memory,
            self.compiler,
        )


def simulate(request: Request) -> int:
    """Run the command and give its exit code."""
    screen = Screen(request.no_color)
    if request.output:
        check_writable(request.output)
        check_name(request.output)
    if request.traces:
        make_folder(request.traces)
    found = one_model(request.model)
    configuration = _configuration(request, found)
    program = compiled(found, configuration)
    keeper = _Keeper(request, found, configuration, program)
    each = keeper.keep if keeper.folder else None
    with Progress(found.model.__name__, request.variant or "") as progress:
        made = take_runs(program, request.taking, each, progress.update_runs)
    screen.say(render_simulation(made, screen.style))
    screen.part()
    trace = made.first.trace if made.first else None
    if made.first is not None and trace is not None:
        style = screen.style
        title = f"run {made.number} {violation_text(made.first)}"
        heading = f"{style.rule * style.width}\n{style.bold(title)}\n\n"
        screen.tell_trace(trace, heading, request.long)
        screen.part()
        if request.output:
            write_whole(request.output, exported(keeper.file(trace), request.output, program))
    elif request.output:
        screen.say(f"There is no trace to keep: {request.output} was not written.")
    for line in fold(_advice(request, found, made), screen.style.width):
        screen.say(line)
    if made.figures.interrupted:
        return INTERRUPTED
    return OK if made.first is None else FAILED


def _configuration(request: Request, found: Found) -> Configuration:
    parameters = variant_of(found, request.variant).parameters if request.variant else {}
    return Configuration(
        request.assignments, request.specs, request.invariants, request.watches, parameters
    )


class _Keeper:
    """Keeps runs as trace files."""

    def __init__(
        self, request: Request, found: Found, configuration: Configuration, program: Program
    ) -> None:
        self.request = request
        self.folder = request.traces
        self.found = found
        self.configuration = configuration
        self.explainer = Explainer(program)
        self.program = program

    def keep(self, walk: Walk) -> None:
        """Write one run."""
        assert self.folder is not None
        if not walk.labels:
            return
        if walk.fault is not None:
            trace = self.explainer.explained(violation_of(self.program, walk)).trace
            assert trace is not None
        else:
            labels = tuple(Label(*label) for label in walk.labels)
            trace = self.explainer.run(labels, f"run {walk.number}", "nothing wrong was found")
        width = len(str(self.request.numbers[-1]))
        name = os.path.join(self.folder, f"run-{walk.number:0{width}}.json")
        write_whole(name, write_trace(self.file(trace)))

    def file(self, trace: Trace) -> TraceFile:
        """A trace, with how to make its model again."""
        given = {name: str(value) for name, value in self.configuration.parameters.items()}
        return TraceFile(
            trace=replace(trace, model=self.found.name),
            version=__version__,
            variant=self.request.variant or "",
            parameters=tuple({**given, **dict(self.configuration.assignments)}.items()),
            specs=self.configuration.specs,
            invariants=self.configuration.invariants,
            show=self.configuration.watches,
        )


def _advice(request: Request, found: Found, made: Simulation) -> str:
    if made.first is None:
        return (
            "No run violates anything. That proves nothing: there may be others. "
            f"Next: ordercheck verify {found.name} looks at all of them."
        )
    return (
        f"There may be shorter ways to this: ordercheck verify {found.name} finds the shortest. "
        f"--seed {request.seed} --only {made.number} takes this run again."
    )
