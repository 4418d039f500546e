"""The engines, by the names that `--engine` takes."""

from __future__ import annotations

from collections.abc import Callable

from ordercheck.checking.explorers import Explorer, by_either, by_interpreter, by_native
from ordercheck.checking.options import DEFAULTS, Options
from ordercheck.checking.safety import explored_verdict
from ordercheck.checking.symbolic import by_z3
from ordercheck.checking.verdict import Verdict
from ordercheck.ir.nodes import Program

Engine = Callable[[Program, Options], Verdict]


def _exploring(explorer: Explorer) -> Engine:
    return lambda program, options: explored_verdict(program, options, explorer)


ENGINES: dict[str, Engine] = {
    "auto": _exploring(by_either),
    "native": _exploring(by_native),
    "interpreter": _exploring(by_interpreter),
    "z3": _exploring(by_z3),
}


def check(program: Program, options: Options = DEFAULTS) -> Verdict:
    """The verdict on a prepared program."""
    return ENGINES[options.engine](program, options)
