"""Traces made by hand, as `traces.explain` makes them: what the renderers are tested with."""

from __future__ import annotations

from ordercheck.ir.span import NOWHERE, Span
from ordercheck.traces.trace import Change, Moment, Trace, TraceStep

RPC = "models/rpc_fetch.py"


def at(line: int, file: str = RPC) -> Span:
    return Span(file, line, 9, line, 40)


def rpc_state(queue: str, free: str, waiting: str, delivered: str) -> tuple[tuple[str, str], ...]:
    return (
        ("word", "'rf'"),
        ("loop.queue", queue),
        ("gate.held", free),
        ("gate.waiters", waiting),
        ("delivered", delivered),
    )


def turn(
    number: int,
    actor: str,
    phrase: str,
    line: int,
    text: str,
    state: tuple[tuple[str, str], ...],
    *changes: Change,
    ends: bool = False,
) -> TraceStep:
    moments = (Moment("resume", actor, ""),)
    moments += (Moment("finish" if ends else "suspend", actor, "", at(line)),)
    return TraceStep(
        actor=actor,
        action=actor,
        choices=(),
        source=at(line),
        source_text=text,
        changes=changes,
        state=state,
        label=(0, 0, ()),
        moments=moments,
        loop="loop",
        turn=number,
        phrase=phrase,
    )


def rpc_fetch() -> Trace:
    """One RPC, then one fetch, on a warm object: they arrive in the other order."""
    start = TraceStep(
        actor="",
        action="start",
        choices=(("word", "'rf'"),),
        source=at(29),
        source_text="self.word = choose(words)",
        changes=(),
        state=rpc_state("[call(0), call(1)]", "False", "[]", "[]"),
        label=(-1, 0, (1,)),
    )
    later = "await self.loop.later()"
    append = "self.delivered.append(i)"
    steps = (
        turn(
            1,
            "call(0)",
            "starts, and waits at line 41",
            41,
            later,
            rpc_state("[call(1), call(0)]", "False", "[]", "[]"),
            Change(
                "loop.queue",
                "[call(0), call(1)]",
                "[call(1), call(0)]",
                "took call(0) from the front, appended call(0)",
                hidden=True,
            ),
        ),
        turn(
            2,
            "call(1)",
            "starts, and finishes",
            38,
            append,
            rpc_state("[call(0)]", "False", "[]", "[1]"),
            Change("loop.queue", "[call(1), call(0)]", "[call(0)]", "took call(1)", hidden=True),
            Change("delivered", "[]", "[1]", "appended 1"),
            ends=True,
        ),
        turn(
            3,
            "call(0)",
            "goes on, and waits at line 42",
            42,
            later,
            rpc_state("[call(0)]", "False", "[]", "[1]"),
        ),
        turn(
            4,
            "call(0)",
            "goes on, and finishes",
            44,
            append,
            rpc_state("[]", "False", "[]", "[1, 0]"),
            Change("delivered", "[1]", "[1, 0]", "appended 0"),
            ends=True,
        ),
    )
    return Trace(
        model="models/rpc_fetch.py:RpcFetch",
        parameters=(("calls", "2"), ("pattern", "''"), ("reserve", "False")),
        property="e_order",
        kind="invariant",
        sentence="After 4 steps, e_order is false: calls arrive in the order in which they "
        "were made.",
        because=(("delivered", "[1, 0]"),),
        property_source=Span("specs/e_order.py", 18, 5, 22, 10),
        property_text="def e_order(self) -> bool:\n"
        '    """Calls arrive in the order in which they were made."""\n'
        "    return list(self.delivered) == sorted(self.delivered)",
        actors=("call(0)", "call(1)"),
        steps=(start, *steps),
    )


def action(
    actor: str, text: str, line: int, code: str, *changes: Change, **more: object
) -> TraceStep:
    return TraceStep(
        actor=actor,
        action=text,
        choices=(),
        source=at(line, "models/x.py"),
        source_text=code,
        changes=changes,
        state=(),
        label=(0, 0, ()),
        **more,  # type: ignore[arg-type]
    )


def philosophers(count: int = 3) -> Trace:
    """Everybody takes the left fork."""
    places = (("forks", f"[{', '.join(['None'] * count)}]"),)
    start = TraceStep("", "start", (), NOWHERE, "", (), places, (-1, 0, ()))
    steps = [start]
    waits = []
    for k in range(count):
        who = f"philosopher({k})"
        steps.append(
            action(
                who,
                who,
                27,
                "self.forks[i] = i",
                Change(f"forks[{k}]", "None", str(k)),
                phrase="starts, and waits at line 28",
                moments=(Moment("resume", who, ""), Moment("suspend", who, "", at(28))),
            )
        )
        waits.append((who, "line 28: await until(self.forks[self.right(i)] is None)"))
    return Trace(
        model="models/x.py:Table",
        parameters=(("count", str(count)),),
        property="deadlock",
        kind="deadlock",
        sentence=f"After {count} steps nothing can happen any more: philosopher(0) waits at "
        f"line 28, and {count - 1} others cannot go on either.",
        because=(("forks", f"[{', '.join(map(str, range(count)))}]"),),
        property_source=NOWHERE,
        property_text="",
        actors=tuple(f"philosopher({k})" for k in range(count)),
        steps=tuple(steps),
        waits=tuple(waits),
    )


def out_of_range() -> Trace:
    """A model error, with long values, choices, watched expressions and wide characters."""
    long = "[" + ", ".join(str(k) for k in range(100, 140)) + "]"
    start = TraceStep(
        "",
        "start",
        (("first", "'日本'"),),
        NOWHERE,
        "",
        (),
        (("log", "[]"), ("first", "'日本'"), ("votes['a']", "0")),
        (-1, 0, (0,)),
        watched=(("len(self.log)", "0"),),
    )
    fill = action(
        "fill",
        "fill(40)",
        12,
        "self.log.extend(range(100, 100 + n))",
        Change("log", "[]", long, "appended " + long[1:-1]),
        watched=(("len(self.log)", "40"),),
    )
    vote = TraceStep(
        "server",
        "vote('a')",
        (("by", "'日本'"), ("weight", "2")),
        at(15, "models/x.py"),
        "self.votes[name] += weight",
        (Change("votes['a']", "0", "2"), Change("votes['b']", "", "1", "new")),
        (),
        (0, 0, (1, 2)),
        watched=(("len(self.log)", "40"),),
    )
    fails = action(
        "server",
        "read(40)",
        19,
        "return self.log[k]",
        phrase="read(40) fails: index 40 is out of range for 40 items",
        error="index 40 is out of range for 40 items",
    )
    return Trace(
        model="models/x.py:Server",
        parameters=(),
        property="index",
        kind="model error",
        sentence="Step 3 fails: index 40 is out of range for 40 items.",
        because=(("k", "40"), ("self.log", long)),
        property_source=at(19, "models/x.py"),
        property_text="return self.log[k]",
        actors=("server",),
        steps=(start, fill, vote, fails),
    )


def nested() -> Trace:
    """One turn that runs three tasks, of which one ends."""
    start = TraceStep("", "start", (), NOWHERE, "", (), (("done", "[]"),), (-1, 0, ()))
    moments = (
        Moment("resume", "reader", "goes on"),
        Moment("line", "reader", "self.done.append(0)", at(12, "models/x.py")),
        Moment("suspend", "reader", "waits at line 14", at(14, "models/x.py")),
        Moment("resume", "writer", "starts"),
        Moment("line", "writer", "await self.ready", at(21, "models/x.py")),
        Moment("suspend", "writer", "waits at line 21", at(21, "models/x.py")),
        Moment("resume", "a task with a very long name indeed", "goes on"),
        Moment("finish", "a task with a very long name indeed", "finishes"),
    )
    turns = [
        TraceStep(
            "reader",
            "reader",
            (),
            at(12, "models/x.py"),
            "self.done.append(0)",
            (Change("done", "[]", "[0]", "appended 0"), Change("count", "0", "1")),
            (),
            (0, 0, ()),
            moments=moments,
            loop=loop,
            turn=k,
            phrase="goes on, and waits at line 14",
        )
        for k, loop in ((1, "browser.loop"), (2, "server.loop"))
    ]
    return Trace(
        model="models/x.py:Nested",
        parameters=(),
        property="in_order",
        kind="step invariant",
        sentence="Step 2 breaks in_order: done is [0].",
        because=(("i", "0"), ("done (before)", "[]"), ("done", "[0]")),
        property_source=at(30, "models/x.py"),
        property_text="def in_order(self, before: Nested) -> bool:\n    return False",
        actors=("reader", "writer", "a task with a very long name indeed", "idler"),
        steps=(start, *turns),
    )
