"""MSI cache coherence by an atomic bus, product of components and operations."""

from collections.abc import Callable
from enum import Enum, auto
from functools import partial
from itertools import product

from ordercheck import (
    Component,
    Model,
    action,
    choose,
    integer,
    invariant,
    param,
    require,
    variable,
)
from tests.models.references.explore import Reference


class St(Enum):
    M = auto()
    S = auto()
    INVALID = auto()


class Op(Enum):
    READ = "r"
    WRITE = "w"
    EVICT = "e"


class Cache(Component):
    def __init__(self, name: int) -> None:
        self.name = name
        self.state = variable(St, St.INVALID)
        self.data = integer(0, lo=0, hi=2)

    @property
    def valid(self) -> bool:
        return self.state != St.INVALID

    def snoop(self, op: Op, memory: "Memory") -> None:
        if self.state == St.M:
            memory.flush(self.data)
        if op == Op.WRITE:
            self.drop()
        elif self.state == St.M:
            self.state = St.S

    def drop(self) -> None:
        self.state = St.INVALID
        self.data = 0


class Memory(Component):
    def __init__(self) -> None:
        self.data = integer(0, lo=0, hi=2)

    def flush(self, data: int) -> None:
        self.data = data


class Msi(Model):
    n: int = param(2, lo=1, hi=4)

    def setup(self) -> None:
        self.memory = Memory()
        self.caches = [Cache(i) for i in range(self.n)]
        self.latest = integer(0, lo=0, hi=2)

    @action(each=lambda self: product(self.caches, Op))
    def bus(self, me: Cache, op: Op) -> None:
        if op == Op.EVICT:
            require(me.valid)
            if me.state == St.M:
                self.memory.flush(me.data)
            me.drop()
            return
        for c in self.caches:
            if c is not me:
                c.snoop(op, self.memory)
        match op:
            case Op.READ:
                if not me.valid:
                    me.state, me.data = St.S, self.memory.data
            case Op.WRITE:
                v = choose(range(3))
                me.state = St.M
                me.data = self.latest = v

    @invariant
    def single_writer(self) -> bool:
        writers = [c for c in self.caches if c.state == St.M]
        return not writers or (len(writers) == 1 and sum(c.valid for c in self.caches) == 1)

    @invariant
    def coherent(self) -> bool:
        return all(c.data == self.latest for c in self.caches if c.valid)


class Expected(Reference):
    invariants = ("single_writer", "coherent")

    def setup(self) -> None:
        self.memory = self.latest = 0
        self.state, self.data = ["I", "I"], [0, 0]

    def actions(self) -> list[Callable[[], None]]:
        kinds = (self.read, self.write, self.evict)
        return [partial(kind, me) for me in range(2) for kind in kinds]

    def read(self, me: int) -> None:
        o = 1 - me
        if self.state[o] == "M":
            self.memory, self.state[o] = self.data[o], "S"
        if self.state[me] == "I":
            self.state[me], self.data[me] = "S", self.memory

    def write(self, me: int) -> None:
        o = 1 - me
        if self.state[o] == "M":
            self.memory = self.data[o]
        self.state[o], self.data[o] = "I", 0
        self.data[me] = self.latest = self.choose(range(3))
        self.state[me] = "M"

    def evict(self, me: int) -> None:
        self.require(self.state[me] != "I")
        if self.state[me] == "M":
            self.memory = self.data[me]
        self.state[me], self.data[me] = "I", 0

    def single_writer(self) -> bool:
        return "M" not in self.state or "I" in self.state

    def coherent(self) -> bool:
        return all(s == "I" or d == self.latest for s, d in zip(self.state, self.data, strict=True))
