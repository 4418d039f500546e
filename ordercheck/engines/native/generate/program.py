"""A whole program as one C header, `model.h`: what explorer.c includes.

The header's contract, in the order in which it defines things:

    OC_BITS, OC_WORDS, OC_STEPS, OC_PROPERTIES, OC_COVER, OC_ACTORS, OC_KINDS, OC_ANTECEDENTS,
    OC_SCRATCH
    oc_starts(sink, place)             some more of the initial ways, as oc_successors
    oc_successors(state, sink)         oc_transition or oc_error for each way, in order
    oc_property(k, state, before, sink)  0 false, 1 true, 2 + kind
    oc_antecedents(state, sink)        marks the antecedents that are true
    oc_at_rest(state)                  as Machine.at_rest
    oc_actor(step, binding)            a number for the actor's name
    oc_property_kind[k]                0 invariant, 1 step invariant, 2 reachable,
                                       3 constraint, 4 terminal
"""

from __future__ import annotations

from dataclasses import replace

from ordercheck.engines.native.generate.coroutines import (
    emit_coroutine,
    emit_restart,
    emit_resume,
)
from ordercheck.engines.native.generate.functions import emit_function, reachable
from ordercheck.engines.native.generate.layout import Layout, lay_out
from ordercheck.engines.native.generate.properties import (
    emit_actors,
    emit_antecedents,
    emit_at_rest,
    emit_properties,
)
from ordercheck.engines.native.generate.scope import Scope, Signature
from ordercheck.engines.native.generate.source import Writer
from ordercheck.engines.native.generate.steps import (
    emit_init,
    emit_step,
    emit_trying,
    starts,
)
from ordercheck.engines.native.generate.unit import FIRST_KIND, TextsOf, Unit
from ordercheck.ir.bodies import body_expressions, bound, statements
from ordercheck.ir.effects import Analysis
from ordercheck.ir.nodes import (
    Body,
    Branch,
    Expr,
    Function,
    Program,
    Raise,
    Restart,
    Resume,
    Store,
    Try,
)
from ordercheck.ir.raising import Raising
from ordercheck.ir.record import dataclass
from ordercheck.ir.types import NeverType, NoneType, Type, join
from ordercheck.ir.walk import subexpressions

SCRATCH = 4 << 20
"""Bytes of scratch memory for the lists of one attempt; pages never touched cost nothing."""

REASONS = (
    "a step of this model makes lists, or choices, too large for the native engine",
    "a step of this model has too many ways for the native engine",
)
"""Texts for what `oc_unable` is called with: OC_LARGE and OC_MANY of c/values.h."""


@dataclass(frozen=True, slots=True)
class Generated:
    """The header of a program, and how its states are packed.

    `most` is the largest of its numbers of properties, kinds of errors, and actors.
    """

    header: str
    layout: Layout
    most: int = 0


def generate(program: Program) -> Generated:
    """The header of a prepared program; raises Unsupported for one that it cannot run."""
    return _Generator(program).generate()


class _Generator:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.layout = lay_out(program)
        self.unit = Unit(program, _texts(program))
        self.raising = Raising(program.functions)
        self.signatures: dict[str, Signature] = {}
        self.exception = _exception_type(program)
        self.sections: list[str] = []

    def generate(self) -> Generated:
        """The header, from its parts."""
        program, unit = self.program, self.unit
        self._functions()
        coroutines = self._coroutines()
        clean = self._clean()
        choosing = _choosing(program)
        for k, step in enumerate(program.steps):
            self.sections.append(emit_step(step, f"step_{k}", self._scope()))
            trying = emit_trying(k, step, f"step_{k}", choosing[k], clean, self._scope())
            self.sections.append(trying)
        self.sections.append(emit_init(program.init, self._scope()))
        self.sections.append(starts(choosing[-1], clean, self.layout.encode(program.initial)))
        self.sections.append(_successors(len(program.steps)))
        self.sections.append(emit_properties(program, self.signatures, unit))
        self.sections.append(emit_antecedents(program, self.signatures))
        self.sections.append(emit_at_rest(program, self._scope()))
        actors, count = emit_actors(program, unit)
        self.sections.append(actors)
        parts = [
            self._defines(count),
            *unit.declarations.lines,
            _OPEN,
            *coroutines,
            *self.sections,
            "#pragma GCC diagnostic pop",
        ]
        layout = replace(self.layout, kinds=tuple(unit.kinds), reasons=REASONS)
        most = max(len(program.properties), len(unit.kinds), count)
        return Generated("\n\n".join(parts) + "\n", layout, most)

    def _scope(self) -> Scope:
        return Scope(self.unit, self.layout, Writer(), self.signatures, exception=self.exception)

    def _functions(self) -> None:
        program = self.program
        claims = [claim.function for claim in program.properties]
        claims += [name for claim in program.properties for name, _ in claim.antecedents]
        wanted = reachable(program, _bodies(program), _tests(program), claims)
        for k, function in enumerate(program.functions):
            if function.name in wanted:
                text, signature = emit_function(function, f"f_{k}", self._scope(), self.raising)
                self.signatures[function.name] = signature
                self.sections.append(text)

    def _coroutines(self) -> list[str]:
        """Declarations; the definitions go to the sections."""
        program = self.program
        if not program.tasks and not _resumes(program):
            return []
        names = tuple(f"c_{k}" for k in range(len(program.coroutines)))
        for coroutine, name in zip(program.coroutines, names, strict=True):
            if coroutine.members:
                self.sections.append(emit_coroutine(coroutine, name, self._scope()))
        self.sections.append(emit_resume(program, names, self.unit))
        self.sections.append(emit_restart(program, self._scope()))
        return [
            "static int oc_resume(oc_run *r, oc_word *v, int64_t task) OC_UNUSED;\n"
            "static int oc_restart(oc_run *r, oc_word *v, int64_t task) OC_UNUSED;"
        ]

    def _clean(self) -> bool:
        """Whether there is something to be done after each step; its function."""
        body = self.program.clean
        if not body:
            return False
        function = Function("clean", (), NoneType(), body)
        text, _ = emit_function(function, "oc_clean_up", self._scope(), self.raising)
        self.sections.append(text)
        self.sections.append(
            "static inline int oc_clean(oc_run *r, oc_word *v)\n{\n"
            "\tint64_t nothing;\n\treturn oc_clean_up(r, v, &nothing);\n}"
        )
        return True

    def _defines(self, actors: int) -> str:
        program, layout = self.program, self.layout
        antecedents = sum(len(claim.antecedents) for claim in program.properties)
        values = {
            "BITS": layout.bits,
            "WORDS": layout.words,
            "STEPS": len(program.steps),
            "PROPERTIES": len(program.properties),
            "COVER": len(program.cover),
            "ACTORS": actors,
            "KINDS": len(self.unit.kinds),
            "ANTECEDENTS": antecedents,
            "SCRATCH": SCRATCH,
            "TASK_WORDS": max(1, (len(program.tasks) + 63) // 64),
            "ESCAPED": self.unit.kinds.index("exception"),
        }
        lines = [f"#define OC_{name} {value}" for name, value in values.items()]
        return "\n".join([f"/* {program.name} */", *lines, '#include "values.h"', _QUIET])


_QUIET = """/* What a model leaves unused, generated code leaves unused. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-variable"
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wunused-label"
#pragma GCC diagnostic ignored "-Wtautological-compare"
#pragma GCC diagnostic ignored "-Wtype-limits"
"""

_OPEN = """/* Begin with a state, or with the initial ones. */
static inline void oc_open(oc_run *r, oc_sink *sink, const oc_word *before)
{
	r->sink = sink;
	r->reached = sink->reached;
	r->u = before;
	r->scratch = sink->scratch;
	r->end = r->scratch + OC_SCRATCH;
	r->current = 0;
	oc_begin(r);
	oc_attempt(r);
}

/* An attempt that ended in a status other than OC_DONE and OC_DISABLED. */
static void oc_failed(oc_sink *sink, uint32_t step, uint32_t binding, const uint32_t *choices,
                      uint32_t n_choices, int status)
{
	if (status == OC_FIRST_KIND) {
		oc_unable(sink, OC_LARGE);
		return;
	}
	int kind = status == OC_RAISED ? OC_ESCAPED : status - OC_FIRST_KIND;
	oc_error(sink, step, binding, choices, n_choices, (uint32_t)kind);
}"""
assert FIRST_KIND == 3


def _successors(count: int) -> str:
    lines = [
        "static OC_UNUSED void oc_successors(const oc_word *state, oc_sink *sink)",
        "{",
        "\toc_word s[OC_WORDS];",
        "\toc_run run, *r = &run;",
        "\tmemcpy(s, state, sizeof s);",
        "\toc_open(r, sink, NULL);",
        *(f"\ttry_{k}(r, s);" for k in range(count)),
        "}",
    ]
    return "\n".join(lines)


def _bodies(program: Program) -> list[Body]:
    """Every body that steps may run, functions aside."""
    found: list[Body] = [program.init, program.clean]
    found += [step.body for step in program.steps]
    for coroutine in program.coroutines:
        found += [block.body for block in coroutine.blocks]
    return found


def _resumes(program: Program) -> bool:
    """Whether anything resumes or restarts a task, be there tasks or not."""
    bodies = [*_bodies(program), *(function.body for function in program.functions)]
    return any(
        isinstance(statement, Resume | Restart) for body in bodies for statement in statements(body)
    )


def _tests(program: Program) -> list[Expr]:
    """What the blocks of coroutines branch on."""
    return [
        block.terminator.test
        for coroutine in program.coroutines
        for block in coroutine.blocks
        if isinstance(block.terminator, Branch)
    ]


def _choosing(program: Program) -> list[bool]:
    """Whether each step, and `init` after them, may make a choice."""
    analysis = Analysis(program)
    found = [effects.chooses for effects in analysis.steps]
    return [*found, analysis.body(program.init + program.clean).chooses]


def _exception_type(program: Program) -> Type:
    """The type of all that is raised, or caught, anywhere."""
    kind: Type = NeverType()
    bodies = [*_bodies(program), *(function.body for function in program.functions)]
    for body in bodies:
        for statement in statements(body):
            if isinstance(statement, Raise):
                kind = join(kind, statement.value.type)
            elif isinstance(statement, Try):
                for handler in statement.handlers:
                    kind = join(kind, handler.variable.type)
    for coroutine in program.coroutines:
        for block in coroutine.blocks:
            if block.caught is not None:
                kind = join(kind, block.caught.type)
    return kind


def _texts(program: Program) -> tuple[str, ...]:
    """All texts that a value of the program may be, in order."""
    found = TextsOf()
    found.add(program.slots)
    bodies = [*_bodies(program), *(function.body for function in program.functions)]
    exprs = [*_tests(program), *(expr for body in bodies for expr in body_expressions(body))]
    for expr in exprs:
        found.add(part.type for part in subexpressions(expr))
    for body in bodies:
        for statement in statements(body):
            found.add(local.type for local in bound(statement))
            if isinstance(statement, Store):
                found.add((statement.type,))
    for function in program.functions:
        found.add((function.result, *(local.type for local in function.parameters)))
    for step in program.steps:
        found.add(local.type for local in step.parameters)
    return found.in_order()
