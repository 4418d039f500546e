"""How much memory this process uses, and how much it could."""

from __future__ import annotations

import os
import sys

SHARE = 0.7
"""The part of the machine's free memory that is used where no bound is given."""


def memory_used() -> int | None:
    """Bytes of memory in use, at its peak where only that is known; None where nothing is."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        pass
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def memory_available() -> int | None:
    """Bytes that could still be used without taking them from others; None where unknown."""
    free = [each for each in (_meminfo(), _of_control_group()) if each is not None]
    return min(free, default=None)


def _meminfo() -> int | None:
    try:
        with open("/proc/meminfo", encoding="ascii") as meminfo:
            for line in meminfo:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, OSError, ValueError):
        return None


def _of_control_group() -> int | None:
    """What a container's limit leaves."""
    try:
        with open("/sys/fs/cgroup/memory.max", encoding="ascii") as limit:
            most = int(limit.read())
        with open("/sys/fs/cgroup/memory.current", encoding="ascii") as current:
            return max(0, most - int(current.read()))
    except (OSError, ValueError):  # no group, or "max"
        return None


def memory_bound(asked: int | None) -> int:
    """Bytes that may still be taken: what is asked for all of the process, less what it has."""
    if asked is not None:
        return asked - (memory_used() or 0)
    return int(SHARE * (memory_available() or 2 << 30))


def memory_limit(bytes_: int) -> str:
    """A bound that was reached, as limits are told."""
    return f"{bytes_ / 2**20:,.0f} MiB of memory"


def memory_told(used: int, bound: int | None) -> str:
    """Bytes in use, against their bound if there is one, for a line of progress."""
    gib = f"{used / 2**30:.2f}"
    return f"{gib} GiB" if bound is None else f"{gib} of {bound / 2**30:.1f} GiB"
