"""Reusable parts of models, written in the modelling language itself."""

from __future__ import annotations

from ordercheck.library.aio import AsyncioLoop
from ordercheck.library.callbacks import CancelledError
from ordercheck.library.chain import Chain
from ordercheck.library.channel import Channel
from ordercheck.library.clock import Clock, Timer
from ordercheck.library.combine import AllOf, AnyOf, Joins, Race, all_of, any_of, race
from ordercheck.library.connection import (
    Connection,
    Export,
    ExportedPromise,
    RemotePromise,
    RemoteReference,
)
from ordercheck.library.external_pusher import Consumed, ExternalPusher, NotPushed
from ordercheck.library.future import Future
from ordercheck.library.gate import Broken, CriticalSection, InputGate, Lock, Place
from ordercheck.library.js import JsLoop
from ordercheck.library.kj import KjLoop
from ordercheck.library.log import Log
from ordercheck.library.membrane import Membrane, MembraneReference
from ordercheck.library.output_gate import OutputGate, OutputLock
from ordercheck.library.promise import Branch, Fork, Promise, Rejected, Resolver
from ordercheck.library.promised_channel import PromisedChannel
from ordercheck.library.reference import (
    BrokenReference,
    LocalReference,
    QueuedReference,
    Reference,
)
from ordercheck.library.shared_log import SharedLog
from ordercheck.library.shield import Shield
from ordercheck.library.spawn import Spawned, Tasks
from ordercheck.library.task_group import ExceptionGroup, TaskGroup, TaskGroupClosed
from ordercheck.library.timeout import Timeout, TimeoutError
from ordercheck.library.work_queue import WorkQueue

__all__ = [
    "AllOf",
    "AnyOf",
    "AsyncioLoop",
    "Branch",
    "Broken",
    "BrokenReference",
    "CancelledError",
    "Chain",
    "Channel",
    "Clock",
    "Connection",
    "Consumed",
    "CriticalSection",
    "ExceptionGroup",
    "Export",
    "ExportedPromise",
    "ExternalPusher",
    "Fork",
    "Future",
    "InputGate",
    "Joins",
    "JsLoop",
    "KjLoop",
    "LocalReference",
    "Lock",
    "Log",
    "Membrane",
    "MembraneReference",
    "NotPushed",
    "OutputGate",
    "OutputLock",
    "Place",
    "Promise",
    "PromisedChannel",
    "QueuedReference",
    "Race",
    "Reference",
    "Rejected",
    "RemotePromise",
    "RemoteReference",
    "Resolver",
    "SharedLog",
    "Shield",
    "Spawned",
    "TaskGroup",
    "TaskGroupClosed",
    "Tasks",
    "Timeout",
    "TimeoutError",
    "Timer",
    "WorkQueue",
    "all_of",
    "any_of",
    "race",
]
