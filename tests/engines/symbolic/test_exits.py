"""What leaves a body after a `try` in it goes where what leaves a body goes."""

from __future__ import annotations

import pytest

from ordercheck import Failure, Model, action, integer, process, step
from ordercheck.frontend import compile_model
from tests.engines.symbolic.comparison import Evaluation, sample


class Oops(Failure):
    """Raised on purpose."""


class Numbers(Model):
    """Two numbers that the steps turn."""

    def setup(self) -> None:
        self.a = integer(0, lo=0, hi=2)
        self.b = integer(0, lo=0, hi=2)

    @action
    def turn(self) -> None:
        self.a = (self.a + 1) % 3


class RaisesAfterTry(Numbers):
    @process
    async def run(self) -> None:
        try:
            await step()
            try:
                if self.a == 1:
                    raise Oops()
            except Oops:
                self.b = 1
            if self.a != 2:
                raise Oops()
            await step()
        except Oops:
            self.b = (self.b + 1) % 3


class ReturnsAfterFinally(Numbers):
    @action
    def leave(self) -> None:
        try:
            if self.a == 1:
                return
        finally:
            self.a = 0
        if self.b == 2:
            return
        self.b = (self.b + 1) % 3


class ContinuesAfterFinally(Numbers):
    @action
    def count(self) -> None:
        for k in (1, 2, 3):
            try:
                if k == self.a:
                    continue
            finally:
                self.a = (self.a + k) % 3
            if self.b == k:
                continue
            self.b = (self.b + k) % 3


class ContinuesAWhile(Numbers):
    @action
    def count(self) -> None:
        k = 0
        while k < 3:
            k += 1
            try:
                if k == self.a:
                    continue
            finally:
                self.a = (self.a + k) % 3
            if self.b == k:
                continue
            self.b = (self.b + k) % 3


@pytest.mark.parametrize(
    "model", [RaisesAfterTry, ReturnsAfterFinally, ContinuesAfterFinally, ContinuesAWhile]
)
def test_steps_end_as_the_interpreter_ends_them(model: type[Model]) -> None:
    program = compile_model(model, {})
    evaluation = Evaluation(program)
    for state in sample(program, 50):
        assert not evaluation.check(state)
