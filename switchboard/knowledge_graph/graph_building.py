"""Builds the graph of a shop's data folder."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from switchboard.errors import ConfigurationError
from switchboard.knowledge.articles import Passage, read_article
from switchboard.knowledge_graph.lexicon import Lexicon
from switchboard.knowledge_graph.mention_finder import MentionFinder
from switchboard.knowledge_graph.shop_graph import PART, Edge, ShopGraph
from switchboard.knowledge_graph.statement_facts import EVERYTHING, FactReader, Said, StatedFact
from switchboard.shop.catalogue import Catalogue, Product
from switchboard.shop.policy import Policy
from switchboard.text.language import ENGLISH, SPOKEN

logger = logging.getLogger(__name__)

Kept = dict[Path, tuple[tuple[int, int], list[Said]]]
Progress = Callable[[int, int], None]
_PARTS = re.compile(r",\s*(?:with|filled)\b|\bfilled with\b")
_KEY = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_EVERYTHING = {"en": "everything we sell", "zh": "所有商品"}
_EVERY = 1000
"""Products between two calls of a progress."""


class _AsWritten(Policy):
    """Leaves the names of facts in a text, to tell which of its numbers are the policy's."""

    def fill(self, text: str, language: str = ENGLISH) -> str:
        """The text itself."""
        return text


def build_graph(
    lexicon: Lexicon,
    catalogue: Catalogue,
    policy: Policy,
    articles: Path,
    progress: Progress | None = None,
    kept: Kept | None = None,
) -> ShopGraph:
    """The graph of a catalogue and of the articles below a folder, one sub-folder a language."""
    said = {one.id: one for one in read_said(articles, policy, kept)}
    reader = FactReader(
        lexicon,
        ((n, f"product:{p.sku}") for p in catalogue.entries for n in p.names.values()),
    )
    facts = tuple(fact for one in said.values() for fact in reader.read(one))
    names = {**lexicon.names, EVERYTHING: _EVERYTHING}
    edges = [Edge(*triple) for triple in lexicon.above]
    finder = {code: MentionFinder(lexicon.classes[code], lexicon.ignored[code]) for code in SPOKEN}
    for at, product in enumerate(catalogue.entries):
        names[f"product:{product.sku}"] = dict(product.names)
        edges += _of_product(product, finder)
        if progress and at % _EVERY == _EVERY - 1:
            progress(at + 1, len(catalogue.entries))
    edges += _delivered(lexicon, policy)
    edges += _matches(lexicon, edges)
    edges += _stated(facts)
    return ShopGraph(names, tuple(dict.fromkeys(edges)), said, facts)


def read_said(articles: Path, policy: Policy, kept: Kept | None = None) -> Iterator[Said]:
    """Every statement of the articles, with the amounts of the policy that it names.

    `kept`: what an earlier call read, by file; a file that has not changed is not read again. One
    that cannot be used is logged, and left as it was.
    """
    unfilled, kept = _AsWritten(policy.raw), {} if kept is None else kept
    for path in sorted(articles.glob("*/*.md")):
        language, stat = path.parent.name, path.stat()
        if language not in SPOKEN:
            continue
        stamp = (stat.st_mtime_ns, stat.st_size)
        if kept.get(path, ((0, 0), []))[0] != stamp:
            try:
                passages = read_article(path, unfilled, language)
                said = [one for passage in passages for one in _said(passage, policy)]
                kept[path] = (stamp, said)
            except ConfigurationError as error:
                logger.error("article not read: %s", error)
        yield from kept.get(path, ((0, 0), []))[1]


def _said(passage: Passage, policy: Policy) -> Iterator[Said]:
    language = passage.language
    for number, statement in enumerate(passage.statements, start=1):
        yield Said(
            f"{language}/{passage.id}:{number}",
            passage.id,
            policy.fill(passage.name, language),
            language,
            policy.fill(statement.text, language),
            tuple((form, policy.fill(text, language)) for form, text in statement.forms),
            tuple(_KEY.findall(statement.text)),
        )


def _of_product(product: Product, finder: dict[str, MentionFinder]) -> Iterator[Edge]:
    node = f"product:{product.sku}"
    for code, name in product.names.items():
        if code in finder:
            kinds = (m.node for m in finder[code].find(name) if str(m.node).startswith("kind:"))
            yield from (Edge(node, "is", str(kind)) for kind in kinds)
    for variant in product.variants:
        yield Edge(f"variant:{variant.sku}", "variant of", node)
    material = product.facts.get("material", {})
    for code, text in material.items():
        if code == ENGLISH or (ENGLISH not in material and code in finder):
            yield from _made_of(node, text, finder[code])


def _made_of(node: str, text: str, finder: MentionFinder) -> Iterator[Edge]:
    """What a text on a material says first is the thing, what comes after it a part."""
    split = _PARTS.search(text) or re.search(r"[，,]", text)
    end = split.start() if split else len(text)
    for mention in finder.find(text):
        if str(mention.node).startswith("material:"):
            relation = "made of" if mention.start < end else PART
            yield Edge(node, relation, str(mention.node))


def _delivered(lexicon: Lexicon, policy: Policy) -> Iterator[Edge]:
    """The countries that the policy delivers to."""
    listed = (policy.raw.get("delivery") or {}).get("countries") or {}
    text = str(listed.get(ENGLISH, "")) if isinstance(listed, dict) else str(listed)
    for mention in MentionFinder(lexicon.places[ENGLISH]).find(text):
        yield Edge(str(mention.node), "delivered to by", "policy:delivery_countries")


def _matches(lexicon: Lexicon, edges: Sequence[Edge]) -> Iterator[Edge]:
    variants = {e.source for e in edges if e.relation == "variant of"}
    for one, other in lexicon.goes_with:
        first, second = (
            f"variant:{sku}" if f"variant:{sku}" in variants else f"product:{sku}"
            for sku in (one, other)
        )
        yield from (Edge(first, "goes with", second), Edge(second, "goes with", first))


def _stated(facts: Sequence[StatedFact]) -> Iterator[Edge]:
    """Facts as edges from a subject to the statement."""
    for fact in facts:
        for subject in fact.subjects:
            yield Edge(subject, f"{fact.property}: {fact.value}", f"said:{fact.said}")
