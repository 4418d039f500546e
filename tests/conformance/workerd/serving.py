"""A real workerd, served on this machine, and in which order it delivers calls."""

from __future__ import annotations

import json
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
PATIENCE = 20.0


class NotServed(Exception):
    """A workerd that does not start, and what it said."""


@contextmanager
def workerd(
    packages: Path, patience: float = PATIENCE, config: str = "config.capnp"
) -> Iterator[str]:
    """A workerd that serves a configuration of this folder; gives its address. Raises NotServed."""
    found = sorted(packages.glob("node_modules/@cloudflare/workerd-*/bin/workerd"))
    if not found:
        raise NotServed(f"{packages} has no workerd: npm install --prefix {packages} workerd")
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    # Abort signals in RPCs are behind a flag of the experimental ones.
    command = [str(found[0]), "serve", "--experimental", str(HERE / config)]
    with tempfile.TemporaryFile() as said:
        try:
            served = subprocess.Popen(
                [*command, f"--socket-addr=http={address}"], stdout=said, stderr=said
            )
        except OSError as error:
            raise NotServed(f"{found[0]} does not start: {error}") from error
        try:
            wait_for(address, served, patience)
            yield address
        except NotServed as problem:
            said.seek(0)
            text = said.read().decode(errors="replace").strip()
            raise NotServed(f"{found[0]} {problem}; it said: {text or 'nothing'}") from None
        finally:
            served.kill()
            served.wait()


def wait_for(address: str, served: subprocess.Popen[bytes], patience: float) -> None:
    """Return once somebody listens; raises NotServed if nobody does for long."""
    host, port = address.split(":")
    end = time.monotonic() + patience
    while True:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
            return
        except OSError:
            if served.poll() is not None:
                raise NotServed(f"ended with {served.returncode}") from None
            if time.monotonic() > end:
                raise NotServed(f"did not listen for {patience:g} s") from None
            time.sleep(0.05)


def answered(address: str, query: str) -> str:
    """What it answers to a query."""
    with urllib.request.urlopen(f"http://{address}/?{query}", timeout=PATIENCE) as answer:
        text: bytes = answer.read()
    return text.decode()


def arrived(address: str, word: str, name: str, warm: bool) -> list[int]:
    """The order in which a word's calls arrive at the object of this name."""
    query = f"word={word}&name={name}" + ("&warm=1" if warm else "")
    order: list[int] = json.loads(answered(address, query))
    return order
