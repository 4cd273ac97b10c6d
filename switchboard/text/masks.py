"""One fixed form for what differs from customer to customer: numbers, addresses, amounts, days,
people's names; and, where the catalogue finds them, products.

Classifiers learn from a few hundred examples; a number of twelve digits that none of them has must
not weigh more than the verb beside it. What other systems have masked already (`[订单x]`,
`{{Order Number}}`, `<url>`) becomes the same forms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import regex

from switchboard.text.language import has_han
from switchboard.text.patterns import EMAIL, LINK

NUMBER, MAIL, AMOUNT, DAY, TIME = "4711", "mail@example.com", "50", "1.5.", "8:00"
NAME, CHINESE_NAME = "Sam", "小李"
PRODUCT, CHINESE_PRODUCT = "item", "商品"
_FORMS = {
    "订单": NUMBER,
    "数字": NUMBER,
    "电话": NUMBER,
    "单号": NUMBER,
    "手机": NUMBER,
    "金额": AMOUNT,
    "日期": DAY,
    "时间": TIME,
    "邮箱": MAIL,
    "姓名": "",
    "地址": "",
    "站点": "",
    "链接": "",
    "网址": "",
    "图片": "",
    "表情": "",
    "url": "",
    "link": "",
    "img": "",
    "image": "",
    "user": "",
    "name": "",
    "person name": "",
    "client name": "",
    "address": "",
    "phone": NUMBER,
    "number": NUMBER,
    "order": NUMBER,
    "order number": NUMBER,
    "order id": NUMBER,
    "invoice number": NUMBER,
    "email": MAIL,
    "amount": AMOUNT,
    "date": DAY,
}
_MASKED = re.compile(
    r"\[(?P<zh>[\u4e00-\u9fff]{1,4}|(?i:url|link|img|image|name|user|phone|email|address|number))"
    r"[xX]?\d{0,3}\]"
    r"|<(?P<tag>(?i:url|link|img|image|user|name|email|phone|number|order|date|amount|address))>"
    r"|\{\{\s?(?P<braced>[A-Za-z ]{2,30}?)\s?\}\}"
)
_LINK = re.compile(LINK)
_EMAIL = re.compile(EMAIL)
_HANDLES = re.compile(r"(?:(?<=\s)|^)[@＠]\w{1,50}", re.ASCII)
_AMOUNT = re.compile(
    r"(?P<sign>[€£$¥])\ ?\d{1,9}(?:[.,]\d{1,3}){0,3}"
    r"|\d{1,9}(?:[.,]\d{1,2})?\ ?(?P<unit>[€£$]|元|块)"
)
_DAY = re.compile(
    r"(?<![\w.])(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2}))(?![\w])"
    r"|(?:20\d\d年)?\d{1,2}月\d{1,2}[日号]",
    re.ASCII,
)
_TIME = re.compile(r"(?<!\w)\d{1,2}:\d{2}(?::\d{2})?(?!\w)", re.ASCII)
_PHONE = re.compile(r"(?<!\w)(?:\+|00)?\d{1,5}(?:[ ()./-]{1,2}\d{1,5}){2,7}(?!\w)", re.ASCII)
_NUMBER = re.compile(r"#?(?<![A-Za-z0-9])(?:[A-Za-z]{1,4}-?)?\d{3,64}(?![A-Za-z])")
_CARD = re.compile(
    r"[\[【]?\s?(?:咨询)?(?:订单(?:编号|号|金额|类型)?|下单时间|商品(?:ID|编号|id)?|ID|金额)\s?[:：]\s?;?\s?"
    r"(?:4711|50|1\.5\.|8:00|NaN[-:NaN ]*|[;,，\s])+(?:元|块)?\s?[\]】]?"
)
_CHOOSE = re.compile(r"请选择(?:要)?咨询的?订单|\((?:移动端|电脑端|网页端)\)")
_CALLED = re.compile(
    r"(?i:\b(?:my (?:full )?name is|my name's|i am called|name ?:))"
    r" (?P<own>[A-Z][\w'-]+(?: [A-Z][\w'-]+){0,2})"
    r"|(?i:\bthis is) (?P<here>[A-Z][\w'-]+(?: [A-Z][\w'-]+){0,2})"
    r"(?=[,.]| (?:from|here|speaking)\b)"
    r"|(?i:\b(?:mr\.?|mrs\.?|ms\.?|miss|dr\.?)) (?P<titled>[A-Z][\w'-]+)"
    r"|(?:我叫|我的名字是|姓名\s?[:：]|收[件货]人(?:姓名)?\s?[:：是])"
    r"\s?(?P<zh>[\u4e00-\u9fff]{2,4})(?=[\s,，。.;；]|$)"
)
"""Where somebody gives a name. Names that nothing introduces are left: what looks like one may be a
town or a product."""
_SIGNED = re.compile(
    r"(?i:\b(?:(?:kind|best|warm)(?:est)?\ regards|regards|sincerely(?:\ yours)?|yours"
    r"(?:\ (?:sincerely|faithfully|truly))?|best\ wishes|cheers|many\ thanks|thanks))\s?[,.\n-]+\s?"
    r"[A-Z][\w'-]+(?:\ [A-Z][\w'-]*\.?){0,2}\s?$"
)
_SPACES = re.compile(r"\s+")
_SALUTATION = regex.compile(
    r"""(?:
    (?:hi|hello|hey|hiya|greetings|good\ (?:morning|afternoon|evening|day)
      |dear\ (?:sirs?|madam|team|all|support|customer\ (?:service|support|care)))
    (?:\ (?:there|again|all|team|guys|folks|everyone|support|sirs?|madam|or\ madam))*+
    \s*[\s,.!:;\u2013-]\s*
    | (?:你好|您好|哈喽|早上好|上午好|下午好|晚上好)[啊呀]?
      (?:[\s,，。.!！~～:：]+|(?=[我请麻想问这那帮有]))
    | (?:亲|在|在吗|在么|在不|在不在|在嘛|有人吗|有人在吗)[\s,，。.!！?？~～]+
    ){1,4}""",
    regex.IGNORECASE | regex.VERBOSE,
)


def name_no_products(text: str, products: Iterable[tuple[int, int]]) -> str:
    """`text` with one word in place of each product that it names at (start, end): what a shop
    sells is in no example, and "where is my oak board" asks what "where is my item" does."""
    for start, end in sorted(products, reverse=True):
        word = CHINESE_PRODUCT if has_han(text[start:end]) else PRODUCT
        text = text[:start] + word + text[end:]
    return text


def mask(text: str) -> str:
    """`text` with its fixed forms. An order's card (number, sum and day with their labels) leaves
    only the number; handles, links and a greeting before something else leave nothing, unless there
    is nothing else."""
    told = _MASKED.sub(_form, text)
    told = _HANDLES.sub(" ", _LINK.sub(" ", _EMAIL.sub(MAIL, told)))
    told = _AMOUNT.sub(lambda m: f"{m['sign'] or ''}{AMOUNT}{m['unit'] or ''}", told)
    told = _TIME.sub(TIME, _DAY.sub(DAY, told))
    told = _NUMBER.sub(NUMBER, _PHONE.sub(NUMBER, told))
    told = _CALLED.sub(_name, told)
    signed = _SIGNED.search(told)
    if signed and any(char.isalnum() for char in told[: signed.start()]):
        told = told[: signed.start()].rstrip()
    bare = _SPACES.sub(" ", _CHOOSE.sub(" ", _CARD.sub(" ", told))).strip()
    greeted = _SALUTATION.match(bare)
    if greeted and any(char.isalnum() for char in bare[greeted.end() :]):
        return bare[greeted.end() :]
    if any(char.isalpha() for char in bare):
        return bare
    told = _SPACES.sub(" ", told).strip()
    return told or ("link" if text.strip() else "")


def _form(match: re.Match[str]) -> str:
    named = match["zh"] or match["tag"] or match["braced"]
    known = _FORMS.get(named.lower())
    return f" {named if known is None else known} "


def _name(match: re.Match[str]) -> str:
    given = match[match.lastgroup or 0]
    start = match.start(match.lastgroup or 0) - match.start()
    name = CHINESE_NAME if match.lastgroup == "zh" else NAME
    return match[0][:start] + name + match[0][start + len(given) :]
