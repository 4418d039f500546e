"""Runs generated C without the explorer: headers compiled in batches, called by ctypes."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ordercheck.engines.interpreter.machine import RawTransition
from ordercheck.engines.native.generate import Generated
from ordercheck.engines.transition import ModelError, State

HERE = Path(__file__).parent
SUPPORT = Path(__file__).parents[3] / "ordercheck" / "engines" / "native" / "c"
COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
QUICK = ("-std=gnu11", "-fPIC", "-O0", "-w")
SANITIZED = (*QUICK, "-fsanitize=undefined", "-fno-sanitize-recover=all")
CAREFUL = ("-std=gnu11", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror")
ERROR = (1 << 64) - 1


class Unable(Exception):
    """The generated code says that it cannot go on; the argument is the reason."""


@dataclass
class Native:
    """One program's generated code, loaded; `reached` as Machine has it."""

    generated: Generated
    library: ctypes.CDLL
    prefix: str
    cover: int

    def __post_init__(self) -> None:
        self.reached = bytearray(max(1, self.cover))
        self._bytes = (ctypes.c_uint8 * len(self.reached)).from_buffer(self.reached)
        self._scratch = ctypes.create_string_buffer(4 << 20)
        self._unable = ctypes.c_uint32()
        self._room = 1 << 12

    def starts(self) -> list[RawTransition]:
        """What Machine.starts gives, errors without words and spans."""
        return self._ways(None)

    def successors(self, state: State) -> list[RawTransition]:
        """What Machine.successors gives, likewise."""
        return self._ways(self._words(state))

    def check(self, index: int, state: State, before: State | None = None) -> bool | str:
        """Whether a property is true, or the kind of error that it ends in."""
        old = None if before is None else self._words(before)
        args = (index, self._words(state), old, self._bytes, self._scratch)
        found = self._function("property")(*args, ctypes.byref(self._unable))
        self._refuse()
        return bool(found) if found < 2 else self.generated.layout.kinds[found - 2]

    def antecedents(self, state: State) -> None:
        """Mark those that are true."""
        self._function("antecedents")(self._words(state), self._bytes, self._scratch)

    def at_rest(self, state: State) -> bool:
        """As Machine.at_rest."""
        return bool(self._function("at_rest")(self._words(state)))

    def actor(self, step: int, binding: int) -> int:
        """The number of a step's actor."""
        return int(self._function("actor")(step, binding))

    def _function(self, name: str) -> Any:
        return getattr(self.library, f"{self.prefix}{name}")

    def _words(self, state: State) -> ctypes.Array[ctypes.c_uint64]:
        layout = self.generated.layout
        return (ctypes.c_uint64 * layout.words)(*layout.encode(state))

    def _ways(self, state: ctypes.Array[ctypes.c_uint64] | None) -> list[RawTransition]:
        function = self._function("ways")
        function.restype = ctypes.c_size_t
        while True:
            out = (ctypes.c_uint64 * self._room)()
            count = function(
                state,
                out,
                ctypes.c_size_t(self._room),
                self._bytes,
                self._scratch,
                ctypes.byref(self._unable),
            )
            self._refuse()
            if count <= self._room:
                return self._decoded(out[:count])
            self._room = count

    def _refuse(self) -> None:
        if self._unable.value:
            raise Unable(self.generated.layout.reasons[self._unable.value - 1])

    def _decoded(self, words: Sequence[int]) -> list[RawTransition]:
        layout, k = self.generated.layout, 0
        found: list[RawTransition] = []
        while k < len(words):
            step, binding, choices = words[k : k + 3]
            k += 3
            picks = tuple(words[k : k + choices])
            k += choices
            error = words[k]
            k += 1
            label = (-1 if step == 0xFFFFFFFF else step, binding, picks)
            if error != ERROR:
                found.append((label, ModelError(layout.kinds[error], "")))
                continue
            found.append((label, layout.decode(tuple(words[k : k + layout.words]))))
            k += layout.words
        return found


def build(
    programs: Sequence[tuple[Generated, int]], flags: tuple[str, ...] = QUICK
) -> list[Native]:
    """Each program's code, compiled together; with each comes how many cover points it has."""
    assert COMPILER is not None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = []
        for k, (generated, _) in enumerate(programs):
            (folder / f"m{k}.h").write_text(generated.header, encoding="utf-8")
            source = folder / f"m{k}.c"
            lines = [f"#define PREFIX m{k}_", f'#define MODEL "m{k}.h"', '#include "driver.h"']
            source.write_text("\n".join(lines) + "\n", encoding="utf-8")
            sources.append(source.name)
        library = folder / "models.so"
        command = [
            COMPILER,
            *flags,
            "-I.",
            f"-I{HERE}",
            f"-I{SUPPORT}",
            "-shared",
            "-o",
            str(library),
        ]
        done = subprocess.run(
            [*command, *sources], cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[:4000]
        loaded = ctypes.CDLL(str(library))
    return [Native(g, loaded, f"m{k}_", cover) for k, (g, cover) in enumerate(programs)]
