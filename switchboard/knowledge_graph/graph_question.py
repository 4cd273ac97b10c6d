"""What a question asks of the graph: of which things, which property, one by one or as a list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from switchboard.knowledge_graph.lexicon import Lexicon, Property
from switchboard.knowledge_graph.mention_finder import MentionFinder, singular
from switchboard.shop.catalogue import Catalogue
from switchboard.shop.speech import Phrasebook
from switchboard.text.language import SPOKEN, has_han
from switchboard.text.patterns import any_of
from switchboard.text.sentences import sentences

MAX_CHARACTERS = 500
_OWN_ORDER = any_of(
    "my_(?:last_|latest_|new_)?order what_i(?:'ve|_have)?_(?:just_)?(?:ordered|bought|got) "
    "things_i(?:'ve|_have)?_(?:ordered|bought) of_(?:my_order|what_i_bought)",
    "我的?[这那]?[个张]?(?:订单|单子|单)(?!独) 我(?:刚|刚刚)?(?:买|订|下单)的 刚[买下]的 "
    "买的东西 下的单",
)
_LISTING = any_of(
    "which what_go(?:es)? what_(?:of|things?|do_you_have|do_you_sell|can|should|needs?) "
    "what_(?:shouldn't|can't) any_of any(?:thing)? is_any(?:thing)? are_any bits stuff "
    "all_(?:the|your)",
    "哪些 哪几[样个种件] 哪[样个种] 哪个 有什么 有啥 有没有 有哪 什么[东西能可是]",
)
_OF_THE_SHOP = re.compile(
    r"\b(?:anything|(?:which|what)(?: of)?(?: your)? (?:things|products|items|stuff|goods)"
    r"|what(?: (?:else )?(?:do|can|have|is|are|in|of|from)\b))[^.!?]*\b(?:you|your|shop)\b"
    r"|\b(?:which|what) of your (?:things|products|items|stuff|goods)\b"
    r"|(?:你们|店里|商店|在卖)[^。！？]{0,8}(?:哪些|什么|哪几[样种]|有啥)(?:东西|商品|产品)?"
    r"(?:是|能|可以|不|含|产|要|适合|用)",
    re.IGNORECASE,
)
_MATCHING = any_of(
    "match(?:es|ing)? go(?:es)?_(?:well_)?with go(?:es)?_together pairs?_(?:well_)?with suits? "
    "looks?_(?:good|nice|well)_(?:with|beside|next_to)",
    "配(?!送|件|额|置|货|料) 搭(?!地铁|车)",
)
_PRICE = any_of("how_much prices? cost costs", "多少钱 价格 什么价 贵不贵 几欧")
_ANOTHER_MATTER = any_of(
    "cancel\\w* exchang\\w* swap\\w* "
    "where_is_(?:my|the_(?:order|parcel|package)) where's_my tracking track parcel "
    "arriv\\w* unpack\\w* "
    "refund\\w* invoice voucher sunday saturday fell drop(?:ped)? shattered missing "
    "wrong_(?:item|one) stain\\w* spill\\w* wine",
    "取消 换成 换货 去掉 在哪儿了 到哪 寄到哪 包裹 发票 退款 摔 "
    "少了 发错 周日 周末 刚收到 没收到 洒 渍 沾上",
)
"""Words of questions that are about an order or a mishap, though they name a property too."""
_WHETHER = re.compile(
    r"^\W*(?:\w+\W+){0,6}?(?:can|could|may|is|are|will|would|ok(?:ay)?)\b(?![^?]*\bproblem\b)"
    r"|(?:能|可以|可不可以|能不能|行不行|可否)[^？。]*",
    re.IGNORECASE,
)
_CONTRARY = re.compile(
    r"\b(?:problem|bad|harm\w*|ruin\w*|damage\w*|wrong|can't|cannot|shouldn't|not|never|how|why|"
    r"which|what|where|warranty|guarantee)\b|不(?:能|可以)(?!不)|坏|伤|为什么|怎么|多少|哪|质保|保修",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class GraphAsked:
    """A question as the graph sees it.

    `things`: nodes of products, kinds, materials or parts that it names; `named`: those, and the
    classes in the words that name a product. `materials`: others that it names.
    `whether`: it asks for a yes or no.
    """

    things: tuple[str, ...]
    named: frozenset[str]
    materials: tuple[str, ...]
    places: tuple[str, ...]
    properties: tuple[Property, ...]
    threshold: str
    matching: bool
    price: bool
    own_order: bool
    listing: bool
    of_the_shop: bool
    whether: bool
    elsewhere: bool


class QuestionReader:
    """Reads questions by the words of the shop."""

    def __init__(self, lexicon: Lexicon, phrasebook: Phrasebook) -> None:
        self._lexicon = lexicon
        ignored = [word for code in SPOKEN for word in lexicon.ignored[code]]
        self._products = MentionFinder(_product_words(phrasebook.catalogue), ignored)
        self._options = MentionFinder(_option_words(phrasebook))
        classes = (pair for code in SPOKEN for pair in lexicon.classes[code])
        places = (pair for code in SPOKEN for pair in lexicon.places[code])
        self._classes = MentionFinder(classes, ignored)
        self._places = MentionFinder(places)

    def read(self, text: str, before: str = "") -> GraphAsked | None:
        """What a text asks; `before`: the question that it leans on. None if nothing of ours."""
        text, before = text[:MAX_CHARACTERS], before[:MAX_CHARACTERS]
        if not self._may_ask(f"{before} {text}"):
            return None
        asked = self._read(text)
        if before and not (asked.properties or asked.threshold or asked.matching):
            earlier = self._read(before)
            whole = self._read(f"{before} {text}")
            things = asked.things or earlier.things
            return GraphAsked(**{**vars(whole), "things": things, "whether": False})
        if before and not asked.things:
            return GraphAsked(**{**vars(asked), "things": self._read(before).things})
        return asked

    def options(self, text: str) -> set[str]:
        """The values of variants' options that a text names: `green`."""
        return {str(mention.node) for mention in self._options.find(text[:MAX_CHARACTERS])}

    def _may_ask(self, text: str) -> bool:
        """A quick look, before words are looked up: most questions ask nothing of the graph."""
        code = "zh" if has_han(text) else "en"
        return (
            bool(_MATCHING.search(text))
            or any(code in p and p[code].search(text) for p in self._lexicon.thresholds.values())
            or any(True for _ in self._asked(text, code))
        )

    def _read(self, text: str) -> GraphAsked:
        code = "zh" if has_han(text) else "en"
        products = self._products.find(text)
        mentions = self._classes.find(text)
        classes = [str(m.node) for m in mentions]
        in_names = [
            str(m.node)
            for m in mentions
            if not products or any(p.start <= m.start and m.end <= p.end for p in products)
        ]
        loose = [n for n in classes if not n.startswith("material:")]
        named = [str(m.node) for m in products]
        parts = [node for node in loose if node.startswith("part:")]
        kinds = [node for node in loose if node.startswith("kind:")]
        materials = [node for node in classes if node.startswith("material:")]
        things = parts or named or kinds or materials
        return GraphAsked(
            things=tuple(dict.fromkeys(things)),
            named=frozenset({*in_names, *named}),
            materials=tuple(n for n in materials if n not in in_names),
            places=tuple(str(m.node) for m in self._places.find(text)),
            properties=tuple(self._asked(text, code)),
            threshold=next(
                (
                    k
                    for k, p in self._lexicon.thresholds.items()
                    if code in p and p[code].search(text)
                ),
                "",
            ),
            matching=bool(_MATCHING.search(text)),
            price=bool(_PRICE.search(text)),
            own_order=bool(_OWN_ORDER.search(text)),
            listing=bool(_LISTING.search(text)),
            of_the_shop=any(self._lists_the_shop(said, code) for said in sentences(text)),
            whether=bool(_WHETHER.search(text)) and not _CONTRARY.search(text),
            elsewhere=bool(_ANOTHER_MATTER.search(text)),
        )

    def _lists_the_shop(self, sentence: str, code: str) -> bool:
        """Whether one sentence has both, the list and the property: stories have them apart."""
        return bool(_OF_THE_SHOP.search(sentence)) and any(self._asked(sentence, code))

    def _asked(self, text: str, code: str) -> Iterator[Property]:
        for prop in self._lexicon.properties.values():
            # A Chinese message has English words in it: "这个 mug 能 dishwasher 吗".
            if any(prop.ask[c].search(text) for c in {code, "en"} if c in prop.ask):
                yield prop


def _product_words(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """The names of products, and the ends of names that one product alone has."""
    ends: dict[str, set[str]] = {}
    for product in catalogue.entries:
        node = f"product:{product.sku}"
        for name in (*product.names.values(), *product.also):
            yield name, node
        for name in product.names.values():
            for end in _ends(name):
                ends.setdefault(end, set()).add(node)
    yield from ((end, next(iter(nodes))) for end, nodes in ends.items() if len(nodes) == 1)


def _ends(name: str) -> Sequence[str]:
    if has_han(name):
        return [name[at:] for at in range(1, len(name) - 1)]
    return [singular(name.split()[-1])] if " " in name else []


def _option_words(phrasebook: Phrasebook) -> Iterator[tuple[str, str]]:
    words: Mapping[str, Mapping[str, str]] = phrasebook.words.get("options", {})
    values = {
        value
        for product in phrasebook.catalogue.entries
        for kind in product.variants
        for value in kind.options.values()
    }
    for value in sorted(values):
        for form in {value, *words.get(value, {}).values()}:
            yield form, value
            if has_han(form) and form.endswith("色") and len(form) > 2:
                yield form[:-1], value
