"""`switchboard email`: whether the mailbox and the mail server are set up."""

from __future__ import annotations

from enum import Enum

import typer

from switchboard.settings import load_settings


class MailTask(str, Enum):
    """The tasks on the channel e-mail."""

    CHECK = "check"


def email(task: MailTask = typer.Argument(MailTask.CHECK)) -> None:
    """Check the settings of the channel e-mail: says what is missing, sends nothing."""
    from switchboard.channels.email.mail_check import check_mail

    lines, works = check_mail(load_settings())
    print("\n".join(lines))
    if not works:
        raise typer.Exit(1)
