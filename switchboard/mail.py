"""Sends e-mail by the configured server."""

from __future__ import annotations

import contextlib
import smtplib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import formatdate
from urllib.parse import unquote, urlsplit

from typing_extensions import override

from switchboard.errors import MailUnsure
from switchboard.mails.mail_hosts import may_be_plain
from switchboard.mails.mail_trust import trust

SECONDS = 10.0
"""For each step of the exchange with the server."""
MailFailure = (smtplib.SMTPException, OSError, MailUnsure)
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


@dataclass(frozen=True)
class Enclosure:
    """A file that goes with a message."""

    content: bytes
    mime: str
    name: str


def send_mail(
    server_url: str,
    sender: str,
    to: str,
    subject: str,
    text: str,
    headers: Mapping[str, str] | None = None,
    ca: str = "",
    files: Sequence[Enclosure] = (),
) -> None:
    """Send one message by `smtp://user:password@host:port` (encrypted where the server can) or
    `smtps://`. Certificates are verified, by this machine's authorities and those in `ca`.

    Raises:
        ValueError: a line break in an address or the subject.
        ConfigurationError: the file `ca` cannot be used.
        MailUnsure: the connection broke after the text was sent; it may have been taken.
        smtplib.SMTPException, OSError: it was not taken (`MailFailure` is all three).
    """
    message = EmailMessage(_WholeIds())
    message["Subject"], message["From"], message["To"] = subject, sender, to
    message["Date"] = formatdate(localtime=False)
    for name, value in (headers or {}).items():
        message[name] = value
    message.set_content(text)
    for file in files:
        kind, _, subtype = file.mime.partition("/")
        message.add_attachment(file.content, kind, subtype, filename=file.name)
    written = message.as_bytes(policy=message.policy.clone(linesep="\r\n"))
    with open_post(server_url, ca) as mail:
        _hand_over(mail, sender, to, written)


@contextmanager
def open_post(server_url: str, ca: str = "") -> Iterator[smtplib.SMTP]:
    """A connection over which messages can be sent, signed in and encrypted where the server can.
    No password goes unencrypted to another machine.

    Raises:
        ConfigurationError: the file `ca` cannot be used.
        smtplib.SMTPException, OSError: the server is away, slow or refuses.
    """
    server = urlsplit(server_url)
    secure, host = server.scheme == "smtps", server.hostname or ""
    if secure:
        mail: smtplib.SMTP = smtplib.SMTP_SSL(
            host, server.port or 465, timeout=SECONDS, context=trust(ca)
        )
    else:
        mail = smtplib.SMTP(host, server.port or 25, timeout=SECONDS)
    try:
        mail.ehlo()  # the server lists its extensions, STARTTLS among them, only after this
        if not secure and mail.has_extn("starttls"):
            mail.starttls(context=trust(ca))
            mail.ehlo()
        elif not secure and server.username and not may_be_plain(host):
            raise smtplib.SMTPNotSupportedError("no password goes there unencrypted")
        if server.username:
            mail.login(unquote(server.username), unquote(server.password or ""))
        yield mail
        with contextlib.suppress(smtplib.SMTPException, OSError):
            mail.quit()  # what was taken stays taken, however the server says goodbye
    finally:
        mail.close()


def _hand_over(mail: smtplib.SMTP, sender: str, to: str, written: bytes) -> None:
    """As `SMTP.sendmail` does, but that it tells a refusal from a doubt."""
    code, said = mail.mail(sender)
    if code != 250:
        raise smtplib.SMTPSenderRefused(code, said, sender)
    code, said = mail.rcpt(to)
    if code not in (250, 251):
        raise smtplib.SMTPRecipientsRefused({to: (code, said)})
    try:
        code, said = mail.data(written)
    except (smtplib.SMTPServerDisconnected, OSError) as error:
        raise MailUnsure(type(error).__name__) from error
    if code != 250:
        raise smtplib.SMTPDataError(code, said)
