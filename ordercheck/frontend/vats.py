"""Vats: a root loop with all that lives on it, and what one vat may do to another.

Nothing but to let a task of its go on: by a wake, by a task that is spawned, or by what is
declared to lie between vats (`between_vats`), such as a Channel or a Promise. Everything
else is refused: at once where it is certain, by a model error where it depends on the
state which component, place or task is meant. Free processes and actions are in no vat.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any, NoReturn, Protocol

from ordercheck.frontend.making import apply, kind_of_expr
from ordercheck.frontend.operands import Activation, Object, Operand, PlaceOperand
from ordercheck.frontend.typing_rules import BOOL
from ordercheck.frontend.world import World
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import Expr, Op, Stmt
from ordercheck.ir.record import dataclass, field
from ordercheck.ir.span import Span
from ordercheck.ir.types import IntType, ListType, RefType, TaskType, Type
from ordercheck.language.kernel import Loop
from ordercheck.language.model import Component
from ordercheck.language.places import Pool

WAKES = ("wake", "post", "begin")
"""The methods of a loop that any thread may call: what they do is send a message."""

HELP = (
    "send a message: by a Channel or a Promise, by spawn(…) into a pool of that loop, by "
    "loop.wake(task); a class of your own for that says between_vats = True"
)


@dataclass(frozen=True, slots=True)
class Vats:
    """Which vat everything is of, a vat being known by the component of its root loop.

    Empty where a model has fewer than two: then nobody has to ask.
    """

    world: World | None = None
    components: dict[int, int] = field(default_factory=dict)
    slots: dict[int, int] = field(default_factory=dict)
    tasks: dict[int, int] = field(default_factory=dict)

    def of_loop(self, loop: Component | None) -> int | None:
        """The vat of a loop; None where there is but one, and for no loop."""
        number = None if loop is None or self.world is None else self.world.component_id(loop)
        return None if number is None else self.components.get(number)

    def name(self, vat: int) -> str:
        """What a vat is called: by its loop."""
        assert self.world is not None
        return self.world.infos[vat].path


class Vat(Protocol):
    """What is being lowered, as far as its vat matters; `vat` is None where nothing is asked.

    `narrowed`: it is one of several ways for a receiver, of which the state takes one.
    """

    vat: int | None
    narrowed: bool
    activation: Activation

    @property
    def vats(self) -> Vats:
        """All vats."""
        ...

    def refuse(
        self, code: str, headline: str, node: ast.AST, label: str = "", help: str = ""
    ) -> NoReturn:
        """Stop lowering the current statement with a diagnostic."""

    def authors_span(self, node: ast.AST) -> Span:
        """Where the author's own code stands that leads to a node."""
        ...

    def emit(self, statement: Stmt) -> None:
        """Append a statement to what is being lowered."""


# --- whose is what ---------------------------------------------------------------------


def find_vats(world: World, on: Iterable[tuple[int, Component]], tasks: list[ir.TaskInfo]) -> Vats:
    """The vats of a model; `on` are the components with a process and its loop."""
    numbered = list(enumerate(world.components))
    loops = {k: c for k, c in numbered if isinstance(c, Loop)}
    roots = {k: root for k, loop in loops.items() if (root := _root(world, loop)) is not None}
    if len(set(roots.values())) < 2:
        return Vats()
    evidence: dict[int, set[int]] = {k: set() for k, _ in numbered}
    for k, loop in ((k, world.component_id(loop)) for k, loop in on):
        evidence[k].add(roots[loop if loop is not None else k])
    for k, component in numbered:
        evidence[k] |= {roots[n] for n in _own_loops(world, k, component) if n in roots}
    found: dict[int, int] = {}
    paths = {info.path: k for k, info in enumerate(world.infos)}
    for k, component in numbered:
        if k in roots:
            found[k] = roots[k]
        elif k == 0 or component.between_vats or len(evidence[k]) > 1:
            continue  # everybody's: the model itself, what connects vats, what has several
        elif evidence[k]:
            (found[k],) = evidence[k]
        elif (holder := _holder(paths, world.infos[k].path)) in found:
            found[k] = found[holder]
    slots: dict[int, int] = {}
    for path, held in world.owned():
        owner = paths.get(path, _holder(paths, path))
        if owner in found:
            slots.update(dict.fromkeys(held, found[owner]))
    on_loops = ((k, info.loop) for k, info in enumerate(tasks))
    placed = {k: roots[loop] for k, loop in on_loops if loop is not None}
    return Vats(world, found, slots, placed)


def _root(world: World, loop: Loop) -> int | None:
    while loop.host is not None:
        loop = loop.host
    return world.component_id(loop)


def _own_loops(world: World, number: int, component: Component) -> list[int]:
    """The loops that a component lives on: its `loop`, and those that are made in it."""
    found: list[int] = []
    path = world.infos[number].path
    for name, value in vars(component).items():
        loop = world.component_id(value) if isinstance(value, Loop) else None
        if loop is not None and (name == "loop" or world.infos[loop].path == f"{path}.{name}"):
            found.append(loop)
    return found


def _holder(paths: dict[str, int], path: str) -> int:
    """The component in which what has this path was found."""
    while path:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
        if path in paths:
            break
    return paths.get(path, 0)


# --- who may use it --------------------------------------------------------------------


def vat_inside(
    vat: Vat, function: Callable[..., Any], first: Operand | None, node: ast.AST
) -> int | None:
    """The vat to lower a function in that is called here, if it may be called at all.

    None for one of a loop's, or of what connects vats: they know what they do.
    """
    if vat.vat is None or not isinstance(first, Object):
        return vat.vat
    kind = kind_of_expr(first.expr)
    assert isinstance(kind, RefType)
    world = vat.vats.world
    assert world is not None
    owners = [world.components[k] for k in kind.components]
    if not any(_is_method(type(owner), function) for owner in owners):
        return vat.vat
    if any(isinstance(owner, Loop) for owner in owners) and function.__name__ in WAKES:
        return None
    use_component(vat, first.expr, node)
    if any(isinstance(owner, Loop) or owner.between_vats for owner in owners):
        return None
    # Where all are of others, nobody comes as far as into the function.
    return vat.vat if _mine(vat, kind.components, vat.vats.components) else None


def _is_method(owner: type, function: Callable[..., Any]) -> bool:
    held = (value for base in owner.__mro__ for value in vars(base).values())
    return any(value is function or getattr(value, "fget", None) is function for value in held)


def _mine(vat: Vat, given: Iterable[int], owners: dict[int, int]) -> bool:
    return any(owners.get(k, vat.vat) == vat.vat for k in given)


def use_component(vat: Vat, expr: Expr, node: ast.AST) -> None:
    """See to it that a component is not of another vat."""
    kind = kind_of_expr(expr)
    if vat.vat is None or not isinstance(kind, RefType) or _is_receiver(vat, expr, kind):
        return
    candidates = [expr.value] if isinstance(expr, ir.Const) else kind.components
    _check(vat, expr, candidates, vat.vats.components, kind, node)


def use_place(vat: Vat, place: PlaceOperand, node: ast.AST) -> None:
    """See to it that a place is not of another vat."""
    address = place.address
    if vat.vat is None or place.old:
        return
    candidates = [address.value] if isinstance(address, ir.Const) else place.slots
    _check(vat, address, candidates, vat.vats.slots, kind_of_expr(address), node)


def use_pool(vat: Vat, pool: Pool[Any], node: ast.AST) -> None:
    """See to it that a pool, out of which a component is taken, is not of another vat."""
    if vat.vat is not None and vat.vats.world is not None:
        used = vat.vats.world.pools[id(pool)].used
        slot = ir.Const(used, IntType(used, used))
        _check(vat, slot, [used], vat.vats.slots, slot.type, node)


def use_task(vat: Vat, task: Expr, candidates: Iterable[int], node: ast.AST) -> None:
    """See to it that a task that is resumed, restarted or cancelled is not of another vat."""
    if vat.vat is not None:
        _check(vat, task, candidates, vat.vats.tasks, TaskType(), node)


def _check(
    vat: Vat,
    expr: Expr,
    candidates: Iterable[int],
    owners: dict[int, int],
    kind: Type,
    node: ast.AST,
) -> None:
    """Refuse what is of another vat; where only the state knows, it is a model error."""
    assert vat.vat is not None
    known = tuple(candidates)
    foreign = tuple(k for k in known if owners.get(k, vat.vat) != vat.vat)
    if not foreign:
        return
    here = vat.vats.name(vat.vat)
    if foreign == known and not vat.narrowed:
        there = " or ".join(dict.fromkeys(vat.vats.name(owners[k]) for k in foreign))
        headline = f"this is of another vat: it lives on {there}, what runs here on {here}"
        vat.refuse("E101", headline, node, "a vat calls nothing of another's", HELP)
    span = vat.authors_span(node)
    listed = ir.Const(foreign, ListType(kind, len(foreign)), span)
    test = apply(Op.CONTAINS, (listed, expr), BOOL, span)
    message = f"this is of another vat than {here}, on which it is used"
    vat.emit(ir.If(test, (ir.Fail("vat", message, span),), (), span))


def _is_receiver(vat: Vat, expr: Expr, kind: RefType) -> bool:
    """Whether it is the component whose method is being lowered: its caller has looked."""
    function, world = vat.activation.function, vat.vats.world
    code = getattr(function, "__code__", None)
    if function is None or world is None or not getattr(code, "co_argcount", 0):
        return False
    known = vat.activation.names.get(function.__code__.co_varnames[0])
    same = isinstance(known, Object) and known.expr == expr and not isinstance(expr, ir.Const)
    return same and any(_is_method(type(world.components[k]), function) for k in kind.components)
