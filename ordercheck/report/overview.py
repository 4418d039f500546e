"""What a model consists of: parameters, state, actions, properties, variants."""

from __future__ import annotations

from collections.abc import Sequence

from ordercheck.ir.nodes import Program, Property, Step, StepKind
from ordercheck.ir.record import dataclass
from ordercheck.ir.render import show_type
from ordercheck.ir.span import Span
from ordercheck.report.style import Style
from ordercheck.report.text import columns, counted, elide, fold, pad, printable, shown_path
from ordercheck.traces.places import View


@dataclass(frozen=True, slots=True)
class ParameterLine:
    """A parameter as the model declares it; values as Python writes them."""

    name: str
    default: str
    lo: int | None
    hi: int | None
    choices: tuple[str, ...]
    help: str


@dataclass(frozen=True, slots=True)
class VariantLine:
    """A variant as the model declares it."""

    name: str
    parameters: tuple[tuple[str, str], ...]
    expected: str


def render_overview(
    program: Program,
    model: str,
    text: str,
    parameters: Sequence[ParameterLine],
    variants: Sequence[VariantLine],
    style: Style,
) -> str:
    """The whole overview; sections without entries are left out. Ends in a newline."""
    name = model.rsplit(":", 1)[-1]
    head = [f"{style.bold(name)}  {style.place(model)}"]
    head += fold(printable(" ".join(text.split())), style.width) if text else []
    sections = [
        "\n".join(head) + "\n",
        _section("Parameters (--set NAME=VALUE)", [_parameter(p) for p in parameters], style),
        _section("State", _state(program), style),
        _section("What can happen", [_step(program, step) for step in program.steps], style),
        _section("Properties", _properties(program), style),
        _section("Variants (--variant NAME)", [_variant(v) for v in variants], style),
    ]
    return "\n".join(section for section in sections if section)


def _section(title: str, rows: Sequence[tuple[str, str, Span | None]], style: Style) -> str:
    if not rows:
        return ""
    most = style.width // 3
    width = max((columns(n) for n, _, _ in rows if columns(n) <= most), default=most)
    lines = [style.bold(title)]
    for name, text, span in rows:
        place = f"{shown_path(span.file)}:{span.line}" if span and span.file else ""
        first, *rest = fold(printable(text), style.width - width - 4)
        cell = pad(elide(printable(name), max(width, most), style.ellipsis), width)
        line = f"  {style.name(cell)}  {first}"
        used = 4 + max(columns(cell), width) + columns(first)
        if place and not rest and used + 2 + columns(place) <= style.width:
            line += " " * (style.width - used - columns(place)) + style.place(place)
        lines.append(line.rstrip())
        lines += [" " * (width + 4) + each for each in rest]
    return "\n".join(lines) + "\n"


def _parameter(parameter: ParameterLine) -> tuple[str, str, None]:
    bounds = ""
    if parameter.choices:
        bounds = "one of " + ", ".join(parameter.choices)
    elif parameter.lo is not None or parameter.hi is not None:
        least = "" if parameter.lo is None else parameter.lo
        most = "" if parameter.hi is None else parameter.hi
        bounds = f"{least} to {most}".strip()
    told = [parameter.default, bounds, parameter.help]
    return parameter.name, "; ".join(part for part in told if part), None


def _state(program: Program) -> list[tuple[str, str, Span | None]]:
    view = View(program)
    rows: list[tuple[str, str, Span | None]] = []
    hidden = 0
    for place in program.places:
        if place.hidden:
            hidden += 1
            continue
        ghost = ", ghost" if place.ghost else ""
        first = view.value_of(place, program.initial)
        rows.append((place.path, f"{show_type(place.kind)}{ghost}, first {first}", place.span))
    if hidden:
        rows.append(("and", f"{counted(hidden, 'place')} inside library components", None))
    return rows


def _step(program: Program, step: Step) -> tuple[str, str, Span | None]:
    many = len(step.bindings)
    match step.kind:
        case StepKind.ACTION:
            names = ", ".join(local.name for local in step.parameters)
            name = f"{step.name}({names})" if names else step.name
            return name, "an action" if many == 1 else f"an action, {many} ways", step.span
        case StepKind.PROCESS:
            return step.name, "a process" if many == 1 else f"{many} processes", step.span
        case StepKind.TURN:
            return step.name, "a turn of this loop", None


def _properties(program: Program) -> list[tuple[str, str, Span | None]]:
    rows: list[tuple[str, str, Span | None]] = [
        (prop.name, _claim(prop), prop.span) for prop in program.properties
    ]
    if program.deadlock:
        rows.append(("deadlock", "something can always happen, or all is done", None))
    return rows


def _claim(prop: Property) -> str:
    words = {
        "invariant": "true at every moment",
        "step invariant": "true of every step",
        "reachable": "true at some moment",
        "constraint": "nothing is explored where this is false",
        "terminal": "where this is true, all may stop",
    }
    return words[prop.kind.value]


def _variant(variant: VariantLine) -> tuple[str, str, None]:
    settings = ", ".join(f"{name}={value}" for name, value in variant.parameters)
    parts = [
        settings or "the defaults",
        f"expected: {variant.expected}" if variant.expected else "",
    ]
    return variant.name, "; ".join(part for part in parts if part), None
