"""Coroutines: `status c(run, state, member)` runs a task to its next suspension.

Blocks are labels; a task goes on at the label of its point.
"""

from __future__ import annotations

from typing import assert_never

from ordercheck.engines.native.generate.expressions import emit
from ordercheck.engines.native.generate.functions import comment, declare, variables
from ordercheck.engines.native.generate.places import Address, Terms, at_terms, slot_bits, store
from ordercheck.engines.native.generate.scope import Scope, Variable
from ordercheck.engines.native.generate.source import int_type
from ordercheck.engines.native.generate.statements import ROUNDS, caught, emit_body
from ordercheck.engines.native.generate.unit import Unit
from ordercheck.engines.native.generate.values import constant
from ordercheck.ir.domains import blank
from ordercheck.ir.nodes import (
    MEMBER,
    Block,
    Branch,
    Coroutine,
    Finish,
    Goto,
    Local,
    Program,
    Suspend,
    Terminator,
    Wait,
)
from ordercheck.ir.rounds import Rounds, find_rounds
from ordercheck.ir.types import IntType
from ordercheck.ir.walk import free_locals

RUNNABLE = frozenset({Wait.START, Wait.STEP, Wait.UNTIL})
"""Where a free task can be for its step to be tried."""


def point_address(coroutine: Coroutine, member: str, scope: Scope) -> Address:
    """Where a task has its point; `member` is a C expression."""
    frame = coroutine.frame
    if coroutine.members == 1:
        return at_terms(Terms(frame.base), scope)
    return at_terms(Terms(frame.base, ((member, coroutine.members, frame.size),)), scope)


def emit_coroutine(coroutine: Coroutine, name: str, scope: Scope) -> str:
    """The C definition of a coroutine's function."""
    return _Emitter(coroutine, name, scope).definition()


class _Emitter:
    def __init__(self, coroutine: Coroutine, name: str, scope: Scope) -> None:
        self.coroutine = coroutine
        self.name = name
        self.scope = scope
        self.labels = {block.label: f"b{k}" for k, block in enumerate(coroutine.blocks)}
        self.rounds: Rounds = find_rounds(coroutine)
        self.counters = {label: f"n_{k}" for k, label in enumerate(self.rounds.heads)}
        self.point = point_address(coroutine, "member", scope)

    def definition(self) -> str:
        """All of it."""
        coroutine, scope = self.coroutine, self.scope
        given = {MEMBER: Variable("member", IntType(0, coroutine.members - 1))}
        member = Local(MEMBER, given[MEMBER].kind)
        kinds = variables((block.body for block in coroutine.blocks), (member,))
        for block in coroutine.blocks:
            if block.caught is not None:
                kinds.setdefault(block.caught.name, block.caught.type)
            if isinstance(block.terminator, Branch):
                for local in free_locals(block.terminator.test):
                    if local.name != MEMBER:
                        kinds.setdefault(local.name, local.type)
        self.scope = declare(kinds, scope, given)
        for counter in self.counters.values():
            scope.line(f"int {counter} = 0;")
        self._dispatch()
        for block in coroutine.blocks:
            self._block(block)
        return "\n".join(
            [
                comment(coroutine.span, coroutine.name),
                f"static int {self.name}(oc_run *r, oc_word *v, int64_t member)",
                "{",
                "\t(void)member;",
                *scope.code.lines,
                "}",
            ]
        )

    def _dispatch(self) -> None:
        scope = self.scope
        bits = slot_bits(self.point, scope.state)
        with scope.code.block(f"switch ({bits})"):
            for k, point in enumerate(self.coroutine.points):
                if k == 1:
                    continue
                scope.line(f"case {k}: goto {self.labels[point.label]};")
            scope.line(f"default: {scope.fail('task')}")

    def _block(self, block: Block) -> None:
        scope = self.scope
        scope.line(f"{self.labels[block.label]}: OC_UNUSED;")
        with scope.code.block():
            if block.handler is None or not block.body:
                emit_body(block.body, scope)
                self._terminator(block)
                return
            landing = scope.code.fresh("catch")
            emit_body(block.body, scope.within(catch=landing))
            self._terminator(block)
            scope.line(f"{landing}: OC_UNUSED;")
            if block.caught is not None:
                variable = scope.names[block.caught.name]
                scope.line(f"{variable.name} = {caught(variable.kind, scope)};")
            self._go(block.label, block.handler)

    def _terminator(self, block: Block) -> None:
        scope, terminator = self.scope, block.terminator
        match terminator:
            case Goto(label=target):
                self._go(block.label, target)
            case Branch(test=test, then=then, orelse=orelse):
                with scope.code.block(f"if ({emit(test, scope)})"):
                    self._go(block.label, then)
                self._go(block.label, orelse)
            case Suspend():
                self._set_point(self._number(terminator, block.label))
            case Finish():
                self._set_point(1)
            case _:
                assert_never(terminator)

    def _set_point(self, point: int) -> None:
        store(self.point, str(point), self.scope)
        self.scope.line("return OC_DONE;")

    def _go(self, source: str, target: str) -> None:
        scope = self.scope
        counter = self.counters.get(target)
        if counter is not None and (source, target) in self.rounds.back:
            scope.fail_if(f"++{counter} == {ROUNDS}", "rounds")
        elif counter is not None:
            scope.line(f"{counter} = 0;")
        scope.line(f"goto {self.labels[target]};")

    def _number(self, terminator: Terminator, label: str) -> int:
        """The index of a suspension among the coroutine's points."""
        point = 1
        for block in self.coroutine.blocks:
            point += isinstance(block.terminator, Suspend)
            if block.label == label:
                return point
        raise KeyError(terminator)


def emit_resume(program: Program, names: tuple[str, ...], unit: Unit) -> str:
    """The C function that runs a task to its next suspension."""
    task_error = unit.status("task")
    coroutines = tuple(task.coroutine for task in program.tasks)
    members = tuple(task.member for task in program.tasks)
    owner = unit.declarations.table(int_type(coroutines), tuple(map(str, coroutines)))
    member = unit.declarations.table(int_type(members), tuple(map(str, members)))
    cases = "".join(
        f"\tcase {k}: status = {name}(r, v, {member}[task]); break;\n"
        for k, name in enumerate(names)
        if program.coroutines[k].members
    )
    return f"""static int oc_resume(oc_run *r, oc_word *v, int64_t task)
{{
	oc_word bit = (oc_word)1 << task % 64;
	int64_t outer = r->current;
	int status;
	if (OC_RARE(r->running[task / 64] & bit)) return {task_error};
	r->running[task / 64] |= bit;
	r->current = task;
	switch ({owner}[task]) {{
{cases}	default: return {task_error};
	}}
	r->current = outer;
	r->running[task / 64] &= ~bit;
	return status == OC_RAISED ? {unit.status("exception")} : status;
}}"""


def emit_restart(program: Program, scope: Scope) -> str:
    """The C function that puts a task back before its first statement."""
    unit = scope.unit
    members = tuple(task.member for task in program.tasks)
    coroutines = tuple(task.coroutine for task in program.tasks)
    owner = unit.declarations.table(int_type(coroutines), tuple(map(str, coroutines)))
    table = unit.declarations.table(int_type(members), tuple(map(str, members)))
    task_error = unit.status("task")
    scope.line(f"if (r->running[task / 64] >> task % 64 & 1) return {task_error};")
    scope.line(f"int64_t member = {table}[task];")
    scope.line("(void)member, (void)v;")
    with scope.code.block(f"switch ({owner}[task])"):
        for k, coroutine in enumerate(program.coroutines):
            if not coroutine.members:
                continue
            with scope.code.block(f"case {k}:"):
                store(point_address(coroutine, "member", scope), "0", scope)
                frame = coroutine.frame
                for field, (_, kind) in enumerate(frame.fields, 1):
                    first = Terms(frame.base + field)
                    if coroutine.members > 1:
                        first = Terms(first.first, (("member", coroutine.members, frame.size),))
                    store(at_terms(first, scope), constant(unit, kind, blank(kind)), scope)
                scope.line("break;")
    lines = [
        "static int oc_restart(oc_run *r, oc_word *v, int64_t task)",
        "{",
        *scope.code.lines,
        "\treturn OC_DONE;",
        "}",
    ]
    return "\n".join(lines)
