"""When the lines of a log were seen: numbers, or dates and times as in ISO 8601."""

from __future__ import annotations

from datetime import datetime

TIME = "at"
"""The key of a line's time."""


def time_of(logged: object) -> float | datetime | None:
    """When a line was seen; None where that is no time."""
    if isinstance(logged, str):
        try:
            return datetime.fromisoformat(logged)
        except ValueError:
            return None
    return logged if isinstance(logged, int | float) and not isinstance(logged, bool) else None


def are_mixed(one: float | datetime, other: float | datetime) -> bool:
    """Whether two times cannot be compared."""
    if isinstance(one, datetime) and isinstance(other, datetime):
        return (one.tzinfo is None) != (other.tzinfo is None)
    return isinstance(one, datetime) != isinstance(other, datetime)
