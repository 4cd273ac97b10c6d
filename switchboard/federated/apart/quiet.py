"""Flower's own log lines, kept from the terminal."""

from __future__ import annotations

import logging
import warnings


def hush() -> None:
    """Tell nothing below what is fatal: what matters of it is told by us, in one line."""
    logging.getLogger("flwr").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", module="flwr")
