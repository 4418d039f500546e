"""Packed states as the other engines have them, quickly where there are many of one model."""

from __future__ import annotations

from collections.abc import Sequence

from ordercheck.engines.native.generate.layout import Layout
from ordercheck.engines.native.generate.packing import WORD, Packing
from ordercheck.engines.transition import State
from ordercheck.ir.types import Value

MOST_VALUES = 1 << 16
"""Values of a slot that are kept, so that equal ones are decoded once, and shared."""


class Decoder:
    """Decodes states of one layout."""

    def __init__(self, layout: Layout) -> None:
        """Of states with this layout."""
        pairs = zip(layout.packings, layout.positions, strict=True)
        self.slots: list[tuple[int, int, int, Packing, dict[int, Value]]] = [
            (position // WORD, position % WORD, (1 << packing.width) - 1, packing, {})
            for packing, position in pairs
        ]

    def state(self, words: Sequence[int]) -> State:
        """The state with these words, which may be more than the layout's."""
        found: list[Value] = []
        for word, shift, mask, packing, values in self.slots:
            if not mask:  # a value that cannot be another may lie behind the last word
                bits = 0
            elif mask >> WORD:  # a wide one takes whole words
                count = packing.width // WORD
                bits = sum(words[word + k] << WORD * k for k in range(count))
            else:
                bits = words[word] >> shift & mask
            try:
                value = values[bits]
            except KeyError:
                if len(values) >= MOST_VALUES:
                    values.clear()
                value = values[bits] = packing.decode(bits)
            found.append(value)
        return tuple(found)
