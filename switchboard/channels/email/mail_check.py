"""Whether e-mail is set up: what is missing, and whether both servers let us in."""

from __future__ import annotations

from collections.abc import Callable

from switchboard.errors import ConfigurationError
from switchboard.mail import MailFailure, open_post
from switchboard.mails.imap_box import BoxFailure, open_box
from switchboard.settings import Settings


def check_mail(settings: Settings) -> tuple[list[str], bool]:
    """A line for each part, and whether all of them work. Nothing is sent or changed."""
    email, desk = settings.email, settings.desk
    imap_url, smtp_url = email.imap_url or desk.imap_url, email.smtp_url or desk.smtp_url
    wanted = {
        "SWITCHBOARD_EMAIL_ADDRESS": email.address,
        "SWITCHBOARD_EMAIL_IMAP_URL": imap_url,
        "SWITCHBOARD_EMAIL_SMTP_URL": smtp_url,
    }
    missing = [name for name, value in wanted.items() if not value]
    if missing:
        return [f"off, for want of {', '.join(missing)}"], False

    def mailbox() -> str:
        with open_box(imap_url, desk.mail_ca) as box:
            numbered = "" if box.validity else "; it numbers nothing: mail may be answered twice"
            return f"opened, {len(box.search('UNSEEN'))} unread{numbered}"

    def sent() -> str:
        with open_box(imap_url, desk.mail_ca, email.sent_folder) as box:
            return f"opened, {len(box.search('ALL'))} messages"

    def server() -> str:
        with open_post(smtp_url, desk.mail_ca):
            return "it lets us in"

    parts: dict[str, Callable[[], str]] = {"mailbox": mailbox, "mail server": server}
    if email.sent_folder:
        parts["sent mail"] = sent
    lines, works = [f"address: {email.address}"], True
    for name, part in parts.items():
        try:
            told = part()
        except (ConfigurationError, *BoxFailure, *MailFailure) as error:
            told, works = _why(error), False
        lines.append(f"{name}: {told}")
    if not email.sent_folder:
        lines.append(
            "sent mail: SWITCHBOARD_EMAIL_SENT_FOLDER is not set: an answer on its way when its "
            "process is killed is sent again"
        )
    return lines, works


def _why(error: Exception) -> str:
    """What a person can do something with; a server's own words may hold the name of a user."""
    name = type(error).__name__
    known = {
        "SSLCertVerificationError": "its certificate is not trusted: see SWITCHBOARD_MAIL_CA",
        "SMTPAuthenticationError": "user or password is wrong",
        "SignInRefused": "user or password is wrong",
        "NoSuchFolder": "there is no such folder",
        "NotEncrypted": "it offers no encryption, so no password was sent",
        "gaierror": "there is no host of that name",
        "ConnectionRefusedError": "nobody answers at that host and port",
        "TimeoutError": "it does not answer",
        "SMTPNotSupportedError": "it offers no encryption, so no password was sent",
        "ConfigurationError": str(error),
    }
    return known.get(name, f"it failed: {name}")
