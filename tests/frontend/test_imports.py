"""Exception classes of other files: those that a model imports count, others don't."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ordercheck import verify
from ordercheck.frontend import load_models

OTHER = """
from ordercheck import Failure

class Oops(Failure):
    here: bool
    far: bool
"""

MODEL = """
from ordercheck import Failure, Model, action, integer
{imported}

class Oops(Failure):
    pass

class Mine(Failure):
    pass

class Small(Model):
    def setup(self) -> None:
        self.n = integer(0, lo=0, hi=2)

    @action
    def fail(self) -> None:
        try:
            raise {raised}
        except Oops:
            self.n = 1
        except {other}:
            self.n = 2
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "another_file.py").write_text(OTHER)
    return tmp_path


def states(folder: Path, imported: str, raised: str, other: str = "Mine") -> list[int]:
    path = folder / "model.py"
    path.write_text(MODEL.format(imported=imported, raised=raised, other=other))
    (model,) = load_models(str(path))
    graph = verify(model).graph
    return sorted(data["state"]["n"] for _, data in graph.nodes(data=True))


def test_a_class_with_the_name_of_another(folder: Path) -> None:
    imported = "import another_file"
    other = "another_file.Oops"
    assert states(folder, imported, "Oops()", other) == [0, 1]
    assert states(folder, imported, f"{other}(True, False)", other) == [0, 2]


def test_a_class_that_somebody_else_has_loaded(folder: Path) -> None:
    __import__("another_file")
    assert states(folder, "", "Oops()") == [0, 1]


FORKED = """
from ordercheck import Model, invariant
from ordercheck.library import Fork

class M(Model):
    def setup(self) -> None:
        self.fork = Fork(3)

    @invariant
    def ok(self) -> bool:
        return True
"""


def test_what_the_library_declares_is_not_told_at_who_imports_it(tmp_path: Path) -> None:
    """A process of its own: nothing of the library has been imported there before."""
    file = tmp_path / "forked.py"
    file.write_text(FORKED)
    command = [sys.executable, "-m", "ordercheck", "verify", str(file)]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    assert "error[E026]" in told
    assert f"{file.name}:5:1" in told
