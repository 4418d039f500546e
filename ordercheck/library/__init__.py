"""Reusable parts of models, written in the modelling language itself."""

from __future__ import annotations

from ordercheck.library.aio import AsyncioLoop, CancelledError
from ordercheck.library.chain import Chain
from ordercheck.library.channel import Channel
from ordercheck.library.clock import Clock, Timer
from ordercheck.library.combine import AllOf, AnyOf, Joins, Race, all_of, any_of, race
from ordercheck.library.future import Future
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
    "AsyncioLoop",
    "Branch",
    "Broken",
    "CancelledError",
    "Chain",
    "Channel",
    "Clock",
    "CriticalSection",
    "Fork",
    "Future",
    "InputGate",
    "Joins",
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
