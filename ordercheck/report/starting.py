"""What of a trace's initial state is worth telling: what was chosen, and what matters later."""

from __future__ import annotations

from ordercheck.traces.sequence import is_part
from ordercheck.traces.trace import Trace

Pairs = list[tuple[str, str]]


def starting_values(trace: Trace, hidden: bool) -> tuple[Pairs, Pairs]:
    """What was chosen, and the other places that change later or make the property false.

    A place of which each item was chosen is told as a whole, as chosen. `hidden`: also the
    places inside a library's component.
    """
    first, *later = trace.steps
    paths = [c.path for step in later for c in step.changes if hidden or not c.hidden]
    paths += [path for path, _ in trace.because]
    chosen = dict(first.choices)
    told = [
        (path, value)
        for path, value in first.state
        if path not in chosen and any(is_part(each, path) for each in paths)
    ]
    wholes = [path for path, _ in told if f"{path}[0]" in chosen]
    single = [pair for pair in first.choices if not any(is_part(pair[0], w) for w in wholes)]
    single += [pair for pair in told if pair[0] in wholes]
    return single, [pair for pair in told if pair[0] not in wholes]
