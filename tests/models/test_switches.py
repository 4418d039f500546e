"""docs/systems.md tells of each variant of the event logs' models, and of no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ordercheck.frontend.loading import load_models

ROOT = Path(__file__).parents[2]
FILES = sorted(
    [
        *(ROOT / "models").glob("event_log*.py"),
        *(ROOT / "models" / n for n in ("as_of.py", "run_start.py", "step_executor.py")),
    ]
)


def told() -> Iterator[tuple[str, str]]:
    """File and variant, as the last column of the table of switches names them."""
    for line in (ROOT / "docs" / "systems.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if len(cells) == 3 and re.match(r'`\w+\.py` "', cells[2]):
            for file, names in re.findall(r'`(\w+\.py)` ((?:"[^"]+"(?:, )?)+)', cells[2]):
                for name in re.findall(r'"([^"]+)"', names):
                    yield file, name


def test_each_variant_is_a_row_and_each_row_has_variants() -> None:
    there = {(f.name, v.name) for f in FILES for (m,) in [load_models(str(f))] for v in m.variants}
    assert set(told()) == there
