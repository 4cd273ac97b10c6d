"""Rules for broken, wrong or missing goods."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from switchboard.orders.model import CaseKind, Order
from switchboard.orders.rules import Assessment, Quote, Refusal, case_on, delivered_days
from switchboard.shop.policy import Policy

_DAMAGED = re.compile(
    r"\b(?:broke|broken|cracked|crack|chipped|smashed|shattered|damaged|damage|faulty|defect(?:ive)?"
    r"|torn|ripped|scratch(?:ed|es)?|dented|bent|leak(?:s|ing|ed)?|flicker(?:s|ing|ed)?|wobbl(?:es|y|ing)"
    r"|stopped working|(?:does not|doesn'?t|won'?t|didn'?t) (?:work(?! out)|turn on|switch on"
    r"|light up|start)"
    r"|not working|in (?:(?!\d)\w+ )?pieces(?! ?\d)|bits|falling apart|fell apart"
    r"|stain(?:ed|s)?|mould"
    r"|missing|wrong item)\b"
    r"|坏|碎|裂|破(?!费)|断了|漏水|漏液|变形|划痕|刮花|故障|不亮|不转|不工作|不能用|用不了|瑕疵|污渍|脏|掉漆|发错|少发|缺件",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:not|isn'?t|nothing|never|no) (?:\w+ ){0,2}$|(?:没有?|不是|并没)$", re.IGNORECASE
)
_READ = 500


def names_damage(text: str) -> bool:
    """Whether a text says that goods are broken, wrong or missing."""
    found = _DAMAGED.search(text[:_READ])
    return found is not None and not _NOT.search(text[: found.start()])


def assess_damage(order: Order, sku: str | None, policy: Policy, now: datetime) -> Assessment:
    """Allowed within the window after delivery, or for a parcel overdue enough to count as lost."""
    item = order.item(sku) if sku else None
    days = delivered_days(order, now)
    if days is None:
        lost_after = timedelta(days=policy.integer("delivery", "lost_after_days"))
        if order.shipment is None or now - order.shipment.shipped_at < lost_after:
            return Refusal("not_delivered")
    elif days > policy.integer("damage", "window_days"):
        window = policy.text("damage", "window_days")
        return Refusal("too_late", {"days_since": str(days), "window": window})
    if item is not None:
        reference = case_on(order, item.sku, CaseKind.DAMAGE)
        if reference:
            return Refusal("already", {"reference": reference})
    return Quote()
