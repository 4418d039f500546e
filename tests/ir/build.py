"""Small programs made by hand, and short ways to write their nodes."""

from __future__ import annotations

from ordercheck.ir.nodes import (
    MEMBER,
    Apply,
    Assign,
    Block,
    Body,
    Branch,
    Choose,
    Component,
    Const,
    Coroutine,
    Expr,
    Finish,
    Function,
    Goto,
    If,
    Load,
    Local,
    Op,
    Place,
    Program,
    Property,
    PropertyKind,
    Require,
    Resume,
    Return,
    Step,
    StepKind,
    Stmt,
    Store,
    Suspend,
    TaskInfo,
    Wait,
)
from ordercheck.ir.span import Span
from ordercheck.ir.types import (
    ArrayShape,
    BoolType,
    EnumType,
    IntType,
    ListType,
    PlaceType,
    StructType,
    TaskType,
    Type,
    Value,
)

BOOL = BoolType()
INT = IntType()
SMALL = IntType(0, 3)
PHASE = EnumType("Phase", ("IDLE", "BUSY"))
OOPS = StructType("Oops", (("code", SMALL),), exception=True)


def at(line: int) -> Span:
    return Span("model.py", line, 1, line, 2)


def number(value: int) -> Const:
    return Const(value, IntType(value, value))


def local(name: str, kind: Type = SMALL) -> Local:
    return Local(name, kind)


def apply(op: Op, *operands: Expr, kind: Type = BOOL) -> Apply:
    return Apply(op, operands, kind)


def plus(left: Expr, right: Expr) -> Apply:
    return Apply(Op.ADD, (left, right), INT)


def equal(left: Expr, right: Expr) -> Apply:
    return apply(Op.EQ, left, right)


def slot(address: int, kind: Type) -> Const:
    return Const(address, PlaceType(kind, (address,)))


def load(address: int, kind: Type = SMALL) -> Load:
    return Load(slot(address, kind), kind)


def store(address: int, value: Expr, kind: Type = SMALL) -> Store:
    return Store(slot(address, kind), value, kind)


def assign(name: str, value: Expr, kind: Type = SMALL) -> Assign:
    return Assign(local(name, kind), value)


def element(base: int, k: Expr, length: int, stride: int = 1, kind: Type = SMALL) -> Apply:
    slots = tuple(base + i * stride for i in range(length))
    operands = (slot(base, kind), k, number(length), number(stride))
    return Apply(Op.OFFSET, operands, PlaceType(kind, slots))


def block(
    label: str,
    *body: Stmt,
    goto: str | None = None,
    step: str | None = None,
    handler: str | None = None,
    caught: Local | None = None,
) -> Block:
    """A block that goes on at `goto`, or suspends and goes on at `step`, or ends."""
    if goto is not None:
        return Block(label, body, Goto(goto), handler, caught)
    if step is not None:
        return Block(label, body, Suspend(Wait.STEP, step, at(len(label))), handler, caught)
    return Block(label, body, Finish(), handler, caught)


def branch(label: str, test: Expr, then: str, orelse: str, *body: Stmt) -> Block:
    return Block(label, body, Branch(test, then, orelse))


def program(
    *blocks: Block,
    slots: tuple[Type, ...] = (SMALL, SMALL),
    initial: tuple[Value, ...] | None = None,
    functions: tuple[Function, ...] = (),
    members: int = 1,
    steps: tuple[Step, ...] = (),
    init: Body = (),
) -> Program:
    """A model of places `a`, `b`, … and one coroutine, run by free tasks."""
    names = "abcdefgh"
    coroutines = (Coroutine("run", members, blocks, span=at(1)),) if blocks else ()
    tasks = tuple(TaskInfo(f"run[{k}]", 0, k) for k in range(members if blocks else 0))
    process = Step(
        "run",
        StepKind.PROCESS,
        (Local("task", TaskType()),),
        tuple((k,) for k in range(len(tasks))),
        tuple(task.name for task in tasks),
        (Resume(Local("task", TaskType())),),
        at(1),
    )
    return Program(
        name="Small",
        slots=slots,
        initial=tuple(0 for _ in slots) if initial is None else initial,
        places=tuple(Place(names[k], k, kind) for k, kind in enumerate(slots)),
        components=(Component("", "Small"),),
        functions=functions,
        coroutines=coroutines,
        tasks=tasks,
        steps=((process,) if blocks else ()) + steps,
        properties=(),
        init=init,
    )


def member(members: int) -> Local:
    return Local(MEMBER, IntType(0, members - 1))


def counters() -> Program:
    """Two tasks of two turns each, nodes with clocks, a gate; a bit of everything."""
    nodes = tuple(Place(f"nodes[{k}].clock", k, SMALL) for k in range(2))
    grid = Place("grid", 2, ArrayShape(ArrayShape(PHASE, 2), 2))
    waiters = ListType(TaskType(), 2)
    places = (*nodes, grid, Place("gate.waiters", 6, waiters, hidden=True))
    tick = Function(
        "tick",
        (local("k", IntType(0, 1)), local("by")),
        SMALL,
        (
            Store(
                element(0, local("k", IntType(0, 1)), 2),
                plus(Load(element(0, local("k", IntType(0, 1)), 2), SMALL), local("by")),
                SMALL,
                "nodes[…].clock",
            ),
            If(
                apply(Op.GT, Load(element(0, local("k", IntType(0, 1)), 2), SMALL), number(2)),
                (Return(number(0)),),
            ),
            Return(local("by")),
        ),
    )
    bounded = Function(
        "bounded",
        (),
        BOOL,
        (Return(apply(Op.LE, plus(load(0), load(1)), number(3))),),
    )
    run = Coroutine(
        "run",
        2,
        (
            block("entry", assign("by", number(1)), step="again"),
            branch(
                "again",
                apply(Op.LT, local("by"), number(2)),
                "more",
                "over",
                Require(
                    equal(
                        Load(element(2, member(2), 2, 2, PHASE), PHASE), Const("Phase.IDLE", PHASE)
                    ),
                    at(4),
                ),
            ),
            block(
                "more",
                Choose(local("pick"), Const((1, 2), ListType(SMALL, 2)), "how much", at(5)),
                assign("by", plus(local("by"), local("pick"))),
                step="again",
            ),
            block("over", store(0, number(0)), goto="end"),
            block("end"),
        ),
        span=at(3),
    )
    small = program()
    task = Local("task", TaskType())
    return Program(
        name="Counters",
        slots=(SMALL, SMALL, PHASE, PHASE, PHASE, PHASE, waiters),
        initial=(0, 0, *("Phase.IDLE",) * 3, "Phase.BUSY", ()),
        places=places,
        components=(*small.components, Component("gate", "InputGate")),
        functions=(tick, bounded),
        coroutines=(run,),
        tasks=(TaskInfo("run[0]", 0, 0), TaskInfo("run[1]", 0, 1, loop=1, daemon=True)),
        steps=(
            Step(
                "run",
                StepKind.PROCESS,
                (task,),
                ((0,), (1,)),
                ("run[0]", "run[1]"),
                (Resume(task),),
                at(3),
            ),
            Step(
                "flip",
                StepKind.ACTION,
                (local("i", IntType(0, 1)), local("j", IntType(0, 1))),
                ((0, 0), (1, 0)),
                ("flip[0]", "flip[1]"),
                (
                    Store(
                        Apply(
                            Op.OFFSET,
                            (
                                Apply(
                                    Op.OFFSET,
                                    (
                                        Const(2, PlaceType(grid.kind, (2,))),
                                        local("i", IntType(0, 1)),
                                        number(2),
                                        number(2),
                                    ),
                                    PlaceType(ArrayShape(PHASE, 2), (2, 4)),
                                ),
                                local("j", IntType(0, 1)),
                                number(2),
                                number(1),
                            ),
                            PlaceType(PHASE, (2, 3, 4, 5)),
                        ),
                        Const("Phase.BUSY", PHASE),
                        PHASE,
                        "grid[…]",
                        checked=False,
                    ),
                ),
                at(9),
            ),
        ),
        properties=(
            Property(
                "bounded",
                PropertyKind.INVARIANT,
                "bounded",
                antecedents=(("bounded", "started"),),
                span=at(12),
            ),
        ),
        parameters=(("calls", "4"),),
    )
