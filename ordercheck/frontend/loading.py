"""Finding models and specs in files, and reading parameters."""

from __future__ import annotations

import importlib.util
import inspect
import sys
import tokenize
import traceback
import typing
from abc import ABC
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from io import BytesIO
from itertools import cycle, islice
from pathlib import Path
from types import ModuleType
from typing import Any

from ordercheck.frontend.source import (
    LOADED,
    check_syntax,
    class_span,
    diagnostic_of,
    display_path,
    span_at,
)
from ordercheck.ir.span import NOWHERE, BadInput, Diagnostic, Span
from ordercheck.language.marks import ScenarioMark, mark_of
from ordercheck.language.mistakes import CALLED, PACKAGE, STANDARD, Mistake
from ordercheck.language.model import Model, Parameter, Spec, Variant
from ordercheck.language.planned import LISTED

_loaded: dict[tuple[str, int], ModuleType] = {}


def split_target(target: str) -> tuple[str, str]:
    """FILE or FILE:Class as file and class."""
    head, colon, tail = target.rpartition(":")
    if colon and tail.isidentifier() and not Path(target).exists():
        return head, tail
    return target, ""


def load_models(target: str) -> tuple[type[Model], ...]:
    """The models of a file, in order of definition; `FILE:Class` names one.

    A class that derives from ABC, too, is there for others to derive from.

    Raises BadInput where there is none.
    """
    path, name = split_target(target)
    module = load_module(path)
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Model)
        and value.__module__ == module.__name__
        and ABC not in value.__bases__
    ]
    found = [m for m in found if not any(m in o.__mro__[1:] for o in found)] if not name else found
    if name:
        found = [model for model in found if model.__name__ == name]
    if not found:
        what = f"no model {name}" if name else "no model"
        raise BadInput(
            Diagnostic(
                "E003",
                f"there is {what} in {display_path(path)}",
                help="a model is a class: class MyModel(Model): …",
            )
        )
    for model in found:
        check_declarations(model)
    return tuple(found)


def check_declarations(model: type[Model]) -> None:
    """Raise BadInput unless a model's specs and variants are lists of such."""
    variants = model.variants
    if not isinstance(variants, list | tuple) or not all(isinstance(v, Variant) for v in variants):
        raise _no_list(model, "variants", "variants", 'variants = [variant("small", calls=2)]')
    specs = model.specs
    if not isinstance(specs, list | tuple) or not all(
        isinstance(spec, type) and issubclass(spec, Spec) for spec in specs
    ):
        raise _no_list(model, "specs", "classes derived from Spec", "specs = [EOrder]")
    if "refines" in vars(model):
        what = "refines is not there yet"
        raise BadInput(Diagnostic("E090", what, class_span(model), "refinement: planned", LISTED))
    for each in (value for owner in model.__mro__ for value in vars(owner).values()):
        if isinstance(mark := mark_of(each), ScenarioMark):
            _check_scenario(model, each, mark)


def _check_scenario(model: type[Model], function: Callable[..., Any], mark: ScenarioMark) -> None:
    """Raise BadInput unless a scenario takes a run, and its parameters are the model's."""
    check_parameters(model, mark.parameters)
    try:
        inspect.signature(function).bind(None, None)
        fits = not inspect.iscoroutinefunction(function)
    except TypeError:
        fits = False
    if not fits:
        name = function.__name__
        what = f"the scenario {name} does not take a run"
        help = f"def {name}(self, run: Run) -> None:"
        at = span_at(mark.at)
        raise BadInput(Diagnostic("E035", what, at, "a scenario scripts the run it is given", help))


def _no_list(model: type[Model], name: str, what: str, help: str) -> BadInput:
    headline = f"{name} of {model.__name__} is a list of {what}"
    return BadInput(Diagnostic("E033", headline, class_span(model), "this model's is not", help))


def load_specs(path: str) -> tuple[type[Spec[Any]], ...]:
    """The specs of a file, in order of definition; raises BadInput where there is none."""
    file, name = split_target(path)
    module = load_module(file)
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Spec)
        and value.__module__ == module.__name__
        and (not name or value.__name__ == name)
    ]
    if not found:
        raise BadInput(
            Diagnostic(
                "E003",
                f"there is no spec in {display_path(file)}",
                help="a spec is a class: class MySpec(Spec[Needs]): …",
            )
        )
    return tuple(found)


def load_module(path: str) -> ModuleType:
    """Import a file by its path; raises BadInput, with the author's own frames."""
    file = Path(path)
    if file.is_dir():
        raise BadInput(Diagnostic("E001", f"{path} is a folder", help="name a file in it"))
    try:
        text = _text(path, file.read_bytes())
    except FileNotFoundError:
        raise BadInput(Diagnostic("E001", f"there is no file {path}")) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise BadInput(Diagnostic("E001", f"{path} cannot be read: {reason}")) from None
    absolute = str(file.resolve())
    key = (absolute, hash(text))
    if key in _loaded:
        return _loaded[key]
    check_syntax(absolute, text)
    add_project_root(file.resolve().parent)
    name = f"{LOADED}{len(_loaded)}_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, absolute)
    if spec is None or spec.loader is None:
        raise BadInput(Diagnostic("E003", f"{path} is not a Python file"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    with authors_errors(f"{display_path(path)} cannot be loaded"):
        spec.loader.exec_module(module)
    _loaded[key] = module
    return module


def _text(path: str, data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = f"models are written in UTF-8, which line {line} of this file is not"
        span = Span(display_path(path), line, 1, line, 1)
        raise BadInput(Diagnostic("E002", what, span)) from None
    try:
        encoding = tokenize.detect_encoding(BytesIO(data).readline)[0]
    except SyntaxError:
        encoding = "unknown"
    if encoding.lower() not in ("utf-8", "utf-8-sig"):
        span = Span(display_path(path), 0, 0, 0, 0)
        what = f"models are written in UTF-8; the encoding of this file is {encoding}"
        raise BadInput(Diagnostic("E002", what, span))
    return text


def add_project_root(folder: Path) -> None:
    """Let imports resolve from the nearest folder with a pyproject.toml, else from the file's."""
    for parent in (folder, *folder.parents):
        if (parent / "pyproject.toml").exists():
            folder = parent
            break
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


@contextmanager
def authors_errors(headline: str, code: str = "E005") -> Iterator[None]:
    """Turn whatever the author's code raises into BadInput."""
    try:
        yield
    except Mistake as mistake:
        raise BadInput(diagnostic_of(mistake)) from None
    except BadInput:
        raise
    except RecursionError as error:
        raise BadInput(_from_exception(error, headline, code)) from None
    except Exception as error:
        raise BadInput(_from_exception(error, headline, code)) from None
    except SystemExit as error:
        text = f"{headline}: it ends the program ({error})"
        raise BadInput(Diagnostic(code, text)) from None


@contextmanager
def authors_errors_inside(headline: str, code: str = "E008") -> Iterator[None]:
    """The same around our own code, which calls the author's: what is ours stays an exception."""
    try:
        yield
    except Mistake as mistake:
        raise BadInput(diagnostic_of(mistake)) from None
    except Exception as error:
        if isinstance(error, BadInput) or not _raised_by_author(error):
            raise
        raise BadInput(_from_exception(error, headline, code)) from None


def _raised_by_author(error: BaseException) -> bool:
    """Whether some code of the author's was called after the last of ours."""
    files = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    ours = [k for k, f in enumerate(files) if f.startswith(PACKAGE) and not f.startswith(CALLED)]
    return any(_is_authors(file) for file in files[ours[-1] + 1 if ours else 0 :])


def _is_authors(file: str) -> bool:
    return not file.startswith((PACKAGE, "<", STANDARD))


def _from_exception(error: BaseException, headline: str, code: str) -> Diagnostic:
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if _is_authors(frame.filename)
    ]
    kept = frames[-8:]
    span = NOWHERE
    if kept:
        last = kept[-1]
        line, column = last.lineno or 1, (last.colno or 0) + 1
        end = (last.end_colno or 0) + 1
        span = Span(display_path(last.filename), line, column, last.end_lineno or line, end)
    notes = tuple(
        f"{display_path(f.filename)}:{f.lineno} in {f.name}: {(f.line or '').strip()}" for f in kept
    )
    what = f"{type(error).__name__}: {error}".rstrip(": ")
    return Diagnostic(code, f"{headline}: {what}", span, type(error).__name__, notes=notes)


# --- parameters -----------------------------------------------------------------------------


def parse_parameters(model: type[Model], given: Mapping[str, str]) -> dict[str, object]:
    """Texts from the command line as values; raises BadInput with every mistake."""
    known = {p.name: p for p in model.declared_parameters()}
    found: dict[str, object] = {}
    mistakes: list[Diagnostic] = []
    for name, text in given.items():
        if name not in known:
            mistakes.append(_unknown(model, name))
            continue
        try:
            found[name] = _read(text, known[name])
        except ValueError as error:
            what = f"{name}={text} is not possible: {error}"
            mistakes.append(Diagnostic("E007", what, help=describe(known[name])))
    if mistakes:
        raise BadInput(*mistakes)
    return found


def check_parameters(model: type[Model], given: Mapping[str, object]) -> None:
    """Raise BadInput for parameters that the model lacks or that are out of their bounds."""
    known = {p.name: p for p in model.declared_parameters()}
    mistakes: list[Diagnostic] = []
    for name, value in given.items():
        if name not in known:
            mistakes.append(_unknown(model, name))
            continue
        problem = _problem(value, known[name])
        if problem:
            what = f"{name}={value!r} is not possible: {problem}"
            mistakes.append(Diagnostic("E007", what, help=describe(known[name])))
    if mistakes:
        raise BadInput(*mistakes)


def describe(parameter: Parameter) -> str:
    """What a parameter may be, in words."""
    parts = [f"{parameter.name} is {_type_name(parameter)}"]
    if parameter.lo is not None:
        parts.append(f"at least {parameter.lo}")
    if parameter.hi is not None:
        parts.append(f"at most {parameter.hi}")
    if parameter.choices:
        parts.append("one of " + ", ".join(map(repr, parameter.choices)))
    return ", ".join(parts)


def _type_name(parameter: Parameter) -> str:
    kind = parameter.type or type(parameter.default)
    return {int: "a whole number", bool: "true or false", str: "a text"}.get(
        kind, getattr(kind, "__name__", str(kind))
    )


def _unknown(model: type[Model], name: str) -> Diagnostic:
    names = [p.name for p in model.declared_parameters()]
    return Diagnostic(
        "E006",
        f"{model.__name__} has no parameter {name!r}",
        help=f"it has: {', '.join(names)}" if names else "it has none",
    )


def _read(text: str, parameter: Parameter) -> object:
    kind = parameter.type or type(parameter.default)
    value = _value(text, kind, parameter)
    problem = _problem(value, parameter)
    if problem:
        raise ValueError(problem)
    return value


def _value(text: str, kind: Any, parameter: Parameter) -> object:
    if kind is bool:
        lowered = text.lower()
        if lowered in ("true", "yes", "1", "on"):
            return True
        if lowered in ("false", "no", "0", "off"):
            return False
        raise ValueError("say true or false")
    if kind is int:
        try:
            return int(text)
        except ValueError:
            raise ValueError("a whole number is needed") from None
    if kind is str:
        return text
    if isinstance(kind, type) and issubclass(kind, Enum):
        for member in kind:
            if text in (member.name, str(member.value), str(member)):
                return member
        raise ValueError("one of " + ", ".join(m.name for m in kind))
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (frozenset, tuple, list, set):
        texts = [part.strip() for part in text.strip("()[]{}").split(",") if part.strip()]
        inner = arguments[:1] or (str,)
        if origin is tuple and Ellipsis not in arguments and arguments:
            inner = arguments
            if len(texts) != len(inner):
                raise ValueError(f"{len(inner)} values are needed, with commas between them")
        maker: Any = origin
        kinds = islice(cycle(inner), len(texts))
        return maker(_value(t, k, parameter) for t, k in zip(texts, kinds, strict=True))
    options = arguments if origin is not None else ()
    for option in options:
        if option is type(None):
            if text.lower() == "none":
                return None
            continue
        try:
            return _value(text, option, parameter)
        except ValueError:
            continue
    for choice in parameter.choices:
        if str(choice) == text:
            return choice
    raise ValueError(f"cannot be read as {_type_name(parameter)}")


def _problem(value: object, parameter: Parameter) -> str:
    default = parameter.default
    if isinstance(default, bool) != isinstance(value, bool) and isinstance(default, int):
        return f"{_type_name(parameter)} is needed"
    plain = parameter.type in (int, str, bool, None)
    if plain and isinstance(default, int | str) and not isinstance(value, type(default)):
        return f"{_type_name(parameter)} is needed"
    if isinstance(value, int) and parameter.lo is not None and value < parameter.lo:
        return f"it is at least {parameter.lo}"
    if isinstance(value, int) and parameter.hi is not None and value > parameter.hi:
        return f"it is at most {parameter.hi}"
    if parameter.choices:
        values = value if isinstance(value, frozenset | tuple | set | list) else (value,)
        if not all(v in parameter.choices for v in values) and value not in parameter.choices:
            return "one of " + ", ".join(map(str, parameter.choices))
    return ""
