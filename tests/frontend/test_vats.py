"""What one vat may do to another: send messages, and nothing else."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

import pytest

from ordercheck import Component, Model, Outcome, choose, integer, process
from ordercheck.checking import Options, check
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.transition import ModelError
from ordercheck.frontend import compile_model, load_models
from ordercheck.ir.span import BadInput
from ordercheck.library import KjLoop

MODEL = """
from typing import Annotated
from ordercheck import *
from ordercheck.library import *


class Store(Component):
    def __init__(self) -> None:
        self.kept = integer(0, lo=0, hi=3)

    def keep(self, value: int) -> None:
        self.kept = value


class Server(Component):
    def __init__(self, loop: KjLoop | None = None) -> None:
        self.loop = KjLoop() if loop is None else loop
        self.store = Store()
        self.n = integer(0, lo=0, hi=3)
        self.queue = seq(range(4), capacity=3)
        self.cells = array(range(4), 2, 0)
        self.known = set_of(range(4))
        self.gate = InputGate(self.loop, sections=1)
        self.fork = Fork(self.loop)
        self.inbox = Channel(range(4), capacity=2)
        self.calls = Tasks(2, range(4), on=self.loop)
        self.answer = Promise(self.loop, range(4))
        self.parts = pool(Store, capacity=1)

    @property
    def twice(self) -> int:
        return 2 * self.n

    def bump(self) -> int:
        self.n = (self.n + 1) % 4
        return self.n

    async def slow(self) -> int:
        await self.loop.later()
        return self.bump()

    @process(on="loop", daemon=True)
    async def main(self) -> None:
        async with self.gate.lock():
            self.store.keep(await self.inbox.receive())
        self.queue.append(self.n)


class Twin(Server):
    def bump(self) -> int:
        return self.n


class Bridge(Component):
    between_vats = True

    def __init__(self, server: Server) -> None:
        self.server = server

    def send(self) -> None:
        self.server.bump()


@struct
class Held:
    server: Server


def reach(server: Server) -> None:
    server.n = 1  # E101


class M(Model):
    deadlock = False

    def setup(self) -> None:
        self.loop = KjLoop()
        self.js = JsLoop(host=self.loop)
        self.server = Server()
        self.twin = Twin()
        self.own = Server(self.loop)
        self.bridge = Bridge(self.server)
        self.calls = Tasks(1, range(4), on=self.loop)
        self.held = variable(Held, Held(self.server))
        self.queue = self.server.queue
        self.queues = [self.server.queue, self.own.queue]
        self.n = integer(0, lo=0, hi=1)
        self.log = Log(range(4), capacity=9)

    def helper(self) -> int:
        return self.server.bump()  # E101

    def passed_on(self, server: Server) -> int:
        return server.bump()  # E101

    @process(on="{loop}")
    async def client(self) -> None:
        await loop_of(current()).settled()
{body}
"""


def write(tmp_path: Path, *statements: str, loop: str = "loop") -> Path:
    (tmp_path / "pyproject.toml").touch()
    body = "\n".join(f"        {line}" for each in statements for line in each.split("\n"))
    path = tmp_path / "m.py"
    path.write_text(MODEL.replace("{loop}", loop).replace("{body}", body), encoding="utf-8")
    return path


def refused(path: Path) -> list[tuple[str, str]]:
    """The codes of a model's diagnostics, and the lines at which they stand."""
    (model,) = load_models(str(path))
    lines = path.read_text(encoding="utf-8").splitlines()
    try:
        compile_model(model, {})
    except BadInput as bad:
        return [(each.code, lines[each.span.line - 1].strip()) for each in bad.diagnostics]
    return []


REFUSED = (
    "self.server.bump()  # E101",
    "self.server.n = 2  # E101",
    "self.server.n += 1  # E101",
    "self.log.append(self.server.n)  # E101",
    "self.log.append(self.server.twice)  # E101",
    "self.server.store.keep(1)  # E101",
    "self.server.queue.append(1)  # E101",
    "self.server.queue += [1]  # E101",
    "del self.server.queue[0]  # E101",
    "self.server.cells[0] = 1  # E101",
    "self.server.cells[1] += 1  # E101",
    "self.server.known.add(1)  # E101",
    "if self.server.queue:  # E101\n    pass",
    "if 1 in self.server.known:  # E101\n    pass",
    "if any(cell > 1 for cell in self.server.cells):  # E101\n    pass",
    "for item in self.server.queue:  # E101\n    self.log.append(item)",
    "self.log.append(len(self.server.queue))  # E101",
    "self.server.parts.new()  # E101",
    # by another way
    "self.helper()",
    "self.passed_on(self.server)",
    "reach(self.server)",
    "self.queue.append(1)  # E101",
    "place = self.server.queue\nplace.append(1)  # E101",
    "serve = self.server.bump\nserve()  # E101",
    "server = choose([self.server, self.twin])\nserver.n = 1  # E101",
    "for server in (self.server, self.twin):\n    server.n = 0  # E101",
    "(lambda server: server.bump())(self.server)  # E101",
    "Server.bump(self.server)  # E101",
    "spawn(self.calls, self.server.slow())  # E101",
    # what belongs to its loop
    "await self.server.slow()  # E101",
    "await self.server.loop.later()  # E101",
    "async with self.server.gate.lock():  # E101\n    pass",
    "self.server.gate.reserve()  # E101",
    "await self.server.fork  # E101",
    "self.server.loop.arm_last(current())  # E101",
    # tasks
    "resume(task_of(self.server.main))  # E101",
    "restart(task_of(self.server.main))  # E101",
    "cancel(task_of(self.server.main))  # E101",
)

ALLOWED = (
    "await self.server.inbox.send(1)",
    "self.server.inbox.offer(1)",
    "self.log.append(len(self.server.inbox))",
    "self.server.answer.fulfill(2)",
    "self.server.answer.reject()",
    "await self.server.answer",
    "self.server.loop.wake(task_of(self.server.main))",
    "spawn(self.server.calls, self.server.slow())",
    "self.log.append(await spawn(self.server.calls, self.server.slow()))",
    "self.bridge.send()",
    "self.held = Held(self.twin)",
    "self.log.append(1 if self.held.server is self.server else 0)",
    # one's own
    "self.own.bump()",
    "self.own.queue.append(self.own.n)",
    "async with self.own.gate.lock():\n    self.own.store.keep(1)",
    "self.log.append(await self.own.slow())",
    "self.own.parts.new()",
    "cancel(task_of(self.own.main))",
    "lock = await self.own.gate.lock()\nsection = lock.start_critical_section()\n"
    "with section:\n    async with section.lock():\n        self.n = 1\n    section.succeeded()",
    # of nobody
    "self.log.append(self.n)",
)


@pytest.mark.parametrize("loop", ["loop", "js"])
def test_what_reaches_into_another_vat_is_refused(loop: str, tmp_path: Path) -> None:
    path = write(tmp_path, *REFUSED, loop=loop)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert refused(path) == [("E101", line.strip()) for line in lines if "# E101" in line]


def test_messages_and_what_is_one_s_own_are_not_refused(tmp_path: Path) -> None:
    assert refused(write(tmp_path, *ALLOWED)) == []


def test_free_processes_and_actions_are_in_no_vat(tmp_path: Path) -> None:
    path = write(tmp_path, "pass")
    text = path.read_text(encoding="utf-8")
    text += """
    @action
    def outside(self) -> None:
        self.server.bump()
        self.own.bump()

    @process
    async def free(self) -> None:
        await step()
        self.server.bump()
        self.own.bump()
"""
    path.write_text(text, encoding="utf-8")
    assert refused(path) == []


def test_with_one_vat_nothing_is_asked(tmp_path: Path) -> None:
    path = write(tmp_path, "self.server.bump()")
    text = path.read_text(encoding="utf-8")
    for name in ("self.server = Server", "self.twin = Twin"):
        text = text.replace(f"{name}()", f"{name}(self.loop)")
    path.write_text(text, encoding="utf-8")
    assert refused(path) == []


MIXED = (
    "choose([self.server, self.own]).bump()",
    "choose([self.own, self.twin]).bump()",
    "choose([self.own, self.twin]).n = 1",
    "self.log.append(choose([self.own, self.twin]).n)",
    "self.log.append(choose([self.own, self.twin]).twice)",
    "self.held.server.bump()",
    "self.queues[choose([0, 1])].clear()",
    "self.log.append(await choose([self.own, self.twin]).slow())",
    "async with choose([self.own, self.twin]).gate.lock():\n    pass",
    "cancel(choose([task_of(self.own.main), task_of(self.twin.main)]))",
)


def test_where_the_state_says_which_it_is_a_model_error(tmp_path: Path) -> None:
    ways = [f"if way == {k}:\n" + indent(each, "    ") for k, each in enumerate(MIXED)]
    path = write(tmp_path, f"way = choose(range({len(MIXED)}))", *ways)
    (model,) = load_models(str(path))
    machine = Machine(compile_model(model, {}))
    found: set[tuple[str, int]] = set()
    states = [each.target for each in machine.initial()]
    for _ in range(4):
        reached = [each.target for state in states for each in machine.expand(state)]
        found |= {(e.kind, e.span.line) for e in reached if isinstance(e, ModelError)}
        states = list(dict.fromkeys(s for s in reached if not isinstance(s, ModelError)))
    lines = path.read_text(encoding="utf-8").splitlines()
    first = [each.split("\n")[0] for each in MIXED]
    expected = {("vat", k + 1) for k, line in enumerate(lines) if line.strip() in first}
    assert len(expected) == len(MIXED)
    assert found == expected


class Part(Component):
    def __init__(self, loop: KjLoop) -> None:
        self.loop = loop
        self.n = integer(0, lo=0, hi=1)


class Two(Model):
    def setup(self) -> None:
        self.one, self.two = KjLoop(), KjLoop()
        self.parts = [Part(self.one), Part(self.two)]

    @process(on="one")
    async def go(self) -> None:
        choose(self.parts).n = 1


@pytest.mark.parametrize("engine", ["native", "z3"])
def test_engines_agree(engine: str) -> None:
    verdict = check(compile_model(Two, {}), Options(engine=engine, max_depth=4))
    assert [each.name for each in verdict.violations] == ["vat"]


def test_a_lock_of_one_s_own_gate_is_told_from_another_s(tmp_path: Path) -> None:
    # Lock.release() and the gate's own methods are lowered for both gates at once.
    statement = "lock = await self.own.gate.lock()\nlock.add_ref()\nlock.release()\nlock.release()"
    (model,) = load_models(str(write(tmp_path, statement)))
    verdict = check(compile_model(model, {}), Options(engine="interpreter"))
    assert verdict.outcome is Outcome.HOLDS


def test_the_diagnostic_names_both_loops(tmp_path: Path) -> None:
    (model,) = load_models(str(write(tmp_path, "self.server.bump()")))
    with pytest.raises(BadInput) as caught:
        compile_model(model, {})
    (found,) = caught.value.diagnostics
    assert "server.loop" in found.headline
    assert found.headline.endswith("on loop")
    assert "Channel" in found.help
