"""`switchboard whatsapp`: says what WhatsApp's settings lack."""

from __future__ import annotations

import asyncio
from enum import Enum

import typer


class NumberTask(str, Enum):
    """The tasks on the phone numbers."""

    CHECK = "check"


def whatsapp(task: NumberTask = typer.Argument(NumberTask.CHECK)) -> None:
    """Check the settings, and ask the API in what state each phone number is."""
    from switchboard.channels.whatsapp import whatsapp_check

    lines, whole = asyncio.run(whatsapp_check.run())
    print("\n".join(lines))
    if not whole:
        raise typer.Exit(1)
