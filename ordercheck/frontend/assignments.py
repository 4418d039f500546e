"""Assignment: to names, attributes, items; augmented, and del."""

from __future__ import annotations

import ast
import typing
from collections.abc import Callable
from enum import Enum
from typing import Annotated

from ordercheck.frontend import builtin_functions as builtin_functions
from ordercheck.frontend.calls import Calls
from ordercheck.frontend.making import apply, kind_of_expr, number, several_places
from ordercheck.frontend.operands import (
    BuiltinMethod,
    Cell,
    Dynamic,
    Object,
    Operand,
    PlaceOperand,
    Started,
    Static,
)
from ordercheck.frontend.scope import Refused, bound_flag
from ordercheck.frontend.typing_rules import describe_type, storable
from ordercheck.frontend.variables import store_variable
from ordercheck.frontend.vats import use_component
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import Expr, Op
from ordercheck.ir.types import (
    ArrayShape,
    IntType,
    ListType,
    MapType,
    NeverType,
    NoneType,
    RefType,
    SetType,
    Type,
    join,
)


class Assignments(Calls):
    """Lowers assignments."""

    def assign_all(self, targets: list[ast.expr], value: ast.expr, node: ast.AST) -> None:
        """Lower an assignment to one or several targets."""
        first = targets[0]
        saved, self.hint = self.hint, first.id if isinstance(first, ast.Name) else _tail(first)
        operand = self.expression(value)
        self.hint = saved
        if isinstance(operand, Started) and self._is_dropped(targets):
            self.refuse_unawaited(value)
        if (
            len(targets) == 1
            and isinstance(first, ast.Tuple)
            and isinstance(value, ast.Tuple)
            and len(first.elts) == len(value.elts)
        ):
            operand = self._settled(operand, value)
        if len(targets) > 1:
            operand = self.spill(operand, value)
        for target in targets:
            self._check_alias(target, value)
            self.assign(target, operand, node)

    def _is_dropped(self, targets: list[ast.expr]) -> bool:
        """Whether what these targets are given is never looked at."""
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        return len(names) == len(targets) and not self.activation.read & set(names)

    def declare_range(self, node: ast.AnnAssign) -> None:
        """Note the range that an annotation gives a local: `n: Annotated[int, Range(0, 7)]`."""
        if not isinstance(node.target, ast.Name):
            return
        for part in ast.walk(node.annotation):
            if not isinstance(part, ast.Name | ast.Subscript | ast.Attribute):
                continue
            try:
                given = self.expression(part)
            except Refused:
                continue
            if isinstance(given, Static) and typing.get_origin(given.value) is Annotated:
                kind = self.unit.world.kinds.type_of_domain(given.value)
                if isinstance(kind, IntType) and kind != IntType():
                    self.declared[f"{self.activation.prefix}{node.target.id}"] = kind
                return

    def _settled(self, operand: Operand, node: ast.AST) -> Operand:
        return Dynamic(self.temporary(operand.expr)) if isinstance(operand, Dynamic) else operand

    def _check_alias(self, target: ast.expr, value: ast.expr) -> None:
        if not (isinstance(target, ast.Name) and isinstance(value, ast.Name)):
            return
        cell = self.activation.names.get(value.id)
        if not isinstance(cell, Cell) or not self.activation.mutated & {target.id, value.id}:
            return
        kind = self.cell_type(cell.name)
        if isinstance(kind, ListType | SetType | MapType):
            self.refuse(
                "E075",
                "two names for one temporary that changes",
                value,
                "a change through one name would show through the other",
                f"copy it: list({value.id})",
            )

    def assign(self, target: ast.expr, value: Operand, node: ast.AST) -> None:
        """Assign an operand to a name, attribute, item or tuple of them."""
        match target:
            case ast.Name(id=name):
                self.bind_name(name, value, node)
            case ast.Tuple(elts=items) | ast.List(elts=items):
                for each, part in self.targets(items, self.spill(value, target), target):
                    self.assign(each, part, node)
            case ast.Attribute(value=inner, attr=name):
                self._assign_attribute(self.expression(inner), name, value, target)
            case ast.Subscript():
                self._assign_item(target, value)
            case _:
                self.refuse("E047", "this cannot be assigned to", target)

    def bind_name(self, name: str, value: Operand, node: ast.AST) -> None:
        """Bind a local name: to the operand itself where it never changes, else to a cell."""
        if self._is_fixed(name, value):
            if isinstance(value, PlaceOperand | Object):
                value = self.spill(value, node)
            self.activation.names[name] = value
            return
        known = self.activation.names.get(name)
        cell = known if isinstance(known, Cell) else Cell(f"{self.activation.prefix}{name}")
        self.set_cell(cell, self.value_or_reference(value, node), self.span(node))
        self.activation.names[name] = cell

    def value_or_reference(self, operand: Operand, node: ast.AST) -> Expr:
        """The operand as what a local holds: a reference to a place, a value of anything else."""
        return self.expr_of(operand, node)

    def _is_fixed(self, name: str, value: Operand) -> bool:
        once = self.activation.assigned.get(name) == 1
        if bound_flag(f"{self.activation.prefix}{name}").name in self.types:
            return False
        if isinstance(value, Dynamic | Cell):
            return False
        if isinstance(value, Static):
            return once and not _is_plain_value(value.value)
        return once

    def _assign_attribute(
        self, holder: Operand, name: str, value: Operand, target: ast.Attribute
    ) -> None:
        if isinstance(holder, Dynamic) and isinstance(kind_of_expr(holder.expr), NeverType):
            # Nothing is assigned: whatever the expression is, it ends in a model error.
            self.temporary(self.stored_expr(value, target))
            self.temporary(holder.expr)
            return
        if isinstance(holder, Dynamic):
            holder = self.sure(holder, target.value)
        if not isinstance(holder, Object):
            what = "values never change" if isinstance(holder, Dynamic) else "not a component"
            self.refuse(
                "E064",
                f"{target.attr} cannot be assigned here",
                target,
                what,
                "make a new struct: dataclasses.replace(x, field=…)"
                if isinstance(holder, Dynamic)
                else "",
            )
        if holder.old:
            self.refuse("E063", "the state before a step cannot be changed", target)
        kind = kind_of_expr(holder.expr)
        assert isinstance(kind, RefType)
        world = self.unit.world
        slots = [world.variables.get((k, name)) for k in kind.components]
        if any(slot is None for slot in slots):
            self._refuse_attribute(kind, name, target)
        use_component(self, holder.expr, target)
        known = [(k, s) for k, s in zip(kind.components, slots, strict=True) if s is not None]
        types = [world.slots[slot] for _, slot in known]
        expr = self.stored_expr(value, target)
        name = world.names[known[0][1]]
        store_variable(self, holder.expr, known, types, expr, name, target)

    def _refuse_attribute(self, kind: RefType, name: str, target: ast.Attribute) -> None:
        owner = self.unit.world.components[kind.components[0]]
        if name in vars(owner):
            held = vars(owner)[name]
            place = self.static(held)
            if isinstance(place, PlaceOperand):
                self.refuse(
                    "E076",
                    f"{name} is a place: it stays, its contents change",
                    target,
                    "a place cannot be replaced",
                    "use its methods: clear(), append(…), add(…), update(…)",
                )
            self.refuse(
                "E077",
                f"{name} is a constant of the steps",
                target,
                "set-up gave it a plain value",
                f"declare it in set-up: self.{name} = integer({held!r}, lo=…, hi=…)"
                if isinstance(held, int)
                else f"declare it in set-up: self.{name} = variable(domain, {held!r})",
            )
        self.refuse(
            "E078",
            f"{type(owner).__name__} has no variable {name}",
            target,
            "not declared in set-up",
            f"declare it in set-up: self.{name} = …",
        )

    def store(self, address: Expr, value: Expr, declared: Type, name: str, node: ast.AST) -> None:
        """Put a value into a slot, refused where it can never fit."""
        given = kind_of_expr(value)
        fits = join(declared, given) == declared
        if not fits:
            value = self._fit(value, declared, name, node)
        self.effect(ir.Store(address, value, declared, name, not fits, self.span(node)))

    def _fit(self, value: Expr, declared: Type, name: str, node: ast.AST) -> Expr:
        given = kind_of_expr(value)
        if storable(declared, given):
            return value
        self.refuse(
            "E068",
            f"{name} holds {describe_type(declared)}, not {describe_type(given)}",
            node,
            f"this is {describe_type(given)}",
        )

    def _assign_item(self, target: ast.Subscript, value: Operand) -> None:
        value = self.spill(value, target) if isinstance(value, Dynamic | Object) else value
        if isinstance(target.slice, ast.Slice):
            self.refuse("E047", "slices cannot be assigned to", target)
        holder = self.sure(self.expression(target.value), target.value)
        index = self._index_once(holder, target)
        self._by_kind(holder, target, lambda one: self._assign_item_of(one, index, value))

    def _by_kind(self, holder: Operand, node: ast.expr, take: Callable[[Operand], None]) -> None:
        """Change what is held: a place of several kinds as that which it is.

        `take` lowers the change for each kind, so it must not suspend.
        """
        if not _is_one_of_several(holder):
            take(holder)
            return
        assert isinstance(holder, Dynamic)
        *ways, (_, last) = self.place_ways(holder.expr, node)

        def way(k: int) -> None:
            if k == len(ways):
                take(last)
                return
            test, place = ways[k]
            self.choose_branch(test, lambda: take(place), lambda: way(k + 1), node, False)

        way(0)

    def _assign_item_of(self, holder: Operand, target: ast.Subscript, value: Operand) -> None:
        if isinstance(holder, Static):
            self.refuse(
                "E061",
                "what set-up made as a plain list or dict is a constant of the steps",
                target,
                "a step cannot change it",
                "declare it as a place: array(…), map_of(…)",
            )
        if isinstance(holder, Object):
            index = self.expression(target.slice)
            if self.dunder(holder, "__setitem__", [index, value], target) is None:
                self.refuse("E052", "items of this cannot be assigned", target)
            return
        if isinstance(holder, PlaceOperand) and isinstance(holder.kind, ArrayShape):
            index = self.expression(target.slice)
            address = self.item_address(holder, holder.kind, index, target)
            if isinstance(holder.kind.item, ArrayShape):
                self.refuse("E076", "an array inside an array stays where it is", target)
            name = self.unit.world.names[holder.slots[0]].split("[")[0]
            self.store(address, self.stored_expr(value, target), holder.kind.item, name, target)
            return
        self._replace_item(target, holder, value)

    def _replace_item(self, target: ast.Subscript, holder: Operand, value: Operand) -> None:
        callee = BuiltinMethod(holder, "__setitem__", target.value)
        index = self.value_expr(self.expression(target.slice), target.slice)
        held, new = self.contents(callee, target), self.stored_expr(value, target)
        kind, span = kind_of_expr(held), self.span(target)
        match kind:
            case ListType():
                items = ListType(join(kind.item, kind_of_expr(new)), kind.capacity)
                self.replace(callee, apply(Op.REPLACE, (held, index, new), items, span), target)
            case MapType():
                self.replace(callee, self.with_item(callee, held, index, new, target), target)
            case _:
                self.refuse("E052", "items of this cannot be assigned", target, describe_type(kind))

    def augmented(self, node: ast.AugAssign) -> None:
        """Lower an augmented assignment."""
        target = self._once(node.target)
        load = _as_load(target)
        now = self.expression(load)
        if isinstance(now, PlaceOperand) and not isinstance(now.kind, ArrayShape):
            self._augmented_place(node, now)
            return
        if _is_one_of_several(now):
            made = ast.AugAssign(node.target, node.op, self._evaluated_once(node.value))
            once = ast.copy_location(made, node)
            self._by_kind(now, node.target, lambda one: self._augmented_place(once, one))
            return
        if any(isinstance(n, ast.Call | ast.Await) for n in ast.walk(node.value)):
            now = self.spill(now, load)
        value = self.expression(node.value)
        self.assign(target, self.binary(node.op, now, value, node), node)

    def _once(self, target: ast.expr) -> ast.expr:
        """A target that is read and written, with its calls bound to names: each runs once."""
        match target:
            case ast.Subscript(value=value, slice=index):
                made: ast.expr = ast.Subscript(
                    self._evaluated_once(value), self._evaluated_once(index), ast.Store()
                )
            case ast.Attribute(value=value, attr=name):
                made = ast.Attribute(self._evaluated_once(value), name, ast.Store())
            case _:
                return target
        return ast.copy_location(made, target)

    def _index_once(self, holder: Operand, target: ast.Subscript) -> ast.Subscript:
        """A target whose index is evaluated already, where it is lowered for several kinds."""
        if not _is_one_of_several(holder):
            return target
        match target.slice:
            case ast.Slice(lower=lower, upper=upper, step=step):
                ends = (end and self._evaluated_once(end) for end in (lower, upper, step))
                index: ast.expr = ast.copy_location(ast.Slice(*ends), target.slice)
            case whole:
                index = self._evaluated_once(whole)
        return ast.copy_location(ast.Subscript(target.value, index, target.ctx), target)

    def _evaluated_once(self, node: ast.expr) -> ast.expr:
        if not any(isinstance(n, ast.Call | ast.Await) for n in ast.walk(node)):
            return node
        name = f"@once{self.fresh('')}"
        self.activation.names[name] = self.spill(self.expression(node), node)
        return ast.copy_location(ast.Name(name, ast.Load()), node)

    def _augmented_place(self, node: ast.AugAssign, place: Operand) -> None:
        assert isinstance(place, PlaceOperand)
        callee = BuiltinMethod(place, "augmented assignment", node.target)
        value = self.value_expr(self.expression(node.value), node.value)
        match node.op, place.kind:
            case ast.BitOr(), SetType():
                changed = self.merged(Op.UNION, self.contents(callee, node), value, node)
            case ast.Sub(), SetType():
                changed = self.merged(Op.DIFFERENCE, self.contents(callee, node), value, node)
            case ast.BitAnd(), SetType():
                changed = self.merged(Op.INTERSECTION, self.contents(callee, node), value, node)
            case ast.BitXor(), SetType():
                changed = self.merged(Op.SYMMETRIC, self.contents(callee, node), value, node)
            case ast.Add(), ListType():
                changed = self.joined(self.contents(callee, node), self.as_list(value, node), node)
            case _:
                self.refuse("E048", "this operator does not change a place", node)
        self.replace(callee, changed, node)

    def delete(self, target: ast.expr) -> None:
        """Lower the deletion of an item, or of a slice."""
        if not isinstance(target, ast.Subscript):
            self.refuse("E047", "only items can be deleted", target)
        holder = self.sure(self.expression(target.value), target.value)
        index = self._index_once(holder, target)
        self._by_kind(holder, target, lambda one: self._delete_item(one, index))

    def _delete_item(self, holder: Operand, target: ast.Subscript) -> None:
        callee = BuiltinMethod(holder, "del", target.value)
        if isinstance(target.slice, ast.Slice):
            self._delete_slice(callee, target.slice, target)
            return
        index = self.value_expr(self.expression(target.slice), target.slice)
        held = self.contents(callee, target)
        kind, span = kind_of_expr(held), self.span(target)
        match kind:
            case ListType():
                self.replace(callee, apply(Op.REMOVE_AT, (held, index), kind, span), target)
            case MapType():
                self.replace(callee, apply(Op.DELETE, (held, index), kind, span), target)
            case _:
                self.refuse("E052", "items of this cannot be deleted", target)

    def _delete_slice(self, callee: BuiltinMethod, part: ast.Slice, target: ast.expr) -> None:
        if part.step is not None:
            self.refuse("E047", "a slice that is deleted has no step", target)
        ends = [
            None if end is None else self.index_expr(self.expression(end), end)
            for end in (part.lower, part.upper)
        ]
        items = self.contents(callee, target)
        kind, span = kind_of_expr(items), self.span(target)
        if not isinstance(kind, ListType):
            self.refuse("E052", "items of this cannot be deleted", target, describe_type(kind))
        nothing = ir.Const(None, NoneType(), span)

        def cut(start: Expr, stop: Expr) -> Expr:
            return apply(Op.SLICE, (items, start, stop, nothing), kind, span)

        def place(end: Expr) -> Expr:
            """Where a slice really ends: as many items come before, counted as Python does."""
            return apply(Op.LENGTH, (cut(nothing, end),), IntType(0, kind.capacity), span)

        lower, upper = ends
        kept = cut(nothing, number(0, span) if lower is None else lower)
        if upper is not None:
            both = apply(Op.LIST, (place(upper), place(lower or number(0, span))), _NUMBERS, span)
            last = apply(Op.MAX, (both,), IntType(0, kind.capacity), span)
            kept = apply(Op.CONCAT, (kept, cut(last, nothing)), kind, span)
        self.replace(callee, kept, target)


_NUMBERS = ListType(IntType(0, None), 2)


def _is_plain_value(value: object) -> bool:
    return isinstance(value, bool | int | str | tuple | list | type(None) | Enum | frozenset)


def _is_one_of_several(holder: Operand) -> bool:
    """Whether it is a reference to one of several places that are not of one kind."""
    return isinstance(holder, Dynamic) and several_places(kind_of_expr(holder.expr))


def _tail(target: ast.expr) -> str:
    return target.attr if isinstance(target, ast.Attribute) else ""


def _as_load(target: ast.expr) -> ast.expr:
    match target:
        case ast.Name(id=name):
            return ast.copy_location(ast.Name(name, ast.Load()), target)
        case ast.Attribute(value=value, attr=name):
            return ast.copy_location(ast.Attribute(value, name, ast.Load()), target)
        case ast.Subscript(value=value, slice=index):
            return ast.copy_location(ast.Subscript(value, index, ast.Load()), target)
        case _:
            return target
