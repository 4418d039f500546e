"""Properties, antecedents, rest and actors as C functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ordercheck.engines.native.generate.coroutines import point_address
from ordercheck.engines.native.generate.places import slot_bits
from ordercheck.engines.native.generate.scope import Scope, Signature
from ordercheck.engines.native.generate.source import int_type
from ordercheck.engines.native.generate.unit import Unit
from ordercheck.ir.nodes import Program, PropertyKind

KIND_NUMBERS: Final = {
    PropertyKind.INVARIANT: 0,
    PropertyKind.STEP_INVARIANT: 1,
    PropertyKind.REACHABLE: 2,
    PropertyKind.CONSTRAINT: 3,
    PropertyKind.TERMINAL: 4,
}


def emit_properties(program: Program, signatures: Mapping[str, Signature], unit: Unit) -> str:
    """`oc_property_kind` and `oc_property`."""
    kinds = tuple(KIND_NUMBERS[claim.kind] for claim in program.properties) or (0,)
    lines = [
        f"static const uint8_t oc_property_kind[] = {{{', '.join(map(str, kinds))}}};",
        "",
        "static OC_UNUSED int oc_property(uint32_t index, const oc_word *state,",
        "                                 const oc_word *before, oc_sink *sink)",
        "{",
        "\toc_run run, *r = &run;",
        "\toc_word *v = (oc_word *)state; /* properties are pure: nothing is written */",
        "\tint64_t found = 0;",
        "\tint status = OC_DONE;",
        "\t(void)v;",
        "\toc_open(r, sink, before);",
        "\tswitch (index) {",
    ]
    for k, claim in enumerate(program.properties):
        name = signatures[claim.function].name
        lines.append(f"\tcase {k}: status = {name}(r, v, &found); break; /* {claim.name} */")
    lines += [
        "\tdefault: break;",
        "\t}",
        "\tif (status == OC_DONE) return found != 0;",
        "\tif (status == OC_FIRST_KIND) oc_unable(sink, OC_LARGE);",
        "\treturn status == OC_RAISED ? 2 + OC_ESCAPED : 2 + status - OC_FIRST_KIND;",
        "}",
    ]
    return "\n".join(lines)


def emit_antecedents(program: Program, signatures: Mapping[str, Signature]) -> str:
    """`oc_antecedents`, whose cover points are the last ones."""
    names = [name for claim in program.properties for name, _ in claim.antecedents]
    first = len(program.cover) - len(names)
    lines = [
        "static OC_UNUSED void oc_antecedents(const oc_word *state, oc_sink *sink)",
        "{",
        "\toc_run run, *r = &run;",
        "\toc_word *v = (oc_word *)state;",
        "\tint64_t found;",
        "\t(void)v, (void)found;",
        "\toc_open(r, sink, state);",
    ]
    for k, name in enumerate(names):
        if first + k < 0:
            continue
        holds = f"{signatures[name].name}(r, v, &found) == OC_DONE && found"
        lines += [
            f"\tif (!r->reached[{first + k}]) {{",
            "\t\toc_attempt(r);",
            f"\t\tif ({holds}) r->reached[{first + k}] = 1;",
            "\t}",
        ]
    return "\n".join([*lines, "}"])


def emit_at_rest(program: Program, scope: Scope) -> str:
    """`oc_at_rest`: there are tasks, and each has finished or may wait for ever."""
    for task in program.tasks:
        if not task.daemon:
            coroutine = program.coroutines[task.coroutine]
            bits = slot_bits(point_address(coroutine, str(task.member), scope), "v")
            scope.line(f"if ({bits} != 1) return 0;")
    return "\n".join(
        [
            "static OC_UNUSED int oc_at_rest(const oc_word *v)",
            "{",
            "\t(void)v;",
            *scope.code.lines,
            f"\treturn {int(bool(program.tasks))};",
            "}",
        ]
    )


def emit_actors(program: Program, unit: Unit) -> tuple[str, int]:
    """`oc_actor`, and how many actors there are."""
    numbers: dict[str, int] = {}
    rows = [
        tuple(numbers.setdefault(actor, len(numbers)) for actor in step.actors)
        for step in program.steps
    ]
    lines = ["static OC_UNUSED uint32_t oc_actor(uint32_t step, uint32_t binding)", "{"]
    lines += ["\tswitch (step) {"]
    for k, row in enumerate(rows):
        if not row:
            continue
        table = unit.declarations.table(int_type(row), tuple(map(str, row)))
        lines.append(f"\tcase {k}: return (uint32_t){table}[binding];")
    return "\n".join([*lines, "\tdefault: return 0;", "\t}", "}"]), len(numbers)
