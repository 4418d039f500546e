"""Which runs a command line of `verify` asks for, model by model."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

from ordercheck.cli.loading import Configuration, Found, models_in
from ordercheck.cli.output import bad_file, make_folder
from ordercheck.cli.session import Request, Run, Session
from ordercheck.ir.span import BadInput
from ordercheck.language.model import Variant


def plan(session: Session) -> Iterator[list[Run]]:
    """The runs of each model. What cannot be used is told on the way."""
    known: set[str] = set()
    missing = dict.fromkeys(session.request.variants)
    for path in session.request.files:
        try:
            models = models_in(path, session.request.quiet)
        except BadInput as error:
            session.reject(error)
            continue
        for found in models:
            if isinstance(found, BadInput):
                session.reject(found)
                continue
            if found.name in known:
                continue
            known.add(found.name)
            # A folder's models are named one by one, others as the reader has named them.
            given = found.name if os.path.isdir(path) else path
            runs = _runs(session.request, found, given)
            for run in runs:
                missing.pop(run.name, None)
            if runs:
                yield runs
    if missing and not session.errors:
        name = next(iter(missing))
        help = "`ordercheck show MODEL` lists a model's variants"
        session.reject(bad_file("E905", f"no model here has a variant {name!r}", "", help))


def single(session: Session) -> list[list[Run]]:
    """The one run that is to be saved, if what is asked for is one."""
    folder = session.request.checkpoint or ""
    planned = list(plan(session))
    if session.errors:
        return []
    if sum(len(runs) for runs in planned) != 1:
        help = "choose one with --variant NAME, or with --set"
        session.reject(bad_file("E932", "a checkpoint is of one run, these are several", "", help))
        return []
    if not session.request.resume and os.path.exists(folder) and os.listdir(folder):
        headline = f"there is something in {folder} already"
        help = f"to go on with a search that was saved there: ordercheck resume {folder}"
        session.reject(bad_file("E933", headline, folder, help))
        return []
    make_folder(folder)
    return planned


def _runs(request: Request, found: Found, given: str) -> list[Run]:
    """With --set one configuration of which nothing is expected, else the variants."""
    base = Configuration(request.assignments, request.specs, request.invariants, request.watches)
    variants = list(found.model.variants)
    if request.variants:
        variants = [each for each in variants if each.name in request.variants]
        if request.assignments:
            variants = [Variant(each.name, each.parameters) for each in variants]
    elif request.assignments or not variants:
        return [Run(found, given, None, base)]
    return [Run(found, given, each, replace(base, parameters=each.parameters)) for each in variants]
