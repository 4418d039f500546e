"""Futures that a flag cancels: nested try and finally, exceptions out of coroutines."""

from ordercheck import (
    Component,
    Failure,
    Model,
    boolean,
    choose,
    invariant,
    optional,
    process,
    seq,
    step,
    until,
    variable,
)
from tests.models.references.explore import Reference, Thread


class Cancelled(Failure):
    pass


class Broke(Failure):
    code: int


class Future(Component):
    def __init__(self) -> None:
        self.value: int | None = variable(optional(range(3)), None)
        self.cancelled = boolean()

    @property
    def ready(self) -> bool:
        return self.value is not None or self.cancelled

    def set(self, value: int) -> None:
        if self.cancelled:
            raise Cancelled()
        assert self.value is None
        self.value = value

    async def get(self) -> int:
        await until(self.ready)
        if self.value is None:
            raise Cancelled()
        return self.value


class Futures(Model):
    def setup(self) -> None:
        self.futures = [Future(), Future()]
        self.log = seq(["got", "cancelled", "broke", "fin"], capacity=6)

    async def total(self) -> int:
        total = 0
        for future in self.futures:
            try:
                total += await future.get()
            finally:
                self.log.append("fin")
        if total == 3:
            raise Broke(total)
        return total

    @process
    async def consumer(self) -> None:
        try:
            try:
                t = await self.total()
                assert t != 3
                self.log.append("got")
            except Cancelled:
                self.log.append("cancelled")
                await step()
                raise Broke(1) from None
        except Broke as b:
            if b.code == 1:
                self.log.append("broke")

    @process(each=[0, 1])
    async def producer(self, k: int) -> None:
        v = choose([1, 2])
        await step()
        try:
            self.futures[k].set(v)
        except Cancelled:
            return

    @process
    async def canceller(self) -> None:
        await step()
        which = choose(self.futures)
        if not which.ready:
            which.cancelled = True

    @invariant
    def order(self) -> bool:
        return "broke" not in self.log or (
            self.log[-1] == "broke" and self.log.count("fin") in (1, 2)
        )


class Expected(Reference):
    invariants = ("order",)

    def setup(self) -> None:
        self.value: list[int | None] = [None, None]
        self.cancelled, self.log = [False, False], list[str]()

    def threads(self) -> list[Thread]:
        return [self.consumer(), self.producer(0), self.producer(1), self.canceller()]

    def consumer(self) -> Thread:
        yield ("new",)
        total = 0
        for k in range(2):
            yield "get", k, total, lambda k=k: self.value[k] is not None or self.cancelled[k]
            value = self.value[k]
            self.log.append("fin")
            if value is None:
                self.log.append("cancelled")
                yield ("cancelled",)
                self.log.append("broke")
                return
            total += value
        if total != 3:
            self.log.append("got")

    def producer(self, k: int) -> Thread:
        yield ("new",)
        value = self.choose((1, 2))
        yield "has", value
        if not self.cancelled[k]:
            self.value[k] = value

    def canceller(self) -> Thread:
        yield ("begun",)
        k = self.choose((0, 1))
        if self.value[k] is None:
            self.cancelled[k] = True

    def order(self) -> bool:
        return "broke" not in self.log or self.log[-1] == "broke"
