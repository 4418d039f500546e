"""A bounded buffer in Java's style: one monitor, one wait set, `wait` and `notify`.

`notify` wakes any one thread that waits. With one wait set for producers and consumers
alike, it may wake one that has nothing to do, while the one that could go on sleeps:
in the end all do (tlaplus/Examples, and lemmy/BlockingQueue, which tells the story).
"""

from ordercheck import (
    Model,
    choose,
    holds,
    param,
    process,
    seq,
    set_of,
    until,
    variant,
    violates,
)


class BlockingQueue(Model):
    """The buffer, with the number of the thread that put each item, and the wait set."""

    producers: int = param(1, lo=1, hi=4)
    consumers: int = param(2, lo=1, hi=4)
    capacity: int = param(1, lo=1, hi=4, help="how many items the buffer holds")
    notify_other: bool = param(False, help="the fix: wake one of the other kind")
    variants = [
        variant("one producer, two consumers", expect=violates("deadlock")),
        variant("two producers", producers=2, consumers=1, expect=violates("deadlock")),
        variant("enough room", producers=1, consumers=1, expect=holds()),
        variant("fixed", producers=2, consumers=2, notify_other=True, expect=holds()),
    ]

    def setup(self) -> None:
        """The buffer is empty, nobody waits. Threads are numbered, producers first."""
        threads = range(self.producers + self.consumers)
        self.putters = threads[: self.producers]
        self.takers = threads[self.producers :]
        self.buffer = seq(self.putters, capacity=self.capacity)
        self.waiting = set_of(threads)

    @process(each=lambda self: self.putters)
    async def producer(self, me: int) -> None:
        """Puts its number into the buffer, again and again."""
        while True:
            await until(me not in self.waiting)
            if len(self.buffer) < self.capacity:
                self.buffer.append(me)
                self.notify(self.takers)
            else:
                self.waiting.add(me)

    @process(each=lambda self: self.takers)
    async def consumer(self, me: int) -> None:
        """Takes the oldest number, again and again."""
        while True:
            await until(me not in self.waiting)
            if self.buffer:
                self.buffer.popleft()
                self.notify(self.putters)
            else:
                self.waiting.add(me)

    def notify(self, others: range) -> None:
        """Wake one thread that waits, if there is one: any, or, with the fix, one of the others."""
        asleep = [t for t in self.waiting if t in others or not self.notify_other]
        if asleep:
            woken = choose(asleep)
            self.waiting.remove(woken)
