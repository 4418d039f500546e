"""libkj, with which `driver.c++` runs programs, and what it did with some thousands of them.

    git clone https://github.com/capnproto/capnproto
    python -m tests.loops.kj_driver capnproto

builds KJ's event loop and the driver in a temporary folder, runs PROGRAMS and writes
kj-noted.txt beside this file, which the tests read: clang 19 or newer, and a minute, are
needed for it, and no registry has KJ's coroutines. A line is a program, as scripts of codes
with their arguments, and what it noted.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.loops.kj_programs import CODES
from tests.loops.programs import TASKS, Program, random_programs
from tests.loops.running import Noted

HERE = Path(__file__).parent
RECORDED = HERE / "kj-noted.txt"
SEED, COUNT = 1, 4000
COMPILERS = ("clang++-19", "clang++")
PARTS = re.findall(
    r"\S+",
    """
    arena array async async-unix cidr common debug exception hash io list memory mutex refcount
    source-location string string-tree table thread time timer units
    """,
)
"""The sources of KJ that an event loop needs."""


def build(sources: Path, folder: Path) -> Path:
    """Compile the driver with the KJ of a checkout of capnproto."""
    include = sources / "c++" / "src"
    flags = ["-std=c++23", "-O1", f"-I{include}"]
    objects = [folder / f"{part}.o" for part in PARTS]
    for part, target in zip(PARTS, objects, strict=True):
        compile_with([*flags, "-w", "-c", str(include / "kj" / f"{part}.c++"), "-o", str(target)])
    driver = folder / "driver"
    compile_with(
        [*flags, str(HERE / "driver.c++"), *map(str, objects), "-pthread", "-o", str(driver)]
    )
    return driver


def compile_with(arguments: list[str]) -> None:
    """Run the first compiler that there is."""
    for compiler in COMPILERS:
        try:
            subprocess.run([compiler, *arguments], check=True)
            return
        except FileNotFoundError:
            continue
    raise FileNotFoundError(f"none of {', '.join(COMPILERS)} is installed")


def real(programs: Sequence[Program], driver: Path) -> list[Noted]:
    """What libkj does with programs."""
    lines = [str(len(programs))]
    for program in programs:
        for script in program.scripts:
            lines.append(" ".join([str(len(script)), *(f"{c} {a}" for c, a in script)]))
    run = subprocess.run(
        [driver], input="\n".join(lines), capture_output=True, encoding="utf-8", check=True
    )
    return [tuple(map(int, line.split())) for line in run.stdout.splitlines()]


def written(program: Program, noted: Noted) -> str:
    """A line of the file."""
    scripts = ";".join(",".join(f"{c}{a}" for c, a in script) for script in program.scripts)
    return f"{scripts.rstrip(';')} = {' '.join(map(str, noted))}"


def recorded() -> Iterator[tuple[Program, Noted]]:
    """The programs of the file, and what they noted."""
    for line in RECORDED.read_text(encoding="utf-8").splitlines():
        scripts, _, noted = line.partition(" = ")
        parts = [
            tuple((code, int(a)) for code, a in re.findall(r"([a-z]+)(\d+)", script))
            for script in scripts.split(";")
        ]
        parts += [()] * (TASKS - len(parts))
        yield Program(tuple(parts), (False,) * TASKS), tuple(map(int, noted.split()))


def main(sources: Path) -> None:
    """Run the programs, and write what they note."""
    programs = random_programs(SEED, COUNT, CODES)
    with tempfile.TemporaryDirectory() as folder:
        noted = real(programs, build(sources, Path(folder)))
    lines = map(written, programs, noted)
    RECORDED.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert list(recorded()) == list(zip(programs, noted, strict=True))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
