"""Which facts of their own order a customer asks for."""

from __future__ import annotations

import re

_FACTS = (
    (
        "details_address",
        r"address|where (?:is|are|will).*(?:go|sent|deliver)|going to|which (?:house|town|city)"
        r"|deliver(?:ed|y)? to|destination"
        r"|地址|[寄送发][到去]?了?哪|收货人|收件人|哪儿收|dizhi",
    ),
    (
        "details_payment",
        r"\bpa(?:y|id|ying|yment)\b|card|paypal|付款|支付|付的|怎么付|付过|付钱|付的款|方式付",
    ),
    (
        "details_refunded",
        r"refunded|how much .*(?:refund|back)|refund.*how much|退了多少|退多少|退回多少|退款金额",
    ),
    (
        "details_parcel",
        r"track(?:ing)?|parcel number|carrier|courier|who (?:delivers|brings)|运单|快递单"
        r"|单号是|物流单|物流号|什么快递|哪家快递|kuaidi",
    ),
    (
        "details_no_parcel",
        r"track(?:ing)?|parcel number|carrier|courier|运单|快递单|物流单|物流号|什么快递|哪家快递",
    ),
    (
        "details_delivered",
        r"deliver(?:ed|y) (?:on|date|day|when)|when .*(?:deliver|arriv|came|come|drop|land"
        r"|turn up)|(?:what|which) day|arrived|签收|什么时候到|哪天到|几号到|送到的|送达|啥时候到",
    ),
    (
        "details_placed",
        r"when .*(?:order|buy|bought|place)|order date|delivery method|express"
        r"|什么时候(?:下|买)|哪天(?:下|买)|下单时间|配送方式",
    ),
    (
        "details_total",
        r"total|in all|all in\b|altogether|how much|sum|amount|cost me|shipping cost"
        r"|delivery (?:fee"
        r"|cost)|多少钱|总共|一共|总价|金额|总额|运费|合计|总计|多少米|duoshao",
    ),
    (
        "details_items",
        r"\b(?:what'?s|wats|what (?:is|was|were|are)|wat) (?:.{0,30} )?\bin\b"
        r"|what (?:did|have|do) i|wat did i|what (?:items|things|stuff)|contents?\b"
        r"|which (?:items|things|products)"
        r"|which .{0,20}\b(?:are|were) in\b|price of|charged?\b|set me back"
        r"|(?:pay|paid|cost|price)\b.*\bfor (?:the|an?|my|that|this)\b|\blist\b"
        r"|里面?都?有|有什么|有啥|有哪些|买了?些?(?:什么|啥)|哪几样|几样|清单|单价|明细",
    ),
)
_PATTERNS = [(fact, re.compile(pattern, re.IGNORECASE)) for fact, pattern in _FACTS]
_BY_WHICH_MEANS = re.compile(
    r"\b(?:how|which|by|with)\b.*\b(?:pa(?:y|id)\b(?! (?:for|4))|payment|card|method)"
    r"|\bpa(?:y|id)\b.*\bwith\b|怎么付|付款方式|支付方式|(?:什么|啥|哪种)(?:方式|卡)?(?:付|支付)",
    re.IGNORECASE,
)
_IN_ALL = re.compile(
    r"\b(?:total|in all|all in|altogether|all told|whole|everything|came to)\b|总|一共|合计|整单",
    re.IGNORECASE,
)
_READ = 500


def facts_asked(text: str) -> list[str]:
    """The facts of an order that a question names; where it names a product, its price."""
    found = [fact for fact, pattern in _PATTERNS if pattern.search(text[:_READ])]
    of_money = "details_items" in found or "details_total" in found
    if "details_payment" in found and of_money and not _BY_WHICH_MEANS.search(text[:_READ]):
        found.remove("details_payment")  # "what did I pay for it"
    if "details_total" in found and not _IN_ALL.search(text[:_READ]):
        found.append("details_items")  # "how much was the clock in 4722"
    return found


_SHOP_PRICE = re.compile(
    r"\b(?:how much|price|cost|costs|sell|selling|charge)\b|what do you (?:ask|want) for"
    r"|多少钱|什么价|价格|价钱|售价|标价|卖多少|怎么卖|几钱|多少米|几块|jiage|duoshao",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"\b(?:my (?:last|own|order|parcel|basket)|order|orders|ordered|paid|pay|bought|did|was|were"
    r"|invoice|cancel|return|deliver\w*|ship\w*)\b"
    r"|订单|我买的|付了|买的时候|花了|这单|那单|运费|退",
    re.IGNORECASE,
)


def asks_shop_price(text: str) -> bool:
    """Whether a text that names a product asks what it costs in the shop."""
    return _SHOP_PRICE.search(text[:_READ]) is not None and _OWN.search(text[:_READ]) is None
