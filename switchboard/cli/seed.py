"""`switchboard seed`: resets the demo shop."""

from __future__ import annotations

from switchboard.errors import ConfigurationError
from switchboard.settings import load_settings


def seed() -> None:
    """Make the demo shop anew: 300 customers and 1,500 orders in every state."""
    from switchboard.orders.demo_seed import reseed

    settings = load_settings()
    if not settings.orders_url.startswith("sqlite"):
        raise ConfigurationError("SWITCHBOARD_ORDERS_URL names a system of your own: not seeded")
    reseed(settings)
    print("The demo shop is new.")
