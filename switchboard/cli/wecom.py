"""`switchboard wecom`: checks the configuration of WeCom customer service."""

from __future__ import annotations

import asyncio
from enum import Enum

import typer


class ServiceTask(str, Enum):
    """The tasks on customer service."""

    CHECK = "check"


def wecom(_task: ServiceTask = typer.Argument(ServiceTask.CHECK)) -> None:
    """Check the settings of WeCom customer service, and which accounts it may answer for."""
    from switchboard.channels.wecom import wecom_check

    print("\n".join(asyncio.run(wecom_check.run())))
