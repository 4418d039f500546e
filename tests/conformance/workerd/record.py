"""Runs calls on a real workerd and records in which order they arrive.

    npm install --prefix DIR workerd@1.20261117.1
    python -m tests.conformance.workerd.record DIR

runs every word of RPCs and fetches of up to 6 calls, and every word of up to 4 in which RPCs
also pass streams and abort signals, three times, on objects that are running (warm) and on
new ones (cold), and writes orders-RELEASE.json beside this file: for each word the places
in which its calls arrived. It fails where two runs differ: then no file could be right.
"""

from __future__ import annotations

import json
import sys
from itertools import product
from pathlib import Path

from tests.conformance.workerd.serving import HERE, arrived, workerd

RUNS = 3
LONGEST = {"rf": 6, "rfsa": 4}
WORDS = list(
    dict.fromkeys(
        "".join(word)
        for letters, longest in LONGEST.items()
        for n in range(1, longest + 1)
        for word in product(letters, repeat=n)
    )
)
Orders = dict[str, list[int]]


def orders(address: str, warm: bool) -> Orders:
    """For each word, the order in which its calls arrive, in every run."""
    found: Orders = {}
    for word in WORDS:
        runs = [arrived(address, word, f"{word}{k}{warm}", warm) for k in range(RUNS)]
        assert all(run == runs[0] for run in runs), (word, runs)
        found[word] = runs[0]
    return found


def main(packages: Path) -> None:
    """Record all words for the release in this folder."""
    package = json.loads((packages / "node_modules/workerd/package.json").read_text())
    with workerd(packages) as address:
        recorded = {"warm": orders(address, True), "cold": orders(address, False)}
    lines = [
        f'  "{state}": {{\n' + ",\n".join(f'    "{w}": {o}' for w, o in found.items()) + "\n  }"
        for state, found in recorded.items()
    ]
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    assert json.loads(text) == recorded
    (HERE / f"orders-{package['version']}.json").write_text(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
