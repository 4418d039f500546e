"""Replays random logs with a real @workflow/core, and records what it makes of them.

    npm install --prefix DIR @workflow/core@4.8.9
    python -m tests.conformance.workflow.record DIR

writes replays-RELEASE.jsonl beside this file: a log and its outcome a line.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.conformance.workflow.logs import plain, random_logs

HERE = Path(__file__).parent
SEED, COUNT = 2113, 40


def main(packages: Path) -> None:
    """Record the logs for the release in this folder."""
    package = packages / "node_modules/@workflow/core/package.json"
    logs = [
        {"shape": shape, "log": [plain(event) for event in log]}
        for shape, log in random_logs(SEED, COUNT)
    ]
    done = subprocess.run(
        ["node", HERE / "replay.mjs", packages.resolve()],
        input="\n".join(map(json.dumps, logs)),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    # The SDK warns on the standard output, too.
    outcomes = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    lines = [json.dumps({**a, **b}) for a, b in zip(logs, outcomes, strict=True)]
    release = json.loads(package.read_text())["version"]
    (HERE / f"replays-{release}.jsonl").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
