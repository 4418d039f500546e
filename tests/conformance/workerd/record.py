"""Runs calls on a real workerd and records in which order they arrive.

    npm install --prefix DIR workerd@1.20261117.1
    python -m tests.conformance.workerd.record DIR

runs every word of up to 6 calls, f for a fetch, r, s, a for an RPC, plain, with a stream, with
an abort signal, on objects that are running (warm) and on new ones (cold), words of up to 4 calls
three times, and writes orders-RELEASE.txt beside this file: a word a line, with the places in
which its calls arrived at the warm object and at the cold one. It takes some minutes, and fails
where two runs differ: then no file could be right.
"""

from __future__ import annotations

import json
import sys
from itertools import product
from pathlib import Path

from tests.conformance.workerd.serving import HERE, arrived, workerd

RUNS, REPEATED = 3, 4
"""How often words of up to how many calls are run."""
LETTERS, LONGEST = "rfsa", 6
WORDS = ["".join(word) for n in range(1, LONGEST + 1) for word in product(LETTERS, repeat=n)]
Orders = dict[str, list[int]]
"""For each word, the order in which its calls arrive."""


def order(address: str, word: str, warm: bool) -> str:
    """The order in which a word's calls arrive, in every run."""
    times = RUNS if len(word) <= REPEATED else 1
    runs = {
        "".join(map(str, arrived(address, word, f"{word}{k}{warm}", warm))) for k in range(times)
    }
    assert len(runs) == 1, (word, runs)
    return runs.pop()


def read(path: Path) -> tuple[Orders, Orders]:
    """The orders of a file: of warm objects, and of cold ones."""
    warm, cold = Orders(), Orders()
    for line in path.read_text(encoding="utf-8").splitlines():
        word, at_warm, at_cold = line.split()
        warm[word], cold[word] = list(map(int, at_warm)), list(map(int, at_cold))
    return warm, cold


def main(packages: Path) -> None:
    """Record all words for the release in this folder."""
    package = json.loads((packages / "node_modules/workerd/package.json").read_text())
    with workerd(packages) as address:
        lines = [f"{w} {order(address, w, True)} {order(address, w, False)}\n" for w in WORDS]
    (HERE / f"orders-{package['version']}.txt").write_text("".join(lines))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
