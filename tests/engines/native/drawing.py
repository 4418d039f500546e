"""Examples of Hypothesis's strategies as a list: compiled together, they cost far less."""

from __future__ import annotations

from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

T = TypeVar("T")


def drawn(strategy: SearchStrategy[T], count: int, block: int = 0) -> list[T]:
    """So many examples, the same in each run; others in another block."""
    found: list[T] = []

    @seed(block)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def note(example: T) -> None:
        found.append(example)

    note()
    return found
