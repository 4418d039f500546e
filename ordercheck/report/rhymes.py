"""What is told of several steps that are much alike: once, with all in which they differ."""

from __future__ import annotations

from collections.abc import Sequence


def as_one(texts: Sequence[str]) -> str | None:
    """Texts that differ in one word, as one text that has each; None where they differ in more.

    >>> as_one(["waiting: gained 0", "waiting: gained 1"])
    'waiting: gained 0, 1'
    """
    if len(set(texts)) == 1:
        return texts[0]
    words = [text.split(" ") for text in texts]
    if len({len(each) for each in words}) > 1:
        return None
    places = list(zip(*words, strict=True))
    differing = [k for k, found in enumerate(places) if len(set(found)) > 1]
    if len(differing) > 1:
        return None
    told = list(words[0])
    told[differing[0]] = listed(places[differing[0]])
    return " ".join(told)


def listed(words: Sequence[str]) -> str:
    """`a, b, c`; of members of a family, its name once: `producer(0), (1), (2)`."""
    if all(word.endswith(":") for word in words):
        return listed([word.removesuffix(":") for word in words]) + ":"
    family, _, member = words[0].partition("(")
    if member and all(word.startswith(f"{family}(") for word in words):
        words = [words[0], *(word.removeprefix(family) for word in words[1:])]
    return ", ".join(words)


def first_to_last(first: str, last: str) -> str:
    """`turn 3-6`: from the one to the other."""
    return f"{first}-{last.rpartition(' ')[2]}" if first else ""
