"""Packages are installed once, as pinned; where that cannot be, it is said how, or it fails."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.conformance import packages
from tests.conformance.packages import FILES, NAMES, PINNED, Missing


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for npm, which notes that it was called, and an empty cache."""
    program = tmp_path / "bin" / "npm"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\nmkdir node_modules\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("CI", raising=False)
    return program


@pytest.mark.parametrize("name", NAMES)
def test_versions_are_pinned(name: str) -> None:
    asked = json.loads((PINNED / name / "package.json").read_text())["dependencies"]
    lock = json.loads((PINNED / name / "package-lock.json").read_text())
    for package, version in asked.items():
        assert lock["packages"][f"node_modules/{package}"]["version"] == version
    assert "resolved" not in json.dumps(lock)


def test_what_is_missing_is_skipped_with_the_command(npm: Path) -> None:
    with pytest.raises(pytest.skip.Exception, match=re.escape(packages.COMMAND)):
        packages.installed(NAMES[0])


def test_ci_installs_it_once(npm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    folder = packages.installed(NAMES[0])
    assert packages.installed(NAMES[0]) == folder
    assert sorted(each.name for each in folder.iterdir()) == sorted([*FILES, "node_modules"])
    assert len((tmp_path / "calls").read_text().splitlines()) == 1


def test_ci_fails_where_it_cannot(npm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    npm.write_text("#!/bin/sh\necho no network >&2; exit 1\n")
    with pytest.raises(Missing, match="no network"):
        packages.installed(NAMES[0])
    assert not packages.folder_of(NAMES[0]).exists()


def test_no_npm(
    npm: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    assert packages.main() == 1
    assert "npm is not there" in capsys.readouterr().err
