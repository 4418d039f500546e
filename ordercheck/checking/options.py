"""How a program is to be checked."""

from __future__ import annotations

from ordercheck.engines.exploration import Progress
from ordercheck.ir.record import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """How far to go: stored states, levels, seconds, bytes of memory; None for no limit.

    `continue_`: find every violated property, not only those of the first level that has
    one. `progress` is called now and then with the distinct states, the levels and the
    number of states still to be expanded. `traces`: explain the violations. `engine` is a
    name in `checking.engines`. `workers` are threads, None for one on each core. With the
    native engine `max_memory` is no end: the search goes on from disk, in `spill`, or
    where the system has its temporary files. `compiler` is the C compiler's command.
    """

    max_states: int | None = None
    max_depth: int | None = None
    max_seconds: float | None = None
    max_memory: int | None = None
    continue_: bool = False
    progress: Progress | None = None
    traces: bool = True
    engine: str = "auto"
    workers: int | None = None
    spill: str | None = None
    compiler: str | None = None


DEFAULTS = Options()
