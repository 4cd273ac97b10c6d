"""What the graph found for a question: sentences of the shop, where they stand, and the path."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from switchboard.knowledge.articles import Passage
from switchboard.knowledge.statements import Statement
from switchboard.knowledge_graph.shop_graph import Edge, ShopGraph
from switchboard.knowledge_graph.statement_facts import Said, StatedFact

MOST_STATEMENTS = 3
"""Of articles, in one answer."""


@dataclass(frozen=True)
class GraphFinding:
    """`path`: a line for each edge. `needs_proof`: it is about an order that nobody proved."""

    statements: tuple[Statement, ...] = ()
    sources: tuple[Passage, ...] = ()
    path: tuple[str, ...] = ()
    needs_proof: bool = False

    def passage(self, language: str) -> Passage:
        """The finding as one passage, to be offered to a model."""
        text = " ".join(said.text for said in self.statements)
        titles = dict.fromkeys(source.title for source in self.sources)
        said = self.statements
        return Passage("graph", "; ".join(titles), "", (), text, date.today(), language, (), said)


@dataclass
class Composing:
    """Gathers a finding, each sentence and each edge once."""

    graph: ShopGraph
    language: str
    _statements: dict[str, Statement] = field(default_factory=dict)
    _sources: dict[str, Passage] = field(default_factory=dict)
    _path: dict[str, None] = field(default_factory=dict)

    def fact(
        self, fact: StatedFact, path: Sequence[Edge] = (), form: str = "", by: str = ""
    ) -> None:
        """A statement of an article, and the edges that lead to it; `by`: whose it is."""
        self.edges(path)
        subject = by or fact.subjects[0]
        name = " ".join(self.graph.name(node, self.language) for node in subject.split("+"))
        line = f"{name} —{fact.property}: {fact.value}→"
        self.statement(self.graph.said[fact.said], line, form)

    def statement(self, said: Said, line: str, form: str = "") -> None:
        """A statement of an article with the line of the path that ends in it."""
        self._path[f"{line} “{said.text}” ({said.id})"] = None
        stated = Statement(said.text, said.forms)
        if said.id in self._statements or len(self._article_statements()) >= MOST_STATEMENTS:
            return
        self._statements[said.id] = Statement(stated.said(form), said.forms)
        self._sources[said.passage] = Passage(
            said.passage, said.title, "", (), said.text, date.today(), said.language, (), (stated,)
        )

    def edges(self, edges: Iterable[Edge]) -> None:
        """Edges as lines of the path."""
        for edge in edges:
            ends = (self.graph.name(edge.source, self.language), edge.relation)
            name = self.graph.name(edge.target, self.language)
            self._path[f"{ends[0]} —{ends[1]}→ {name}"] = None

    def line(self, line: str) -> None:
        """A line of the path that is no edge: a comparison, a list."""
        self._path[line] = None

    def passage(self, passage: Passage | None) -> None:
        """What the catalogue says."""
        if passage is not None:
            self._sources[passage.id] = passage
            for said in passage.statements:
                self._statements[said.text] = said

    def sentence(self, text: str) -> None:
        """A sentence of the shop between the others."""
        self._statements[text] = Statement(text)

    def finding(self) -> GraphFinding | None:
        """All that was gathered; None if it says nothing."""
        if not self._statements:
            return None
        return GraphFinding(
            tuple(self._statements.values()), tuple(self._sources.values()), tuple(self._path)
        )

    def _article_statements(self) -> list[str]:
        return [key for key in self._statements if key in self.graph.said]
