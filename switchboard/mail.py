"""Sends e-mail by the configured server."""

from __future__ import annotations

import smtplib
from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import EmailPolicy
from urllib.parse import unquote, urlsplit

from typing_extensions import override

SECONDS = 10.0
"""For each step of the exchange with the server."""
MailFailure = (smtplib.SMTPException, OSError)
"""What `send_mail` raises where the server is away, slow or refuses."""


_IDS = ("message-id", "in-reply-to", "references")


class _WholeIds(EmailPolicy):
    """Python encodes what is longer than a line, and an encoded id is nobody's."""

    @override
    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() not in _IDS:
            return super().fold_binary(name, value)
        ids = f"{self.linesep} ".join(str(value).split())
        return f"{name}: {ids}{self.linesep}".encode("ascii", "replace")


def send_mail(
    server_url: str,
    sender: str,
    to: str,
    subject: str,
    text: str,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Send one message by `smtp://user:password@host:port` (encrypted where the server can) or
    `smtps://`.

    Raises:
        ValueError: a line break in an address or the subject.
        smtplib.SMTPException, OSError: it was not taken (`MailFailure`).
    """
    server = urlsplit(server_url)
    message = EmailMessage(_WholeIds())
    message["Subject"], message["From"], message["To"] = subject, sender, to
    for name, value in (headers or {}).items():
        message[name] = value
    message.set_content(text)
    secure = server.scheme == "smtps"
    connect = smtplib.SMTP_SSL if secure else smtplib.SMTP
    port = server.port or (465 if secure else 25)
    with connect(server.hostname or "", port, timeout=SECONDS) as mail:
        mail.ehlo()  # the server lists its extensions, STARTTLS among them, only after this
        if not secure and mail.has_extn("starttls"):
            mail.starttls()
        if server.username:
            mail.login(unquote(server.username), unquote(server.password or ""))
        mail.send_message(message)
