"""What `ordercheck check-trace` does: a history, a spec, and whether they agree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ordercheck import __version__
from ordercheck.cli.codes import FAILED, INCONCLUSIVE, OK
from ordercheck.cli.output import Screen, bad_file
from ordercheck.cli.replaying import text_of
from ordercheck.frontend.loading import (
    authors_errors,
    authors_errors_inside,
    load_module,
    split_target,
)
from ordercheck.frontend.source import class_span
from ordercheck.histories.checks import mistake_in
from ordercheck.histories.constraints import Constraint, InOrder, Rule, SameOrder
from ordercheck.histories.files import read_history
from ordercheck.histories.history import History
from ordercheck.histories.judging import Consistent, Contradiction, Judgement, judge
from ordercheck.histories.named import NAMED, named
from ordercheck.histories.problem import TooLarge
from ordercheck.histories.reading import Reading
from ordercheck.histories.spec import OrderSpec
from ordercheck.ir.span import BadInput, Diagnostic, Span
from ordercheck.report.history import judgement_json, render_judgement
from ordercheck.report.text import elide

HELP = 'yield rule("words that say why", before(a, b)), never(…) or same_order(…)'


def check_trace(
    spec: str, path: str, kinds: Mapping[str, str], whole: bool, as_json: bool, no_color: bool
) -> int:
    """Run the command and give its exit code."""
    screen = Screen(no_color)
    cls, name = spec_of(spec)
    check_kinds(cls, name)
    reading = cls.reading.with_kinds(kinds)
    given, text = text_of(path)
    history = read_history(text, given, reading, cls.kinds)
    if kinds and _is_recorded(history):
        headline = "these events are recorded with their kinds, which --events does not change"
        help = "it says what in a model's run is an event of which kind: leave it away here"
        raise bad_file("E911", headline, given, help=help)
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


def check_kinds(cls: type[OrderSpec], name: str) -> None:
    """Raise BadInput if the names of kinds are not a tuple; a text would be one of letters."""
    for field in ("kinds", "needs"):
        if not isinstance(getattr(cls, field), tuple):
            help = f'{field} = ("sent", "delivered")'
            raise _unusable(cls, f"{field} of {name} is no tuple", help)
    if not isinstance(cls.reading, Reading):
        raise _unusable(cls, f"reading of {name} is no Reading", "reading = Reading(kinds={…})")


def check_needs(cls: type[OrderSpec], name: str, history: History) -> None:
    """Raise BadInput if there is nothing to judge: a check that cannot fail says nothing."""
    needed = cls.needs or cls.kinds
    if not needed or any(event.kind in needed for event in history.events):
        return
    kinds = ", ".join(history.kinds) or "none that it knows"
    headline = f"there is nothing in this history that {name} is about"
    help = f"it is about events of kind {' or '.join(needed)}"
    notes = (f"the kinds of events are: {kinds}",)
    if not _is_recorded(history):
        help += "; --events NAME=KIND says what in a model's run they are"
    whole = Span(history.file, 0, 0, 0, 0)
    raise BadInput(Diagnostic("E944", headline, whole, help=help, notes=notes))


def _is_recorded(history: History) -> bool:
    """Whether events stand in lines of the file, and are not found in the run of a model."""
    return any(event.span.line for event in history.events[:1])


def judge_by(cls: type[OrderSpec], name: str, history: History) -> Judgement:
    """The judgement; BadInput, with the author's own lines, if the spec cannot be used."""
    if cls.constraints is OrderSpec.constraints:
        raise _unusable(cls, f"{name} demands nothing", "define the method constraints")
    with authors_errors(f"{name} cannot be applied", "E946"):
        spec = cls()
    with authors_errors_inside(f"{name} cannot be applied", "E946"):
        known = spec.known(history)
        if not isinstance(known, History):
            words = f"known() of {name} gives {elide(repr(known), 40)}"
            raise _unusable(cls, words, "return a History, such as by_actor(history)")
        found = spec.constraints(known)
        if not isinstance(found, Iterable):
            words = f"constraints() of {name} gives {elide(repr(found), 40)}"
            raise _unusable(cls, words, HELP)
        return judge(known, checked(cls, drawn(cls, name, found)))


def drawn(cls: type[OrderSpec], name: str, found: Iterable[object]) -> Iterator[object]:
    """What a spec yields. What is raised meanwhile is the mistake of whoever wrote the spec."""
    if cls.__module__.startswith("ordercheck."):
        yield from found
        return
    iterator = iter(found)
    end = object()
    while True:
        large: TooLarge | None = None
        each: object = end
        with authors_errors(f"{name} cannot be applied", "E946"):
            try:
                each = next(iterator, end)
            except TooLarge as error:
                large = error
        if large is not None:
            raise large
        if each is end:
            return
        yield each


def checked(cls: type[OrderSpec], constraints: Iterable[object]) -> Iterator[Constraint]:
    """The constraints; BadInput at the first thing that is none."""
    for each in constraints:
        mistake = mistake_in(each)
        if mistake:
            shown = elide(repr(each), 60)
            raise _unusable(cls, f"{cls.__name__} yields {shown}, {elide(mistake, 80)}", HELP)
        assert isinstance(each, Rule | InOrder | SameOrder)
        yield each


def _unusable(cls: type[OrderSpec], headline: str, help: str) -> BadInput:
    return BadInput(Diagnostic("E946", headline, class_span(cls), help=help))
