"""Answers what needs two hops: from what is named, over what it is, to what is said of that.

Says nothing where one article names both already: the search finds it. Nor where no path leads from
the one to the other, or two paths lead to opposite ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from switchboard.knowledge_graph.graph_finding import Composing, GraphFinding
from switchboard.knowledge_graph.graph_lists import list_of
from switchboard.knowledge_graph.graph_question import GraphAsked, QuestionReader
from switchboard.knowledge_graph.lexicon import Lexicon, Property
from switchboard.knowledge_graph.product_saying import material_said, price_said, stock_said
from switchboard.knowledge_graph.shop_graph import Edge, GraphVerdict, Reached, ShopGraph
from switchboard.knowledge_graph.statement_facts import BOTH, EVERYTHING
from switchboard.shop.catalogue import Product
from switchboard.shop.speech import Phrasebook, Speech
from switchboard.text.language import ENGLISH, SPOKEN

MOST_THINGS = 3
WASHING = "washing"
"""The property that tells how, where `can` tells whether: care that may have been wrong as well."""
_IN = frozenset({"lies in"})


@dataclass(frozen=True)
class GraphAnswers:
    """Finds answers in one graph."""

    graph: ShopGraph
    lexicon: Lexicon
    phrasebook: Phrasebook
    reader: QuestionReader

    def find(
        self,
        question: str,
        language: str = ENGLISH,
        bought: Iterable[str] = (),
        before: str = "",
    ) -> GraphFinding | None:
        """The finding for a question; None where the graph has no business with it.

        `bought`: article numbers of orders that the customer proved. `before`: the question that
        this one leans on.
        """
        asked = self.reader.read(question, before)
        if asked is None or asked.elsewhere:
            return None
        speech = self.phrasebook.speak(language if language in SPOKEN else ENGLISH)
        if asked.listing and asked.own_order and asked.properties:
            skus = list(bought)
            return self._listed(asked, skus, speech) if skus else GraphFinding(needs_proof=True)
        ways: Sequence[Callable[[GraphAsked, Speech, Composing], None]] = (
            self._matching,
            self._warranty,
            self._place,
            lambda *given: self._express(question, *given),
            self._threshold,
            self._property,
        )
        for way in ways:
            said = Composing(self.graph, speech.language)
            way(asked, speech, said)
            found = said.finding()
            if found is not None:
                return found
        if asked.listing and asked.of_the_shop and not asked.things:
            return self._listed(asked, None, speech)
        return None

    def _listed(
        self, asked: GraphAsked, skus: Sequence[str] | None, speech: Speech
    ) -> GraphFinding | None:
        prop = next((p for p in asked.properties if p.listed), None)
        if prop is None:
            return None
        return list_of(self.graph, self.lexicon, prop, asked.places, skus, speech)

    def _matching(self, asked: GraphAsked, speech: Speech, said: Composing) -> None:
        """What goes with a product: all of it, or of another one that is named too."""
        products = [node for node in asked.things if node.startswith("product:")]
        if not asked.matching or not (asked.listing or len(products) > 1):
            return
        for node in sorted(products, key=lambda n: bool(self.graph.sources(n, "variant of"))):
            others = [
                other
                for start in (node, *self.graph.sources(node, "variant of"))
                for other in self.graph.targets(start, "goes with")
            ]
            wanted = [o for o in others if self._product_of(o) in products] or others
            if not wanted:
                continue
            names = speech.listed(list(dict.fromkeys(self._name(o, speech) for o in wanted)))
            template = self.lexicon.sentences["goes_with"][speech.language]
            said.sentence(template.format(item=self._name(node, speech), others=names))
            for other in wanted:
                said.line(f"{self._name(node, speech)} —goes with→ {self._name(other, speech)}")
            if asked.price:
                for sku in dict.fromkeys(self._product_of(o) for o in wanted):
                    said.passage(price_said(self._product(sku), speech))
                    said.line(f"{self._name(sku, speech)} —costs→ price in the catalogue")
            return

    def _warranty(self, asked: GraphAsked, speech: Speech, said: Composing) -> None:
        """Whether the warranty reaches a part that is not sold, or what was cared for wrongly."""
        names = {prop.name for prop in asked.properties}
        if "warranty" not in names:
            return
        for node in asked.things:
            for reached in self.graph.reached(node, "included", speech.language):
                said.edges(self.graph.incoming.get(node, ())[:1])
                said.fact(reached.fact, reached.path)
                self._of_everything("warranty", said)
        for node in asked.things[:MOST_THINGS]:
            for prop in (p for p in asked.properties if p.can or p.name == WASHING):
                verdict = self._verdict(node, prop, speech.language)
                if verdict is not None and verdict.value in ("no", "told"):
                    for reached in verdict.reached:
                        said.fact(reached.fact, reached.path, by=reached.subject)
                    self._of_everything("wrong care", said)

    def _place(self, asked: GraphAsked, speech: Speech, said: Composing) -> None:
        """What holds at a place by the country that it is in, or by what that one is in."""
        if any(prop.only_listed for prop in asked.properties):
            return  # "when I send it back from England"
        for prop in asked.properties:
            for place in asked.places[:1]:
                above = self.graph.above(place, _IN)
                facts = self.graph.by_property.get((prop.name, speech.language), ())
                if prop.of == "place":
                    fitting = [
                        (f, s) for f in facts for s in f.subjects if s in above and s != place
                    ]
                elif facts and any(fact.places for fact in facts):
                    fitting = [
                        (r.fact, next((p for p in r.fact.places if p in above), place))
                        for thing in asked.things[:1]
                        for r in self.graph.reached(thing, prop.name, speech.language)
                        if not prop.listed
                    ]
                else:
                    continue
                for fact, region in fitting:
                    said.fact(fact, above[region], by=region)
                    self._lies_in(above[region], speech, said)

    def _lies_in(self, path: Sequence[Edge], speech: Speech, said: Composing) -> None:
        template = self.lexicon.sentences["lies_in"][speech.language]
        for edge in path:
            town = self.graph.name(edge.source, speech.language)
            country = self.graph.name(edge.target, speech.language)
            said.sentence(template.format(town=town[:1].upper() + town[1:], country=country))

    def _express(self, question: str, asked: GraphAsked, speech: Speech, said: Composing) -> None:
        """Whether the kind that is wanted is in stock, on which express delivery depends."""
        products = [node for node in asked.things if node.startswith("product:")]
        if len(products) != 1 or "express" not in {p.name for p in asked.properties}:
            return
        product, wanted = self._product(products[0]), self.reader.options(question)
        kinds = [k for k in product.variants if wanted and wanted <= set(k.options.values())]
        if not kinds:
            return
        said.passage(stock_said(product, kinds, speech))
        for kind in kinds:
            line = f"{self._name(products[0], speech)} —{speech.options(kind.options)}→"
            said.line(f"{line} {kind.stock} in stock ({kind.sku})")
        self._of_everything("express", said)

    def _threshold(self, asked: GraphAsked, speech: Speech, said: Composing) -> None:
        """A product's price, and the amount of the policy that decides by it."""
        products = [node for node in asked.things if node.startswith("product:")]
        if not asked.threshold or len(products) != 1:
            return
        stated = [
            one
            for one in self.graph.said.values()
            if asked.threshold in one.keys and one.language == speech.language
        ]
        if not stated:
            return
        said.passage(price_said(self._product(products[0]), speech))
        said.line(f"{self._name(products[0], speech)} —costs→ price in the catalogue")
        said.statement(stated[0], f"price —compared with→ policy {asked.threshold}")

    def _property(self, asked: GraphAsked, speech: Speech, said: Composing) -> None:
        """What holds of things by what they are or are made of."""
        props = [p for p in asked.properties if not p.of and not p.only_listed]
        others = {p.name for p in asked.properties if p.of == EVERYTHING or p.only_listed}
        if not props or others or asked.own_order or asked.threshold:
            return
        things = asked.things[:MOST_THINGS]
        found = [
            (node, prop, verdict)
            for node in things
            for prop in props[:2]
            if (verdict := self._verdict(node, prop, speech.language)) is not None
        ]
        if any(not _over(v, asked.materials) for _, _, v in found):
            return
        if len(found) < len(things) or all(_one_hop(asked, v) for _, _, v in found):
            return
        for node, prop, verdict in found:
            form = verdict.value if len(found) == 1 and prop.can and asked.whether else ""
            if verdict.by_exclusion:
                said.fact(verdict.reached[0].fact, verdict.reached[0].path)
                name = self._name(node, speech)
                said.line(f"{name} —is none of those→ {prop.name}: {verdict.value}")
                continue
            for reached in verdict.reached:
                said.fact(reached.fact, reached.path, form, reached.subject)
        starts = (start for _, _, v in found for r in v.reached for start in _starts(r))
        for node in dict.fromkeys(starts):
            said.passage(material_said(self._product(node), speech))

    def _verdict(self, node: str, prop: Property, language: str) -> GraphVerdict | None:
        """Of a node, or of all products of a kind that nothing is said of."""
        verdict = self.graph.verdict(node, prop, language)
        if verdict is not None or not node.startswith("kind:"):
            return verdict
        return self.graph.verdict_of_kind(node, prop, language)

    def _of_everything(self, prop: str, said: Composing) -> None:
        for fact in self.graph.by_property.get((prop, said.language), ()):
            said.fact(fact)

    def _product_of(self, node: str) -> str:
        return next(iter(self.graph.targets(node, "variant of")), node)

    def _product(self, node: str) -> Product:
        return self.phrasebook.catalogue.by_sku[node.partition(":")[2]]

    def _name(self, node: str, speech: Speech) -> str:
        if not node.startswith("variant:"):
            return self.graph.name(node, speech.language)
        product, sku = self._product(self._product_of(node)), node.partition(":")[2]
        kind = next(k for k in product.variants if k.sku == sku)
        return f"{speech.product(product.sku)} ({speech.options(kind.options)})"


def _one_hop(asked: GraphAsked, verdict: GraphVerdict) -> bool:
    """Whether the question's own words stand in a statement's subject: the search finds that."""
    if verdict.by_exclusion:
        return False
    for reached in verdict.reached:
        nodes = reached.subject.split(BOTH)
        if any(node.startswith("kind:") and node in asked.named for node in nodes):
            return True
        if len(nodes) == 1 and nodes[0] in asked.named:
            return True
    return False


def _over(verdict: GraphVerdict, materials: Sequence[str]) -> bool:
    """Whether the paths lead over the materials that a question names: "the down in the pillow"."""
    over = {edge.target for reached in verdict.reached for edge in reached.path}
    return not materials or bool(over & set(materials))


def _starts(reached: Reached) -> list[str]:
    """The products whose material a path leads over."""
    over = ("made of", "part of")
    return [edge.source for edge in reached.path if edge.relation in over]
