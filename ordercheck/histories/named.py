"""The specs that come with the tool, by name. A table: each is imported when it is named."""

from __future__ import annotations

from importlib import import_module

from ordercheck.histories.spec import OrderSpec

NAMED = {
    "e_order": ("orders", "EOrder"),
    "fifo": ("orders", "Fifo"),
    "causal": ("orders", "Causal"),
    "total_order": ("orders", "TotalOrder"),
    "at_most_once": ("orders", "AtMostOnce"),
    "exactly_once": ("orders", "ExactlyOnce"),
    "cas_chain": ("objects", "CasChain"),
    "linearizable": ("objects", "Linearizable"),
    "sequential": ("objects", "Sequential"),
    "no_corrupted_log": ("workflow", "NoCorruptedLog"),
}
"""Module and class of each."""


def named(name: str) -> type[OrderSpec]:
    """The spec of this name; KeyError if there is none."""
    module, cls = NAMED[name]
    found: type[OrderSpec] = getattr(import_module(f"ordercheck.histories.{module}"), cls)
    return found
