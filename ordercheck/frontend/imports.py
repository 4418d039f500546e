"""Which modules a model can know: those that its file imports, and what they import."""

from __future__ import annotations

import sys
from types import ModuleType

PACKAGE = "ordercheck"


def is_ours(module: str) -> bool:
    """Whether a module is part of this package."""
    return module.partition(".")[0] == PACKAGE


def modules_seen_from(home: str) -> frozenset[str]:
    """The authors' modules that a module imports, itself included.

    Only what it binds to a name counts, a module, a class or a function: a model can
    use nothing else. The standard library and this package are left out.
    """
    seen: set[str] = set()
    todo = [home]
    while todo:
        name = todo.pop()
        if name in seen or _is_foreign(name) or name not in sys.modules:
            continue
        seen.add(name)
        todo += {_home_of(value) for value in vars(sys.modules[name]).values()}
    return frozenset(seen)


def _is_foreign(name: str) -> bool:
    return is_ours(name) or name.partition(".")[0] in sys.stdlib_module_names


def _home_of(value: object) -> str:
    found = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
    return found if isinstance(found, str) else ""
