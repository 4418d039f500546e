"""Workflow functions whose logs are modelled, as their authors would write them.

The value of a promise is never looked at, except for which one won a race. `await` stands only
where a statement ends or a value is bound, so that all that a suspended function remembers is in
its locals (`models.workflow.table` reads them).
"""

from __future__ import annotations

from itertools import repeat

from models.workflow.javascript import Promise
from models.workflow.replay import FAILED, Replay, Workflow


async def won_by(winner: str, promise: Promise) -> str:
    """`promise.then(() => winner)`, as an async function."""
    await promise
    return winner


async def hook_or_sleep(run: Replay) -> None:
    """PR 2113: a hook against a sleep; when the sleep wins, two parallel sleeps more."""
    hook = run.hook()
    payload = run.branch(won_by("hook", hook.receive()))
    timeout = run.branch(won_by("sleep", run.sleep()))
    winner = await run.race(payload, timeout)
    if winner == "hook":
        await run.step("handle")
    else:
        await run.all(run.sleep(), run.sleep())


async def hook_or_timeout(run: Replay) -> None:
    """A hook against a sleep; when the sleep wins, that is the end."""
    hook = run.hook()
    payload = run.branch(won_by("hook", hook.receive()))
    timeout = run.branch(won_by("sleep", run.sleep()))
    winner = await run.race(payload, timeout)
    if winner == "hook":
        await run.step("handle")


async def hook_against_step(run: Replay) -> None:
    """A hook against a step; each branch goes on with a step of its own."""
    hook = run.hook()
    payload = run.branch(won_by("hook", hook.receive()))
    result = run.branch(won_by("step", run.step("work")))
    winner = await run.race(payload, result)
    if winner == "hook":
        await run.step("cancel")
    else:
        await run.step("publish")


async def two_sleeps(run: Replay) -> None:
    """Two parallel sleeps, nothing else."""
    await run.all(run.sleep(), run.sleep())


async def three_sleeps(run: Replay) -> None:
    """Three parallel sleeps."""
    await run.all(run.sleep(), run.sleep(), run.sleep())


async def naps(run: Replay) -> None:
    """Three sleeps, one after another."""
    for _ in range(3):
        await run.sleep()


async def uneven_branches(run: Replay) -> None:
    """Two parallel branches: a sleep, then a step. One sleeps in an async function of its own."""

    async def nap() -> None:
        await run.sleep()

    async def slow() -> None:
        await run.branch(nap())
        await run.step("slow")

    async def fast() -> None:
        await run.sleep()
        await run.step("fast")

    await run.all(run.branch(slow()), run.branch(fast()))


async def unread_payload(run: Replay) -> None:
    """A hook that is read late, beside a sleep and a step that each go on with a step."""
    hook = run.hook()

    async def timer() -> None:
        await run.sleep()
        await run.step("after sleep")

    async def worker() -> None:
        await run.step("work")
        await run.step("after work")

    await run.all(run.branch(timer()), run.branch(worker()))
    await hook.receive()


async def parallel_steps(run: Replay) -> None:
    """Two parallel branches: a step, then another one."""

    async def branch(name: str) -> None:
        await run.step(f"first {name}")
        await run.step(f"second {name}")

    await run.all(run.branch(branch("a")), run.branch(branch("b")))


async def two_hooks(run: Replay) -> None:
    """Two hooks; whichever is resumed first decides."""
    left, right = run.hook(), run.hook()
    to_left = run.branch(won_by("left", left.receive()))
    to_right = run.branch(won_by("right", right.receive()))
    winner = await run.race(to_left, to_right)
    if winner == "left":
        await run.step("go left")
    else:
        await run.step("go right")


async def loop(run: Replay) -> None:
    """A sleep and a step, twice."""
    for _ in range(2):
        await run.sleep()
        await run.step("poll")


async def nested_races(run: Replay) -> None:
    """A hook against a sleep, and both against another sleep."""
    hook = run.hook()
    payload = run.branch(won_by("hook", hook.receive()))
    patience = run.branch(won_by("sleep", run.sleep()))
    inner = run.race(payload, patience)
    deadline = run.branch(won_by("deadline", run.sleep()))
    winner = await run.race(inner, deadline)
    if winner == "hook":
        await run.step("handle")
    else:
        await run.sleep()


async def remind_or_give_up(run: Replay) -> None:
    """A hook against a sleep, both against another sleep; each of the three is told apart."""
    hook = run.hook()
    payload = run.branch(won_by("hook", hook.receive()))
    reminder = run.branch(won_by("reminder", run.sleep()))
    inner = run.race(payload, reminder)
    deadline = run.branch(won_by("deadline", run.sleep()))
    winner = await run.race(inner, deadline)
    if winner == "hook":
        await run.step("handle")
    elif winner == "reminder":
        await run.step("remind")
    else:
        await run.step("give up")


async def charge_or_cancel(run: Replay) -> str:
    """A step that may fail, against a hook; a failure that nobody catches fails the run."""
    hook = run.hook()
    payload = run.branch(won_by("hook", hook.receive()))
    charged = await run.race(run.step("charge", may_fail=True), payload)
    if charged == "hook":
        await run.step("cancel")
        charged = "cancelled"
    return str(charged)


async def step_or_sleep(run: Replay) -> None:
    """A step that may fail, against a sleep; what failed is made good, what is late is not."""
    work = run.branch(won_by("step", run.step("work", may_fail=True)))
    timeout = run.branch(won_by("sleep", run.sleep()))
    winner = await run.race(work, timeout)
    if winner == "step":
        await run.step("publish")
    else:
        await run.sleep()


async def hook_or_deadline(run: Replay) -> str:
    """A hook against a sleep; when the sleep wins, the function fails."""
    hook = run.hook()
    payload = run.branch(won_by("hook", hook.receive()))
    timeout = run.branch(won_by(FAILED, run.sleep()))
    winner = await run.race(payload, timeout)
    if winner == "hook":
        await run.step("handle")
    return str(winner)


async def one_payload(run: Replay) -> None:
    """A hook that is read once and disposed of; then something else is done."""
    hook = run.hook(disposable=True)
    await hook.receive()
    hook.dispose()
    await run.step("after")


async def payload_or_sleep(run: Replay) -> None:
    """A hook against a sleep; then the hook is disposed of, and something else is done."""
    hook = run.hook(disposable=True)
    payload = run.branch(won_by("hook", hook.receive()))
    timeout = run.branch(won_by("sleep", run.sleep()))
    await run.race(payload, timeout)
    hook.dispose()
    await run.step("after")


async def one_token(run: Replay) -> str:
    """Two payloads, each of a hook of its own, which is disposed of; the hooks have one token."""
    payload: object = None
    for _ in range(2):
        if payload != FAILED:
            hook = run.hook(disposable=True, token="token")
            payload = await hook.receive()
            hook.dispose()
    return str(payload)


async def rounds_of(run: Replay, rounds: int | None) -> None:
    """A loop of `hook_or_sleep` over one hook; None: without an end."""
    hook = run.hook()
    payload = run.branch(won_by("hook", hook.receive()))
    for _ in repeat(None) if rounds is None else range(rounds):
        timeout = run.branch(won_by("sleep", run.sleep()))
        winner = await run.race(payload, timeout)
        if winner == "hook":
            payload = run.branch(won_by("hook", hook.receive()))
        else:
            await run.all(run.sleep(), run.sleep())


async def stress(run: Replay) -> None:
    """PR 2113's stress test, two rounds of it."""
    await rounds_of(run, 2)


async def stress_3(run: Replay) -> None:
    """Three rounds."""
    await rounds_of(run, 3)


async def stress_8(run: Replay) -> None:
    """Eight rounds, as in the pull request."""
    await rounds_of(run, 8)


async def endless(run: Replay) -> None:
    """Rounds without an end."""
    await rounds_of(run, None)


SHAPES: dict[str, Workflow] = {
    shape.__name__: shape
    for shape in (
        hook_or_sleep,
        hook_or_timeout,
        hook_against_step,
        two_sleeps,
        three_sleeps,
        naps,
        uneven_branches,
        unread_payload,
        parallel_steps,
        two_hooks,
        loop,
        nested_races,
        charge_or_cancel,
        step_or_sleep,
        hook_or_deadline,
        one_payload,
        payload_or_sleep,
        stress,
        stress_3,
        one_token,
        remind_or_give_up,
    )
}

LONG: dict[str, Workflow] = {shape.__name__: shape for shape in (stress_8, endless)}
"""Functions whose logs are too many for `models.workflow.table`; `models.workflow.folded` has
them."""
