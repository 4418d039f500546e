"""The IR: one typed, structured, finite program, from which every engine works.

A Program is a vector of *slots* and a table of *steps*. Expressions have no
effects; whatever reads or writes in an order that matters is a statement.
Functions are called, coroutines are graphs of blocks between suspensions.

Life of a program: the front end lowers source to it with coroutine locals as
plain Locals; `ir.passes` then give the locals that live across a suspension
slots of their own, clear what is dead and number what is to be covered. After
that every engine may take it.

Errors of a model (an index out of range, a full sequence, …) are raised by the
checked operations named in `Op`, by Store, Cast, Assert, While and Raise; they
end the step in a model error at the node's span.
"""

from __future__ import annotations

from enum import Enum

from ordercheck.ir.record import dataclass, field
from ordercheck.ir.span import NOWHERE, Span
from ordercheck.ir.types import ArrayShape, Type, Value


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


# --- statements -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Assign:
    """Bind a local."""

    target: Local
    value: Expr
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Store:
    """Put a value into the slot at `address`; a model error if it is not of `type`.

    `type` is what the place was declared with; `name` is the place's, for messages.
    `checked` is False where the front end knows that the value fits.
    """

    address: Expr
    value: Expr
    type: Type
    name: str = ""
    checked: bool = True
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Evaluate:
    """Call a function for its effects."""

    call: Call
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Choose:
    """Bind a local to one of a list's distinct values: one transition each, none if it is empty.

    `label` is the name under which traces show the choice; two equal values are one.
    """

    target: Local
    options: Expr
    label: str
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Require:
    """Unless the condition holds, this way of taking the step is not enabled at all."""

    condition: Expr
    span: Span = NOWHERE
    point: int | None = None


@dataclass(frozen=True, slots=True)
class Assert:
    """A model error unless the condition holds; `message`, if any, is evaluated only then."""

    condition: Expr
    message: Expr | None = None
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Fail:
    """A model error with a fixed message (`kind` as in `engines`: "pool", "recursion", …)."""

    kind: str
    message: str
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class If:
    """One branch or the other."""

    test: Expr
    then: Body
    orelse: Body = ()
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class While:
    """Repeat; 10,000 rounds in one step are a model error."""

    test: Expr
    body: Body
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class For:
    """Bind the target to each item of a list (evaluated once, before the first round)."""

    target: Local
    iterable: Expr
    body: Body
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Break:
    """Leave the innermost loop."""

    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Continue:
    """Begin the next round of the innermost loop."""

    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Return:
    """Leave the function (never in a coroutine's block)."""

    value: Expr | None = None
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Raise:
    """Raise an exception: a struct, or a union of structs."""

    value: Expr
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Handler:
    """`except`: for exceptions whose struct has one of these names; bound to `variable`."""

    names: tuple[str, ...]
    variable: Local
    body: Body


@dataclass(frozen=True, slots=True)
class Try:
    """try, except and finally, with Python's meaning. Model errors pass through uncaught."""

    body: Body
    handlers: tuple[Handler, ...] = ()
    orelse: Body = ()
    final: Body = ()
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Resume:
    """Run a task to its next suspension, now.

    A task that has not started starts. A finished one, or one that is running
    already, is a model error. An exception that leaves the task's coroutine is a
    model error at the span of the raise, named after the exception.
    """

    task: Expr
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Restart:
    """Put a task back before its first statement (its frame cleared); a running one is an error."""

    task: Expr
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Cover:
    """Note that point `point` of Program.cover was reached."""

    point: int
    span: Span = NOWHERE


Stmt = (
    Assign
    | Store
    | Evaluate
    | Choose
    | Require
    | Assert
    | Fail
    | If
    | While
    | For
    | Break
    | Continue
    | Return
    | Raise
    | Try
    | Resume
    | Restart
    | Cover
)
Body = tuple[Stmt, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """What does not suspend. `result` is NoneType where nothing is returned."""

    name: str
    parameters: tuple[Local, ...]
    result: Type
    body: Body
    span: Span = NOWHERE


# --- coroutines -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Goto:
    """Go on at a block, in the same step."""

    label: str
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Branch:
    """Go on at one of two blocks, in the same step."""

    test: Expr
    then: str
    orelse: str
    span: Span = NOWHERE


class Wait(Enum):
    """Why a task is suspended, and so who may resume it."""

    START = "start"  # not begun: free tasks are enabled, those of a loop wait to be resumed
    STEP = "step"  # a free task: enabled
    UNTIL = "until"  # a free task: tried; its first statement requires the condition
    PARK = "park"  # only Resume goes on
    DONE = "done"  # never again (but Restart)


@dataclass(frozen=True, slots=True)
class Suspend:
    """End the task's step here; when resumed, go on at `label`."""

    wait: Wait
    label: str
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Finish:
    """The coroutine is over."""

    span: Span = NOWHERE


Terminator = Goto | Branch | Suspend | Finish


@dataclass(frozen=True, slots=True)
class Block:
    """Statements without suspension, then one terminator.

    An exception raised in `body` (also in what it calls) goes on at block `handler`
    with the exception bound to `caught`; where there is no handler it leaves the
    coroutine. Break, Continue and Return in `body` stay inside it.
    """

    label: str
    body: Body
    terminator: Terminator
    handler: str | None = None
    caught: Local | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """Where a task can be suspended: its frame's first slot holds an index into Coroutine.points.

    Point 0 is START (at the coroutine's entry), point 1 is DONE; the others are the
    Suspend terminators' in the order of the blocks.
    """

    wait: Wait
    label: str
    span: Span


@dataclass(frozen=True, slots=True)
class Frame:
    """Slots of a coroutine's tasks: task `member` has `size` of them from base + member * size on.

    The first is the point; `fields` name the others. A field that is not live at a
    point holds its type's `blank`.
    """

    base: int
    size: int
    fields: tuple[tuple[str, Type], ...] = ()


MEMBER = "@member"
"""The Local, an int, by which a coroutine's blocks know which of its tasks runs."""


@dataclass(frozen=True, slots=True)
class Coroutine:
    """One process, for all its members; `members` says how many tasks it has.

    `begins` says which of its Suspend terminators, in the order of the blocks, it begins
    with, if it begins with one: its tasks are suspended there from the start.
    """

    name: str
    members: int
    blocks: tuple[Block, ...]
    points: tuple[Point, ...] = ()
    frame: Frame = Frame(-1, 0)
    span: Span = NOWHERE
    begins: int | None = None

    @property
    def entry(self) -> str:
        """Label of the first block."""
        return self.blocks[0].label


@dataclass(frozen=True, slots=True)
class TaskInfo:
    """A task: member `member` of a coroutine; `loop` is its loop's component, if it has one."""

    name: str
    coroutine: int
    member: int
    loop: int | None = None
    daemon: bool = False


# --- programs ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """A variable, collection or array of the model, for printing and for addresses.

    `path` is how the model says it: `gate.waiters`, `nodes[1].clock`. Slots `slot`
    to `slot + size` are its. `hidden`: a library's own, left out of traces unless
    it changes nothing else. `ghost`: no step reads it. `argument`: what spawned tasks were
    given, left out of traces always.
    """

    path: str
    slot: int
    kind: Type | ArrayShape
    span: Span = NOWHERE
    hidden: bool = False
    ghost: bool = False
    argument: bool = False

    @property
    def size(self) -> int:
        """Slots that it takes."""
        return self.kind.size if isinstance(self.kind, ArrayShape) else 1


@dataclass(frozen=True, slots=True)
class Pool:
    """Components that come and go: entry k is in use while slot `used + k` is true.

    `slots` are each entry's own; those of an entry that is not in use hold their
    initial values. An entry is free from the end of the step in which nothing live
    refers to it any more. Where there are `tasks`, one an entry, they are finished at the
    beginning, and an entry is not free before its task has finished.
    """

    path: str
    entries: tuple[int, ...]
    used: int
    slots: tuple[tuple[int, ...], ...]
    tasks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Component:
    """An object with state of its own; component 0 is the model, with path ''.

    `pooled` names the pool that it is an entry of.
    """

    path: str
    class_name: str
    pooled: str | None = None


class StepKind(Enum):
    """What a step is, and so what its label's actor is."""

    ACTION = "action"
    PROCESS = "process"
    TURN = "turn"  # one event of a loop


@dataclass(frozen=True, slots=True)
class Step:
    """A family of transitions: one attempt for each binding, in this order.

    The bindings' values are bound to `parameters` and `body` runs; each
    combination of its choices that no Require refuses is a transition. `actors` has
    one entry a binding: whose lifeline the transition is on. For a PROCESS the
    parameter is the task, one binding a task, and `body` resumes it.
    """

    name: str
    kind: StepKind
    parameters: tuple[Local, ...]
    bindings: tuple[tuple[Value, ...], ...]
    actors: tuple[str, ...]
    body: Body
    span: Span = NOWHERE
    point: int | None = None


class PropertyKind(Enum):
    """What is claimed of a property's function."""

    INVARIANT = "invariant"  # true in each state
    STEP_INVARIANT = "step invariant"  # true of each transition; Load(old=True) reads before
    REACHABLE = "reachable"  # true in some state
    CONSTRAINT = "constraint"  # states where it is false are not expanded
    TERMINAL = "terminal"  # states where it is true may have no step


@dataclass(frozen=True, slots=True)
class Property:
    """A claim: a pure function without parameters, returning a bool.

    `antecedents` are pure functions, one for each `implies(a, b)` or `not a or b`
    that the body recognisably is, with the text of `a`: where none was ever true the
    claim is vacuous.
    """

    name: str
    kind: PropertyKind
    function: str
    text: str = ""
    antecedents: tuple[tuple[str, str], ...] = ()
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class CoverPoint:
    """Something that a run may or may not reach: "step", "guard" or "antecedent"."""

    kind: str
    name: str
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Program:
    """A whole model with its parameters set: what every engine takes.

    `initial` gives each slot's value before `init` runs; `init` then makes the
    initial states, one for each combination of its choices. `functions` are in the
    order of their definition; a function calls only those before it, or itself
    through Resume. `clean` is run at the end of every step and of `init`: it frees
    pool entries. `parameters` are texts, for people. `watches` are expressions that a reader
    wants to see in traces: their text and a pure function of any type.
    """

    name: str
    slots: tuple[Type, ...]
    initial: tuple[Value, ...]
    places: tuple[Place, ...]
    components: tuple[Component, ...]
    functions: tuple[Function, ...]
    coroutines: tuple[Coroutine, ...]
    tasks: tuple[TaskInfo, ...]
    steps: tuple[Step, ...]
    properties: tuple[Property, ...]
    init: Body = ()
    clean: Body = ()
    cover: tuple[CoverPoint, ...] = ()
    deadlock: bool = True
    parameters: tuple[tuple[str, str], ...] = ()
    watches: tuple[tuple[str, str], ...] = ()
    pools: tuple[Pool, ...] = ()
