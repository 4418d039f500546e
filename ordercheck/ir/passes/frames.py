"""Give the locals that live across a suspension slots of their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from ordercheck.ir.bodies import (
    bound,
    expressions,
    flat_map,
    map_statement,
    map_terminator,
    never_goes_on,
    statements,
    successors,
)
from ordercheck.ir.domains import blank
from ordercheck.ir.nodes import (
    MEMBER,
    Apply,
    Assign,
    Block,
    Body,
    Call,
    Cast,
    Choose,
    Const,
    Coroutine,
    Expr,
    Finish,
    For,
    Frame,
    Goto,
    Handler,
    Load,
    Local,
    Op,
    Point,
    Program,
    Stmt,
    Store,
    Suspend,
    Try,
    Wait,
)
from ordercheck.ir.passes.liveness import Names, live_at_labels
from ordercheck.ir.raising import Raising
from ordercheck.ir.record import dataclass
from ordercheck.ir.relations import includes
from ordercheck.ir.span import Span
from ordercheck.ir.types import (
    IntType,
    NeverType,
    NoneType,
    PlaceType,
    RefType,
    StructType,
    TaskType,
    TupleType,
    Type,
    UnionType,
    Value,
    join,
)
from ordercheck.ir.walk import changed, free_locals, mapped, replace_locals


def give_frames(program: Program) -> Program:
    """The program with `points` and `frame` of each coroutine filled in.

    Before: no coroutine has points or a frame; any local may live across a Suspend.
    After: only MEMBER does. What did is a field of the frame, loaded and stored as
    any slot; fields are named after the locals, in the order of their first binding.
    At each Suspend and Finish a field that is not live at the target holds its blank:
    stores before the terminator see to it. Slots of frames follow those of places. A
    field whose blank would be a mention of something pooled may be None as well, and is
    None where it is dead.
    """
    raising, pooled = Raising(program.functions), _pooled(program)
    slots, initial = list(program.slots), list(program.initial)
    coroutines: list[Coroutine] = []
    for coroutine in program.coroutines:
        framed = _Framing.of(coroutine, len(slots), raising, pooled).coroutine()
        coroutines.append(framed)
        kinds = [IntType(0, len(framed.points) - 1), *(kind for _, kind in framed.frame.fields)]
        blanks: list[Value] = [0, *(blank(kind) for _, kind in framed.frame.fields)]
        slots += kinds * framed.members
        initial += blanks * framed.members
    return replace(
        program, slots=tuple(slots), initial=tuple(initial), coroutines=tuple(coroutines)
    )


@dataclass(frozen=True, slots=True)
class _Framing:
    """A coroutine on its way to a frame; `fields` in their order, `live` by label.

    `kinds` are the types of the fields' values while they are live.
    """

    source: Coroutine
    base: int
    fields: dict[str, Type]
    kinds: dict[str, Type]
    live: dict[str, Names]

    @classmethod
    def of(cls, coroutine: Coroutine, base: int, raising: Raising, pooled: _Pooled) -> _Framing:
        """What is needed to rebuild a coroutine whose frames begin at slot `base`."""
        live = live_at_labels(coroutine, raising.raises)
        across: set[str] = set()
        for block in coroutine.blocks:
            if isinstance(block.terminator, Suspend):
                across |= live[block.terminator.label]
        kinds: dict[str, Type] = {}
        for local in _locals(coroutine):
            if local.name in across:
                kinds[local.name] = join(kinds.get(local.name, NeverType()), local.type)
        fields = {name: pooled.field_type(kind) for name, kind in kinds.items()}
        return cls(coroutine, base, fields, kinds, live)

    def coroutine(self) -> Coroutine:
        """The coroutine with its frame."""
        source = self.source
        dirty = _may_be_set(source, self.fields, self.live)
        blocks = [self._block(block, dirty[block.label]) for block in source.blocks]
        fields = tuple(self.fields.items())
        return replace(
            source,
            blocks=(*blocks, *self._landings()),
            points=_points(source),
            frame=Frame(self.base, 1 + len(fields), fields),
        )

    def _block(self, block: Block, dirty: Names) -> Block:
        body = self._body(block.body) + self._clearing(block, dirty)
        terminator = map_terminator(block.terminator, self._expr)
        if block.handler is None or block.caught is None or block.caught.name not in self.fields:
            return changed(block, body=body, terminator=terminator)
        handler, caught = _landing(block.handler, block.caught), _arriving(block.caught)
        return changed(block, body=body, terminator=terminator, handler=handler, caught=caught)

    def _landings(self) -> list[Block]:
        """For each handler that takes its exception in a field, a block that puts it there."""
        found: dict[str, Block] = {}
        for block in self.source.blocks:
            target, caught = block.handler, block.caught
            if target is None or caught is None or caught.name not in self.fields:
                continue
            label = _landing(target, caught)
            body = (self._store(caught, _arriving(caught)),)
            found.setdefault(label, Block(label, body, Goto(target, caught.span)))
        return list(found.values())

    def _clearing(self, block: Block, dirty: Names) -> Body:
        """Stores of blanks into the fields that are dead from here on."""
        terminator = block.terminator
        if not isinstance(terminator, Suspend | Finish):
            return ()
        if block.body and never_goes_on(block.body[-1]):
            return ()
        kept = self.live[terminator.label] if isinstance(terminator, Suspend) else frozenset()
        return tuple(
            self._store(
                Local(name, kind, terminator.span), Const(blank(kind), kind, terminator.span)
            )
            for name, kind in self.fields.items()
            if name in dirty and name not in kept
        )

    # --- statements and expressions ---

    def _body(self, body: Body) -> Body:
        return flat_map(body, self._statement)

    def _statement(self, statement: Stmt) -> Body:
        new = map_statement(statement, self._expr, self._body)
        match new:
            case Assign(target=target, value=value) if target.name in self.fields:
                if isinstance(value, Call) and not value.pure:
                    fresh = _arriving(target)
                    return (changed(new, target=fresh), self._store(target, fresh, new.span))
                return (self._store(target, value, new.span),)
            case Choose(target=target) if target.name in self.fields:
                fresh = _arriving(target)
                return (changed(new, target=fresh), self._store(target, fresh, new.span))
            case For(target=target, body=body) if target.name in self.fields:
                fresh = _arriving(target)
                body = (self._store(target, fresh, new.span), *body)
                return (changed(new, target=fresh, body=body),)
            case Try(handlers=handlers):
                return (changed(new, handlers=mapped(handlers, self._handler)),)
            case _:
                return (new,)

    def _handler(self, handler: Handler) -> Handler:
        variable = handler.variable
        if variable.name not in self.fields:
            return handler
        fresh = _arriving(variable)
        return changed(handler, variable=fresh, body=(self._store(variable, fresh), *handler.body))

    def _expr(self, expr: Expr) -> Expr:
        return replace_locals(expr, self._load)

    def _load(self, local: Local) -> Expr:
        if local.name not in self.fields:
            return local
        declared, kind = self.fields[local.name], self.kinds[local.name]
        load = Load(self._address(local), declared, local.span)
        return load if kind == declared else Cast(load, kind, local.span)

    def _store(self, local: Local, value: Expr, span: Span | None = None) -> Store:
        kind = self.fields[local.name]
        checked = not includes(kind, value.type)
        return Store(self._address(local), value, kind, local.name, checked, span or local.span)

    def _address(self, local: Local) -> Expr:
        """Where the running task has the field."""
        offset = 1 + list(self.fields).index(local.name)
        size, members = 1 + len(self.fields), self.source.members
        first, kind = self.base + offset, self.fields[local.name]
        place = PlaceType(kind, tuple(first + k * size for k in range(members)))
        if members == 1:
            return Const(first, place, local.span)
        number = partial(Const, type=IntType(), span=local.span)
        member = Local(MEMBER, IntType(0, members - 1), local.span)
        operands = (Const(first, place, local.span), member, number(members), number(size))
        return Apply(Op.OFFSET, operands, place, local.span)


@dataclass(frozen=True, slots=True)
class _Pooled:
    """What comes from pools: components, their slots, their tasks."""

    components: frozenset[int]
    slots: frozenset[int]
    tasks: frozenset[int]

    def field_type(self, kind: Type) -> Type:
        """The type of a field for such values: its blank mentions nothing pooled."""
        return join(NoneType(), kind) if self._blank_mentions(kind) else kind

    def _blank_mentions(self, kind: Type) -> bool:
        match kind:
            case RefType():
                return blank(kind) in self.components
            case PlaceType():
                return blank(kind) in self.slots
            case TaskType():
                return blank(kind) in self.tasks
            case UnionType(options=options):
                return NoneType() not in options and self._blank_mentions(options[0])
            case TupleType(items=items):
                return any(map(self._blank_mentions, items))
            case StructType(fields=fields):
                return any(self._blank_mentions(inner) for _, inner in fields)
            case _:
                return False


def _pooled(program: Program) -> _Pooled:
    pools = program.pools
    return _Pooled(
        frozenset(k for pool in pools for k in pool.entries),
        frozenset(slot for pool in pools for row in pool.slots for slot in row),
        frozenset(task for pool in pools for task in pool.tasks),
    )


def _points(coroutine: Coroutine) -> tuple[Point, ...]:
    start = Point(Wait.START, coroutine.entry, coroutine.span)
    done = Point(Wait.DONE, coroutine.entry, coroutine.span)
    suspensions = (
        Point(end.wait, end.label, end.span)
        for end in (block.terminator for block in coroutine.blocks)
        if isinstance(end, Suspend)
    )
    return (start, done, *suspensions)


def _may_be_set(
    coroutine: Coroutine, fields: Iterable[str], live: dict[str, Names]
) -> dict[str, Names]:
    """For each block the fields that may hold more than a blank where its body ends."""
    known = frozenset(fields)
    own = {b.label: known.intersection(x.name for x in _bound(b.body)) for b in coroutine.blocks}
    begins = {block.label: frozenset[str]() for block in coroutine.blocks}
    while True:
        before = dict(begins)
        for block in coroutine.blocks:
            end = begins[block.label] | own[block.label]
            for label in successors(block.terminator):
                kept = live[label] if isinstance(block.terminator, Suspend) else known
                begins[label] |= end & kept
            if block.handler is not None:
                caught = {block.caught.name} if block.caught else set()
                begins[block.handler] |= end | known.intersection(caught)
        if begins == before:
            return {label: begins[label] | own[label] for label in begins}


def _bound(body: Body) -> Iterable[Local]:
    return (local for statement in statements(body) for local in bound(statement))


def _locals(coroutine: Coroutine) -> Iterable[Local]:
    """All uses of locals as variables of the coroutine, bindings first."""
    for block in coroutine.blocks:
        yield from _bound(block.body)
        if block.caught is not None:
            yield block.caught
    for block in coroutine.blocks:
        for statement in statements(block.body):
            for expr in expressions(statement):
                yield from free_locals(expr)


def _arriving(local: Local) -> Local:
    """A local of the step alone, for a value on its way to the field of the same name."""
    return changed(local, name=f"{local.name}@new")


def _landing(handler: str, caught: Local) -> str:
    return f"{handler}@{caught.name}"
