"""Where code is emitted: the function, the names of its locals, and how it gives up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ordercheck.engines.native.generate.conversions import converted
from ordercheck.engines.native.generate.layout import Layout
from ordercheck.engines.native.generate.shapes import shape_of
from ordercheck.engines.native.generate.source import Writer
from ordercheck.engines.native.generate.unit import Unit
from ordercheck.engines.native.generate.values import ctype
from ordercheck.ir.record import dataclass as record
from ordercheck.ir.types import NeverType, Type

NEVER = NeverType()


@record(frozen=True, slots=True)
class Variable:
    """A local of the model: its C name and the type of all that it may hold."""

    name: str
    kind: Type


@record(frozen=True, slots=True)
class Signature:
    """How a function of the program is called in C."""

    name: str
    parameters: tuple[Type, ...]
    result: Type
    fails: bool
    raises: bool


@dataclass(slots=True)
class Outcome:
    """What the function being emitted may end in, besides its value."""

    fails: bool = False


@record(frozen=True, slots=True)
class Final:
    """What a jump passes: a `finally`, which `emit` emits, or (None) the end of a loop."""

    emit: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """A place in a function being emitted.

    `state` names the words that are read, `catch` the label to which an exception goes
    (none: it leaves the function), `exits` what a jump passes on its way out, innermost
    last. `exception` is the type of all that the program raises.
    """

    unit: Unit
    layout: Layout
    code: Writer
    signatures: Mapping[str, Signature]
    outcome: Outcome = field(default_factory=Outcome)
    names: Mapping[str, Variable] = field(default_factory=dict)
    state: str = "v"
    catch: str = ""
    exits: tuple[Final, ...] = ()
    result: Type | None = None
    exception: Type = NEVER

    def within(self, **changes: Any) -> Scope:
        """The same with these changes."""
        return replace(self, **changes)

    def binding(self, name: str, kind: Type) -> tuple[Scope, Variable]:
        """A scope in which a name means a fresh variable, and that variable, not declared yet."""
        variable = Variable(self.code.fresh("l"), kind)
        return self.within(names={**self.names, name: variable}), variable

    # --- emitting ---

    def line(self, text: str) -> None:
        """Emit a line."""
        self.code.line(text)

    def ctype(self, kind: Type) -> str:
        """The C type of a type's values."""
        return ctype(self.unit, shape_of(kind))

    def temporary(self, kind: Type, text: str) -> str:
        """A name for a value, so that it is computed once, here."""
        if text.isidentifier() or text.lstrip("-").isdigit():
            return text
        name = self.code.fresh("t")
        self.line(f"{self.ctype(kind)} {name} = {text};")
        return name

    def number(self, text: str) -> str:
        """The same for an int64_t."""
        if text.isidentifier() or text.lstrip("-").isdigit():
            return text
        name = self.code.fresh("t")
        self.line(f"int64_t {name} = {text};")
        return name

    def converted(self, known: Type, kind: Type, text: str) -> str:
        """A value as one of another type, which it surely is."""
        before = len(self.code.lines)
        found = converted(self.unit, self.code, known, kind, text, self.exhausted())
        if len(self.code.lines) > before:
            self.outcome.fails = True
        return found

    # --- giving up ---

    def exhausted(self) -> str:
        """The statement that ends the attempt since scratch memory is exhausted."""
        return f"return {self.unit.status('limit')};"

    def fail(self, kind: str) -> str:
        """The statement that ends the attempt in a model error."""
        self.outcome.fails = True
        return f"return {self.unit.status(kind)};"

    def fail_with(self, status: str) -> str:
        """The statement that ends the attempt with a status, a C expression."""
        self.outcome.fails = True
        return f"return {status};"

    def fail_if(self, test: str, kind: str) -> None:
        """End the attempt in a model error if a C condition holds."""
        self.line(f"if (OC_RARE({test})) {self.fail(kind)}")

    def allocating(self, call: str) -> None:
        """Emit a call that says whether scratch memory is exhausted."""
        self.outcome.fails = True
        self.line(f"if (OC_RARE({call})) {self.exhausted()}")
