"""The model files below a folder."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator

from ordercheck.cli.output import bad_file
from ordercheck.cli.progress import Progress

SKIPPED = ("__pycache__", "node_modules", "site-packages", "build", "dist", "venv")
"""Names of folders that hold what others wrote, or what was made of what stands elsewhere."""
MOST_FILES = 50_000
"""Files that are gone through before the first model is found.

The largest checkouts have some 100,000 files, and models are not the last of them; a disk
has millions.
"""


def model_files(folder: str, quiet: bool = False) -> list[str]:
    """Python files below a folder that define a class derived from Model, in order of name.

    Raises BadInput where so many files have been gone through in vain that the folder
    can hardly be meant.
    """
    found: list[str] = []
    looked = 0
    with Progress(f"looking for models in {folder}", "", quiet) as progress:
        for names in _files(folder):
            looked += len(names)
            found += [file for file in names if file.endswith(".py") and defines_model(file)]
            if looked > MOST_FILES and not found:
                headline = f"there is no model among the first {MOST_FILES:,} files in {folder}"
                help = "name the folder that your models are in, or a model's file"
                raise bad_file("E903", headline, folder, help)
            progress.update_files(looked, len(found))
    return found


def _files(folder: str) -> Iterator[list[str]]:
    """The files of one folder after the other."""
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _is_foreign(where, name))
        yield [os.path.normpath(os.path.join(where, name)) for name in sorted(names)]


def _is_foreign(where: str, name: str) -> bool:
    """Whether a folder holds what the author of models did not write."""
    environment = os.path.join(where, name, "pyvenv.cfg")
    return name.startswith(".") or name in SKIPPED or os.path.exists(environment)


def defines_model(file: str) -> bool:
    """Whether a Python file defines a model, by a look at its text."""
    try:
        with open(file, "rb") as stream:
            source = stream.read()
        # Most files are not models; parsing them all would take longer than checking.
        if b"ordercheck" not in source or b"Model" not in source:
            return False
        tree = ast.parse(source)
    except (OSError, SyntaxError, ValueError, RecursionError):
        return False
    return any(isinstance(node, ast.ClassDef) and _is_model(node) for node in tree.body)


def _is_model(definition: ast.ClassDef) -> bool:
    """Whether a class derives from Model, or from what is named like one, and is not abstract."""
    bases = [ast.unparse(base).rpartition(".")[2] for base in definition.bases]
    return "ABC" not in bases and any(base.endswith("Model") for base in bases)
