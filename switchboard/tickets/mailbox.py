"""The mailbox where replies to tickets' e-mails come in, over IMAP.

Only what belongs to a ticket is marked as read; other mail stays as it is.
"""

from __future__ import annotations

import imaplib
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from switchboard.tickets.ticket_mail import read_message

logger = logging.getLogger(__name__)

SECONDS = 10.0
MAX_BYTES = 5_000_000
MOST_AT_ONCE = 50
_SIZE = re.compile(rb"RFC822\.SIZE (\d{1,18})")


class Mailbox:
    """Reads new mail. `look` raises `OSError` or `imaplib.IMAP4.error` where the server fails."""

    def __init__(self, url: str, take: Callable[[EmailMessage], bool]) -> None:
        self._server, self._take = urlsplit(url), take
        self._others: set[bytes] = set()

    def look(self) -> int:
        """Hand unread mail to `take`, and mark what it took; how many that were."""
        taken = 0
        with self._open() as box:
            _, found = box.uid("search", "UNSEEN")
            new = [n for n in (found[0] or b"").split() if n not in self._others]
            for number in new[:MOST_AT_ONCE]:
                message = self._fetch(box, number.decode())
                if message is not None and self._take(message):
                    box.uid("store", number.decode(), "+FLAGS", "(\\Seen)")
                    taken += 1
                else:
                    self._others.add(number)
        return taken

    @staticmethod
    def _fetch(box: imaplib.IMAP4, number: str) -> EmailMessage | None:
        _, sized = box.uid("fetch", number, "(RFC822.SIZE)")
        told = b" ".join(part if isinstance(part, bytes) else part[0] for part in sized if part)
        size = _SIZE.search(told)
        if size is None or int(size[1]) > MAX_BYTES:
            return None
        _, parts = box.uid("fetch", number, "(BODY.PEEK[])")
        raw = next((part[1] for part in parts if isinstance(part, tuple)), None)
        return read_message(raw) if raw else None

    @contextmanager
    def _open(self) -> Iterator[imaplib.IMAP4]:
        secure = self._server.scheme == "imaps"
        connect = imaplib.IMAP4_SSL if secure else imaplib.IMAP4
        host, port = self._server.hostname or "", self._server.port or (993 if secure else 143)
        box = connect(host, port, timeout=SECONDS)
        try:
            if not secure and "STARTTLS" in box.capabilities:
                box.starttls()
            box.login(unquote(self._server.username or ""), unquote(self._server.password or ""))
            folder = unquote(self._server.path.strip("/")) or "INBOX"
            box.select('"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"')
            yield box
        finally:
            box.logout()
