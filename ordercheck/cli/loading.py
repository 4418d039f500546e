"""From what stands on the command line to models and compiled programs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ordercheck.cli.folders import model_files
from ordercheck.cli.output import bad_file
from ordercheck.frontend import compile_model, load_models, load_specs, parse_parameters
from ordercheck.ir.nodes import Program
from ordercheck.ir.record import dataclass, field
from ordercheck.ir.span import BadInput, Diagnostic
from ordercheck.language.model import Model, Spec, Variant

Texts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A model, and how it is named: FILE:Class."""

    model: type[Model]
    file: str

    @property
    def name(self) -> str:
        """FILE:Class."""
        return f"{self.file}:{self.model.__name__}"


@dataclass(frozen=True, slots=True)
class Configuration:
    """What is set, attached and watched on the command line."""

    assignments: Texts = ()
    specs: tuple[str, ...] = ()
    invariants: tuple[str, ...] = ()
    watches: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Values that come before the assignments: a variant's."""


def one_model(path: str) -> Found:
    """The only model in a file, or the one that FILE:Class names. BadInput otherwise."""
    if os.path.isdir(path):
        raise bad_file("E903", f"{path} is a folder: name one model", path)
    found = load_models(path)
    file = path if os.path.exists(path) else path.rpartition(":")[0] or path
    if len(found) > 1:
        names = [f"{file}:{model.__name__}" for model in found]
        headline = f"there are {len(found)} models in this file: name one"
        raise bad_file("E904", headline, file, help=" or ".join(names))
    return Found(found[0], file)


def models_in(path: str, quiet: bool = False) -> list[Found | BadInput]:
    """The model that `path` names; of a folder all models in it, with what is wrong with some.

    How far the search of a large folder has come is shown unless it is to be `quiet`.
    """
    if not os.path.isdir(path):
        return [one_model(path)]
    found: list[Found | BadInput] = []
    for file in model_files(path, quiet):
        try:
            found += [Found(model, file) for model in load_models(file)]
        except BadInput as error:
            found.append(error)
    if not found:
        raise bad_file("E903", f"there is no model in {path}", path)
    return found


def specs_in(paths: tuple[str, ...]) -> tuple[type[Spec[Any]], ...]:
    """All specs that --spec names."""
    return tuple(spec for path in paths for spec in load_specs(path))


def compiled(found: Found, configuration: Configuration) -> Program:
    """The model as a program, with what the command line adds."""
    given = parse_parameters(found.model, dict(configuration.assignments))
    try:
        return compile_model(
            found.model,
            {**configuration.parameters, **given},
            specs=specs_in(configuration.specs),
            invariants=configuration.invariants,
            watches=configuration.watches,
        )
    except RecursionError:
        # `a and b and …` has one level in Python, and as many as it has parts when compiled.
        headline = "something is nested too deeply, or has hundreds of parts"
        help = "make functions of its parts, or go over a list of them"
        raise bad_file("E010", headline, found.file, help) from None


def compiled_with(
    found: Found, configuration: Configuration, added: Mapping[str, Configuration]
) -> Program:
    """The model with all that is `added`, by the option that adds it: BadInput names that.

    What an option adds is known to the program as an invariant, or as a watch, and to the
    reader by the option's name. `configuration` is all but that.
    """
    whole = configuration
    for each in added.values():
        whole = replace(
            whole,
            invariants=(*whole.invariants, *each.invariants),
            watches=(*whole.watches, *each.watches),
        )
    try:
        return compiled(found, whole)
    except BadInput:
        # Which of the options is wrong? Each alone tells; the model's own mistakes come first.
        compiled(found, configuration)
        for option, each in added.items():
            alone = replace(configuration, invariants=each.invariants, watches=each.watches)
            try:
                compiled(found, alone)
            except BadInput as error:
                raise BadInput(*(_at_option(d, option) for d in error.diagnostics)) from None
        raise


def _at_option(diagnostic: Diagnostic, option: str) -> Diagnostic:
    return replace(diagnostic, span=replace(diagnostic.span, file=option))


def variant_of(found: Found, name: str) -> Variant:
    """The variant of a model that has this name; BadInput if there is none."""
    for variant in found.model.variants:
        if variant.name == name:
            return variant
    names = [f'--variant "{variant.name}"' for variant in found.model.variants]
    headline = f"{found.model.__name__} has no variant {name!r}"
    raise bad_file("E905", headline, found.file, help=" or ".join(names[:3]))
