"""Sanitizers: what it takes to load code that they have instrumented into Python."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ordercheck.engines.native.compiler import find_compiler
from ordercheck.engines.native.unavailable import Unavailable


@dataclass(frozen=True)
class Sanitizer:
    """Its flags, the libraries that must be loaded before all others, and its own options."""

    name: str
    flags: str
    libraries: tuple[str, ...]
    options: tuple[tuple[str, str], ...]

    def environment(self) -> dict[str, str]:
        """Of a process whose explorers are instrumented."""
        paths = [_library(name) for name in self.libraries]
        return {
            "ORDERCHECK_CFLAGS": f"{self.flags} -g",
            "LD_PRELOAD": " ".join(paths),
            **dict(self.options),
        }


ADDRESS = Sanitizer(
    "address and undefined behaviour",
    "-fsanitize=address,undefined -fno-sanitize-recover=all",
    ("libasan.so", "libubsan.so"),
    # Python itself never frees some memory; what the explorer holds, tests of faults count.
    (("ASAN_OPTIONS", "detect_leaks=0:allocator_may_return_null=1"),),
)
RACE = 66
"""The exit code of a process in which there was a race."""

THREAD = Sanitizer(
    "threads",
    "-fsanitize=thread",
    ("libtsan.so",),
    (("TSAN_OPTIONS", f"halt_on_error=1:exitcode={RACE}"),),
)


@cache
def _library(name: str) -> str:
    command = [*find_compiler().command, f"-print-file-name={name}"]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


@cache
def can_sanitize(sanitizer: Sanitizer) -> bool:
    """Whether the compiler here knows it, and the libraries are there."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "empty.c")
        source.write_text("int nothing;\n", encoding="ascii")
        try:
            compiler = find_compiler()
        except Unavailable:
            return False
        command = [*compiler.command, *sanitizer.flags.split(), "-c", str(source), "-o"]
        made = subprocess.run([*command, f"{folder}/empty.o"], capture_output=True)
    return made.returncode == 0 and all(Path(_library(n)).is_file() for n in sanitizer.libraries)
