"""`dataclass(slots=True)`, frozen or not, made in a sixth of the time (docs/decisions.md, 26).

Importing the package makes some 180 such classes, and the standard library compiles
six functions for each. Here only `__init__` is compiled; the others are the same
functions for all classes, over the class's fields. Instances are as one knows them:
slotted, compared by their fields, hashed by them where they are frozen, matched by position,
copied, pickled, and taken by `dataclasses.replace` and `dataclasses.fields`.

Left out: inheritance from another dataclass, ClassVar, and options other than these two
and `order`.
"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
    from dataclasses import field as field
else:
    field = dataclasses.field

    def dataclass(*, slots: bool, frozen: bool = False, order: bool = False):
        """Make a class of fields one whose instances are values, or hold several of them."""
        if not slots:
            raise TypeError("dataclasses.dataclass makes the others")
        return partial(_record, frozen, ORDERS if order else ())


ORDERS = (operator.lt, operator.le, operator.gt, operator.ge)


def _record(frozen: bool, orders: tuple[Callable[[Any, Any], Any], ...], made: type) -> type:
    """The class anew, with slots; there is no way to add them to one that exists."""
    fields = {name: _field(made, name, text) for name, text in made.__annotations__.items()}
    names = tuple(fields)
    compared = tuple(name for name, each in fields.items() if each.compare)
    parts = {name: value for name, value in vars(made).items() if name not in fields}
    for name in ("__dict__", "__weakref__"):
        parts.pop(name, None)
    values = attrgetter(*compared) if compared else _no_values
    parts |= {
        "__slots__": names,
        "__match_args__": names,
        "__dataclass_fields__": fields,
        "__repr__": parts.get("__repr__", _repr),
        "__eq__": _comparison(operator.eq, values),
        "__hash__": (lambda self: hash(values(self))) if frozen else None,
    }
    if frozen:
        parts |= {
            "__setattr__": _refuse,
            "__delattr__": _refuse,
            "__reduce__": _reduction(names),
        }
    parts |= {f"__{order.__name__}__": _comparison(order, values) for order in orders}
    result = type(made)(made.__name__, made.__bases__, parts)
    result.__qualname__ = made.__qualname__
    result.__init__ = _initializer(result, fields)  # type: ignore[misc]
    return result


def _field(made: type, name: str, text: Any) -> Any:
    given = vars(made).get(name, dataclasses.MISSING)
    found: dataclasses.Field[Any]
    found = given if isinstance(given, dataclasses.Field) else field(default=given)
    found.name, found.type = name, text
    found._field_type = dataclasses._FIELD  # type: ignore[attr-defined,union-attr]
    return found


def _initializer(made: type, fields: dict[str, dataclasses.Field[Any]]) -> Any:
    """`__init__`, which sets the slots through their descriptors, past `__setattr__`."""
    scope: dict[str, Any] = {"MISSING": dataclasses.MISSING}
    parameters, body = "", ""
    for name, each in fields.items():
        value = name
        if each.default_factory is not dataclasses.MISSING:
            scope[f"make_{name}"] = each.default_factory
            scope[f"default_{name}"] = dataclasses.MISSING
            value = f"make_{name}() if {name} is MISSING else {name}"
        elif each.default is not dataclasses.MISSING:
            scope[f"default_{name}"] = each.default
        if not each.init:
            continue
        parameters += f", {name}=default_{name}" if f"default_{name}" in scope else f", {name}"
        scope[f"set_{name}"] = vars(made)[name].__set__
        body += f"    set_{name}(self, {value})\n"
    if hasattr(made, "__post_init__"):
        body += "    self.__post_init__()\n"
    exec(f"def __init__(self{parameters}):\n{body or '    pass'}", scope)
    made_one = scope["__init__"]
    made_one.__qualname__ = f"{made.__qualname__}.__init__"
    return made_one


def _comparison(operation: Callable[[Any, Any], Any], values: Callable[[Any], Any]) -> Any:
    def compare(self: Any, other: object) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return operation(values(self), values(other))

    return compare


def _no_values(self: Any) -> tuple[()]:
    return ()


def _repr(self: Any) -> str:
    values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
    return f"{self.__class__.__qualname__}({values})"


def _refuse(self: Any, name: str, *value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot change {name!r}")


def _reduction(names: tuple[str, ...]) -> Callable[[Any], tuple[type, tuple[Any, ...]]]:
    if len(names) < 2:  # of one name, attrgetter gives the value itself
        return lambda self: (self.__class__, tuple(getattr(self, name) for name in names))
    values = attrgetter(*names)
    return lambda self: (self.__class__, values(self))
