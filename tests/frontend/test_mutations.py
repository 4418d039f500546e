"""Models broken at random get a diagnostic or a verdict: never a traceback, never a hang."""

from __future__ import annotations

import subprocess
import sys
from operator import itemgetter
from pathlib import Path

import pytest

from ordercheck.frontend import compile_model, load_models
from ordercheck.ir.span import BadInput
from tests.frontend.mutations import CORPUS, ROOT, mutant, outcome

QUICK, MANY, CHUNK = 300, 6_000, 500
SAMPLES = sorted(Path(__file__).parent.glob("samples/*.py"))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(number: int, folder: Path) -> None:
    """Make one mutant, and see what comes of it."""
    made = mutant(number)
    file = folder / f"m{number}.py"
    file.write_bytes(made.data)
    try:
        assert outcome(file)
    except BaseException as error:
        error.add_note(f"{made.name}: python -m tests.frontend.mutations {number}")
        raise
    finally:
        file.unlink()


def test_a_mutant_is_a_function_of_its_number() -> None:
    assert [mutant(k) for k in range(50)] == [mutant(k) for k in range(50)]


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@pytest.mark.parametrize("start", range(0, QUICK, 50))
def test_mutants(start: int, folder: Path) -> None:
    for number in range(start, start + 50):
        check(number, folder)


@pytest.mark.slow
@pytest.mark.parametrize("start", range(QUICK, QUICK + MANY, CHUNK))
def test_many_mutants(start: int, folder: Path) -> None:
    """In processes of their own, since every mutant stays loaded."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.frontend.mutations"]
    done = subprocess.run(
        [*command, "--quiet", *map(str, range(start, start + CHUNK))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.stem)
def test_samples_are_models(file: Path) -> None:
    assert file in CORPUS
    assert set(outcome(file).split()) <= {"holds", "violated", "inconclusive"}


# Each of these once ended in an exception of ours, or went on for ever.
STEPS = {
    "no_arguments_of_a_builtin": ("self.n = sum()", "E055"),
    "too_many_arguments_of_a_builtin": ("self.n = len([1], [2])", "E055"),
    "a_sum_of_strings": ("self.n = sum('a')", "E049"),
    "abs_of_a_string": ("self.n = abs('x')", "E057"),
    "an_item_of_a_function": ("self.n = print[0]", "E057"),
    "a_slice_of_a_number": ("self.n = 3[1:]", "E057"),
    "isinstance_without_a_class": ("assert isinstance(self, 'x')", "E071"),
    "a_declaration_in_a_step": ("self.n = param(3)", "E067"),
    "a_lambda_that_calls_itself": ("f = lambda: f()\nself.n = f()", "E083"),
    "strings_and_numbers_sorted": ("self.n = len(sorted([1, 'a']))", "E032"),
    "tuples_that_cannot_be_compared": ("self.n = int((1, 'a') < (1, 2))", "E032"),
    "a_huge_power": ("self.n = 10 ** 10 ** 9", "E029"),
    "a_huge_shift": ("self.n = 1 << 10 ** 9", "E029"),
    "a_huge_list": ("xs = [1] * 10 ** 9", "E029"),
    "a_key_of_none": ("self.n = min([1, 2], key=lambda x: None)", "E032"),
    "a_tuple_that_never_fits": ("self.q = (1, 2)", "E068"),
    "a_number_without_a_member": ("self.c = C(self.n)", ""),
    "a_string_without_a_member": ("self.c = C(self.t)", "E057"),
    "no_member_of_a_family": ("restart(task_of(self.waiter, self.n))", ""),
    "never_a_member_of_a_family": ("restart(task_of(self.waiter, 2))", "E072"),
    "a_tuple_for_a_member": ("restart(task_of(self.waiter, self.n, self.n))", "E072"),
    "a_number_for_a_bool": ("self.p = P(self.n)", "E068"),
    "a_bool_for_a_number": ("self.n = self.p.x", "E068"),
    "an_attribute_of_the_class_alone": ("self.n = self.__name__", "E056"),
    "a_bool_as_an_index": ("self.n = (1, 2)[self.p.x] + [1, 2][self.n > 1]", ""),
    "a_huge_string": ("self.n = len('a' * 10 ** 9)", "E029"),
    "a_huge_loop": ("for k in range(10 ** 9):\n    self.n = k", "E029"),
    "too_many_patterns": ("match self.p:\n    case P(1, 2, 3):\n        pass", "E055"),
    "a_function_in_a_step": ("def f() -> int:\n    return 1\nself.n = f()", "E054"),
    "an_exception_that_is_not_declared": ("raise ValueError('x')", "E080"),
    "a_bool_inverted": ("assert ~(self.n > 1)", ""),
    "deep_attributes": (f"self.n = self{'.x' * 300}", "E010"),
    "deep_calls": (f"self.n = self{'()' * 150}", "E010"),
    "deep_blocks": ("\n".join(" " * k + "for _ in [1]:" for k in range(18)) + " pass", "E010"),
    "loops_in_loops": ("\n".join(" " * k + "for _ in [1]:" for k in range(12)) + " pass", ""),
    "a_local_without_a_value": ("x = x + 1\nself.n = x", "E040"),
    "a_wait_in_a_comprehension": ("self.n = len([await self.n for _ in [1]])", "E002"),
}
DECLARATIONS = {
    "a_huge_array": ("self.a = array(bool, 10 ** 9, False)", "E029"),
    "an_empty_array": ("self.a = array(bool, 0, False)", "E018"),
    "a_huge_domain": ("self.a = set_of(range(10 ** 9))", "E029"),
    "a_huge_map": ("self.a = map_of(range(10 ** 9), bool)", "E029"),
    "an_endless_domain": ("self.a = variable(count(), 0)", "E029"),
    "an_endless_choice": ("self.a = choose(count())", "E029"),
    "a_number_beyond_63_bits": ("self.a = integer(0, lo=0, hi=2 ** 70)", "E029"),
    "bounds_that_are_no_numbers": ("self.a = integer(0, lo=0, hi='x')", "E024"),
    "an_empty_range": ("self.a = integer(0, lo=3, hi=1)", "E022"),
    "a_negative_capacity": ("self.a = seq(bool, capacity=-1)", "E012"),
    "no_choice": ("self.a = choose([])", "E022"),
    "a_choice_of_no_tuples": ("self.a = choose([1, 2])[0]", "E008"),
    "a_list_in_itself": ("self.a = []\nself.a.append(self.a)", ""),
}
DECORATORS = {
    "a_family_of_a_number": ("@action(each=3)\ndef f(self, k): pass", "E025"),
    "a_family_of_nobody": ("@action(each=lambda: [1])\ndef f(self, k): pass", "E025"),
    "a_family_that_fails": ("@action(each=lambda self: 1 // 0)\ndef f(self, k): pass", "E008"),
    "a_family_of_all_numbers": ("@action(each=count())\ndef f(self, k): pass", "E029"),
    "a_huge_member": ("@action(each=(1, range(10 ** 9)))\ndef f(self, k): pass", "E029"),
    "a_family_of_very_many": ("@process(each=range(100_000))\nasync def f(self, k): pass", "E029"),
    "an_actor_without_a_name": ("@action(actor=3)\ndef f(self): pass", "E025"),
    "a_bound_that_is_no_number": ("k = param(3, hi=lambda: 3)", "E024"),
    "uneven_members": ("@action(each=[(1, 2), (3,)])\ndef f(self, a, b): pass", "E025"),
    "members_without_a_parameter": ("@action(each=[1, 2])\ndef f(self): pass", "E025"),
    "a_parameter_without_members": ("@process\nasync def f(self, k): pass", "E025"),
    "no_self": ("@action\ndef f(): pass", "E030"),
    "a_process_without_self": ("@process\nasync def f(): pass", "E030"),
    "a_loop_that_is_no_name": ("@process(on=True)\nasync def f(self): pass", "E026"),
    "a_property_that_is_a_number": ("@invariant\ndef f(self): return self.n", "E105"),
    "a_property_that_is_a_queue": ("@reachable\ndef f(self): return self.q", "E105"),
    "a_property_that_is_a_number_or_not": ("@terminal\ndef f(self): return self.n or True", "E105"),
    "a_property_that_returns_nothing": ("@invariant\ndef f(self): return", "E105"),
    "a_property_without_a_value": ("@invariant\ndef f(self): pass", "E031"),
    "a_property_that_may_return": (
        "@invariant\ndef f(self):\n    if self.n > 1:\n        return True",
        "",
    ),
    "a_property_that_waits": ("@invariant\nasync def f(self):\n    await self.g()", "E056"),
    "specs_that_are_no_list": ("specs = 3", "E033"),
    "variants_that_are_no_list": ("variants = {}", "E033"),
}
MODEL = """
from enum import Enum
from itertools import count

from ordercheck import *


class C(Enum):
    RED = 1
    BLUE = 3


@struct
class P:
    x: bool = False


class M(Model):
    def setup(self):
        self.n = integer(0, lo=0, hi=3)
        self.p = variable(P, P())
        self.q = variable(pair(range(3), P), (0, P()))
        self.c = variable(C, C.RED)
        self.t = variable(["a", "b"], "a")
        {declaration}

    {member}

    @process(each=[1, 3])
    async def waiter(self, k):
        await until(self.n == 3)

    @action
    def go(self):
        {step}
"""


def _codes(folder: Path, **parts: str) -> str:
    texts = {"declaration": "pass", "member": "", "step": "pass", **parts}
    for name, indent in (("declaration", 8), ("member", 4), ("step", 8)):
        texts[name] = texts[name].replace("\n", "\n" + " " * indent)
    file = folder / "m.py"
    file.write_text(MODEL.format(**texts), encoding="utf-8")
    return outcome(file)


def _fits(found: str, expected: str) -> bool:
    return found in expected.split() if expected else not found.startswith("E")


@pytest.mark.parametrize(("step", "code"), STEPS.values(), ids=STEPS)
def test_steps(step: str, code: str, folder: Path) -> None:
    assert _fits(_codes(folder, step=step), code)


@pytest.mark.parametrize(("declaration", "code"), DECLARATIONS.values(), ids=DECLARATIONS)
def test_declarations(declaration: str, code: str, folder: Path) -> None:
    assert _fits(_codes(folder, declaration=declaration), code)


@pytest.mark.parametrize(("member", "code"), DECORATORS.values(), ids=DECORATORS)
def test_decorators(member: str, code: str, folder: Path) -> None:
    assert _fits(_codes(folder, member=member), code)


WHOLE = MODEL.format(declaration="pass", member="", step="self.n = 0").encode()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "E003"),
        (b"\x00", "E002"),
        (b"\xff\xfe\x00", "E002"),
        (b"# coding: latin-1\n" + WHOLE, "E002"),
        (b"# coding: utf-16\n" + WHOLE, "E002"),
        (b"\xef\xbb\xbf" + WHOLE, ""),
        (WHOLE.replace(b"\n", b"\r\n"), ""),
        (WHOLE + b"\x0c\n", ""),
        (WHOLE.replace(b"self.n = 0", "self.ñ = 0".encode()), "E078"),
        (WHOLE + b"if __name__ == '__main__':\n    raise SystemExit(3)\n", ""),
    ],
)
def test_bytes(data: bytes, code: str, folder: Path) -> None:
    file = folder / "m.py"
    file.write_bytes(data)
    assert _fits(outcome(file), code)


def test_exceptions_of_other_models_do_not_matter(folder: Path) -> None:
    """Both files stay loaded; the field of one exception is no domain."""
    bad = WHOLE + b"\nfrom ordercheck.language import Failure\nclass Bad(Failure):\n    x: str\n"
    (folder / "bad.py").write_bytes(bad)
    load_models(str(folder / "bad.py"))
    try_it = "try:\n    pass\nexcept Fine:\n    pass"
    text = WHOLE.decode().replace("class M(", "class Fine(Failure):\n    pass\n\n\nclass M(")
    text = text.replace("from itertools", "from ordercheck.language import Failure\nfrom itertools")
    text = text.replace("self.n = 0", try_it.replace("\n", "\n        "))
    (folder / "good.py").write_text(text)
    assert outcome(folder / "good.py") == "holds"


def test_our_own_exceptions_are_no_diagnostics(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what the author's code raises is the author's."""

    (folder / "m.py").write_bytes(WHOLE)
    (model,) = load_models(str(folder / "m.py"))
    monkeypatch.setattr("ordercheck.frontend.program.find_processes", itemgetter("a defect"))
    with pytest.raises(TypeError, match="not subscriptable"):
        compile_model(model, {})


def test_the_authors_own_exceptions_are_diagnostics(folder: Path) -> None:
    text = WHOLE.decode().replace("self.n = 0", "pass").replace("@action", "@action(each=members)")
    text = text.replace("class M(", "def members(self):\n    return [][0]\n\n\nclass M(")
    (folder / "m.py").write_text(text.replace("def go(self)", "def go(self, k)"))
    (model,) = load_models(str(folder / "m.py"))
    with pytest.raises(BadInput) as caught:
        compile_model(model, {})
    (found,) = caught.value.diagnostics
    assert found.code == "E008"
    assert "IndexError" in found.headline
    assert (folder / "m.py").read_text().splitlines()[found.span.line - 1] == "    return [][0]"
