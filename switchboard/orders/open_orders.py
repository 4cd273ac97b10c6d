"""Chooses the order system that the settings name."""

from __future__ import annotations

from collections.abc import Callable

from switchboard.orders.demo_shop import SqliteOrderSystem
from switchboard.orders.http_orders import HttpOrderSystem
from switchboard.orders.http_orders_v1 import FirstVersionOrderSystem
from switchboard.orders.order_system import OrderSystem
from switchboard.orders.woocommerce import WooCommerceOrderSystem
from switchboard.settings import Settings

_REMOTE: dict[str, Callable[..., OrderSystem]] = {
    "1": FirstVersionOrderSystem,
    "2": HttpOrderSystem,
    "woocommerce": WooCommerceOrderSystem,
}


def open_order_system(settings: Settings) -> OrderSystem:
    """The configured order system: the embedded shop, or a system over HTTP.

    Raises:
        ConfigurationError: the address is neither a database nor http(s).
    """
    url = settings.orders_url
    if not url.startswith(("http://", "https://")):
        return SqliteOrderSystem(url)
    kind = _REMOTE[settings.orders_contract]
    return kind(url, settings.orders_token, timeout=settings.orders_timeout)
