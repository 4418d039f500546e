"""Forms: for which of several components a method is lowered but once."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from ordercheck.frontend.world import World
from ordercheck.ir.types import ArrayShape, Type
from ordercheck.language.places import Place


def differ(world: World, components: Sequence[int]) -> bool:
    """Whether methods are lowered for each form: one is `apart`, or two of a class differ."""
    owners = [world.components[k] for k in components]
    forms = {form_of(world, k) for k in components}
    return any(owner.apart for owner in owners) or len(forms) > len({type(x) for x in owners})


def form_of(world: World, component: int) -> Hashable:
    """What a component has in common with those that share the code of its methods.

    Its class, its variables' names, and what is held under each name: a place of some
    kind, or something else. One that is lowered `apart` has nothing in common with any.
    """
    owner = world.components[component]
    kinds: dict[str, Type | ArrayShape | None] = {}
    for name, value in vars(owner).items():
        place = world.place_type(value) if isinstance(value, Place) else None
        kinds[name] = place.kind if place else None
    variables = frozenset(vars(owner).get("_declared", ()))
    return type(owner), component if owner.apart else None, variables, frozenset(kinds.items())
