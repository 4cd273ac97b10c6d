"""WhatsApp's Cloud API as far as we need it, and the webhook calls that it makes.

Written after developers.facebook.com/documentation/business-messaging/whatsapp (messages, media,
phone numbers, webhooks, error codes); no line of it was tried against the real one.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from tests.fakes.graph_server import error, sign
from tests.fakes.messaging import FakePlatform, read_body

NUMBER, ACCOUNT = "106540352242922", "102290129340398"
SECRET, TOKEN, VERIFY = "app-secret", "system-user-token", "verify-whatsapp"
_numbers = itertools.count(1)

WINDOW = error(400, 131047, message="(#131047) Re-engagement message")
BLOCKED = error(400, 131026, message="(#131026) Message undeliverable")
RATE = error(400, 130429, message="(#130429) Rate limit hit")
PAIR = error(400, 131056, message="(#131056) Pair rate limit hit")
STATE = {
    "display_phone_number": "+1 555 0100",
    "verified_name": "Tidewick",
    "name_status": "APPROVED",
    "status": "CONNECTED",
    "code_verification_status": "VERIFIED",
    "quality_rating": "GREEN",
    "platform_type": "CLOUD_API",
}
_DOCUMENTS = re.compile(r"text/plain|application/(pdf|msword|vnd\..+)")
_LIMITS = {"image": 5_000_000, "document": 100_000_000}


class FakeCloudApi(FakePlatform):
    def __init__(self, numbers=(NUMBER,)) -> None:
        self.numbers = set(numbers)
        self.tokens = {TOKEN}
        self.states = {number: {"id": number, **STATE} for number in numbers}
        self.webhooks = {"application": "https://bot.tidewick.example/webhooks/whatsapp/webhook"}
        self.media: dict[str, tuple[str, bytes]] = {}
        self.uploaded: dict[str, dict] = {}
        self.seen: list[tuple[str, bool]] = []  # (message, whether typing is shown)
        self.upload_faults: list = []
        self.status: Callable[[str, dict], object] | None = None  # told of what was taken
        super().__init__()

    @property
    def environment(self) -> dict[str, str]:
        return {
            "WHATSAPP_GRAPH_BASE": self.url,
            "WHATSAPP_APP_SECRET": SECRET,
            "WHATSAPP_VERIFY_TOKEN": VERIFY,
            "WHATSAPP_ACCESS_TOKEN": TOKEN,
            "WHATSAPP_PHONE_NUMBER_ID": ",".join(sorted(self.numbers)),
        }

    def text_of(self, message):
        content = message[message["type"]]
        if message["type"] == "template":
            return content["components"][0]["parameters"][0]["text"]
        body = content.get("body")
        return body["text"] if isinstance(body, dict) else body or content.get("link") or "file"

    def answer(self, method, path, headers, body):
        parts = urlsplit(path)
        query = parse_qs(parts.query)
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:
            return (*error(401, 190, message="Invalid OAuth access token."), {})
        if parts.path.startswith("/download/"):  # by the token alone, without a proof
            kind, content = self.media[parts.path.removeprefix("/download/")]
            return 200, content, {"Content-Type": kind}
        proof = hmac.new(SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()
        if query.get("appsecret_proof") != [proof]:
            return (*error(400, 100, message="Invalid appsecret_proof"), {})
        _version, _, rest = parts.path.lstrip("/").partition("/")
        number, _, what = rest.partition("/")
        if method == "GET" and number in self.media:
            return self._media_address(number, query)
        if number not in self.numbers:
            return (*error(400, 100, 33, message="Unsupported get request."), {})
        if method == "GET":
            return self._state(number, query)
        asked = read_body(headers, body)
        if asked.get("messaging_product") != "whatsapp":
            return (*error(400, 100, message="messaging_product is required"), {})
        if what == "media":
            return self._upload(asked)
        if asked.get("status") == "read":
            self.seen.append((asked["message_id"], "typing_indicator" in asked))
            return 200, {"success": True}, {}
        return self._send(number, asked)

    def _state(self, number, query):
        if query.get("fields") == ["webhook_configuration"]:
            return 200, {"id": number, "webhook_configuration": self.webhooks}, {}
        return 200, self.states[number], {}

    def _media_address(self, media, query):
        if query.get("phone_number_id", [NUMBER])[0] not in self.numbers:
            return (*error(400, 100, message="another number's"), {})
        kind, content = self.media[media]
        told = {"url": f"{self.url}/download/{media}", "mime_type": kind, "id": media}
        return 200, {**told, "file_size": len(content), "messaging_product": "whatsapp"}, {}

    def _upload(self, asked):
        if self.upload_faults:
            return (*self.upload_faults.pop(0), {})
        file = asked.get("file")
        if not file or asked.get("type") != file["type"]:
            return (*error(400, 100, message="file and type"), {})
        if file["type"] not in ("image/jpeg", "image/png") and not _DOCUMENTS.match(file["type"]):
            return (*error(400, 131053, message="(#131053) Media upload error"), {})
        media = str(next(_numbers) + 10**15)
        self.uploaded[media] = file
        return 200, {"id": media}, {}

    def _send(self, number, asked):
        wrong = self._wrong(asked)
        if wrong:
            return (*error(400, 131009, message=f"(#131009) {wrong}"), {})
        chat = asked.get("to") or asked["recipient"]
        fault = self.take_message(chat, asked)
        if fault in (None, "drop") and self.status is not None:
            self.status(number, asked)
        if fault == "drop":
            return 0, b"", {}
        told = {"messaging_product": "whatsapp", "contacts": [{"input": chat, "wa_id": chat}]}
        return fault or (200, {**told, "messages": [{"id": f"wamid.{next(_numbers)}"}]}, {})

    def _wrong(self, asked):
        kind = asked.get("type")
        content = asked.get(kind)
        if not content or asked.get("recipient_type") != "individual":
            return "type"
        if bool(asked.get("to")) == bool(asked.get("recipient")):
            return "to or recipient"
        if not re.fullmatch(r"\d+", asked.get("to", "0")):
            return "to"
        if len(asked.get("biz_opaque_callback_data", "")) > 512:
            return "biz_opaque_callback_data"
        check = {
            "text": self._wrong_text,
            "interactive": self._wrong_interactive,
            "image": self._wrong_media,
            "document": self._wrong_media,
            "template": self._wrong_template,
        }.get(kind)
        return check(kind, content) if check else "an unknown type"

    def _wrong_text(self, _kind, content):
        return "" if 0 < len(content["body"]) <= 4096 else "text.body"

    def _wrong_media(self, kind, content):
        if "link" in content:
            return "" if content["link"].startswith("https://") else "link"
        file = self.uploaded.get(content.get("id"))
        if file is None or file["size"] > _LIMITS[kind]:
            return "media id"
        return "" if kind == "document" or file["type"].startswith("image/") else "no image"

    def _wrong_template(self, _kind, content):
        (parameter,) = content["components"][0]["parameters"]
        plain = not re.search(r"[\n\t]| {5}", parameter["text"])
        named = content["name"] and content["language"]["code"]
        return "" if plain and named and len(parameter["text"]) <= 1024 else "template"

    def _wrong_interactive(self, _kind, content):
        body, action = content["body"]["text"], content["action"]
        most = 4096 if content["type"] == "list" else 1024
        if not 0 < len(body) <= most:
            return "body"
        if content["type"] == "button":
            replies = [button["reply"] for button in action["buttons"]]
            titles = [reply["title"] for reply in replies]
            fine = 1 <= len(replies) <= 3 and len(set(titles)) == len(titles)
            fine = fine and all(0 < len(title) <= 20 for title in titles)
            return "" if fine and all(0 < len(r["id"]) <= 256 for r in replies) else "buttons"
        if content["type"] == "cta_url":
            told = action["parameters"]
            fine = action["name"] == "cta_url" and 0 < len(told["display_text"]) <= 20
            return "" if fine and told["url"].startswith("http") else "cta_url"
        rows = [row for section in action["sections"] for row in section["rows"]]
        fine = 1 <= len(rows) <= 10 and 0 < len(action["button"]) <= 20
        fine = fine and len({row["id"] for row in rows}) == len(rows)
        fine = fine and all(len(row["id"]) <= 200 and 0 < len(row["title"]) <= 24 for row in rows)
        return "" if fine else "rows"


def said(customer, text=None, message_id=None, **message):
    """One message of a customer."""
    words = {"type": "text", "text": {"body": text}} if text is not None else {}
    return {
        "from": str(customer),
        "id": message_id or f"wamid.IN{next(_numbers)}",
        "timestamp": str(int(time.time())),
        **words,
        **message,
    }


def chosen(customer, reference, title, kind="button_reply", **more):
    """What comes when a customer taps a reply button or a row."""
    reply = {"type": kind, kind: {"id": reference, "title": title}}
    return said(customer, type="interactive", interactive=reply, **more)


def state_of(asked, status, code=None):
    """The status of a message that we sent."""
    told = {
        "id": f"wamid.{next(_numbers)}",
        "status": status,
        "timestamp": str(int(time.time())),
        "recipient_id": asked.get("to", ""),
    }
    if "biz_opaque_callback_data" in asked:
        told["biz_opaque_callback_data"] = asked["biz_opaque_callback_data"]
    if code is not None:
        text = {"title": "refused", "message": "refused", "error_data": {"details": "…"}}
        told["errors"] = [{"code": code, **text}]
    return told


def batch(*messages, number=NUMBER, statuses=(), name="Maya Example", **more):
    """A delivery of messages, or of statuses."""
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550100", "phone_number_id": number},
        **more,
    }
    if messages:
        people = {str(message.get("from")) for message in messages}
        value["contacts"] = [{"profile": {"name": name}, "wa_id": one} for one in people]
        value["messages"] = list(messages)
    if statuses:
        value["statuses"] = list(statuses)
    change = {"field": "messages", "value": value}
    return {"object": "whatsapp_business_account", "entry": [{"id": ACCOUNT, "changes": [change]}]}


def deliver(base: str, body, secret: str = SECRET, timeout: float = 10.0) -> int:
    """Call a webhook as Meta does; the status."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(
        f"{base}/webhooks/whatsapp/webhook",
        data,
        {"Content-Type": "application/json", "X-Hub-Signature-256": sign(data, secret)},
    )
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code
