"""A state graph for other programs: JSON that networkx reads, and GraphML.

The JSON is networkx's node-link form, `node_link_graph(data, edges="edges")`, with
`schema`, `ordercheck`, `what` ("graph"), `model`, `parameters` and `limit` under
`graph`. Its nodes have the fields of `checking.graph` (values as text, as in traces)
or of `checking.cuts.grouped`. GraphML has one attribute for each place, `self.path`,
typed where the place holds a number or a truth value.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ordercheck.ir.nodes import Program
from ordercheck.ir.types import BoolType, IntType
from ordercheck.traces.places import View

if TYPE_CHECKING:
    import networkx

    StateGraph = networkx.MultiDiGraph[int]

SCHEMA = 1


def graph_json(graph: StateGraph, program: Program, model: str, version: str) -> str:
    """The text of a JSON file."""
    view = View(program)
    data = {
        "directed": True,
        "multigraph": True,
        "graph": {
            "schema": SCHEMA,
            "ordercheck": version,
            "what": "graph",
            "model": model,
            "parameters": dict(program.parameters),
            "limit": graph.graph["limit"],
        },
        "nodes": [{"id": n, **_node(data, view)} for n, data in graph.nodes(data=True)],
        "edges": [
            {"source": a, "target": b, "key": key, **_edge(data)}
            for a, b, key, data in graph.edges(keys=True, data=True)
        ],
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _node(data: dict[str, Any], view: View) -> dict[str, Any]:
    found = {name: value for name, value in data.items() if name not in ("raw", "state", "errors")}
    if "raw" in data:
        found["state"] = dict(view.state(data["raw"]))
        names = ("actor", "action", "message")
        found["errors"] = [dict(zip(names, each, strict=True)) for each in data["errors"]]
    return found


def _edge(data: dict[str, Any]) -> dict[str, Any]:
    found = {name: value for name, value in data.items() if name != "label"}
    found["choices"] = [{"name": name, "value": value} for name, value in data["choices"]]
    return found


def graph_ml(graph: StateGraph, program: Program) -> str:
    """The text of a GraphML file."""
    import networkx

    view = View(program)
    flat: networkx.MultiDiGraph[int] = networkx.MultiDiGraph()
    for number, data in graph.nodes(data=True):
        flat.add_node(number, **_flat_node(data, view))
    for source, target, key, data in graph.edges(keys=True, data=True):
        edge = {name: data[name] for name in ("action", "step", "actor")}
        edge["choices"] = ", ".join(f"{name} = {value}" for name, value in data["choices"])
        edge["violates"] = ", ".join(data["violates"])
        if "count" in data:
            edge["count"] = data["count"]
        flat.add_edge(source, target, key=key, **edge)
    return "\n".join(networkx.generate_graphml(flat)) + "\n"


def _flat_node(data: dict[str, Any], view: View) -> dict[str, Any]:
    """Attributes that are numbers, truth values and texts."""
    names = ("level", "initial", "cut", "expanded", "stuck", "key", "count", "inside", "first")
    found = {name: data[name] for name in names if name in data}
    found["violates"] = ", ".join(data["violates"])
    if "raw" in data:
        # GraphML knows an attribute by its name and type: one place, one type.
        kinds = {place.path: place.kind for place in view.places}
        for path, text in view.state(data["raw"]):
            typed = isinstance(kinds.get(path), IntType | BoolType)
            name = f"self.{path}" if path in kinds else path
            found[name] = data["state"][path] if typed else text
        found |= {f"{name} at": where for name, where in data["at"].items()}
    return found
