"""What `ordercheck check-trace` does: a history, a spec, and whether they agree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ordercheck import __version__
from ordercheck.cli.codes import FAILED, INCONCLUSIVE, OK
from ordercheck.cli.output import Screen, bad_file
from ordercheck.cli.replaying import text_of
from ordercheck.frontend.loading import authors_errors_inside, load_module, split_target
from ordercheck.frontend.source import class_span
from ordercheck.histories.constraints import Constraint, InOrder, Point, Rule, SameOrder, nodes_in
from ordercheck.histories.files import read_history
from ordercheck.histories.history import Event, History
from ordercheck.histories.judging import Consistent, Contradiction, Judgement, judge
from ordercheck.histories.named import NAMED, named
from ordercheck.histories.spec import OrderSpec
from ordercheck.ir.span import BadInput, Diagnostic, Span
from ordercheck.report.history import judgement_json, render_judgement
from ordercheck.report.text import elide


def check_trace(
    spec: str, path: str, kinds: Mapping[str, str], whole: bool, as_json: bool, no_color: bool
) -> int:
    """Run the command and give its exit code."""
    screen = Screen(no_color)
    cls, name = spec_of(spec)
    reading = cls.reading.with_kinds(kinds)
    history = read_history(text_of(path), path, reading, cls.kinds)
    check_needs(cls, name, history)
    judgement = judge_by(cls, name, history)
    if as_json:
        screen.say(judgement_json(name, history, judgement, __version__))
    else:
        screen.say(render_judgement(name, history, judgement, screen.style, whole))
    match judgement:
        case Consistent():
            return OK
        case Contradiction():
            return FAILED
        case _:
            return INCONCLUSIVE


# --- the spec -------------------------------------------------------------------------


def spec_of(target: str) -> tuple[type[OrderSpec], str]:
    """The spec that is named, or that FILE or FILE:Class has, and its name. BadInput otherwise."""
    if target in NAMED:
        return named(target), target
    file, wanted = split_target(target)
    if not file.endswith(".py"):
        headline = f"there is no spec {target!r}"
        help = f"name one of {', '.join(NAMED)}; or FILE.py:Class, a spec of your own"
        raise BadInput(Diagnostic("E945", headline, help=help))
    module = load_module(file)
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, OrderSpec)
        and value.__module__ == module.__name__
        and value.__name__ == (wanted or value.__name__)
    ]
    if len(found) > 1:
        names = " or ".join(f"{file}:{cls.__name__}" for cls in found)
        headline = f"there are {len(found)} specs over histories in this file: name one"
        raise bad_file("E945", headline, file, help=names)
    if not found:
        headline = f"there is no spec over histories{f' {wanted}' if wanted else ''} in {file}"
        help = "a spec is a class derived from ordercheck.histories.OrderSpec"
        raise bad_file("E945", headline, file, help=help)
    return found[0], found[0].__name__


def check_needs(cls: type[OrderSpec], name: str, history: History) -> None:
    """Raise BadInput if there is nothing to judge: a check that cannot fail says nothing."""
    needed = cls.needs or cls.kinds
    if not needed or any(event.kind in needed for event in history.events):
        return
    kinds = ", ".join(history.kinds) or "none that it knows"
    headline = f"there is nothing in this history that {name} is about"
    help = f"it is about events of kind {' or '.join(needed)}"
    notes = (f"the kinds of events are: {kinds}",)
    if not history.events or history.events[0].span.line == 0:
        help += "; --events NAME=KIND says what in a model's run they are"
    whole = Span(history.file, 0, 0, 0, 0)
    raise BadInput(Diagnostic("E944", headline, whole, help=help, notes=notes))


def judge_by(cls: type[OrderSpec], name: str, history: History) -> Judgement:
    """The judgement; BadInput, with the author's own lines, if the spec cannot be used."""
    spec = cls()
    with authors_errors_inside(f"{name} cannot be applied", "E946"):
        return judge(spec.known(history), checked(cls, spec.constraints(history)))


def checked(cls: type[OrderSpec], constraints: Iterable[object]) -> Iterator[Constraint]:
    """The constraints; BadInput at the first thing that is none."""
    for each in constraints:
        if not isinstance(each, Rule | InOrder | SameOrder):
            raise _no_constraint(cls, each, "which is no constraint")
        odd = [node for node in nodes_in(each) if not isinstance(node, Event | Point)]
        if odd:
            words = f"which speaks of {elide(repr(odd[0]), 40)}: no event, and no point"
            raise _no_constraint(cls, each, words)
        yield each


def _no_constraint(cls: type[OrderSpec], found: object, words: str) -> BadInput:
    headline = f"{cls.__name__} yields {elide(repr(found), 60)}, {words}"
    help = 'yield rule("words that say why", before(a, b)), never(…) or same_order(…)'
    return BadInput(Diagnostic("E946", headline, class_span(cls), help=help))
