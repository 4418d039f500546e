"""Generated models plugged into explorers that were compiled before (headers/plugged.h).

Compiling the whole explorer for each model takes longer than everything that is then compared.
Here the explorer is compiled once for each width of states, the models' code alone, many models
to one shared object.
"""

from __future__ import annotations

import ctypes
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ordercheck.checking import Options
from ordercheck.checking.explorers import Explored
from ordercheck.checking.safety import explored_verdict
from ordercheck.checking.verdict import Verdict
from ordercheck.engines.exploration import Limits
from ordercheck.engines.interpreter import Machine
from ordercheck.engines.native.checkpoint import Checkpoint
from ordercheck.engines.native.compiler import EXTRA
from ordercheck.engines.native.generate import Generated
from ordercheck.engines.native.model import NARROW
from ordercheck.engines.native.search import Incompressible, Resources, Search
from ordercheck.engines.native.surveying import Survey, loaded
from ordercheck.ir.nodes import Program
from tests.engines.native.build import explorer, survey

HERE = Path(__file__).parent
SUPPORT = Path(__file__).parents[3] / "ordercheck" / "engines" / "native" / "c"
FLAGS = ("-std=gnu11", "-fPIC", "-O0", "-w", "-shared")
WIDTHS = (6, 24, 64)
"""Words of a state for which there is an explorer, beside those of one word."""

WHOLE = ("OC_TINY", "OC_PLAIN")
"""Builds in which no state is compressed."""


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

    def verdict(self, options: Options, *defines: str, words: int = 1) -> Verdict:
        """What `check` says, by the native engine, with so many words for a state at least.

        Where states should not be compressed, it goes on with whole ones.
        """

        def explored(program: Program, options: Options) -> Explored:
            try:
                return self._explored(options, defines, words)
            except Incompressible as error:
                if options.saving is not None and error.saved is not None:
                    saving = replace(options.saving, resume=True)
                    return self._explored(replace(options, saving=saving), WHOLE, words)
                return self._explored(options, WHOLE, words, error.saved)

        return explored_verdict(self.program, options, explored)

    @property
    def layout(self) -> Any:
        """How states are packed."""
        return self.generated.layout

    def _width(self, words: int = 1) -> tuple[str, ...]:
        layout = self.generated.layout
        for bits in reversed(NARROW):
            if layout.bits <= bits and words == 1:
                return ("WORDS=1", f"BITS={bits}")
        words = max(words, layout.words)
        return (f"WORDS={next(width for width in WIDTHS if width >= words)}",)

    def _into(self, library: ctypes.CDLL) -> ctypes.CDLL:
        model = ctypes.c_char.in_dll(self.library, self.symbol)
        assert library.oc_plug(ctypes.byref(model)), "there is no room for this model"
        return library

    def _explored(
        self,
        options: Options,
        defines: tuple[str, ...],
        words: int,
        handed: Checkpoint | None = None,
    ) -> Explored:
        library = self._into(explorer("plugged", *self._width(words), *defines))
        limits = Limits(options.max_states, options.max_depth)
        resources = Resources(options.workers, handed=handed)
        if (saving := options.saving) is not None:
            checkpoint = Checkpoint(Path(saving.folder), self.generated.header, saving.request)
            resources = replace(resources, checkpoint=checkpoint, resume=saving.resume)
        search = _Search(library, self.program, self.layout, limits, options.continue_, resources)
        try:
            machine, exploration = Machine(self.program), search.run()
        except Incompressible:
            search.close()
            raise
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
        flags = (*FLAGS, *shlex.split(os.environ.get(EXTRA, "")))
        command = [compiler, *flags, "-I.", f"-I{HERE}", f"-I{SUPPORT}", "-o", "models.so"]
        done = subprocess.run(
            [*command, *sources], cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[:4000]
        library = ctypes.CDLL(str(folder / "models.so"))
    return [Plugged(p, g, library, f"m{k}") for k, (p, g) in enumerate(programs)]
