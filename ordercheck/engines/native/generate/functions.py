"""Functions of the program as C functions: `status f(run, state, parameters, &result)`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ordercheck.engines.native.generate.scope import Scope, Signature, Variable
from ordercheck.engines.native.generate.shapes import shape_of
from ordercheck.engines.native.generate.statements import emit_body
from ordercheck.engines.native.generate.values import ctype
from ordercheck.ir.bodies import body_expressions, bound, ends, expressions, statements
from ordercheck.ir.nodes import Body, Call, Expr, Function, Local, Program, Return
from ordercheck.ir.raising import Raising
from ordercheck.ir.span import Span
from ordercheck.ir.types import NoneType, Type, join
from ordercheck.ir.walk import free_locals, subexpressions


def variables(bodies: Iterable[Body], parameters: tuple[Local, ...]) -> dict[str, Type]:
    """The locals that statements bind, each with the type of all that it may hold."""
    kinds: dict[str, Type] = {local.name: local.type for local in parameters}
    bound_here: set[str] = set()
    reads: list[Local] = []
    for body in bodies:
        for statement in statements(body):
            for local in bound(statement):
                kinds[local.name] = _joined(kinds.get(local.name), local.type)
                bound_here.add(local.name)
            for expr in expressions(statement):
                reads += free_locals(expr)
    for local in reads:
        if local.name not in kinds:
            kinds[local.name] = local.type
            bound_here.add(local.name)
    return {name: kind for name, kind in kinds.items() if name in bound_here}


def _joined(known: Type | None, kind: Type) -> Type:
    return kind if known is None else join(known, kind)


def declare(kinds: Mapping[str, Type], scope: Scope, given: Mapping[str, Variable]) -> Scope:
    """Declare locals at the top of a function; those that are `given` begin with that value."""
    names = dict(given)
    for name, kind in kinds.items():
        variable = Variable(scope.code.fresh("l"), kind)
        zero = "0" if ctype(scope.unit, shape_of(kind)) in ("int64_t", "oc_word") else "{0}"
        start = zero
        if name in given:
            known = given[name]
            start = scope.converted(known.kind, kind, known.name)
        scope.line(f"{scope.ctype(kind)} {variable.name} = {start};")
        names[name] = variable
    return scope.within(names=names)


def emit_function(
    function: Function, name: str, scope: Scope, raising: Raising
) -> tuple[str, Signature]:
    """A function's C definition, and how it is called."""
    code, result = scope.code, function.result
    given = {
        local.name: Variable(f"p{k}", local.type) for k, local in enumerate(function.parameters)
    }
    for local in function.parameters:
        scope.line(f"(void){given[local.name].name};")
    scope = declare(variables((function.body,), function.parameters), scope, given)
    scope = scope.within(result=result)
    emit_body(function.body, scope)
    if not ends(function.body):
        if isinstance(result, NoneType):
            emit_body((Return(),), scope)
        else:
            scope.line("memset(out, 0, sizeof *out);")
            scope.line("return OC_DONE;")
    parameters = [f"{scope.ctype(v.kind)} {v.name}" for v in given.values()]
    head = ", ".join(["oc_run *r", "oc_word *v", *parameters, f"{scope.ctype(result)} *out"])
    kinds = tuple(local.type for local in function.parameters)
    raises = bool(raising.body(function.body))
    signature = Signature(name, kinds, result, scope.outcome.fails or raises, raises)
    lines = [
        comment(function.span, function.name),
        f"static OC_UNUSED int {name}({head})",
        "{",
        "\t(void)r, (void)v;",
        *code.lines,
        "}",
    ]
    return "\n".join(lines), signature


def comment(span: Span, text: str) -> str:
    """Where in the model something stands."""
    where = f"{span.file.rsplit('/', 1)[-1]}:{span.line}  " if span.file else ""
    return f"/* {where}{text.replace('*/', '* /')} */"


def reachable(
    program: Program, bodies: Iterable[Body], exprs: Iterable[Expr], names: Iterable[str]
) -> set[str]:
    """The functions that these may call, and those named, with all that those call."""
    functions = {function.name: function for function in program.functions}
    waiting = [*names]
    for expr in exprs:
        waiting += _called_in(expr)
    for body in bodies:
        waiting += _called(body)
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _called(functions[name].body)
    return found


def _called(body: Body) -> list[str]:
    return [name for expr in body_expressions(body) for name in _called_in(expr)]


def _called_in(expr: Expr) -> list[str]:
    return [part.function for part in subexpressions(expr) if isinstance(part, Call)]
