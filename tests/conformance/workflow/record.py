"""Replays random logs with a real @workflow/core, and records what it makes of them.

    npm install --prefix DIR @workflow/core@4.8.9
    python -m tests.conformance.workflow.record DIR

writes replays-RELEASE.jsonl beside this file: a log and its outcome a line.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.conformance.workflow.logs import plain, random_logs

HERE = Path(__file__).parent
SEED, COUNT = 2113, 40


class NotReplayed(Exception):
    """A node that does not do what it is asked, and what it said."""


def run_node(script: str, *arguments: str, given: str = "") -> list[dict[str, Any]]:
    """The lines of JSON that a script of this folder writes; raises NotReplayed."""
    command = ["node", str(HERE / script), *arguments]
    done = subprocess.run(command, input=given, capture_output=True, encoding="utf-8")
    if done.returncode != 0:
        raise NotReplayed(
            f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()}"
        )
    # The SDK warns on the standard output, too.
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"')]


def replayed(logs: Sequence[dict[str, Any]], packages: Path) -> list[dict[str, Any]]:
    """What the release in this folder makes of logs; raises NotReplayed."""
    given = "\n".join(json.dumps({"shape": log["shape"], "log": log["log"]}) for log in logs)
    return run_node("replay.mjs", str(packages.resolve()), given=given)


def main(packages: Path) -> None:
    """Record the logs for the release in this folder."""
    package = packages / "node_modules/@workflow/core/package.json"
    logs = [
        {"shape": shape, "log": [plain(event) for event in log]}
        for shape, log in random_logs(SEED, COUNT)
    ]
    outcomes = replayed(logs, packages)
    lines = [json.dumps({**a, **b}) for a, b in zip(logs, outcomes, strict=True)]
    release = json.loads(package.read_text())["version"]
    (HERE / f"replays-{release}.jsonl").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
