"""Claims that an answer must not make whatever it cites: promises, order news, secrets."""

from __future__ import annotations

import re
from collections.abc import Collection

from switchboard.answering.facts import visible


def _any(words: str) -> str:
    """A pattern that matches any of the words; underscores stand for spaces."""
    return "(?:" + "|".join(word.replace("_", r"\s+") for word in words.split()) + ")"


_WHO = _any("i we our_team somebody someone a_colleague an_agent the_team")
_WILL = (
    r"(?:'ll|'ve|'m\s+going\s+to|\s+"
    + _any("will have has just already am_going_to are_going_to")
    + ")"
)
_ACTS = _any(
    "refund call ring cancel credit e-?mail send sent contact chang escalat process issu replac "
    "reimburs compensat arrang book reserv deliver dispatch ship waiv appl add remov delet updat "
    "forward notif inform transfer pay paid give gave grant extend mak made open clos unlock"
)
_HAN_SOON = _any("这就 现在 马上 会 将 将会 已 已经 可以 来 去 帮您 给您 为您 立即 立刻 刚刚")
_HAN_ACTS = _any(
    "退 取消 联系 致电 打电话 寄 补发 发送 安排 升级 处理 登记 修改 赔 免 送 转 删 通知 延长 解锁"
)
_PROMISES = (
    re.compile(rf"\b{_WHO}{_WILL}\s+(?:\w+\s+){{0,3}}?{_ACTS}\w*", re.IGNORECASE),
    re.compile(
        rf"\b{_WHO}(?:'m|'re|\s+am|\s+are)\s+(?:\w+\s+){{0,3}}?{_ACTS}\w*ing\b", re.IGNORECASE
    ),
    re.compile(rf"我(?:们)?{_HAN_SOON}+[^。，,]{{0,6}}?{_HAN_ACTS}"),
    re.compile(rf"(?:已经?|马上|立即|立刻)(?:为您|给您|帮您)[^。，,]{{0,4}}{_HAN_ACTS}"),
)
_THINGS = _any("order parcel package refund return payment account money case complaint delivery")
_HAPPENS = r"(?:has been|have been|was|is (?:now|on|already|being)|will be|has (?:already )?\w+ed)"
_NEWS = (
    re.compile(rf"\byour {_THINGS}(?: \w+)? {_HAPPENS}\b", re.IGNORECASE),
    re.compile(r"您的(?:订单|包裹|退款|退货|付款|账户|投诉|钱|快递)(?:已经?|正在|将会?|会)"),
)
_STAKES = re.compile(
    r"\b"
    + _any(
        "discounts? vouchers? coupons? free gratis guarantee[ds]? unlimited forever lifetime bonus "
        "compensat\\w* cashback reward\\w* no_questions always never anything everything whatever "
        "anyway regardless either_way for_nothing waived? whenever any_time"
    )
    + r"\b|"
    + _any(
        "免费 打折 优惠 折扣 赔偿 补偿 保证 无限 永久 终身 返现 奖励 随便 任何 无条件 "
        "免了 全免 白送 照样 随时 什么时候都 想什么时候"
    ),
    re.IGNORECASE,
)
_SECRETS = re.compile(
    r"\b"
    + _any(
        "system_prompt my_instructions my_rules my_prompt language_model openai gpt jailbreak\\w* "
        "developer_mode passages?_(?:number_)?\\d api[_-]?keys? passwords?_is passwords?_are "
        "ignore_all ignore_previous ignore_my"
    )
    + r'\b|"kind"|\b[a-z]+_[a-z]+\b|'
    + _any("系统提示 提示词 我的指令 我的规则 我的设定 语言模型 开发者模式 越狱"),
    re.IGNORECASE,
)
_SECRET_THINGS = _any(
    "card_number cvv cvc security_code pin password bank_details one.time_code iban passcode"
)
_ASKS_FOR = (
    re.compile(rf"\b{_SECRET_THINGS}\b[^.]*\?", re.IGNORECASE),
    re.compile(
        rf"\b(?:send|give|tell|type|enter|share|confirm|reply)\b[^.]*\b{_SECRET_THINGS}\b",
        re.IGNORECASE,
    ),
    re.compile(r"(?:告诉|发给|提供给|发送给|回复)我们?[^。]*(?:卡号|密码|验证码|安全码|身份证)"),
    re.compile(r"(?:卡号|密码|验证码|安全码|身份证)[^。]*(?:告诉|发给|提供给|发送给|回复)我"),
)
_MARKUP = re.compile(r"!\[|\]\s*\(|<\s*/?[a-z!]|&#", re.IGNORECASE)
_NAMED_ORDER = re.compile(r"(?:\border\b|订单)\D{0,12}?(\d{4,})", re.IGNORECASE)
_ORDER_NUMBER = re.compile(r"(?<![\d.,€$£¥])\d{4,}(?![\d%])")


def forbidden_claim(answer: str, grounds: str, proved: Collection[str]) -> str | None:
    """Why an answer must not be sent, for the model and the log; None if it may.

    `grounds` is the text of the cited sources, `proved` the order numbers that the customer proved.
    """
    answer = visible(answer)
    known = " ".join(visible(grounds).casefold().split())
    if _MARKUP.search(answer):
        return "it has markup"
    if _unsupported((_SECRETS,), answer, known):
        return "it speaks of instructions"
    if any(pattern.search(answer) for pattern in _ASKS_FOR):  # even if an article asks for it
        return "it asks for a secret"
    if _unsupported(_PROMISES, answer, known):
        return "it promises or reports an act, which you cannot do"
    if _unsupported(_NEWS, answer, known):
        return "it tells news of an order: name the order, and say what its data say"
    for stake in _STAKES.finditer(answer):
        if _stem(stake[0]) not in known:
            return f"'{stake[0]}' is not in the passages"
    named = _NAMED_ORDER.findall(answer)
    loose = [number for number in _ORDER_NUMBER.findall(answer) if number not in grounds]
    if not set(named) | set(loose) <= set(proved):
        return "it names an order that the customer has not proved"
    return None


def _unsupported(patterns: tuple[re.Pattern[str], ...], answer: str, known: str) -> bool:
    """Whether a pattern matches text that the sources do not contain verbatim."""
    found = (match[0] for pattern in patterns for match in pattern.finditer(answer))
    return any(" ".join(text.casefold().split()) not in known for text in found)


def _stem(word: str) -> str:
    word = word.casefold()
    return re.sub(r"(?:s|d|ed|ation)$", "", word) if word.isascii() else word
