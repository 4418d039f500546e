"""Bugs planted on purpose in the library, each to be found by a test of it.

The library is written in the modelling language: the front end reads its source, and CPython
runs it. So a bug in it is the same for both, and only a test that knows what ought to
happen finds it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import Any

from models.embargo import Embargo
from models.lost_cancellation import LostCancellation
from models.membrane import Membranes
from models.output_gate import OutputGates
from models.promised_channel import PromisedChannels
from ordercheck import Model
from ordercheck.library import (
    AsyncioLoop,
    BrokenReference,
    Chain,
    Channel,
    Clock,
    ExternalPusher,
    Fork,
    JsLoop,
    KjLoop,
    LocalReference,
    Membrane,
    MembraneReference,
    OutputGate,
    OutputLock,
    Promise,
    PromisedChannel,
    QueuedReference,
    Reference,
    RemotePromise,
    Shield,
    TaskGroup,
    Timeout,
    Timer,
)
from ordercheck.library.callbacks import CallbackLoop
from ordercheck.library.channel import Fault
from ordercheck.library.combine import Joins, Joint, PartOnLoop
from ordercheck.library.connection import ExportedPromise, Way
from tests.library import (
    test_cancellation,
    test_chain,
    test_channel,
    test_clock,
    test_combine,
    test_connection,
    test_crashes,
    test_js,
    test_kj,
    test_limits,
    test_membrane,
    test_output_gate,
    test_promise,
    test_promised_channel,
    test_pusher,
    test_reference,
    test_spawn,
    test_task_group,
)
from tests.library.javascript import CASES
from tests.models import test_promises
from tests.planting import code_in, mutated


@dataclass(frozen=True)
class Mutant:
    """In one function, some text is replaced by other text; `check` then fails."""

    name: str
    function: Any
    old: str
    new: str
    check: Callable[[], object]

    @contextmanager
    def planted(self, folder: Path) -> Iterator[None]:
        """The bug is there, for CPython and in the source that the front end reads."""
        function: FunctionType = self.function
        original = function.__code__
        text, path = mutated(function, self.old, self.new), folder / "mutant.py"
        path.write_text(text, encoding="utf-8")
        function.__code__ = code_in(text, str(path), function)
        try:
            yield
        finally:
            function.__code__ = original


def network(**parameters: int) -> Callable[[], object]:
    """The comparison of a channel with a network that has steps of its own."""
    compared = test_channel.test_what_can_be_observed_is_what_a_network_with_steps_of_its_own_does
    return lambda: compared(parameters)


def javascript(name: str) -> Callable[[], object]:
    """The comparison of a model with what node prints."""
    case = next(case for case in CASES if case.model.__name__ == name)
    return lambda: test_js.test_prints_what_node_prints(case)


def libkj(name: str) -> Callable[[], object]:
    """The comparison of a script with what libkj says."""
    names = [case.name for case in test_chain.CASES]
    return lambda: test_chain.test_the_order_is_that_of_libkj(names.index(name))


def joined(how: str, on: str, made: str = "set-up") -> Callable[[], object]:
    """The comparison of promises put together with what must come of them."""
    return lambda: test_combine.test_on_each_kind_of_loop(how, on, made)


def shipped(model: type[Model], name: str) -> Callable[[], object]:
    """A variant of a model comes out as it is expected to."""
    (found,) = (variant for variant in model.variants if variant.name == name)
    return lambda: test_promises.test_variants_come_out_as_expected(model, found)


def gate(script: str) -> Callable[[], object]:
    """The comparison of an output gate with what workerd's tests say."""
    return lambda: test_output_gate.test_it_does_what_workerd_tests(script)


def taken_back(broken: bool) -> Callable[[], object]:
    """A call is cancelled at any time."""
    tried = (
        test_reference.test_a_call_that_is_cancelled_is_taken_back_and_the_others_keep_their_order
    )
    return lambda: tried(broken)


def promised(rejects: bool, cancels: bool) -> Callable[[], object]:
    """A promised channel is used, and settles, at any time."""
    used = test_promised_channel.test_calls_keep_their_order_and_all_are_told
    return lambda: used(rejects, cancels)


def unwrapped(arrives: str) -> Callable[[], object]:
    """An external is pushed, and messages mention it, at any time."""
    told = test_pusher.test_one_message_takes_it_and_all_are_told
    return lambda: told(arrives, True)


def waits(way: str) -> Callable[[], object]:
    """A wait in some way is over, cancelled or late at any time."""
    if "shield" in way:
        return lambda: test_limits.test_what_is_shielded_goes_on(way)
    tried = test_limits.test_a_limit_has_one_outcome_and_leaves_nothing_running
    return lambda: tried(way, False)


def around(waits: bool) -> Callable[[], object]:
    """A limit of time around a group of tasks."""
    found = test_task_group.test_who_waits_for_the_tasks_of_a_group_keeps_its_request
    return lambda: found(waits)


grouped = test_task_group.test_nobody_outlives_a_group_and_no_failure_is_lost
capnproto = test_reference.test_calls_come_in_the_order_in_which_capnproto_delivers_them

MUTANTS = (
    # channels
    Mutant("loss costs nothing", Fault.happens, "self.left -= 1", "pass", network(lossy=1)),
    Mutant(
        "nothing comes again",
        Channel._at,
        "if not self._comes_again():",
        "if True:",
        network(duplicating=1),
    ),
    Mutant(
        "one more overtakes",
        Channel._place,
        "if place > 0:",
        "if place > 1:",
        network(reordering=1),
    ),
    Mutant(
        "the last message comes first",
        Channel._at,
        "message = self.messages[place]",
        "message = self.messages[-1]",
        network(),
    ),
    Mutant(
        "a channel has room for one more",
        Channel.can_send,
        "< self.capacity",
        "<= self.capacity",
        test_channel.test_actions_wait_by_not_being_possible,
    ),
    Mutant(
        "who came last is woken first",
        Channel._wake,
        "waiting.popleft()",
        "waiting.pop()",
        lambda: test_channel.test_receivers_are_served_in_turn_and_none_is_forgotten(False),
    ),
    Mutant(
        "who is cancelled keeps what he was woken for",
        Channel._wait,
        "self._wake(waiting)",
        "pass",
        test_channel.test_a_message_is_not_lost_with_its_receiver,
    ),
    # clocks
    Mutant(
        "time passes too far",
        Clock.until_next,
        "return min(",
        "return max(",
        test_clock.test_virtual_time_wakes_in_the_order_of_deadlines,
    ),
    Mutant(
        "sleep takes a unit more",
        Clock.pass_time,
        "if left <= units]",
        "if left < units]",
        test_clock.test_virtual_time_wakes_in_the_order_of_deadlines,
    ),
    Mutant(
        "a cancelled sleeper is woken",
        Clock.sleep,
        "if being_cancelled():",
        "if False:",
        test_clock.test_a_cancelled_sleeper_leaves_the_clock,
    ),
    Mutant(
        "a timer stands still",
        Timer.pass_time,
        "max(0, self.left - units)",
        "self.left",
        test_clock.test_a_timer_rings_once_it_is_set_and_not_stopped,
    ),
    # loops
    Mutant(
        "microtasks are a stack",
        JsLoop.enter,
        "microtasks.popleft()",
        "microtasks.pop()",
        javascript("Interleaved"),
    ),
    Mutant(
        "follow takes one less",
        JsLoop.follow,
        "await self.microtask()",
        "pass",
        javascript("Ticks"),
    ),
    Mutant(
        "the insert point stays",
        KjLoop.arm_depth_first,
        "self.insert_point += 1",
        "pass",
        test_kj.test_every_way_of_arming,
    ),
    Mutant(
        "the event of who is cancelled stays armed",
        KjLoop.forget,
        "del self.queue[place]",
        "pass",
        test_cancellation.test_a_cancelled_task_leaves_the_queues,
    ),
    # limits of time, and shields
    Mutant(
        "what is late is not cancelled",
        AsyncioLoop.cancel_and_wait,
        "awaited.cancel()",
        "pass",
        waits("wait_for"),
    ),
    Mutant(
        "who is late does not wait for the end",
        AsyncioLoop.cancel_and_wait,
        "await self.hold()",
        "self.release(current())\n            await self.sleep(0)",
        waits("wait_for"),
    ),
    Mutant(
        "who is late is cancelled",
        AsyncioLoop.limited,
        "raise TimeoutError() from None",
        "raise",
        waits("wait_for"),
    ),
    Mutant(
        "who is cancelled is late",
        AsyncioLoop.limited,
        "                    raise\n",
        "                    raise TimeoutError() from None\n",
        waits("wait_for"),
    ),
    Mutant(
        "a timer goes off for nobody",
        CallbackLoop.unhold,
        "self.unset(task)",
        "pass",
        waits("wait_for"),
    ),
    Mutant(
        "a block has no limit",
        Timeout.run,
        "self.loop.cancel(self.owner)",
        "pass",
        waits("timeout"),
    ),
    Mutant(
        "a timer outlives its block",
        Timeout.__aexit__,
        "self.loop.disarm(task_of(self.run))",
        "pass",
        waits("timeout"),
    ),
    Mutant(
        "a block that is late is cancelled",
        Timeout.__aexit__,
        "raise TimeoutError()",
        "pass",
        waits("timeout"),
    ),
    Mutant(
        "a limit takes back the requests of others",
        Timeout.__aexit__,
        "self.loop.uncancel() <= self.before and ",
        "",
        shipped(LostCancellation, "timeout"),
    ),
    Mutant(
        "a shield lets through",
        AsyncioLoop.shield,
        "return made",
        "return inner",
        waits("shield"),
    ),
    Mutant(
        "who is shielded is not let go",
        Shield.leave,
        "self.cancel()",
        "pass",
        waits("shield"),
    ),
    Mutant(
        "a shield that is cancelled has a value",
        Shield.result,
        "if self.is_cancelled or",
        "if",
        waits("wait_for shield"),
    ),
    # task groups
    Mutant("nobody is cancelled", TaskGroup._abort, ".cancel()", "", grouped),
    Mutant("only one is cancelled", TaskGroup._abort, "while todo:", "if todo:", grouped),
    Mutant("a failure is lost", TaskGroup.told, "self.errors.append(failure)", "pass", grouped),
    Mutant(
        "to be cancelled is to fail",
        TaskGroup.told,
        " and not isinstance(failure, CancelledError)",
        "",
        grouped,
    ),
    Mutant(
        "the block goes on",
        TaskGroup.told,
        "self.loop.cancel(self.parent)",
        "pass",
        grouped,
    ),
    Mutant(
        "the block is left too early",
        TaskGroup.__aexit__,
        "while self.tasks:",
        "if self.tasks:",
        grouped,
    ),
    Mutant(
        "a group says that it was cancelled",
        TaskGroup.__aexit__,
        "if is_cancelled and not self.errors:",
        "if is_cancelled:",
        grouped,
    ),
    Mutant(
        "a group does not say that it was cancelled",
        TaskGroup.__aexit__,
        "is_cancelled = True",
        "pass",
        grouped,
    ),
    Mutant(
        "what the block raises is lost",
        TaskGroup.__aexit__,
        "self.errors.append(failure)",
        "pass",
        grouped,
    ),
    Mutant(
        "a group does not take back its request",
        TaskGroup.__aexit__,
        "self.loop.withdraw(current())",
        "pass",
        around(True),
    ),
    # promises
    Mutant(
        "a cancelled waiter stays",
        Promise.settles,
        "if being_cancelled()",
        "if False",
        lambda: test_cancellation.test_a_cancelled_waiter_leaves_the_promise(False),
    ),
    Mutant(
        "a cancelled branch stays",
        Fork.settles_at,
        "if being_cancelled()",
        "if False",
        lambda: test_cancellation.test_a_cancelled_waiter_leaves_the_promise(True),
    ),
    Mutant(
        "a crash drops no resolver",
        Promise.abandon,
        "self.reject()",
        "pass",
        test_crashes.test_the_promises_of_who_crashes_are_rejected,
    ),
    Mutant(
        "who is lost in a crash is woken",
        Promise.forget,
        "self.waiters.remove(task)",
        "pass",
        test_crashes.test_who_crashes_leaves_the_promises_of_others,
    ),
    Mutant(
        "the reason is lost",
        Promise.reject,
        "self.failure = failure",
        "pass",
        test_promise.test_who_awaits_is_raised_the_reason,
    ),
    Mutant(
        "what a task raises is lost",
        Promise.result,
        "if self.failure is not None:",
        "if False:",
        test_spawn.test_an_exception_is_raised_where_the_task_is_awaited,
    ),
    # chains
    Mutant(
        "a chain that settled is deep",
        Chain._hand_over,
        "arm_breadth_first",
        "arm_depth_first",
        libkj("settled"),
    ),
    Mutant(
        "a chain forgets the reason",
        Chain.result,
        "self.failure = end.failure",
        "pass",
        lambda: test_chain.test_it_is_followed_to_the_end("rejected"),
    ),
    Mutant(
        "a cancelled follower stays",
        Chain.settles,
        "if being_cancelled():",
        "if False:",
        test_chain.test_a_follower_is_cancelled,
    ),
    Mutant(
        "a chain follows itself",
        Chain.follow,
        "assert ahead is not self",
        "assert True",
        lambda: test_chain.test_what_it_cannot_do_is_a_model_error("self"),
    ),
    Mutant(
        "a crash rejects who follows",
        Chain.abandon,
        "if self.target is None:",
        "if True:",
        test_chain.test_a_crash_rejects_what_follows_nothing,
    ),
    Mutant(
        "JavaScript waits for nothing",
        Chain.hub,
        "await self.target.settles()",
        "pass",
        javascript("Chains"),
    ),
    # promises put together
    Mutant(
        "all rejects as the last",
        Joint._all,
        "k < self.rejected",
        "k != self.rejected",
        joined("all", "kj"),
    ),
    Mutant(
        "all waits for nobody",
        Joint._all,
        "self.open == 0 or not",
        "self.open >= 0 or not",
        joined("all", "kj"),
    ),
    Mutant(
        "all waits in JavaScript",
        Joint._all,
        "or not self.waits_for_all",
        "",
        javascript("AllRejected"),
    ),
    Mutant("any rejects at once", Joint._any, "elif self.open == 0:", "else:", joined("any", "js")),
    Mutant(
        "a race takes the last",
        Joint.count,
        "if self.status == Status.PENDING:",
        "if self.open == 0:",
        test_combine.test_on_no_loop_the_first_decides_at_once,
    ),
    Mutant(
        "a part has no event",
        PartOnLoop.tell,
        "loop_of(event).wake(event)",
        "self.has_settled()",
        libkj("late for a join"),
    ),
    Mutant(
        "parts are not counted",
        Joins._of,
        "whole.open = len(parts)",
        "pass",
        javascript("AllSettled"),
    ),
    # output gates
    Mutant(
        "a lock holds nobody",
        OutputGate._is_over,
        "return self.stage[number] != Stage.PENDING",
        "return True",
        gate("out of order"),
    ),
    Mutant(
        "a failure is forgotten",
        OutputGate.hub,
        "self.passed_failure = True",
        "pass",
        gate("exception"),
    ),
    Mutant(
        "a failure passes all",
        OutputGate.hub,
        "if self.passed_failure:",
        "if self.failed:",
        gate("exception"),
    ),
    Mutant(
        "who is cancelled stays in the line",
        OutputGate._leave,
        "self.line.remove(Waiting(task))",
        "pass",
        test_output_gate.test_who_is_cancelled_leaves_the_line,
    ),
    Mutant(
        "what is dropped is confirmed",
        OutputLock.__exit__,
        "self.fail()",
        "self.confirm()",
        gate("dropped"),
    ),
    Mutant(
        "a write that is over is not confirmed",
        OutputGate.lock_while,
        "lock.confirm()",
        "pass",
        shipped(OutputGates, "gate"),
    ),
    # references
    Mutant(
        "calls are dispatched at once",
        LocalReference.accept,
        "arm_breadth_first",
        "arm_depth_first",
        capnproto,
    ),
    Mutant(
        "the last call is late first",
        QueuedReference.late,
        "self.queue.popleft()",
        "self.queue.pop()",
        capnproto,
    ),
    Mutant(
        "a promise that is known passes calls on next",
        QueuedReference.accept,
        "self.loop.arm_again(",
        "self.loop.arm_depth_first(",
        capnproto,
    ),
    Mutant(
        "who is told does not wait for the queue",
        QueuedReference.hub,
        "for name in self.order:",
        "for name in reversed(self.order):",
        capnproto,
    ),
    Mutant(
        "a call that is cancelled stays in the queue",
        QueuedReference.forget,
        "self.queue.remove(task)",
        "pass",
        taken_back(False),
    ),
    Mutant(
        "a call that is cancelled is late",
        QueuedReference.forget,
        "task_of(self.late)",
        "task",
        taken_back(False),
    ),
    Mutant(
        "what is rejected is delivered",
        BrokenReference.accept,
        "self.rejected.append(task)",
        "pass",
        taken_back(True),
    ),
    # promised channels
    Mutant(
        "calls that wait go on last",
        PromisedChannel.hub,
        "self.loop.arm_depth_first(task)",
        "self.loop.arm_breadth_first(task)",
        shipped(PromisedChannels, "depth-first"),
    ),
    Mutant(
        "a call that is cancelled stays on its branch",
        PromisedChannel.ready,
        "if being_cancelled() and",
        "if False and",
        promised(rejects=False, cancels=True),
    ),
    Mutant(
        "there is a channel all the same",
        PromisedChannel.ready,
        "raise Rejected()",
        "pass",
        promised(rejects=True, cancels=False),
    ),
    # externals
    Mutant(
        "no push is waited for",
        ExternalPusher.unwrap,
        "await self.pushed[external]",
        "pass",
        unwrapped("pushed"),
    ),
    Mutant(
        "a stream has two readers",
        ExternalPusher.unwrap_now,
        "self.consumed.add(external)",
        "pass",
        unwrapped("pushed"),
    ),
    Mutant(
        "all membranes are the same",
        ExternalPusher.unwrap_now,
        " or self.wrapped[external] != membrane",
        "",
        unwrapped("through another membrane"),
    ),
    # connections
    Mutant(
        "nothing is embargoed",
        Reference.must_embargo,
        "return called",
        "return False",
        shipped(Embargo, "embargo"),
    ),
    Mutant(
        "a chain forgets that it was called",
        RemotePromise.must_embargo,
        "self.called or called",
        "self.called",
        lambda: test_connection.test_a_promise_is_followed_to_its_end_in_the_other_vat(
            True, True, True
        ),
    ),
    Mutant(
        "what is reflected is not embargoed",
        RemotePromise.needs_embargo,
        " or reflected",
        "",
        test_connection.test_what_is_reflected_twice_is_embargoed,
    ),
    Mutant(
        "a disembargo waits for nobody",
        ExportedPromise.quiet,
        "await self.loop.last()",
        "pass",
        shipped(Embargo, "by the promise"),
    ),
    Mutant(
        "the last message is handled first",
        Way.message_loop,
        "self.messages.popleft()",
        "self.messages.pop()",
        shipped(Embargo, "there"),
    ),
    # membranes
    Mutant(
        "what comes back is wrapped",
        Membrane.wrapped,
        "if back is not None:",
        "if False:",
        test_membrane.test_what_crosses_is_wrapped_and_what_comes_back_is_unwrapped,
    ),
    Mutant(
        "each crossing makes a wrapper",
        Membrane.wrapped,
        "if made.wraps(reference, reverse):",
        "if False:",
        test_membrane.test_what_crosses_is_wrapped_and_what_comes_back_is_unwrapped,
    ),
    Mutant(
        "what is resolved is not wrapped",
        MembraneReference.look,
        "self.membrane.wrapped(ahead, self.reverse)",
        "ahead",
        test_membrane.test_what_crosses_is_wrapped_and_what_comes_back_is_unwrapped,
    ),
    Mutant(
        "what is revoked is forgotten",
        Membrane.revoke,
        "self.broken.accept(task)",
        "pass",
        shipped(Membranes, "object, revoked"),
    ),
    Mutant(
        "what is revoked is delivered",
        MembraneReference.withdraw,
        "self.inner.ended(task)",
        "pass",
        shipped(Membranes, "promise, revoked"),
    ),
    Mutant(
        "a revoked membrane lets calls through",
        MembraneReference.target,
        "if self.membrane.revoked",
        "if False",
        shipped(Membranes, "object, revoked"),
    ),
)
