"""Expressions: which construct is lowered where."""

from __future__ import annotations

import ast

from ordercheck.frontend.displays import Displays
from ordercheck.frontend.operands import (
    Activation,
    Cell,
    Closure,
    Dynamic,
    Operand,
    Static,
)
from ordercheck.frontend.scope import POISON, Refused, bound_flag
from ordercheck.frontend.syntax import called, read_names


class Expressions(Displays):
    """Lowers expressions."""

    def expression(self, node: ast.expr) -> Operand:
        """Lower an expression; whatever must happen first is emitted."""
        match node:
            case ast.Constant(value=value):
                return Static(value)
            case ast.Name(id=name):
                return self.lookup(name, node)
            case ast.Attribute(value=inner, attr=name):
                return self.attribute(self.expression(inner), name, node)
            case ast.Subscript():
                return self.subscript(node)
            case ast.BinOp():
                return self._binary(node)
            case ast.UnaryOp():
                return self._unary(node)
            case ast.BoolOp():
                return self._logic(node)
            case ast.Compare():
                return self._compare(node)
            case ast.IfExp():
                return self._conditional(node)
            case ast.Call():
                return self.call(node)
            case ast.Tuple(elts=items):
                return self._tuple(items, node)
            case ast.List(elts=items) | ast.Set(elts=items):
                return self._display(items, node)
            case ast.Dict():
                return self._dict(node)
            case (
                ast.ListComp(elt=item, generators=clauses)
                | ast.GeneratorExp(elt=item, generators=clauses)
            ):
                return Dynamic(self.comprehension(item, clauses, node))
            case ast.SetComp(elt=item, generators=clauses):
                found = self.comprehension(item, clauses, node)
                return Dynamic(self.to_set(found, node))
            case ast.DictComp():
                return self._dict_comprehension(node)
            case ast.Lambda():
                return Closure(node, self.activation)
            case ast.NamedExpr(target=target, value=value):
                operand = self.expression(value)
                self.assign(target, operand, node)
                return self.lookup(target.id, node)
            case ast.Await():
                return self.suspend_on(self.expression(node.value), node)
            case ast.JoinedStr():
                self.refuse("E046", "steps do not build strings", node, "only in assert messages")
            case _:
                self.refuse(
                    "E047",
                    f"{called(node)} is not part of the modelling language",
                    node,
                    "no engine knows this",
                    "docs/language.md lists expressions",
                )

    def inline_lambda(self, closure: Closure, arguments: list[Operand], node: ast.AST) -> Operand:
        """A lambda's body with its parameters bound."""
        inner = closure.node
        if not isinstance(inner, ast.Lambda):
            self.refuse("E054", "functions inside steps are not part of the language", node)
        if len(inner.args.args) != len(arguments):
            self.refuse("E055", "wrong number of arguments for this lambda", node)
        if any(known.node is inner for known in self.lambdas):
            self.refuse("E083", "this lambda calls itself", node, "a lambda has no name of its own")
        scope = closure.scope
        names = dict(zip((a.arg for a in inner.args.args), arguments, strict=True))
        saved = self.activation
        self.activation = Activation(
            scope.source, scope.globals, scope.cells, names, prefix=scope.prefix, outer=scope
        )
        self.lambdas.append(closure)
        try:
            return self.expression(inner.body)
        finally:
            self.lambdas.pop()
            self.activation = saved

    def captured(self, closure: Closure, node: ast.AST) -> dict[str, Operand]:
        """The locals around a lambda that it reads, as they are now, in order of their names."""
        inner = closure.node
        own = {a.arg for a in inner.args.args}
        found: dict[str, Operand] = {}
        for name in sorted(read_names([inner]) - own):
            scope: Activation | None = closure.scope
            while scope is not None and name not in scope.names and name not in scope.assigned:
                scope = scope.outer
            if scope is None:
                continue
            operand = scope.names.get(name)
            if operand is POISON:
                raise Refused(None)
            if isinstance(operand, Cell) and bound_flag(operand.name).name not in self.types:
                operand = self.read_cell(operand, node)
            if operand is None or isinstance(operand, Cell):
                self.refuse(
                    "E040",
                    f"{name} may have no value here",
                    node,
                    "the lambda that is passed reads it",
                    f"give {name} a value first",
                )
            found[name] = operand
        return found

    def poison(self, names: list[str]) -> None:
        """Bind names whose definition was refused."""
        for name in names:
            self.activation.names[name] = POISON
