"""`verify`, `replay`, `show` and `ir` on real models."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from ordercheck.cli.codes import BAD_INPUT, FAILED, INCONCLUSIVE, INTERRUPTED, OK
from ordercheck.cli.main import run

Golden = Callable[[str, str], None]
CAPTURE = pytest.CaptureFixture[str]
MODELS = Path(__file__).parents[2] / "models"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("linecache.cache", {})
    for name in ("COLUMNS", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "pyproject.toml").write_text("")
    return tmp_path


@pytest.fixture
def bank(folder: Path, capsys: CAPTURE) -> str:
    assert run(["new", "bank"]) == OK
    capsys.readouterr()
    return "bank.py"


OPEN = """
from ordercheck import Model, holds, integer, invariant, param, process, step, variant, violates

class Count(Model):
    n: int = param(2, lo=1, hi=4)
    variants = [variant("long", n=3, expect=violates("small")), variant("short", expect=holds())]

    def setup(self) -> None:
        self.count = integer(0, lo=0, hi=4)

    @process
    async def counter(self) -> None:
        for _ in range(self.n):
            await step()
            self.count += 1
        await step()

    @invariant
    def small(self) -> bool:
        return self.count < 3
"""


def timeless(text: str) -> str:
    return re.sub(r"\d+\.\d\d s", "0.00 s", text)


def test_counts_stand_apart_from_a_trace_with_open_lifelines(folder: Path, capsys: CAPTURE) -> None:
    Path("open.py").write_text(OPEN)
    assert run(["verify", "open.py"]) == OK
    told = capsys.readouterr().out
    assert "count = 3\n\n2 of 2 runs as expected.\n" in told
    assert not re.search(r"^ *│[ │]*\n\n", told, re.MULTILINE)


def test_the_next_command_sets_a_parameter_once(folder: Path, capsys: CAPTURE) -> None:
    Path("open.py").write_text(OPEN)
    assert run(["verify", "open.py", "--variant", "short", "--set", "n=1"]) == OK
    command = "\n  ordercheck verify open.py --variant short --set n=2\n"
    assert capsys.readouterr().out.endswith(command)


def test_the_first_model_runs(bank: str, capsys: CAPTURE, golden: Golden) -> None:
    assert run(["verify", bank]) == OK
    golden("cli/verify.txt", timeless(capsys.readouterr().out))


def test_the_first_test_passes(bank: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(".")
    names: dict[str, Callable[[], None]] = {}
    exec(compile(Path("test_bank.py").read_text(), "test_bank.py", "exec"), names)
    tests = [function for name, function in names.items() if name.startswith("test_")]
    assert len(tests) == 3
    for function in tests:
        function()


def test_of_two_violations_just_as_near_the_expected_one_is_told(
    folder: Path, capsys: CAPTURE
) -> None:
    (folder / "two.py").write_text(
        """
from ordercheck import Model, action, boolean, invariant, require, variant, violates


class Two(Model):
    deadlock = False
    variants = [
        variant("first", expect=violates("a_holds")),
        variant("second", expect=violates("b_holds")),
    ]

    def setup(self) -> None:
        self.on = boolean()

    @action
    def go(self) -> None:
        require(not self.on)
        self.on = True

    @invariant
    def a_holds(self) -> bool:
        return not self.on

    @invariant
    def b_holds(self) -> bool:
        return not self.on
"""
    )
    assert run(["verify", "two.py"]) == OK
    told = capsys.readouterr().out
    assert '"first" violates a_holds, as expected' in told
    assert run(["verify", "two.py", "--variant", "second"]) == OK
    told = capsys.readouterr().out
    assert '"second" violates b_holds, as expected' in told
    assert "b_holds must be true at every moment" in told
    assert "a_holds" not in told


def test_a_set_of_all_choices_is_not_listed(folder: Path, capsys: CAPTURE) -> None:
    (folder / "sites.py").write_text(
        """
from ordercheck import Model, action, boolean, invariant, param

SITES = [f"a_site_with_quite_a_long_name_{k}" for k in range(8)]


class Sites(Model):
    deadlock = False
    sites: frozenset[str] = param(frozenset(), choices=SITES)

    def setup(self) -> None:
        self.on = boolean()

    @action
    def go(self) -> None:
        self.on = len(self.sites) > 6

    @invariant
    def off(self) -> bool:
        return not self.on
"""
    )
    all_sites = ",".join(f"a_site_with_quite_a_long_name_{k}" for k in range(8))
    assert run(["verify", "sites.py", "--set", f"sites={all_sites}"]) == FAILED
    assert "sites = all choices, others as declared" in capsys.readouterr().out
    assert run(["verify", "sites.py", "--set", f"sites={all_sites[:-32]}"]) == FAILED
    assert "all choices" not in capsys.readouterr().out


def test_one_configuration_has_no_expectation(bank: str, capsys: CAPTURE) -> None:
    assert run(["verify", bank, "--set", "clients=1"]) == OK
    assert "clients=1" in capsys.readouterr().out
    assert run(["verify", bank, "--set", "clients=2"]) == FAILED
    last = capsys.readouterr().out.rstrip().split("\nNext: ")[-1]
    assert "step 4" in last


def test_one_variant(bank: str, capsys: CAPTURE) -> None:
    assert run(["verify", bank, "--variant", "with a lock"]) == OK
    out = capsys.readouterr().out
    assert "with a lock" in out
    assert "as written" not in out


def test_quiet_says_nothing_of_what_is_expected(bank: str, capsys: CAPTURE) -> None:
    assert run(["verify", bank, "--quiet"]) == OK
    assert capsys.readouterr().out == ""
    assert run(["verify", bank, "--quiet", "--set", "clients=2"]) == FAILED
    assert len(capsys.readouterr().out.split("\n")) < 8


def test_limits_are_inconclusive(bank: str, capsys: CAPTURE) -> None:
    assert run(["verify", bank, "--variant", "with a lock", "--max-states", "2"]) == INCONCLUSIVE
    out = capsys.readouterr().out
    assert "inconclusive" in out
    assert "\nNext: raise the limit" in out


def test_ad_hoc_invariants_and_watches(bank: str, capsys: CAPTURE) -> None:
    arguments = ["--invariant", "self.balance < 2", "--show", "self.clients - self.added"]
    assert run(["verify", bank, "--set", "locked=true", *arguments]) == FAILED
    out = capsys.readouterr().out
    assert "self.balance < 2" in out
    assert "self.clients - self.added = 0" in out


def test_json(bank: str, capsys: CAPTURE) -> None:
    assert run(["verify", bank, "--json"]) == OK
    data = json.loads(capsys.readouterr().out)
    assert data["schema"] == 1
    first, second = data["results"]
    assert first["verdict"] == "violated"
    assert first["property"] == "nothing_lost"
    assert first["as_expected"] is True
    assert first["trace"][0]["action"] == "start"
    assert len(first["trace"]) == 5
    assert second["verdict"] == "holds"
    assert second["trace"] is None


def test_json_of_bad_input(folder: Path, capsys: CAPTURE) -> None:
    assert run(["verify", "gone.py", "--json"]) == BAD_INPUT
    data = json.loads(capsys.readouterr().out)
    assert data["results"] == []
    assert data["errors"]


def test_a_kept_trace_is_replayed(bank: str, capsys: CAPTURE, golden: Golden) -> None:
    assert run(["verify", bank, "--output", "t.json", "--traces", "none"]) == OK
    capsys.readouterr()
    assert run(["replay", "t.json"]) == OK
    golden("cli/replay.txt", capsys.readouterr().out)


def test_a_changed_model_no_longer_does_it(bank: str, folder: Path, capsys: CAPTURE) -> None:
    assert run(["verify", bank, "--output", "t.json", "--quiet"]) == OK
    text = (folder / bank).read_text()
    (folder / bank).write_text(text.replace("self.balance = seen + 1", "self.balance += 1"))
    assert run(["replay", "t.json"]) == FAILED
    words = " ".join(capsys.readouterr().out.split())
    assert "at step 1, client(0) made client(0).seen = 0; now it leaves it as it was" in words


def test_unwritable_output_is_found_before_the_run(bank: str, capsys: CAPTURE) -> None:
    assert run(["verify", bank, "--output", "no/such/t.json"]) == BAD_INPUT
    told = capsys.readouterr()
    assert told.out == ""
    assert "error[E901]" in told.err


def test_nothing_is_kept_where_nothing_is_violated(
    bank: str, folder: Path, capsys: CAPTURE
) -> None:
    assert run(["verify", bank, "--set", "clients=1", "-o", "t.json"]) == OK
    assert "t.json was not written" in capsys.readouterr().out
    assert not (folder / "t.json").exists()


def test_a_folder_means_all_models_in_it(bank: str, folder: Path, capsys: CAPTURE) -> None:
    (folder / "no_model.py").write_text("import ordercheck  # no Model\n")
    (folder / "broken.py").write_text("class A(\n")
    (folder / "sub").mkdir()
    (folder / "sub" / "other.py").write_text((folder / bank).read_text())
    assert run(["verify", ".", "--traces", "none"]) == OK
    out = capsys.readouterr().out
    assert "bank.py" in out
    assert os.path.join("sub", "other.py") in out


def test_a_folder_is_not_searched_for_ever(
    bank: str, folder: Path, capsys: CAPTURE, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ordercheck.cli.folders.MOST_FILES", 3)
    (folder / "a").mkdir()
    for k in range(4):
        (folder / "a" / f"{k}.txt").touch()
    (folder / "b").mkdir()
    (folder / bank).rename(folder / "b" / bank)
    assert run(["verify", "."]) == BAD_INPUT
    assert "no model among the first 3 files" in capsys.readouterr().err
    assert run(["verify", "b", "--quiet"]) == OK
    (folder / "a" / bank).write_text((folder / "b" / bank).read_text())
    assert run(["verify", ".", "--quiet"]) == OK  # it is the right folder, and large


def test_an_environment_is_nobodys_models(bank: str, folder: Path, capsys: CAPTURE) -> None:
    (folder / "env" / "lib").mkdir(parents=True)
    (folder / "env" / "pyvenv.cfg").touch()
    (folder / bank).rename(folder / "env" / "lib" / bank)
    assert run(["verify", "."]) == BAD_INPUT
    assert "there is no model in ." in capsys.readouterr().err


def test_two_models_in_a_file(bank: str, folder: Path, capsys: CAPTURE) -> None:
    text = (folder / bank).read_text()
    (folder / "two.py").write_text(
        text + text[text.index("class Bank") :].replace("Bank", "Second")
    )
    assert run(["verify", "two.py"]) == BAD_INPUT
    assert "two.py:Bank or two.py:Second" in capsys.readouterr().err
    assert run(["verify", "two.py:Second", "-q"]) == OK


@pytest.mark.parametrize(
    "arguments",
    [
        ["verify", "gone.py"],
        ["verify", "bank.py:Gone"],
        ["verify", "bank.py", "--set", "nothing=1"],
        ["verify", "bank.py", "--set", "clients=many"],
        ["verify", "bank.py", "--set", "clients=99"],
        ["verify", "bank.py", "--variant", "gone"],
        ["verify", "bank.py", "--spec", "gone.py"],
        ["verify", "bank.py", "--spec", "bank.py"],
        ["verify", "bank.py", "--invariant", "self.gone"],
        ["verify", "bank.py", "--invariant", "1 +"],
        ["verify", "bank.py", "--show", "self.gone"],
        ["verify", "test_bank.py"],
        ["show", "."],
        ["ir", "gone.py"],
    ],
)
def test_bad_input(arguments: list[str], bank: str, capsys: CAPTURE) -> None:
    assert run(arguments) == BAD_INPUT
    told = capsys.readouterr()
    assert "error" in told.err
    assert "Traceback" not in told.err + told.out


def test_an_error_in_setup_shows_the_authors_own_lines(folder: Path, capsys: CAPTURE) -> None:
    (folder / "m.py").write_text(
        "from ordercheck import Model\n\n\nclass M(Model):\n"
        "    def setup(self) -> None:\n        self.n = 1 // 0\n"
    )
    assert run(["verify", "m.py"]) == BAD_INPUT
    err = capsys.readouterr().err
    assert "division" in err
    assert "m.py:6" in err
    assert os.path.join("ordercheck", "frontend") not in err


def test_an_interrupt_tells_what_is_known(
    bank: str, capsys: CAPTURE, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ordercheck.checking import check

    calls: list[object] = []

    def interrupted(*arguments: object, **more: object) -> object:
        calls.append(arguments)
        if len(calls) > 1:
            raise KeyboardInterrupt
        return check(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr("ordercheck.cli.running.check", interrupted)
    assert run(["verify", bank, "--workers", "1"]) == INTERRUPTED
    out = capsys.readouterr().out
    assert "nothing_lost" in out
    assert "Interrupted" in out


def test_show(bank: str, capsys: CAPTURE, golden: Golden) -> None:
    assert run(["show", bank]) == OK
    golden("cli/show.txt", capsys.readouterr().out)


def test_ir(bank: str, capsys: CAPTURE) -> None:
    assert run(["ir", bank, "--set", "clients=3"]) == OK
    assert "coroutine client x 3" in capsys.readouterr().out


ENUM = """\
from enum import Enum

from ordercheck import Model, integer, invariant, param, process, step, variant, violates


class Mode(Enum):
    FAST = "fast"
    SLOW = "slow"


class M(Model):
    mode: Mode = param(Mode.FAST)
    pair: tuple[int, int] = param((0, 1))

    variants = [variant("slow", mode=Mode.SLOW, pair=(1, 1), expect=violates("small"))]

    def setup(self) -> None:
        self.x = integer(self.pair[0], lo=0, hi=9)

    @process(each=range(3))
    async def p(self, me: int) -> None:
        await step()
        if self.mode == Mode.SLOW:
            self.x += self.pair[1]

    @invariant
    def small(self) -> bool:
        return self.x < 3
"""
SPEC = """\
from typing import Protocol

from ordercheck import Spec, invariant


class Has(Protocol):
    x: int


class Low(Spec[Has]):
    @invariant
    def low(self, model: Has) -> bool:
        return model.x < 2
"""


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--variant", "slow"],
        ["--set", "mode=SLOW", "--set", "pair=0,2"],
        ["--set", "mode=Mode.SLOW", "--set", "pair=(0, 2)"],
        ["--spec", "spec.py", "--show", "self.x * 2"],
        ["--variant", "slow", "--set", "pair=2,1"],
        ["--set", "mode=slow", "--invariant", "self.x != 1"],
    ],
)
def test_a_trace_replays_with_all_that_it_was_made_with(
    arguments: list[str], folder: Path, capsys: CAPTURE
) -> None:
    (folder / "m.py").write_text(ENUM)
    (folder / "spec.py").write_text(SPEC)
    run(["verify", "m.py", *arguments, "--output", "t.json"])
    assert (folder / "t.json").exists(), capsys.readouterr().err
    assert run(["replay", "t.json"]) == OK


def test_the_next_command_keeps_what_was_given(folder: Path, capsys: CAPTURE) -> None:
    (folder / "m.py").write_text(ENUM)
    (folder / "spec.py").write_text(SPEC)
    given = ["--set", "mode=SLOW", "--spec", "spec.py", "--invariant", "self.x < 9"]
    assert run(["verify", "m.py", *given, "--traces", "none"]) == FAILED
    *_, last = capsys.readouterr().out.rstrip().split("\n")
    program, *again = shlex.split(last)
    assert (program, again) == ("ordercheck", ["verify", "m.py", *given])


def test_parameters_are_written_as_python_writes_them(folder: Path, capsys: CAPTURE) -> None:
    (folder / "m.py").write_text(ENUM)
    run(["verify", "m.py"])
    assert "\nmode = Mode.SLOW, pair = (1, 1)\n" in capsys.readouterr().out
    run(["show", "m.py"])
    assert "mode=Mode.SLOW, pair=(1, 1)" in capsys.readouterr().out


def test_a_tuple_of_another_length_is_refused(folder: Path, capsys: CAPTURE) -> None:
    (folder / "m.py").write_text(ENUM)
    assert run(["verify", "m.py", "--set", "pair=1,2,3"]) == BAD_INPUT
    assert "2 values are needed" in capsys.readouterr().err


FIELDS = {
    *("model", "variant", "parameters", "expected", "verdict", "as_expected", "engine"),
    *("property", "kind", "states", "transitions", "depth", "stuck", "seconds", "coverage"),
    "trace",
}
STEP = {"actor", "action", "choices", "source", "changes", "state"}


def test_the_fields_of_the_json_that_the_documents_promise(bank: str, capsys: CAPTURE) -> None:
    assert run(["verify", bank, "--json"]) == OK
    data = json.loads(capsys.readouterr().out)
    assert set(data) >= {"schema", "ordercheck", "results"}
    for result in data["results"]:
        assert set(result) >= FIELDS
        for step in result["trace"] or ():
            assert set(step) >= STEP
    first = data["results"][0]
    assert first["parameters"] == {"clients": "2", "locked": "False"}
    assert first["trace"][1]["source"]["file"] == bank
    assert first["trace"][1]["state"]["balance"] == "0"


def test_traces_none_first_and_all(bank: str, folder: Path, capsys: CAPTURE) -> None:
    (folder / "other.py").write_text((folder / bank).read_text())
    for wanted, count in (("none", 0), ("first", 1), ("all", 2)):
        assert run(["verify", bank, "other.py", "--traces", wanted]) == OK
        assert capsys.readouterr().out.count("Who did what") == count


def test_continue_tells_a_trace_of_each_violated_property(bank: str, capsys: CAPTURE) -> None:
    given = ["--set", "clients=2", "--invariant", "self.added < 1", "--continue"]
    assert run(["verify", bank, *given]) == FAILED
    out = capsys.readouterr().out
    assert out.count("Who did what") == 2
    assert "self.added < 1 is false" in out
    assert "nothing_lost is false" in out


def test_an_interrupted_search_tells_what_it_knows(
    bank: str, capsys: CAPTURE, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ordercheck.cli.progress import Progress
    from ordercheck.engines import exploration

    def interrupts(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Progress, "update", interrupts)
    monkeypatch.setattr(exploration, "PACE", -1.0)
    assert run(["verify", bank, "--variant", "with a lock"]) == INTERRUPTED
    out = capsys.readouterr().out
    assert "stopped early: interrupted" in out
    assert "Interrupted: what is above is known" in out


def test_a_trace_to_a_property_without_a_value_is_replayed(bank: str, capsys: CAPTURE) -> None:
    given = ["--invariant", "6 // (1 - self.added) > 0", "--set", "clients=1"]
    assert run(["verify", bank, *given, "-o", "t.json"]) == FAILED
    assert "fails: division" in capsys.readouterr().out
    assert run(["replay", "t.json"]) == OK


def test_what_stands_on_the_command_line_has_no_line(bank: str, capsys: CAPTURE) -> None:
    assert run(["verify", bank, "--invariant", "self.added < 1", "--set", "clients=1"]) == FAILED
    assert "\n  --invariant\n  │ self.added < 1\n" in capsys.readouterr().out


def test_new_says_what_to_do_next(folder: Path, capsys: CAPTURE) -> None:
    assert run(["new", "first"]) == OK
    told = capsys.readouterr().out
    assert told == "Wrote first.py and test_first.py.\nNext: ordercheck verify first.py\n"


def test_an_expression_may_say_implies(bank: str, capsys: CAPTURE) -> None:
    claim = "implies(self.added == 2, self.balance == 2)"
    assert run(["verify", bank, "--set", "locked=yes", "--invariant", claim, "-q"]) == OK
    assert run(["verify", bank, "--set", "clients=2", "--invariant", claim, "-q"]) == FAILED


VARIANT_ONLY = """
from ordercheck import Model, action, holds, integer, invariant, param, require, variant

class Part(Model):
    deadlock = False
    safe: bool = param(True)
    variants = [variant("safe", expect=holds()), variant("unsafe", safe=False, expect=holds())]

    def setup(self) -> None:
        self.n = integer(0, lo=0, hi=4)

    @action
    def careful(self) -> None:
        require(self.safe)
        self.n = 1

    @action
    def careless(self) -> None:
        require(not self.safe)
        self.n = 2

    @action
    def gone(self) -> None:
        require(self.n > 3)
        self.n = 0

    @invariant
    def small(self) -> bool:
        return self.n < 3
"""


def test_what_other_variants_do_is_not_missed(folder: Path, capsys: CAPTURE) -> None:
    Path("part.py").write_text(VARIANT_ONLY)
    assert run(["verify", "part.py"]) == OK
    told = capsys.readouterr().out
    assert "never happened in any run: gone (stopped at part.py:24)" in told
    assert "Next: add what lets line 23 of part.py happen" in told
    for some in (["--variant", "safe"], ["--set", "safe=no"]):
        assert run(["verify", "part.py", *some]) == OK
        told = capsys.readouterr().out
        assert "never happened" not in told
        assert "add what lets" not in told


def test_a_long_trace_fits_on_a_screen_unless_it_is_wanted_whole(
    folder: Path, capsys: CAPTURE
) -> None:
    embargo = str(MODELS / "embargo.py")
    command = ["verify", embargo, "--variant", "chain, there"]
    assert run(command) == OK
    told = capsys.readouterr().out
    brief = told[told.index("─") : told.index("\nNext:")]
    assert brief.count("\n") <= 50
    assert "--long quotes" in brief
    assert run([*command, "--long"]) == OK
    whole = capsys.readouterr().out
    assert whole.count("\n") > 100
    assert "--long" not in whole
