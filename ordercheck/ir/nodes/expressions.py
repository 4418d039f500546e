"""Expressions: what has a value, and no effects."""

from __future__ import annotations

from enum import Enum

from ordercheck.ir.record import dataclass, field
from ordercheck.ir.span import NOWHERE, Span
from ordercheck.ir.types import Type, Value


class Op(Enum):
    """Operations on values. `xs` are lists, `s` sets, `m` maps, `b` bags; all are pure.

    Operands are given in Python's order; *checked* means a model error where
    Python raises. Lists are indexed as in Python, negative numbers too.
    """

    # numbers: exact; a result of 2**63 or more in size is a model error
    ADD = "+"
    SUB = "-"
    MUL = "*"
    FLOORDIV = "//"  # checked
    MOD = "%"  # checked
    POW = "**"  # checked: no negative exponents
    NEG = "neg"
    ABS = "abs"
    BIT_AND = "&"
    BIT_OR = "|"
    BIT_XOR = "^"
    INVERT = "~"
    SHIFT_LEFT = "<<"  # checked
    SHIFT_RIGHT = ">>"  # checked
    TO_INT = "int"  # of a bool
    # comparisons; EQ and NE on any two values, the others on numbers, text, tuples, lists
    EQ = "=="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    NOT = "not"
    # making: operands are the parts (STRUCT's type names the struct; MAP: key, value, key, …)
    TUPLE = "tuple"
    LIST = "list"
    SET = "set"
    MAP = "map"
    STRUCT = "struct"
    # lists (and tuples of one item type); all list results are lists
    LENGTH = "len"  # of a list, set, map, bag (with multiplicity) or text
    INDEX = "index"  # xs, k; checked
    TEXT_INDEX = "text_index"  # text, k; checked
    SLICE = "slice"  # xs, from | None, to | None, step | None
    CONCAT = "concat"  # xs, ys
    REPEAT = "repeat"  # xs, n
    APPEND = "append"  # xs, x
    INSERT = "insert"  # xs, k, x
    REMOVE_AT = "remove_at"  # xs, k; checked
    REMOVE = "remove"  # xs, x; checked
    REPLACE = "replace"  # xs, k, x; checked
    FIND = "find"  # xs, x: the first index; checked
    COUNT = "count"  # xs, x  or  bag, x
    CONTAINS = "in"  # collection or text, x
    RANGE = "range"  # from, to, step; checked: step not 0
    REVERSED = "reversed"
    SORTED = "sorted"  # xs: by value; enum members by declaration
    ENUMERATE = "enumerate"  # xs, start: list of pairs
    ZIP = "zip"  # xs, ys, …: list of tuples, as long as the shortest
    ITEMS = "items"  # set, map (pairs), bag (with repetition) or tuple: a list in declared order
    KEYS = "keys"  # map: list of its keys in declared order
    VALUES = "values"  # map: list of its values in the order of the keys
    PRODUCT = "product"  # xs, ys, …: list of tuples, itertools' order
    COMBINATIONS = "combinations"  # xs, k: list of lists, itertools' order
    PERMUTATIONS = "permutations"  # xs, k: list of lists, itertools' order
    SUBSETS = "subsets"  # s: list of all its subsets, in the order of the domain of sets
    SUM = "sum"  # xs, start
    MIN = "min"  # xs; checked: not empty
    MAX = "max"  # xs; checked: not empty
    ANY = "any"
    ALL = "all"
    # sets
    TO_SET = "to_set"  # list to set
    UNION = "union"
    INTERSECTION = "intersection"
    DIFFERENCE = "difference"
    SYMMETRIC = "symmetric"
    SUBSET = "subset"  # s <= t
    PROPER_SUBSET = "proper_subset"  # s < t
    DISJOINT = "disjoint"
    ADD_ITEM = "add"  # set or bag, x: the collection with x; bag: checked capacity
    DISCARD = "discard"  # set, x
    REMOVE_ITEM = "remove_item"  # set or bag, x; checked
    # maps
    GET = "get"  # m, k; checked
    GET_OR = "get_or"  # m, k, default
    PUT = "put"  # m, k, value
    DELETE = "delete"  # m, k; checked
    # addresses: int operands and results
    OFFSET = (
        "offset"  # base, k, length, stride: base + k * stride; checked: k in the array, as Python
    )


@dataclass(frozen=True, slots=True)
class Const:
    """A value known before any step."""

    value: Value
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Local:
    """A step-local variable or a parameter, by its unique name."""

    name: str
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Load:
    """The contents of the slot at `address`; `old`: in the state before (step invariants only)."""

    address: Expr
    type: Type
    span: Span = field(default=NOWHERE, compare=False)
    old: bool = False


@dataclass(frozen=True, slots=True)
class LoadArray:
    """The contents of `length` slots from `address` on, `stride` apart, as a list."""

    address: Expr
    length: int
    stride: int
    type: Type
    span: Span = field(default=NOWHERE, compare=False)
    old: bool = False


@dataclass(frozen=True, slots=True)
class Apply:
    """An operation on values."""

    op: Op
    operands: tuple[Expr, ...]
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Logic:
    """`and` or `or` of booleans, left to right, only as far as needed."""

    op: str
    operands: tuple[Expr, ...]
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Conditional:
    """`then if test else orelse`: only one branch is evaluated."""

    test: Expr
    then: Expr
    orelse: Expr
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Field:
    """The `index`-th part of a tuple, or the `index`-th field of a struct (from 0).

    On a union of structs `index` may differ: then `by_struct` gives it for each name.
    """

    operand: Expr
    index: int
    type: Type
    span: Span = field(default=NOWHERE, compare=False)
    by_struct: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class IsA:
    """Whether a union's value is one of `kind`: None, a struct with such fields, or any other."""

    operand: Expr
    kind: Type
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Cast:
    """The operand as a value of `type`, one or several of its options; a model error if it is not.

    Also converts a map to a map with another key type.
    """

    operand: Expr
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Lookup:
    """The value that belongs to `key` in a constant table; the front end sees that there is one."""

    key: Expr
    table: tuple[tuple[Value, Value], ...]
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function; as an expression only where `pure`, else under Assign or Evaluate."""

    function: str
    arguments: tuple[Expr, ...]
    type: Type
    span: Span = field(default=NOWHERE, compare=False)
    pure: bool = True


@dataclass(frozen=True, slots=True)
class Each:
    """A clause of a comprehension: `for variable in iterable` (a list)."""

    variable: Local
    iterable: Expr


@dataclass(frozen=True, slots=True)
class When:
    """A clause of a comprehension: `if test`."""

    test: Expr


@dataclass(frozen=True, slots=True)
class Bind:
    """A clause of a comprehension: a name for a value, in what follows."""

    variable: Local
    value: Expr


@dataclass(frozen=True, slots=True)
class Comprehend:
    """A list of `item` for each way through the clauses, in Python's order.

    Under Op.ANY, ALL, SUM, MIN, MAX, TO_SET, LENGTH it need not be built; ANY and
    ALL stop early, as in Python.
    """

    item: Expr
    clauses: tuple[Each | When | Bind, ...]
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class SortedBy:
    """A list ordered by a key (stable), or the item with the least or greatest key.

    `pick` is "sorted", "min" or "max" (the latter two checked: not empty).
    """

    operand: Expr
    variable: Local
    key: Expr
    pick: str
    descending: bool
    type: Type
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Current:
    """The task that is running: the one most recently resumed and not yet suspended."""

    type: Type
    span: Span = field(default=NOWHERE, compare=False)


Expr = (
    Const
    | Local
    | Load
    | LoadArray
    | Apply
    | Logic
    | Conditional
    | Field
    | IsA
    | Cast
    | Lookup
    | Call
    | Comprehend
    | SortedBy
    | Current
)
