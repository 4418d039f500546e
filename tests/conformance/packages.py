"""The npm packages that live runs need: pinned in packages/, installed once, and kept.

    python -m tests.conformance.packages

installs all of them, some 500 MB, in the user's cache folder. Tests that need one are
skipped where it is not installed; where the environment says CI, they install it, and fail
if that cannot be done.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PINNED = Path(__file__).parent / "packages"
NAMES = sorted(folder.name for folder in PINNED.iterdir())
FILES = ("package.json", "package-lock.json")
COMMAND = "python -m tests.conformance.packages"
PATIENCE = 300


class Missing(Exception):
    """Packages that cannot be had, and why."""


def folder_of(name: str) -> Path:
    """Where packages are installed: elsewhere for each lock file."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    lock = (PINNED / name / "package-lock.json").read_bytes()
    return cache / "ordercheck" / "npm" / f"{name}-{hashlib.sha256(lock).hexdigest()[:12]}"


def installed(name: str) -> Path:
    """The folder with these packages, for a test that needs them."""
    folder = folder_of(name)
    if folder.exists():
        return folder
    if not os.environ.get("CI"):
        pytest.skip(f"{name} is not installed: {COMMAND}")
    return install(name)


def install(name: str) -> Path:
    """Install packages, unless they are; raises Missing.

    They appear at once, by a rename, and only one process at a time installs them.
    """
    folder = folder_of(name)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder.with_name(f"{folder.name}.lock")):
        if not folder.exists():
            part = folder.with_name(f"{folder.name}.part")
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            for file in FILES:
                shutil.copy(PINNED / name / file, part)
            npm_install(part, name)
            part.rename(folder)
    return folder


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Be the only process that holds this lock."""
    with file.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def npm_install(folder: Path, name: str) -> None:
    """Install what the lock file says; raises Missing.

    Not by `npm ci`: it wants the lock to tell of every platform, and some releases of workerd
    do not exist for all.
    """
    command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        run = subprocess.run(
            command, cwd=folder, capture_output=True, encoding="utf-8", timeout=PATIENCE
        )
    except FileNotFoundError:
        raise Missing(
            f"{name} cannot be installed: npm is not there, which comes with node"
        ) from None
    except subprocess.TimeoutExpired:
        raise Missing(f"{name} cannot be installed: npm took more than {PATIENCE} s") from None
    if run.returncode != 0:
        raise Missing(f"{name} cannot be installed: npm said\n{run.stderr.strip()}")


def main() -> int:
    """Install everything."""
    try:
        for name in NAMES:
            print(f"{name}: {install(name)}")
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
