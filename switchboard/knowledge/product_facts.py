"""What the catalogue tells of a product: price, kinds, stock, material, size.

A care article is no answer to "how big is the lamp". Where a question names a product and one of
these, the catalogue answers, and where the catalogue does not tell it, nothing else does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from switchboard.knowledge.articles import Passage
from switchboard.knowledge.statements import Statement
from switchboard.shop.catalogue import Catalogue, CatalogueVariant, Product
from switchboard.shop.products import ProductFinder
from switchboard.shop.speech import Phrasebook, Speech
from switchboard.text.language import ENGLISH, SPOKEN, has_han
from switchboard.text.patterns import any_of
from switchboard.text.words import split_words

PREFIX = "product:"
"""Before the article number, in the id of a product's passage."""
_ASKED: Mapping[str, re.Pattern[str]] = {
    "price": any_of(
        "how_much_(?:is|are|does|do|for|you) how_much\\W*$ prices? cost costs cheapest expensive "
        "budget",
        "多少钱 价格 价钱 什么价 怎么卖 卖多少 几块 几欧 贵不贵 便宜的",
    ),
    "kinds": any_of(
        "colou?rs? shades?_(?:of|do|does) versions? variants? comes?_in in_(?:black|white|red) "
        "in_(?:blue|green|gr[ae]y|brown|pink|yellow|beige|navy|cream|sand|brass|gold|silver)",
        "颜色 什么色 几种色 几款 什么款 型号 款式 有[没无]?有?[黑白红蓝绿灰棕粉黄米金银紫橙] "
        "[黑白红蓝绿灰棕粉黄米金银紫橙]色",
    ),
    "stock": any_of(
        "in_stock out_of_stock sold_out available availability any_left have_(?:any|some)_left",
        "有货 现货 缺货 库存 还有吗 卖完 断货 没货",
    ),
    "material": any_of(
        "material made_(?:of|from|out) what_(?:wood|metal|steel|fabric|cotton|stone) "
        "solid_(?:wood|oak) real(?:ly)?_(?:linen|wool|oak|wood|cotton|leather|silk|down) blend "
        "polyester plastic_or or_plastic",
        "材质 材料 什么做的 什么木 纯[棉毛羊] 成分 面料 "
        "还?是[^，。？]{0,6}(?:还是|的)[^，。？]{0,6}(?:做|材|木头|陶瓷|玻璃|不锈钢|塑料)",
    ),
    "weight": any_of(
        "how_heavy weigh(?:s|t)? kg kilos? grams?", "多重 重量 几斤 多少克 几公斤 重不重"
    ),
    "capacity": any_of(
        "how_many_(?:lit(?:re|er)s?|cups?|ml|people|jars|beans) capacity hold lit(?:re|er)s?",
        "容量 几升 多少升 几杯 几个人 装多少 装几 能放几 能装",
    ),
    "size": any_of(
        "sizes? how_(?:big|large|long|tall|wide|high|thick|deep) dimensions? diameter "
        "measure(?:s|ments?)? height width depth length thick(?:ness)? cm inch(?:es)? super_king "
        "king_size queen double_bed (?:big|large)_enough",
        "尺寸 多大 大小 多长 多高 多宽 多厚 直径 几寸 规格 几号 厘米 公分",
    ),
}
_FACTS = {
    "material": ("material", re.compile(r"")),
    "size": ("size", re.compile(r"")),
    "weight": ("size", re.compile(r"\d\s?k?g\b|公斤|克")),
    "capacity": (
        "size",
        re.compile(r"lit(?:re|er)|\bfor \w+ (?:small )?(?:cup|jar)|\d\s?g of|升|杯|瓶|可装"),
    ),
}
"""Where the catalogue tells what is asked, and what its text must have in it to tell that."""
_ANOTHER_MATTER = any_of(
    "swap exchang\\w* return\\w* refund\\w* deliver\\w* shipp\\w* post(?:age)? engrav\\w* wash\\w* "
    "clean\\w* warranty guarantee\\w* oven microwave dishwasher induction bulb shrink\\w* oil\\w* "
    "discount voucher code invoice gift wrap\\w* order notif\\w* back_in vat tax restock match "
    "cheaper elsewhere fits?_through stairs recycl\\w* settings? grind fine coarse cables? cords? "
    "plug balance left_on",
    "换 退 寄 送货 配送 运费 邮费 洗 保修 质保 烤箱 微波 洗碗机 电磁炉 灯泡 缩水 上油 优惠 折扣 "
    "发票 礼品 包装 订单 通知 补货 含税 差价 几档 刻度 回收 插头 电线 线有 余额",
)
"""Words of questions that an article answers, though they name a product."""


def is_product(passage: Passage) -> bool:
    """Whether a passage is the catalogue's, not an article's."""
    return passage.id.startswith(PREFIX)


@dataclass(frozen=True)
class ProductAnswer:
    """What a question about a product asks. Without `passage` the catalogue does not tell it."""

    passage: Passage | None


class ProductFacts:
    """The catalogue as passages, and the questions that are about it."""

    def __init__(self, phrasebook: Phrasebook) -> None:
        self._catalogue: Catalogue = phrasebook.catalogue
        self._speak = {code: phrasebook.speak(code) for code in SPOKEN}
        self._finder = ProductFinder(self._catalogue)
        self._heads = _heads(self._catalogue)

    def asked(self, question: str, language: str) -> ProductAnswer | None:
        """The answer to a question on a product's price, kinds, stock, material or size.

        None where the question names no product of the catalogue or asks something else of it.
        """
        text = question[:500]
        wanted = [name for name, pattern in _ASKED.items() if pattern.search(text)]
        if not wanted or _ANOTHER_MATTER.search(text):
            return None
        skus = self.named(text)
        if not skus:
            return None
        if wanted == ["stock"] and not any(self._catalogue.by_sku[s].variants for s in skus):
            return None  # what the shop's articles say of stock in general holds
        told = [p for sku in skus[:3] if (p := self._passage(sku, wanted, language)) is not None]
        if not told:
            return ProductAnswer(None)
        statements = tuple(statement for passage in told for statement in passage.statements)
        joined = " ".join(statement.text for statement in statements)
        first = told[0]
        title = self._speak[first.language].listed([passage.title for passage in told])
        return ProductAnswer(
            Passage(first.id, title, "", (), joined, first.updated, first.language, (), statements)
        )

    def named(self, text: str) -> list[str]:
        """The article numbers of the products that a text names, by name or by its last word."""
        found = {match.sku: None for match in self._finder.find(text)}
        if found:
            return list(found)
        words = " ".join(word.text.lower().rstrip("s") for word in split_words(text))
        for head, sku in sorted(self._heads.items(), key=lambda pair: -len(pair[0])):
            plain = head if has_han(head) else f" {head} "
            if plain in (text if has_han(head) else f" {words} "):
                found.setdefault(sku)
        return list(found)

    def passage(self, sku: str, language: str) -> Passage | None:
        """All that the catalogue tells of a product; None if it does not know it."""
        return self._passage(sku, list(_ASKED), language)

    def _passage(self, sku: str, wanted: list[str], language: str) -> Passage | None:
        product = self._catalogue.by_sku.get(sku)
        speech = self._speak[language if language in SPOKEN else ENGLISH]
        if product is None:
            return None
        statements = tuple(map(Statement, _told(product, wanted, speech)))
        text = " ".join(statement.text for statement in statements)
        title = speech.product(sku)
        if not statements:
            return None
        code = speech.language
        return Passage(f"{PREFIX}{sku}", title, "", (), text, date.today(), code, (), statements)


def _told(product: Product, wanted: list[str], speech: Speech) -> Iterator[str]:
    """The statements on what is wanted that the catalogue can make."""
    facts: dict[str, object] = {
        "item": speech.product(product.sku),
        "price": speech.money(product.price),
    }
    can_be_had = [kind for kind in product.variants if kind.stock > 0]
    sold_out = [kind for kind in product.variants if kind.stock <= 0]
    sized = any("size" in kind.options for kind in product.variants)
    asks_kinds = {"kinds", "stock", "price"} & set(wanted) or ("size" in wanted and sized)
    if "price" in wanted and not product.variants:
        yield _say("price", speech, facts)
    if can_be_had and asks_kinds:
        yield _say("kinds", speech, {**facts, "kinds": _kinds(can_be_had, speech)})
    if sold_out and {"kinds", "stock"} & set(wanted):
        named = speech.listed([speech.options(kind.options) for kind in sold_out])
        yield _say("sold_out", speech, {**facts, "kinds": named})
    for name in dict.fromkeys(fact for asked, (fact, _) in _FACTS.items() if asked in wanted):
        forms = product.facts.get(name, {})
        told = forms.get(speech.language) or forms.get(ENGLISH, "")
        if told and any(_FACTS[asked][1].search(told) for asked in wanted if asked in _FACTS):
            yield _say(name, speech, {**facts, "told": told})


def _say(name: str, speech: Speech, facts: Mapping[str, object]) -> str:
    return speech.word("product_statements", name).format_map(facts)


def _kinds(kinds: list[CatalogueVariant], speech: Speech) -> str:
    return "; ".join(f"{speech.options(k.options)} ({speech.money(k.price)})" for k in kinds)


def _heads(catalogue: Catalogue) -> dict[str, str]:
    """The words that name one product of the shop and no other: "kettle", "烧水壶", and what the
    catalogue itself lists."""
    heads: dict[str, set[str]] = {}
    for product in catalogue.entries:
        for name in product.names.values():
            ends = (
                {name[at:] for at in range(len(name) - 1)}
                if has_han(name)
                else {name.split()[-1].lower().rstrip("s")}
            )
            for end in ends:
                heads.setdefault(end, set()).add(product.sku)
    alone = {end: next(iter(skus)) for end, skus in heads.items() if len(skus) == 1}
    listed = {word.lower().rstrip("s"): p.sku for p in catalogue.entries for word in p.also}
    return {**alone, **listed}
