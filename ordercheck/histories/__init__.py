"""Recorded histories, judged by specs: is there an order of events that is as it should be?

What authors of specs need is imported from here; docs/histories.md says how.
"""

from ordercheck.histories.constraints import (
    Constraint,
    Formula,
    Point,
    all_of,
    any_of,
    before,
    if_happened,
    implies,
    in_order,
    negation,
    never,
    rule,
    same_order,
)
from ordercheck.histories.history import Event, History
from ordercheck.histories.logs import LogSpec, cause, decided, first, last, once, where
from ordercheck.histories.reading import Reading
from ordercheck.histories.spec import OrderSpec, by_actor

__all__ = [
    "Constraint",
    "Event",
    "Formula",
    "History",
    "LogSpec",
    "OrderSpec",
    "Point",
    "Reading",
    "all_of",
    "any_of",
    "before",
    "by_actor",
    "cause",
    "decided",
    "first",
    "if_happened",
    "implies",
    "in_order",
    "last",
    "negation",
    "never",
    "once",
    "rule",
    "same_order",
    "where",
]
