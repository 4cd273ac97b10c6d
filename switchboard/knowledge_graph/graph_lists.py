"""Lists the things of an order or of the shop for which something holds, with what says so."""

from __future__ import annotations

from collections.abc import Sequence

from switchboard.knowledge_graph.graph_finding import Composing, GraphFinding
from switchboard.knowledge_graph.lexicon import Lexicon, Property
from switchboard.knowledge_graph.shop_graph import ShopGraph
from switchboard.shop.speech import Speech

MOST_LISTED = 8
UNTOLD = "untold"


def list_of(
    graph: ShopGraph,
    lexicon: Lexicon,
    prop: Property,
    places: Sequence[str],
    skus: Sequence[str] | None,
    speech: Speech,
) -> GraphFinding | None:
    """The list for a property, of the products with these numbers or of the whole shop.

    `places`: only what is said with one of them. What the articles do not tell is said of an
    order's things, and left out of the shop's.
    """
    said = Composing(graph, speech.language)
    held = _held(graph, prop, places, skus, speech)
    if not any(held.get(value) for value in ("yes", "no", "told")):
        return None
    for value in ("yes", "no", "told"):
        nodes = held.get(value, [])
        for node in nodes[:MOST_LISTED]:
            verdict = graph.verdict(node, prop, speech.language)
            for reached in verdict.reached if verdict else ():
                said.fact(reached.fact, reached.path, by=reached.subject)
        if nodes and value in prop.listed:
            template = prop.listed[value][speech.language]
            said.sentence(template.format(items=_items(graph, lexicon, nodes, speech)))
    if skus is not None and held.get(UNTOLD) and not prop.only_listed:
        template = lexicon.sentences[UNTOLD][speech.language]
        said.sentence(template.format(items=_items(graph, lexicon, held[UNTOLD], speech)))
    return said.finding()


def _held(
    graph: ShopGraph,
    prop: Property,
    places: Sequence[str],
    skus: Sequence[str] | None,
    speech: Speech,
) -> dict[str, list[str]]:
    if prop.told and not places:
        return {}
    if skus is None:
        return graph.holders(prop, speech.language, places if prop.told else ())
    held: dict[str, list[str]] = {}
    for sku in dict.fromkeys(skus):
        node = next(iter(graph.targets(f"variant:{sku}", "variant of")), f"product:{sku}")
        if node not in graph.names:
            continue
        verdict = graph.verdict(node, prop, speech.language)
        here = verdict is not None and (not prop.told or verdict.at(places))
        value = verdict.value if verdict is not None and here else UNTOLD
        product = speech.catalogue.by_sku.get(node.partition(":")[2])
        if prop.name == "returning" and product is not None and not product.returnable:
            value = "no"  # the order system goes by the catalogue
        if node not in held.get(value, []):
            held.setdefault(value, []).append(node)
    return held


def _items(graph: ShopGraph, lexicon: Lexicon, nodes: Sequence[str], speech: Speech) -> str:
    names = [graph.name(node, speech.language) for node in nodes[:MOST_LISTED]]
    if len(nodes) <= MOST_LISTED:
        return speech.listed(names)
    between = "、" if speech.language == "zh" else ", "
    template = lexicon.sentences["more"][speech.language]
    return template.format(items=between.join(names), count=len(nodes) - MOST_LISTED)
