"""Reports of broken, wrong or missing goods."""

from __future__ import annotations

import re
from decimal import Decimal

from rapidfuzz.fuzz import ratio
from typing_extensions import override

from actions.action_services import ActionServices
from actions.order_form import order_skill
from actions.order_task import ITEM, MAX_DETAIL, Detail, OrderTask, Wish, read_text
from switchboard.orders.acts import OpenCase
from switchboard.orders.damage import assess_damage, names_damage
from switchboard.orders.model import CaseKind, Order
from switchboard.orders.rules import Assessment, Quote
from switchboard.shop.speech import Speech

_WISHES = (
    (
        "replacement",
        re.compile(
            r"replac|new one|another|exchange|again|resend"
            r"|换|补发|补寄|重发|重新(?:给我)?(?:发|寄)|重寄|再(?:给我)?[寄发]|寄一[件个]",
            re.IGNORECASE,
        ),
    ),
    ("money back", re.compile(r"money|refund|back|cash|reimburs|退|钱", re.IGNORECASE)),
)
_REFUSED = re.compile(
    r"\b(?:no|not|don'?t|do not|without|instead of|rather than)\b(?: \w+){0,4}? "
    r"(?:replacement|new one|another|exchange|money|refund|cash)\b[^.,;!?]*"
    r"|(?:不用|不要|不想|不必|别|不需要|无需)(?:再)?(?:给我)?(?:退款|退钱|换货?|补[发寄]|重[发寄]|寄|发)[^，。！,.!]*"
    r"|(?:钱|款)(?:就|都|也)?(?:不用|不要|别|不必)退[^，。！,.!]*"
)
"""The remedy that is not wanted: "no refund, send it again"."""
_WORDS = (("replacement", "replacement"), ("money back", "refund"), ("money back", "money"))
_ALIKE = 78.0  # of 100: "replcmnt", "refnd"


def _remedies(text: str) -> list[str]:
    found = [name for name, pattern in _WISHES if pattern.search(text)]
    if len(found) < 2:
        return found
    # What is refused is taken out; of what is left, the last word counts: "…, the money then".
    for clause in reversed(re.split(r"[,.;!?，。；！？]", _REFUSED.sub(" ", text))):
        wanted = [name for name, pattern in _WISHES if pattern.search(clause)]
        if wanted:
            return wanted
    return found


def read_wanted(text: str, _order: Order, _speech: Speech) -> str | None:
    """`replacement` or `money back` if the text means exactly one of them, else None."""
    meant = _remedies(text[:200])
    if not meant:
        words = re.findall(r"[a-z]{4,}", text[:200].lower())
        meant = [name for name, word in _WORDS if any(ratio(word, w) >= _ALIKE for w in words)]
    return meant[0] if len(meant) == 1 else None


def find_wanted(text: str) -> str | None:
    """The remedy that a report asks for at once."""
    meant = _remedies(text[:500])
    return meant[0] if len(meant) == 1 else None


def find_damage(text: str) -> str | None:
    """The report itself, where it says what is wrong."""
    return text[:MAX_DETAIL] if names_damage(text) else None


@order_skill
class ReportDamagedItem(OrderTask):
    """Report a damaged item, with a description and the wished remedy."""

    name = "report_damaged_item"
    acts = (OpenCase,)
    refusals = ("not_delivered", "too_late", "already")
    details = (
        ITEM,
        Detail("damaged_item_description", read_text, "say_order_item_unknown", find_damage),
        Detail("damaged_item_wish", read_wanted, "say_damaged_item_wish_unclear", find_wanted),
    )

    @override
    def assess(self, order: Order, wish: Wish, services: ActionServices) -> Assessment:
        return assess_damage(order, wish.get("order_item"), services.policy, services.now())

    @override
    def act(self, order: Order, wish: Wish, quote: Quote) -> OpenCase:
        """No refund before a person has decided."""
        text = f"{wish['damaged_item_wish']}: {wish['damaged_item_description']}"
        item = order.lines(wish["order_item"])[0]
        return OpenCase(CaseKind.DAMAGE, item.sku, text, Decimal("0.00"))

    @override
    def facts(self, order: Order, wish: Wish, quote: Quote, speech: Speech) -> dict[str, str]:
        return {
            **super().facts(order, wish, quote, speech),
            "description": str(wish.get("damaged_item_description")),
            "wish": speech.word("wishes", str(wish.get("damaged_item_wish"))),
        }
