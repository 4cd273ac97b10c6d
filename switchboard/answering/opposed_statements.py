"""The sentences of a shop's articles, policy and catalogue that cannot both hold."""

from __future__ import annotations

from pathlib import Path

from switchboard.answering.facts import read_facts
from switchboard.knowledge_graph.contradictions import Contradiction, ContradictionFinder
from switchboard.knowledge_graph.graph_building import build_graph
from switchboard.knowledge_graph.lexicon import FILE, load_lexicon
from switchboard.shop.speech import open_phrasebook


def find_opposed(data: Path) -> list[Contradiction]:
    """The contradictions of a shop's files; none where it has no `graph.yml` to read them by.

    Raises:
        ConfigurationError: one of the files cannot be used.
    """
    lexicon = load_lexicon(data / FILE)
    if lexicon is None:
        return []
    shop = open_phrasebook(data)
    graph = build_graph(lexicon, shop.catalogue, shop.policy, data / "articles")
    return ContradictionFinder(
        graph,
        lexicon,
        shop.policy,
        shop.catalogue,
        lambda text: {(fact.value, fact.unit) for fact in read_facts(text)},
    ).find()
