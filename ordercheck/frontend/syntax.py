"""Questions about Python's syntax that need no types."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

MUTATORS = frozenset(
    {
        "append",
        "extend",
        "insert",
        "pop",
        "popleft",
        "remove",
        "clear",
        "add",
        "discard",
        "update",
        "difference_update",
        "intersection_update",
        "setdefault",
        "sort",
        "symmetric_difference_update",
        "reverse",
    }
)
"""Methods that change their receiver."""

MARKS = (ast.expr_context, ast.operator, ast.boolop, ast.unaryop)
"""Syntax that nothing stands inside, and that stands nowhere itself."""

SCOPED = ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
"""Syntax with names of its own."""


def children(node: ast.AST) -> list[ast.AST]:
    """What stands directly inside some syntax, without operators and contexts."""
    # As ast.iter_child_nodes, which takes twice as long, and gives a context for each name.
    found: list[ast.AST] = []
    for name in node._fields:
        part = getattr(node, name, None)
        if isinstance(part, list):
            found += [each for each in part if isinstance(each, ast.AST)]
        elif isinstance(part, ast.AST) and not isinstance(part, MARKS):
            found.append(part)
    return found


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """Some syntax and all that stands inside it, in the order in which it is written."""
    todo = [node]
    while todo:
        following = todo.pop()
        yield following
        todo += reversed(children(following))


def called(node: ast.AST) -> str:
    """What people call a kind of syntax: by its keyword, if it has one."""
    if isinstance(node, ast.ImportFrom):
        return "import"
    first = re.match(r"\(?(\w+)", ast.unparse(node))
    return first[1] if first and keyword.iskeyword(first[1]) else type(node).__name__


def assigned_names(nodes: list[Any]) -> list[str]:
    """Names that some syntax assigns, with one entry an assignment."""
    found: list[str] = []
    todo: list[tuple[ast.AST, int]] = [(node, 1) for node in reversed(nodes)]
    while todo:
        node, times = todo.pop()
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                found += [name] * times
            case ast.AugAssign(target=ast.Name(id=name)):
                found += [name] * times
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                found += [name] * times
            case ast.MatchStar(name=str(name)):
                found += [name] * times
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
            ):
                found.append(name)
                continue  # what its body assigns is its own
            case ast.alias(name=name, asname=other):
                found.append(other or name)
            case ast.For() | ast.While():
                # What a loop assigns, it may assign again.
                times = 2
            case _:
                pass
        if not isinstance(node, SCOPED):
            todo += [(child, times) for child in reversed(children(node))]
    return found


def mutated_names(nodes: list[ast.stmt]) -> frozenset[str]:
    """Names of temporaries that some syntax changes in place."""
    found: set[str] = set()
    for top in nodes:
        for node in walk(top):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)):
                    if method in MUTATORS:
                        found.add(name)
                case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                    found.add(name)
    return frozenset(found)


def read_names(nodes: Sequence[ast.AST]) -> frozenset[str]:
    """Names that some syntax reads, local functions in it included."""
    return frozenset(
        node.id
        for top in nodes
        for node in walk(top)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    )


def leaves(nodes: list[ast.stmt]) -> bool:
    """Whether control never gets past these statements."""
    if not nodes:
        return False
    match nodes[-1]:
        case ast.Return() | ast.Raise() | ast.Break() | ast.Continue():
            return True
        case ast.If(body=body, orelse=orelse):
            return leaves(body) and leaves(orelse)
        case _:
            return False


def breaks(nodes: list[ast.stmt]) -> bool:
    """Whether a loop's body has a `break` of that loop."""
    todo: list[ast.AST] = list(nodes)
    while todo:
        match todo.pop():
            case ast.Break():
                return True
            case ast.For(orelse=orelse) | ast.While(orelse=orelse):
                todo += orelse  # a break there leaves the loop around it
            case ast.Lambda() | ast.FunctionDef() | ast.AsyncFunctionDef():
                pass
            case node:
                todo += children(node)
    return False


@lru_cache(maxsize=65_536)  # asked of each operand, in each variant of a model
def may_suspend(node: ast.AST) -> bool:
    """Whether a piece of syntax awaits anything."""
    return isinstance(node, ast.Await) or any(map(may_suspend, children(node)))
