"""Reusable parts of models, written in the modelling language itself."""

from __future__ import annotations

from typing import Any

from ordercheck.language.planned import PLANNED, Planned
from ordercheck.library.channel import Channel
from ordercheck.library.clock import Clock, Timer
from ordercheck.library.combine import AllOf, AnyOf, Race, all_of, any_of, race
from ordercheck.library.gate import Broken, CriticalSection, InputGate, Lock, Place
from ordercheck.library.js import JsLoop
from ordercheck.library.kj import KjLoop
from ordercheck.library.log import Log
from ordercheck.library.promise import Branch, Fork, Promise, Rejected, Resolver
from ordercheck.library.shared_log import SharedLog
from ordercheck.library.spawn import Spawned, Tasks
from ordercheck.library.work_queue import WorkQueue

__all__ = [
    "AllOf",
    "AnyOf",
    "Branch",
    "Broken",
    "Channel",
    "Clock",
    "CriticalSection",
    "Fork",
    "InputGate",
    "JsLoop",
    "KjLoop",
    "Lock",
    "Log",
    "Place",
    "Promise",
    "Race",
    "Rejected",
    "Resolver",
    "SharedLog",
    "Spawned",
    "Tasks",
    "Timer",
    "WorkQueue",
    "all_of",
    "any_of",
    "race",
]


def __getattr__(name: str) -> Any:
    """A name that is planned, to be refused where it is used."""
    if name in PLANNED:
        return Planned(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
