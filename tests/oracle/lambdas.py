"""`until(condition)` with a lambda around the condition, so that it is evaluated when it is tried.

The front end takes both forms. Nothing else of a model is rewritten.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any


class _Delay(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Name("until"), args=[condition]):
                if not isinstance(condition, ast.Lambda):
                    nothing = ast.arguments([], [], None, [], [], None, [])
                    node.args = [ast.copy_location(ast.Lambda(nothing, condition), condition)]
        return node


def delay(modules: list[ModuleType]) -> None:
    """Give the functions of these modules code that evaluates conditions late."""
    for module in modules:
        path = getattr(module, "__file__", None)
        if path is None or "until" not in vars(module):
            continue
        codes = _codes(path, Path(path).read_text(encoding="utf-8"))
        for function in _functions(module):
            code = codes.get((function.__code__.co_name, function.__code__.co_firstlineno))
            if code is not None and function.__code__.co_filename == path:
                function.__code__ = code


@cache
def _codes(path: str, text: str) -> dict[tuple[str, int], CodeType]:
    """The code of all functions of a file, after the rewriting, by name and line."""
    tree = ast.fix_missing_locations(_Delay().visit(ast.parse(text, path)))
    found: dict[tuple[str, int], CodeType] = {}

    def collect(code: CodeType) -> None:
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                found[constant.co_name, constant.co_firstlineno] = constant
                collect(constant)

    collect(compile(tree, path, "exec"))
    return found


def _functions(module: ModuleType) -> Iterator[FunctionType]:
    for value in vars(module).values():
        if getattr(value, "__module__", None) != module.__name__:
            continue
        inner: list[Any] = [value, *vars(value).values()] if isinstance(value, type) else [value]
        yield from (each for each in inner if isinstance(each, FunctionType))


def modules_of(model: type) -> list[ModuleType]:
    """The modules that a model's code may be in: its own, its bases', the library's."""
    names = {base.__module__ for base in model.__mro__}
    names |= {name for name in sys.modules if name.startswith("ordercheck.library")}
    folder = str(Path(getattr(sys.modules[model.__module__], "__file__", "") or "").parent)
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None)
        if path and str(Path(path).parent) == folder:
            names.add(name)
    return [sys.modules[name] for name in sorted(names) if name in sys.modules]
