"""Bugs planted on purpose in the front end and the interpreter, each to be found by comparison."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from ordercheck.engines.interpreter import machine, runtime
from ordercheck.engines.interpreter import statements as emitted
from ordercheck.frontend import (
    assignments,
    builtin_functions,
    calls,
    cancelling,
    comparisons,
    coroutines,
    crashes,
    displays,
    endings,
    matching,
    methods,
    mortal,
    operators,
    processes,
    recursion,
    statements,
    task_functions,
    values,
    variables,
)
from ordercheck.ir.passes import liveness
from ordercheck.ir.passes.collect import _Collector
from ordercheck.language.model import Model
from tests.library import test_cancellation, test_chain, test_crashes, test_spawn
from tests.oracle.corners import Kinds, Quitting, Unkept
from tests.planting import code_in, mutated


@dataclass(frozen=True)
class Mutant:
    """In one function, some text is replaced by other text."""

    name: str
    function: Any
    old: str
    new: str
    models: tuple[type[Model], ...] = ()
    """Models to be looked at first."""

    @contextmanager
    def planted(self) -> Iterator[None]:
        """The bug is there."""
        function: FunctionType = self.function
        original = function.__code__
        function.__code__ = code_in(mutated(function, self.old, self.new), self.name, function)
        try:
            yield
        finally:
            function.__code__ = original


M, OPS, C = methods.Methods, operators.Operators, coroutines.Coroutines
D = displays.Displays
S, R = statements.Statements, runtime.Runtime

MUTANTS = (
    Mutant("pop takes the first", M._list_method, "0 if first else -1", "-1 if first else 0"),
    Mutant(
        "insert puts at the end",
        M._list_method,
        "apply(Op.INSERT, (items, index, value), grown(value), span)",
        "apply(Op.APPEND, (items, value), grown(value), span)",
    ),
    Mutant("capacity of places unchecked", M.replace, "name, True,", "name, False,"),
    Mutant("pop leaves the item", M._taken, "self.replace(callee, ", "(lambda *_: None)(callee, "),
    Mutant("ranges of variables unchecked", S.store, "name, not fits,", "name, False,"),
    Mutant("nothing spilled", OPS.operands, "if k and len(self.body) > before:", "if False:"),
    Mutant(
        "nothing kept across effects",
        values.Values.spill,
        "return Dynamic(self.temporary(expr))",
        "return operand",
    ),
    Mutant(
        "the middle of a chain is evaluated late",
        comparisons.Comparisons._compare_from,
        'self.joined_tests("and"',
        'self.joined_tests("or"',
    ),
    Mutant("and is or", OPS._logic, '"and" if', '"or" if'),
    Mutant(
        "effects on the right of and, or always happen",
        OPS._logic_pair,
        "if not inner and",
        "self.body.extend(inner)\n        if not inner and",
    ),
    Mutant(
        "not is nothing",
        comparisons.Comparisons.negation,
        "apply(Op.NOT, (test,),",
        "(lambda *_: test)(Op.NOT, (test,),",
    ),
    Mutant("finally is left out on a jump", C._unwind, "context.run(NONE)", "pass"),
    Mutant("finally is left out of exceptions", C._protected, "final(Dynamic(caught))", "pass"),
    Mutant("exceptions go to the handler around", C.catch_with, "self.handler = handler", "pass"),
    Mutant("else after try left out", C._try_except, "self.statements(node.orelse)", "pass"),
    Mutant("the wrong exception is caught", C._handler, "span), body)", "span), other)"),
    Mutant("break goes on", C._jump, "context.leave if leaving", "context.again if leaving"),
    Mutant(
        "items of for are looked up too late",
        C._loop_body,
        "Loop(after, again)",
        "Loop(again, after)",
    ),
    Mutant("until is not tested again", C._until_resumed, "self.effect(", "(lambda _: None)("),
    Mutant(
        "range is one short",
        builtin_functions._range,
        "exprs[0]) if len",
        "apply(Op.SUB, (exprs[0], number(1, span)), IntType(), span)) if len",
    ),
    Mutant("sum starts at one", builtin_functions._sum, "Static(0)", "Static(1)"),
    Mutant("max is min", builtin_functions._max, "Op.MAX", "Op.MIN"),
    Mutant("reversed changes nothing", builtin_functions._reversed, "Op.REVERSED", "Op.CONCAT"),
    Mutant(
        "a default of next is ignored",
        builtin_functions._next,
        "(test, first, default,",
        "(test, default, default,",
    ),
    Mutant(
        "guards of cases are ignored",
        matching.Matching.match_cases,
        "case.guard is not None",
        "False",
    ),
    Mutant(
        "only the first class is dispatched to",
        calls.Calls._dispatch,
        "k == len(ways) - 1",
        "k == 0",
    ),
    Mutant("all is any", calls.Calls._quantifier, '== "any"', '!= "any"'),
    Mutant(
        "choices are not collapsed",
        runtime.Choices.choose,
        "tuple(dict.fromkeys(options))",
        "tuple(options)",
    ),
    Mutant(
        "the last option is never taken",
        runtime.Choices.more,
        "< len(self._options[-1])",
        "< len(self._options[-1]) - 1",
    ),
    Mutant("negative indices are not wrapped", R.offset, "return k + length", "return 0"),
    Mutant("division rounds to zero", R.floordiv, "left // right, site", "int(left / right), site"),
    Mutant("insert counts from one", R.insert, "items.insert(k, x)", "items.insert(k + 1, x)"),
    Mutant("del removes the next", R.remove_at, "xs[k + 1 :]", "xs[k + 2 :]"),
    Mutant("a bag is never full", R.bag_add, "sum(bag) >= room", "False"),
    Mutant("a map's default is lost", R.get_or, "return other if", "return None if"),
    Mutant("a map's keys are unchecked", R.get, "k < 0 or m[k] is ABSENT", "k < 0"),
    Mutant("sets lose nothing", R.remove_item, "xs - {x}", "xs"),
    Mutant("finished tasks are resumed", R.resume, "v[entry.base] == 1", "False"),
    Mutant("locals of loops are cleared", liveness._loop, "live |= round_", "return live"),
    Mutant(
        "what follows a suspension is dead", liveness._leaving, "return live[label]", "return NONE"
    ),
    Mutant("what handlers read is dead", liveness._block, "live[block.handler]", "NONE"),
    Mutant("asserts hold", emitted._assert, "not ", ""),
    Mutant(
        "augmented values are late",
        assignments.Assignments.augmented,
        "self.binary(node.op, now, value, node)",
        "self.binary(node.op, value, now, node)",
    ),
    Mutant("else after a loop is left out", S._otherwise, "left, (), orelse", "left, (), ()"),
    Mutant("else after a loop always runs", S._break, "boolean(True", "boolean(False"),
    Mutant("an else that suspends always runs", C._loop_body, "Loop(after,", "Loop(leave,"),
    Mutant(
        "a starred target takes one more",
        D._cut,
        "number(first, span), end",
        "number(0, span), end",
    ),
    Mutant("the last targets are the first", D._cut, "range(-last, 0)", "range(last)"),
    Mutant(
        "divmod the other way round",
        builtin_functions._divmod,
        "(ast.FloorDiv(), ast.Mod())",
        "(ast.Mod(), ast.FloorDiv())",
    ),
    Mutant("setdefault sets", M._map_method, "(present, same, put", "(present, put, put"),
    Mutant(
        "update takes one item", M._put_all, "ir.For(each, more, tuple(body), span)", "body[-1]"
    ),
    Mutant(
        "a slice is deleted from its end on",
        assignments.Assignments._delete_slice,
        "place(upper), place(lower or",
        "place(upper), place(upper or",
    ),
    Mutant("recursion ends early", recursion.Nesting.is_deepest, "== depth_of(function)", "== 1"),
    # cancellation: on a KJ loop, of a free process, on an asyncio loop
    Mutant(
        "who is cancelled cleans nothing up",
        cancelling._way,
        "body += (ir.Resume(task, span), *dropped(task, address, node, scope))",
        "body += ()",
        (test_cancellation.InTheCancellersTurn,),
    ),
    Mutant(
        "the event of who is cancelled stays armed",
        cancelling._way,
        "body += tuple(forgetting)",
        "body += ()",
        (test_cancellation.Disarmed,),
    ),
    Mutant(
        "a free process is cancelled again",
        mortal.Mortal._look,
        "if not self.on_loop:",
        "if False:",
        (test_cancellation.Free,),
    ),
    Mutant(
        "Cancelled cannot be caught",
        mortal.Mortal._look,
        "if handler is None:",
        "if True:",
        (test_cancellation.Free,),
    ),
    Mutant(
        "who is cancelled before it begins does begin",
        mortal.Mortal.finish,
        "if first_suspension(",
        "if first_suspension is None and first_suspension(",
        (test_cancellation.NotBegun,),
    ),
    Mutant(
        "who has ended cannot begin again",
        endings.Endings.revive,
        "return [ir.If(test, (alive,), (), span)]",
        "return []",
        (test_cancellation.Again,),
    ),
    Mutant(
        "asyncio's tasks begin although cancelled",
        processes._lower_body,
        'scope.invoke(scope.attribute(scope.static(loop), "check", check), [], {}, check)',
        "pass",
        (Quitting,),
    ),
    Mutant(
        "CancelledError is no end of a process",
        processes._lower_body,
        "scope.ended_by(loop.cancellation, body, node)",
        "body()",
        (Quitting,),
    ),
    # crashes
    Mutant(
        "what is durable is lost",
        crashes._volatile,
        "if not declared.durable:",
        "if True:",
        (test_crashes.Volatile,),
    ),
    Mutant(
        "places outlive a crash",
        crashes._volatile,
        "if not place._durable:",
        "if False:",
        (test_crashes.Volatile,),
    ),
    Mutant(
        "nobody forgets who crashed",
        crashes._leave_others,
        "for task in crash.tasks:",
        "for task in ():",
        (test_crashes.Elsewhere,),
    ),
    Mutant(
        "promises of who crashed stay pending",
        crashes._leave_others,
        "is each for each in inside",
        "== 0 for each in inside",
        (test_chain.Crashed,),
    ),
    Mutant(
        "who crashed does not begin again",
        crashes._component_step,
        "if crash.restarts:",
        "if False:",
        (test_crashes.Volatile,),
    ),
    Mutant(
        "crashes cost nothing",
        crashes._step,
        "(may, spend, *body)",
        "(may, *body)",
        (test_crashes.Volatile,),
    ),
    # tasks and pools
    Mutant(
        "the first coroutine of a pool is run",
        coroutines.Coroutines._run_spawned,
        "if k == len(keys) - 1 or which is None:",
        "if k == 0:",
        (test_spawn.Mixed,),
    ),
    Mutant(
        "what is spawned does not begin",
        task_functions._launch,
        "scope.effect(ir.Restart(task, span))",
        "pass",
        (test_spawn.Kj,),
    ),
    Mutant(
        "a task that waits is no reason to keep its entry",
        _Collector._mark,
        "if entry.task is not None:",
        "if False:",
        (Unkept,),
    ),
    Mutant(
        "who is referred to loses its entry",
        _Collector._slot_mentions,
        "return self.mentions(load, kind, entry)",
        "return None",
        (test_spawn.Kept,),
    ),
    Mutant(
        "daemons have to end",
        machine.Machine.at_rest,
        "info.daemon or",
        "",
        (test_chain.Cancelled,),
    ),
    # variables of one of several components
    Mutant(
        "what fits one fits all",
        variables._by_type,
        "other == kind",
        "True",
        (Kinds,),
    ),
    Mutant(
        "the other one is changed",
        variables._is_one,
        "for number, _ in group",
        "for number, _ in group[:1]",
        (Kinds,),
    ),
)
