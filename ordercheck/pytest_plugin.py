"""Models as tests: `pytest --ordercheck models/`, or files named in the configuration.

    [tool.pytest.ini_options]
    ordercheck_models = ["models/*.py"]
    testpaths = ["tests", "models"]

Each variant of a model is a test, which passes if all is as the variant expects; a
model without variants is one test, which passes if it holds. Each scenario is a test,
too. Where neither the option nor the setting is given, this module does nothing, and
imports nothing of ordercheck's.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ordercheck.checking.verdict import Verdict
    from ordercheck.cli.loading import Found
    from ordercheck.ir.span import BadInput, Diagnostic
    from ordercheck.language.model import Variant
    from ordercheck.scenarios import Scenario


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option and the settings."""
    group = parser.getgroup("ordercheck", "models of ordercheck")
    group.addoption(
        "--ordercheck",
        action="store_true",
        help="collect the models in the files given, each variant as a test",
    )
    parser.addini(
        "ordercheck_models",
        "patterns of files whose models are tests, such as models/*.py",
        type="args",
        default=[],
    )
    parser.addini(
        "ordercheck_max_states",
        "a model with more states than these is inconclusive, which fails its test",
        default="",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Take part only where models are asked for."""
    patterns = list(config.getini("ordercheck_models"))
    wanted = bool(config.getoption("--ordercheck"))
    if patterns or wanted:
        everything = wanted and not patterns
        config.pluginmanager.register(_Models(config, patterns, everything), "ordercheck-models")


class _Models:
    """Collects models from the files that pytest comes by."""

    def __init__(self, config: pytest.Config, patterns: list[str], everything: bool) -> None:
        self.root = config.rootpath
        self.patterns = patterns
        self.everything = everything
        self.python_files = list(config.getini("python_files"))

    @pytest.hookimpl(wrapper=True)
    def pytest_collect_file(
        self, file_path: Path, parent: pytest.Collector
    ) -> Generator[None, Any, Any]:
        """Models of a file beside its tests; a file of models alone is no module of tests."""
        found = yield
        if not self._is_wanted(file_path):
            return found
        if not any(fnmatch(file_path.name, pattern) for pattern in self.python_files):
            found = [each for each in found if not isinstance(each, pytest.Module)]
        return [*found, ModelFile.from_parent(parent, path=file_path)]

    def _is_wanted(self, path: Path) -> bool:
        if path.suffix != ".py":
            return False
        if not self.everything:
            inside = path.is_relative_to(self.root)
            name = path.relative_to(self.root).as_posix() if inside else path.as_posix()
            return any(fnmatch(name, pattern) for pattern in self.patterns)
        from ordercheck.cli.folders import defines_model

        return defines_model(str(path))


class ModelFile(pytest.File):
    """A file with models."""

    def collect(self) -> Iterator[pytest.Item]:
        """An item for each variant of each model."""
        from ordercheck.cli.loading import Found
        from ordercheck.frontend import load_models
        from ordercheck.ir.span import BadInput
        from ordercheck.scenarios import scenarios_of

        try:
            models = load_models(str(self.path))
        except BadInput as error:
            raise self.CollectError(_diagnostics(error)) from None
        for model in models:
            found = Found(model, str(self.path))
            variants: list[Variant | None] = [*model.variants]
            for variant in variants or [None]:
                name = model.__name__ + (f"[{variant.name}]" if variant else "")
                yield ModelItem.from_parent(self, name=name, found=found, variant=variant)
            for scenario in scenarios_of(model):
                name = f"{model.__name__}.{scenario.name}"
                yield ScenarioItem.from_parent(self, name=name, found=found, scenario=scenario)


class _NotAsExpected(Exception):
    """A verdict that fails its test."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.outcome.value)
        self.verdict = verdict


class ModelItem(pytest.Item):
    """One variant of a model."""

    def __init__(self, *, found: Found, variant: Variant | None, **more: Any) -> None:
        """Of this variant, None for the default parameters."""
        super().__init__(**more)
        self.found = found
        self.variant = variant

    def runtest(self) -> None:
        """Check the model; raises where all is not as expected."""
        from ordercheck.checking import Options, check
        from ordercheck.checking.expectation import as_expected
        from ordercheck.cli.loading import Configuration, compiled

        parameters = self.variant.parameters if self.variant else {}
        program = compiled(self.found, Configuration(parameters=parameters))
        limit = str(self.config.getini("ordercheck_max_states"))
        verdict = check(program, Options(max_states=int(limit) if limit else None))
        expect = self.variant.expect if self.variant else None
        good = (
            as_expected(verdict, expect.holds, expect.property)
            if expect
            else as_expected(verdict, holds=True)
        )
        if good is not True:
            raise _NotAsExpected(verdict)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The trace, or what is wrong with the model: not how we came upon it."""
        from ordercheck.ir.span import BadInput

        match excinfo.value:
            case _NotAsExpected(verdict=verdict):
                return _failure(self, verdict)
            case BadInput() as error:
                return _diagnostics(error)
            case _:
                return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the model begins."""
        return self.path, None, self.name


class _Otherwise(Exception):
    """A scenario in which something goes otherwise than scripted."""

    def __init__(self, failure: Diagnostic) -> None:
        super().__init__(failure.headline)
        self.failure = failure


class ScenarioItem(pytest.Item):
    """One scenario of a model."""

    def __init__(self, *, found: Found, scenario: Scenario, **more: Any) -> None:
        """Of this scenario."""
        super().__init__(**more)
        self.found = found
        self.scenario = scenario

    def runtest(self) -> None:
        """Run the scenario; raises where the model does not do what it says."""
        from ordercheck.scenarios import play

        played = play(self.found.model, self.found.name, self.scenario)
        if played.failure is not None:
            raise _Otherwise(played.failure)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Where the model goes otherwise, and what it does instead."""
        from ordercheck.ir.span import BadInput

        match excinfo.value:
            case _Otherwise(failure=failure):
                return _diagnostics(BadInput(failure))
            case BadInput() as error:
                return _diagnostics(error)
            case _:
                return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the scenario stands."""
        return self.path, self.scenario.function.__code__.co_firstlineno - 1, self.name


def _failure(item: ModelItem, verdict: Verdict) -> str:
    from ordercheck.report.style import Style
    from ordercheck.report.table import found_text
    from ordercheck.report.terminal import render_trace, render_unmet

    style = Style()
    expect = item.variant.expect if item.variant else None
    lines = [f"{item.name}: {found_text(verdict)}; expected: {expect or 'holds'}"]
    settings = ", ".join(f"{name} = {value}" for name, value in verdict.program.parameters)
    lines += [settings] if settings else []
    if verdict.limit:
        lines.append(f"The search was stopped early: {verdict.limit}. Nothing wrong was found by")
        lines.append("then, which is not the same as that there is nothing.")
    elif not verdict.violations:
        lines.append("It was expected to be violated, and holds.")
    for violation in verdict.violations[:1]:
        text = render_trace(violation.trace, style) if violation.trace else ""
        lines += ["", text or render_unmet(violation, style)]
    return "\n".join(lines)


def _diagnostics(error: BadInput) -> str:
    from ordercheck.report.diagnostics import render_diagnostics
    from ordercheck.report.style import Style

    return render_diagnostics(error.diagnostics, Style())
