"""A folder of a mailbox over IMAP, by the server's own numbers (UIDs)."""

from __future__ import annotations

import contextlib
import imaplib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

from switchboard.mails.mail_hosts import may_be_plain
from switchboard.mails.mail_trust import trust

SECONDS = 10.0
BoxFailure = (imaplib.IMAP4.error, OSError)
"""What a mailbox raises where the server is away, slow or refuses."""
_SIZE = re.compile(rb"RFC822\.SIZE (\d{1,18})")


class SignInRefused(imaplib.IMAP4.error):
    """User or password is wrong."""


class NoSuchFolder(imaplib.IMAP4.error):
    """The mailbox has no folder of that name."""


class NotEncrypted(imaplib.IMAP4.error):
    """The server offers no encryption, so no password was sent."""


class ImapBox:
    """An opened folder. Methods raise `BoxFailure`.

    The server's numbers mean something only as long as its `validity` stays; `next_number` is what
    the next new message gets. Either is 0 if it is not told.
    """

    def __init__(self, box: imaplib.IMAP4) -> None:
        self._box = box
        # Told once, as the folder is opened: `imaplib` forgets what it was asked for.
        self.validity, self.next_number = self._told("UIDVALIDITY"), self._told("UIDNEXT")

    def search(self, *criteria: str) -> list[int]:
        """The numbers of messages, ascending."""
        done, found = self._box.uid("search", *criteria)
        if done != "OK":
            raise imaplib.IMAP4.error("the search was refused")
        listed = (found[0] or b"").split() if found else []
        return sorted(int(number) for number in listed if number.isdigit())

    def size(self, number: int) -> int | None:
        """Bytes of a message; None if it is gone."""
        _, sized = self._box.uid("fetch", str(number), "(RFC822.SIZE)")
        told = b" ".join(part if isinstance(part, bytes) else part[0] for part in sized if part)
        size = _SIZE.search(told)
        return int(size[1]) if size else None

    def fetch(self, number: int, most: int = 0) -> bytes:
        """A message, or its first `most` bytes; empty if it is gone. It stays unread."""
        part = f"(BODY.PEEK[]<0.{most}>)" if most else "(BODY.PEEK[])"
        _, parts = self._box.uid("fetch", str(number), part)
        raw = next((part[1] for part in parts if isinstance(part, tuple)), None)
        return raw if isinstance(raw, bytes) else b""

    def mark(self, number: int, flag: str = "\\Seen") -> None:
        """Give a message a flag."""
        self._box.uid("store", str(number), "+FLAGS", f"({flag})")

    def _told(self, name: str) -> int:
        _, values = self._box.response(name)
        value = values[-1] if values else None
        return int(value) if isinstance(value, bytes) and value.isdigit() else 0


@contextmanager
def open_box(url: str, ca: str = "", folder: str = "") -> Iterator[ImapBox]:
    """A folder at `imap://user:password@host:port/folder` (encrypted where the server can) or
    `imaps://`; another `folder` of the same mailbox if it is named. Certificates are verified.

    Raises:
        ConfigurationError: the file `ca` cannot be used.
        imaplib.IMAP4.error, OSError: the server is away, slow or refuses (`BoxFailure`).
    """
    server = urlsplit(url)
    secure, host = server.scheme == "imaps", server.hostname or ""
    if secure:
        box: imaplib.IMAP4 = imaplib.IMAP4_SSL(
            host, server.port or 993, ssl_context=trust(ca), timeout=SECONDS
        )
    else:
        box = imaplib.IMAP4(host, server.port or 143, timeout=SECONDS)
    try:
        if not secure and "STARTTLS" in box.capabilities:
            box.starttls(trust(ca))
        elif not secure and not may_be_plain(host):
            raise NotEncrypted("no password goes there unencrypted")
        _sign_in(box, unquote(server.username or ""), unquote(server.password or ""))
        name = folder or unquote(server.path.strip("/")) or "INBOX"
        done, _ = box.select('"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"')
        if done != "OK":
            raise NoSuchFolder("there is no such folder")
        yield ImapBox(box)
    finally:
        with contextlib.suppress(*BoxFailure):
            box.logout()


def _sign_in(box: imaplib.IMAP4, user: str, password: str) -> None:
    try:
        box.login(user, password)
    except imaplib.IMAP4.abort:  # the connection broke
        raise
    except imaplib.IMAP4.error:
        raise SignInRefused("user or password is wrong") from None
