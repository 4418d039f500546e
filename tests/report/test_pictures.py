"""State graphs as people see them, and where their boxes stand."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import combinations
from xml.etree import ElementTree

import networkx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordercheck.checking.cuts import grouped
from ordercheck.checking.graph import state_graph
from ordercheck.ir.nodes import PropertyKind
from ordercheck.report.dot import render_dot
from ordercheck.report.graphdata import graph_json, graph_ml
from ordercheck.report.layers import Item, Link, layout
from ordercheck.report.picture import Arrow, Box, Picture, picture
from ordercheck.report.svg import render_svg
from tests.checking.graphs import Graph, program_of
from tests.engines.test_exploration import below, claim, counter

Golden = Callable[[str, str], None]
NAMES = {"svg": "http://www.w3.org/2000/svg"}

EVERYTHING = Graph(
    nodes=5,
    starts=(0, 1),
    steps=((((0, 1), "A"), ((0, 2), "B"), ((2, 0), "B"), ((2, 2), "C"), ((1, -1), "A")),),
    forks=((2, (3, 4), "C"),),
    bad=frozenset({3}),
    bad_edges=frozenset({(2, 0)}),
)
"""Two beginnings, a way back, a loop, a choice, a model error, bad states, ends."""

ODD = Picture(
    'A "title" with \\ and <b>',
    (
        Box(0, ("#0", "text = 'a\\n\"<&>'", "✗ 名前"), "all", True, True),
        Box(7, ("#7",), "#7", cut=True, level=2),
    ),
    (Arrow(0, 7, ("go('x;y')", "and 2 more"), True), Arrow(0, 0, ("stay",))),
)


def everything() -> Picture:
    program = program_of(EVERYTHING)
    return picture(state_graph(program), program, "Graph: everything")


def test_a_graph_in_dot(golden: Golden) -> None:
    golden("report/graph.dot", render_dot(everything()))


def test_a_graph_in_svg(golden: Golden) -> None:
    golden("report/graph.svg", render_svg(everything()))


def test_groups_in_dot(golden: Golden) -> None:
    program = program_of(EVERYTHING)
    graph = state_graph(program)
    parts = grouped(graph, lambda n: f"node % 2 = {graph.nodes[n]['state']['node'] % 2}")
    golden("report/groups.dot", render_dot(picture(parts, program)))


def test_a_constraint_is_seen(golden: Golden) -> None:
    program = claim(counter(9), PropertyKind.CONSTRAINT, below(2))
    golden("report/cut.dot", render_dot(picture(state_graph(program), program)))


def test_odd_texts_are_escaped(golden: Golden) -> None:
    golden("report/odd.dot", render_dot(ODD))
    text = render_svg(ODD)
    golden("report/odd.svg", text)
    assert "✗ 名前" in "".join(ElementTree.fromstring(text).itertext())


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_dot_is_what_graphviz_reads() -> None:
    pydot = pytest.importorskip("pydot")
    for made in (everything(), ODD):
        (read,) = pydot.graph_from_dot_data(render_dot(made))
        numbers = {f"s{box.number}" for box in made.boxes}
        assert {node.get_name() for node in read.get_nodes()} - {"node", "edge"} == numbers
        pairs = sorted((edge.get_source(), edge.get_destination()) for edge in read.get_edges())
        assert pairs == sorted((f"s{a.source}", f"s{a.target}") for a in made.arrows)


def test_json_is_what_networkx_reads() -> None:
    program = program_of(EVERYTHING)
    graph = state_graph(program)
    data = json.loads(graph_json(graph, program, "graph.py:Graph", "1.0"))
    read = networkx.node_link_graph(data, edges="edges")
    assert sorted(read.edges(data="action")) == sorted(graph.edges(data="action"))
    assert [read.nodes[n]["state"] for n in read] == [
        {"node": str(data["state"]["node"])} for _, data in graph.nodes(data=True)
    ]
    assert read.graph["what"] == "graph"
    failing = [each for _, errors in read.nodes(data="errors") for each in errors]
    assert [each["actor"] for each in failing] == ["A"]


def test_graphml_is_what_networkx_reads() -> None:
    program = program_of(EVERYTHING)
    graph = state_graph(program)
    read = networkx.parse_graphml(graph_ml(graph, program), node_type=int, force_multigraph=True)
    assert sorted(read.edges(data="action")) == sorted(graph.edges(data="action"))
    assert {n: d["self.node"] for n, d in read.nodes(data=True)} == {
        n: d["state"]["node"] for n, d in graph.nodes(data=True)
    }
    parts = grouped(graph, lambda n: "all")
    read = networkx.parse_graphml(graph_ml(parts, program), node_type=int)
    assert read.nodes[0]["count"] == len(graph)


@st.composite
def drawings(draw: st.DrawFn) -> tuple[list[Item], list[Link]]:
    count = draw(st.integers(1, 9))
    size = st.floats(10, 80)
    items = draw(st.lists(st.builds(Item, size, size), min_size=count, max_size=count))
    ends = st.integers(0, count - 1)
    pairs = draw(st.sets(st.tuples(ends, ends), max_size=20))
    return items, [Link(a, b, draw(size), 14.0) for a, b in sorted(pairs)]


@given(drawings())
def test_nothing_lies_over_anything(drawing: tuple[list[Item], list[Link]]) -> None:
    items, links = drawing
    made = layout(items, links)
    boxes = [(*c, i.width, i.height) for c, i in zip(made.centres, items, strict=True)]
    boxes += [(*r.label, k.width, k.height) for r, k in zip(made.routes, links, strict=True)]
    for x, y, width, height in boxes:
        assert x - width / 2 >= -0.01
        assert x + width / 2 <= made.width + 0.01
        assert y - height / 2 >= -0.01
        assert y + height / 2 <= made.height + 0.01
    for (ax, ay, aw, ah), (bx, by, bw, bh) in combinations(boxes, 2):
        apart = abs(ax - bx) >= (aw + bw) / 2 - 0.01 or abs(ay - by) >= (ah + bh) / 2 - 0.01
        assert apart


@given(drawings())
def test_lines_begin_and_end_at_borders(drawing: tuple[list[Item], list[Link]]) -> None:
    items, links = drawing
    made = layout(items, links)
    for link, route in zip(links, made.routes, strict=True):
        for end, (x, y) in ((link.source, route.points[0]), (link.target, route.points[-1])):
            (cx, cy), item = made.centres[end], items[end]
            assert abs(x - cx) <= item.width / 2 + 0.01
            assert abs(y - cy) <= item.height / 2 + 0.01
            on_side = abs(abs(x - cx) - item.width / 2) < 0.01
            assert on_side or abs(abs(y - cy) - item.height / 2) < 0.01
