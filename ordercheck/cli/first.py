"""A first model and its test, for somebody to begin from."""

from __future__ import annotations

import keyword
import os

from ordercheck.cli.output import bad_file, write_whole

MODEL = '''\
"""Clients that add 1 to one balance: each reads it, then writes back what it read plus 1.

    ordercheck verify {file}

tries every order in which their steps can happen.
"""

from ordercheck import (
    Model,
    boolean,
    holds,
    integer,
    invariant,
    param,
    process,
    reachable,
    step,
    until,
    variant,
    violates,
)


class {model}(Model):
    # Parameters: what a run is made with. `--set clients=3` sets one.
    clients: int = param(2, lo=1, hi=4, help="how many clients there are")
    locked: bool = param(False, help="whether a client takes the lock before it reads")

    # What is expected of which parameters. `ordercheck verify` checks all of it.
    variants = [
        variant("as written", expect=violates("nothing_lost")),
        variant("with a lock", locked=True, expect=holds()),
    ]

    def setup(self) -> None:
        # The state. Whatever may change is declared, with the values that it can have.
        self.balance = integer(0, lo=0, hi=self.clients)
        self.added = integer(0, lo=0, hi=self.clients)
        self.taken = boolean(False)

    # One process a client. A step goes from one `await` to the next, and between two
    # steps of one client any other may take any number of its own.
    @process(each=lambda self: range(self.clients))
    async def client(self, i: int) -> None:
        if self.locked:
            await until(not self.taken)
            self.taken = True
        seen = self.balance
        await step()
        self.balance = seen + 1
        self.added += 1
        self.taken = False

    # What must be true at every moment.
    @invariant
    def nothing_lost(self) -> bool:
        return self.balance == self.added

    # What must happen in some run: else the invariant might hold because nothing does.
    @reachable
    def all_added(self) -> bool:
        return self.added == self.clients
'''

TEST = '''\
"""Run with pytest."""

from {name} import {model}

from ordercheck import Outcome, verify


def test_updates_are_lost_without_a_lock() -> None:
    verdict = verify({model})
    assert verdict.outcome is Outcome.VIOLATED
    assert verdict.violations[0].name == "nothing_lost"


def test_the_lock_helps() -> None:
    assert verify({model}, locked=True).outcome is Outcome.HOLDS


def test_the_lock_helps_three_clients() -> None:
    assert verify({model}, clients=3, locked=True).outcome is Outcome.HOLDS
'''


def write_first(name: str) -> str:
    """Write both files, below the current folder or at the path; says what to do next.

    Raises BadInput where the name is no module's, or a file is there already.
    """
    folder, module = os.path.split(name.removesuffix(".py"))
    if not module.isidentifier() or keyword.iskeyword(module):
        words = f"{module!r} cannot be the name of a Python module"
        plain = "".join(c if c.isalnum() else "_" for c in module.lower()).strip("_")
        known = plain.isidentifier() and not keyword.iskeyword(plain)
        raise bad_file("E906", words, "", f"ordercheck new {plain}" if known else "")
    file = os.path.join(folder, f"{module}.py")
    test = os.path.join(folder, f"test_{module}.py")
    for path in (file, test):
        if os.path.lexists(path):
            raise bad_file("E907", f"{path} is there already; nothing was written", path)
    model = "".join(part[:1].upper() + part[1:] for part in module.split("_")) or module
    if not model.isidentifier() or model == "Model":
        model = "First"
    # str.replace, not str.format: the model is full of other braces some day.
    for path, text in ((file, MODEL), (test, TEST)):
        for key, value in (("{file}", file), ("{model}", model), ("{name}", module)):
            text = text.replace(key, value)
        write_whole(path, text)
    return f"Wrote {file} and {test}.\nNext: ordercheck verify {file}"
