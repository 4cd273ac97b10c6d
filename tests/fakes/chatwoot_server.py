"""Chatwoot's account API as far as an API inbox needs it, after its published documentation."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import time

from tests.fakes.http import FakeServer

TOKEN, SECRET = "access-token", "hook-secret"
_numbers = itertools.count(700)


class FakeChatwoot(FakeServer):
    def __init__(self) -> None:
        self.contacts: dict[str, dict] = {}
        self.conversations: dict[str, list[dict]] = {}
        self.statuses: dict[str, str] = {}
        self.down = self.odd = False
        self.refuses = lambda identifier: False
        super().__init__()

    @property
    def environment(self) -> dict[str, str]:
        return {
            "SWITCHBOARD_CHATWOOT_URL": self.url,
            "SWITCHBOARD_CHATWOOT_ACCOUNT": "3",
            "SWITCHBOARD_CHATWOOT_INBOX": "9",
            "SWITCHBOARD_CHATWOOT_TOKEN": TOKEN,
            "SWITCHBOARD_CHATWOOT_SECRET": SECRET,
        }

    def answer(self, method, path, headers, body):
        if self.down:
            return 503, {}, {}
        if headers.get("api_access_token") != TOKEN:
            return 401, {"errors": ["unauthorized"]}, {}
        path, _, query = path.removeprefix("/api/v1/accounts/3").partition("?")
        asked = json.loads(body or b"{}")
        if path == "/contacts":
            if self.refuses(asked["identifier"]):
                return 400, {"message": "no"}, {}
            return (200, {"payload": {}}, {}) if self.odd else self._contact(asked)
        if path == "/contacts/search":
            name = query.removeprefix("q=").replace("%3A", ":")
            return (
                200,
                {"payload": [c for c in self.contacts.values() if c["identifier"] == name]},
                {},
            )
        if path == "/conversations":
            number = str(next(_numbers))
            self.conversations[number] = []
            return 200, {"id": int(number), "inbox_id": 9}, {}
        _, _, number, what = path.split("/")
        if what == "toggle_status":
            self.statuses[number] = asked["status"]
            return 200, {"payload": {"success": True}}, {}
        self.conversations[number].append(asked)
        return 200, {"id": next(_numbers), "content": asked["content"]}, {}

    def _contact(self, asked):
        if asked["identifier"] in self.contacts:
            return 422, {"message": "Identifier has already been taken"}, {}
        inbox = {"source_id": f"source-{next(_numbers)}", "inbox": {"id": 9}}
        contact = {"id": next(_numbers), **asked, "contact_inboxes": [inbox]}
        self.contacts[asked["identifier"]] = contact
        return 200, {"payload": {"contact": contact, "contact_inbox": inbox}}, {}


def message(there, text, number=None, kind="outgoing", private=False):
    return {
        "event": "message_created",
        "id": number or next(_numbers),
        "content": text,
        "message_type": kind,
        "private": private,
        "conversation": {"id": int(there), "status": "open"},
        "sender": {"id": 1, "name": "Tom", "type": "user"},
        "account": {"id": 3, "name": "Tidewick"},
        "inbox": {"id": 9, "name": "Switchboard"},
    }


def resolved(there):
    return {"event": "conversation_status_changed", "id": int(there), "status": "resolved"}


def signed(body: bytes, secret=SECRET, at=None) -> dict[str, str]:
    stamp = str(int(at if at is not None else time.time()))
    mac = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "X-Chatwoot-Timestamp": stamp,
        "X-Chatwoot-Signature": f"sha256={mac}",
    }
