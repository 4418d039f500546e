"""What a task group of asyncio promises to whoever runs its block."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from ordercheck import Spec, implies, invariant


class Grouped(Protocol):
    """A model of one group, whose tasks are numbered; the last number is its block's."""

    @property
    def members(self) -> int:
        """How many numbers there are."""

    @property
    def has_left(self) -> bool:
        """Whether the block is left."""

    @property
    def has_raised(self) -> bool:
        """Whether it was left by an exception group."""

    @property
    def was_asked(self) -> bool:
        """Whether anybody has asked who runs the block to end."""

    @property
    def is_cancelled(self) -> bool:
        """Whether the block was left by CancelledError."""

    @property
    def begun(self) -> Iterable[int]:
        """The tasks that have begun."""

    @property
    def done(self) -> Iterable[int]:
        """The tasks that have done all that they had to do."""

    @property
    def failed(self) -> Iterable[int]:
        """The tasks that have failed."""

    @property
    def cancelled(self) -> Iterable[int]:
        """The tasks that were raised CancelledError."""

    @property
    def told(self) -> Iterable[int]:
        """The tasks whose failures the exception group has."""


class TaskGroupContract(Spec[Grouped]):
    """Nobody outlives the group, and no failure is lost.

    In every state where the block is left: each task that has begun is over, what failed is what
    the exception group tells, and there is one if and only if something failed.

    The smallest history that violates it: a task is created, the block is left, the task takes
    a step. Applies to whoever relies on a block to have cleaned up after itself.
    """

    @invariant
    def nobody_outlives_the_group(self, model: Grouped) -> bool:
        """When the block is left each of its tasks is over."""
        return implies(
            model.has_left,
            all(t in model.done or t in model.failed or t in model.cancelled for t in model.begun),
        )

    @invariant
    def every_failure_is_told(self, model: Grouped) -> bool:
        """The exception group has what failed, all of that and nothing else."""
        return implies(
            model.has_left and not model.is_cancelled,
            all((t in model.failed) == (t in model.told) for t in range(model.members)),
        )

    @invariant
    def raised_means_that_one_failed(self, model: Grouped) -> bool:
        """An exception group is raised where a task has failed, and only there."""
        return implies(
            model.has_left and not model.is_cancelled,
            model.has_raised == any(True for _ in model.failed),
        )

    @invariant
    def silence_means_success(self, model: Grouped) -> bool:
        """A block that is left without an exception has done all it had to do."""
        return implies(
            model.has_left and not model.has_raised and not model.is_cancelled,
            all(t in model.done for t in range(model.members)),
        )

    @invariant
    def cancelled_means_that_somebody_asked(self, model: Grouped) -> bool:
        """The group keeps to itself that it cancels who runs the block."""
        return implies(model.is_cancelled, model.was_asked)

    @invariant
    def nobody_is_cancelled_for_nothing(self, model: Grouped) -> bool:
        """A task is cancelled where another has failed, or somebody asked."""
        return implies(
            any(True for _ in model.cancelled), model.was_asked or any(True for _ in model.failed)
        )
