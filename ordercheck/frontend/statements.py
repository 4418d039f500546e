"""Statements that do not suspend: they become structured IR, one for one."""

from __future__ import annotations

import ast
from collections.abc import Callable
from enum import Enum
from typing import Any

from ordercheck.frontend import builtin_functions as builtin_functions
from ordercheck.frontend.kinds import is_struct
from ordercheck.frontend.matching import Matching
from ordercheck.frontend.methods import MUTATORS
from ordercheck.frontend.operands import (
    NONE,
    BuiltinMethod,
    Cell,
    Dynamic,
    Object,
    Operand,
    PlaceOperand,
    Static,
)
from ordercheck.frontend.scope import (
    Refused,
    apply,
    kind_of_expr,
)
from ordercheck.frontend.source import diagnostic_of
from ordercheck.frontend.typing_rules import comparable, describe_type, item_type
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import Expr, Op, Stmt
from ordercheck.ir.types import (
    ArrayShape,
    IntType,
    ListType,
    MapType,
    NoneType,
    RefType,
    SetType,
    StructType,
    TextType,
    Type,
    UnionType,
    join,
    options_of,
)
from ordercheck.language.domains import Failure
from ordercheck.language.mistakes import Mistake


class Statements(Matching):
    """Lowers statements in their order."""

    def statements(self, nodes: list[ast.stmt]) -> None:
        """Lower statements; each refusal is recorded and the next statement goes on."""
        for node in nodes:
            try:
                self.statement(node)
            except Refused as refused:
                if refused.diagnostic is not None:
                    self.reports.append(refused.diagnostic)
                self.poison(assigned_names([node]))
            except Mistake as mistake:
                self.reports.append(diagnostic_of(mistake, self.span(node)))
                self.poison(assigned_names([node]))

    def block(self, nodes: list[ast.stmt]) -> tuple[Stmt, ...]:
        """Lower statements into a body of their own."""
        with self.nested() as body:
            self.statements(nodes)
        return tuple(body)

    def statement(self, node: ast.stmt) -> None:
        """Lower one statement."""
        match node:
            case ast.Expr(value=ast.Constant()) | ast.Pass():
                return
            case ast.Expr(value=value):
                self.expression(value)
                self._check_dropped(value)
            case ast.Assign(targets=targets, value=value):
                self._assign_all(targets, value, node)
            case ast.AnnAssign(value=value):
                if value is not None:
                    self._assign_all([node.target], value, node)
            case ast.AugAssign():
                self._augmented(node)
            case ast.If():
                self.if_statement(node)
            case ast.While():
                self.while_statement(node)
            case ast.For():
                self.for_statement(node)
            case ast.Match():
                self.match_statement(node)
            case ast.Break():
                self.emit(ir.Break(self.span(node)))
            case ast.Continue():
                self.emit(ir.Continue(self.span(node)))
            case ast.Return(value=value):
                self.return_statement(value, node)
            case ast.Assert():
                self._assert(node)
            case ast.Raise():
                self.raise_statement(node)
            case ast.Try():
                self.try_statement(node)
            case ast.With():
                self.with_statement(node.items, node.body, node)
            case ast.Delete(targets=targets):
                for each in targets:
                    self._delete(each)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.refuse(
                    "E054",
                    "functions inside steps are not part of the language",
                    node,
                    "move it to the class or the module",
                )
            case _:
                self.refuse(
                    "E047",
                    f"{type(node).__name__} is not part of the modelling language",
                    node,
                    "no engine knows this",
                    "docs/language.md lists statements",
                )

    def _check_dropped(self, node: ast.expr) -> None:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            return
        if isinstance(node, ast.Compare):
            self.refuse(
                "E074", "a comparison by itself does nothing", node, "assert it, or require it?"
            )

    # --- assignment -----------------------------------------------------------------------

    def _assign_all(self, targets: list[ast.expr], value: ast.expr, node: ast.AST) -> None:
        first = targets[0]
        saved, self.hint = self.hint, first.id if isinstance(first, ast.Name) else _tail(first)
        operand = self.expression(value)
        self.hint = saved
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
                if any(isinstance(item, ast.Starred) for item in items):
                    self.refuse("E047", "starred targets are not part of the language", target)
                parts = self.unpack(self.spill(value, target), len(items), target)
                for each, part in zip(items, parts, strict=True):
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
        cell = Cell(f"{self.activation.prefix}{name}")
        self.set_cell(cell, self.value_or_reference(value, node), self.span(node))
        self.activation.names[name] = cell

    def value_or_reference(self, operand: Operand, node: ast.AST) -> Expr:
        """The operand as what a local holds: a reference to a place, a value of anything else."""
        return self.expr_of(operand, node)

    def _is_fixed(self, name: str, value: Operand) -> bool:
        once = self.activation.assigned.get(name) == 1
        if isinstance(value, Dynamic | Cell):
            return False
        if isinstance(value, Static):
            return once and not _is_plain_value(value.value)
        return once

    def _assign_attribute(
        self, holder: Operand, name: str, value: Operand, target: ast.Attribute
    ) -> None:
        if isinstance(holder, Dynamic):
            options = [o for o in options_of(kind_of_expr(holder.expr)) if o != NoneType()]
            if len(options) == 1 and isinstance(options[0], RefType):
                holder = self.wrap(ir.Cast(holder.expr, options[0], self.span(target)))
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
        known = [slot for slot in slots if slot is not None]
        declared = world.slots[known[0]]
        if len(known) == 1:
            address: Expr = ir.Const(known[0], _slot_type(known), self.span(target))
        else:
            table = tuple(zip(kind.components, known, strict=True))
            address = ir.Lookup(holder.expr, table, _slot_type(known), self.span(target))
            if any(world.slots[slot] != declared for slot in known):
                for slot in known[1:]:
                    declared = join(declared, world.slots[slot])
        expr = self.value_expr(value, target)
        self.store(address, expr, declared, world.names[known[0]], target)

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
        if any(_may_be(a, b) for a in options_of(declared) for b in options_of(given)):
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
        holder = self.expression(target.value)
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
            self.store(address, self.value_expr(value, target), holder.kind.item, name, target)
            return
        self._replace_item(target, holder, value)

    def _replace_item(self, target: ast.Subscript, holder: Operand, value: Operand) -> None:
        callee = BuiltinMethod(holder, "__setitem__", target.value)
        index = self.value_expr(self.expression(target.slice), target.slice)
        held, new = self.contents(callee, target), self.value_expr(value, target)
        kind, span = kind_of_expr(held), self.span(target)
        match kind:
            case ListType():
                items = ListType(join(kind.item, kind_of_expr(new)), kind.capacity)
                self.replace(callee, apply(Op.REPLACE, (held, index, new), items, span), target)
            case MapType():
                wider = MapType(
                    join(kind.key, kind_of_expr(index)), join(kind.value, kind_of_expr(new))
                )
                if isinstance(holder, PlaceOperand):
                    wider = MapType(kind.key, wider.value)
                elif wider.key != kind.key:
                    held = ir.Cast(held, wider, span)
                self.replace(callee, apply(Op.PUT, (held, index, new), wider, span), target)
            case _:
                self.refuse("E052", "items of this cannot be assigned", target, describe_type(kind))

    def _augmented(self, node: ast.AugAssign) -> None:
        load = _as_load(node.target)
        now = self.expression(load)
        if isinstance(now, PlaceOperand) and not isinstance(now.kind, ArrayShape):
            self._augmented_place(node, now)
            return
        if any(isinstance(n, ast.Call | ast.Await) for n in ast.walk(node.value)):
            now = self.spill(now, load)
        value = self.expression(node.value)
        self.assign(node.target, self.binary(node.op, now, value, node), node)

    def _augmented_place(self, node: ast.AugAssign, place: PlaceOperand) -> None:
        callee = BuiltinMethod(place, "augmented assignment", node.target)
        value = self.value_expr(self.expression(node.value), node.value)
        match node.op, place.kind:
            case ast.BitOr(), SetType():
                changed = self.merged(Op.UNION, self.contents(callee, node), value, node)
            case ast.Sub(), SetType():
                changed = self.merged(Op.DIFFERENCE, self.contents(callee, node), value, node)
            case ast.BitAnd(), SetType():
                changed = self.merged(Op.INTERSECTION, self.contents(callee, node), value, node)
            case ast.Add(), ListType():
                changed = self.joined(self.contents(callee, node), self.as_list(value, node), node)
            case _:
                self.refuse("E048", "this operator does not change a place", node)
        self.replace(callee, changed, node)

    def _delete(self, target: ast.expr) -> None:
        if not isinstance(target, ast.Subscript) or isinstance(target.slice, ast.Slice):
            self.refuse("E047", "only items can be deleted", target)
        callee = BuiltinMethod(self.expression(target.value), "del", target.value)
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

    # --- control ------------------------------------------------------------------------------

    def choose_branch(
        self,
        test: Expr,
        then: Callable[[], None],
        orelse: Callable[[], None] | None,
        node: ast.AST,
        suspends: bool,
    ) -> None:
        """Emit an if whose branches are lowered by functions."""
        with self.nested() as one:
            then()
        with self.nested() as two:
            if orelse is not None:
                orelse()
        self.emit(ir.If(test, tuple(one), tuple(two), self.span(node)))

    def if_statement(self, node: ast.If) -> None:
        """Lower an if; one whose test is known is no if."""
        test = self.test(node.test)
        if isinstance(test, ir.Const):
            self.statements(node.body if test.value else node.orelse)
            return
        names = dict(self.activation.names)
        then = self.block(node.body)
        after = self.activation.names
        self.activation.names = dict(names)
        orelse = self.block(node.orelse)
        self.merge_names(names, after, leaves(node.body), leaves(node.orelse))
        self.emit(ir.If(test, then, orelse, self.span(node)))

    def merge_names(
        self,
        before: dict[str, Operand],
        one: dict[str, Operand],
        one_leaves: bool,
        two_leaves: bool,
    ) -> None:
        """After two branches: a name is known where both know it, or the other one never ends."""
        two = self.activation.names
        if one_leaves:
            return
        if two_leaves:
            self.activation.names = one
            return
        self.activation.names = {n: o for n, o in one.items() if n in two or n in before}

    def while_statement(self, node: ast.While) -> None:
        """Lower a while loop."""
        if node.orelse:
            self.refuse("E047", "else after a loop is not part of the language", node)
        names = dict(self.activation.names)
        with self.nested() as head:
            test = self.test(node.test)
        if head:
            with self.nested() as body:
                self.body.extend(head)
                stop = ir.Break(self.span(node))
                self.emit(ir.If(test, (), (stop,), self.span(node)))
                self.statements(node.body)
            test = ir.Const(True, self.true_type, self.span(node))
            self.emit(ir.While(test, tuple(body), self.span(node)))
        else:
            self.emit(ir.While(test, self.block(node.body), self.span(node)))
        if not (isinstance(test, ir.Const) and test.value):
            self._forget(names)

    def _forget(self, names: dict[str, Operand]) -> None:
        self.activation.names = {n: o for n, o in self.activation.names.items() if n in names}

    def for_statement(self, node: ast.For) -> None:
        """Lower a for loop over a list."""
        if node.orelse:
            self.refuse("E047", "else after a loop is not part of the language", node)
        listed = self.iterated(node)
        names = dict(self.activation.names)
        variable = ir.Local(self.fresh("each"), item_type(kind_of_expr(listed)))
        with self.nested() as body:
            self.bind_target(node.target, self.wrap(variable))
            self.statements(node.body)
        self.emit(ir.For(variable, listed, tuple(body), self.span(node)))
        self._forget(names)

    def iterated(self, node: ast.For) -> Expr:
        """What a for loop goes over: the items as they are when it begins."""
        operand = self.expression(node.iter)
        if not isinstance(operand, PlaceOperand):
            self.check_iteration(node)
        return self.iterable_expr(operand, node.iter)

    def check_iteration(self, node: ast.For) -> None:
        """Refuse to change a local list while iterating over it: in Python that shows at once."""
        changed = mutated_names(node.body)
        if isinstance(node.iter, ast.Name) and node.iter.id in changed:
            self.refuse(
                "E091",
                f"{node.iter.id} changes while it is iterated over",
                node.iter,
                "which items are left?",
                f"for … in list({node.iter.id}):",
            )

    def bind_target(self, target: ast.expr, operand: Operand) -> None:
        """Bind a loop's target."""
        try:
            self.assign(target, operand, target)
        except Refused as refused:
            if refused.diagnostic is not None:
                self.reports.append(refused.diagnostic)
            self.poison(assigned_names([target]))

    def return_statement(self, value: ast.expr | None, node: ast.AST) -> None:
        """Lower a return."""
        operand = NONE if value is None else self.expression(value)
        if self.boolean_result:
            expr = self.truth(operand, node)
        else:
            expr = self.value_or_place(operand, node)
        self.returns(kind_of_expr(expr))
        self.emit(ir.Return(expr, self.span(node)))

    def value_or_place(self, operand: Operand, node: ast.AST) -> Expr:
        """What a function gives back: a place as a reference, anything else as a value."""
        return self.expr_of(operand, node)

    def returns(self, kind: Type) -> None:
        """Note the type of a value returned."""
        known = self.cell_type("@result")
        wider = join(known, kind)
        self.types["@result"] = wider

    def _assert(self, node: ast.Assert) -> None:
        test = self.test(node.test)
        message: Expr | None = None
        if node.msg is not None:
            text = (
                node.msg.value
                if isinstance(node.msg, ast.Constant)
                else self.activation.source.text(node.msg)
            )
            message = ir.Const(str(text), TextType((str(text),)), self.span(node.msg))
        self.emit(ir.Assert(test, message, self.span(node)))

    # --- exceptions ---------------------------------------------------------------------------

    def raise_statement(self, node: ast.Raise) -> None:
        """Lower a raise."""
        if node.exc is None:
            caught = self.activation.names.get("@caught")
            if caught is None:
                self.refuse("E079", "there is nothing to raise again here", node)
            self.effect(ir.Raise(self.expr_of(caught, node), self.span(node)))
            return
        operand = self.expression(node.exc)
        if isinstance(operand, Static) and isinstance(operand.value, type):
            operand = self.invoke(operand, [], {}, node.exc)
        expr = self.value_expr(operand, node.exc)
        structs = options_of(kind_of_expr(expr))
        if not all(isinstance(o, StructType) and o.exception for o in structs):
            self.refuse(
                "E080",
                "only declared exceptions can be raised",
                node.exc,
                "a subclass of Failure?",
                "class Broken(Failure): …",
            )
        self.effect(ir.Raise(expr, self.span(node)))

    def exception_types(self, node: ast.ExceptHandler) -> tuple[Type, ...]:
        """The exceptions that a handler catches, as struct types."""
        if node.type is None:
            self.refuse(
                "E081",
                "a bare except would hide mistakes of the model",
                node,
                "which exceptions?",
                "except Rejected:",
            )
        operand = self.expression(node.type)
        classes: Any = operand.value if isinstance(operand, Static) else ()
        classes = classes if isinstance(classes, tuple) else (classes,)
        found: list[Type] = []
        for each in classes:
            if not (isinstance(each, type) and is_struct(each) and issubclass(each, Failure)):
                name = getattr(each, "__name__", "this")
                self.refuse(
                    "E081",
                    f"{name} cannot be caught",
                    node.type,
                    "only exceptions that a model declares",
                    "class Broken(Failure): …",
                )
            if each is Failure:
                self.refuse("E081", "Failure itself cannot be caught", node.type, "name them")
            found += self.unit.exceptions_below(each)
        return tuple(found)

    def try_statement(self, node: ast.Try) -> None:
        """Lower a try that does not suspend."""
        names = dict(self.activation.names)
        with self.nested() as inner_body:
            self.statements(node.body)
        known = self.activation.names
        handlers: list[ir.Handler] = []
        for handler in node.handlers:
            self.activation.names = dict(names)
            kinds = self.exception_types(handler)
            variable = ir.Local(self.fresh("caught"), _one_of(kinds))
            with self.nested() as inner:
                self.begin_handler(handler, Dynamic(variable))
                self.statements(handler.body)
            caught = tuple(k.name for k in kinds if isinstance(k, StructType))
            handlers.append(ir.Handler(caught, variable, tuple(inner)))
            if not leaves(handler.body):
                known = {n: o for n, o in known.items() if n in self.activation.names}
        self.activation.names = known
        orelse = self.block(node.orelse)
        final = self.block(node.finalbody)
        self.emit(ir.Try(tuple(inner_body), tuple(handlers), orelse, final, self.span(node)))

    def begin_handler(self, handler: ast.ExceptHandler, caught: Operand) -> None:
        """Bind what a handler has caught."""
        self.activation.names["@caught"] = caught
        if handler.name:
            self.bind_name(handler.name, caught, handler)

    def with_statement(
        self, items: list[ast.withitem], body: list[ast.stmt], node: ast.stmt
    ) -> None:
        """Lower a with: __enter__, the body, __exit__ on every way out."""
        if not items:
            self.statements(body)
            return
        item, *rest = items
        manager = self.spill(self.expression(item.context_expr), item.context_expr)
        entered = self.dunder(manager, "__enter__", [], item.context_expr)
        if entered is None:
            self.refuse("E082", "this is no context manager", item.context_expr, "no __enter__")
        if item.optional_vars is not None:
            self.assign(item.optional_vars, entered, node)
        with self.nested() as inner:
            self.with_statement(rest, body, node)
        with self.nested() as final:
            self.leave_manager(manager, "__exit__", item.context_expr)
        self.emit(ir.Try(tuple(inner), (), (), tuple(final), self.span(node)))

    def leave_manager(self, manager: Operand, name: str, node: ast.expr) -> Operand:
        """Call a context manager's exit."""
        found = self.dunder(manager, name, [NONE, NONE, NONE], node)
        if found is None:
            self.refuse("E082", "this is no context manager", node, f"it has no {name}")
        return found


SCOPED = ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
"""Syntax with names of its own."""


def assigned_names(nodes: list[Any]) -> list[str]:
    """Names that some syntax assigns, with one entry an assignment."""
    found: list[str] = []
    todo: list[ast.AST] = list(nodes)
    while todo:
        node = todo.pop(0)
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                found.append(name)
            case ast.AugAssign(target=ast.Name(id=name)):
                found.append(name)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                found.append(name)
            case ast.MatchStar(name=str(name)):
                found.append(name)
            case ast.For() | ast.While():
                # What a loop assigns, it may assign again.
                found += [n for part in ast.iter_child_nodes(node) for n in assigned_names([part])]
        if isinstance(node, SCOPED):
            continue
        todo = list(ast.iter_child_nodes(node)) + todo
    return found


def mutated_names(nodes: list[ast.stmt]) -> frozenset[str]:
    """Names of temporaries that some syntax changes in place."""
    found: set[str] = set()
    for top in nodes:
        for node in ast.walk(top):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)):
                    if method in MUTATORS:
                        found.add(name)
                case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                    found.add(name)
    return frozenset(found)


def leaves(nodes: list[ast.stmt]) -> bool:
    """Whether control never gets past these statements."""
    if not nodes:
        return False
    match nodes[-1]:
        case ast.Return() | ast.Raise() | ast.Break() | ast.Continue():
            return True
        case ast.If(body=body, orelse=orelse):
            return leaves(body) and leaves(orelse)
        case _:
            return False


def _is_plain_value(value: object) -> bool:
    return isinstance(value, bool | int | str | tuple | list | type(None) | Enum | frozenset)


def _tail(target: ast.expr) -> str:
    return target.attr if isinstance(target, ast.Attribute) else ""


def _slot_type(slots: list[int]) -> Type:
    return IntType(min(slots), max(slots))


def _may_be(declared: Type, given: Type) -> bool:
    return comparable(declared, given)


def _one_of(kinds: tuple[Type, ...]) -> Type:
    return kinds[0] if len(kinds) == 1 else UnionType(kinds)


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
