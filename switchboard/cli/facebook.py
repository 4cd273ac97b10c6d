"""`switchboard facebook`: sets up what a Messenger page shows around the chat."""

from __future__ import annotations

import asyncio
from enum import Enum

import typer


class ProfileTask(str, Enum):
    """The tasks on a page's profile."""

    SET = "set"
    CHECK = "check"
    REMOVE = "remove"


def facebook(task: ProfileTask = typer.Argument(ProfileTask.CHECK)) -> None:
    """Set, check or remove each page's Get Started button, greeting, menu and subscription."""
    from switchboard.channels.facebook import messenger_profile

    print("\n".join(asyncio.run(messenger_profile.run(task.value))))
