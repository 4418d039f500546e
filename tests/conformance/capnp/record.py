"""Builds returns.c++ with Cap'n Proto itself, and records what it sees.

    git clone https://github.com/capnproto/capnproto
    git -C capnproto checkout 59a195f     # workerd's in April 2026
    python -m tests.conformance.capnp.record capnproto

writes returns-REVISION.jsonl beside this file: clang 19 or newer, git, and some minutes are
needed for it. It fails where two runs differ: then no file could be right.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.loops.kj_driver import PARTS, compile_with

HERE = Path(__file__).parent
RUNS = 3
SOURCES = [
    *(f"kj/{part}" for part in PARTS),
    *(
        f"kj/{part}"
        for part in (
            "async-io",
            "async-io-unix",
            "encoding",
            "filesystem",
            "filesystem-disk-unix",
            "map",
        )
    ),
    *re.findall(
        r"capnp/\S+",
        """
        capnp/any capnp/arena capnp/blob capnp/c++.capnp capnp/capability capnp/dynamic
        capnp/dynamic-capability capnp/layout capnp/list capnp/membrane capnp/message
        capnp/persistent.capnp capnp/rpc capnp/rpc-twoparty capnp/rpc-twoparty.capnp
        capnp/rpc.capnp capnp/schema capnp/schema.capnp capnp/schema-loader capnp/serialize
        capnp/serialize-async capnp/serialize-packed capnp/stream.capnp capnp/stringify
        """,
    ),
]
"""What a connection of two vats needs of KJ and Cap'n Proto, where a release has it."""


def build(checkout: Path, folder: Path) -> Path:
    """Compile returns.c++ with a checkout of capnproto."""
    include = checkout / "c++" / "src"
    flags = ["-std=c++23", "-O1", "-w", f"-I{include}"]
    objects = []
    for k, source in enumerate(include / f"{each}.c++" for each in SOURCES):
        if source.exists():
            objects.append(str(folder / f"{k}.o"))
            compile_with([*flags, "-c", str(source), "-o", objects[-1]])
    program = folder / "returns"
    compile_with([*flags, str(HERE / "returns.c++"), *objects, "-pthread", "-o", str(program)])
    return program


def output(command: list[str]) -> str:
    """What a command writes to the standard output."""
    return subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout


def main(checkout: Path) -> None:
    """Record what this revision does."""
    with tempfile.TemporaryDirectory() as folder:
        program = build(checkout, Path(folder))
        runs = [output([str(program)]) for _ in range(RUNS)]
    assert all(run == runs[0] for run in runs), runs
    revision = output(["git", "-C", str(checkout), "rev-parse", "--short=7", "HEAD"]).strip()
    (HERE / f"returns-{revision}.jsonl").write_text(runs[0], encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
