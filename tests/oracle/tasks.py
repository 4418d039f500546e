"""Random models of spawned tasks, JavaScript's loop and clocks, as source text.

What the generator writes is kept, with more ways to suspend and to call; then the loop is
made one of KJ, one of JavaScript, or an isolate nested in KJ.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st

from tests.oracle.generator import INT, Drawn, Seeded, Writer

IMPORTS = """
from ordercheck import spawn
from ordercheck.library import Chain, Clock, Joins, JsLoop, Spawned, Tasks, Timer
from ordercheck.library import all_of, any_of, race
"""

SETUP = """
        self.clock = Clock(longest=3{idle})
        self.timer = Timer(self.clock)
        self.calls = Tasks(3, optional(range(8)), on=self.loop)
        self.free_calls = Tasks(2, optional(range(8)))
        self.task: Spawned[int | None] | None = variable(optional(Spawned), None)
"""

PROMISES = {
    "promise": "Promise(self.loop, range(8))",
    "cell": "Cell(3)",
    "ill": "Promise(self.loop, range(8), failures=Oops | Late)",
    "chain": "Chain(self.loop, range(8), failures=Oops | Late)",
    "tail": "Chain(self.loop, range(8), failures=Oops | Late)",
    "joins": "Joins(self.loop, range(8), failures=Oops | Late, capacity=2, parts=4)",
    "both": "all_of(self.promise, self.ill)",
    "first": "race(self.ill, self.chain)",
    "any": "any_of(self.chain, self.ill)",
}
"""What is declared where it is used, in this order."""

NEEDS = {
    "both": ("promise", "ill"),
    "first": ("ill", "chain"),
    "any": ("chain", "ill"),
}

PARTS = ["self.promise", "self.ill", "self.chain", "self.tail"]

SETTLING = [
    "if not self.ill.is_settled():\n{}self.ill.fulfill(self.n)",
    "if not self.ill.is_settled():\n{}self.ill.reject(Oops(self.n))",
    "if not self.ill.is_settled():\n{}self.ill.reject(Late())",
    "if self.chain.target is None and not self.chain.is_settled():\n{}self.chain.follow(self.ill)",
    "if self.chain.target is None and not self.chain.is_settled():\n{}self.chain.follow(self.tail)",
    "if self.chain.target is None and not self.chain.is_settled():\n{}self.chain.reject(Oops(1))",
    "if self.tail.target is None and not self.tail.is_settled():\n{}self.tail.follow(self.promise)",
    "if self.tail.target is None and not self.tail.is_settled():\n{}self.tail.fulfill(3)",
]
"""Statements that settle what is awaited, or resolve it with something else."""

LOOPS = {
    "kj": "        self.loop = KjLoop()",
    "js": "        self.loop = JsLoop()",
    "nested": "        self.kj = KjLoop()\n        self.loop = JsLoop(host=self.kj)",
}

WORDS: dict[str, list[tuple[str, str]]] = {
    "kj": [
        (r"self\.loop\.(microtask|macrotask|immediate)\(\)", "self.loop.later()"),
        (r"self\.loop\.follow\(self\.promise\)", "self.promise"),
    ],
    "js": [
        (r"self\.loop\.(later|last)\(\)", "self.loop.macrotask()"),
        (r"async with self\.gate\.lock\(\)", "with self.cell"),
        (r"self\.fork\b", "self.promise"),
    ],
    "nested": [
        (r"self\.loop\.(later|last)\(\)", r"self.kj.\1()"),
        (r"(InputGate|Fork)\(self\.loop", r"\1(self.kj"),
    ],
}
"""What is called otherwise on each kind of loop."""


@dataclass
class TaskWriter(Writer):
    """Writes one program with tasks that are spawned."""

    kind: str = "kj"

    def program(self) -> str:
        """The whole text."""
        self.kind = self.pick(list(LOOPS))
        return super().program()

    def _name_tasks(self, families: list[bool]) -> None:
        if self.kind == "kj":  # JavaScript has no cancellation
            super()._name_tasks(families)

    def _spawned(self) -> str:
        """A spawn, into the pool of the loop or of free tasks."""
        jobs = [f"self.wait_for({self.expr(INT, 1)})", "self.hop()"]
        free = [f"self.slow({self.expr(INT, 1)})", "self.pause()"]
        if (self.suspends and not self.loop) or self.chance(4):
            return f"spawn(self.free_calls, {self.pick(free)})"
        return f"spawn(self.calls, {self.pick(jobs)})"

    def _call(self) -> None:
        if self.helping or not self.effects or self.in_loop or not self.chance(3):
            super()._call()
            return
        options = [
            self._spawned(),
            f"self.task = {self._spawned()}",
            "self.task = None",
            f"self.timer.set({1 + self.below(3)})",
            "self.timer.stop()",
            "self.n = 1 if self.timer.is_over() else self.n",
        ]
        options += [self.pick(SETTLING)] * 3
        for part in self.pick(options).replace("{}", "    ").split("\n"):
            self.line(part)

    def _await(self) -> None:
        if not self.chance(2):
            super()._await()
            return
        sleep = f"await self.clock.sleep({1 + self.below(3)})"
        if self.helping:
            options = ["await self.loop.settled()", sleep] if self.loop else [sleep]
            self.line(self.pick(options))
            return
        options = [f"self.opt = (await {self._spawned()} or 0) % 4", "await self.task", sleep]
        if self.loop:
            options += ["await self.loop.settled()", "await self.loop.microtask()"]
            options += ["await self.loop.macrotask()", "await self.loop.immediate()"]
            options += ["await self.loop.call(self.hop())"]
            options += [f"self.n = await self.loop.call(self.wait_for({self.small()}))"]
            options += ["self.n = await self.loop.follow(self.promise)"]
            options += [self._joined() for _ in range(4)]
        text = self.pick(options)
        if "settled" in text or "task()" in text or "sleep" in text or "immediate" in text:
            self.line(text)
            return
        with self.block("try:"):
            if "self.task" in text:
                with self.block("if self.task is not None:"):
                    self.line(text)
            else:
                self.line(text)
        with self.block("except (Oops, Late, Rejected):"):
            self.body(1)

    def _joined(self) -> str:
        """An await of a chain, or of promises that are put together."""
        one, two = self.pick(PARTS), self.pick(PARTS)
        how = self.pick(["race", "any_of"])
        return self.pick(
            [
                f"self.n = await {one}",
                f"await self.joins.all_of({one}, {two})",
                f"self.n = await self.joins.{how}({one}, {two})",
                "await self.both",
                "self.n = await self.first",
                "self.n = await self.any",
            ]
        )

    def _assembled(self) -> str:
        kind = self.kind
        text = super()._assembled()
        head, text = text.split("class Random(Model):")
        text = text.replace("\n        self.loop = KjLoop()", "")
        idle = ", idle=[self.loop]" if kind != "nested" and self.chance(3) else ""
        setup = LOOPS[kind] + SETUP.format(idle=idle).rstrip()
        text = text.replace("def setup(self) -> None:\n", f"def setup(self) -> None:\n{setup}\n", 1)
        for pattern, replacement in WORDS[kind]:
            text = re.sub(pattern, replacement, text)
        if kind == "nested":
            text = re.sub(r'on="loop"', lambda _: self.pick(['on="loop"', 'on="kj"']), text)
        # A substitution, too, may have come to name what was not declared.
        used = [name for name in PROMISES if re.search(rf"self\.{name}\b", text)]
        used += [need for name in used for need in NEEDS.get(name, ())]
        for name, value in PROMISES.items():
            text = text.replace(f"        self.{name} = {value}\n", "", 1)
        rows = [f"        self.{n} = {v}\n" for n, v in PROMISES.items() if n in used]
        lines = "".join(rows)
        text = text.replace(f"{setup}\n", f"{setup}\n{lines}", 1)
        head = head.replace("\n\nclass Color", f"{IMPORTS}\n\nclass Color", 1)
        return f"{head}class Random(Model):{text}"


@st.composite
def programs(draw: Callable[[st.SearchStrategy[int]], int]) -> str:
    """Random models."""
    return TaskWriter(Drawn(draw)).program()


def program(seed: int) -> str:
    """The random model of a seed."""
    return TaskWriter(Seeded(random.Random(seed))).program()
