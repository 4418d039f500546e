"""A picture in Graphviz's language: `dot -Tpdf graph.dot`."""

from __future__ import annotations

from ordercheck.report.picture import Arrow, Box, Picture

HEAD = """\
  labelloc=t; fontname="Helvetica,Arial,sans-serif"; fontsize=12;
  node [shape=box, style="rounded,filled", fillcolor=white, fontname="Menlo,Consolas,monospace", fontsize=10];
  edge [fontname="Helvetica,Arial,sans-serif", fontsize=9];
"""  # noqa: E501


def render_dot(picture: Picture) -> str:
    """The whole file. Ends in a newline."""
    lines = [f"  label={_quoted(picture.title)};"] if picture.title else []
    lines += [_box(box) for box in picture.boxes]
    lines += [_arrow(arrow) for arrow in picture.arrows]
    return "digraph states {\n" + HEAD + "\n".join(lines) + "\n}\n"


def _box(box: Box) -> str:
    marks = f"label={_left(box.lines)}, tooltip={_quoted(box.details)}"
    if box.wrong:
        marks += ', color="#b00020", fillcolor="#fde7e9"'
    if box.initial:
        marks += ", penwidth=2.5"
    if box.cut:
        marks += ', style="rounded,dashed"'
    return f"  s{box.number} [{marks}];"


def _arrow(arrow: Arrow) -> str:
    marks = f"label={_left(arrow.lines)}"
    if arrow.wrong:
        marks += ', color="#b00020", fontcolor="#b00020"'
    return f"  s{arrow.source} -> s{arrow.target} [{marks}];"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _left(lines: tuple[str, ...]) -> str:
    """A label of these lines, aligned on the left."""
    return '"' + "".join(_quoted(line)[1:-1] + "\\l" for line in lines) + '"'
