"""The folders are stages: imports go one way, and nowhere in a circle (see docs/decisions.md)."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import networkx
import pytest

PACKAGE = Path(__file__).parent.parent / "ordercheck"

ARROWS = {
    "language": (),
    "library": ("language",),
    "ir": (),
    "frontend": ("language", "ir"),
    "engines": ("ir",),
    "traces": ("ir",),
    "histories": ("ir", "traces"),
    "checking": ("ir", "engines", "traces"),
    "scenarios": ("language", "ir", "frontend", "engines", "traces", "checking"),
    "conformance": ("ir", "engines", "traces", "checking"),
    "report": ("ir", "engines", "traces", "histories", "checking", "conformance"),
}
"""What each folder may import, itself aside; whatever is not here may import everything."""

PLAIN = ("language", "library", "ir")
"""Folders that need nothing but the standard library."""


def modules() -> dict[str, Path]:
    """All modules of the package, by name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports(name: str) -> Iterator[str]:
    """The modules that a module imports, wherever the import stands."""
    for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                assert level == 0, f"{name}: a relative import"
                for alias in names:
                    inner = f"{module}.{alias.name}"
                    yield inner if inner in MODULES else str(module)


def folder(module: str) -> str:
    """The folder of one of our modules; empty for the package itself."""
    return [*module.split("."), ""][1]


@pytest.mark.parametrize("name", MODULES)
def test_imports_go_one_way(name: str) -> None:
    stage = folder(name)
    if stage not in ARROWS:
        return
    ours = [module for module in imports(name) if module.split(".")[0] == "ordercheck"]
    allowed = (stage, *ARROWS[stage])
    assert [module for module in ours if folder(module) not in allowed] == []


@pytest.mark.parametrize("name", [name for name in MODULES if folder(name) in PLAIN])
def test_the_bottom_needs_the_standard_library_only(name: str) -> None:
    known = {"ordercheck", *sys.stdlib_module_names}
    assert [module for module in imports(name) if module.split(".")[0] not in known] == []


def test_no_imports_in_a_circle() -> None:
    graph = networkx.DiGraph()
    for name in MODULES:
        if name == "ordercheck":
            continue  # imports what authors need when they ask for it
        graph.add_edges_from((name, other) for other in imports(name) if other in MODULES)
    knots = networkx.strongly_connected_components(graph)
    assert [sorted(knot) for knot in knots if len(knot) > 1] == []
