"""Small JavaScript programs, models of them, and the order in which node prints.

`printed` was observed with node 20; `tests/library/test_js_node.py` observes it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from ordercheck import Failure, Model, Range, process, spawn
from ordercheck.library import (
    Chain,
    Clock,
    Joins,
    JsLoop,
    Log,
    Promise,
    Rejected,
    Spawned,
    Tasks,
    all_of,
    race,
)

PRELUDE = """
const log = (n) => console.log(n);
const sleep = (n) => new Promise((go) => setTimeout(go, n * 20));
"""


class Oops(Failure):
    """What a program throws."""


class Program(Model):
    """What all the models have: a loop, room for async functions, and what is printed."""

    def setup(self) -> None:
        self.clock = Clock(longest=5, idle=())
        self.loop = JsLoop(clock=self.clock)
        self.clock.idle = (self.loop,)
        self.calls = Tasks(6, on=self.loop)
        self.numbers = Tasks(4, range(100), on=self.loop)
        self.printed = Log(range(100), capacity=20)
        self.given = Promise(self.loop, range(100))
        self.other = Promise(self.loop, range(100))

    async def nothing(self) -> None:
        """`async () => {}`."""

    async def hops(self, first: int) -> None:
        """Print three times, with an await of something settled between."""
        self.printed.append(first)
        await self.loop.settled()
        self.printed.append(first + 1)
        await self.loop.settled()
        self.printed.append(first + 2)


class Interleaved(Program):
    @process(on="loop")
    async def main(self) -> None:
        spawn(self.calls, self.hops(10))
        spawn(self.calls, self.hops(20))
        self.printed.append(0)


INTERLEAVED = """
const hops = async (n) => { log(n); await 0; log(n + 1); await 0; log(n + 2); };
hops(10); hops(20); log(0);
"""


class Awaiting(Program):
    """Awaiting the result of a call costs a microtask, whether the callee awaits or not."""

    @process(on="loop")
    async def main(self) -> None:
        spawn(self.calls, self.caller())
        spawn(self.calls, self.hops(20))

    async def caller(self) -> None:
        self.printed.append(1)
        await self.loop.call(self.nothing())
        self.printed.append(2)
        await self.loop.call(self.once())
        self.printed.append(3)

    async def once(self) -> None:
        await self.loop.settled()


AWAITING = """
const hops = async (n) => { log(n); await 0; log(n + 1); await 0; log(n + 2); await 0; };
const caller = async () => {
  log(1); await (async () => {})(); log(2); await (async () => { await 0; })(); log(3);
};
caller(); hops(20);
"""


class Ticks(Program):
    """How many microtasks lie between a call and what follows its await."""

    @process(on="loop")
    async def main(self) -> None:
        self.given.fulfill(7)
        spawn(self.calls, self.ticks(10))
        spawn(self.calls, self.awaits_value())
        spawn(self.calls, self.awaits_await())
        spawn(self.calls, self.awaits_promise())

    async def ticks(self, first: int) -> None:
        for k in range(6):
            self.printed.append(first + k)
            await self.loop.settled()

    async def awaits_value(self) -> None:
        await self.loop.call(self.value())
        self.printed.append(1)

    async def awaits_await(self) -> None:
        await self.loop.call(self.awaited())
        self.printed.append(2)

    async def awaits_promise(self) -> None:
        await self.loop.call(self.promised())
        self.printed.append(3)

    async def value(self) -> int:
        return 7

    async def awaited(self) -> int:
        return await self.given

    async def promised(self) -> int:
        return await self.loop.follow(self.given)


TICKS = """
const given = Promise.resolve(7);
(async () => { for (let k = 0; k < 6; k++) { log(10 + k); await 0; } })();
(async () => { await (async () => 7)(); log(1); })();
(async () => { await (async () => await given)(); log(2); })();
(async () => { await (async () => given)(); log(3); })();
"""


class Following(Program):
    """To resolve a promise with a promise takes two microtasks more."""

    @process(on="loop")
    async def main(self) -> None:
        self.given.fulfill(7)
        spawn(self.calls, self.resolve())
        spawn(self.calls, self.reader())
        spawn(self.calls, self.hops(20))

    async def resolve(self) -> None:
        self.other.fulfill(await self.loop.follow(self.given))

    async def reader(self) -> None:
        await self.other
        self.printed.append(1)


FOLLOWING = """
const given = Promise.resolve(7);
const other = new Promise((resolve) => resolve(given));
(async () => { await other; log(1); })();
(async () => { log(20); await 0; log(21); await 0; log(22); })();
"""


class Waiters(Program):
    """Those who wait for a promise go on in the order in which they came."""

    @process(on="loop")
    async def main(self) -> None:
        for k in range(3):
            spawn(self.calls, self.waiter(k))
        self.printed.append(50)
        self.given.fulfill(7)
        spawn(self.calls, self.waiter(3))
        self.printed.append(51)

    async def waiter(self, k: int) -> None:
        self.printed.append(k)
        await self.given
        self.printed.append(10 + k)


WAITERS = """
let settle; const given = new Promise((resolve) => { settle = resolve; });
const waiter = async (k) => { log(k); await given; log(10 + k); };
waiter(0); waiter(1); waiter(2); log(50); settle(7); waiter(3); log(51);
"""


class InTasks(Program):
    """Tasks come after all microtasks, and each is followed by its own."""

    @process(on="loop")
    async def main(self) -> None:
        spawn(self.calls, self.later(10))
        spawn(self.calls, self.later(20))
        spawn(self.calls, self.hops(30))
        self.printed.append(0)

    async def later(self, n: int) -> None:
        await self.loop.macrotask()
        self.printed.append(n)
        await self.loop.settled()
        self.printed.append(n + 1)


TASKS = """
const hops = async (n) => { log(n); await 0; log(n + 1); await 0; log(n + 2); };
const later = (n) => setTimeout(async () => { log(n); await 0; log(n + 1); }, 0);
later(10); later(20); hops(30); log(0);
"""


class Timers(Program):
    """Timers go off by their time; of two at once, the first that was set."""

    @process(on="loop")
    async def main(self) -> None:
        spawn(self.calls, self.after(3, 30))
        spawn(self.calls, self.after(1, 10))
        spawn(self.calls, self.after(3, 40))
        spawn(self.calls, self.after(2, 20))
        self.printed.append(0)

    async def after(self, units: int, n: int) -> None:
        await self.loop.sleep(units)
        self.printed.append(n)
        await self.loop.settled()
        self.printed.append(n + 1)


TIMERS = """
const after = async (units, n) => { await sleep(units); log(n); await 0; log(n + 1); };
after(3, 30); after(1, 10); after(3, 40); after(2, 20); log(0);
"""


class Restarted(Program):
    """A timer that is set by another counts from then on."""

    @process(on="loop")
    async def main(self) -> None:
        spawn(self.calls, self.twice())
        await self.loop.sleep(3)
        self.printed.append(3)

    async def twice(self) -> None:
        await self.loop.sleep(2)
        self.printed.append(2)
        await self.loop.sleep(2)
        self.printed.append(4)


RESTARTED = """
(async () => { await sleep(2); log(2); await sleep(2); log(4); })();
(async () => { await sleep(3); log(3); })();
"""


class Queued(Program):
    """queueMicrotask and reactions to promises share one queue."""

    @process(on="loop")
    async def main(self) -> None:
        spawn(self.calls, self.queued(1))
        spawn(self.calls, self.hops(20))
        spawn(self.calls, self.queued(2))
        self.printed.append(0)

    async def queued(self, n: int) -> None:
        await self.loop.microtask()
        self.printed.append(n)


QUEUED = """
const hops = async (n) => { log(n); await 0; log(n + 1); await 0; log(n + 2); };
queueMicrotask(() => log(1)); hops(20); queueMicrotask(() => log(2)); log(0);
"""


class Throwing(Program):
    """What an async function throws is thrown where it is awaited, a microtask later."""

    @process(on="loop")
    async def main(self) -> None:
        task = spawn(self.numbers, self.throws())
        spawn(self.calls, self.catches(task))
        spawn(self.calls, self.direct())
        spawn(self.calls, self.hops(20))

    async def throws(self) -> int:
        await self.loop.settled()
        raise Oops()

    async def catches(self, task: Spawned[int]) -> None:
        try:
            await task
        except Oops:
            self.printed.append(1)

    async def direct(self) -> None:
        try:
            await self.loop.call(self.throws())
        except Oops:
            self.printed.append(2)


THROWING = """
const hops = async (n) => { log(n); await 0; log(n + 1); await 0; log(n + 2); };
const throws = async () => { await 0; throw Error(); };
const task = throws();
(async () => { try { await task; } catch { log(1); } })();
(async () => { try { await throws(); } catch { log(2); } })();
hops(20);
"""


class Rejecting(Program):
    """A promise that is rejected tells those who wait as one that is fulfilled does."""

    @process(on="loop")
    async def main(self) -> None:
        spawn(self.calls, self.catches(1))
        spawn(self.calls, self.catches(2))
        spawn(self.calls, self.hops(20))
        self.given.reject()

    async def catches(self, n: int) -> None:
        try:
            await self.given
        except Rejected:
            self.printed.append(n)


REJECTING = """
let drop; const given = new Promise((_, reject) => { drop = reject; });
const catches = async (n) => { try { await given; } catch { log(n); } };
const hops = async (n) => { log(n); await 0; log(n + 1); await 0; log(n + 2); };
catches(1); catches(2); hops(20); drop();
"""


class Chained(Program):
    """`.then` chains and awaits take turns, one microtask each."""

    @process(on="loop")
    async def main(self) -> None:
        self.given.fulfill(7)
        one = spawn(self.numbers, self.then_given(1))
        two = spawn(self.numbers, self.then(one, 2))
        spawn(self.numbers, self.then(two, 3))
        spawn(self.calls, self.hops(20))

    async def then_given(self, n: int) -> int:
        await self.given
        self.printed.append(n)
        return n

    async def then(self, before: Spawned[int], n: int) -> int:
        await before
        self.printed.append(n)
        return n


CHAINED = """
const hops = async (n) => { log(n); await 0; log(n + 1); await 0; log(n + 2); };
Promise.resolve(7).then(() => log(1)).then(() => log(2)).then(() => log(3));
hops(20);
"""


class Nested(Program):
    """A microtask that queues others: all of them run before the next task."""

    @process(on="loop")
    async def main(self) -> None:
        spawn(self.calls, self.later())
        spawn(self.calls, self.deep(4))

    async def later(self) -> None:
        await self.loop.macrotask()
        self.printed.append(50)

    async def deep(self, levels: int) -> None:
        self.printed.append(levels)
        if levels > 0:
            await self.loop.settled()
            spawn(self.calls, self.deep(levels - 1))


NESTED = """
const deep = async (n) => { log(n); if (n > 0) { await 0; deep(n - 1); } };
setTimeout(() => log(50), 0); deep(4);
"""


class Reason(Failure):
    """What a program rejects with."""

    code: Annotated[int, Range(0, 99)]


HOPS = """
const hops = async (n) => { for (let k = 0; k < 6; k++) { log(n + k); await 0; } };
const deferred = () => {
  let resolve, reject;
  const promise = new Promise((yes, no) => { resolve = yes; reject = no; });
  return { promise, resolve, reject };
};
const told = async (promise, n) => {
  try { log(n + ((await promise) ?? 0)); } catch (error) { log(n + (error.code ?? 9)); }
};
const all_told = async (promise, n) => {
  try { await promise; log(n); } catch (error) { log(n + (error.code ?? 9)); }
};
const reason = (code) => Object.assign(Error(), { code });
const a = deferred(), b = deferred(), c = deferred();
"""


class Combined(Program):
    """What programs with promises made of promises have; `hops` counts microtasks."""

    def setup(self) -> None:
        super().setup()
        self.a = Promise(self.loop, range(10), failures=Reason)
        self.b = Promise(self.loop, range(10), failures=Reason)
        self.c = Promise(self.loop, range(10), failures=Reason)
        self.joins = Joins(self.loop, range(10), failures=Reason, capacity=2, parts=6)

    async def many_hops(self, first: int) -> None:
        for k in range(6):
            self.printed.append(first + k)
            await self.loop.settled()

    async def told(self, promise: Promise[int], first: int) -> None:
        try:
            self.printed.append(first + await promise)
        except Reason as reason:
            self.printed.append(first + reason.code)
        except Rejected:
            self.printed.append(first + 9)

    async def all_told(self, promise: Promise[Any], first: int) -> None:
        try:
            await promise
            self.printed.append(first)
        except Reason as reason:
            self.printed.append(first + reason.code)


class AllPending(Combined):
    """Promise.all() of what settles later: a microtask for the part, and one for who waits."""

    @process(on="loop")
    async def main(self) -> None:
        spawn(self.calls, self.all_told(self.joins.all_of(self.a, self.b), 60))
        spawn(self.calls, self.told(self.b, 50))
        spawn(self.calls, self.many_hops(20))
        self.b.fulfill(2)
        self.a.fulfill(1)


ALL_PENDING = """
all_told(Promise.all([a.promise, b.promise]), 60);
told(b.promise, 50); hops(20); b.resolve(2); a.resolve(1);
"""


class AllSettled(Combined):
    """Promise.all() of what has settled already, and of what settles in the end."""

    @process(on="loop")
    async def main(self) -> None:
        self.a.fulfill(1)
        self.b.fulfill(2)
        spawn(self.calls, self.many_hops(20))
        spawn(self.calls, self.all_told(self.joins.all_of(self.a, self.b), 60))
        spawn(self.calls, self.all_told(self.joins.all_of(self.a, self.b, self.c), 70))
        await self.loop.settled()
        self.c.fulfill(3)


ALL_SETTLED = """
a.resolve(1); b.resolve(2); hops(20);
all_told(Promise.all([a.promise, b.promise]), 60);
all_told(Promise.all([a.promise, b.promise, c.promise]), 70);
(async () => { await 0; c.resolve(3); })();
"""


class AllRejected(Combined):
    """Promise.all() is rejected as soon as one part is, whatever the others do."""

    @process(on="loop")
    async def main(self) -> None:
        spawn(self.calls, self.all_told(self.joins.all_of(self.a, self.b, self.c), 60))
        spawn(self.calls, self.told(self.c, 50))
        spawn(self.calls, self.many_hops(20))
        self.c.reject(Reason(3))
        self.b.reject(Reason(2))


ALL_REJECTED = """
all_told(Promise.all([a.promise, b.promise, c.promise]), 60);
told(c.promise, 50); hops(20); c.reject(reason(3)); b.reject(reason(2));
"""


class Racing(Combined):
    """Promise.race(): the first of several in one turn; one that has settled before."""

    @process(on="loop")
    async def main(self) -> None:
        spawn(self.calls, self.many_hops(20))
        spawn(self.calls, self.told(self.joins.race(self.a, self.b), 60))
        self.b.fulfill(2)
        self.a.reject(Reason(1))
        spawn(self.calls, self.told(self.joins.race(self.c, self.a), 70))


RACING = """
hops(20); told(Promise.race([a.promise, b.promise]), 60);
b.resolve(2); a.reject(reason(1));
told(Promise.race([c.promise, a.promise]), 70);
"""


class FirstFulfilled(Combined):
    """Promise.any(): the first that is fulfilled; rejected when all are."""

    @process(on="loop")
    async def main(self) -> None:
        spawn(self.calls, self.many_hops(20))
        spawn(self.calls, self.told(self.joins.any_of(self.a, self.b), 60))
        spawn(self.calls, self.told(self.joins.any_of(self.b, self.c), 70))
        self.b.reject(Reason(2))
        await self.loop.settled()
        self.a.fulfill(1)
        self.c.reject(Reason(3))


FIRST_FULFILLED = """
hops(20);
told(Promise.any([a.promise, b.promise]), 60); told(Promise.any([b.promise, c.promise]), 70);
b.reject(reason(2)); (async () => { await 0; a.resolve(1); c.reject(reason(3)); })();
"""


class AllOfCalls(Combined):
    """Promise.all() of async functions, of which one throws what it has been given."""

    @process(on="loop")
    async def main(self) -> None:
        one = spawn(self.numbers, self.number(1))
        two = spawn(self.numbers, self.passes_on())
        spawn(self.calls, self.all_told(self.joins.all_of(one, two), 60))
        spawn(self.calls, self.told(self.joins.race(two, one), 70))
        spawn(self.calls, self.many_hops(20))
        self.a.reject(Reason(4))

    async def number(self, n: int) -> int:
        for _ in range(n):
            await self.loop.settled()
        return n

    async def passes_on(self) -> int:
        return await self.a


ALL_OF_CALLS = """
const number = async (n) => { for (let k = 0; k < n; k++) await 0; return n; };
const one = number(1), two = (async () => await a.promise)();
all_told(Promise.all([one, two]), 60); told(Promise.race([two, one]), 70);
hops(20); a.reject(reason(4));
"""


class InSetUp(Combined):
    """What is put together before anything runs has its reactions first."""

    def setup(self) -> None:
        super().setup()
        self.all = all_of(self.a, self.b)
        self.first = race(self.b, self.c)

    @process(on="loop")
    async def main(self) -> None:
        spawn(self.calls, self.told(self.b, 50))
        spawn(self.calls, self.all_told(self.all, 60))
        spawn(self.calls, self.told(self.first, 70))
        spawn(self.calls, self.many_hops(20))
        self.c.reject(Reason(3))
        self.b.fulfill(2)
        self.a.fulfill(1)


IN_SET_UP = """
const all = Promise.all([a.promise, b.promise]), first = Promise.race([b.promise, c.promise]);
told(b.promise, 50); all_told(all, 60); told(first, 70); hops(20);
c.reject(reason(3)); b.resolve(2); a.resolve(1);
"""


class Chains(Combined):
    """resolve(promise): pending, settled, rejected, and two of them in a row."""

    def setup(self) -> None:
        super().setup()
        self.one = Chain(self.loop, range(10), failures=Reason)
        self.two = Chain(self.loop, range(10), failures=Reason)
        self.three = Chain(self.loop, range(10), failures=Reason)

    @process(on="loop")
    async def main(self) -> None:
        spawn(self.calls, self.told(self.one, 60))
        spawn(self.calls, self.told(self.two, 70))
        spawn(self.calls, self.told(self.three, 80))
        spawn(self.calls, self.many_hops(20))
        self.one.follow(self.two)
        self.two.follow(self.a)
        self.b.reject(Reason(3))
        self.three.follow(self.b)
        self.a.fulfill(1)


CHAINS = """
const one = deferred(), two = deferred(), three = deferred();
told(one.promise, 60); told(two.promise, 70); told(three.promise, 80); hops(20);
one.resolve(two.promise); two.resolve(a.promise); b.reject(reason(3));
three.resolve(b.promise); a.resolve(1);
"""


@dataclass(frozen=True)
class Case:
    """A program, a model of it, and what it prints."""

    model: type[Program]
    source: str
    printed: tuple[int, ...]


CASES = (
    Case(Interleaved, INTERLEAVED, (10, 20, 0, 11, 21, 12, 22)),
    Case(Awaiting, AWAITING, (1, 20, 2, 21, 22, 3)),
    Case(Ticks, TICKS, (10, 11, 1, 12, 2, 13, 3, 14, 15)),
    Case(Following, FOLLOWING, (20, 21, 22, 1)),
    Case(Waiters, WAITERS, (0, 1, 2, 50, 3, 51, 10, 11, 12, 13)),
    Case(InTasks, TASKS, (30, 0, 31, 32, 10, 11, 20, 21)),
    Case(Timers, TIMERS, (0, 10, 11, 20, 21, 30, 31, 40, 41)),
    Case(Restarted, RESTARTED, (2, 3, 4)),
    Case(Queued, QUEUED, (20, 0, 1, 21, 2, 22)),
    Case(Throwing, THROWING, (20, 21, 1, 2, 22)),
    Case(Rejecting, REJECTING, (20, 21, 1, 2, 22)),
    Case(Chained, CHAINED, (20, 1, 21, 2, 22, 3)),
    Case(Nested, NESTED, (4, 3, 2, 1, 0, 50)),
    Case(AllPending, HOPS + ALL_PENDING, (20, 21, 52, 22, 60, 23, 24, 25)),
    Case(AllSettled, HOPS + ALL_SETTLED, (20, 21, 22, 60, 23, 70, 24, 25)),
    Case(AllRejected, HOPS + ALL_REJECTED, (20, 21, 53, 22, 63, 23, 24, 25)),
    Case(Racing, HOPS + RACING, (20, 21, 22, 62, 71, 23, 24, 25)),
    Case(FirstFulfilled, HOPS + FIRST_FULFILLED, (20, 21, 22, 23, 61, 79, 24, 25)),
    Case(AllOfCalls, HOPS + ALL_OF_CALLS, (20, 21, 22, 71, 23, 64, 24, 25)),
    Case(InSetUp, HOPS + IN_SET_UP, (20, 21, 52, 22, 73, 60, 23, 24, 25)),
    Case(Chains, HOPS + CHAINS, (20, 21, 22, 23, 71, 83, 24, 61, 25)),
)
