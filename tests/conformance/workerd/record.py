"""Runs calls on a real workerd and records in which order they arrive.

    npm install --prefix DIR workerd@1.20261117.1
    python -m tests.conformance.workerd.record DIR

runs every word of up to 6 calls three times, on objects that are running (warm) and on
new ones (cold), and writes orders-RELEASE.json beside this file: for each word the places
in which its calls arrived. It fails where two runs differ: then no file could be right.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

HERE = Path(__file__).parent
LONGEST, RUNS, PATIENCE = 6, 3, 20.0
WORDS = ["".join(word) for n in range(1, LONGEST + 1) for word in product("rf", repeat=n)]
Orders = dict[str, list[int]]


@contextmanager
def workerd(packages: Path) -> Iterator[str]:
    """A workerd that serves config.capnp; gives its address."""
    (binary,) = packages.glob("node_modules/@cloudflare/workerd-*/bin/workerd")
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [binary, "serve", HERE / "config.capnp", f"--socket-addr=http={address}"]
    with subprocess.Popen(command) as served:
        try:
            wait_for(address)
            yield address
        finally:
            served.terminate()


def wait_for(address: str) -> None:
    """Return once somebody listens; raises OSError if nobody does for long."""
    host, port = address.split(":")
    end = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def arrived(address: str, word: str, name: str, warm: bool) -> list[int]:
    """The order in which a word's calls arrive at the object of this name."""
    query = f"word={word}&name={name}" + ("&warm=1" if warm else "")
    with urllib.request.urlopen(f"http://{address}/?{query}", timeout=PATIENCE) as answer:
        order: list[int] = json.load(answer)
    return order


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
