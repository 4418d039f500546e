"""Several pieces of work side by side, in processes that are copies of this one."""

from __future__ import annotations

import os
import pickle
import selectors
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from types import FrameType
from typing import Any, Generic, NoReturn, TypeVar

from ordercheck.ir.record import dataclass

T = TypeVar("T")
Order = TypeVar("Order")
Tell = Callable[..., None]
"""Takes what is said of the progress of a piece of work; it can be pickled."""

PATIENCE = 5.0
"""Seconds for work that is interrupted to come to its end."""
SIZE = 8
"""Bytes of a number."""


class Died(Exception):
    """A process ended without a result; the argument says how."""


def can_fork() -> bool:
    """Whether this process may be doubled: not where it has threads, which would not be."""
    return hasattr(os, "fork") and threading.active_count() == 1


@dataclass(slots=True)
class _Worker:
    """A process that takes orders, and says ("told", …), and how each was done."""

    pid: int
    orders: int
    output: int
    at_work: int | None = None


class Jobs(Generic[Order, T]):
    """Pieces of work, of which at most `most` are done at once; a context.

    Each of `orders` is asked what is to be done when there is room for it; `work` does it in
    another process. Orders, results and what is told must be such that they can be
    pickled. An exception of a piece is raised where its result is asked for.
    """

    def __init__(
        self, work: Callable[[Order, Tell], T], orders: Sequence[Callable[[], Order]], most: int
    ) -> None:
        """Nothing begins before the first result is asked for."""
        self._work = work
        self._orders = orders
        self._most = most
        self._begun = 0
        self._interrupted = False
        self._workers: list[_Worker] = []
        self._ended: dict[int, tuple[str, Any]] = {}
        self._selector = selectors.DefaultSelector()

    def __enter__(self) -> Jobs[Order, T]:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End what is still at work."""
        for worker in tuple(self._workers):
            os.kill(worker.pid, signal.SIGKILL)
            self._bury(worker)
        self._selector.close()

    def result(self, number: int, tell: Tell) -> T:
        """What comes of one piece; `tell` hears of its progress meanwhile.

        An interrupt is passed on to all pieces, and what this one comes to after it is
        given; KeyboardInterrupt is raised where that does not come in time.
        Raises Died where there is none.
        """
        try:
            self._fill()
            while number not in self._ended and not self._interrupted:
                self._hear(number, tell, None)
        except KeyboardInterrupt:
            self._interrupt()
        while number not in self._ended:
            at_work = any(worker.at_work == number for worker in self._workers)
            if not at_work or not self._hear(number, _ignore, PATIENCE):
                raise KeyboardInterrupt
        ended, value = self._ended.pop(number)
        if self._interrupted and isinstance(value, Died):
            raise KeyboardInterrupt
        if ended == "raised":
            raise value
        result: T = value
        return result

    def ended(self) -> Iterator[T]:
        """Results that are there, and have not been asked for."""
        return (value for kind, value in self._ended.values() if kind == "done")

    def _interrupt(self) -> None:
        self._interrupted = True
        for worker in self._workers:
            os.kill(worker.pid, signal.SIGINT)

    def _fill(self) -> None:
        """Begin with what there is room for."""
        while self._begun < len(self._orders) and not self._interrupted:
            idle = [worker for worker in self._workers if worker.at_work is None]
            if not idle and len(self._workers) == self._most:
                break
            worker = idle[0] if idle else self._hire()
            worker.at_work = self._begun
            self._begun += 1
            _say(worker.orders, self._orders[worker.at_work]())

    def _hire(self) -> _Worker:
        worker = _forked(self._work)
        self._workers.append(worker)
        self._selector.register(worker.output, selectors.EVENT_READ, worker)
        return worker

    def _hear(self, number: int, tell: Tell, seconds: float | None) -> bool:
        """Take what workers say next; whether anything was said in time."""
        heard = self._selector.select(seconds)
        for key, _ in heard:
            self._take(key.data, tell if key.data.at_work == number else _ignore)
        self._fill()
        return bool(heard)

    def _take(self, worker: _Worker, tell: Tell) -> None:
        said = _read(worker.output)
        if said is not None and said[0] == "told":
            tell(*said[1])
            return
        number, worker.at_work = worker.at_work, None
        if said is None:
            said = ("raised", Died(_how(self._bury(worker))))
        if number is not None:
            self._ended[number] = said

    def _bury(self, worker: _Worker) -> int:
        """Forget a process that ends; gives its exit code."""
        self._workers.remove(worker)
        self._selector.unregister(worker.output)
        os.close(worker.output)
        os.close(worker.orders)
        return os.waitstatus_to_exitcode(os.waitpid(worker.pid, 0)[1])


def _ignore(*_: object) -> None:
    """Hear nothing."""


def _how(code: int) -> str:
    if code < 0:
        with suppress(ValueError):
            return f"it was ended by {signal.Signals(-code).name}"
    return f"its process ended with code {code} and no result"


def _forked(work: Callable[[Order, Tell], T]) -> _Worker:
    sys.stdout.flush()
    sys.stderr.flush()
    taking, orders = os.pipe()
    output, saying = os.pipe()
    # An interrupt must not send the child up the parent's stack before it has its own handler.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    pid = os.fork()
    if pid == 0:
        os.close(orders)
        os.close(output)
        _serve(work, taking, saying)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    os.close(taking)
    os.close(saying)
    return _Worker(pid, orders, output)


def _serve(work: Callable[[Order, Tell], T], orders: int, saying: int) -> NoReturn:
    """Do what is ordered; nothing of the parent's is to run after that."""
    code = 1
    try:
        signal.signal(signal.SIGINT, _interrupt_once)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        while (order := _read(orders)) is not None:
            _say(saying, _done(work, order, lambda *value: _say(saying, ("told", value))))
        code = 0
    except (KeyboardInterrupt, BrokenPipeError):
        pass  # whoever would hear of it has interrupted, or has gone
    finally:
        os._exit(code)


def _done(work: Callable[[Order, Tell], T], order: Order, tell: Tell) -> tuple[str, Any]:
    """How a piece of work ends, and with what."""
    try:
        return "done", work(order, tell)
    except Exception as error:
        return "raised", error
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _interrupt_once(_: int, __: FrameType | None) -> NoReturn:
    """The terminal interrupts, and the parent does: once is enough."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


def _say(pipe: int, value: object) -> None:
    text = pickle.dumps(value)
    rest = memoryview(len(text).to_bytes(SIZE, "big") + text)
    while rest:
        rest = rest[os.write(pipe, rest) :]


def _read(pipe: int) -> Any:
    """What the other side says next; None if it has ended, in the middle of a word perhaps."""
    size = _exactly(pipe, SIZE)
    text = _exactly(pipe, int.from_bytes(size, "big")) if size else b""
    return pickle.loads(text) if text else None


def _exactly(pipe: int, size: int) -> bytes:
    """So many bytes, or none."""
    found = bytearray()
    while len(found) < size:
        more = os.read(pipe, size - len(found))
        if not more:
            return b""
        found += more
    return bytes(found)
