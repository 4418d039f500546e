"""Methods of places and of built-in values: each is an operation on a value, or a store of one."""

from __future__ import annotations

import ast
from typing import NoReturn

from ordercheck.frontend.making import apply, kind_of_expr, number
from ordercheck.frontend.operands import (
    NONE,
    BuiltinMethod,
    Cell,
    Dynamic,
    Operand,
    PlaceOperand,
    Static,
)
from ordercheck.frontend.subscripts import Subscripts
from ordercheck.frontend.syntax import MUTATORS
from ordercheck.frontend.typing_rules import BOOL, describe_type
from ordercheck.frontend.vats import use_place, use_pool
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import Expr, Op
from ordercheck.ir.types import (
    ArrayShape,
    BagType,
    IntType,
    ListType,
    MapType,
    NeverType,
    NoneType,
    SetType,
    TextType,
    TupleType,
    Type,
    UnionType,
    join,
)
from ordercheck.language.places import Pool
from ordercheck.language.spawning import TaskPool

SET_OPERATIONS = {
    "union": Op.UNION,
    "intersection": Op.INTERSECTION,
    "difference": Op.DIFFERENCE,
    "symmetric_difference": Op.SYMMETRIC,
}


class Methods(Subscripts):
    """Lowers calls of the methods of places and built-in values."""

    def method(
        self,
        callee: BuiltinMethod,
        arguments: list[Operand],
        keywords: dict[str, Operand],
        node: ast.Call,
    ) -> Operand:
        """A call of a built-in method."""
        if isinstance(callee.receiver, Static) and isinstance(callee.receiver.value, Pool):
            return self._pool_method(callee.receiver.value, callee.name, arguments, node)
        if keywords:
            self.refuse("E055", f"{callee.name} takes no keyword arguments here", node)
        self._check_changed(callee, node)
        if self._foldable(callee, arguments):
            return self._folded(callee, arguments, node)
        kind = self._held(callee, node)
        names = {
            ListType: self._list_method,
            TupleType: self._list_method,
            SetType: self._set_method,
            MapType: self._map_method,
            BagType: self._bag_method,
            TextType: self._text_method,
        }
        if type(kind) not in names:
            self.refuse("E056", f"{describe_type(kind)} has no method {callee.name}", node)
        return names[type(kind)](callee, arguments, node)

    def _check_changed(self, callee: BuiltinMethod, node: ast.Call) -> None:
        """Refuse to change a local list by a method of it that has been given away."""
        direct = isinstance(node.func, ast.Attribute) and node.func.value is callee.target
        if isinstance(callee.receiver, Dynamic) and callee.name in MUTATORS and not direct:
            self.refuse(
                "E064",
                "only a local list, set or dict can be changed here",
                node,
                f"whose {callee.name} this is, is not said here",
                f"call {callee.name} where the collection is, or make it a place in set-up",
            )

    def _foldable(self, callee: BuiltinMethod, arguments: list[Operand]) -> bool:
        return isinstance(callee.receiver, Static) and all(
            isinstance(argument, Static) for argument in arguments
        )

    def _folded(self, callee: BuiltinMethod, arguments: list[Operand], node: ast.AST) -> Operand:
        assert isinstance(callee.receiver, Static)
        if callee.name in MUTATORS and isinstance(callee.receiver.value, list | dict | set):
            self.refuse(
                "E061",
                "what set-up made as a plain list, dict or set is a constant of the steps",
                node,
                "a step cannot change it",
                "declare it as a place: seq(…), map_of(…), set_of(…)",
            )
        values = [argument.value for argument in arguments if isinstance(argument, Static)]
        held = callee.receiver.value
        if isinstance(held, dict) and callee.name in ("keys", "values", "items"):
            return Static(tuple(getattr(held, callee.name)()))
        return self.computed(lambda: getattr(held, callee.name)(*values), node)

    def _held(self, callee: BuiltinMethod, node: ast.AST) -> Type:
        if isinstance(callee.receiver, PlaceOperand):
            kind = callee.receiver.kind
            return (
                ListType(kind.item, kind.length)
                if isinstance(kind, ArrayShape) and not (isinstance(kind.item, ArrayShape))
                else kind
                if not isinstance(kind, ArrayShape)
                else NeverType()
            )
        held = kind_of_expr(self.value_expr(callee.receiver, node))
        if isinstance(held, UnionType):
            rest = tuple(option for option in held.options if option != NoneType())
            return rest[0] if len(rest) == 1 else held
        return held

    def integer(self, expr: Expr, node: ast.AST) -> Expr:
        """The expression as a number."""
        raise NotImplementedError

    def _values(
        self, callee: BuiltinMethod, arguments: list[Operand], node: ast.Call
    ) -> list[Expr]:
        keep = callee.name in ("append", "insert", "add")
        take = self.stored_expr if keep else self.value_expr
        return [take(a, n) for a, n in zip(arguments, node.args, strict=False)]

    # --- reading and writing the receiver --------------------------------------------------

    def contents(self, callee: BuiltinMethod, node: ast.AST) -> Expr:
        """The receiver's value now."""
        expr = self.value_expr(callee.receiver, node)
        held = kind_of_expr(expr)
        if isinstance(held, UnionType):
            expr = ir.Cast(expr, self._held(callee, node), self.span(node))
        if isinstance(kind_of_expr(expr), TupleType):
            return self.as_list(expr, node)
        return expr

    def replace(self, callee: BuiltinMethod, value: Expr, node: ast.AST) -> None:
        """Give the receiver a new value."""
        match callee.receiver:
            case PlaceOperand(kind=ArrayShape()):
                self.refuse("E062", f"an array has no {callee.name}", node, "its size is fixed")
            case PlaceOperand(address=address, kind=kind, slots=slots, old=old):
                if old:
                    self.refuse("E063", "the state before a step cannot be changed", node)
                use_place(self, callee.receiver, node)
                assert not isinstance(kind, ArrayShape)
                name = self.unit.world.names[slots[0]]
                self.effect(ir.Store(address, value, kind, name, True, self.span(node)))
            case _:
                self._replace_local(callee.target, value, node)

    def _replace_local(self, target: ast.expr, value: Expr, node: ast.AST) -> None:
        cell = self.activation.names.get(target.id) if isinstance(target, ast.Name) else None
        if not isinstance(cell, Cell):
            self.refuse(
                "E064",
                "only a local list, set or dict can be changed here",
                target,
                "this is a value, and values never change",
                "assign a new value instead",
            )
        self.set_cell(cell, value, self.span(node))

    # --- lists ----------------------------------------------------------------------------

    def _list_method(
        self, callee: BuiltinMethod, arguments: list[Operand], node: ast.Call
    ) -> Operand:
        span = self.span(node)
        items = self.contents(callee, node)
        kind = kind_of_expr(items)
        assert isinstance(kind, ListType)
        values = self._values(callee, arguments, node)

        def grown(value: Expr) -> ListType:
            more = None if kind.capacity is None else kind.capacity + 1
            return ListType(join(kind.item, kind_of_expr(value)), more)

        match callee.name, values:
            case "append", [value]:
                self.replace(callee, apply(Op.APPEND, (items, value), grown(value), span), node)
                return NONE
            case "extend", [more]:
                self.replace(callee, self.joined(items, self.as_list(more, node), node), node)
                return NONE
            case "insert", [index, value]:
                index = self.integer(index, node)
                inserted = apply(Op.INSERT, (items, index, value), grown(value), span)
                self.replace(callee, inserted, node)
                return NONE
            case (("pop" | "popleft"), []):
                first = callee.name == "popleft"
                return self._taken(callee, items, kind, number(0 if first else -1, span), node)
            case "pop", [index]:
                return self._taken(callee, items, kind, self.integer(index, node), node)
            case "remove", [value]:
                self.replace(callee, apply(Op.REMOVE, (items, value), kind, span), node)
                return NONE
            case "clear", []:
                self.replace(callee, apply(Op.LIST, (), ListType(NeverType(), 0), span), node)
                return NONE
            case "reverse", []:
                self.replace(callee, apply(Op.REVERSED, (items,), kind, span), node)
                return NONE
            case "sort", []:
                self.check_ordered(kind.item, node)
                self.replace(callee, apply(Op.SORTED, (items,), kind, span), node)
                return NONE
            case "copy", []:
                return Dynamic(items)
            case "index", [value]:
                return Dynamic(apply(Op.FIND, (items, value), _index(kind), span))
            case "count", [value]:
                return Dynamic(apply(Op.COUNT, (items, value), IntType(0, kind.capacity), span))
            case _:
                self._no_method("a list", callee, node)

    def joined(self, first: Expr, second: Expr, node: ast.AST) -> Expr:
        """Two lists, one after the other."""
        left, right = kind_of_expr(first), kind_of_expr(second)
        assert isinstance(left, ListType)
        assert isinstance(right, ListType)
        kind = ListType(join(left.item, right.item), None)
        return apply(Op.CONCAT, (first, second), kind, self.span(node))

    def _taken(
        self, callee: BuiltinMethod, items: Expr, kind: ListType, index: Expr, node: ast.AST
    ) -> Operand:
        span = self.span(node)
        if not isinstance(index, ir.Const):
            index = self.temporary(index)
        taken = self.temporary(apply(Op.INDEX, (items, index), kind.item, span), "taken")
        self.replace(callee, apply(Op.REMOVE_AT, (items, index), kind, span), node)
        return self.wrap(taken)

    # --- sets, maps, bags -------------------------------------------------------------------

    def _set_method(
        self, callee: BuiltinMethod, arguments: list[Operand], node: ast.Call
    ) -> Operand:
        span = self.span(node)
        held = self.contents(callee, node)
        kind = kind_of_expr(held)
        assert isinstance(kind, SetType)
        values = self._values(callee, arguments, node)
        match callee.name, values:
            case "add", [value]:
                wider = SetType(join(kind.domain, kind_of_expr(value)))
                self.replace(callee, apply(Op.ADD_ITEM, (held, value), wider, span), node)
                return NONE
            case "discard", [value]:
                self.replace(callee, apply(Op.DISCARD, (held, value), kind, span), node)
                return NONE
            case "remove", [value]:
                self.replace(callee, apply(Op.REMOVE_ITEM, (held, value), kind, span), node)
                return NONE
            case "clear", []:
                self.replace(callee, ir.Const(frozenset(), SetType(NeverType()), span), node)
                return NONE
            case "update", [more]:
                self.replace(callee, self.merged(Op.UNION, held, more, node), node)
                return NONE
            case "difference_update", [less]:
                self.replace(callee, self.merged(Op.DIFFERENCE, held, less, node), node)
                return NONE
            case "intersection_update", [other]:
                self.replace(callee, self.merged(Op.INTERSECTION, held, other, node), node)
                return NONE
            case "symmetric_difference_update", [other]:
                self.replace(callee, self.merged(Op.SYMMETRIC, held, other, node), node)
                return NONE
            case ("union" | "intersection" | "difference" | "symmetric_difference") as name, [x]:
                return Dynamic(self.merged(SET_OPERATIONS[name], held, x, node))
            case "issubset", [other]:
                return Dynamic(apply(Op.SUBSET, (held, self.as_set(other, node)), BOOL, span))
            case "issuperset", [other]:
                return Dynamic(apply(Op.SUBSET, (self.as_set(other, node), held), BOOL, span))
            case "isdisjoint", [other]:
                return Dynamic(apply(Op.DISJOINT, (held, self.as_set(other, node)), BOOL, span))
            case "copy", []:
                return Dynamic(held)
            case _:
                self._no_method("a set", callee, node)

    def as_set(self, expr: Expr, node: ast.AST) -> Expr:
        """A collection as a set."""
        if isinstance(kind_of_expr(expr), SetType):
            return expr
        items = self.as_list(expr, node)
        kind = kind_of_expr(items)
        assert isinstance(kind, ListType)
        return apply(Op.TO_SET, (items,), SetType(kind.item), self.span(node))

    def merged(self, op: Op, first: Expr, second: Expr, node: ast.AST) -> Expr:
        """Two sets in one."""
        other = self.as_set(second, node)
        left, right = kind_of_expr(first), kind_of_expr(other)
        kind = left if op in (Op.DIFFERENCE, Op.INTERSECTION) else join(left, right)
        return apply(op, (first, other), kind, self.span(node))

    def _map_method(
        self, callee: BuiltinMethod, arguments: list[Operand], node: ast.Call
    ) -> Operand:
        span = self.span(node)
        held = self.contents(callee, node)
        kind = kind_of_expr(held)
        assert isinstance(kind, MapType)
        values = self._values(callee, arguments, node)
        match callee.name, values:
            case "get", [key]:
                return self._get(held, kind, key, ir.Const(None, NoneType(), span), node)
            case "get", [key, default]:
                return self._get(held, kind, key, default, node)
            case "keys", []:
                return Dynamic(apply(Op.KEYS, (held,), ListType(kind.key, None), span))
            case "values", []:
                return Dynamic(apply(Op.VALUES, (held,), ListType(kind.value, None), span))
            case "items", []:
                pairs = ListType(TupleType((kind.key, kind.value)), None)
                return Dynamic(apply(Op.ITEMS, (held,), pairs, span))
            case "clear", []:
                self.replace(callee, apply(Op.MAP, (), kind, span), node)
                return NONE
            case "pop", [key]:
                key = key if isinstance(key, ir.Const) else self.temporary(key)
                taken = self.temporary(apply(Op.GET, (held, key), kind.value, span), "taken")
                self.replace(callee, apply(Op.DELETE, (held, key), kind, span), node)
                return self.wrap(taken)
            case "pop", [key, default]:
                key = key if isinstance(key, ir.Const) else self.temporary(key)
                got = self._get(held, kind, key, default, node)
                taken = self.temporary(self.value_expr(got, node), "taken")
                present = apply(Op.CONTAINS, (held, key), BOOL, span)
                without = apply(Op.DELETE, (held, key), kind, span)
                left = ir.Conditional(present, without, held, kind, span)
                self.replace(callee, left, node)
                return self.wrap(taken)
            case "setdefault", [key, default]:
                key = key if isinstance(key, ir.Const) else self.temporary(key)
                default = default if isinstance(default, ir.Const) else self.temporary(default)
                got = self._get(held, kind, key, default, node)
                found = self.temporary(self.value_expr(got, node), "found")
                put = self.with_item(callee, held, key, default, node)
                present = apply(Op.CONTAINS, (held, key), BOOL, span)
                same = ir.Cast(held, put.type, span) if put.type != kind else held
                self.replace(callee, ir.Conditional(present, same, put, put.type, span), node)
                return self.wrap(found)
            case "update", [more]:
                self._put_all(callee, more, node)
                return NONE
            case "copy", []:
                return Dynamic(held)
            case _:
                self._no_method("a map", callee, node)

    def with_item(
        self, callee: BuiltinMethod, held: Expr, key: Expr, value: Expr, node: ast.AST
    ) -> Expr:
        """A map with one more item, or another value; a temporary's type grows as needed."""
        kind, span = kind_of_expr(held), self.span(node)
        assert isinstance(kind, MapType)
        wider = MapType(join(kind.key, kind_of_expr(key)), join(kind.value, kind_of_expr(value)))
        if isinstance(callee.receiver, PlaceOperand):
            wider = MapType(kind.key, wider.value)
        elif wider.key != kind.key:
            held = ir.Cast(held, wider, span)
        return apply(Op.PUT, (held, key, value), wider, span)

    def _put_all(self, callee: BuiltinMethod, more: Expr, node: ast.AST) -> None:
        """Put the items of another map in, or pairs of keys and values, one by one."""
        span, kind = self.span(node), kind_of_expr(more)
        if isinstance(kind, MapType):
            pairs = ListType(TupleType((kind.key, kind.value)), None)
            more, kind = apply(Op.ITEMS, (more,), pairs, span), pairs
        if not isinstance(kind, ListType) or not isinstance(kind.item, TupleType | NeverType):
            self.refuse("E052", "a map takes another map, or pairs", node, describe_type(kind))
        item = kind.item
        if not isinstance(item, TupleType):
            return  # nothing is put in
        if len(item.items) != 2:
            self.refuse("E053", f"{len(item.items)} values are no key with its value", node)
        each = ir.Local(self.fresh("each"), item)
        key, value = (ir.Field(each, k, item.items[k], span) for k in range(2))
        with self.nested() as body:
            held = self.contents(callee, node)
            self.replace(callee, self.with_item(callee, held, key, value, node), node)
        self.emit(ir.For(each, more, tuple(body), span))

    def _get(self, held: Expr, kind: MapType, key: Expr, default: Expr, node: ast.AST) -> Operand:
        found = join(kind.value, kind_of_expr(default))
        return self.wrap(apply(Op.GET_OR, (held, key, default), found, self.span(node)))

    def _bag_method(
        self, callee: BuiltinMethod, arguments: list[Operand], node: ast.Call
    ) -> Operand:
        span = self.span(node)
        held = self.contents(callee, node)
        kind = kind_of_expr(held)
        assert isinstance(kind, BagType)
        values = self._values(callee, arguments, node)
        match callee.name, values:
            case "add", [value]:
                self.replace(callee, apply(Op.ADD_ITEM, (held, value), kind, span), node)
                return NONE
            case "remove", [value]:
                self.replace(callee, apply(Op.REMOVE_ITEM, (held, value), kind, span), node)
                return NONE
            case "count", [value]:
                count = apply(Op.COUNT, (held, value), IntType(0, kind.capacity), span)
                return Dynamic(count)
            case "clear", []:
                empty = ir.Const(self.unit.empty_bag(kind), kind, span)
                self.replace(callee, empty, node)
                return NONE
            case _:
                self._no_method("a bag", callee, node)

    def _text_method(
        self, callee: BuiltinMethod, arguments: list[Operand], node: ast.Call
    ) -> Operand:
        held = self.value_expr(callee.receiver, node)
        kind = kind_of_expr(held)
        assert isinstance(kind, TextType)
        if callee.name in ("count", "index", "find") and isinstance(arguments[0], Static):
            table = tuple((v, getattr(v, callee.name)(arguments[0].value)) for v in kind.values)
            numbers = IntType(min(n for _, n in table), max(n for _, n in table))
            return Dynamic(ir.Lookup(held, table, numbers, self.span(node)))
        if callee.name in ("startswith", "endswith") and isinstance(arguments[0], Static):
            answers = tuple((v, getattr(v, callee.name)(arguments[0].value)) for v in kind.values)
            return Dynamic(ir.Lookup(held, answers, BOOL, self.span(node)))
        self._no_method("a string", callee, node)

    def _pool_method(
        self, given: Pool[object], name: str, arguments: list[Operand], node: ast.Call
    ) -> Operand:
        if isinstance(given, TaskPool):
            self.refuse(
                "E056",
                f"a pool of tasks has no method {name}",
                node,
                "no such method",
                "spawn(self.calls, self.handle(i))",
            )
        if name != "new" or arguments:
            self.refuse("E056", f"a pool has no method {name}", node, help="it has new()")
        use_pool(self, given, node)
        if not given.entries:
            path = self.unit.world.pools[id(given)].path
            headline = f"{path} has nothing to give: its capacity is 0"
            label = "how many can be in use at once?"
            self.refuse("E012", headline, node, label, f"say it where {path} is made")
        call = self.unit.pool_new(given, self.span(node))
        self.pure = False
        return self.wrap(self.temporary(call, "new"))

    def _no_method(self, what: str, callee: BuiltinMethod, node: ast.AST) -> NoReturn:
        self.refuse(
            "E056",
            f"{what} has no method {callee.name} here, or not with these arguments",
            node,
            "docs/language.md lists the methods of places",
        )


def _index(kind: ListType) -> IntType:
    return IntType(0, None if kind.capacity is None else max(0, kind.capacity - 1))
