"""What waits with a limit, shields and groups promise is broken by mistakes planted on purpose."""

from __future__ import annotations

from pathlib import Path

import pytest

from ordercheck import Model, process, spawn, verify
from ordercheck.checking import Options
from tests.library.mutants import MUTANTS
from tests.library.test_limits import LimitedWait, ShieldedWait
from tests.library.test_task_group import MEMBERS, Grouping

IN_LIBRARY = (
    ("who is cancelled is late", LimitedWait, "late_means_that_the_time_is_over"),
    ("who is late is cancelled", LimitedWait, "cancelled_means_that_somebody_asked"),
    ("what is late is not cancelled", LimitedWait, "nothing_goes_on"),
    ("a shield lets through", ShieldedWait, "the_inner_one_goes_on"),
    ("who is shielded is not let go", ShieldedWait, "who_is_asked_is_let_go"),
    ("the block is left too early", Grouping, "nobody_outlives_the_group"),
    ("a failure is lost", Grouping, "every_failure_is_told"),
    ("a failure is lost", Grouping, "raised_means_that_one_failed"),
    ("a group does not say that it was cancelled", Grouping, "silence_means_success"),
    ("a group says that it was cancelled", Grouping, "cancelled_means_that_somebody_asked"),
)


def violated(model: type[Model]) -> set[str]:
    """The names of all that a model violates."""
    verdict = verify(model, options=Options(continue_=True))
    return {violation.name for violation in verdict.violations}


@pytest.mark.parametrize(("mistake", "model", "name"), IN_LIBRARY)
def test_a_mistake_in_the_library_violates(
    mistake: str, model: type[Model], name: str, tmp_path: Path
) -> None:
    (mutant,) = (each for each in MUTANTS if each.name == mistake)
    with mutant.planted(tmp_path):
        assert name in violated(model)


class Hasty(LimitedWait):
    """Cancels what it waits for at once."""

    async def wait(self) -> None:
        inner = spawn(self.calls, self.work())
        await self.loop.sleep(0)
        inner.cancel()
        self.value = await self.loop.wait_for(inner, self.limit)


class Impatient(ShieldedWait):
    """Goes on with a value of its own."""

    async def wait(self) -> None:
        spawn(self.calls, self.work())
        await self.loop.sleep(0)
        self.value = 1


class Strict(Grouping):
    """Cancels each task that it has created."""

    @process(on="loop")
    async def main(self) -> None:
        async with self.group as group:
            for t in range(MEMBERS):
                task = group.create_task(self.meet(t))
                await self.loop.sleep(0)
                task.cancel()


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (Hasty, "nobody_is_cancelled_for_nothing"),
        (Impatient, "a_value_means_that_it_has_come"),
        (Strict, "nobody_is_cancelled_for_nothing"),
    ],
)
def test_a_mistake_in_a_model_violates(model: type[Model], name: str) -> None:
    assert name in violated(model)
