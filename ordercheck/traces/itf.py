"""Traces in the Informal Trace Format (ITF), as Apalache and Quint write it.

Described at https://apalache-mc.org/docs/adr/015adr-trace.html. Values are written so:

=====================  ====================================================
bool, str              themselves
int                    {"#bigint": "5"}
a member of an enum    its text, "Phase.IDLE"
task, component        its name
Seq, Array             a list
tuple                  {"#tup": […]}
Set, frozenset         {"#set": […]}
Map                    {"#map": [[key, value], …]}
Bag                    {"#map": [[value, how often], …]}, of what is there
struct                 {"tag": "Vote", "value": {"ballot": …}}
None, in a union       {"tag": "Nothing", "value": "U_OF_UNIT"}
what it may be else    {"tag": "Some", "value": {"it": …}}
=====================  ====================================================

The last two make every variable one of a single type, as Apalache wants it; the value
of a tag is a record or a string, since itf-py reads nothing else there (and writes a
record of one field `value` without it). Variables are the model's places, the locals of
processes ("call(0).seen"; what is not needed any more is its type's blank) and `pc`, a
map that says where each process stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

from ordercheck.ir.domains import contains, domain
from ordercheck.ir.nodes import Program
from ordercheck.ir.render import in_order
from ordercheck.ir.span import Span
from ordercheck.ir.types import (
    ABSENT,
    ArrayShape,
    BagType,
    BoolType,
    EnumType,
    IntType,
    ListType,
    MapType,
    NeverType,
    NoneType,
    PlaceType,
    RefType,
    SetType,
    StructType,
    TaskType,
    TextType,
    TupleType,
    Type,
    UnionType,
    Value,
)
from ordercheck.traces.places import State, View
from ordercheck.traces.trace import Trace, TraceStep
from ordercheck.traces.values import whereabouts

FORMAT = "https://apalache-mc.org/docs/adr/015adr-trace.html"
UNIT = "U_OF_UNIT"

Json = Any
"""A value as `json.dumps` takes it."""


def itf(trace: Trace, program: Program, states: Sequence[State]) -> dict[str, Json]:
    """The trace as an ITF object; `states` are the program's, one for each step of the trace.

    A step that ends in a model error makes no state: the one before it comes again,
    with the `error` in its `#meta`.
    """
    view = View(program)
    kinds = _variables(view)
    pc = _free_name("pc", kinds)
    pairs = list(zip(trace.steps, states, strict=True))
    typed = {name: _type(kind) for name, (kind, _) in kinds.items()}
    if program.tasks:
        typed[pc] = "Str -> Str"
    return {
        "#meta": {
            "format": "ITF",
            "format-description": FORMAT,
            "description": f"{trace.sentence} (ordercheck)",
            "source": trace.model,
            "variables": list(typed),
            "varTypes": typed,
            "property": trace.property,
            "kind": trace.kind,
            "parameters": dict(trace.parameters),
        },
        "params": [],
        "vars": list(typed),
        "states": [
            {"#meta": _meta(view, trace, k, step), **_values(view, kinds, pc, state)}
            for k, (step, state) in enumerate(pairs)
        ],
    }


Kinds = dict[str, tuple[Type | ArrayShape, int]]
"""By a variable's name: its type, and the slot at which it begins."""


def _variables(view: View) -> Kinds:
    found: Kinds = {place.path: (place.kind, place.slot) for place in view.places}
    return found | {each.path: (each.kind, each.slot) for each in view.variables}


def _free_name(name: str, taken: Kinds) -> str:
    while name in taken:
        name += "_"
    return name


def _meta(view: View, trace: Trace, index: int, step: TraceStep) -> dict[str, Json]:
    number, binding, _ = step.label
    parameters = {}
    if number >= 0:
        family = view.program.steps[number]
        values = zip(family.parameters, family.bindings[binding], strict=True)
        parameters = {local.name: view.write(local.type, value) for local, value in values}
    is_last = index == len(trace.steps) - 1
    meta = {
        "index": index,
        "action": step.action,
        "actor": step.actor,
        "source": _place(step.source),
        "parameters": parameters,
        "choices": dict(step.choices),
        "property": trace.property if is_last else "",
    }
    return meta | ({"error": step.error} if step.error else {})


def _place(span: Span) -> str:
    return f"{span.file}:{span.line}" if span.file else ""


def _values(view: View, kinds: Kinds, pc: str, state: State) -> dict[str, Json]:
    values = {name: _held(view, kind, state[slot:]) for name, (kind, slot) in kinds.items()}
    if view.program.tasks:
        values[pc] = {"#map": [[name, at] for name, at in whereabouts(view, state).items()]}
    return values


def _held(view: View, kind: Type | ArrayShape, slots: State) -> Json:
    if isinstance(kind, ArrayShape):
        starts = range(0, kind.size, kind.stride)
        return [_held(view, kind.item, slots[start:]) for start in starts]
    return value_object(view, kind, slots[0])


def value_object(view: View, kind: Type, value: Value) -> Json:
    """A value of the IR, as in the module's table."""
    match kind:
        case BoolType() | TextType() | EnumType():
            return value
        case NoneType() | NeverType():
            return UNIT
        case IntType():
            return {"#bigint": str(value)}
        case TupleType(items=items):
            pairs = zip(items, value, strict=True)
            return {"#tup": [value_object(view, item, each) for item, each in pairs]}
        case ListType(item=item):
            return [value_object(view, item, each) for each in value]
        case SetType(domain=inner):
            return {"#set": [value_object(view, inner, each) for each in in_order(inner, value)]}
        case MapType(key=key, value=item):
            there = (p for p in zip(domain(key), value, strict=True) if p[1] is not ABSENT)
            return {
                "#map": [
                    [value_object(view, key, k), value_object(view, item, v)] for k, v in there
                ]
            }
        case BagType(domain=inner):
            there = (p for p in zip(domain(inner), value, strict=True) if p[1])
            return {"#map": [[value_object(view, inner, k), {"#bigint": str(n)}] for k, n in there]}
        case StructType(name=name, fields=fields):
            values = zip(fields, value[1:], strict=True)
            return {
                "tag": name,
                "value": {field: value_object(view, item, each) for (field, item), each in values},
            }
        case UnionType(options=options):
            return _option(view, options, value)
        case TaskType() | RefType() | PlaceType():
            return view.write(kind, value)
        case _:
            assert_never(kind)


def _option(view: View, options: tuple[Type, ...], value: Value) -> Json:
    option = next(each for each in options if contains(each, value))
    inner = value_object(view, option, value)
    if isinstance(option, StructType):
        return inner
    if isinstance(option, NoneType):
        return {"tag": "Nothing", "value": UNIT}
    return {"tag": _tag(options, option), "value": {"it": inner}}


def _tag(options: tuple[Type, ...], option: Type) -> str:
    """`Some`, where there is no doubt of what; else also which of the options it is."""
    plain = [k for k, each in enumerate(options) if not isinstance(each, StructType | NoneType)]
    return "Some" if len(plain) == 1 else f"Some{1 + plain.index(options.index(option))}"


def _type(kind: Type | ArrayShape) -> str:
    """A type in Apalache's notation."""
    match kind:
        case BoolType():
            return "Bool"
        case IntType():
            return "Int"
        case NoneType() | NeverType():
            return "UNIT"
        case TextType() | EnumType() | TaskType() | RefType() | PlaceType():
            return "Str"
        case TupleType(items=items):
            return f"<<{', '.join(map(_type, items))}>>"
        case ListType(item=item) | ArrayShape(item=item):
            return f"Seq({_type(item)})"
        case SetType(domain=inner):
            return f"Set({_type(inner)})"
        case MapType(key=key, value=value):
            return f"{_type(key)} -> {_type(value)}"
        case BagType(domain=inner):
            return f"{_type(inner)} -> Int"
        case StructType():
            return _variant((kind,), kind)
        case UnionType(options=options):
            return " | ".join(_variant(options, option) for option in options)
        case _:
            assert_never(kind)


def _variant(options: tuple[Type, ...], option: Type) -> str:
    match option:
        case StructType(name=name, fields=fields):
            return f"{name}({{{', '.join(f'{field}: {_type(k)}' for field, k in fields)}}})"
        case NoneType():
            return "Nothing(UNIT)"
        case _:
            return f"{_tag(options, option)}({{it: {_type(option)}}})"
