"""A step of a workflow: started, retried, run twice, given up (@workflow/core, step-handler.js).

A step's message is delivered at least once. Each delivery writes step_started, which counts an
attempt, runs the step's function, and writes step_completed, or, if the function throws,
step_retrying as long as attempts are left, else step_failed. A delivery that finds more attempts
than allowed gives the step up without running it: attempts that have not come back are taken for
crashes. But they may only be slow, or the message may have come twice: then a step that is running,
and will succeed, is reported to have failed. And nothing keeps two deliveries from running the
function at once; `max_retries=0` does not mean at most once.

- `executor` is the step handler; `WorkQueue` its queue, `late` how often a delivery outlasts its
  lease.
- `append` is the server, which refuses whatever comes after the end (409), in one step with
  looking; with `storage="checks first"`, as in world-local, looking comes first.
- `log` is what the run's log has of the step. Replay takes step_started and step_retrying and does
  nothing; after step_completed or step_failed it takes nothing more of this step.
- `run_queued`: the run is told of the end. Who crashes before that is redelivered, finds that the
  step has ended, and queues the run.

Left out: throttling, RetryableError with a time, arguments that cannot be serialised.
"""

from ordercheck import (
    Model,
    Seq,
    action,
    array,
    bag_of,
    boolean,
    choose,
    holds,
    integer,
    param,
    process,
    reachable,
    require,
    restart,
    seq,
    set_of,
    step,
    task_of,
    until,
    variant,
    violates,
)
from ordercheck.library import WorkQueue
from specs.at_most_once import AtMostOnce
from specs.event_log import NoCorruptedLog, NoStall
from specs.no_false_failure import NoFalseFailure

EVENTS = ["step_started", "step_retrying", "step_completed", "step_failed"]
ENDS = ("step_completed", "step_failed")
STEP = 0
LONGEST = 12
"""More events than a step can have here."""


class StepExecutor(Model):
    """One step, its message, and those who execute it."""

    executors: int = param(2, lo=1, hi=3)
    max_retries: int = param(1, lo=0, hi=3, help="attempts after the first one")
    deliveries: int = param(3, lo=1, hi=5, help="deliveries of a message before the step fails")
    late: int = param(0, lo=0, hi=3, help="how often a message comes again while it is worked at")
    crashes: int = param(0, lo=0, hi=2)
    throws: bool = param(False, help="the function may throw")
    idempotent: bool = param(False, help="the function does nothing where it has done it before")
    storage: str = param("one transaction", choices=["one transaction", "checks first"])

    specs = [AtMostOnce, NoFalseFailure, NoCorruptedLog, NoStall]
    deadlock = False
    variants = [
        variant("one delivery", throws=True, expect=holds()),
        # Run twice, or given up while it runs: there is no third way.
        variant("comes twice", late=1, expect=violates("at_most_once")),
        variant(
            "comes twice, no retries", late=1, max_retries=0, expect=violates("no_false_failure")
        ),
        variant("crash", crashes=1, expect=violates("at_most_once")),
        variant("crash, no retries", crashes=1, max_retries=0, expect=violates("no_false_failure")),
        # What helps: a function that may run twice, and more attempts than can be lost.
        variant(
            "idempotent",
            late=1,
            crashes=1,
            max_retries=2,
            idempotent=True,
            expect=holds(),
        ),
        variant(
            "idempotent, attempts used up",
            late=1,
            crashes=1,
            idempotent=True,
            expect=violates("no_false_failure"),
        ),
        # world-local: the end may be overtaken by a start that was allowed before it.
        variant(
            "comes twice, checks first",
            late=1,
            idempotent=True,
            storage="checks first",
            expect=violates("no_corrupted_log"),
        ),
    ]

    def setup(self) -> None:
        """The step has been created, and its message is in the queue."""
        self.queue = WorkQueue([STEP], capacity=2, deliveries=self.deliveries + 1, late=self.late)
        self.queue.send(STEP)
        self.log: Seq[str] = seq(EVENTS, capacity=LONGEST)
        self.started = integer(0, lo=0, hi=LONGEST)
        self.done = bag_of([STEP], capacity=LONGEST)
        self.reported_failed = set_of([STEP])
        self.run_queued = boolean()
        # Per executor: which delivery he has (0: none), for the queue when he crashes.
        self.attempt = array(range(self.deliveries + 2), self.executors, 0)
        self.crashed = integer(0, lo=0, hi=self.crashes)

    @process(each=lambda self: range(self.executors), daemon=True)
    async def executor(self, me: int) -> None:
        """Takes messages, one after another."""
        while True:
            await until(self.queue.can_receive())
            delivery = self.queue.take()
            self.attempt[me] = delivery[1]
            await step()
            if delivery[1] > self.deliveries:
                await self.append("step_failed")
            else:
                await self.execute()
            await step()
            if self.has_ended():
                self.run_queued = True  # also if another has ended it: he may have crashed
            else:
                self.queue.send(STEP)  # step_retrying: a message that comes later
            self.queue.acknowledge((STEP, self.attempt[me]))
            self.attempt[me] = 0

    async def execute(self) -> None:
        """The step handler."""
        if not await self.append("step_started"):
            return  # 409: it has ended
        self.started += 1
        attempt = self.started
        await step()
        if attempt > self.max_retries + 1:
            await self.append("step_failed")  # all attempts are taken, and none has come back
            return
        fails = self.throws and choose([False, True], name="throws")
        if not fails and not (self.idempotent and STEP in self.done):
            self.done.add(STEP)
        await step()
        if not fails:
            await self.append("step_completed")
        elif attempt > self.max_retries:
            await self.append("step_failed")
        else:
            await self.append("step_retrying")

    async def append(self, event: str) -> bool:
        """Append an event unless the step has ended; whether it is there."""
        if self.has_ended():
            return False
        if self.storage == "checks first":
            await step()
        self.log.append(event)
        if event == "step_failed":
            self.reported_failed.add(STEP)
        return True

    def has_ended(self) -> bool:
        """Whether the step has completed or failed."""
        return any(end in self.log for end in ENDS)

    @action(each=lambda self: range(self.executors), actor="crash")
    def crash(self, executor: int) -> None:
        """An executor is lost; the queue delivers his message again."""
        require(self.attempt[executor] > 0 and self.crashed < self.crashes)
        self.crashed += 1
        self.queue.give_back((STEP, self.attempt[executor]))
        self.attempt[executor] = 0
        restart(task_of(self.executor, executor))

    # --- properties ---------------------------------------------------------------

    def log_replays(self) -> bool:
        """Whether nothing stands behind the end, where replay takes nothing more of the step."""
        return not any(event in ENDS for event in self.log[:-1])

    def stalled(self) -> bool:
        """Whether the run waits for a step that nobody executes, or has not heard of its end."""
        at_work = any(attempt > 0 for attempt in self.attempt) or self.queue.can_receive()
        return not at_work and not self.run_queued

    @reachable
    def completed(self) -> bool:
        """A step can be executed."""
        return "step_completed" in self.log and self.run_queued
