"""Calls: of the author's functions, of structs, of Python's built-ins, of the language's own."""

from __future__ import annotations

import ast
import dataclasses
import inspect
from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from types import FunctionType
from typing import Any, NoReturn

from ordercheck import language
from ordercheck.frontend.attributes import Inherited, dispatched
from ordercheck.frontend.expressions import Expressions
from ordercheck.frontend.kinds import enum_type, is_struct
from ordercheck.frontend.making import apply, kind_of_expr, number, several_places
from ordercheck.frontend.methods import Methods
from ordercheck.frontend.operands import (
    NONE,
    Bound,
    BuiltinMethod,
    Cell,
    Closure,
    Dynamic,
    Object,
    Operand,
    Started,
    Static,
)
from ordercheck.frontend.typing_rules import (
    BOOL,
    comparable,
    describe_type,
    item_type,
    storable,
)
from ordercheck.frontend.vats import vat_inside
from ordercheck.frontend.world import class_attribute
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import Expr, Op
from ordercheck.ir.types import (
    IntType,
    ListType,
    NeverType,
    NoneType,
    NotFinite,
    RefType,
    TaskType,
    TupleType,
    Type,
    UnionType,
    Value,
    domain,
    join,
    options_of,
    size,
)
from ordercheck.language.domains import Failure
from ordercheck.language.model import Component
from ordercheck.language.places import Place
from ordercheck.language.planned import Planned


class Calls(Expressions, Methods):
    """Lowers calls."""

    def call(self, node: ast.Call) -> Operand:
        """A call, with its arguments from left to right."""
        callee = self.expression(node.func)
        if isinstance(callee, Static):
            special = self._special(callee.value)
            if special is not None:
                return special(node)
        parts = [a.value if isinstance(a, ast.Starred) else a for a in node.args]
        parts += [k.value for k in node.keywords]
        if any(k.arg is None for k in node.keywords):
            self.refuse("E047", "** in a call is not part of the language", node)
        operands = self.operands(parts)
        arguments: list[Operand] = []
        for given, operand in zip(node.args, operands, strict=False):
            if isinstance(given, ast.Starred):
                arguments += self._spread(operand, given)
            else:
                arguments.append(operand)
        names = [k.arg for k in node.keywords if k.arg is not None]
        keywords = dict(zip(names, operands[len(node.args) :], strict=True))
        return self.invoke(callee, arguments, keywords, node)

    def _spread(self, operand: Operand, node: ast.Starred) -> list[Operand]:
        if isinstance(operand, Static) and isinstance(operand.value, tuple | list):
            return [self.static(v) for v in operand.value]
        kind = kind_of_expr(self.value_expr(operand, node))
        if isinstance(kind, TupleType):
            return self.unpack(operand, len(kind.items), node)
        self.refuse("E053", "only a tuple of known length can be spread", node)

    def invoke(
        self,
        callee: Operand,
        arguments: list[Operand],
        keywords: dict[str, Operand],
        node: ast.expr,
    ) -> Operand:
        """Call an operand."""
        match callee:
            case Bound(receiver=receiver, function=function):
                if (found := dispatched(function)) is not None:
                    name, called = found
                    if called and self._is_awaited(receiver, name):
                        kept = tuple(self.spill(a, node) for a in (receiver, *arguments))
                        named = tuple((k, self.spill(v, node)) for k, v in keywords.items())
                        return Started(Bound(kept[0], function), kept[1:], named)
                    return self._dispatch(receiver, name, arguments, keywords, node, called)
                return self._function(callee, function, [receiver, *arguments], keywords, node)
            case BuiltinMethod(receiver=Dynamic(expr=expr) as receiver, name=name) if (
                several_places(kind_of_expr(expr))
            ):
                return self._dispatch(receiver, name, arguments, keywords, node)
            case BuiltinMethod():
                assert isinstance(node, ast.Call)
                return self.method(callee, arguments, keywords, node)
            case Dynamic(expr=expr) if isinstance(kind_of_expr(expr), NeverType):
                return callee  # no value is called here: an item of what is always empty
            case Closure():
                return self.inline_lambda(callee, arguments, node)
            case Static(value=Planned() as planned):
                planned.refuse()
            case Static(value=value) if value in TABLE if _hashable(value) else False:
                self._check_arguments(value, arguments, keywords, node)
                return TABLE[value](self, arguments, keywords, node)
            case Static(value=FunctionType() as function):
                if function.__module__.startswith(language.__name__):
                    self.refuse(
                        "E067",
                        f"{function.__name__}() works in set-up only",
                        node,
                        "nothing is declared in a step",
                        "call it in setup, or in a component's __init__",
                    )
                return self._function(callee, function, arguments, keywords, node)
            case Static(value=type() as owner):
                return self._construct(owner, arguments, keywords, node)
            case Object() if (method := self.special(callee, "__call__")) is not None:
                return self.invoke(Bound(callee, method), arguments, keywords, node)
            case _:
                self.refuse(
                    "E065",
                    "steps cannot call this",
                    node,
                    "no engine knows what it does",
                    "docs/language.md lists the functions that steps can call",
                )

    def _check_arguments(
        self, function: Any, given: list[Operand], named: dict[str, Operand], node: ast.AST
    ) -> None:
        least, most, names = ARITY[function]
        what = ""
        if not least <= len(given) <= most:
            what = f"{function.__name__} takes {_count(least, most)}, not {len(given)}"
        unknown = [name for name in named if names != ANY_NAME and name not in names]
        if unknown:
            what = f"{function.__name__} takes no argument {unknown[0]} in steps"
        if what:
            self.refuse("E055", what, node, "wrong arguments")

    # --- functions -----------------------------------------------------------------------

    def _function(
        self,
        callee: Bound | Static,
        function: Callable[..., Any],
        arguments: list[Operand],
        keywords: dict[str, Operand],
        node: ast.expr,
    ) -> Operand:
        if inspect.iscoroutinefunction(function):
            kept = tuple(self.spill(a, node) for a in arguments)
            named = tuple((k, self.spill(v, node)) for k, v in keywords.items())
            return Started(Static(function), kept, named)
        if inspect.isgeneratorfunction(function):
            self.refuse("E066", "generators are not part of the language", node)
        bound = self.bind(function, arguments, keywords, node)
        vat = vat_inside(self, function, next(iter(bound.values()), None), node)
        result, passed = self.unit.function(function, bound, self, node, vat=vat)
        exprs = tuple(passed)
        call = ir.Call(result.name, exprs, result.type, self.span(node), result.pure)
        if result.pure:
            return self.wrap(call)
        self.pure = False
        if result.type == NONE_TYPE:
            self.emit(ir.Evaluate(call, self.span(node)))
            return NONE
        return self.wrap(self.temporary(call, function.__name__))

    def bind(
        self,
        function: Callable[..., Any],
        arguments: list[Operand],
        keywords: dict[str, Operand],
        node: ast.AST,
    ) -> dict[str, Operand]:
        """The function's parameters with their operands."""
        signature = _signature(function)
        try:
            bound = signature.bind(*arguments, **keywords)
        except TypeError as error:
            self.refuse("E055", f"{function.__name__}: {error}", node, "wrong arguments")
        found: dict[str, Operand] = {}
        for name, parameter in signature.parameters.items():
            if parameter.kind is parameter.VAR_KEYWORD:
                self.refuse("E047", "** parameters are not part of the language", node)
            if parameter.kind is parameter.VAR_POSITIONAL:
                found[name] = self._rest(bound.arguments.get(name, ()), node)
            elif name in bound.arguments:
                found[name] = bound.arguments[name]
            else:
                found[name] = self.static(parameter.default)
        return found

    def _rest(self, operands: tuple[Operand, ...], node: ast.AST) -> Operand:
        if all(isinstance(o, Static) for o in operands):
            return Static(tuple(o.value for o in operands if isinstance(o, Static)))
        exprs = tuple(self.value_expr(o, node) for o in operands)
        kind = TupleType(tuple(map(kind_of_expr, exprs)))
        return Dynamic(apply(Op.TUPLE, exprs, kind, self.span(node)))

    def _dispatch(
        self,
        receiver: Operand,
        name: str,
        arguments: list[Operand],
        keywords: dict[str, Operand],
        node: ast.expr,
        called: bool = True,
    ) -> Operand:
        """A method that differs between the receiver's candidates: one call for each class."""
        receiver = self.spill(receiver, node)
        arguments = [self.spill(a, node) for a in arguments]
        keep = self.new_cell("result")
        attribute = ast.copy_location(ast.Attribute(node, name, ast.Load()), node)
        ways = self._ways(receiver, node)

        def way(k: int) -> None:
            test, narrowed = ways[k]

            def take() -> None:
                with self.one_way():
                    found = self.attribute(narrowed, name, attribute)
                    if called:
                        found = self.invoke(found, arguments, keywords, node)
                    self.set_cell(keep, self.value_expr(found, node), self.span(node))

            if k == len(ways) - 1:
                take()
            else:
                self.choose_branch(test, take, lambda: way(k + 1), node, False)

        way(0)
        return self.read_cell(keep, node)

    def _is_awaited(self, receiver: Operand, name: str) -> bool:
        """Whether a method that differs between candidates is a coroutine of some of them."""
        found = [class_attribute(owner, name, None) for owner in self.owners(receiver)]
        return any(map(inspect.iscoroutinefunction, found))

    def _ways(self, receiver: Operand, node: ast.AST) -> list[tuple[Expr, Operand]]:
        span = self.span(node)
        if isinstance(receiver, Object):
            kind = kind_of_expr(receiver.expr)
            assert isinstance(kind, RefType)
            ways: list[tuple[Expr, Operand]] = []
            groups: dict[type, list[int]] = {}
            for k in kind.components:
                groups.setdefault(type(self.unit.world.components[k]), []).append(k)
            for ids in groups.values():
                inner = RefType(tuple(ids), kind.old)
                listed = ir.Const(tuple(ids), ListType(inner, len(ids)), span)
                test = apply(Op.CONTAINS, (listed, receiver.expr), BOOL, span)
                narrowed = self.wrap(ir.Cast(receiver.expr, inner, span), receiver.old)
                ways.append((test, narrowed))
            return ways
        expr = self.expr_of(receiver, node)
        if several_places(kind_of_expr(expr)):
            return list(self.place_ways(expr, node))
        return [
            (ir.IsA(expr, option, BOOL, span), self.wrap(ir.Cast(expr, option, span)))
            for option in options_of(kind_of_expr(expr))
        ]

    def _construct(
        self,
        owner: type,
        arguments: list[Operand],
        keywords: dict[str, Operand],
        node: ast.expr,
    ) -> Operand:
        if issubclass(owner, Component | Place):
            self.refuse(
                "E067",
                f"a {owner.__name__} is made in set-up only",
                node,
                "components and places do not come and go",
                "make it in setup, or take it from a pool",
            )
        if issubclass(owner, Enum):
            return self._enum_of(owner, arguments, node)
        if issubclass(owner, BaseException) and not issubclass(owner, Failure):
            self.refuse(
                "E080",
                "only declared exceptions can be raised",
                node,
                "a subclass of Failure?",
                "class Broken(Failure): …",
            )
        if not is_struct(owner):
            self.refuse(
                "E067",
                f"steps cannot make a {owner.__name__}",
                node,
                "it is no struct",
                "decorate the class with @struct",
            )
        if "__init__" not in vars(owner) and not dataclasses.is_dataclass(owner):
            return self._struct_value(owner, {}, node)
        bound = self.bind(_without_self(owner), arguments, keywords, node)
        return self._struct_value(owner, bound, node)

    def _struct_value(self, owner: type, bound: dict[str, Operand], node: ast.AST) -> Operand:
        kind = self.unit.world.kinds.struct_type(owner)
        exprs: list[Expr] = []
        fields: list[tuple[str, Type]] = []
        for name, declared in kind.fields:
            expr = self.stored_expr(bound[name], node)
            expr = self.fitting(expr, declared, f"{owner.__name__}.{name}", node)
            exprs.append(expr)
            fields.append((name, narrower(declared, kind_of_expr(expr))))
        made = type(kind)(kind.name, tuple(fields), kind.exception)
        return Dynamic(apply(Op.STRUCT, tuple(exprs), made, self.span(node)))

    def fitting(self, expr: Expr, declared: Type, name: str, node: ast.AST) -> Expr:
        """The expression as a value of a declared type, refused where it cannot be one."""
        given = kind_of_expr(expr)
        if join(declared, given) == declared:
            return expr
        if not storable(declared, given):
            self.refuse(
                "E068",
                f"{name} takes {describe_type(declared)}, not {describe_type(given)}",
                node,
                f"this is {describe_type(given)}",
            )
        return ir.Cast(expr, declared, self.span(node))

    def _enum_of(self, owner: type[Enum], arguments: list[Operand], node: ast.AST) -> Operand:
        if len(arguments) != 1:
            self.refuse("E055", "an Enum is made from one value", node)
        given = arguments[0]
        if isinstance(given, Static):
            return self.computed(lambda: owner(given.value), node)
        expr = self.value_expr(given, node)
        kind = enum_type(owner)
        values = tuple(m.value for m in owner)
        joined = self.unit.world.kinds.type_of_values(values)
        if not comparable(joined, kind_of_expr(expr)):
            self.refuse("E057", f"{owner.__name__} has no such member", node, "of another type")
        expr = self._one_of(
            expr, values, joined, ("value", f"{owner.__name__} has no such member"), node
        )
        table = tuple(zip(values, kind.values, strict=True))
        return Dynamic(ir.Lookup(expr, table, kind, self.span(node)))

    # --- the language's own ------------------------------------------------------------------

    def _special(self, value: object) -> Callable[[ast.Call], Operand] | None:
        if value in (any, all) if _hashable(value) else False:
            return self._quantifier
        if value is language.choose:
            return self._choose
        if value is language.until:
            return self._until
        if value is language.require:
            return self._require
        if value is super:
            return self._super
        return None

    def _quantifier(self, node: ast.Call) -> Operand:
        if len(node.args) != 1:
            self.refuse("E055", "any and all take one collection", node)
        assert isinstance(node.func, ast.Name)
        op = Op.ANY if node.func.id == "any" else Op.ALL
        given = node.args[0]
        if isinstance(given, ast.GeneratorExp):
            return Dynamic(self.quantified(op, given, node))
        if isinstance(given, ast.ListComp):
            listed = self.comprehend(lambda: self.test(given.elt), given.generators, given)
        else:
            listed = self.iterable_expr(self.expression(given), given)
            if item_type(kind_of_expr(listed)) != BOOL:
                each = ir.Local(self.fresh("each"), item_type(kind_of_expr(listed)))
                test = self.truth(self.wrap(each), given)
                kind = ListType(BOOL, None)
                listed = ir.Comprehend(test, (ir.Each(each, listed),), kind, self.span(node))
        return Dynamic(apply(op, (listed,), BOOL, self.span(node)))

    def _choose(self, node: ast.Call) -> Operand:
        if not node.args:
            self.refuse("E055", "choose takes the values to choose from", node)
        label = self.hint or "choice"
        for keyword in node.keywords:
            if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                label = str(keyword.value.value)
        if len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
            label = str(node.args[1].value)
        options = self.iterable_expr(self.expression(node.args[0]), node.args[0])
        local = ir.Local(self.fresh("choice"), item_type(kind_of_expr(options)))
        self.effect(ir.Choose(local, options, label, self.span(node)))
        return self.wrap(local)

    def _require(self, node: ast.Call) -> Operand:
        if len(node.args) != 1:
            self.refuse("E055", "require takes one condition", node)
        self.effect(ir.Require(self.test(node.args[0]), self.span(node)))
        return NONE

    def _until(self, node: ast.Call) -> Operand:
        if not self.suspending:
            self.refuse("E069", "until() is awaited in a process", node, "not in a coroutine")
        return Started(Static(language.until), ())

    def _super(self, node: ast.Call) -> Operand:
        scope = self.activation
        owner = scope.cells.get("__class__")
        code = scope.function.__code__ if scope.function is not None else None
        if node.args or node.keywords or owner is None or code is None or not code.co_argcount:
            self.refuse(
                "E047",
                "super() is for methods, and takes no arguments",
                node,
                "whose base is meant?",
                "call the base's method by name: Base.method(self)",
            )
        return Static(Inherited(owner, self.lookup(code.co_varnames[0], node)))

    # --- built-ins ----------------------------------------------------------------------------

    def new_cell(self, hint: str) -> Cell:
        """A new local variable whose type is found by inference."""
        return Cell(self.fresh(hint))

    def task_expr(self, arguments: list[Operand], node: ast.AST) -> Expr:
        """The single argument as a task."""
        if len(arguments) != 1:
            self.refuse("E055", "one task is needed here", node)
        expr = self.value_expr(arguments[0], node)
        kind = kind_of_expr(expr)
        if TaskType(old=True) in options_of(kind):
            self._refuse_past_task(node)
        if isinstance(kind, UnionType) and TaskType() in kind.options:
            return ir.Cast(expr, TaskType(), self.span(node))
        if not isinstance(kind, TaskType | NeverType):
            self.refuse("E072", "a task is needed here", node, f"this is {describe_type(kind)}")
        return expr

    def _refuse_past_task(self, node: ast.AST) -> NoReturn:
        self.refuse(
            "E100",
            "a task of the state before cannot be asked anything",
            node,
            "where it stood then is not known",
            "keep in a variable what a step invariant compares",
        )

    def task_reference(self, process: Bound, member: list[Operand], node: ast.AST) -> Operand:
        """The task of a process, or of a family's member."""
        kind = kind_of_expr(process.receiver.expr) if isinstance(process.receiver, Object) else None
        if isinstance(kind, RefType) and kind.old:
            self._refuse_past_task(node)
        if not isinstance(kind, RefType):
            self.refuse("E072", "task_of takes a process of a component", node)
        table: list[tuple[int, int]] = []
        members: tuple[object, ...] = ()
        for component in kind.components:
            family = self.unit.families.get((component, process.function.__name__))
            if family is None:
                self.refuse("E072", f"{process.function.__name__} is no process", node)
            table.append((component, family.first_task))
            members = family.members
        assert isinstance(process.receiver, Object)
        span = self.span(node)
        first: Expr = (
            number(table[0][1], span)
            if len(table) == 1
            else ir.Lookup(process.receiver.expr, tuple(table), TaskType(), span)
        )
        if not member:
            if len(members) != 1:
                self.refuse("E072", "which member of the family?", node)
            return Dynamic(ir.Const(table[0][1], TaskType(), span) if len(table) == 1 else first)
        values = [self.value_expr(m, node) for m in member]
        value = values[0]
        if len(values) > 1:
            kinds = TupleType(tuple(map(kind_of_expr, values)))
            value = apply(Op.TUPLE, tuple(values), kinds, span)
        kinds_ = self.unit.world.kinds
        joined = kinds_.type_of_values(members)
        if not comparable(joined, kind_of_expr(value)):
            self.refuse("E072", "the family has no such member", node, describe_type(value.type))
        known = tuple(kinds_.to_value(m, joined) for m in members)
        error = "key", "the family has no such member"
        value = self._one_of(value, known, joined, error, node)
        indices = tuple((kinds_.to_value(m, joined), k) for k, m in enumerate(members))
        if len(table) == 1:
            tasks = tuple((m, table[0][1] + k) for m, k in indices)
            return Dynamic(ir.Lookup(value, tasks, TaskType(), span))
        index = ir.Lookup(value, indices, IntType(0, len(members) - 1), span)
        numbers = [n for _, n in table]
        firsts = IntType(min(numbers), max(numbers))
        begin = ir.Lookup(process.receiver.expr, tuple(table), firsts, span)
        counted = IntType(min(numbers), max(numbers) + len(members) - 1)
        total = ir.Apply(Op.ADD, (begin, index), counted, span)
        every = tuple((n + k, n + k) for n in numbers for k in range(len(members)))
        return Dynamic(ir.Lookup(total, every, TaskType(), span))

    def _one_of(
        self,
        value: Expr,
        known: tuple[Value, ...],
        kind: Type,
        error: tuple[str, str],
        node: ast.AST,
    ) -> Expr:
        """The value, which must be one of those known: checked where it might be none."""
        fails, message = error
        if isinstance(value, ir.Const) and value.value not in known:
            self.refuse("E072" if fails == "key" else "E057", message, node, "known by now")
        if isinstance(value, ir.Const) or _all_among(value.type, known):
            return value
        span = self.span(node)
        value = self.temporary(value)
        listed = ir.Const(known, ListType(kind, len(known)), span)
        missing = self.negation(apply(Op.CONTAINS, (listed, value), BOOL, span), node)
        self.effect(ir.If(missing, (ir.Fail(fails, message, span),), (), span))
        return value

    def is_instance(self, operand: Operand, classes: tuple[type, ...], node: ast.AST) -> Operand:
        """Whether an operand is an instance of one of some classes."""
        if isinstance(operand, Object):
            kind = kind_of_expr(operand.expr)
            assert isinstance(kind, RefType)
            world = self.unit.world
            fitting = tuple(k for k in kind.components if isinstance(world.components[k], classes))
            if len(fitting) in (0, len(kind.components)):
                return Static(bool(fitting))
            listed = ir.Const(fitting, ListType(RefType(fitting), len(fitting)), self.span(node))
            return Dynamic(apply(Op.CONTAINS, (listed, operand.expr), BOOL, self.span(node)))
        # Not bound to a local: in a pattern this must not be evaluated before its outer test.
        expr = self.value_expr(operand, node)
        options = options_of(kind_of_expr(expr))
        matching = [o for o in options if any(self.unit.is_of(o, c) for c in classes)]
        if len(matching) in (0, len(options)):
            return Static(bool(matching))
        tests = tuple(ir.IsA(expr, option, BOOL, self.span(node)) for option in matching)
        return Dynamic(
            tests[0] if len(tests) == 1 else ir.Logic("or", tests, BOOL, self.span(node))
        )

    def one_list(self, arguments: list[Operand], node: ast.AST) -> Expr:
        """The single argument as a list."""
        if len(arguments) != 1:
            self.refuse("E055", "one collection is needed here", node)
        return self.iterable_expr(arguments[0], node)


NONE_TYPE = NoneType()
Builtin = Callable[[Calls, list[Operand], dict[str, Operand], ast.expr], Operand]
TABLE: dict[Any, Builtin] = {}
ARITY: dict[Any, tuple[int, int, tuple[str, ...]]] = {}
MANY = 255
ANY_NAME = ("*",)


def builtin(
    *values: Any, least: int = 0, most: int = MANY, named: tuple[str, ...] = ()
) -> Callable[[Builtin], Builtin]:
    """Register how a Python function is lowered, and what arguments it takes."""

    def register(function: Builtin) -> Builtin:
        for value in values:
            TABLE[value] = function
            ARITY[value] = least, most, named
        return function

    return register


def _count(least: int, most: int) -> str:
    if most == MANY:
        return f"at least {least} argument{'s' * (least != 1)}"
    number = str(least) if least == most else f"{least} to {most}"
    return f"{number} argument{'s' * (most != 1)}" if most else "no arguments"


def _all_among(kind: Type, known: tuple[Value, ...]) -> bool:
    """Whether all values of a type are among those known."""
    try:
        return size(kind) <= len(known) and all(value in known for value in domain(kind))
    except NotFinite:
        return False


def _hashable(value: object) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


@lru_cache(maxsize=512)
def _signature(function: Callable[..., Any]) -> inspect.Signature:
    # Functions are called from many places; to inspect one takes 0.05 ms.
    return inspect.signature(function)


def _without_self(owner: type) -> Callable[..., Any]:
    def make() -> None:
        """Stand in for the constructor, with its signature."""

    signature = inspect.signature(owner)
    make.__signature__ = signature  # type: ignore[attr-defined]
    make.__name__ = owner.__name__
    return make


def narrower(declared: Type, given: Type) -> Type:
    """What is known of a field: the value's own type where it is the narrower one."""
    return given if join(declared, given) == declared and isinstance(given, RefType) else declared
