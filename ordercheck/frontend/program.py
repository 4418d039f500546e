"""From a model class and its parameters to a Program: the front end's whole way."""

from __future__ import annotations

import ast
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ordercheck.frontend.compilation import Family
from ordercheck.frontend.coroutines import Coroutines
from ordercheck.frontend.loading import authors_errors, authors_errors_inside, check_parameters
from ordercheck.frontend.operands import Activation, Dynamic, Object, Operand, Static
from ordercheck.frontend.scope import Refused, Scope
from ordercheck.frontend.source import Source, find_function, parse, span_at
from ordercheck.frontend.statements import Statements
from ordercheck.frontend.unit import Unit, make_activation, start_parameters
from ordercheck.frontend.world import World, build, members_of_class
from ordercheck.ir import nodes as ir
from ordercheck.ir.nodes import PropertyKind, StepKind
from ordercheck.ir.passes import prepare
from ordercheck.ir.passes.begin import first_suspension
from ordercheck.ir.span import BadInput, Diagnostic, Span
from ordercheck.ir.types import (
    BoolType,
    IntType,
    ListType,
    RefType,
    TaskType,
    Type,
)
from ordercheck.language.kernel import Loop
from ordercheck.language.marks import ActionMark, ProcessMark, PropertyMark, mark_of
from ordercheck.language.mistakes import Mistake
from ordercheck.language.model import Component, Model, Spec

BOOL = BoolType()


@dataclass(frozen=True, slots=True)
class Process:
    """A process of a component: its method, members and loop."""

    component: int
    name: str
    function: Callable[..., Any]
    mark: ProcessMark
    members: tuple[object, ...]
    first_task: int
    loop: Component | None


def compile_model(
    model: type[Model],
    parameters: Mapping[str, object],
    specs: Iterable[type[Spec[Any]]] = (),
    invariants: Iterable[str] = (),
    watches: Iterable[str] = (),
) -> ir.Program:
    """A model with these parameters as a Program that engines take.

    `specs` are added to the model's own; `invariants` and `watches` are expressions
    in which `self` is the model. Raises BadInput with every mistake found.
    """
    check_parameters(model, parameters)
    headline = f"set-up of {model.__name__} fails"
    with authors_errors(headline, "E008"):
        made = model(**parameters)
        made.setup()
    with authors_errors_inside(headline):
        world = build(made)
        compiler = _Compiler(world, (*model.specs, *specs))
        program = compiler.program(tuple(invariants), tuple(watches))
    compiler.unit.found.check()
    return prepare(program)


class _Compiler:
    """Makes the parts of a Program, one kind after another."""

    def __init__(self, world: World, specs: tuple[type[Spec[Any]], ...]) -> None:
        self.world = world
        self.unit = Unit(world)
        self.specs = specs
        self.processes: list[Process] = []
        self.coroutines: list[ir.Coroutine] = []
        self.tasks: list[ir.TaskInfo] = []
        self.steps: list[ir.Step] = []
        self.properties: list[ir.Property] = []

    def program(self, invariants: tuple[str, ...], watches: tuple[str, ...]) -> ir.Program:
        """Everything, not yet prepared."""
        self._find_processes()
        self._size_task_lists()
        for process in self.processes:
            self._coroutine(process)
        self._steps()
        self._own_properties()
        for spec in self.specs:
            self._spec(spec)
        for text in invariants:
            self._expression_property(text)
        watched = tuple((text, self._watch(text)) for text in dict.fromkeys(watches))
        world = self.world
        model = type(world.model)
        init = self._init()
        return ir.Program(
            name=model.__name__,
            slots=tuple(world.slots),
            initial=tuple(world.initial),
            places=tuple(world.places),
            components=tuple(world.infos),
            functions=tuple(self.unit.functions),
            coroutines=tuple(self.coroutines),
            tasks=tuple(self.tasks),
            steps=tuple(self.steps),
            properties=tuple(self.properties),
            init=init,
            deadlock=model.deadlock,
            parameters=tuple(
                (p.name, repr(getattr(world.model, p.name))) for p in model.declared_parameters()
            ),
            watches=watched,
            pools=tuple(ir.Pool(p.path, p.entries, p.used, p.slots) for p in world.pools.values()),
        )

    # --- processes ---------------------------------------------------------------------------

    def _find_processes(self) -> None:
        count = 0
        for k, component in enumerate(self.world.components):
            for name, function in members_of_class(type(component)):
                mark = mark_of(function)
                if not isinstance(mark, ProcessMark):
                    continue
                members = self._members(mark.each, component, mark)
                loop = self._loop(component, mark)
                self.processes.append(Process(k, name, function, mark, members, count, loop))
                self.unit.families[k, name] = Family(count, members)
                for member in range(len(members)):
                    self.tasks.append(
                        ir.TaskInfo(
                            self._task_name(k, name, mark, members[member]),
                            len(self.processes) - 1,
                            member,
                            None if loop is None else self.world.component_id(loop),
                            mark.daemon,
                        )
                    )
                count += len(members)

    def _task_name(self, component: int, name: str, mark: ProcessMark, member: object) -> str:
        path = self.world.infos[component].path
        full = f"{path}.{name}" if path else name
        if mark.each is None:
            return full
        inner = (
            ", ".join(map(self._show, member)) if isinstance(member, tuple) else self._show(member)
        )
        return f"{full}({inner})"

    def _show(self, value: object) -> str:
        if isinstance(value, Component):
            found = self.world.component_id(value)
            return self.world.infos[found].path if found is not None else repr(value)
        return getattr(value, "name", None) or repr(value)

    def _members(self, each: Any, component: Component, mark: Any) -> tuple[object, ...]:
        if each is None:
            return (None,)
        given = each(component) if callable(each) and not isinstance(each, type) else each
        try:
            return tuple(given)
        except TypeError:
            raise Mistake(
                "E025",
                "each gives the members of a family, one by one",
                "this is no collection",
                "each=lambda self: range(self.n)",
                mark.at,
            ) from None

    def _loop(self, component: Component, mark: ProcessMark) -> Component | None:
        if not mark.on:
            return None
        found: object = component
        for part in mark.on.split("."):
            found = getattr(found, part, None)
        if not isinstance(found, Loop):
            raise Mistake(
                "E026",
                f"{mark.on} is no loop of {type(component).__name__}",
                "on names the attribute that holds the loop",
                'self.loop = KjLoop() in set-up, then on="loop"',
                mark.at,
            )
        return found

    def _size_task_lists(self) -> None:
        kind = ListType(TaskType(), max(1, len(self.tasks)))
        lists = set(self.world.task_lists)
        for slot in lists:
            self.world.slots[slot] = kind
        self.world.places = [
            replace(place, kind=kind) if place.slot in lists else place
            for place in self.world.places
        ]
        for key, place in self.world.place_types.items():
            if place.slots[0] in lists:
                self.world.place_types[key] = replace(place, kind=kind)

    def _coroutine(self, process: Process) -> None:
        found = find_function(process.function)
        node = found[1] if found else None
        if found is None or not isinstance(node, ast.AsyncFunctionDef):
            self.unit.report(
                Diagnostic(
                    "E087",
                    f"the process {process.name} is no coroutine",
                    span_at(process.mark.at),
                    "a process is an async def",
                    f"async def {process.name}(self) -> None:",
                )
            )
            self.coroutines.append(ir.Coroutine(process.name, len(process.members), ()))
            return
        source = found[0]
        path = self.world.infos[process.component].path
        name = f"{path}.{process.name}" if path else process.name
        types: dict[str, Type] = {}
        for k in range(8):
            activation = make_activation(source, process.function, node.body, "")
            scope = Coroutines(self.unit, activation, name)
            scope.types, scope.round = types, k
            scope.on_loop = process.loop is not None
            operands = self._process_operands(process, scope, node)
            self._start(scope, operands, node)
            scope.run_inlined(node.body, node)
            scope.finish_block(ir.Finish(scope.span(node)), "none")
            if not scope.changed:
                break
        for report in scope.reports:
            self.unit.report(report)
        self.coroutines.append(
            ir.Coroutine(name, len(process.members), tuple(scope.blocks), span=_head(scope, node))
        )

    def _start(self, scope: Scope, operands: dict[str, Operand], node: ast.AST) -> None:
        self._guarded(scope, lambda: start_parameters(scope, operands, node))

    def _guarded(self, scope: Scope, run: Callable[[], None]) -> None:
        try:
            run()
        except Refused as refused:
            if refused.diagnostic is not None:
                scope.reports.append(refused.diagnostic)

    def _process_operands(
        self, process: Process, scope: Scope, node: ast.AsyncFunctionDef
    ) -> dict[str, Operand]:
        names = [a.arg for a in node.args.args]
        reference = ir.Const(process.component, RefType((process.component,)))
        operands: dict[str, Operand] = {names[0]: Object(reference)}
        rest = names[1:]
        if process.mark.each is None:
            return operands
        index = ir.Local(ir.MEMBER, IntType(0, max(0, len(process.members) - 1)))
        rows = [m if len(rest) != 1 and isinstance(m, tuple) else (m,) for m in process.members]
        self._check_arity(rest, rows, scope, node)
        for k, name in enumerate(rest):
            values = [row[k] for row in rows if k < len(row)]
            if len(values) == 1:
                operands[name] = scope.static(values[0])
                continue
            const = scope.const(values, node)
            kind = const.type
            assert isinstance(kind, ListType)
            table = tuple(enumerate(const.value))
            operands[name] = scope.wrap(ir.Lookup(index, table, kind.item, scope.span(node)))
        return operands

    def _check_arity(
        self, names: list[str], rows: list[tuple[Any, ...]], scope: Scope, node: ast.AST
    ) -> None:
        for row in rows:
            if len(row) != len(names):
                self.unit.report(
                    Diagnostic(
                        "E025",
                        f"each gives {len(row)} values, the method takes {len(names)}",
                        _head(scope, node),
                        "one argument for each value",
                    )
                )
                return

    # --- steps ----------------------------------------------------------------------------------

    def _steps(self) -> None:
        for k, component in enumerate(self.world.components):
            for name, function in members_of_class(type(component)):
                mark = mark_of(function)
                if isinstance(mark, ActionMark):
                    self._action(k, component, name, function, mark)
                elif isinstance(mark, ProcessMark):
                    self._free_process(k, name)

    def _free_process(self, component: int, name: str) -> None:
        k = next(
            i for i, p in enumerate(self.processes) if (p.component, p.name) == (component, name)
        )
        process = self.processes[k]
        if process.loop is not None or not process.members:
            return
        tasks = range(process.first_task, process.first_task + len(process.members))
        task = ir.Local("task", TaskType())
        span = self.coroutines[k].span
        self.steps.append(
            ir.Step(
                self.coroutines[k].name,
                StepKind.PROCESS,
                (task,),
                tuple((t,) for t in tasks),
                tuple(self.tasks[t].name for t in tasks),
                (ir.Resume(task, span),),
                span,
            )
        )

    def _action(
        self,
        component: int,
        owner: Component,
        name: str,
        function: Callable[..., Any],
        mark: ActionMark,
    ) -> None:
        found = find_function(function)
        node = found[1] if found else None
        if found is None or not isinstance(node, ast.FunctionDef):
            self.unit.report(
                Diagnostic(
                    "E088",
                    f"the action {name} is no plain method",
                    span_at(mark.at),
                    "an action is one step: it cannot suspend",
                    "make it a @process, or a def",
                )
            )
            return
        source = found[0]
        members = self._members(mark.each, owner, mark)
        path = self.world.infos[component].path
        full = f"{path}.{name}" if path else name
        names = [a.arg for a in node.args.args][1:]
        types: dict[str, Type] = {}
        for k in range(8):
            scope = Statements(self.unit, make_activation(source, function, node.body, ""), full)
            scope.types, scope.round = types, k
            reference = ir.Const(component, RefType((component,)))
            operands: dict[str, Operand] = {node.args.args[0].arg: Object(reference)}
            rows = self._rows(mark, names, members)
            self._check_arity(names, rows, scope, node)
            parameters, bindings = self._bindings(names, rows, scope, node, operands)
            self._start(scope, operands, node)
            scope.statements(node.body)
            if not scope.changed:
                break
        for report in scope.reports:
            self.unit.report(report)
        span = _head(scope, node)
        body = tuple(scope.body)
        if _returns(body):
            inner = self.unit.unique(f"{full}.body")
            self.unit.functions.append(
                ir.Function(inner, parameters, types.get("@result", _none()), body, span)
            )
            call = ir.Call(inner, parameters, types.get("@result", _none()), span, False)
            body = (ir.Evaluate(call, span),)
        self.steps.append(
            ir.Step(
                full,
                StepKind.TURN if mark.turn else StepKind.ACTION,
                parameters,
                bindings,
                tuple(self._actor(component, name, names, row, mark) for row in rows),
                body,
                span,
            )
        )

    def _rows(
        self, mark: ActionMark, names: list[str], members: tuple[object, ...]
    ) -> list[tuple[Any, ...]]:
        if mark.each is None:
            return [()]
        return [m if len(names) != 1 and isinstance(m, tuple) else (m,) for m in members]

    def _bindings(
        self,
        names: list[str],
        rows: list[tuple[Any, ...]],
        scope: Scope,
        node: ast.AST,
        operands: dict[str, Operand],
    ) -> tuple[tuple[ir.Local, ...], tuple[tuple[Any, ...], ...]]:
        parameters: list[ir.Local] = []
        columns: list[tuple[Any, ...]] = []
        for k, name in enumerate(names):
            values = [row[k] for row in rows if k < len(row)]
            try:
                const = scope.const(values, node)
            except Refused as refused:
                if refused.diagnostic is not None:
                    self.unit.report(refused.diagnostic)
                const = ir.Const((0,) * len(rows), ListType(IntType(0, 0), len(rows)))
            kind = const.type
            assert isinstance(kind, ListType)
            local = ir.Local(name, kind.item)
            parameters.append(local)
            columns.append(const.value)
            operands[name] = scope.wrap(local)
        bindings = tuple(zip(*columns, strict=True)) if columns else ((),) * len(rows)
        return tuple(parameters), bindings

    def _actor(
        self, component: int, name: str, names: list[str], row: tuple[Any, ...], mark: ActionMark
    ) -> str:
        path = self.world.infos[component].path
        if mark.actor:
            return mark.actor
        if path:
            return path
        if names and row:
            if isinstance(row[0], Component):
                return self._show(row[0])
            return f"{names[0]} {self._show(row[0])}"
        return name

    # --- properties ------------------------------------------------------------------------

    def _own_properties(self) -> None:
        for k, component in enumerate(self.world.components):
            if self.world.infos[k].pooled:
                continue
            for name, function in members_of_class(type(component)):
                mark = mark_of(function)
                if isinstance(mark, PropertyMark):
                    path = self.world.infos[k].path
                    full = f"{path}.{name}" if path else name
                    reference = ir.Const(k, RefType((k,)))
                    self._property(full, function, mark, [Object(reference)])

    def _spec(self, spec: type[Spec[Any]]) -> None:
        self._check_needs(spec)
        made = spec()
        marked = 0
        for name, function in members_of_class(spec):
            mark = mark_of(function)
            if isinstance(mark, PropertyMark):
                marked += 1
                model = Object(ir.Const(0, RefType((0,))))
                self._property(name, function, mark, [Static(made), model])
        if not marked:
            raise Mistake(
                "E027",
                f"the spec {spec.__name__} has no property",
                help="mark a method with @invariant",
            )

    def _check_needs(self, spec: type[Spec[Any]]) -> None:
        for base in getattr(spec, "__orig_bases__", ()):
            arguments = typing.get_args(base)
            if typing.get_origin(base) is not Spec or not arguments:
                continue
            needs = arguments[0]
            names = list(getattr(needs, "__annotations__", {}))
            names += [n for n in vars(needs) if not n.startswith("_") and n not in names]
            missing = [n for n in names if not hasattr(self.world.model, n)]
            if missing and getattr(needs, "_is_protocol", False):
                raise Mistake(
                    "E028",
                    f"{type(self.world.model).__name__} lacks what {spec.__name__} needs: "
                    + ", ".join(missing),
                    help=f"give it self.{missing[0]} in set-up, or leave the spec out",
                )

    def _property(
        self,
        name: str,
        function: Callable[..., Any],
        mark: PropertyMark,
        receivers: list[Operand],
    ) -> None:
        found = find_function(function)
        if found is None:
            return
        source, node = found
        if isinstance(node, ast.Lambda):
            return
        scope = Statements(self.unit, make_activation(source, function, node.body, ""), name)
        kind = PropertyKind(mark.kind)
        if kind is PropertyKind.STEP_INVARIANT:
            receivers = [*receivers, Object(ir.Const(0, RefType((0,))), old=True)]
            if isinstance(receivers[0], Object) and isinstance(receivers[0].expr, ir.Const):
                receivers[-1] = Object(receivers[0].expr, old=True)
        anchor = ast.copy_location(ast.Name(name, ast.Load()), node)
        self._guarded(
            scope, lambda: self._add_property(name, function, kind, receivers, scope, anchor, node)
        )
        for report in scope.reports:
            self.unit.report(report)

    def _add_property(
        self,
        name: str,
        function: Callable[..., Any],
        kind: PropertyKind,
        receivers: list[Operand],
        scope: Statements,
        anchor: ast.expr,
        node: ast.FunctionDef | ast.AsyncFunctionDef,
    ) -> None:
        bound = scope.bind(function, receivers, {}, anchor)
        result, passed = self.unit.function(function, bound, scope, anchor, boolean=True)
        self._check_pure(result.pure, name, scope, node)
        antecedents = self._antecedents(name, function, node, bound, scope)
        if passed:
            scope.refuse("E089", "a property has no further parameters", node)
        text = scope.activation.source.text(node.body[-1])
        self.properties.append(
            ir.Property(name, kind, result.name, text, antecedents, _head(scope, node))
        )

    def _check_pure(self, pure: bool, name: str, scope: Scope, node: ast.AST) -> None:
        if not pure:
            scope.refuse(
                "E089",
                f"the property {name} changes the state, chooses or requires",
                node,
                "a property only looks",
            )

    def _antecedents(
        self,
        name: str,
        function: Callable[..., Any],
        node: ast.FunctionDef | ast.AsyncFunctionDef,
        bound: dict[str, Operand],
        scope: Statements,
    ) -> tuple[tuple[str, str], ...]:
        value = node.body[-1]
        if not isinstance(value, ast.Return) or value.value is None or len(node.body) > 2:
            return ()
        if len(node.body) == 2 and not isinstance(node.body[0], ast.Expr):
            return ()
        found: list[tuple[str, str]] = []
        for expr, text in _antecedent_syntax(value.value):
            source = scope.activation.source
            label = self.unit.unique(f"{name}.antecedent")
            inner = Statements(
                self.unit, make_activation(source, function, [ast.Return(expr)], ""), label
            )
            inner.activation.names.update(bound)
            test = inner.test(expr)
            if inner.body and not inner.pure:
                continue
            inner.emit(ir.Return(test, inner.span(expr)))
            self.unit.functions.append(
                ir.Function(label, (), BOOL, tuple(inner.body), inner.span(expr))
            )
            found.append((label, source.text(text)))
        return tuple(found)

    # --- expressions from the command line -------------------------------------------------------

    def _expression_property(self, text: str) -> None:
        name = " ".join(text.split())
        function, span = self._text_function(text, "invariant", truth=True)
        self.properties.append(ir.Property(name, PropertyKind.INVARIANT, function, name, (), span))

    def _watch(self, text: str) -> str:
        return self._text_function(text, "show", truth=False)[0]

    def _text_function(self, text: str, option: str, truth: bool) -> tuple[str, Span]:
        try:
            expr = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError) as error:
            span = Span(f"--{option}", 1, 1, 1, len(text) + 1)
            what = getattr(error, "msg", str(error))
            raise BadInput(
                Diagnostic("E002", f"this is not an expression: {what}: {text}", span)
            ) from None
        source = parse(f"--{option}", text.strip())
        scope = Statements(self.unit, self._text_activation(source), f"--{option}")
        name = self.unit.unique(f"--{option} {' '.join(text.split())}")
        try:
            value = scope.test(expr) if truth else scope.value(expr)
        except Refused as refused:
            if refused.diagnostic is not None:
                self.unit.report(refused.diagnostic)
            return name, scope.span(expr)
        scope.emit(ir.Return(value, scope.span(expr)))
        if not scope.pure:
            self.unit.report(
                Diagnostic("E089", "this changes the state", scope.span(expr), "only look")
            )
        self.unit.functions.append(
            ir.Function(name, (), value.type, tuple(scope.body), scope.span(expr))
        )
        return name, scope.span(expr)

    def _text_activation(self, source: Source) -> Activation:
        import sys

        module = sys.modules.get(type(self.world.model).__module__)
        activation = Activation(source, vars(module) if module else {}, {})
        model = Object(ir.Const(0, RefType((0,))))
        activation.names["self"] = model
        names = Statements(self.unit, activation, "names")
        node = ast.Name("self", ast.Load(), lineno=1, col_offset=0)
        for name in vars(self.world.model):
            if name.startswith("_"):
                continue
            attribute = ast.copy_location(ast.Attribute(node, name, ast.Load()), node)
            activation.names[name] = names.attribute(model, name, attribute)
        return activation

    # --- initial states --------------------------------------------------------------------

    def _init(self) -> tuple[ir.Stmt, ...]:
        body = self._initial_choices()
        for k, process in enumerate(self.processes):
            if process.loop is None or first_suspension(self.coroutines[k]):
                continue
            body += self._start_on_loop(k, process)
        return tuple(body)

    def _initial_choices(self) -> list[ir.Stmt]:
        body: list[ir.Stmt] = []
        world = self.world
        for choice, path in world.choices.values():
            options = list(range(len(choice.options)))
            kind = IntType(0, max(0, len(options) - 1))
            local = ir.Local(f"initial.{path}", kind)
            listed = ir.Const(tuple(options), ListType(kind, len(options)))
            shown: ir.Expr = listed
            try:
                values = list(choice.options)
                item = world.kinds.type_of_values(values)
                converted = tuple(world.kinds.to_value(v, item) for v in values)
                distinct = tuple(dict.fromkeys(converted))
                shown = ir.Const(distinct, ListType(item, len(distinct)))
                local = ir.Local(local.name, item)
                keys = converted
            except Exception:
                keys = tuple(options)
            body.append(ir.Choose(local, shown, path))
            for slot, chosen in world.chosen:
                if chosen.origin is not choice:
                    continue
                declared = world.slots[slot]
                table: dict[Any, Any] = {}
                for key, value in zip(keys, chosen.values(), strict=True):
                    table[key] = world.kinds.to_value(value, declared)
                if all(key == value for key, value in table.items()):
                    found: ir.Expr = ir.Local(local.name, declared)
                else:
                    found = ir.Lookup(local, tuple(table.items()), declared)
                address = ir.Const(slot, IntType(slot, slot))
                body.append(ir.Store(address, found, declared, world.names[slot], False))
        return body

    def _start_on_loop(self, k: int, process: Process) -> list[ir.Stmt]:
        found = find_function(process.function)
        assert found is not None
        source, node = found
        scope = Statements(self.unit, make_activation(source, process.function, [], ""), "init")
        anchor = ast.copy_location(ast.Name("start", ast.Load()), node)
        attribute = ast.copy_location(ast.Attribute(anchor, "start", ast.Load()), node)
        assert process.loop is not None
        for member in range(len(process.members)):
            task = ir.Const(process.first_task + member, TaskType())

            def start(task: ir.Const = task) -> None:
                loop = scope.static(process.loop)
                scope.invoke(scope.attribute(loop, "start", attribute), [Dynamic(task)], {}, anchor)

            self._guarded(scope, start)
        for report in scope.reports:
            self.unit.report(report)
        return scope.body


def _head(scope: Scope, node: ast.AST) -> Span:
    span = scope.span(node)
    return Span(span.file, span.line, span.column, span.line, span.column + 1)


def _returns(body: tuple[ir.Stmt, ...]) -> bool:
    for statement in body:
        match statement:
            case ir.Return():
                return True
            case ir.If(then=then, orelse=orelse):
                if _returns(then) or _returns(orelse):
                    return True
            case ir.While(body=inner) | ir.For(body=inner):
                if _returns(inner):
                    return True
            case ir.Try(body=inner, handlers=handlers, orelse=orelse, final=final):
                if _returns(inner) or _returns(orelse) or _returns(final):
                    return True
                if any(_returns(handler.body) for handler in handlers):
                    return True
            case _:
                pass
    return False


def _none() -> Type:
    from ordercheck.ir.types import NoneType

    return NoneType()


def _antecedent_syntax(node: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    match node:
        case ast.Call(func=ast.Name(id="implies"), args=[first, _]):
            return [(first, first)]
        case ast.BoolOp(op=ast.Or(), values=[ast.UnaryOp(op=ast.Not(), operand=first), *_]):
            return [(first, first)]
        case ast.Call(func=ast.Name(id="all") as name, args=[ast.GeneratorExp() as inner]):
            found = _antecedent_syntax(inner.elt)
            made: list[tuple[ast.expr, ast.expr]] = []
            for expr, text in found:
                generator = ast.copy_location(ast.GeneratorExp(expr, inner.generators), inner)
                function = ast.copy_location(ast.Name("any", ast.Load()), name)
                call = ast.Call(func=function, args=[generator], keywords=[])
                made.append((ast.copy_location(call, node), text))
            return made
        case _:
            return []
