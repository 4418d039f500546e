"""Explorers around hand-written headers, compiled once in a run of the tests."""

from __future__ import annotations

import ctypes
import hashlib
import os
import shlex
import shutil
import tempfile
from functools import cache
from pathlib import Path

from ordercheck.engines.native.binding import load
from ordercheck.engines.native.compiler import SOURCES, find_compiler
from ordercheck.engines.native.surveying import load as load_survey

HEADERS = Path(__file__).parent / "headers"
FLAGS = ("-O1", "-Wall", "-Wextra", "-Werror")


def explorer(header: str, *defines: str) -> ctypes.CDLL:
    """The explorer with a header of this folder; `defines` such as "WORDS=3"."""
    return load(_compiled("explorer.c", header, *defines))


def survey(header: str, *defines: str) -> ctypes.CDLL:
    """What makes graphs and random runs, likewise."""
    return load_survey(_compiled("survey.c", header, *defines))


def growing(*defines: str) -> ctypes.CDLL:
    """A table alone: headers/growing.c."""
    return ctypes.CDLL(str(_compiled("growing.c", "graph", *defines)))


def mutated_survey(file: str, old: str, new: str, header: str, *defines: str) -> ctypes.CDLL:
    """The same with other text in one of its files, where `old` stands once."""
    with tempfile.TemporaryDirectory(prefix="ordercheck-tests-") as name:
        folder = Path(name)
        shutil.copytree(SOURCES, folder, dirs_exist_ok=True)
        text = (folder / file).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        (folder / file).write_text(text.replace(old, new), encoding="utf-8")
        return load_survey(_compiled("survey.c", header, *defines, sources=folder))


@cache
def _compiled(source: str, header: str, *defines: str, sources: Path | None = None) -> Path:
    lines = [f"#define {each.replace('=', ' ')}" for each in defines]
    text = "\n".join([*lines, f'#include "{header}.h"', ""])
    key = hashlib.sha256((text + os.environ.get("ORDERCHECK_CFLAGS", "")).encode()).hexdigest()[:16]
    folder = Path(tempfile.mkdtemp(prefix="ordercheck-tests-"))
    (folder / "model.h").write_text(text, encoding="ascii")
    made = folder / f"{key}.so"
    with_flags = {
        "ORDERCHECK_CFLAGS": f"{shlex.join(FLAGS)} {os.environ.get('ORDERCHECK_CFLAGS', '')}"
    }
    before = dict(os.environ)
    os.environ.update(with_flags)
    try:
        # The defines hold for the explorer's own files as well: they come before all of them.
        complaint = find_compiler().compile(
            _whole(folder, text, source), made, (folder, HEADERS, sources or _sources())
        )
    finally:
        os.environ.clear()
        os.environ.update(before)
    assert complaint == "", complaint
    return made


def _sources() -> Path:
    """The engine's own, or copies in which mutations.py has planted a mistake."""
    return Path(os.environ.get("ORDERCHECK_EXPLORER", SOURCES))


def _whole(folder: Path, text: str, part: str) -> Path:
    defines = "".join(line + "\n" for line in text.splitlines() if line.startswith("#define"))
    source = folder / "whole.c"
    source.write_text(f'{defines}#include "{part}"\n', encoding="ascii")
    # model.h must not say them again.
    (folder / "model.h").write_text(text.replace(defines, ""), encoding="ascii")
    return source
