"""Two-phase commit (Gray, Lamport) by hand, as a front end would lower it."""

from __future__ import annotations

from ordercheck.ir.nodes import (
    Apply,
    Component,
    Comprehend,
    Const,
    Each,
    Expr,
    Function,
    Load,
    Local,
    Logic,
    Op,
    Place,
    Program,
    Property,
    PropertyKind,
    Require,
    Return,
    Step,
    StepKind,
    Stmt,
    Store,
)
from ordercheck.ir.types import (
    ArrayShape,
    EnumType,
    IntType,
    ListType,
    NoneType,
    SetType,
    Type,
    UnionType,
)
from tests.ir.build import BOOL, apply, at, element, equal, number, slot

RM = EnumType("Rm", ("WORKING", "PREPARED", "COMMITTED", "ABORTED"))
TM = EnumType("Tm", ("INIT", "COMMITTED", "ABORTED"))
DECISION = UnionType((NoneType(), EnumType("Decision", ("COMMIT", "ABORT"))))


def two_phase(n: int = 3, enough: int | None = None) -> Program:
    """Slots: the resource managers; the manager; prepared; messages; the decision sent."""
    one = IntType(0, n - 1)
    group = SetType(one)
    r = Local("r", one)
    tm, prepared, messages, decision = n, n + 1, n + 2, n + 3
    rm_slot = element(0, r, n, kind=RM)

    def load(address: int, kind: Type) -> Load:
        return Load(slot(address, kind), kind)

    def store(address: int, value: Expr, kind: Type) -> Store:
        return Store(slot(address, kind), value, kind, checked=False)

    def is_(address: int, kind: Type, value: str) -> Expr:
        return equal(load(address, kind), Const(value, kind))

    def set_rm(value: str) -> Stmt:
        return Store(rm_slot, Const(value, RM), RM, checked=False)

    def with_r(address: int) -> Stmt:
        return store(address, Apply(Op.ADD_ITEM, (load(address, group), r), group), group)

    def sent(value: str) -> Stmt:
        return store(decision, Const(value, DECISION.options[1]), DECISION)

    def step(name: str, *body: Stmt, each: bool = True) -> Step:
        bindings = tuple((k,) for k in range(n)) if each else ((),)
        actors = tuple(f"rm[{k}]" for k in range(n)) if each else ("tm",)
        parameters = (r,) if each else ()
        return Step(name, StepKind.ACTION, parameters, bindings, actors, body, at(len(name)))

    working = Require(equal(Load(rm_slot, RM), Const("Rm.WORKING", RM)))
    heard = Apply(Op.LENGTH, (load(prepared, group),), IntType(0, n))
    steps = (
        step(
            "tm_commit",
            Require(is_(tm, TM, "Tm.INIT")),
            Require(apply(Op.GE, heard, number(enough or n))),
            store(tm, Const("Tm.COMMITTED", TM), TM),
            sent("Decision.COMMIT"),
            each=False,
        ),
        step(
            "tm_abort",
            Require(is_(tm, TM, "Tm.INIT")),
            store(tm, Const("Tm.ABORTED", TM), TM),
            sent("Decision.ABORT"),
            each=False,
        ),
        step(
            "tm_rcv_prepared",
            Require(
                Logic(
                    "and",
                    (is_(tm, TM, "Tm.INIT"), apply(Op.CONTAINS, load(messages, group), r)),
                    BOOL,
                )
            ),
            with_r(prepared),
        ),
        step("rm_prepare", working, set_rm("Rm.PREPARED"), with_r(messages)),
        step("rm_choose_abort", working, set_rm("Rm.ABORTED")),
        step(
            "rm_rcv_commit",
            Require(is_(decision, DECISION, "Decision.COMMIT")),
            set_rm("Rm.COMMITTED"),
        ),
        step(
            "rm_rcv_abort", Require(is_(decision, DECISION, "Decision.ABORT")), set_rm("Rm.ABORTED")
        ),
    )
    k = Local("k", one)

    def some(value: str) -> Expr:
        test = equal(Load(element(0, k, n, kind=RM), RM), Const(value, RM))
        each = Each(k, Const(tuple(range(n)), ListType(one, n)))
        return apply(Op.ANY, Comprehend(test, (each,), ListType(BOOL)))

    consistent = apply(Op.NOT, Logic("and", (some("Rm.COMMITTED"), some("Rm.ABORTED")), BOOL))
    return Program(
        name="TwoPhase",
        slots=(*(RM,) * n, TM, group, group, DECISION),
        initial=(*("Rm.WORKING",) * n, "Tm.INIT", frozenset(), frozenset(), None),
        places=(
            Place("rm", 0, ArrayShape(RM, n)),
            Place("tm", tm, TM),
            Place("prepared", prepared, group),
            Place("messages", messages, group),
            Place("decision", decision, DECISION),
        ),
        components=(Component("", "TwoPhase"),),
        functions=(Function("consistent", (), BOOL, (Return(consistent),)),),
        coroutines=(),
        tasks=(),
        steps=steps,
        properties=(Property("consistent", PropertyKind.INVARIANT, "consistent"),),
        deadlock=False,
    )
