"""Scripts: how a scenario says what happens, step by step."""

from __future__ import annotations

from typing import Any


class Run:
    """A run of a model, as a `@scenario` scripts it.

    Steps are called by the names that traces give them: `pour(0, 1)` for an action,
    `call(0)` for a process, and for a turn of a loop either the loop's name or the
    process that goes on in it. What a step chooses is given by name, as in traces;
    where there is only one way, nothing need be said. After each call the model's
    attributes are those of the state that the run has come to.
    """

    def start(self, **choices: Any) -> None:
        """Begin, with these initial choices. Where there is one initial state, that is done."""
        raise NotImplementedError

    def step(self, name: str, /, **choices: Any) -> None:
        """Take a step; the scenario fails if it is not possible, or ends in a model error."""
        raise NotImplementedError

    def steps(self, *names: str) -> None:
        """Take several steps, in each of which there is nothing to choose."""
        raise NotImplementedError

    def fails(self, name: str, error: str = "", /, **choices: Any) -> None:
        """Try a step that ends in a model error, of this kind if one is named; nothing changes."""
        raise NotImplementedError

    def can(self, name: str, /, **choices: Any) -> bool:
        """Whether a step is possible now, with these choices."""
        raise NotImplementedError

    def enabled(self) -> list[str]:
        """The steps that are possible now, by name, in the order of declaration."""
        raise NotImplementedError
