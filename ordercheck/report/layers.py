"""Where to draw the nodes of a directed graph: in layers, most edges pointing down.

After Sugiyama, Tagawa and Toda (1981): layers by distance from the start, a dummy in
each layer that an edge passes, an order in the layers that has few crossings, then
places that keep edges straight. The label of an edge is one of its dummies, in a layer
between those of nodes, so that nothing lies over anything. Made for some hundred nodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean

SWEEPS = 12
"""Passes over the layers, each of which may find an order with fewer crossings."""
GAP_X, GAP_Y = 22.0, 22.0
"""Between neighbours in a layer, and between layers."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Item:
    """A node to be placed; `level` decides where those begin that no root leads to."""

    width: float
    height: float
    root: bool = False
    level: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """An edge between two items, by their indices, with the size of its label."""

    source: int
    target: int
    width: float = 0.0
    height: float = 0.0


@dataclass(frozen=True, slots=True)
class Route:
    """Where a link goes: from one item's border to another's, and the centre of its label."""

    points: tuple[Point, ...]
    label: Point


Ends = tuple[tuple[Item, Point], tuple[Item, Point]]
"""The items that a link connects, each with its centre."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Centres of items and the routes of links, both in the order given; the size of it all."""

    centres: tuple[Point, ...]
    routes: tuple[Route, ...]
    width: float
    height: float


@dataclass(slots=True)
class _Cell:
    """An item, or the dummy of a link, in its layer."""

    layer: int
    width: float
    height: float
    x: float = 0.0
    up: list[int] = field(default_factory=list)
    down: list[int] = field(default_factory=list)


def layout(items: Sequence[Item], links: Sequence[Link]) -> Layout:
    """Place everything. Depends on nothing but its arguments."""
    loops = {k for k, link in enumerate(links) if link.source == link.target}
    cells = _cells(items, links, loops)
    chains = {k: _chain(cells, link) for k, link in enumerate(links) if k not in loops}
    rows = _ordered(cells)
    _place(cells, rows)
    heights = [max((cells[c].height for c in row), default=0.0) for row in rows]
    ys: list[float] = []
    bottom = 0.0
    for height in heights:
        ys.append(bottom + height / 2)
        bottom += height + GAP_Y
    left = min((cell.x - cell.width / 2 for cell in cells), default=0.0)
    for cell in cells:
        cell.x -= left
    right = max((cell.x + cell.width / 2 for cell in cells), default=0.0)
    # A loop makes its item's cell wider on the right; the item itself stays on the left.
    centres = [
        (cells[k].x - (cells[k].width - item.width) / 2, ys[cells[k].layer])
        for k, item in enumerate(items)
    ]
    at = list(zip(items, centres, strict=True))
    routes = [
        _loop(link, *at[link.source])
        if k in loops
        else _route(cells, chains[k], ys, (at[link.source], at[link.target]))
        for k, link in enumerate(links)
    ]
    return Layout(tuple(centres), tuple(routes), right, max(0.0, bottom - GAP_Y))


# --- layers and dummies ---------------------------------------------------------------


def _cells(items: Sequence[Item], links: Sequence[Link], loops: set[int]) -> list[_Cell]:
    extra = [0.0] * len(items)
    heights = [item.height for item in items]
    for k in loops:
        item = links[k].source
        extra[item] = max(extra[item], links[k].width + 26)
        heights[item] = max(heights[item], links[k].height)
    depths = _depths(items, links)
    # Layers of items are the even ones; labels have the odd ones between them.
    return [
        _Cell(2 * depth, item.width + more, height)
        for item, depth, more, height in zip(items, depths, extra, heights, strict=True)
    ]


def _depths(items: Sequence[Item], links: Sequence[Link]) -> list[int]:
    """Distance from the roots; what they don't reach begins with those of least level."""
    following: list[list[int]] = [[] for _ in items]
    entered = [False] * len(items)
    for link in links:
        following[link.source].append(link.target)
        entered[link.target] = entered[link.target] or link.source != link.target
    found = [-1] * len(items)
    rank = sorted(range(len(items)), key=lambda k: (entered[k], items[k].level, k))
    starts = [k for k, item in enumerate(items) if item.root] or rank[:1]
    while starts:
        frontier, depth = list(dict.fromkeys(starts)), 0
        while frontier:
            for k in frontier:
                found[k] = depth
            ahead = (n for k in frontier for n in following[k] if found[n] < 0)
            frontier, depth = list(dict.fromkeys(ahead)), depth + 1
        starts = [k for k in rank if found[k] < 0][:1]
    return found


def _chain(cells: list[_Cell], link: Link) -> list[int]:
    """New cells for a link's dummies, from its source to its target; one is the label's."""
    first, last = cells[link.source].layer, cells[link.target].layer
    if first == last:
        passed = [first + 1]
    else:
        passed = list(range(first + 1, last) if first < last else range(first - 1, last, -1))
    odd = [layer for layer in passed if layer % 2]
    middle = odd[len(odd) // 2]
    chain: list[int] = []
    for layer in passed:
        is_label = layer == middle
        chain.append(len(cells))
        width, height = (link.width, link.height) if is_label else (6.0, 0.0)
        cells.append(_Cell(layer, width, height))
    path = [link.source, *chain, link.target]
    for a, b in pairwise(path):
        upper, lower = (a, b) if cells[a].layer < cells[b].layer else (b, a)
        cells[upper].down.append(lower)
        cells[lower].up.append(upper)
    return chain


# --- order ----------------------------------------------------------------------------


def _ordered(cells: list[_Cell]) -> list[list[int]]:
    """The cells of each layer from left to right: the order found with fewest crossings."""
    rows: list[list[int]] = [[] for _ in range(max((c.layer for c in cells), default=-1) + 1)]
    for k, cell in enumerate(cells):
        rows[cell.layer].append(k)
    best, fewest = [list(row) for row in rows], _crossings(cells, rows)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        down = sweep % 2 == 0
        for row in rows if down else reversed(rows):
            _sort_row(cells, rows, row, down)
        crossings = _crossings(cells, rows)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
    return best


def _sort_row(cells: list[_Cell], rows: list[list[int]], row: list[int], down: bool) -> None:
    if not row:
        return
    layer = cells[row[0]].layer
    other = layer - 1 if down else layer + 1
    if not 0 <= other < len(rows):
        return
    place = {k: x for x, k in enumerate(rows[other])}
    weight: dict[int, float] = {}
    for x, k in enumerate(row):
        near = cells[k].up if down else cells[k].down
        weight[k] = fmean(place[n] for n in near) if near else float(x)
    row.sort(key=lambda k: weight[k])


def _crossings(cells: list[_Cell], rows: list[list[int]]) -> int:
    """Pairs of lines between two layers that cross, in all."""
    total = 0
    for upper, lower in pairwise(rows):
        place = {k: x for x, k in enumerate(lower)}
        ends = [place[n] for k in upper for n in sorted(cells[k].down, key=place.__getitem__)]
        # Inversions, by a Fenwick tree over the places in the lower layer.
        tree = [0] * (len(lower) + 1)
        for seen, end in enumerate(ends):
            k, before = end + 1, 0
            while k:
                before += tree[k]
                k &= k - 1
            total += seen - before
            k = end + 1
            while k < len(tree):
                tree[k] += 1
                k += k & -k
    return total


# --- places ---------------------------------------------------------------------------


def _place(cells: list[_Cell], rows: list[list[int]]) -> None:
    """Give every cell its x: near those that it is connected to, over none in its layer."""
    for row in rows:
        x = 0.0
        for k in row:
            x += cells[k].width / 2
            cells[k].x = x
            x += cells[k].width / 2 + GAP_X
    for sweep in range(2 * SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wanted = []
            for k in row:
                near = cells[k].up if sweep % 2 == 0 else cells[k].down
                near = near or cells[k].up or cells[k].down
                wanted.append(fmean(cells[n].x for n in near) if near else cells[k].x)
            _settle(cells, row, wanted)


def _settle(cells: list[_Cell], row: list[int], wanted: list[float]) -> None:
    """Put a row's cells where they want to be, as far as the order and their widths allow.

    Each stands in the middle between the leftmost and the rightmost place that the
    wishes of its neighbours leave it.
    """
    rights: list[float] = []
    for k, wish in zip(row, wanted, strict=True):
        least = rights[-1] + GAP_X + cells[k].width / 2 if rights else wish
        rights.append(max(wish, least) + cells[k].width / 2)
    lefts: list[float] = []
    for k, wish in zip(reversed(row), reversed(wanted), strict=True):
        most = lefts[-1] - GAP_X - cells[k].width / 2 if lefts else wish
        lefts.append(min(wish, most) - cells[k].width / 2)
    for k, right, left in zip(row, rights, reversed(lefts), strict=True):
        half = cells[k].width / 2
        cells[k].x = ((right - half) + (left + half)) / 2


# --- routes ---------------------------------------------------------------------------


def _route(cells: list[_Cell], chain: list[int], ys: Sequence[float], ends: Ends) -> Route:
    passed = [(cells[k].x, ys[cells[k].layer]) for k in chain]
    label = max(range(len(chain)), key=lambda k: (cells[chain[k]].height, -k))
    (source, start), (target, end) = ends
    first, last = _border(start, source, passed[0]), _border(end, target, passed[-1])
    return Route((first, *passed, last), passed[label])


def _border(centre: Point, item: Item, towards: Point) -> Point:
    """Where a line to a point above or below an item leaves it."""
    x, y = centre
    reach = max(0.0, item.width / 2 - 8)
    shift = max(-reach, min(reach, (towards[0] - x) * 0.4))
    return x + shift, y + item.height / 2 * (1 if towards[1] > y else -1)


def _loop(link: Link, item: Item, centre: Point) -> Route:
    x, y = centre[0] + item.width / 2, centre[1]
    half = min(7.0, item.height / 2)
    points = ((x, y - half), (x + 18, y - half), (x + 18, y + half), (x, y + half))
    return Route(points, (x + 22 + link.width / 2, y))
