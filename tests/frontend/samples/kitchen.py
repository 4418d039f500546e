"""A bit of everything, for mutants to be made of."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from itertools import combinations
from typing import Annotated, Protocol

from ordercheck import (
    Array,
    Component,
    Model,
    Range,
    Seq,
    Spec,
    action,
    array,
    bag_of,
    boolean,
    choose,
    constraint,
    current,
    ghost,
    holds,
    implies,
    integer,
    invariant,
    map_of,
    optional,
    param,
    pool,
    process,
    reachable,
    require,
    seq,
    set_of,
    step,
    step_invariant,
    struct,
    terminal,
    until,
    variable,
    variant,
)
from ordercheck.language import Failure
from ordercheck.library import KjLoop, Log, Promise, Rejected


class Dish(Enum):
    SOUP = 1
    CAKE = 2


@struct
class Order:
    guest: Annotated[int, Range(0, 2)]
    dish: Dish
    urgent: bool = False

    def first(self) -> bool:
        return self.urgent or self.guest == 0


@struct
class Bill:
    guest: Annotated[int, Range(0, 2)]
    sum: Annotated[int, Range(0, 9)] = 0


class Burnt(Failure):
    dish: Dish


class Stove(Component):
    def __init__(self, plates: int) -> None:
        self.plates = plates
        self.used = integer(0, lo=0, hi=plates)

    def __enter__(self) -> None:
        require(self.used < self.plates)
        self.used += 1

    def __exit__(self, *_: object) -> None:
        self.used -= 1

    @property
    def full(self) -> bool:
        return self.used == self.plates


class Table(Component):
    def __init__(self) -> None:
        self.guest = integer(0, lo=0, hi=2)


class Needs(Protocol):
    served: Seq[int]
    paid: Array[bool]


class Fair(Spec[Needs]):
    @invariant
    def nobody_twice(self, model: Needs) -> bool:
        return all(model.served.count(g) <= 1 for g in model.served)


class Kitchen(Model):
    guests: int = param(2, lo=1, hi=3)
    mode: str = param("fifo", choices=["fifo", "lifo"])
    specs = [Fair]
    variants = [variant("one", guests=1, expect=holds()), variant("stack", mode="lifo")]

    def setup(self) -> None:
        self.loop = KjLoop()
        self.stove = Stove(1)
        self.ready = Promise(self.loop, list(Dish))
        self.orders = seq(Order, capacity=self.guests)
        self.served = seq(range(3), capacity=3)
        self.paid = array(bool, 3, False)
        self.hungry = set_of(range(3), range(self.guests))
        self.place = map_of(range(3), Dish)
        self.coins = bag_of(range(1, 3), capacity=3)
        self.tables = pool(Table, capacity=2)
        self.last: Order | None = variable(optional(Order), None)
        self.post: Order | Bill = variable(Order | Bill, Bill(0))
        self.taste = choose(list(Dish))
        self.history = ghost(integer(0, lo=0, hi=9))
        self.open = boolean(True)
        self.log = Log(range(3), capacity=3)
        self.grid = [array(range(3), 2, 0) for _ in range(2)]

    def rank(self, order: Order) -> int:
        return order.guest if self.mode == "fifo" else -order.guest

    async def cook(self, dish: Dish) -> int:
        await step()
        if dish is Dish.CAKE and self.stove.full:
            raise Burnt(dish)
        return dish.value

    @action(each=lambda self: [(g, d) for g in range(self.guests) for d in Dish])
    def ask(self, guest: int, dish: Dish) -> None:
        require(guest in self.hungry and self.open)
        self.hungry.discard(guest)
        self.orders.append(Order(guest, dish, urgent=choose([True, False], name="urgent")))
        self.orders[-1] = replace(self.orders[-1], urgent=dish == Dish.CAKE)

    @process(each=range(2))
    async def cook_orders(self, me: int) -> None:
        while True:
            await until(len(self.orders) > 0)
            order = min(self.orders, key=lambda o: self.rank(o))
            self.orders.remove(order)
            self.last = order
            try:
                with self.stove:
                    taken = await self.cook(order.dish)
            except Burnt as burnt:
                self.place[order.guest] = burnt.dish
                continue
            finally:
                self.grid[me][0] = 1
            match order:
                case Order(guest, Dish.SOUP, urgent=True) | Order(guest, Dish.SOUP):
                    self.post = Bill(guest, taken)
                case Order(guest=guest) if guest > 0:
                    self.post = order
                case _:
                    pass
            self.served.append(order.guest)
            self.history += 1
            if me in self.place and self.place.get(me) is not None:
                del self.place[me]

    @process(on="loop")
    async def waiter(self) -> None:
        try:
            dish = await self.ready
        except Rejected:
            return
        for k in range(2):
            await self.loop.later()
            self.log.append(k)
        assert dish in (Dish.SOUP, Dish.CAKE), f"{dish}"

    @process(on="loop", daemon=True)
    async def manager(self) -> None:
        me = current()
        if self.taste == Dish.SOUP:
            self.ready.fulfill(Dish.SOUP)
        else:
            self.ready.reject()
        assert me is not None

    @action
    def pay(self) -> None:
        waiting = sorted({g for g in self.served if not self.paid[g]}, reverse=True)
        require(waiting)
        guest = choose(waiting)
        self.paid[guest] = True
        change: dict[int, int] = {}
        change[1] = 1
        for value, count in change.items():
            if len(self.coins) < 3 and count:
                self.coins.add(value)

    @action
    def close(self) -> None:
        require(self.open and not self.hungry)
        self.open = False
        table = self.tables.new()
        table.guest = 1
        total = sum(x for x in (1, 2, 3) if x % 2) + max([1, 2], default=0)
        pairs = [a + b for a, b in zip(range(3), reversed(range(3)), strict=True)]
        assert total > 0
        assert any(p == 2 for p in pairs)

    @invariant
    def paid_only_if_served(self) -> bool:
        return all(implies(self.paid[g], g in self.served) for g in range(3))

    @invariant
    def apart(self) -> bool:
        for a, b in combinations(range(len(self.orders)), 2):
            if self.orders[a].guest == self.orders[b].guest:
                return False
        return self.last is None or self.last.guest < 3

    @step_invariant
    def never_forgets(self, before: Kitchen) -> bool:
        return len(self.served) >= len(before.served)

    @reachable
    def all_served(self) -> bool:
        return len(self.served) == self.guests

    @constraint
    def short(self) -> bool:
        return len(self.served) <= 3

    @terminal
    def done(self) -> bool:
        return not self.open and all(self.paid[:2])
