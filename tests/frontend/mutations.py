"""Models broken at random, and what has to come of them: a diagnostic or a verdict.

A mutant is a function of its number alone, so that a failure can be had again with
`python -m tests.frontend.mutations NUMBER`.
"""

from __future__ import annotations

import ast
import io
import re
import signal
import sys
import tempfile
import tokenize
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

from ordercheck.checking import Options, check
from ordercheck.frontend import compile_model, load_models
from ordercheck.ir.span import BadInput, Diagnostic
from ordercheck.ir.validator import validate
from ordercheck.report.diagnostics import render_diagnostics
from ordercheck.report.style import Style
from ordercheck.report.terminal import render_trace

ROOT = Path(__file__).parents[2]
CORPUS = [
    *sorted((ROOT / "models").rglob("*.py")),
    *sorted((ROOT / "tests" / "library").glob("test_*.py")),
    *sorted(Path(__file__).parent.glob("samples/*.py")),
]
SECONDS = 20
"""Nothing takes longer than this: the search ends after two seconds."""
LIMITS = Options(max_states=2_000, max_seconds=2)

VALUES = """
0 1 -1 2 7 100 1000000000 2**63 -2**64 1.5 1e400 'x' '' b'x' None True False ... () [] {} set()
1j (1,) (1,2) [0] range(3) range(10**9) {1:2} f'{1}' lambda:0 int str list object print self
self.n self.gone self.setup type(self) super() NotImplemented float('inf') sorted len __name__
choose(range(3)) choose([]) require(True) current() seq(bool) integer(0,lo=0,hi=1)
array(bool,2,False) array(range(2),10**9,0) set_of(range(10**9)) map_of(range(10**9),bool)
bag_of(range(10**9),3) integer(0,lo=0,hi=2**70) integer(0,lo=1,hi=0)
seq(range(2),capacity=10**9) seq(bool,capacity=-1) pool(Model,3) variable([],0) optional(int)
Annotated[int,3] list[int] frozenset([1,'a']) Ids(2) [x*for*x*in*range(3)] any([]) max([])
min(3) sum('a') next(iter([])) dict(a=1) zip() enumerate(3) itertools.count() os.sep 3[0] 1//0
1<<100 'a'*3 not*self self==self -self ~True self<1 1<2<3 x:=3 self.n.m.o (yield) (await*step())
await*until(False) await*3 *self **self [*self] (self,*self) int('7') int('x') int([]) bool([])
abs('x') abs() tuple(3) list(1,2) set([[]]) frozenset({1:2}) isinstance(1,int)
isinstance(self,'x') isinstance(1) min() sorted(3) sorted([1,'a']) len(3) len()
reversed(range(3)) reversed(3) range() range('a') range(1,2,0) sum() sum([[1]],[]) next(3)
next() (lambda*x,y=1:x)(2) (lambda:0)() 'abc'[1] 'abc'[1:] 'abc'.upper() 'abc'.count()
'a'.join([]) 'a%d'%3 [1,2][::0] [1,2][5] (1,2)[self] {}[0] [1,'a',None] {1,'a'} {1:'a','b':2}
[[1],[2,3]] [None]*2
""".split()  # noqa: SIM905
NAMES = """
self i n x range len sorted any all min max sum int str bool list set choose require step until
park resume current integer boolean variable array seq set_of map_of Model process action
invariant Exception object print None True undefined setup implies zip enumerate tuple next
isinstance ghost spawn eventually Channel exit type super dict frozenset abs reversed task_of
restart hash id
""".split()  # noqa: SIM905
STATEMENTS = """
yield 3
yield
return
return 1
return self
global x
nonlocal x
del self
del self.n
del x
x = 1
x = y = self
x: int = 'a'
x: int
x += 1
self.n += 1
self.gone = 1
self.n = None
self = 3
(x, y) = 3
x, *y = [1, 2]
[a, b] = 1, 2
x = lambda a=1, *b, **c: a
x = (y := 3)
f = lambda: f()
f()
self.setup()
class Inner: pass
def inner(): return inner()
async def inner(): pass
import os
from os import *
with self: pass
with open('x') as x: pass
with (a := self): pass
async with self: pass
async for x in self: pass
for x in self: pass
for x in range(3): pass
for self.n in range(3): pass
for x, y in [(1, 2), (3,)]: pass
for x in range(10**9): pass
for x in range(3): break
else: pass
while False: pass
if True: pass
if x: y = 1
if self.gone: pass
try: pass
finally: return
try: x = 1
except: pass
try: x = 1
except Exception: pass
try: x = 1
except* ValueError: pass
try: x = 1
except (1, 2) as e: raise
raise
raise ValueError
raise ValueError('x') from None
raise 3
raise self
assert
assert False
assert x, y
assert 1, f'{self}'
match self: pass
match 3:
match x:
await step()
await until(True)
await until()
await self
await park()
require(False)
require()
choose([])
x = choose([1, 'a'])
x = choose(self)
print(1)
self.n == 1
1 < 2
f'{self.n}'
'doc'
...
type X = int
pass; pass
break
continue
x = self.n if self.n else None
x = [y for y in range(3) if y for z in range(y)]
x = {y: y for y in range(3)}
x = {y for y in 'abc'}
x = (y for y in self)
x = [y async for y in self]
x = sorted([1, 2], key=lambda y: -y)
x = max([1, 2], key=len)
x = min([], default=None)
x = sum(1 for _ in range(3))
x = next((y for y in range(3)), None)
x = 'abc'[1]
x = ~1
x = 1 / 2
x = 1 @ 2
x = 2 ** -1
x = 1 << -1
x = -None
x = not None
x = 1 in 2
x = 1 is 1
x = (1, 2) < (1, 'a')
x = [1] * 10**9
x = {}[1]
x = [][0]
x = print
x = exec('1')
x = eval('1')
x = __import__('os')
x = self.__class__
x = self.__dict__
x = type(self)()
x = isinstance(self, Model)
x = super().setup()
x = list(range(3)); x.append(1); y = x; y.pop()
x = set(); x.add(1); x |= {2}
x = {}; x[1] = 2; del x[1]
x = []; x[0] = 1; x.sort(); x[1:2] = [3]
x = (1, 2); x[0] = 1
self.append(1)
self.n.append(1)
self()
self[0]
self[0] = 1
self @ 1
self.setup = 1
self.setup.x = 1
x.y = 1
integer(0, lo=0, hi=1)
self.new = integer(0, lo=0, hi=1)
self.new = seq(bool, capacity=2)
self.new = array(range(3), 2, 7)
self.new = choose([1, 2]) + 1
if choose([1, 2]): pass
""".strip().split("\n")
DECORATORS = """
@action @process @invariant @step_invariant @reachable @constraint @terminal @turn
@action(each=3) @action(each=range(3)) @action(each=lambda*self:range(2)) @action(each=[])
@action(each=lambda:1) @action(each=lambda*self:1//0) @action(each=[(1,2),(3,4)])
@action(each=[1,(2,3)]) @process(each=range(2)) @process(on="loop") @process(on="gone")
@process(daemon=True) @process(each=[[]]) @process(each=lambda*self:self) @property
@staticmethod @classmethod @struct @undefined @action() @action(3) @process(1,2)
@action(nothing=1) @action(each=range(10**9)) @process(each=range(100000)) @property@action
@invariant@process
""".split()  # noqa: SIM905
OPERATORS = """
+ - * / // % ** @ & | ^ << >> < > <= >= == != = += -= and or not in is : , . ( ) [ ] { } ;
""".split()  # noqa: SIM905
NOISE = [
    "\x00",
    "\ufeff",
    "é",
    "名",
    "\u2028",
    "\x0c",
    "\t",
    "\r",
    "\\",
    '"""',
    "'",
    "`",
    "$",
    "\ud7ff",
]


@dataclass(frozen=True)
class Mutant:
    """A broken model: where it comes from, how it was broken, its bytes."""

    number: int
    origin: Path
    ways: tuple[str, ...]
    data: bytes

    @property
    def name(self) -> str:
        """What to call it in a report."""
        return f"mutant {self.number} of {self.origin.name}: {', '.join(self.ways)}"


class Hang(BaseException):
    """A mutant took too long."""


# --- making mutants ------------------------------------------------------------------------


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(_text(path))


def mutant(number: int) -> Mutant:
    """The mutant of this number."""
    random = Random(number)
    origin = CORPUS[number % len(CORPUS)]
    if random.random() < 0.5:
        return _tree_mutant(number, origin, random)
    text, ways = _text(origin), []
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        way = random.choice(TEXT_WAYS)
        ways.append(way.__name__.strip("_"))
        text = way(text, random)
    data = text.encode("utf-8", errors="surrogatepass")
    if random.random() < 0.04:
        way_ = random.choice(BYTE_WAYS)
        ways.append(way_.__name__.strip("_"))
        data = way_(data, random)
    return Mutant(number, origin, tuple(ways), data)


def _spaced(word: str) -> str:
    # Words are split at blanks in the tables above.
    return re.sub(r"(?<=\w)\*(?=[a-z])", " ", word)


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _body_line(lines: list[str], random: Random) -> int:
    """A line, most often one of a method."""
    deep = [k for k, line in enumerate(lines) if line.startswith("    ")]
    return random.choice(deep) if deep and random.random() < 0.9 else random.randrange(len(lines))


def _delete_line(text: str, random: Random) -> str:
    lines = _lines(text)
    if lines:
        del lines[_body_line(lines, random)]
    return "".join(lines)


def _duplicate_line(text: str, random: Random) -> str:
    lines = _lines(text)
    if lines:
        k = _body_line(lines, random)
        lines.insert(k, lines[k])
    return "".join(lines)


def _swap_lines(text: str, random: Random) -> str:
    lines = _lines(text)
    if len(lines) > 1:
        a, b = _body_line(lines, random), _body_line(lines, random)
        lines[a], lines[b] = lines[b], lines[a]
    return "".join(lines)


def _indent_line(text: str, random: Random) -> str:
    lines = _lines(text)
    if lines:
        k = _body_line(lines, random)
        lines[k] = random.choice([f"    {lines[k]}", lines[k][4:], f"\t{lines[k].lstrip()}"])
    return "".join(lines)


def _insert_statement(text: str, random: Random) -> str:
    lines = _lines(text)
    if not lines:
        return random.choice(STATEMENTS)
    k = _body_line(lines, random)
    indent = lines[k][: len(lines[k]) - len(lines[k].lstrip())]
    lines.insert(k, f"{indent}{random.choice(STATEMENTS)}\n")
    return "".join(lines)


def _change_decorator(text: str, random: Random) -> str:
    lines = _lines(text)
    marked = [k for k, line in enumerate(lines) if line.lstrip().startswith("@")]
    if marked:
        k = random.choice(marked)
        indent = lines[k][: len(lines[k]) - len(lines[k].lstrip())]
        words = _spaced(random.choice(DECORATORS)).replace("@", f"\n{indent}@").strip()
        lines[k] = f"{indent}{words}\n"
    return "".join(lines)


def _tokens(text: str) -> list[tokenize.TokenInfo]:
    try:
        return list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError, ValueError):
        return []


def _put(text: str, spot: tokenize.TokenInfo, new: str) -> str:
    lines = _lines(text)
    (row, start), (_, end) = spot.start, spot.end
    if spot.start[0] != spot.end[0] or row > len(lines):
        return text
    line = lines[row - 1]
    lines[row - 1] = line[:start] + new + line[end:]
    return "".join(lines)


def _pick(text: str, random: Random, *kinds: int) -> tuple[tokenize.TokenInfo, list[str]] | None:
    found = [t for t in _tokens(text) if (t.type in kinds or not kinds) and t.string.strip()]
    deep = [t for t in found if t.line.startswith("    ")] or found
    return (random.choice(deep), sorted({t.string for t in found})) if deep else None


def _delete_token(text: str, random: Random) -> str:
    found = _pick(text, random)
    return _put(text, found[0], "") if found else text


def _duplicate_token(text: str, random: Random) -> str:
    found = _pick(text, random)
    return _put(text, found[0], f"{found[0].string} {found[0].string}") if found else text


def _replace_name(text: str, random: Random) -> str:
    found = _pick(text, random, tokenize.NAME)
    if not found:
        return text
    names = found[1] if random.random() < 0.6 else NAMES
    return _put(text, found[0], random.choice(names))


def _replace_number(text: str, random: Random) -> str:
    found = _pick(text, random, tokenize.NUMBER, tokenize.STRING)
    return _put(text, found[0], _spaced(random.choice(VALUES))) if found else text


def _replace_operator(text: str, random: Random) -> str:
    found = _pick(text, random, tokenize.OP)
    return _put(text, found[0], f" {random.choice(OPERATORS)} ") if found else text


def _replace_with_value(text: str, random: Random) -> str:
    found = _pick(text, random, tokenize.NAME, tokenize.NUMBER)
    return _put(text, found[0], _spaced(random.choice(VALUES))) if found else text


def _nest_deeply(text: str, random: Random) -> str:
    found = _pick(text, random, tokenize.NAME, tokenize.NUMBER)
    if not found:
        return text
    word, depth = found[0].string, random.choice((30, 90, 150, 250, 1500))
    shapes = [
        "(" * depth + word + ")" * depth,
        "not " * depth + word,
        "-" * depth + word,
        f"({' + '.join([word] * depth)})",
        f"({' and '.join([word] * depth)})",
        "[" * depth + word + "]" * depth,
        f"{word}{'.x' * depth}",
        f"{word}{'[0]' * depth}",
        f"{word}{'()' * depth}",
        "".join(f"({word} if {word} else " for _ in range(depth)) + word + ")" * depth,
    ]
    return _put(text, found[0], random.choice(shapes))


def _nest_blocks(text: str, random: Random) -> str:
    lines = _lines(text)
    if not lines:
        return text
    k = _body_line(lines, random)
    indent = lines[k][: len(lines[k]) - len(lines[k].lstrip())]
    heads = ["if self:", "for _ in range(2):", "while False:", "try:", "with self:"]
    head, depth = random.choice(heads), random.choice((5, 15, 19, 25, 60, 99))
    made = [f"{indent}{' ' * level}{head}\n" for level in range(depth)]
    made.append(f"{indent}{' ' * depth}pass\n")
    if head == "try:":
        made += [f"{indent}{' ' * level}finally: pass\n" for level in reversed(range(depth))]
    return "".join(lines[:k] + made + lines[k:])


def _add_noise(text: str, random: Random) -> str:
    k = random.randrange(len(text) + 1)
    return text[:k] + random.choice(NOISE) + text[k:]


def _cut_off(text: str, random: Random) -> str:
    return text[: random.randrange(len(text) + 1)]


def _main_guard(text: str, random: Random) -> str:
    return text + "\nif __name__ == '__main__':\n    raise SystemExit(3)\n"


TEXT_WAYS: list[Callable[[str, Random], str]] = [
    _delete_line,
    _duplicate_line,
    _swap_lines,
    _indent_line,
    _insert_statement,
    _insert_statement,
    _insert_statement,
    _change_decorator,
    _change_decorator,
    _delete_token,
    _duplicate_token,
    _replace_name,
    _replace_name,
    _replace_name,
    _replace_number,
    _replace_number,
    _replace_operator,
    _replace_operator,
    _replace_with_value,
    _replace_with_value,
    _nest_deeply,
    _nest_blocks,
    _add_noise,
    _cut_off,
    _main_guard,
]


def _empty(data: bytes, random: Random) -> bytes:
    return b""


def _mark_of_order(data: bytes, random: Random) -> bytes:
    return b"\xef\xbb\xbf" + data


def _other_line_ends(data: bytes, random: Random) -> bytes:
    return data.replace(b"\n", random.choice((b"\r\n", b"\r")))


def _null(data: bytes, random: Random) -> bytes:
    k = random.randrange(len(data) + 1)
    return data[:k] + b"\x00" + data[k:]


def _binary(data: bytes, random: Random) -> bytes:
    return random.randbytes(200)


def _no_text(data: bytes, random: Random) -> bytes:
    k = random.randrange(len(data) + 1)
    return data[:k] + b"\xff\xfe" + data[k:]


def _another_encoding(data: bytes, random: Random) -> bytes:
    return b"# -*- coding: " + random.choice((b"latin-1", b"nothing", b"utf-16")) + b" -*-\n" + data


BYTE_WAYS: list[Callable[[bytes, Random], bytes]] = [
    _empty,
    _mark_of_order,
    _other_line_ends,
    _null,
    _binary,
    _no_text,
    _another_encoding,
]


def _tree_mutant(number: int, origin: Path, random: Random) -> Mutant:
    tree: Any = ast.parse(_text(origin))
    ways = [_change_tree(tree, random) for _ in range(random.choice((1, 1, 1, 2, 4)))]
    try:
        text = ast.unparse(ast.fix_missing_locations(tree))
    except Exception:
        text = ""
    return Mutant(number, origin, tuple(ways), text.encode("utf-8", errors="surrogatepass"))


def _spots(tree: ast.AST, kind: type[ast.AST]) -> list[tuple[ast.AST, str, int | None]]:
    """Where in the methods of classes nodes of a kind hang: parent, field, index."""
    found: list[tuple[ast.AST, str, int | None]] = []
    roots = [n for c in ast.walk(tree) if isinstance(c, ast.ClassDef) for n in c.body]
    for parent in (node for root in roots for node in ast.walk(root)):
        for name, value in ast.iter_fields(parent):
            if name == "annotation" or isinstance(parent, ast.JoinedStr):
                continue
            if isinstance(value, list):
                found += [(parent, name, k) for k, v in enumerate(value) if isinstance(v, kind)]
            elif isinstance(value, kind):
                found.append((parent, name, None))
    return found


def _get(spot: tuple[ast.AST, str, int | None]) -> Any:
    parent, name, index = spot
    return getattr(parent, name) if index is None else getattr(parent, name)[index]


def _set(spot: tuple[ast.AST, str, int | None], node: Any) -> None:
    parent, name, index = spot
    if index is None:
        setattr(parent, name, node)
    else:
        getattr(parent, name)[index] = node


def _change_tree(tree: ast.Module, random: Random) -> str:
    way = random.choice(TREE_WAYS)
    way(tree, random)
    return way.__name__.strip("_")


def _another_expression(tree: ast.Module, random: Random) -> None:
    spots = _spots(tree, ast.expr)
    if not spots:
        return
    spot = random.choice(spots)
    if random.random() < 0.6:
        other = _get(random.choice(spots))
    else:
        try:
            other = ast.parse(_spaced(random.choice(VALUES)), mode="eval").body
        except SyntaxError:
            return
    if not any(node is _get(spot) for node in ast.walk(other)):
        _set(spot, other)


def _another_statement(tree: ast.Module, random: Random) -> None:
    spots = _spots(tree, ast.stmt)
    if not spots:
        return
    spot = random.choice(spots)
    other = _get(random.choice(spots))
    if not any(node is _get(spot) for node in ast.walk(other)):
        _set(spot, other)


def _statement_twice(tree: ast.Module, random: Random) -> None:
    spots = [s for s in _spots(tree, ast.stmt) if s[2] is not None]
    if spots:
        parent, name, index = random.choice(spots)
        assert index is not None
        held = getattr(parent, name)
        held.insert(index, held[random.randrange(len(held))])


def _no_statement(tree: ast.Module, random: Random) -> None:
    spots = _spots(tree, ast.stmt)
    if spots:
        _set(random.choice(spots), ast.Pass())


def _no_argument(tree: ast.Module, random: Random) -> None:
    calls = [_get(s) for s in _spots(tree, ast.Call)]
    calls = [c for c in calls if c.args or c.keywords]
    if calls:
        call = random.choice(calls)
        held = random.choice([h for h in (call.args, call.keywords) if h])
        del held[random.randrange(len(held))]


def _one_more_argument(tree: ast.Module, random: Random) -> None:
    calls = [_get(s) for s in _spots(tree, ast.Call)]
    if not calls:
        return
    call = random.choice(calls)
    value = ast.Constant(random.choice((0, None, "x", True)))
    match random.randrange(4):
        case 0:
            call.args.append(value)
        case 1:
            call.keywords.append(ast.keyword(random.choice(("lo", "key", "x", "each")), value))
        case 2:
            call.args.append(ast.Starred(value, ast.Load()))
        case _:
            call.keywords.append(ast.keyword(None, value))


def _arguments_swapped(tree: ast.Module, random: Random) -> None:
    calls = [c for c in (_get(s) for s in _spots(tree, ast.Call)) if len(c.args) > 1]
    if calls:
        random.shuffle(random.choice(calls).args)


def _functions(tree: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [
        _get(s) for kind in (ast.FunctionDef, ast.AsyncFunctionDef) for s in _spots(tree, kind)
    ] + [
        n
        for c in tree.body
        if isinstance(c, ast.ClassDef)
        for n in c.body
        if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def _other_parameters(tree: ast.Module, random: Random) -> None:
    functions = _functions(tree)
    if not functions:
        return
    given = random.choice(functions).args
    match random.randrange(6):
        case 0 if given.args:
            del given.args[random.randrange(len(given.args))]
            given.defaults.clear()
        case 1:
            given.args.append(ast.arg("more"))
            given.defaults.clear()
        case 2:
            given.vararg = ast.arg("rest")
        case 3:
            given.kwarg = ast.arg("options")
        case 4:
            given.kwonlyargs.append(ast.arg("only"))
            given.kw_defaults.append(random.choice((None, ast.Constant(3))))
        case _:
            given.defaults = [ast.Constant(None)] * len(given.args)


def _async_or_not(tree: ast.Module, random: Random) -> None:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    owners = [c for c in tree.body if isinstance(c, ast.ClassDef)]
    spots = [(c, k) for c in owners for k, n in enumerate(c.body) if isinstance(n, kinds)]
    if spots:
        owner, k = random.choice(spots)
        old: Any = owner.body[k]
        other = ast.AsyncFunctionDef if isinstance(old, ast.FunctionDef) else ast.FunctionDef
        fields: dict[str, Any] = {name: getattr(old, name, None) for name in old._fields}
        owner.body[k] = other(**fields)


def _other_decorators(tree: ast.Module, random: Random) -> None:
    functions = _functions(tree)
    if functions:
        words = _spaced(random.choice(DECORATORS)).split("@")[1:]
        made = [ast.parse(word, mode="eval").body for word in words]
        random.choice(functions).decorator_list = made


def _swap_operator(tree: ast.Module, random: Random) -> None:
    spots = [*_spots(tree, ast.operator), *_spots(tree, ast.cmpop), *_spots(tree, ast.unaryop)]
    if spots:
        spot = random.choice(spots)
        base = type(_get(spot)).__mro__[1]
        kinds: list[Any] = base.__subclasses__()
        _set(spot, random.choice(kinds)())


def _wrapped(tree: ast.Module, random: Random) -> None:
    spots = _spots(tree, ast.expr)
    if spots:
        spot = random.choice(spots)
        inner = _get(spot)
        if not isinstance(getattr(inner, "ctx", ast.Load()), ast.Load):
            return
        wrappers = "[{}] ({},) not*({}) -({}) ({}).x ({})[0] ({})() {{{}}} len({}) list({}) "
        wrappers += "({}*if*self*else*None) (lambda:({})) await*({}) tuple({}) ({})[1:] str({}) "
        wrappers += "[({})*for*_*in*range(2)] sorted({}) choose([{}]) any({}) next({}) set({})"
        text = random.choice(wrappers.split()).replace("*", " ")
        try:
            _set(spot, ast.parse(text.format(ast.unparse(inner)), mode="eval").body)
        except (SyntaxError, ValueError):
            return


TREE_WAYS: list[Callable[[ast.Module, Random], None]] = [
    _another_expression,
    _another_expression,
    _another_expression,
    _another_statement,
    _statement_twice,
    _no_statement,
    _no_argument,
    _one_more_argument,
    _arguments_swapped,
    _other_parameters,
    _async_or_not,
    _other_decorators,
    _swap_operator,
    _wrapped,
    _wrapped,
]


# --- what has to come of them --------------------------------------------------------------


@contextmanager
def limited(seconds: int) -> Iterator[None]:
    """Raise Hang after so long."""

    def hang(_: int, __: FrameType | None) -> None:
        raise Hang

    before = signal.signal(signal.SIGALRM, hang)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def outcome(file: Path, *, limits: Options = LIMITS) -> str:
    """What comes of a file: the codes of its diagnostics, or the verdicts on its models.

    Whatever else is raised is a defect.
    """
    try:
        with limited(SECONDS):
            return _outcome(file, limits)
    except Hang as error:
        if _runs_in(file, error):
            return "author's"  # a loop of the author's own, in set-up
        raise


def _runs_in(file: Path, error: BaseException) -> bool:
    """Whether the author's code was running, in set-up."""
    files = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    return str(file.resolve()) in files


def _outcome(file: Path, limits: Options) -> str:
    found: list[str] = []
    try:
        models = load_models(str(file))
    except BadInput as error:
        return _codes(error, file)
    for model in models[:4]:
        parameters = model.variants[-1].parameters if model.variants else {}
        try:
            program = compile_model(model, parameters)
        except BadInput as error:
            found.append(_codes(error, file))
            continue
        validate(program)
        verdict = check(program, limits)
        found.append(verdict.outcome.value)
        for violation in verdict.violations:
            if violation.trace is not None:
                render_trace(violation.trace, Style())
    return " ".join(dict.fromkeys(found))


def _codes(error: BadInput, file: Path) -> str:
    assert error.diagnostics
    assert list(error.diagnostics) == sorted(
        dict.fromkeys(error.diagnostics), key=lambda d: d.span
    ), "in order, each once"
    for each in error.diagnostics:
        check_diagnostic(each, file)
    assert render_diagnostics(error.diagnostics, Style())
    return " ".join(sorted({each.code for each in error.diagnostics}))


def check_diagnostic(given: Diagnostic, file: Path) -> None:
    """A diagnostic is complete, and stands in a file of the author's, imported perhaps."""
    assert re.fullmatch(r"E\d{3}", given.code), given
    assert given.headline, given
    assert given.code != "E009", given
    span = given.span
    if not span.line or not Path(span.file).exists():
        return  # a file as a whole, or another mutant's, which changed what they share
    # Not split as str.splitlines does: a form feed ends no line of Python's.
    shown = Path(span.file).resolve()
    text = shown.read_bytes().decode("utf-8-sig", errors="replace")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    imported = {ROOT / "models", ROOT / "specs"}  # a spec says what it needs of a model
    assert shown == file.resolve() or imported & set(shown.parents), given
    assert 1 <= span.line <= span.end_line <= len(lines), given
    assert 1 <= span.column <= len(lines[span.line - 1]) + 2, given
    assert span.end_line > span.line or span.column <= span.end_column, given


def main(arguments: list[str]) -> None:
    """Show mutants, and what comes of them."""
    quiet = "--quiet" in arguments
    for word in arguments:
        if not word.isdigit():
            continue
        made = mutant(int(word))
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / f"m{made.number}.py"
            file.write_bytes(made.data)
            print(made.name)
            if not quiet:
                print(made.data.decode(errors="replace"))
            with redirect_stdout(io.StringIO()):
                found = outcome(file)
            print(found)


if __name__ == "__main__":
    main(sys.argv[1:])
