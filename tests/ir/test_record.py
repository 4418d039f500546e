"""Made faster, and the same in use: each test runs on both decorators."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import pytest

from ordercheck.ir import record
from ordercheck.ir.types import BoolType, IntType


@record.dataclass(frozen=True, slots=True, order=True)
class Fast:
    """Ours."""

    x: int
    y: tuple[int, ...] = ()
    note: str = record.field(default="", compare=False)

    @property
    def total(self) -> int:
        return self.x + sum(self.y)


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Plain:
    """The standard library's."""

    x: int
    y: tuple[int, ...] = ()
    note: str = dataclasses.field(default="", compare=False)

    @property
    def total(self) -> int:
        return self.x + sum(self.y)


@pytest.fixture(params=[Fast, Plain], ids=["fast", "plain"])
def made(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_fields(made: Any) -> None:
    one = made(1, note="n")
    assert (one.x, one.y, one.note, one.total) == (1, (), "n", 1)
    assert [each.name for each in dataclasses.fields(one)] == ["x", "y", "note"]
    assert dataclasses.is_dataclass(one)
    assert repr(one) == f"{made.__name__}(x=1, y=(), note='n')"
    assert not hasattr(one, "__dict__")
    with pytest.raises(TypeError):
        made()


def test_equality_and_order(made: Any) -> None:
    assert made(1, note="a") == made(1, note="b")
    assert hash(made(1, note="a")) == hash(made(1, note="b"))
    assert made(1) != made(2)
    assert made(1) != (1, ())
    assert made(1) < made(1, (0,)) <= made(2)
    assert made(2) > made(1) >= made(1)
    assert (made(1) == made(1, note="other")) is True


def test_nothing_changes(made: Any) -> None:
    one = made(1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.x = 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        del one.x


def test_copies(made: Any) -> None:
    one = made(1, (2,), "n")
    for other in (copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
        assert repr(other) == repr(one)
    assert repr(dataclasses.replace(one, x=3)) == repr(made(3, (2,), "n"))
    match one:
        case Fast(x, y) | Plain(x, y):
            assert (x, y) == (1, (2,))
        case _:
            pytest.fail("matched by position")


def test_classes_are_told_apart() -> None:
    values: list[object] = [Fast(1), Plain(1), BoolType(), IntType()]
    assert all((a == b) is (a is b) for a in values for b in values)
    assert BoolType() == BoolType()


def test_other_kinds_are_refused() -> None:
    with pytest.raises(TypeError):
        record.dataclass(frozen=True, slots=False)


@record.dataclass(slots=True)
class FastHolder:
    """Ours, of what is still being made."""

    name: str
    items: list[int] = record.field(default_factory=list)
    count: int = 0
    length: int = record.field(init=False)

    def __post_init__(self) -> None:
        self.length = len(self.name)


@dataclasses.dataclass(slots=True)
class PlainHolder:
    """The standard library's."""

    name: str
    items: list[int] = dataclasses.field(default_factory=list)
    count: int = 0
    length: int = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        self.length = len(self.name)


@pytest.fixture(params=[FastHolder, PlainHolder], ids=["fast", "plain"])
def holder(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_what_is_not_frozen_changes(holder: Any) -> None:
    one, other = holder("a"), holder("a", count=0)
    one.items.append(1)
    assert (one.items, other.items, other.length) == ([1], [], 1)
    assert one != other
    other.items = [1]
    assert one == other
    assert holder("a", [1], 2).count == 2
    assert repr(holder("bc")) == f"{holder.__name__}(name='bc', items=[], count=0, length=2)"
    for alike in (copy.deepcopy(one), pickle.loads(pickle.dumps(one)), dataclasses.replace(one)):
        assert alike == one
    with pytest.raises(TypeError):
        hash(one)
    with pytest.raises(AttributeError):
        one.other = 1
    with pytest.raises(TypeError):
        holder("a", length=2)
