"""What a deployment keeps, and where: the same for making a backup and for restoring one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from switchboard.settings import Settings


@dataclass(frozen=True)
class Kept:
    """The places of a deployment. `shop` is None where orders are in a system of the shop's own."""

    database_url: str
    files: Path
    shop: Path | None
    models: Path


def kept_by(settings: Settings, models: Path) -> Kept:
    """What the settings name."""
    shop = None
    if settings.orders_url.startswith("sqlite"):
        shop = Path(make_url(settings.orders_url).database or "")
    return Kept(settings.database_url, settings.files_dir, shop, models)
