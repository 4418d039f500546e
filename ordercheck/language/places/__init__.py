"""Places: what is created in set-up and changed by steps, in place, by its identity."""

from __future__ import annotations

from ordercheck.language.places.maps import Map, map_of
from ordercheck.language.places.place import Place
from ordercheck.language.places.pools import Pool, pool
from ordercheck.language.places.sequences import Array, Seq, array, seq
from ordercheck.language.places.sets import Bag, Set, bag_of, set_of
from ordercheck.language.places.variables import BOUNDS, Variable, boolean, ghost, integer, variable

__all__ = [
    "BOUNDS",
    "Array",
    "Bag",
    "Map",
    "Place",
    "Pool",
    "Seq",
    "Set",
    "Variable",
    "array",
    "bag_of",
    "boolean",
    "ghost",
    "integer",
    "map_of",
    "pool",
    "seq",
    "set_of",
    "variable",
]
