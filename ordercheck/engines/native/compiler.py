"""The C compiler: which one, and a run of it."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from ordercheck.engines.native.unavailable import Unavailable
from ordercheck.ir.record import dataclass

SOURCES = Path(__file__).parent / "c"
"""The explorer, which is written in C once for all models."""

FLAGS = ("-std=c11", "-O2", "-fPIC", "-fvisibility=hidden", "-pthread")

EXTRA = "ORDERCHECK_CFLAGS"
"""The environment variable with more flags, for those who debug or sanitize."""

SHORTAGE = re.compile(
    r"memory exhausted|out of memory|Cannot allocate memory|No space left on device"
    r"|Disk quota exceeded|Killed signal",
    re.IGNORECASE,
)
"""What compilers say when the machine is at fault, and not what they compile."""

ANSWER = 12345

PROBE = f"""#include <pthread.h>
#include <stdint.h>
__attribute__((visibility("default"))) int32_t probe(void) {{ return {ANSWER}; }}
"""


class GeneratedCodeFails(Exception):
    """The compiler works, but refuses the C that was generated: a defect of ordercheck's.

    `file` has that C, for the report.
    """

    def __init__(self, file: str, complaint: str) -> None:
        """Keep what the compiler says."""
        super().__init__(
            f"the C that was generated does not compile (it is in {file})\n{complaint}"
        )
        self.file = file


@dataclass(frozen=True, slots=True)
class Compiler:
    """How it is called, and what tells one version of it from another."""

    command: tuple[str, ...]
    identity: str

    def flags(self) -> tuple[str, ...]:
        """All flags, those from the environment included."""
        return (*FLAGS, *_words(os.environ.get(EXTRA, ""), EXTRA))

    def compile(
        self,
        source: Path,
        to: Path,
        include: Sequence[Path] = (),
        more: Sequence[str] = ("-shared",),
    ) -> str:
        """Compile a source, to a shared object unless `more` flags say otherwise.

        Gives what the compiler complains of, "" if it is done. Raises Unavailable where it cannot
        even be started, or the machine lacks room for it.
        """
        includes = [f"-I{folder}" for folder in include]
        command = [*self.command, *self.flags(), *includes, str(source), *more, "-o", str(to)]
        try:
            code, complaint = _ended(command)
        except OSError as error:
            raise Unavailable(f"{self.command[0]} cannot be run: {error.strerror}") from None
        if code == 0 and to.exists():
            return ""
        if shortage := SHORTAGE.search(complaint):
            raise Unavailable(f"the C compiler {self.command[0]} has met: {shortage[0]}")
        return complaint.strip() or f"it ended with code {code}"

    def check_works(self) -> None:
        """Raise Unavailable if it does not make three lines work that are certainly right."""
        with tempfile.TemporaryDirectory(prefix="ordercheck-") as folder:
            source, part, whole = (Path(folder, f"probe.{suffix}") for suffix in ("c", "o", "so"))
            source.write_text(PROBE, encoding="ascii")
            complaint = self.compile(source, part, more=("-c",)) or self.compile(part, whole)
            if not complaint:
                try:
                    found = ctypes.CDLL(str(whole)).probe()
                except (OSError, AttributeError) as error:
                    complaint = f"what it makes cannot be loaded: {error}"
                else:
                    complaint = "" if found == ANSWER else f"what it makes says {found}"
        if complaint:
            first = complaint.splitlines()[0]
            raise Unavailable(f"the C compiler {shlex.join(self.command)} does not work: {first}")


def _ended(command: Sequence[str]) -> tuple[int, str]:
    """The code with which a command ended, and what it complained of.

    An interrupt ends it at once, with whatever it has started: `subprocess.run` would give it
    a quarter of a second first.
    """
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            start_new_session=True,
        )
        try:
            _, status = os.waitpid(process.pid, 0)
        except BaseException:
            os.killpg(process.pid, signal.SIGTERM)
            _, status = os.waitpid(process.pid, 0)
            raise
        finally:
            process.returncode = os.waitstatus_to_exitcode(status)
        complaints.seek(0)
        return process.returncode, complaints.read().decode(errors="replace")


def find_compiler(asked: str | None = None) -> Compiler:
    """The one `asked` for, or `$CC`; else cc, gcc, clang, or the zig of the ziglang package.

    Raises Unavailable if there is none.
    """
    if os.name != "posix":
        raise Unavailable("it needs a POSIX system")
    if given := _words(asked or os.environ.get("CC", ""), "the compiler"):
        path = shutil.which(given[0])
        if path is None:
            raise Unavailable(f"there is no compiler {given[0]!r}")
        return Compiler(tuple(given), _identity(given, path))
    for command in _candidates():
        if (path := shutil.which(command[0])) is not None:
            return Compiler(tuple(command), _identity(command, path))
    raise Unavailable("no C compiler (cc, gcc, clang; or: pip install ziglang)")


def _words(text: str, of: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise Unavailable(f"{of} cannot be read, {text!r}: {error}") from None


def _candidates() -> Iterator[list[str]]:
    yield from (["cc"], ["gcc"], ["clang"])
    if importlib.util.find_spec("ziglang") is not None:
        yield [sys.executable, "-m", "ziglang", "cc"]


def _identity(command: Sequence[str], path: str) -> str:
    """Changes when the compiler does; asking it for its version would take longer."""
    real = os.path.realpath(path)
    status = os.stat(real)
    return "\0".join([*command, real, str(status.st_size), str(status.st_mtime_ns)])
