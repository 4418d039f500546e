"""What `ordercheck resume` does: make the request again that a checkpoint keeps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ordercheck.checking.explorers import bad_checkpoint
from ordercheck.cli.session import Request
from ordercheck.cli.verification import verify
from ordercheck.engines.native.checkpoint import Unreadable, read_manifest


def resume(folder: str, arguments: Mapping[str, Any]) -> int:
    """Run the search to its end, or to new limits, and give the exit code."""
    return verify(_request(folder, arguments))


def _request(folder: str, arguments: Mapping[str, Any]) -> Request:
    try:
        kept = read_manifest(Path(folder)).request
        return Request(
            files=tuple(kept["files"]),
            assignments=tuple((name, value) for name, value in kept["assignments"]),
            variants=tuple(kept["variants"]),
            specs=tuple(kept["specs"]),
            invariants=tuple(kept["invariants"]),
            watches=tuple(kept["watches"]),
            continue_=bool(kept["continue_"]),
            hash_compact=bool(kept["hash_compact"]),
            checkpoint=folder,
            resume=True,
            **arguments,
        )
    except Unreadable as error:
        raise bad_checkpoint(folder, str(error)) from None
    except (KeyError, TypeError, ValueError):
        raise bad_checkpoint(folder, "nothing in it says which run it is of") from None
