"""How much memory this process uses."""

from __future__ import annotations

import os
import sys


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
