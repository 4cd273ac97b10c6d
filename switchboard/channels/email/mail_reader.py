"""Reads the mailbox: each new message once, in the server's order, over restarts."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from switchboard.channels.email.mail_arrivals import (
    Letter,
    parts_of,
    payload_of,
    read_letter,
    senders,
)
from switchboard.clock import epoch_now, utc_now
from switchboard.errors import FileRefused
from switchboard.failures import place_of
from switchboard.files.file_store import FileStore, attachment
from switchboard.mailroom.inbox import Arrival
from switchboard.mails.automatic_mail import why_unanswered
from switchboard.mails.imap_box import BoxFailure, ImapBox, open_box
from switchboard.mails.mail_reading import read_message, sender_of
from switchboard.mails.mail_threads import MailThreads
from switchboard.settings import EmailSettings
from switchboard.tickets.ticket_mail import TicketMail

logger = logging.getLogger(__name__)

MAX_BYTES = 40_000_000
"""Of a message that is read whole: three pictures of the largest size, as mail writes them."""
LARGE_BYTES = 1_000_000
"""From here on its beginning is looked at first, for whether it is answered at all."""
HEAD_BYTES = 200_000
"""Of a larger message that are read: its words come first."""
MOST_AT_ONCE = 20
AGAIN_DAYS = 2
"""After a server has numbered its messages anew, those of so many days are read again; what was
taken before is known."""
MOST_FAILURES = 5
"""At one message, after which the server is not asked for it again, if it gives later ones."""
HOUR = 3600.0
_TOO_MANY = "too many from one address"
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
Take = Callable[[Arrival, Letter], bool]


class MailReader:
    """`look` raises `BoxFailure` where the server is away, and SQLAlchemy's errors.

    Where it is set up, reading begins: what lies there before stays as it is. What is taken is
    marked as read; what no machine may answer, and what is beyond the bound of one address, is
    left as it is, for people.
    """

    def __init__(
        self,
        settings: EmailSettings,
        url: str,
        ca: str,
        threads: MailThreads,
        files: FileStore,
        tickets: TicketMail,
    ) -> None:
        self._settings, self._url, self._ca = settings, url, ca
        self._threads, self._files, self._tickets = threads, files, tickets
        self._name = settings.address
        self._failed: Counter[int] = Counter()

    def look(self, take: Take) -> int:
        """Hand new messages to `take`, which says whether they are stored; how many that were."""
        with open_box(self._url, self._ca) as box:
            numbers, last = self._new(box)
            taken = 0
            for number in numbers[:MOST_AT_ONCE]:
                done = self._one(box, number, take)
                if done is None:
                    return taken  # it is read again: nothing behind it comes before it
                taken += done
                self._threads.note_read(self._name, box.validity, number)
            if not numbers and last is None:
                self._threads.note_read(self._name, box.validity, self._present(box))
            return taken

    def _new(self, box: ImapBox) -> tuple[list[int], int | None]:
        """The numbers that were not read yet, and the last one that was, if any."""
        known = self._threads.read_to(self._name)
        if known is None:
            return [], None
        validity, last = known
        if validity != box.validity:
            day = utc_now() - timedelta(days=AGAIN_DAYS)
            since = f"{day.day:02}-{_MONTHS[day.month - 1]}-{day.year}"
            recent = box.search("SINCE", since)
            before = (recent[0] if recent else self._present(box) + 1) - 1
            self._threads.note_read(self._name, box.validity, before)
            return recent, before
        # `n:*` names the last message too, whatever its number.
        found = box.search("UID", f"{last + 1}:*")
        return [number for number in found if number > last], last

    @staticmethod
    def _present(box: ImapBox) -> int:
        """The number of the newest message that is there."""
        told = box.next_number
        return told - 1 if told else max(box.search("ALL"), default=0)

    def _one(self, box: ImapBox, number: int, take: Take) -> int | None:
        """1 if it was taken, 0 if it is left; None if it could not be stored now."""
        try:
            raw, whole = self._fetch(box, number)
        except BoxFailure as error:
            self._failed[number] += 1
            if self._failed[number] < MOST_FAILURES or not self._others_come(number):
                raise
            logger.error("an e-mail is left in the mailbox: %s", place_of(error))
            return 0
        try:
            kept = self._keep(read_message(raw), take, whole) if raw else 0
        except (OSError, OperationalError, InterfaceError, PoolTimeout):
            raise  # a part of ours is away: not the message's fault
        except Exception as error:  # whatever it is that cannot be read: it stays for people
            logger.error("an e-mail is left in the mailbox: %s", place_of(error))
            return 0
        if kept:
            box.mark(number)
        return kept

    def _others_come(self, number: int) -> bool:
        """Whether the server gives a later message, so that it is this one that it cannot give;
        without a later one nothing is held up."""
        try:
            with open_box(self._url, self._ca) as box:
                later = [one for one in box.search("UID", f"{number + 1}:*") if one > number]
                return bool(later) and bool(box.fetch(later[0], HEAD_BYTES))
        except BoxFailure:
            return False

    def _fetch(self, box: ImapBox, number: int) -> tuple[bytes, bool]:
        """A message, or its beginning, and whether that is all of it."""
        size = box.size(number)
        if size is None:
            return b"", True
        if size <= LARGE_BYTES:
            return box.fetch(number), True
        head = box.fetch(number, HEAD_BYTES)
        if size > MAX_BYTES or self._why_left(read_message(head)):
            return head, False
        return box.fetch(number), True

    def _why_left(self, message: EmailMessage) -> str:
        """Why a message is left to people; empty if it is taken."""
        if self._tickets.belongs(message):
            return ""
        why = why_unanswered(message, self._settings.address)
        if why:
            return why
        sender = senders(self._name, sender_of(message))
        lately = self._threads.taken_since(sender, epoch_now() - HOUR)
        return _TOO_MANY if lately >= self._settings.answers_an_hour else ""

    def _keep(self, message: EmailMessage, take: Take, whole: bool) -> int | None:
        if self._tickets.belongs(message):
            self._tickets.take(message)
            return 1
        why = self._why_left(message)
        if why:
            level = logging.WARNING if why == _TOO_MANY else logging.INFO
            logger.log(level, "an e-mail is left in the mailbox: %s", why)
            return 0
        letter = read_letter(message, self._name)
        attached = self._enclosed(letter, message, whole)
        arrival = Arrival(letter.event_id, letter.conversation, payload_of(letter, attached))
        return 1 if take(arrival, letter) else None

    def _enclosed(self, letter: Letter, message: EmailMessage, whole: bool) -> list[dict[str, str]]:
        """Pictures, sounds and PDFs as stored files; all else is named, and so is what a message
        that was not read `whole` encloses: its end is missing."""
        attached = []
        for place, part in enumerate(parts_of(message)):
            named = {"kind": "file", "url": f"mail-part:{place}"}
            if not whole:
                attached.append(named)
                continue
            source = f"{letter.event_id[:60]}.{place}"
            try:
                kept = self._files.keep(letter.conversation, part.content, part.name, source)
                attached.append(attachment(kept))
            except FileRefused:
                attached.append(named)
        return attached
