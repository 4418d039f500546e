"""Where each slot is in a packed state."""

from __future__ import annotations

from collections.abc import Iterator

from ordercheck.engines.native.generate.packing import WORD, Packing, Packings, Sizes
from ordercheck.engines.transition import State
from ordercheck.ir.nodes import Program
from ordercheck.ir.record import dataclass

Slots = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Bit `positions` of slots; slot k takes `packings[k].width` bits from there on.

    `kinds` names the errors in which a step may end by their numbers, `reasons` says, by
    number, why generated code may not be able to go on.
    """

    positions: tuple[int, ...]
    packings: tuple[Packing, ...]
    bits: int
    words: int
    kinds: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()

    def encode(self, state: State) -> tuple[int, ...]:
        """A state's words."""
        bits = 0
        for value, packing, position in zip(state, self.packings, self.positions, strict=True):
            bits |= packing.encode(value) << position
        return tuple(bits >> WORD * k & (1 << WORD) - 1 for k in range(self.words))

    def decode(self, words: tuple[int, ...]) -> State:
        """The state with these words."""
        bits = sum(word << WORD * k for k, word in enumerate(words))
        pairs = zip(self.packings, self.positions, strict=True)
        return tuple(
            packing.decode(bits >> position & (1 << packing.width) - 1)
            for packing, position in pairs
        )


def lay_out(program: Program) -> Layout:
    """Positions for a program's slots.

    Slots of an array, and a field of all members of a coroutine, are at a regular
    distance in one word wherever they fit, so that computing an address is arithmetic.
    """
    packings = Packings(Sizes(len(program.tasks), len(program.slots)))
    slots = tuple(packings.of(kind) for kind in program.slots)
    positions = [0] * len(slots)
    filling = _Filling()
    groups = list(_groups(program, [packing.width for packing in slots]))
    # What is widest first: the rest fills the gaps. Groups of one width keep their order.
    for group in sorted(groups, key=lambda group: -_total(group, slots)):
        width = slots[group[0]].width
        for slot, position in zip(group, filling.take(width, len(group)), strict=True):
            positions[slot] = position
    return Layout(tuple(positions), slots, filling.bits, max(1, len(filling.free)))


def _total(group: Slots, slots: tuple[Packing, ...]) -> int:
    return slots[group[0]].width * len(group)


def _groups(program: Program, widths: list[int]) -> Iterator[Slots]:
    """Slots to be kept together: those of an array, and those of one field of a coroutine."""
    seen: set[int] = set()
    for place in program.places:
        group = tuple(range(place.slot, place.slot + place.size))
        if len({widths[slot] for slot in group}) == 1 and not seen.intersection(group):
            seen.update(group)
            yield group
    for coroutine in program.coroutines:
        frame = coroutine.frame
        for field in range(frame.size):
            first = frame.base + field
            group = tuple(first + k * frame.size for k in range(coroutine.members))
            seen.update(group)
            if group:
                yield group
    for slot in range(len(widths)):
        if slot not in seen:
            yield (slot,)


class _Filling:
    """Words being filled; `free` says how many bits each has left at its top."""

    def __init__(self) -> None:
        self.free: list[int] = []
        self.bits = 0

    def take(self, width: int, count: int) -> list[int]:
        """Positions for so many slots of one width."""
        self.bits += width * count
        if width > WORD:
            first = len(self.free) * WORD
            self.free += [0] * (width // WORD * count)
            return [first + k * width for k in range(count)]
        if width * count <= WORD:
            return self._within(width, count)
        per = WORD // width
        found: list[int] = []
        for begin in range(0, count, per):
            found += self._within(width, min(per, count - begin))
        return found

    def _within(self, width: int, count: int) -> list[int]:
        wanted = width * count
        fitting = [(free, k) for k, free in enumerate(self.free) if free >= wanted]
        if fitting:
            # The fullest word that has room, so that large gaps stay.
            free, word = min(fitting)
        else:
            free, word = WORD, len(self.free)
            self.free.append(WORD)
        self.free[word] -= wanted
        first = word * WORD + WORD - free
        return [first + k * width for k in range(count)]
