"""`switchboard x`: sets up and checks the webhook of X."""

from __future__ import annotations

import asyncio
from enum import Enum

import typer


class XTask(str, Enum):
    """The tasks on the webhook of X."""

    CHECK = "check"
    SET = "set"
    REMOVE = "remove"


def x(
    task: XTask = typer.Argument(XTask.CHECK),
    address: str = typer.Argument("", help="https://bot.your-shop.example/webhooks/x/webhook"),
) -> None:
    """Check what is missing on X, whose the token is and whether a webhook is set; set or remove
    one at an address."""
    from switchboard.channels.x import x_webhook

    lines, whole = asyncio.run(x_webhook.run(task.value, address))
    print("\n".join(lines))
    if not whole:
        raise typer.Exit(1)
