"""The graph: nodes, edges, what statements say of nodes, and how one is reached from another.

What serves a customer asks for neighbours alone, so the edges lie in dictionaries: a networkx graph
of the same edges needs several times the memory and the import of a package that the action server
has no other use for. `graph_export.py` makes one where paths and components are looked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from switchboard.knowledge_graph.lexicon import Property
from switchboard.knowledge_graph.statement_facts import BOTH, EVERYTHING, Said, StatedFact

UPWARDS = frozenset({"is", "made of", "part of"})
"""Relations by which what is said of the target holds of the source."""
PART = "part of"
Shape = tuple[tuple[str, str], ...]
MOST_KEPT = 500
"""Lists of products that are kept for questions to come."""


class Edge(NamedTuple):
    """`source` is related to `target`; a product's part of a material is `part of`."""

    source: str
    relation: str
    target: str


@dataclass(frozen=True)
class Reached:
    """A fact that holds of a node, and the edges from it to the fact's subject."""

    fact: StatedFact
    path: tuple[Edge, ...]
    subject: str
    by_part: bool


@dataclass(frozen=True)
class GraphVerdict:
    """What holds of a node for a property, by which facts."""

    value: str
    reached: tuple[Reached, ...]
    by_exclusion: bool = False
    """A statement names all of which it holds, and this is none of them."""

    def at(self, places: Sequence[str]) -> bool:
        """Whether one of its facts is said with one of these places."""
        return any(set(places) & set(reached.fact.places) for reached in self.reached)


@dataclass(frozen=True)
class ShopGraph:
    """All nodes, by id `<kind of node>:<name>`, with their names by language."""

    names: Mapping[str, Mapping[str, str]]
    edges: tuple[Edge, ...]
    said: Mapping[str, Said]
    facts: tuple[StatedFact, ...]
    _holders: dict[tuple[str, ...], dict[str, list[str]]] = field(default_factory=dict)

    @cached_property
    def outgoing(self) -> dict[str, list[Edge]]:
        """The edges by their source."""
        return _by(self.edges, "source")

    @cached_property
    def incoming(self) -> dict[str, list[Edge]]:
        """The edges by their target."""
        return _by(self.edges, "target")

    @cached_property
    def by_property(self) -> dict[tuple[str, str], list[StatedFact]]:
        """The facts by property and language."""
        found: dict[tuple[str, str], list[StatedFact]] = {}
        for fact in self.facts:
            found.setdefault((fact.property, self.said[fact.said].language), []).append(fact)
        return found

    @cached_property
    def products(self) -> list[str]:
        """The nodes of products, in the catalogue's order."""
        return [node for node in self.names if node.startswith("product:")]

    def name(self, node: str, language: str) -> str:
        """A node's name in a language, else the part of its id that names it."""
        forms = self.names.get(node, {})
        return forms.get(language) or forms.get("en") or node.partition(":")[2]

    def targets(self, node: str, relation: str) -> list[str]:
        """What a node is related to."""
        return [edge.target for edge in self.outgoing.get(node, ()) if edge.relation == relation]

    def sources(self, node: str, relation: str) -> list[str]:
        """What is related to a node."""
        return [edge.source for edge in self.incoming.get(node, ()) if edge.relation == relation]

    def above(self, node: str, relations: Iterable[str] = UPWARDS) -> dict[str, tuple[Edge, ...]]:
        """Every node that one is, is made of, or lies in, with the shortest way to it."""
        found: dict[str, tuple[Edge, ...]] = {node: ()}
        queue, follow = [node], frozenset(relations)
        for current in queue:
            for edge in self.outgoing.get(current, ()):
                if edge.relation in follow and edge.target not in found:
                    found[edge.target] = (*found[current], edge)
                    queue.append(edge.target)
        return found

    def reached(self, node: str, prop: str, language: str) -> list[Reached]:
        """The facts on a property that hold of a node, by its own classes."""
        facts = self.by_property.get((prop, language), ())
        above = self.above(node) if facts else {}
        found = []
        for fact in facts:
            for subject in fact.subjects:
                parts = subject.split(BOTH)
                if subject == EVERYTHING or all(part in above for part in parts):
                    path = tuple(dict.fromkeys(e for p in parts for e in above.get(p, ())))
                    by_part = any(edge.relation == PART for edge in path)
                    if not (by_part and len(parts) > 1):
                        found.append(Reached(fact, path, subject, by_part))
                        break
        return found

    def verdict(self, node: str, prop: Property, language: str) -> GraphVerdict | None:
        """What holds of a node; None where the articles do not tell, or contradict each other."""
        reached = self.reached(node, prop.name, language)
        whole = {
            value: [r for r in reached if r.fact.value == value and not r.by_part]
            for value in ("yes", "no", "told")
        }
        if prop.told:
            return GraphVerdict("told", tuple(whole["told"])) if whole["told"] else None
        if prop.spreads:
            spread = [r for r in reached if r.fact.value == prop.spreads]
            if any(r.by_part for r in spread) or (spread and not self._opposed(whole)):
                return GraphVerdict(prop.spreads, tuple(spread))
        if self._opposed(whole):
            return None
        for value in ("yes", "no"):
            if whole[value]:
                return GraphVerdict(value, tuple(whole[value]))
        return self._excluded(node, prop, language)

    @staticmethod
    def _opposed(whole: Mapping[str, Sequence[Reached]]) -> bool:
        return bool(whole["yes"] and whole["no"])

    def _excluded(self, node: str, prop: Property, language: str) -> GraphVerdict | None:
        only = [f for f in self.by_property.get((prop.name, language), ()) if f.only]
        known = self.targets(node, "made of")
        if not only or not known:
            return None
        made = tuple(e for e in self.outgoing[node] if e.relation == "made of")
        value = "no" if only[0].value == "yes" else "yes"
        by = Reached(only[0], made, only[0].subjects[0], by_part=False)
        return GraphVerdict(value, (by,), by_exclusion=True)

    @cached_property
    def alike(self) -> dict[Shape, list[str]]:
        """The products by what they are and are made of: the same holds of all of one shape."""
        found: dict[Shape, list[str]] = {}
        for node in self.products:
            edges = self.outgoing.get(node, ())
            shape = tuple((e.relation, e.target) for e in edges if e.relation in UPWARDS)
            found.setdefault(shape, []).append(node)
        return found

    def holders(
        self, prop: Property, language: str, places: Sequence[str] = ()
    ) -> dict[str, list[str]]:
        """All products by what holds of them; `places`: only what is said with one of them."""
        key = (prop.name, language, *places)
        if key not in self._holders:
            found: dict[str, list[str]] = {}
            for nodes in self.alike.values():
                verdict = self.verdict(nodes[0], prop, language)
                if verdict is not None and (not places or verdict.at(places)):
                    found.setdefault(verdict.value, []).extend(nodes)
            order = self._order
            ordered = {v: sorted(nodes, key=order.__getitem__) for v, nodes in found.items()}
            if len(self._holders) > MOST_KEPT:
                self._holders.clear()
            self._holders[key] = ordered
        return self._holders[key]

    def verdict_of_kind(self, kind: str, prop: Property, language: str) -> GraphVerdict | None:
        """What holds of all products of a kind, if the same holds of all."""
        found = [
            self.verdict(nodes[0], prop, language)
            for shape, nodes in self.alike.items()
            if ("is", kind) in shape
        ]
        values = {verdict.value if verdict else "" for verdict in found}
        return found[0] if len(values) == 1 else None

    @cached_property
    def _order(self) -> dict[str, int]:
        return {node: at for at, node in enumerate(self.products)}


def _by(edges: Sequence[Edge], end: str) -> dict[str, list[Edge]]:
    found: dict[str, list[Edge]] = {}
    for edge in edges:
        found.setdefault(getattr(edge, end), []).append(edge)
    return found
