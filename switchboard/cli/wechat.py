"""`switchboard wechat`: checks the configuration of an official account."""

from __future__ import annotations

import asyncio
from enum import Enum

import typer


class AccountTask(str, Enum):
    """The tasks on an official account."""

    CHECK = "check"


def wechat(_task: AccountTask = typer.Argument(AccountTask.CHECK)) -> None:
    """Check the settings of a WeChat official account, and what WeChat lets it do."""
    from switchboard.channels.wechat import wechat_check

    print("\n".join(asyncio.run(wechat_check.run())))
