"""Finds what cannot both be true: between articles, policy, catalogue and the two languages.

Two ways over the graph that end in a yes and a no; an amount that the policy has otherwise; a
product that the catalogue takes back and an article does not. It reads words, not minds: what it
finds may be an exception that is meant, and what it does not find may be wrong all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from switchboard.knowledge_graph.lexicon import Amount, Lexicon
from switchboard.knowledge_graph.shop_graph import Reached, ShopGraph
from switchboard.knowledge_graph.statement_facts import BOTH, EVERYTHING, Said, StatedFact
from switchboard.shop.catalogue import Catalogue
from switchboard.shop.policy import Policy
from switchboard.text.language import CHINESE, ENGLISH, SPOKEN

Quantity = tuple[str, str]
"""A number and its unit, both in normal form: ("14", "day")."""
ReadQuantities = Callable[[str], set[Quantity]]
_UNITS = {"year": "month"}
"""Units that are counted in another one."""
_COMPARED = frozenset({"day", "working day", "month", "minute", "money", "percent", "degree"})


@dataclass(frozen=True)
class Contradiction:
    """Two sentences, each with where it stands, and why both cannot hold."""

    why: str
    first: str
    first_place: str
    second: str
    second_place: str


@dataclass(frozen=True)
class ContradictionFinder:
    """Looks through a graph. `quantities` reads the numbers of a text with their units."""

    graph: ShopGraph
    lexicon: Lexicon
    policy: Policy
    catalogue: Catalogue
    quantities: ReadQuantities

    def find(self) -> list[Contradiction]:
        """All contradictions, each pair of sentences once."""
        found: dict[tuple[str, str], Contradiction] = {}
        for one in (*self._opposed(), *self._against_policy(), *self._catalogue(), *self._twins()):
            if (one.second, one.first) not in found:
                found.setdefault((one.first, one.second), one)
        return list(found.values())

    def _opposed(self) -> Iterator[Contradiction]:
        """Facts on one property that say yes and no, or another number, of things that overlap."""
        for prop in self.lexicon.properties.values():
            facts = [f for f in self.graph.facts if f.property == prop.name]
            for one, other in combinations(facts, 2):
                if one.said == other.said or not self._overlap(one, other, prop.spreads):
                    continue
                if {one.value, other.value} == {"yes", "no"}:
                    yield self._pair(f"{prop.name}: {one.value} and {other.value}", one, other)
                elif one.value == other.value == "told" and not prop.of:
                    unit = self._differing(one.clause, other.clause)
                    if unit:
                        yield self._pair(f"{prop.name}: another number ({unit})", one, other)

    def _overlap(self, one: StatedFact, other: StatedFact, spreads: str) -> bool:
        """Whether something is of a subject of both: by the file's classes, or a product."""
        pairs = ((a, b) for a in one.subjects for b in other.subjects)
        for first, second in pairs:
            if first == second or self._below(first, second) or self._below(second, first):
                return True
            if self._members(first, one.value == spreads) & self._members(
                second, other.value == spreads
            ):
                return True
        return False

    def _below(self, narrow: str, wide: str) -> bool:
        above = {node for part in narrow.split(BOTH) for node in self.graph.above(part)}
        return wide != EVERYTHING and set(wide.split(BOTH)) <= above

    def _members(self, subject: str, by_part: bool) -> set[str]:
        """The products of a class; `by_part`: those of which a part is of it, too."""
        if subject.startswith("product:"):
            return {subject}
        relations = {"is", "made of", *(["part of"] if by_part else [])}
        found: list[set[str]] = []
        for part in subject.split(BOTH):
            below, queue = {part}, [part]
            for node in queue:
                for edge in self.graph.incoming.get(node, ()):
                    if edge.relation in relations and edge.source not in below:
                        below.add(edge.source)
                        queue.append(edge.source)
            found.append({node for node in below if node.startswith("product:")})
        return set.intersection(*found)

    def _differing(self, one: str, other: str) -> str:
        """A unit of which both texts have numbers, but none in common."""
        first, second = self.quantities(one), self.quantities(other)
        for unit in sorted({u for _, u in first} & {u for _, u in second} & _COMPARED):
            if not {n for n, u in first if u == unit} & {n for n, u in second if u == unit}:
                return unit
        return ""

    def _against_policy(self) -> Iterator[Contradiction]:
        for amount in self.lexicon.amounts:
            for said in self.graph.said.values():
                if amount.key not in said.keys and _is_about(amount, said):
                    yield from self._otherwise(amount, said)

    def _otherwise(self, amount: Amount, said: Said) -> Iterator[Contradiction]:
        """A number of the amount's unit that is neither it nor another amount of the policy."""
        facts = self.policy.facts(said.language)
        unit = _UNITS.get(amount.unit, amount.unit)
        right = self.quantities(_with_unit(facts.get(amount.key, ""), amount, said.language))
        of_others = {q for key in said.keys for q in self.quantities(facts.get(key, ""))}
        numbers = {value for value, _ in of_others}
        given = {(n, u) for n, u in self.quantities(said.text) if u == unit and n not in numbers}
        if not given or given & right or not right:
            return
        own = next(
            (
                o
                for o in self.graph.said.values()
                if amount.key in o.keys and o.language == said.language
            ),
            None,
        )
        name = f"policy.yml {amount.key}: {facts[amount.key]}"
        text, place = (own.text, f"{own.id}, {name}") if own else (name, "policy.yml")
        yield Contradiction(f"{amount.key} is another", text, place, said.text, said.id)

    def _catalogue(self) -> Iterator[Contradiction]:
        """Products that the catalogue takes back, of a kind that an article does not."""
        for product in self.catalogue.entries:
            if not product.returnable:
                continue
            for language in SPOKEN:
                for reached in self.graph.reached(f"product:{product.sku}", "returning", language):
                    if reached.fact.value == "no" and not reached.by_part:
                        yield self._taken_back(product.sku, reached, language)

    def _taken_back(self, sku: str, reached: Reached, language: str) -> Contradiction:
        said = self.graph.said[reached.fact.said]
        name = self.graph.name(f"product:{sku}", language)
        text = f"{name}: returnable (no `returnable: false`)"
        return Contradiction("returning: no", text, f"catalogue.yml {sku}", said.text, said.id)

    def _twins(self) -> Iterator[Contradiction]:
        """Sections whose two languages have other numbers."""
        sections: dict[tuple[str, str], list[Said]] = {}
        for said in self.graph.said.values():
            sections.setdefault((said.passage, said.language), []).append(said)
        for (passage, language), english in sections.items():
            chinese = sections.get((passage, CHINESE), ())
            if language == ENGLISH and chinese:
                yield from self._translated(english, chinese)

    def _translated(
        self, english: Sequence[Said], chinese: Sequence[Said]
    ) -> Iterator[Contradiction]:
        numbers = {said.id: self._compared(said) for said in (*english, *chinese)}
        in_english = set().union(*(numbers[said.id] for said in english))
        in_chinese = set().union(*(numbers[said.id] for said in chinese))
        for one in english:
            for value, unit in sorted(numbers[one.id] - in_chinese):
                for other in chinese:
                    if any(u == unit for _, u in numbers[other.id] - in_english):
                        why = f"the two languages differ ({value} {unit})"
                        yield Contradiction(why, one.text, one.id, other.text, other.id)

    def _compared(self, said: Said) -> set[Quantity]:
        return {(n, u) for n, u in self.quantities(said.text) if u in _COMPARED}

    def _pair(self, why: str, one: StatedFact, other: StatedFact) -> Contradiction:
        first, second = self.graph.said[one.said], self.graph.said[other.said]
        return Contradiction(why, first.text, first.id, second.text, second.id)


def _is_about(amount: Amount, said: Said) -> bool:
    patterns = amount.about.get(said.language)
    unless = amount.unless.get(said.language)
    return (
        bool(patterns)
        and all(pattern.search(said.text) for pattern in patterns or ())
        and not (unless and unless.search(said.text))
    )


def _with_unit(value: str, amount: Amount, language: str) -> str:
    """`30` as `30 days`: the policy's numbers have their unit in their name."""
    if amount.unit == "money":
        return value
    words = {"day": "天", "year": "年", "minute": "分钟", "month": "个月"}
    return f"{value} {words[amount.unit]}" if language == CHINESE else f"{value} {amount.unit}s"
