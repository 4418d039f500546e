"""Whether a program is well formed: what every pass and engine may rely on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from ordercheck.ir.bodies import bound, statements, successors
from ordercheck.ir.checks import Checker, Scope
from ordercheck.ir.domains import contains
from ordercheck.ir.effects import Analysis
from ordercheck.ir.nodes import (
    MEMBER,
    Block,
    Body,
    Branch,
    Coroutine,
    Function,
    Place,
    Program,
    Property,
    PropertyKind,
    Step,
    Suspend,
    Wait,
)
from ordercheck.ir.render import show_type
from ordercheck.ir.span import NOWHERE, Span
from ordercheck.ir.types import ArrayShape, BoolType, IntType, Type


class InvalidProgram(Exception):
    """A program that breaks the rules of the IR, by a defect of ours; `problems` has them all."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        """Keep the problems, in the order of the program."""
        super().__init__("\n".join(problems))
        self.problems = problems


def validate(program: Program) -> None:
    """Raise InvalidProgram unless the program is well formed, before or after passes."""
    validator = _Validator(program, Analysis(program))
    validator.slots()
    validator.tasks()
    validator.functions()
    for coroutine in program.coroutines:
        validator.coroutine(coroutine)
    for step in program.steps:
        validator.step(step)
    validator.body("init", program.init)
    validator.clean()
    validator.properties()
    if validator.problems:
        raise InvalidProgram(tuple(validator.problems))


@dataclass(slots=True)
class _Validator:
    program: Program
    analysis: Analysis
    problems: list[str] = field(default_factory=list)
    known: dict[str, Function] = field(default_factory=dict)

    def report(self, where: str, what: str, span: Span | None = None) -> None:
        """Note a problem."""
        shown = "" if span is None or span == NOWHERE else f" ({span})"
        self.problems.append(f"{where}: {what}{shown}")

    def checker(self, where: str, result: Type | None = None, in_block: bool = False) -> Checker:
        """A checker of a body that may call the functions known so far."""
        report: Callable[[str, Span | None], None] = partial(self.report, where)
        return Checker(self.program, self.analysis, self.known, report, result, in_block)

    def body(self, where: str, body: Body) -> None:
        """Check a body without parameters."""
        self.checker(where).body(body, {})

    # --- state ---

    def slots(self) -> None:
        """Initial values fit; each slot is of one place or one frame."""
        slots, initial = self.program.slots, self.program.initial
        if len(slots) != len(initial):
            self.report("slots", f"{len(slots)} of them and {len(initial)} initial values")
        for slot, (kind, value) in enumerate(zip(slots, initial, strict=False)):
            if not contains(kind, value):
                self.report(f"slot {slot}", f"{value!r} is not of {show_type(kind)}")
        owners = ["" for _ in slots]
        for name, first, kinds in self._owners():
            for slot, kind in enumerate(kinds, first):
                if not 0 <= slot < len(slots):
                    self.report(name, f"no slot {slot}")
                    continue
                if owners[slot]:
                    self.report(f"slot {slot}", f"of {owners[slot]} and of {name}")
                owners[slot] = name
                if slots[slot] != kind:
                    shown = f"{show_type(slots[slot])}, not {show_type(kind)}"
                    self.report(name, f"slot {slot} is {shown}")
        for slot, name in enumerate(owners):
            if not name:
                self.report(f"slot {slot}", "of no place and of no frame")

    def _owners(self) -> Iterable[tuple[str, int, list[Type]]]:
        """What has slots: its name, its first slot and their types."""
        for place in self.program.places:
            yield f"place {place.path}", place.slot, _slot_types(place)
        for coroutine in self.program.coroutines:
            frame = coroutine.frame
            point = IntType(0, len(coroutine.points) - 1)
            kinds: list[Type] = [point, *(kind for _, kind in frame.fields)]
            for member in range(coroutine.members if frame.size else 0):
                yield f"frame of {coroutine.name}", frame.base + member * frame.size, kinds

    def tasks(self) -> None:
        """Tasks are the members of the coroutines, each once."""
        components = len(self.program.components)
        found: set[tuple[int, int]] = set()
        for task in self.program.tasks:
            where = f"task {task.name}"
            if not 0 <= task.coroutine < len(self.program.coroutines):
                self.report(where, f"no coroutine {task.coroutine}")
            elif not 0 <= task.member < self.program.coroutines[task.coroutine].members:
                self.report(where, f"no member {task.member}")
            if (task.coroutine, task.member) in found:
                self.report(where, "another task is the same member")
            found.add((task.coroutine, task.member))
            if task.loop is not None and not 0 <= task.loop < components:
                self.report(where, f"no component {task.loop}")

    # --- functions and steps ---

    def functions(self) -> None:
        """Each calls those before it."""
        for function in self.program.functions:
            where = f"function {function.name}"
            if function.name in self.known:
                self.report(where, "defined twice", function.span)
            scope: Scope = {local.name: local.type for local in function.parameters}
            self.checker(where, function.result).body(function.body, scope)
            self.known[function.name] = function

    def step(self, step: Step) -> None:
        """Bindings fit the parameters, and there is an actor for each."""
        where = f"step {step.name}"
        if len(step.actors) != len(step.bindings):
            self.report(where, f"{len(step.bindings)} bindings and {len(step.actors)} actors")
        for binding in step.bindings:
            if len(binding) != len(step.parameters):
                self.report(where, f"binding {binding!r} for {len(step.parameters)} parameters")
            for local, value in zip(step.parameters, binding, strict=False):
                if not contains(local.type, value):
                    self.report(where, f"{local.name} = {value!r} is not {show_type(local.type)}")
        if step.point is not None and not 0 <= step.point < len(self.program.cover):
            self.report(where, f"no cover point {step.point}")
        scope: Scope = {local.name: local.type for local in step.parameters}
        self.checker(where).body(step.body, scope)

    def clean(self) -> None:
        """It only reads and writes."""
        self.body("clean", self.program.clean)
        effects = self.analysis.body(self.program.clean)
        if effects.chooses or effects.requires or effects.resumes or effects.raises:
            self.report("clean", "does more than read and write")

    def properties(self) -> None:
        """Functions of properties, antecedents and watches are pure and take nothing."""
        for claim in self.program.properties:
            self._property(claim)
        for _, name in self.program.watches:
            self._pure(f"watch {name}", name, None, old=False)

    def _property(self, claim: Property) -> None:
        old = claim.kind is PropertyKind.STEP_INVARIANT
        self._pure(f"property {claim.name}", claim.function, BoolType(), old)
        for name, text in claim.antecedents:
            self._pure(f"property {claim.name}, if {text}", name, BoolType(), old)

    def _pure(self, where: str, name: str, result: Type | None, old: bool) -> None:
        function = self.known.get(name)
        if function is None:
            self.report(where, f"no function {name}")
            return
        if function.parameters:
            self.report(where, f"{name} has parameters", function.span)
        if result is not None and function.result != result:
            self.report(where, f"{name} gives {show_type(function.result)}", function.span)
        effects = self.analysis.function(name)
        if not effects.pure:
            self.report(where, f"{name} is not pure", function.span)
        if effects.reads_old and not old:
            self.report(where, f"{name} reads the state before", function.span)

    # --- coroutines ---

    def coroutine(self, coroutine: Coroutine) -> None:
        """Labels exist, once each; points match the suspensions; locals may be bound."""
        where = f"coroutine {coroutine.name}"
        if not coroutine.blocks:
            self.report(where, "no blocks", coroutine.span)
            return
        labels = {block.label: block for block in coroutine.blocks}
        if len(labels) != len(coroutine.blocks):
            self.report(where, "two blocks of one label", coroutine.span)
        ends_known = True
        for block in coroutine.blocks:
            ends_known &= self._ends(f"{where}, {block.label}", block, labels)
        if ends_known:
            self._blocks(where, coroutine)
        if coroutine.points:
            self._points(where, coroutine)

    def _ends(self, where: str, block: Block, labels: dict[str, Block]) -> bool:
        """Check where a block leads; whether all these labels exist."""
        if isinstance(block.terminator, Suspend) and block.terminator.wait in (
            Wait.START,
            Wait.DONE,
        ):
            self.report(where, f"suspends as {block.terminator.wait.value}")
        if block.caught is not None and block.handler is None:
            self.report(where, "catches without a handler")
        named = successors(block.terminator)
        if block.handler is not None:
            named += (block.handler,)
        missing = [label for label in named if label not in labels]
        for label in missing:
            self.report(where, f"no block {label}")
        return not missing

    def _blocks(self, where: str, coroutine: Coroutine) -> None:
        scopes = self._scopes(coroutine)
        for block in coroutine.blocks:
            here = f"{where}, {block.label}"
            scope = dict(scopes[block.label])
            checker = self.checker(here, in_block=True)
            checker.body(block.body, scope)
            if not isinstance(block.terminator, Branch):
                continue
            test = block.terminator.test
            checker.expr(test, scope)
            if not isinstance(test.type, BoolType):
                self.report(here, f"branches on {show_type(test.type)}", test.span)

    def _scopes(self, coroutine: Coroutine) -> dict[str, Scope]:
        """For each block the locals that may be bound where it begins, on some way to it.

        A block that no way leads to may use all of the coroutine's locals.
        """
        member: Scope = {MEMBER: IntType(0, coroutine.members - 1)}
        # Once there are points, only MEMBER lives across a suspension.
        framed = bool(coroutine.points)
        everything: Scope = dict(member)
        scopes = {block.label: dict(member) for block in coroutine.blocks}
        while True:
            before = [len(scope) for scope in scopes.values()]
            for block in coroutine.blocks:
                caught = {} if block.caught is None else {block.caught.name: block.caught.type}
                everything |= {**_locals(block), **caught}
                scope = {**_locals(block), **scopes[block.label]}
                suspended = framed and isinstance(block.terminator, Suspend)
                for label in successors(block.terminator):
                    scopes[label] = {**(member if suspended else scope), **scopes[label]}
                if block.handler is not None:
                    scopes[block.handler] = {**scope, **caught, **scopes[block.handler]}
            if before == [len(scope) for scope in scopes.values()]:
                break
        reached = self._reached(coroutine)
        return {label: scopes[label] if label in reached else everything for label in scopes}

    def _reached(self, coroutine: Coroutine) -> set[str]:
        """Labels of the blocks that some way leads to, by exceptions only if one is raised."""
        blocks = {block.label: block for block in coroutine.blocks}
        reached: set[str] = set()
        waiting = [coroutine.entry]
        while waiting:
            block = blocks[waiting.pop()]
            if block.label in reached:
                continue
            reached.add(block.label)
            waiting.extend(successors(block.terminator))
            if block.handler is not None and any(map(self.analysis.raises, block.body)):
                waiting.append(block.handler)
        return reached

    def _points(self, where: str, coroutine: Coroutine) -> None:
        ends = (block.terminator for block in coroutine.blocks)
        wanted = [(Wait.START, coroutine.entry), (Wait.DONE, coroutine.entry)]
        wanted += [(end.wait, end.label) for end in ends if isinstance(end, Suspend)]
        found = [(point.wait, point.label) for point in coroutine.points]
        if found != wanted:
            self.report(where, f"points {found} instead of {wanted}", coroutine.span)
        if coroutine.frame.size != 1 + len(coroutine.frame.fields):
            self.report(where, f"a frame of size {coroutine.frame.size}", coroutine.span)


def _slot_types(place: Place) -> list[Type]:
    kind = place.kind
    while isinstance(kind, ArrayShape):
        kind = kind.item
    return [kind] * place.size


def _locals(block: Block) -> Scope:
    """All that a block's statements bind."""
    return {
        each.name: each.type for statement in statements(block.body) for each in bound(statement)
    }
