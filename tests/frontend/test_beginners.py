"""Mistakes of those who write their first model: each is told where it is, with what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from ordercheck.cli.codes import BAD_INPUT
from ordercheck.cli.main import run

HEAD = """\
from ordercheck import *
from ordercheck.library import *


@struct
class Entry:
    writer: bool
    token: int


class M(Model):
    def setup(self):
        self.loop = KjLoop()
        self.gate = InputGate(self.loop)
        self.way = Channel(range(2), capacity=1)
        {set_up}

    @process(on="loop")
    async def work(self):
        {body}
"""

CASES = [
    ("", "x = self.way.receive()", "E042", "self.way.receive()", "await it here"),
    ("", "_ = y = self.way.receive()", "E042", "self.way.receive()", "await it here"),
    (
        "",
        "with self.gate.lock(): pass",
        "E082",
        "self.gate.lock()",
        "help: async with self.gate.lock(): …",
    ),
    (
        "",
        "lock = await self.gate.lock(); lock.start_critical_section()",
        "E012",
        "lock.start_critical_section()",
        "gate.sections has nothing to give: its capacity is 0",
    ),
    (
        "self.log = Log(Entry, capacity=2)",
        "await self.loop.later()",
        "E090",
        "Log(Entry, capacity=2)",
        "how large can Entry.token get?",
    ),
]


@pytest.mark.parametrize(("set_up", "body", "code", "spot", "said"), CASES)
def test_a_mistake_is_told_where_it_is(
    set_up: str,
    body: str,
    code: str,
    spot: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    text = HEAD.format(set_up=set_up or "pass", body=body)
    Path("m.py").write_text(text)
    assert run(["verify", "m.py"]) == BAD_INPUT
    told = capsys.readouterr().err
    before = text[: text.index(spot)]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    assert f"error[{code}]" in told
    assert f"m.py:{line}:{column}\n" in told
    assert said in told


def test_a_coroutine_with_a_name_may_be_awaited_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    body = "later = self.loop.later()\n        await later"
    Path("m.py").write_text(HEAD.format(set_up="pass", body=body))
    assert run(["verify", "m.py"]) == 0
