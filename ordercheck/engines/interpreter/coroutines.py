"""Coroutines as Python functions: `c_name(v, member)` runs a task to its next suspension.

A coroutine becomes one loop over labelled *regions*. A block that is entered from one
place only is put there, so most branches of the model stay branches. The function
returns False when a Require fails; then its writes are not to be used.
"""

from __future__ import annotations

from typing import assert_never

from ordercheck.engines.interpreter.expressions import emit
from ordercheck.engines.interpreter.runtime import ROUNDS
from ordercheck.engines.interpreter.source import Module, Scope
from ordercheck.engines.interpreter.statements import emit_body, note_line
from ordercheck.ir.nodes import (
    MEMBER,
    Block,
    Branch,
    Coroutine,
    Finish,
    Goto,
    Suspend,
    Terminator,
)
from ordercheck.ir.record import dataclass, field
from ordercheck.ir.rounds import find_rounds, jumps

DEEPEST = 12
"""How deep regions may nest: Python has a limit, and so have readers."""


@dataclass(slots=True)
class _Graph:
    """How control goes between blocks within a step.

    `heads` are the labels of regions, in order of the blocks. `loops` are those of the
    blocks at which a loop begins, `back` the edges that begin its next round.
    """

    blocks: dict[str, Block]
    heads: dict[str, int] = field(default_factory=dict)
    loops: dict[str, str] = field(default_factory=dict)
    back: set[tuple[str, str]] = field(default_factory=set)


def emit_coroutine(coroutine: Coroutine, module: Module) -> None:
    """Emit the function of a coroutine."""
    graph = _analyse(coroutine)
    frame = coroutine.frame
    entries = tuple(graph.heads.get(point.label, 0) for point in coroutine.points)
    scope = Scope(module, disable="return False")
    member = scope.local(MEMBER)
    with module.block(f"def {coroutine_name(coroutine, module)}(v, {member}):"):
        module.line(f"f = {frame.base} + {frame.size} * {member}")
        module.line(f"at = {module.constant(entries, 'entries')}[v[f]]")
        for counter in graph.loops.values():
            module.line(f"{counter} = 0")
        with module.block("while True:"):
            regions = list(graph.heads)
            _Emitter(coroutine, graph, scope).dispatch(regions, 0)


def coroutine_name(coroutine: Coroutine, module: Module) -> str:
    """The Python name of a coroutine's function."""
    return module.name("c_", coroutine.name)


def _analyse(coroutine: Coroutine) -> _Graph:
    graph = _Graph({block.label: block for block in coroutine.blocks})
    entries = [point.label for k, point in enumerate(coroutine.points) if k != 1]
    rounds = find_rounds(coroutine)
    graph.back |= rounds.back
    graph.loops |= {label: f"n{k}" for k, label in enumerate(rounds.heads)}
    entered: dict[str, int] = {}
    heads = set(entries)
    for block in coroutine.blocks:
        if block.handler is not None:
            heads.add(block.handler)
        for label in jumps(block.terminator):
            entered[label] = entered.get(label, 0) + 1
    heads |= {label for label, count in entered.items() if count > 1} | set(graph.loops)
    _limit_depth(graph, heads)
    order = [label for label in graph.blocks if label in heads]
    graph.heads = {label: k for k, label in enumerate(order)}
    return graph


def _limit_depth(graph: _Graph, heads: set[str]) -> None:
    pending = [(label, 0) for label in graph.blocks if label in heads]
    while pending:
        label, depth = pending.pop()
        terminator = graph.blocks[label].terminator
        deeper = depth + isinstance(terminator, Branch)
        for following in jumps(terminator):
            if following not in heads:
                if deeper > DEEPEST:
                    heads.add(following)
                pending.append((following, 0 if following in heads else deeper))


@dataclass(frozen=True, slots=True)
class _Emitter:
    coroutine: Coroutine
    graph: _Graph
    scope: Scope

    def dispatch(self, regions: list[str], first: int) -> None:
        """Emit the regions, numbered from `first` on, found by halving."""
        module = self.scope.module
        if len(regions) == 1:
            self._block(regions[0])
            return
        half = len(regions) // 2
        with module.block(f"if at < {first + half}:"):
            self.dispatch(regions[:half], first)
        with module.block("else:"):
            self.dispatch(regions[half:], first + half)

    def _block(self, label: str) -> None:
        block, module = self.graph.blocks[label], self.scope.module
        if block.handler is not None and block.body:
            with module.block("try:"):
                emit_body(block.body, self.scope)
            with module.block("except Raised as raised:"):
                if block.caught is not None:
                    module.line(f"{self.scope.local(block.caught.name)} = raised.value")
                self._go(label, block.handler)
        else:
            emit_body(block.body, self.scope)
        self._terminator(label, block.terminator)

    def _terminator(self, label: str, terminator: Terminator) -> None:
        module = self.scope.module
        match terminator:
            case Goto(label=target):
                self._go(label, target)
            case Branch(test=test, then=then, orelse=orelse, span=span):
                note_line(span, self.scope)
                with module.block(f"if {emit(test, self.scope)}:"):
                    self._go(label, then)
                with module.block("else:"):
                    self._go(label, orelse)
            case Suspend(wait=wait, span=span):
                module.line(f"v[f] = {self._point(terminator, label)}")
                if module.recording:
                    wait_name = module.constant(wait, "wait", wait)
                    module.line(f"suspended({wait_name}, {module.site(span)})")
                module.line("return")
            case Finish(span=span):
                module.line("v[f] = 1")
                if module.recording:
                    module.line(f"finished({module.site(span)})")
                module.line("return")
            case _:
                assert_never(terminator)

    def _go(self, source: str, target: str) -> None:
        module, graph = self.scope.module, self.graph
        counter = graph.loops.get(target)
        if counter is not None and (source, target) in graph.back:
            site = module.site(graph.blocks[target].terminator.span)
            module.line(f"{counter} += 1")
            module.line(f"if {counter} == {ROUNDS}: endless({site})")
        elif counter is not None:
            module.line(f"{counter} = 0")
        if target in graph.heads:
            module.line(f"at = {graph.heads[target]}")
            module.line("continue")
        else:
            self._block(target)

    def _point(self, terminator: Suspend, label: str) -> int:
        """The index of a suspension among the coroutine's points."""
        point = 1
        for block in self.coroutine.blocks:
            point += isinstance(block.terminator, Suspend)
            if block.label == label:
                return point
        raise KeyError(terminator)
