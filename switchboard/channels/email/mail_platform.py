"""E-mail as a platform: reading letters and sending answers."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import Sequence
from functools import partial
from typing import Any

from typing_extensions import override

from switchboard.channels.choices import Choices, all_buttons
from switchboard.channels.email.mail_arrivals import is_id, sign_mail
from switchboard.channels.layout import number_choices
from switchboard.channels.pace import Pace
from switchboard.channels.platform import Call, Platform, Trouble, Undelivered
from switchboard.channels.platform_client import ACCESS_SECONDS
from switchboard.channels.platform_files import open_upload
from switchboard.channels.voice_messages import is_spoken, with_voice_heard
from switchboard.clock import epoch_now
from switchboard.conversations.turns import ATTACHMENT_INTENT
from switchboard.errors import ConfigurationError, MailUnsure
from switchboard.files.file_store import FileStore
from switchboard.mail import Enclosure, MailFailure, send_mail
from switchboard.mailroom.inbox import Arrival
from switchboard.mailroom.message import AGENT, Incoming, Outgoing
from switchboard.mailroom.outbox import Delivery, Outbox
from switchboard.mails.imap_box import BoxFailure, open_box
from switchboard.mails.mail_threads import MailThread, MailThreads
from switchboard.settings import EmailSettings
from switchboard.voice.voice_notes import VoiceNotes

_RE = "Re: "


class MailPlatform(Platform):
    """A mailbox and a mail server. Conversations are `email:<mailbox>:<sender>-<thread>`."""

    def __init__(
        self,
        settings: EmailSettings,
        servers: tuple[str, str],
        ca: str,
        threads: MailThreads,
        outbox: Outbox,
        files: FileStore,
        notes: VoiceNotes,
        pace: Pace,
    ) -> None:
        self._settings, self._ca = settings, ca
        self._imap_url, self._smtp_url = servers
        self._threads, self._files, self._notes, self._pace = threads, files, notes, pace
        self._choices = Choices(outbox, lambda message, _conversation: all_buttons(message))
        self._host = settings.address.partition("@")[2]
        self._began, self._tried = epoch_now(), set[str]()

    @override
    async def read(self, batch: Sequence[Arrival]) -> Incoming | None:
        conversation, payload = batch[0].conversation, batch[0].payload
        thread = MailThread(
            str(payload.get("address") or ""),
            str(payload.get("subject") or ""),
            str(payload.get("message_id") or ""),
            tuple(payload.get("thread") or ()),
        )
        await asyncio.to_thread(self._threads.remember, conversation, thread)
        attached = payload.get("attachments") or []
        metadata: dict[str, Any] = {"attachments": attached} if attached else {}
        text = str(payload.get("text") or "")
        wordless = Incoming(f"/{ATTACHMENT_INTENT}", metadata, command=True)
        message = Incoming(text, metadata) if text else wordless
        message = await with_voice_heard(
            self._notes, conversation, batch[0].event_id, message, _nowhere
        )
        if message.command or is_spoken(message):
            return message
        chosen = await self._choices.payload(conversation, text)
        return Incoming(chosen, metadata, command=True) if chosen else message

    @override
    def calls(self, delivery: Delivery) -> Sequence[Call]:
        message = delivery.message
        number = sign_mail(delivery.conversation, delivery.id, 1, self._host)
        body = {
            "text": write_text(message),
            "message_id": number,
            "by_agent": message.author == AGENT,
            "written_at": delivery.created_at,
        }
        return [Call("mail", body, file=message.file)]

    @override
    async def send(self, conversation: str, call: Call) -> None:
        thread = await asyncio.to_thread(self._threads.get, conversation)
        if thread is None or not thread.address:
            raise Undelivered(Trouble.INVALID, "nobody to write to")
        number = str(call.body["message_id"])
        if await self._was_sent(number, float(call.body["written_at"])):
            return
        files = []
        if call.file is not None:
            upload = await open_upload(self._files, call.file, "file")
            files = [Enclosure(upload.content, upload.mime, upload.name)]
        await self._pace.turn(conversation)
        self._tried.add(number)
        headers = write_headers(thread, number, bool(call.body["by_agent"]))
        post = partial(
            send_mail,
            self._smtp_url,
            self._settings.address,
            thread.address,
            write_subject(thread.subject),
            str(call.body["text"]),
            headers,
            self._ca,
            files,
        )
        try:
            await asyncio.to_thread(post)
        except (ValueError, ConfigurationError, *MailFailure) as error:
            raise read_failure(error) from None
        self._tried.discard(number)

    @override
    async def show_typing(self, conversation: str) -> None:
        """E-mail has none."""

    @override
    async def close(self) -> None:
        """Connections are closed after each message."""

    async def _was_sent(self, number: str, written_at: float) -> bool:
        """Whether a message that may have been sent before lies among what was sent.

        Raises:
            Undelivered: the mailbox cannot be asked now.
        """
        fresh = written_at >= self._began and number not in self._tried
        if fresh or not self._settings.sent_folder:
            return False
        try:
            return await asyncio.to_thread(self._look_up, number)
        except (ConfigurationError, *BoxFailure) as error:
            raise Undelivered(Trouble.DOWN, type(error).__name__) from None

    def _look_up(self, number: str) -> bool:
        with open_box(self._imap_url, self._ca, self._settings.sent_folder) as box:
            return bool(box.search("HEADER", "Message-ID", f'"{number}"'))


async def _nowhere(_address: str) -> bytes:
    """What an e-mail encloses is stored before its turn."""
    raise Undelivered(Trouble.INVALID, "no address")


def write_text(message: Outgoing) -> str:
    """A message as plain text, its choices as a numbered list."""
    named = ((one.title, one.subtitle) for one in message.cards)
    cards = [" - ".join(part for part in parts if part) for parts in named]
    told = "\n\n".join(part for part in (message.text.strip(), message.image, *cards) if part)
    return number_choices(told, all_buttons(message)) if all_buttons(message) else told


def write_subject(subject: str) -> str:
    """The subject of an answer."""
    known = subject[: len(_RE)].lower() == _RE.lower()
    return subject if known else f"{_RE}{subject}".strip()


def write_headers(thread: MailThread, number: str, by_agent: bool) -> dict[str, str]:
    """What makes an answer part of its thread, and tells machines that a machine wrote it."""
    headers = {"Message-ID": number}
    if is_id(thread.message_id):
        listed = [one for one in thread.thread if is_id(one)]
        headers["In-Reply-To"] = thread.message_id
        headers["References"] = " ".join([*listed, thread.message_id])
    if not by_agent:
        headers |= {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}
    return headers


def read_failure(error: Exception) -> Undelivered:
    """Why a mail server did not take a message. A code from 500 on is final for the message."""
    detail = type(error).__name__
    if isinstance(error, MailUnsure):
        return Undelivered(Trouble.UNSURE, detail)
    if isinstance(error, smtplib.SMTPAuthenticationError | ssl.SSLError | ConfigurationError):
        return Undelivered(Trouble.ACCESS, detail, ACCESS_SECONDS)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Undelivered(Trouble.ACCESS, detail, ACCESS_SECONDS)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        return _by_code(max(codes, default=0), detail, Trouble.INVALID)
    if isinstance(error, smtplib.SMTPSenderRefused):
        return _by_code(error.smtp_code, detail, Trouble.ACCESS)
    if isinstance(error, smtplib.SMTPResponseException):
        return _by_code(error.smtp_code, detail, Trouble.INVALID)
    if isinstance(error, ValueError):  # an address or a subject that no header can hold
        return Undelivered(Trouble.INVALID, detail)
    return Undelivered(Trouble.DOWN, detail)


def _by_code(code: int, detail: str, final: Trouble) -> Undelivered:
    told = f"{detail} {code}"
    if code >= 500:
        return Undelivered(final, told, ACCESS_SECONDS if final is Trouble.ACCESS else 0.0)
    return Undelivered(Trouble.RATE if code in (421, 450, 451, 452) else Trouble.DOWN, told)
