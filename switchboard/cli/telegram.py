"""`switchboard telegram`: sets up the bot's webhook and commands."""

from __future__ import annotations

import asyncio
from enum import Enum

import typer


class WebhookTask(str, Enum):
    """The tasks on the webhook."""

    SET = "set"
    CHECK = "check"
    REMOVE = "remove"


def telegram(task: WebhookTask = typer.Argument(WebhookTask.CHECK)) -> None:
    """Set, check or remove the Telegram webhook; setting it also sets the list of commands."""
    from switchboard.channels.telegram import telegram_webhook

    print(asyncio.run(telegram_webhook.run(task.value)))
