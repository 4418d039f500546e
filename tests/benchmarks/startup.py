"""How long it takes until a model has been checked: `python -m tests.benchmarks.startup`.

Processor time is what to compare: it is the smallest of several runs, and other
work on the machine hardly changes it. Each run is a process of its own, with byte
code cached, as it is after the first run of an installed package.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
RUNS = 7
MODELS = ("models/rpc_fetch.py", "models/classics/paxos_commit.py", "models/classics/handshakes.py")

STAGES = """
import json, sys, time

def timed(name, action):
    wall, cpu = time.perf_counter(), time.process_time()
    result = action()
    print(json.dumps([name, time.process_time() - cpu, time.perf_counter() - wall]))
    return result

def imports():
    import ordercheck.cli.verification

timed("imports", imports)
from ordercheck.checking import check
from ordercheck.cli.loading import Configuration, compiled, models_in
found = timed("load", lambda: models_in(sys.argv[1]))
runs = [(m, Configuration(parameters=v.parameters)) for m in found for v in m.model.variants]
runs = runs or [(m, Configuration()) for m in found]
first = timed("compile the first", lambda: compiled(*runs[0]))
rest = timed("compile the others", lambda: [compiled(*run) for run in runs[1:]])
timed("check the first", lambda: check(first))
print(json.dumps(["variants", len(runs), 0]))
"""


@dataclass(frozen=True, slots=True)
class Time:
    """Seconds."""

    cpu: float
    wall: float


def least(times: Sequence[Time]) -> Time:
    """The smallest of each, which is the one that least else came into."""
    return Time(min(each.cpu for each in times), min(each.wall for each in times))


def process(*arguments: str) -> tuple[Time, str]:
    """What a run of Python took in all, and wrote."""
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if done.stderr:
        sys.exit(done.stderr)
    return Time(cpu, time.perf_counter() - wall), done.stdout


def command(*arguments: str) -> Time:
    """A whole run of the command line."""
    call = "from ordercheck.cli.main import main; main()"
    return least([process("-c", call, *arguments)[0] for _ in range(RUNS)])


def stages(model: str) -> Iterator[tuple[str, Time]]:
    """What one model takes, stage by stage."""
    found: dict[str, list[Time]] = {}
    for _ in range(RUNS):
        for line in process("-c", STAGES, model)[1].splitlines():
            name, cpu, wall = json.loads(line)
            found.setdefault(name, []).append(Time(cpu, wall))
    others = found.pop("variants")[0].cpu - 1
    for name, times in found.items():
        best = least(times)
        if name == "compile the others" and others:
            yield "compile, each further", Time(best.cpu / others, best.wall / others)
        elif name != "compile the others":
            yield name, best


def show(name: str, found: Time) -> None:
    """A line of the table, in milliseconds."""
    print(f"  {name:<24}{found.cpu * 1000:>10.1f}{found.wall * 1000:>10.1f}", flush=True)


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as cache:
        # Where byte code is not written, each run would compile the package first.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = cache
        print(f"  {'milliseconds':<24}{'CPU':>10}{'wall':>10}")
        show("python itself", least([process("-c", "")[0] for _ in range(RUNS)]))
        show("ordercheck --help", command("--help"))
        for model in MODELS:
            lines = len((ROOT / model).read_text(encoding="utf-8").splitlines())
            print(f"{model}, {lines} lines")
            for name, found in stages(model):
                show(name, found)
            show("ordercheck verify, all", command("verify", model))


if __name__ == "__main__":
    main()
