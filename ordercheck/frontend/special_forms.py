"""Special forms: calls whose arguments are not simply evaluated first."""

from __future__ import annotations

import ast
from collections.abc import Callable

from ordercheck import language
from ordercheck.frontend.attributes import Inherited
from ordercheck.frontend.construction import Construction
from ordercheck.frontend.making import apply, kind_of_expr
from ordercheck.frontend.operands import (
    NONE,
    Dynamic,
    Operand,
    Started,
    Static,
    is_hashable,
)
from ordercheck.frontend.typing_rules import (
    BOOL,
    item_type,
)
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import Op
from ordercheck.ir.types import (
    ListType,
)


class SpecialForms(Construction):
    """Lowers any, all, choose, require, until and super."""

    def special_form(self, value: object) -> Callable[[ast.Call], Operand] | None:
        """How a call of this is lowered, if it is one of them."""
        if value in (any, all) if is_hashable(value) else False:
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
