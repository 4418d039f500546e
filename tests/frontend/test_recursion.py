"""Recursion goes to a declared depth; deeper is a model error."""

from __future__ import annotations

from pathlib import Path

import pytest

from ordercheck import Mistake, recursive
from ordercheck.checking import check
from ordercheck.frontend import compile_model, load_models
from ordercheck.ir.nodes import Program
from ordercheck.ir.span import BadInput
from ordercheck.ir.validator import validate

HEAD = """
from __future__ import annotations
from ordercheck import *


@recursive(depth=3)
def down(n: int) -> int:
    return 0 if n <= 0 else 1 + down(n - 1)


@recursive(depth=3)
def fall(n: int) -> None:
    if n > 0:
        fall(n - 1)


@recursive(depth=3)
def ping(n: int) -> int:
    return 0 if n <= 0 else pong(n - 1)


def pong(n: int) -> int:
    return 0 if n <= 0 else helper(ping(n - 1))


def helper(n: int) -> int:
    return n


@recursive(depth=2)
def outer(n: int) -> int:
    return down(n) + (0 if n <= 0 else outer(n - 1))


class Node(Component):
    def __init__(self, child: Node | None) -> None:
        self.child = child
        self.n = integer(1, lo=0, hi=9)

    def total(self) -> int:
        return self.n + (0 if self.child is None else self.child.total())


class M(Model):
    deadlock = False

    def setup(self) -> None:
        self.n = integer(0, lo=0, hi=99)
        self.chain = Node(Node(Node(Node(None))))

    @recursive(depth=3)
    async def wait(self, n: int) -> int:
        await step()
        return 0 if n <= 0 else 1 + await self.wait(n - 1)
"""


def compiled(members: str, folder: Path) -> Program:
    file = folder / "m.py"
    file.write_text(HEAD + members)
    (model,) = load_models(str(file))
    program = compile_model(model, {})
    validate(program)
    return program


def found(members: str, folder: Path) -> list[str]:
    return [each.name for each in check(compiled(members, folder)).violations]


ACTION = """
    @action
    def go(self) -> None:
        k = choose(range({0} + 1))
        {1}
"""


@pytest.mark.parametrize(
    ("statement", "deepest"),
    [
        ("self.n = down(k)", 2),
        ("fall(k)", 2),
        ("self.n = ping(k)", 5),  # every second call is one of ping
        ("self.n = pong(k)", 6),
        ("self.n = outer(k)", 1),  # it calls itself twice at most, whatever down does
        ("self.n = down(down(k))", 2),  # one after the other is not in each other
        ("self.n = [down(x) for x in (0, k)][1]", 2),
        ("require(down(k) >= 0)", 2),
    ],
)
def test_as_deep_as_declared_and_no_deeper(statement: str, deepest: int, tmp_path: Path) -> None:
    assert found(ACTION.format(deepest, statement), tmp_path) == []
    assert found(ACTION.format(deepest + 1, statement), tmp_path) == ["recursion"]


def test_a_function_is_as_deep_wherever_it_is_called_first(tmp_path: Path) -> None:
    first = ACTION.format(2, "self.n = down(k) + helper(k)")
    second = ACTION.format(3, "self.n = ping(k) + outer(1) + down(k)").replace("go", "on")
    assert found(first, tmp_path) == []
    assert found(first + second, tmp_path) == ["recursion"]
    assert found(second, tmp_path) == ["recursion"]


@pytest.mark.parametrize(("depth", "expected"), [(2, []), (3, ["recursion"])])
def test_coroutines(depth: int, expected: list[str], tmp_path: Path) -> None:
    members = f"""
    @process
    async def go(self) -> None:
        self.n = await self.wait({depth})
"""
    assert found(members, tmp_path) == expected


@pytest.mark.parametrize(("depth", "expected"), [(2, []), (3, ["recursion"])])
def test_properties(depth: int, expected: list[str], tmp_path: Path) -> None:
    members = f"""
    @action
    def go(self) -> None:
        self.n = {depth}

    @invariant
    def fine(self) -> bool:
        return down(self.n) == self.n
"""
    assert found(members, tmp_path) == expected


def test_what_set_up_has_nested_ends_by_itself(tmp_path: Path) -> None:
    members = """
    @action
    def go(self) -> None:
        self.n = self.chain.total()

    @invariant
    def four(self) -> bool:
        return self.n in (0, 4)
"""
    assert found(members, tmp_path) == []


def test_functions_that_do_not_recurse_are_lowered_once(tmp_path: Path) -> None:
    names = [
        each.name for each in compiled(ACTION.format(5, "self.n = ping(k)"), tmp_path).functions
    ]
    assert len([name for name in names if name.startswith("ping")]) <= 4
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "members",
    [
        """
    def loop(self, k: int) -> int:
        return k if k == 0 else self.loop(k)

    @action
    def go(self) -> None:
        self.n = self.loop(self.n)
""",
        """
    async def loop(self) -> None:
        await step()
        await self.loop()

    @process
    async def go(self) -> None:
        await self.loop()
""",
        """
    @recursive(depth=2)
    async def turn(self) -> None:
        await self.loop()

    async def loop(self) -> None:
        await step()
        await self.loop()

    @process
    async def go(self) -> None:
        await self.turn()
""",
    ],
)
def test_recursion_without_a_depth_is_refused(members: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as error:
        compiled(members, tmp_path)
    assert [each.code for each in error.value.diagnostics] == ["E083"]
    assert "@recursive(depth=" in error.value.diagnostics[0].help


@pytest.mark.parametrize("depth", [0, -1, True, 1000, "3"])
def test_impossible_depths_are_refused(depth: object) -> None:
    with pytest.raises(Mistake) as mistake:
        recursive(depth=depth)  # type: ignore[arg-type]
    assert mistake.value.code == "E083"
