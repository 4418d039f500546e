"""Work in child processes, which may be killed or given less than a test has itself."""

from __future__ import annotations

import os
import pickle
import signal
import time
from collections.abc import Callable
from typing import Any


class Died(Exception):
    """A child ended without a result; the argument is its wait status."""


def in_child(work: Callable[[], Any], kill_after: float | None = None) -> Any:
    """What `work` returns in a child of this process: no new interpreter has to be started.

    Raises Died where the child does not get that far, killed after so many seconds or not.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _work_and_exit(work, writer)
    os.close(writer)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reader, "rb") as stream:
        told = stream.read()
    status = os.waitpid(child, 0)[1]
    if status:
        raise Died(status)
    return pickle.loads(told)


def _work_and_exit(work: Callable[[], Any], writer: int) -> None:
    code = 1
    try:
        told = pickle.dumps(work())
        with os.fdopen(writer, "wb") as stream:
            stream.write(told)
        code = 0
    finally:
        os._exit(code)
