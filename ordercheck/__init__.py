"""Checks protocol ordering and concurrency invariants before the code ships.

Everything that a model's author needs is imported from here; nothing heavy is
loaded before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from ordercheck.api import verify as verify
    from ordercheck.checking.verdict import Outcome as Outcome
    from ordercheck.checking.verdict import Verdict as Verdict
    from ordercheck.language import *  # noqa: F403


def __getattr__(name: str) -> Any:
    if name == "verify":
        from ordercheck.api import verify

        return verify
    if name in ("Verdict", "Outcome"):
        from ordercheck.checking import verdict

        return getattr(verdict, name)
    # Not `from ordercheck import language`: that would come back here if it failed.
    language = import_module("ordercheck.language")
    planned = import_module("ordercheck.language.planned")
    if name == "__all__":
        return [*language.__all__, "Outcome", "Verdict", "verify"]
    if name in language.__all__:
        return getattr(language, name)
    if name in planned.PLANNED:
        return planned.Planned(name)
    raise AttributeError(f"module 'ordercheck' has no attribute {name!r}")
