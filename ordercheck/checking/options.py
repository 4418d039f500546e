"""How a program is to be checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ordercheck.engines.exploration import Progress
from ordercheck.ir.record import dataclass


@dataclass(frozen=True, slots=True)
class Saving:
    """A folder to which a search is saved every so many seconds; to `resume`, it begins there.

    `request` is kept with it, for whoever wants to make the same run again.
    """

    folder: str
    request: Mapping[str, Any]
    resume: bool = False
    every: float = 20.0


@dataclass(frozen=True, slots=True)
class Options:
    """How far to go: stored states, levels, seconds, bytes of memory; None for no limit.

    `continue_`: find every violated property, not only those of the first level that has
    one. `progress` is called now and then with the distinct states, the levels and the
    number of states still to be expanded. `traces`: explain the violations. `engine` is a
    name in `checking.engines`. `workers` are threads, None for one on each core. With the
    native engine `max_memory` is no end: the search goes on from disk, in `spill`, or
    where the system has its temporary files. `compiler` is the C compiler's command.
    Only the native engine can be saved. `hash_compact`: hashes may stand for states there,
    and a verdict says how likely one was missed.
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
    hash_compact: bool = False
    saving: Saving | None = None


DEFAULTS = Options()
