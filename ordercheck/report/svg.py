"""A picture as SVG, drawn without any other program."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ordercheck.report.layers import Item, Layout, Link, Route, layout
from ordercheck.report.picture import Arrow, Box, Picture
from ordercheck.report.text import columns

COLUMN, LINE = 6.7, 14.0
"""Width of a character and height of a line, at 11 pixels of a monospaced font."""
PAD = 8.0
MARGIN = 16.0
INK, PAPER, WRONG, BLUSH = "#222", "#fff", "#b00020", "#fde7e9"

HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" \
width="{width:.0f}" height="{height:.0f}" font-family="Menlo, Consolas, 'DejaVu Sans Mono', \
monospace" font-size="11">
<title>{title}</title>
<defs>
<marker id="end" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" \
orient="auto"><path d="M0 0L8 4L0 8z" fill="{ink}"/></marker>
<marker id="bad" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" \
orient="auto"><path d="M0 0L8 4L0 8z" fill="{wrong}"/></marker>
</defs>
<rect width="100%" height="100%" fill="{paper}"/>
"""


def render_svg(picture: Picture) -> str:
    """The whole file. Ends in a newline."""
    place = {box.number: k for k, box in enumerate(picture.boxes)}
    items = [_item(box) for box in picture.boxes]
    links = [
        Link(place[a.source], place[a.target], _width(a.lines), len(a.lines) * LINE)
        for a in picture.arrows
    ]
    made = layout(items, links)
    title = columns(picture.title) * COLUMN
    top = MARGIN + (2 * LINE if picture.title else 0)
    parts = [_head(picture, max(made.width, title) + 2 * MARGIN, made.height + top + MARGIN)]
    if picture.title:
        parts.append(_text((picture.title,), MARGIN, MARGIN + LINE / 2, INK, 'font-weight="bold"'))
    parts.append(f'<g transform="translate({MARGIN:g} {top:g})">\n')
    parts += _drawn(picture, items, made)
    return "".join([*parts, "</g>\n</svg>\n"])


def _drawn(picture: Picture, items: Sequence[Item], made: Layout) -> list[str]:
    """Lines first, then boxes, then labels, which must not lie under anything."""
    pairs = list(zip(picture.arrows, made.routes, strict=True))
    parts = [_line(arrow, route) for arrow, route in pairs]
    for box, item, centre in zip(picture.boxes, items, made.centres, strict=True):
        parts.append(_box(box, item, centre))
    return parts + [_label(arrow, route) for arrow, route in pairs]


def _head(picture: Picture, width: float, height: float) -> str:
    return HEAD.format(
        width=width,
        height=height,
        title=escape(picture.title or "state graph"),
        ink=INK,
        wrong=WRONG,
        paper=PAPER,
    )


def _width(lines: Sequence[str]) -> float:
    return max((columns(line) for line in lines), default=0) * COLUMN


def _item(box: Box) -> Item:
    width = max(_width(box.lines), 20.0) + 2 * PAD
    return Item(width, len(box.lines) * LINE + PAD, box.initial, box.level)


def _box(box: Box, item: Item, centre: tuple[float, float]) -> str:
    left, top = centre[0] - item.width / 2, centre[1] - item.height / 2
    marks = f'fill="{BLUSH if box.wrong else PAPER}" stroke="{WRONG if box.wrong else INK}"'
    marks += f' stroke-width="{2.5 if box.initial else 1}"'
    marks += ' stroke-dasharray="4 3"' if box.cut else ""
    return (
        f'<g id="s{box.number}"><title>{escape(box.details)}</title>\n'
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{item.width:.1f}" height="{item.height:.1f}" '
        f'rx="5" {marks}/>\n'
        f"{_text(box.lines, left + PAD, top + PAD / 2 + LINE / 2, INK)}</g>\n"
    )


def _line(arrow: Arrow, route: Route) -> str:
    colour, end = (WRONG, "bad") if arrow.wrong else (INK, "end")
    return (
        f'<path d="{_curve(route.points)}" fill="none" stroke="{colour}" stroke-width="1" '
        f'marker-end="url(#{end})"/>\n'
    )


def _curve(points: Sequence[tuple[float, float]]) -> str:
    """Through all points, up and down at each."""
    (x, y), *rest = points
    path = f"M{x:.1f} {y:.1f}"
    for to_x, to_y in rest:
        half = (y + to_y) / 2
        path += f"C{x:.1f} {half:.1f} {to_x:.1f} {half:.1f} {to_x:.1f} {to_y:.1f}"
        x, y = to_x, to_y
    return path


def _label(arrow: Arrow, route: Route) -> str:
    if not arrow.lines:
        return ""
    x, y = route.label
    left = x - _width(arrow.lines) / 2
    top = y - len(arrow.lines) * LINE / 2 + LINE / 2
    size = f'width="{_width(arrow.lines):.1f}" height="{len(arrow.lines) * LINE:.1f}"'
    ground = f'<rect x="{left:.1f}" y="{top - LINE / 2:.1f}" {size} fill="{PAPER}"/>\n'
    return ground + _text(arrow.lines, left, top, WRONG if arrow.wrong else INK)


def _text(lines: Sequence[str], left: float, middle: float, colour: str, marks: str = "") -> str:
    """Lines below each other; `middle` is the height of the first one's middle."""
    spans = "".join(
        f'<tspan x="{left:.1f}" y="{middle + k * LINE + 3.8:.1f}">{escape(line)}</tspan>'
        for k, line in enumerate(lines)
    )
    marks = f" {marks}" if marks else ""
    return f'<text fill="{colour}" xml:space="preserve"{marks}>{spans}</text>\n'
