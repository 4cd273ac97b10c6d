"""The mailbox where replies to tickets' e-mails come in, over IMAP.

Only what belongs to a ticket is marked as read; other mail stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage

from switchboard.mails.imap_box import ImapBox, open_box
from switchboard.mails.mail_reading import read_message

MAX_BYTES = 5_000_000
MOST_AT_ONCE = 50


class Mailbox:
    """Reads new mail. `look` raises `OSError` or `imaplib.IMAP4.error` where the server fails."""

    def __init__(self, url: str, take: Callable[[EmailMessage], bool], ca: str = "") -> None:
        self._url, self._take, self._ca = url, take, ca
        self._others: set[int] = set()

    def look(self) -> int:
        """Hand unread mail to `take`, and mark what it took; how many that were."""
        taken = 0
        with open_box(self._url, self._ca) as box:
            new = [number for number in box.search("UNSEEN") if number not in self._others]
            for number in new[:MOST_AT_ONCE]:
                message = self._fetch(box, number)
                if message is not None and self._take(message):
                    box.mark(number)
                    taken += 1
                else:
                    self._others.add(number)
        return taken

    @staticmethod
    def _fetch(box: ImapBox, number: int) -> EmailMessage | None:
        size = box.size(number)
        if size is None or size > MAX_BYTES:
            return None
        raw = box.fetch(number)
        return read_message(raw) if raw else None
