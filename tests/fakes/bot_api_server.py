"""Telegram's Bot API as far as it is used, and the webhook calls that it makes.

Written after core.telegram.org/bots/api; no line of it was tried against the real one.
"""

from __future__ import annotations

import itertools
import json
import queue
import re
import urllib.error
import urllib.request

from tests.fakes.messaging import FakePlatform, read_body

TOKEN, SECRET = "42:bot-token", "hook-secret"
ME = {"id": 42, "is_bot": True, "first_name": "Tidewick", "username": "tidewick_bot"}
_numbers = itertools.count(1000)
_UNESCAPED = re.compile(r"(?<!\\)[#+\-=|{}.!>~]")


def refuse(status, description, **parameters):
    told = {"ok": False, "error_code": status, "description": description}
    if parameters:
        told["parameters"] = parameters
    return status, told


BLOCKED = refuse(403, "Forbidden: bot was blocked by the user")
FLOOD = refuse(429, "Too Many Requests: retry after 1", retry_after=1)


class FakeBotApi(FakePlatform):
    def __init__(self) -> None:
        self.calls: list[tuple[str, dict]] = []
        self.updates: queue.Queue = queue.Queue()
        self.webhook: dict = {}
        self.files: dict[str, bytes] = {}
        self.revoked = False
        self.conflicts = 0  # calls of getUpdates that another program takes away
        self.migrated: dict[int, int] = {}  # groups that became supergroups
        super().__init__()

    @property
    def environment(self) -> dict[str, str]:
        return {
            "TELEGRAM_API_BASE": self.url,
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_SECRET_TOKEN": SECRET,
        }

    def text_of(self, message):
        return message.get("text") or message.get("caption") or str(message.get("photo") or "")

    def called(self, method):
        return [body for name, body in self.calls if name == method]

    def answer(self, method, path, headers, body):
        file = path.removeprefix(f"/file/bot{TOKEN}/")
        if file in self.files:
            return 200, self.files[file], {"Content-Type": "image/jpeg"}
        if not path.startswith(f"/bot{TOKEN}/"):
            return (*refuse(404, "Not Found"), {})
        name, asked = path.rsplit("/", 1)[1], read_body(headers, body)
        self.calls.append((name, asked))
        if self.revoked:
            return (*refuse(401, "Unauthorized"), {})
        if name == "getUpdates" and self.conflicts:
            self.conflicts -= 1
            return (*refuse(409, "Conflict: terminated by other getUpdates request"), {})
        if asked.get("chat_id") in self.migrated:
            moved = self.migrated[asked["chat_id"]]
            words = "Bad Request: group chat was upgraded to a supergroup chat"
            return (*refuse(400, words, migrate_to_chat_id=moved), {})
        if name.startswith("send") and name != "sendChatAction":
            return self._send(asked)
        return 200, {"ok": True, "result": self._result(name, asked)}, {}

    def _result(self, name, asked):
        if name == "getMe":
            return ME
        if name == "setWebhook":
            self.webhook = asked
        if name == "deleteWebhook":
            self.webhook = {}
        if name == "getWebhookInfo":
            return {"url": self.webhook.get("url", ""), "pending_update_count": 0}
        if name == "getFile":
            return {"file_id": asked["file_id"], "file_path": f"{asked['file_id']}.jpg"}
        if name == "getUpdates":
            return self._updates(asked["offset"])
        return True

    def _updates(self, offset):
        kept = []
        try:
            kept.append(self.updates.get(timeout=0.5))
            while True:
                kept.append(self.updates.get_nowait())
        except queue.Empty:
            return [update for update in kept if update["update_id"] >= offset]

    def _send(self, asked):
        wrong = self._wrong(asked)
        if wrong:
            return (*refuse(400, f"Bad Request: {wrong}"), {})
        fault = self.take_message(str(asked["chat_id"]), asked)
        if fault == "drop":
            return 0, b"", {}
        return fault or (200, {"ok": True, "result": {"message_id": next(_numbers)}}, {})

    @staticmethod
    def _wrong(asked):
        text = asked.get("text", asked.get("caption", "x"))
        if not text.strip():
            return "message text is empty"
        if asked.get("parse_mode") == "MarkdownV2":
            if _UNESCAPED.search(re.sub(r"\]\([^)]*\)", "]", text)):
                return "can't parse entities: character is reserved and must be escaped"
            text = re.sub(r"\\(.)", r"\1", text)
        if len(text) > 4096:
            return "message is too long"
        rows = (asked.get("reply_markup") or {}).get("inline_keyboard") or []
        for button in (button for row in rows for button in row):
            if len(button.get("callback_data", "").encode()) > 64:
                return "BUTTON_DATA_INVALID"
        return ""


def person(number, **more):
    return {"id": number, "is_bot": False, "first_name": "Maya", "language_code": "en", **more}


def message(customer, text=None, chat=None, **more):
    inner = {
        "message_id": next(_numbers),
        "from": person(customer),
        "chat": chat or {"id": customer, "type": "private"},
        "date": 1763700000,
        **more,
    }
    if text is not None:
        inner["text"] = text
    return inner


def update(**content):
    return {"update_id": next(_numbers), **content}


def said(customer, text=None, chat=None, **more):
    return update(message=message(customer, text, chat, **more))


def edited(sent, text=None, after=60, **more):
    """The update of an edit some seconds after a message was sent; with its own text if none."""
    before = sent["message"]
    changed = {**before, "edit_date": before["date"] + after, **more}
    return update(edited_message={**changed, **({"text": text} if text is not None else {})})


def pressed(customer, data, chat=None):
    asked = {**message(customer, "…", chat), "from": ME}
    return update(
        callback_query={"id": "q1", "from": person(customer), "message": asked, "data": data}
    )


def deliver(base: str, body, secret: str | None = SECRET, timeout: float = 10.0) -> int:
    """Call a webhook as Telegram does; the status."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    if secret is not None:
        headers["X-Telegram-Bot-Api-Secret-Token"] = secret
    request = urllib.request.Request(f"{base}/webhooks/telegram/webhook", data, headers)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code
