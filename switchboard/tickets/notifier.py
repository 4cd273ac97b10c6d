"""Notifications about waiting tickets and faults, by signed webhook and e-mail, without customers'
words."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import httpx

from switchboard.errors import NotifyError
from switchboard.mail import MailFailure, send_mail
from switchboard.settings import DeskSettings
from switchboard.tickets.ticket_book import Ticket

SECONDS = 10.0
SIGNATURE = "X-Switchboard-Signature"


class Notifier:
    """Sends notifications through every configured way."""

    def __init__(self, settings: DeskSettings) -> None:
        self._settings = settings

    @property
    def ways(self) -> list[str]:
        """The configured ways: `webhook`, `mail`."""
        mail = self._settings.smtp_url and self._settings.notify_email
        return [
            way
            for way, target in (("webhook", self._settings.notify_url), ("mail", mail))
            if target
        ]

    def escalate(self, ticket: Ticket, waited_minutes: float) -> None:
        """Notify about one ticket.

        Raises:
            NotifyError: a way failed; the others were still tried.
        """
        notice = {
            "event": "ticket_waiting",
            "ticket": ticket.reference,
            "url": f"{self._settings.address}/tickets/{ticket.reference}",
            "channel": ticket.channel,
            "language": ticket.language,
            "reason": ticket.story.reason,
            "waited_minutes": round(waited_minutes, 1),
        }
        self._tell(notice, f"Ticket {ticket.reference} is waiting")

    def warn(self, trouble: Mapping[str, str | int]) -> None:
        """Notify about a fault of a channel: its `event`, `channel` and number of `messages`.

        Raises:
            NotifyError: a way failed; the others were still tried.
        """
        notice = {**trouble, "url": f"{self._settings.address}/letters"}
        self._tell(notice, f"{trouble['channel']}: {trouble['event']}".replace("_", " "))

    def _tell(self, notice: Mapping[str, Any], subject: str) -> None:
        failed = []
        for way in self.ways:
            try:
                self._post(notice) if way == "webhook" else self._mail(notice, subject)
            except (httpx.HTTPError, *MailFailure) as error:
                failed.append(f"{way}: {type(error).__name__}")
        if failed:
            raise NotifyError(", ".join(failed))

    def _post(self, notice: Mapping[str, Any]) -> None:
        body = json.dumps(notice).encode()
        secret = self._settings.notify_secret.encode()
        signed = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", SIGNATURE: signed}
        url = self._settings.notify_url
        httpx.post(url, content=body, headers=headers, timeout=SECONDS).raise_for_status()

    def _mail(self, notice: Mapping[str, Any], subject: str) -> None:
        lines = [f"{name}: {value}" for name, value in notice.items() if name != "event"]
        to = self._settings.notify_email
        send_mail(
            self._settings.smtp_url, to, to, subject, "\n".join(lines), None, self._settings.mail_ca
        )
