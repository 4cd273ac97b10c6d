"""Meta's Graph API as far as Messenger needs it, and the webhook calls that it makes.

Written after developers.facebook.com/docs/messenger-platform; no line of it was tried against the
real one.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from tests.fakes.graph_feed import FakeFeed
from tests.fakes.messaging import FakePlatform, read_body

PAGE, SECRET, TOKEN, VERIFY = "1001", "app-secret", "page-token", "verify-me"
_numbers = itertools.count(1)


def error(status, code, subcode=None, message="refused"):
    told = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A1"}
    if subcode:
        told["error_subcode"] = subcode
    return status, {"error": told}


BLOCKED = error(403, 551, message="This person isn't available right now.")
WINDOW = error(400, 10, 2018278, "This message is sent outside of allowed window.")
RATE = error(400, 613, message="Calls to this api have exceeded the rate limit.")


class FakeGraph(FakePlatform):
    def __init__(self, page_tokens=None) -> None:
        self.tokens = set((page_tokens or {PAGE: TOKEN}).values())
        self.pictures: dict[str, bytes] = {}
        self.lenient = False  # takes calls without header and proof, as of old
        self.profile = {"first_name": "Maya", "locale": "zh_CN", "id": "1"}
        self.actions: list[tuple[str, str]] = []
        self.set_up: list[tuple[str, str, dict]] = []
        self.echo: Callable[[dict], object] | None = None  # told of what a page sent
        self.feed = FakeFeed()
        self.subscribed: list[str] = []
        super().__init__()

    @property
    def environment(self) -> dict[str, str]:
        return {
            "FACEBOOK_GRAPH_BASE": self.url,
            "FACEBOOK_APP_SECRET": SECRET,
            "FACEBOOK_VERIFY_TOKEN": VERIFY,
            "FACEBOOK_PAGE_ACCESS_TOKEN": TOKEN,
        }

    def text_of(self, message):
        payload = (message.get("attachment") or {}).get("payload") or {}
        return message.get("text") or payload.get("text") or payload.get("url") or ""

    def answer(self, method, path, headers, body):
        parts = urlsplit(path)
        if parts.path in self.pictures:
            return 200, self.pictures[parts.path], {"Content-Type": "image/jpeg"}
        query = parse_qs(parts.query)
        token = headers.get("authorization", "").removeprefix("Bearer ")
        proof = hmac.new(SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()
        trusted = self.lenient and query.get("access_token") == [TOKEN]
        if not trusted and (token not in self.tokens or query.get("appsecret_proof") != [proof]):
            return (*error(401, 190, message="Invalid OAuth access token."), {})
        version, _, rest = parts.path.lstrip("/").partition("/")
        if not version.startswith("v"):
            return (*error(400, 2635, message="Unknown version"), {})
        if self.feed.knows(rest) or "_" in rest.split("/")[0].removeprefix("me"):
            return self.feed.answer(method, rest, query, read_body(headers, body))
        if method == "GET":
            apps = {"data": [{"id": "5", "subscribed_fields": self.subscribed}]}
            return 200, apps if rest == "me/subscribed_apps" else self.profile, {}
        asked = read_body(headers, body)
        if rest != "me/messages":
            self.subscribed = query.get("subscribed_fields", [",".join(self.subscribed)])[0].split(
                ","
            )
            self.set_up.append((method, rest, asked))
            return 200, {"success": True, "result": "success"}, {}
        if "comment_id" in asked["recipient"]:
            return self.feed.write(asked)
        return self._message(asked)

    def _message(self, asked):
        chat = asked["recipient"]["id"]
        if "sender_action" in asked:
            self.actions.append((chat, asked["sender_action"]))
            return 200, {"recipient_id": chat}, {}
        wrong = self._wrong(asked)
        if wrong:
            return (*error(400, 100, message=wrong), {})
        sent = {"tag": asked.get("tag"), "filedata": asked.get("filedata")}
        fault = self.take_message(chat, {**asked["message"], **sent})
        if fault in (None, "drop") and self.echo is not None:
            self.echo(echoed(chat, asked["message"]))
        if fault == "drop":
            return 0, b"", {}
        return fault or (200, {"recipient_id": chat, "message_id": f"m{next(_numbers)}"}, {})

    @staticmethod
    def _wrong(asked):
        message = asked["message"]
        if asked["messaging_type"] not in ("RESPONSE", "UPDATE", "MESSAGE_TAG"):
            return "messaging_type"
        if len(message.get("text") or "") > 2000:
            return "Length of param message[text] must be less than or equal to 2000"
        replies = message.get("quick_replies") or []
        if len(replies) > 13 or any(len(r["title"]) > 20 for r in replies):
            return "quick_replies"
        payload = (message.get("attachment") or {}).get("payload") or {}
        buttons = payload.get("buttons") or []
        if len(buttons) > 3 or any(len(b["title"]) > 20 for b in buttons):
            return "buttons"
        inline = (message.get("attachment") or {}).get("type") in ("image", "file")
        if inline and not payload.get("url") and not asked.get("filedata"):
            return "attachment without a file"
        return "" if message.get("text") or message.get("attachment") else "empty message"


def said(customer, text=None, page=PAGE, mid=None, **message):
    """One messaging event: a customer's message."""
    inner = {"mid": mid or f"mid.{next(_numbers)}", **message}
    if text is not None:
        inner["text"] = text
    return {
        "sender": {"id": str(customer)},
        "recipient": {"id": page},
        "timestamp": int(time.time() * 1000),
        "message": inner,
    }


def echoed(customer, message, page=PAGE):
    """The event by which a page's apps hear what one of them sent."""
    told = {"is_echo": True, "app_id": 15, "mid": f"m_{next(_numbers)}", **message}
    now = int(time.time() * 1000)
    return {
        "sender": {"id": page},
        "recipient": {"id": customer},
        "timestamp": now,
        "message": told,
    }


def edited(event, text, number=1):
    """The event of a message's edit."""
    told = {"mid": event["message"]["mid"], "text": text, "num_edit": number}
    later = {key: value for key, value in event.items() if key != "message"}
    return {**later, "timestamp": event["timestamp"] + 60_000, "message_edit": told}


def pressed(customer, payload, page=PAGE):
    return {
        "sender": {"id": str(customer)},
        "recipient": {"id": page},
        "timestamp": int(time.time() * 1000),
        "postback": {"mid": f"mid.{next(_numbers)}", "title": "…", "payload": payload},
    }


def batch(*events, page=PAGE, kind="page"):
    entry = {"id": page, "time": int(time.time() * 1000), "messaging": list(events)}
    return {"object": kind, "entry": [entry]}


def sign(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def sign_sha1(body: bytes) -> str:
    """As Meta did before, and still does beside the other."""
    return "sha1=" + hmac.new(SECRET.encode(), body, hashlib.sha1).hexdigest()


def deliver(base: str, body, secret: str = SECRET, timeout: float = 10.0) -> int:
    """Call a webhook as Meta does; the status."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(
        f"{base}/webhooks/facebook/webhook",
        data,
        {"Content-Type": "application/json", "X-Hub-Signature-256": sign(data, secret)},
    )
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code
