"""Generated models plugged into explorers that were compiled before (headers/plugged.h).

Compiling the whole explorer for each model takes longer than everything that is then compared.
Here the explorer is compiled once for each width of states, the models' code alone, many models
to one shared object.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ordercheck.checking import Options
from ordercheck.checking.explorers import Explored
from ordercheck.checking.safety import explored_verdict
from ordercheck.checking.verdict import Verdict
from ordercheck.engines.exploration import Limits
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.native.generate import Generated
from ordercheck.engines.native.model import NARROW
from ordercheck.engines.native.search import Resources, Search
from ordercheck.engines.native.surveying import Survey, loaded
from ordercheck.ir.nodes import Program
from tests.engines.native.build import explorer, survey

HERE = Path(__file__).parent
SUPPORT = Path(__file__).parents[3] / "ordercheck" / "engines" / "native" / "c"
FLAGS = ("-std=gnu11", "-fPIC", "-O0", "-w", "-shared")
WIDTHS = (6, 24, 64)
"""Words of a state for which there is an explorer, beside those of one word."""


@dataclass(frozen=True)
class Plugged:
    """A program and its generated code, which lies in a library as `symbol`."""

    program: Program
    generated: Generated
    library: ctypes.CDLL
    symbol: str

    def survey(self, *defines: str) -> Survey:
        """For graphs and random runs; until another model is plugged in."""
        return loaded(self._into(survey("plugged", *self._width(), *defines)), self.layout)

    def verdict(self, options: Options, *defines: str) -> Verdict:
        """What `check` says, by the native engine."""
        library = self._into(explorer("plugged", *self._width(), *defines))
        return explored_verdict(self.program, options, lambda p, o: self._explored(library, o))

    @property
    def layout(self) -> Any:
        """How states are packed."""
        return self.generated.layout

    def _width(self) -> tuple[str, ...]:
        layout = self.generated.layout
        for bits in reversed(NARROW):
            if layout.bits <= bits:
                return ("WORDS=1", f"BITS={bits}")
        return (f"WORDS={next(width for width in WIDTHS if width >= layout.words)}",)

    def _into(self, library: ctypes.CDLL) -> ctypes.CDLL:
        model = ctypes.c_char.in_dll(self.library, self.symbol)
        assert library.oc_plug(ctypes.byref(model)), "there is no room for this model"
        return library

    def _explored(self, library: ctypes.CDLL, options: Options) -> Explored:
        limits = Limits(options.max_states, options.max_depth)
        resources = Resources(options.workers)
        search = _Search(library, self.program, self.layout, limits, options.continue_, resources)
        machine, exploration = Machine(self.program), search.run()
        reached = search.reached()[: len(self.program.cover)]
        return Explored("native", machine, exploration, reached, search.path, close=search.close)


class _Search(Search):
    """A search of a model that has less properties than there is room for."""

    def _raw_findings(self) -> tuple[list[int], list[int], bytes]:
        errors, broken, met = super()._raw_findings()
        count = len(self.program.properties)
        return errors, broken[:count], met[:count]


def build(programs: Sequence[tuple[Program, Generated]]) -> list[Plugged]:
    """Each program's code, compiled together."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    assert compiler is not None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for k, (_, generated) in enumerate(programs):
            (folder / f"m{k}.h").write_text(generated.header, encoding="utf-8")
            text = f'#define MODEL "m{k}.h"\n#define NAME m{k}\n#include "plug.h"\n'
            (folder / f"m{k}.c").write_text(text, encoding="utf-8")
        sources = [f"m{k}.c" for k in range(len(programs))]
        command = [compiler, *FLAGS, "-I.", f"-I{HERE}", f"-I{SUPPORT}", "-o", "models.so"]
        done = subprocess.run(
            [*command, *sources], cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[:4000]
        library = ctypes.CDLL(str(folder / "models.so"))
    return [Plugged(p, g, library, f"m{k}") for k, (p, g) in enumerate(programs)]
