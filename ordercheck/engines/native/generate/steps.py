"""Steps: `oc_successors` tries each binding and each combination of choices, in order."""

from __future__ import annotations

from ordercheck.engines.native.generate.coroutines import RUNNABLE, point_address
from ordercheck.engines.native.generate.functions import comment, declare, variables
from ordercheck.engines.native.generate.places import slot_bits
from ordercheck.engines.native.generate.scope import Scope, Variable
from ordercheck.engines.native.generate.shapes import shape_of
from ordercheck.engines.native.generate.source import int_type
from ordercheck.engines.native.generate.statements import emit_body
from ordercheck.engines.native.generate.values import ctype, initializer
from ordercheck.ir.guards import split
from ordercheck.ir.nodes import (
    Body,
    Step,
    StepKind,
)


def emit_step(step: Step, name: str, scope: Scope) -> str:
    """The C function of one attempt: `status step(run, before, after, parameters)`.

    What comes before the first write reads `before` (s); only then is it copied to v.
    """
    code = scope.code
    given = {local.name: Variable(f"p{k}", local.type) for k, local in enumerate(step.parameters)}
    for variable in given.values():
        scope.line(f"(void){variable.name};")
    scope = declare(variables((step.body,), step.parameters), scope, given)
    _emit_attempt(step.body, scope)
    parameters = "".join(f", {scope.ctype(v.kind)} {v.name}" for v in given.values())
    return "\n".join(
        [
            comment(step.span, step.name),
            f"static inline int {name}(oc_run *r, oc_word *s, oc_word *v{parameters})",
            "{",
            "\t(void)r;",
            *code.lines,
            "\treturn OC_DONE;",
            "}",
        ]
    )


def emit_init(body: Body, scope: Scope) -> str:
    """The C function that makes an initial state from Program.initial."""
    scope = declare(variables((body,), ()), scope, {})
    _emit_attempt(body, scope)
    return "\n".join(
        [
            "static inline int oc_init(oc_run *r, oc_word *s, oc_word *v)",
            "{",
            "\t(void)r;",
            *scope.code.lines,
            "\treturn OC_DONE;",
            "}",
        ]
    )


def _emit_attempt(body: Body, scope: Scope) -> None:
    reading, rest = split(body)
    emit_body(reading, scope.within(state="s"))
    scope.line("memcpy(v, s, OC_WORDS * sizeof *v);")
    emit_body(rest, scope)


# --- trying ---------------------------------------------------------------------------


def emit_trying(
    number: int, step: Step, name: str, chooses: bool, clean: bool, scope: Scope
) -> str:
    """The C function that tries all bindings of a step."""
    code = scope.code
    with code.block(f"for (uint32_t b = 0; b < {len(step.bindings)}; b++)"):
        arguments = [_argument(k, step, scope) for k in range(len(step.parameters))]
        if _is_of_task(step):
            _guard(step, scope)
        call = f"{name}(r, s, v{''.join(f', {each}' for each in arguments)})"
        point = [] if step.point is None else [f"r->reached[{step.point}] = 1;"]
        loop = _attempt(call, chooses, clean, str(number), "b", point)
        lines = [*loop, "} while (0);"]
        if chooses:
            lines = ["oc_begin(r);", *loop, "} while (oc_more(r));"]
        for line in lines:
            scope.line(line)
    return "\n".join(
        [
            f"static inline void try_{number}(oc_run *r, oc_word *s)",
            "{",
            *code.lines,
            "}",
        ]
    )


def starts(chooses: bool, clean: bool, words: tuple[int, ...]) -> str:
    """The C function that gives the initial states, some at a time."""
    first = ", ".join(f"0x{word:x}u" for word in words)
    loop = _attempt("oc_init(r, s, v)", chooses, clean, "UINT32_MAX", "0", [])
    lines = ["place->ended = true;", *loop, "} while (0);"]
    if chooses:
        more = "} while (oc_more_now(r, place, &tried));"
        lines = ["uint32_t tried = 0;", "oc_begin_at(r, place);", *loop, more]
    return "\n".join(
        [
            "static OC_UNUSED void oc_starts(oc_sink *sink, oc_place *place)",
            "{",
            f"\toc_word s[OC_WORDS] = {{{first}}};",
            "\toc_run run, *r = &run;",
            "\toc_open(r, sink, NULL);",
            *(f"\t{line}" for line in lines),
            "}",
        ]
    )


def _attempt(
    call: str, chooses: bool, clean: bool, step: str, binding: str, point: list[str]
) -> list[str]:
    """Lines that try one binding, up to the end of a loop over combinations of choices."""
    picks = "r->picks, r->taken" if chooses else "NULL, 0"
    label = f"r->sink, {step}, {binding}, {picks}"
    body = [
        "oc_word v[OC_WORDS];",
        "oc_attempt(r);",
        f"int status = {call};",
        *(["if (status == OC_DONE) status = oc_clean(r, v);"] if clean else []),
        "if (status == OC_DISABLED) continue;",
        f"if (OC_RARE(status != OC_DONE)) oc_failed({label}, status);",
        f"else oc_transition({label}, v);",
        *point,
    ]
    return ["do {", *(f"\t{line}" for line in body)]


def _argument(k: int, step: Step, scope: Scope) -> str:
    """A C expression: parameter k of binding b."""
    unit, kind = scope.unit, step.parameters[k].type
    values = [binding[k] for binding in step.bindings]
    if not values:
        return "0"  # nobody ever takes this step
    texts = tuple(initializer(unit, kind, value) for value in values)
    if all(text.lstrip("-").isdigit() for text in texts):
        numbers = tuple(map(int, texts))
        if numbers == tuple(range(numbers[0], numbers[0] + len(numbers))):
            return f"(int64_t)b + ({numbers[0]})"
        return f"{unit.declarations.table(int_type(numbers), texts)}[b]"
    return f"{unit.declarations.table(ctype(unit, shape_of(kind)), texts)}[b]"


def _is_of_task(step: Step) -> bool:
    return step.kind is StepKind.PROCESS and len(step.parameters) == 1


def _guard(step: Step, scope: Scope) -> None:
    """Go on to the next binding unless the task is where it can go on by itself."""
    program, unit = scope.unit.program, scope.unit
    tasks = [program.tasks[binding[0]] for binding in step.bindings]
    owners = {task.coroutine for task in tasks}
    for owner in sorted(owners):
        coroutine = program.coroutines[owner]
        mine = [k for k, task in enumerate(tasks) if task.coroutine == owner]
        members = tuple(task.member if task.coroutine == owner else 0 for task in tasks)
        runnable = [point.wait in RUNNABLE for point in coroutine.points]
        if members == tuple(range(members[0], members[0] + len(members))):
            member = f"((int64_t)b + {members[0]})" if members[0] else "(int64_t)b"
        else:
            member = f"{unit.declarations.table(int_type(members), tuple(map(str, members)))}[b]"
        with scope.code.block(_only(mine, len(tasks))):
            address = point_address(coroutine, scope.number(member), scope)
            bits = slot_bits(address, "s")
            if len(runnable) <= 64:
                allowed = sum(1 << k for k, can in enumerate(runnable) if can)
                scope.line(f"if (!(0x{allowed:x}ull >> {bits} & 1)) continue;")
            else:
                flags = tuple(str(int(can)) for can in runnable)
                scope.line(f"if (!{unit.declarations.table('uint8_t', flags)}[{bits}]) continue;")


def _only(mine: list[int], count: int) -> str:
    if len(mine) == count:
        return ""
    return f"if ({' || '.join(f'b == {k}' for k in mine)})"
