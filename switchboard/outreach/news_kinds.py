"""What a customer can ask to be told of by itself, and what an order system tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class NewsKind(str, Enum):
    """What a customer agreed to be told of; the value is what the database holds."""

    DELIVERY = "delivery"
    """That an order is on its way, or late."""
    REFUND = "refund"
    """That an order's money was paid back."""
    STOCK = "stock"
    """That a product can be had again."""


OF_ORDERS = (NewsKind.DELIVERY, NewsKind.REFUND)
"""What is told of an order, where its identity was proved; stock is nobody's."""


class NewsTopic(str, Enum):
    """What an order system tells; the value is what its webhook says."""

    SHIPPED = "order.shipped"
    LATE = "order.late"
    REFUNDED = "order.refunded"
    BACK = "product.back_in_stock"

    @property
    def kind(self) -> NewsKind:
        """What a customer has to have agreed to."""
        return _KINDS[self]

    @property
    def reply(self) -> str:
        """The name of the text in `data/replies/outreach.yml`."""
        return _REPLIES[self]


_KINDS = {
    NewsTopic.SHIPPED: NewsKind.DELIVERY,
    NewsTopic.LATE: NewsKind.DELIVERY,
    NewsTopic.REFUNDED: NewsKind.REFUND,
    NewsTopic.BACK: NewsKind.STOCK,
}
_REPLIES = {
    NewsTopic.SHIPPED: "say_news_shipped",
    NewsTopic.LATE: "say_news_late",
    NewsTopic.REFUNDED: "say_news_refunded",
    NewsTopic.BACK: "say_news_back_in_stock",
}


@dataclass(frozen=True)
class News:
    """One piece of news. `id` is the same whenever it is told again; `subject` is an order's number
    or a product's article number."""

    id: str
    topic: NewsTopic
    subject: str
    facts: Mapping[str, str] = field(default_factory=dict)
