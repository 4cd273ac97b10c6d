"""The graph for those who look at it as one: paths, what nothing leads to, GraphML.

In networkx, which is installed with Rasa and with the extra `learn`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from switchboard.errors import ConfigurationError
from switchboard.knowledge_graph.shop_graph import Edge, ShopGraph
from switchboard.knowledge_graph.statement_facts import BOTH


def as_networkx(graph: ShopGraph) -> Any:
    """A `networkx.MultiDiGraph` of the same nodes and edges, and of what products are in all.

    Raises:
        ConfigurationError: networkx is not installed.
    """
    try:
        import networkx
    except ImportError:
        raise ConfigurationError("this needs networkx: pip install 'switchboard[learn]'") from None
    made = networkx.MultiDiGraph()
    for node in graph.names:
        made.add_node(node, name=graph.name(node, "en"))
    for said in graph.said.values():
        made.add_node(f"said:{said.id}", name=said.text)
    for edge in (*graph.edges, *_of_classes(graph)):
        made.add_edge(edge.source, edge.target, key=edge.relation, relation=edge.relation)
    return made


def _of_classes(graph: ShopGraph) -> Iterator[Edge]:
    """From each product to the classes that are made of several nodes: it is all of them."""
    subjects = {subject for fact in graph.facts for subject in fact.subjects}
    classes = [subject for subject in subjects if BOTH in subject]
    for nodes in graph.alike.values():
        above = graph.above(nodes[0], {"is", "made of"})
        for subject in classes:
            if all(part in above for part in subject.split(BOTH)):
                yield from (Edge(node, "is", subject) for node in nodes)


def write_graphml(graph: ShopGraph, path: Path) -> None:
    """Write it for Gephi, yEd or Cytoscape.

    Raises:
        ConfigurationError: networkx is not installed.
    """
    made = as_networkx(graph)
    import networkx

    networkx.write_graphml(made, path)


def untold(graph: ShopGraph) -> Iterator[str]:
    """The products of which no statement is said by what they are or are made of.

    Raises:
        ConfigurationError: networkx is not installed.
    """
    made = as_networkx(graph)
    import networkx

    for node in graph.products:
        if not any(end.startswith("said:") for end in networkx.descendants(made, node)):
            yield node


def way(graph: ShopGraph, source: str, target: str) -> list[str]:
    """The shortest way from one node to another, an edge a line; empty where there is none.

    Raises:
        ConfigurationError: networkx is not installed, or a node is not in the graph.
    """
    made = as_networkx(graph)
    import networkx

    for node in (source, target):
        if node not in made:
            raise ConfigurationError(f"{node} is not in the graph")
    try:
        nodes = networkx.shortest_path(made, source, target)
    except networkx.NetworkXNoPath:
        return []
    names = [made.nodes[node].get("name", node) for node in nodes]
    relations = [min(made[a][b]) for a, b in pairwise(nodes)]
    return [
        f"{a} —{relation}→ {b}" for (a, b), relation in zip(pairwise(names), relations, strict=True)
    ]
