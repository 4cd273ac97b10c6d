"""X's API as far as it is used, and the webhook calls that it makes.

Written after docs.x.com/x-api (version 2) and developer.x.com/en/docs/x-api/v1 (quick replies, the
pictures of direct messages); no line of it was tried against the real one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from urllib.parse import urlsplit

from oauthlib.common import Request
from oauthlib.oauth1.rfc5849.signature import collect_parameters, verify_hmac_sha1

from switchboard.text.post_length import post_length
from tests.fakes.messaging import FakePlatform, read_body

ACCOUNT, KEY, SECRET = "2244994945", "consumer-key", "consumer-secret"
CLIENT_SECRET = "client-secret"
TOKEN, TOKEN_SECRET, BEARER = f"{ACCOUNT}-token", "token-secret", "AAAA-bearer"
_numbers = itertools.count(1)
_LATEST = 1_950_000_000_000_000_000


def problem(status, detail, kind="about:blank", title="Forbidden"):
    if kind != "about:blank":
        kind = f"https://api.x.com/2/problems/{kind}"
    return status, {"title": title, "detail": detail, "type": kind, "status": status}


def legacy_error(status, code, message):
    return status, {"errors": [{"code": code, "message": message}]}


def limited(seconds):
    """Too many calls, until so many seconds from now."""
    told = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(int(time.time() + seconds))}
    return (*legacy_error(429, 88, "Rate limit exceeded"), told)


BLOCKED = problem(403, "You do not have permission to DM one or more participants.")
NO_ACCESS = problem(403, "Your app lacks the required access.", "client-forbidden")
SUBSET = legacy_error(403, 453, "You currently have access to a subset of X API V2 endpoints.")


class FakeX(FakePlatform):
    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}  # by path, where pictures of messages are kept
        self.media: dict[str, dict] = {}
        self.legacy = False  # whether the app has version 1.1
        self.webhooks: list[dict] = []
        self.subscribed: set[str] = set()
        self.checks: Callable[[str], bool] = lambda url: True  # whether an address passes the check
        self.posts: list[dict] = []  # of the account
        self.hidden: list[str] = []
        self.post_faults: list = []
        self.echo: Callable[[dict], object] | None = None  # told of what the account sent
        self.allowed = 0  # messages before the limit is used up; 0: no limit
        super().__init__()

    @property
    def environment(self) -> dict[str, str]:
        return {
            "X_API_BASE": self.url,
            "X_MEDIA_BASE": self.url,
            "X_API_KEY": KEY,
            "X_API_SECRET": SECRET,
            "X_ACCESS_TOKEN": TOKEN,
            "X_ACCESS_TOKEN_SECRET": TOKEN_SECRET,
        }

    def text_of(self, message):
        return message.get("text") or ""

    def answer(self, method, path, headers, body):
        where = urlsplit(path).path
        if where == "/oauth2/token":
            return self._bearer(headers, body)
        if where.startswith("/2/webhooks") or (
            method == "DELETE" and where.startswith("/2/account_activity")
        ):
            if headers.get("authorization") != f"Bearer {BEARER}":
                return (*problem(401, "Unauthorized", title="Unauthorized"), {})
            return self._as_app(method, where, json.loads(body or b"{}"))
        if not self._is_signed(method, path, headers):
            return (*problem(401, "Unauthorized", title="Unauthorized"), {})
        if method == "GET" and where in self.files:
            return 200, self.files[where], {"Content-Type": "image/jpeg"}
        return self._as_account(method, where, read_body(headers, body))

    def _is_signed(self, method, path, headers):
        """By another library than the one that signs."""
        request = Request(f"{self.url}{path}", method, b"", headers)
        given = headers.get("authorization", "")
        request.params = collect_parameters(urlsplit(path).query, None, {"Authorization": given})
        named = dict(
            collect_parameters(headers={"Authorization": given}, exclude_oauth_signature=False)
        )
        request.signature = named.get("oauth_signature", "")
        known = (named.get("oauth_consumer_key"), named.get("oauth_token")) == (KEY, TOKEN)
        fresh = abs(int(named.get("oauth_timestamp", 0)) - time.time()) < 300
        return known and fresh and verify_hmac_sha1(request, SECRET, TOKEN_SECRET)

    def _bearer(self, headers, body):
        login = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        if headers.get("authorization") != f"Basic {login}":
            return (*legacy_error(403, 99, "Unable to verify your credentials"), {})
        assert body == b"grant_type=client_credentials", body
        return 200, {"token_type": "bearer", "access_token": BEARER}, {}

    def _as_app(self, method, where, asked):
        if method == "GET":
            return 200, {"data": self.webhooks, "meta": {"result_count": len(self.webhooks)}}, {}
        if method == "POST":
            url = asked["url"]
            if any(hook["url"] == url for hook in self.webhooks):
                return (*problem(400, "DuplicateUrlFailed", "invalid-request"), {})
            if not self.checks(url):
                return (*problem(400, "CrcValidationFailed", "invalid-request"), {})
            hook = {"id": str(_LATEST + next(_numbers)), "url": url, "valid": True}
            self.webhooks.append(hook)
            return 200, {"data": hook}, {}
        number = re.search(r"/webhooks/(\d+)", where)[1]
        if method == "PUT":
            return 200, {"data": {"valid": True}}, {}
        if where.startswith("/2/account_activity"):
            self.subscribed.discard(number)
            return 200, {"data": {"subscribed": False}}, {}
        self.webhooks = [hook for hook in self.webhooks if hook["id"] != number]
        return 200, {"data": {"deleted": True}}, {}

    def _as_account(self, method, where, asked):
        if where == "/2/users/me":
            return 200, {"data": {"id": ACCOUNT, "name": "Tidewick", "username": "tidewick"}}, {}
        if where == "/2/media/upload":
            return self._upload(asked)
        subscription = re.fullmatch(r"/2/account_activity/webhooks/(\d+)/subscriptions/all", where)
        if subscription:
            if method == "POST":
                self.subscribed.add(subscription[1])
            return 200, {"data": {"subscribed": subscription[1] in self.subscribed}}, {}
        if where == "/2/tweets" and method == "POST":
            return self._post(asked)
        if where == f"/2/users/{ACCOUNT}/tweets":
            return 200, {"data": self.posts[::-1]}, {}
        hiding = re.fullmatch(r"/2/tweets/(\d+)/hidden", where)
        if hiding and method == "PUT":
            self.hidden.append(hiding[1])
            return 200, {"data": {"hidden": True}}, {}
        events = re.fullmatch(r"/2/dm_conversations/with/(\d+)/dm_events", where)
        if events and method == "GET":
            return 200, {"data": self._events(events[1]), "meta": {}}, {}
        if where == "/1.1/direct_messages/events/new.json":
            return self._legacy_message(asked)
        message = re.fullmatch(r"/2/dm_conversations/with/(\d+)/messages", where)
        if message and method == "POST":
            return self._message(message[1], asked)
        return (*problem(404, "Not Found", "resource-not-found", "Not Found"), {})

    def _upload(self, asked):
        file = asked["media"]
        taken = ("image/jpeg", "image/png", "image/webp", "image/bmp", "image/tiff")
        if asked["media_category"] != "dm_image" or asked["media_type"] not in taken:
            return (*problem(400, "media_type", "invalid-request", "Invalid Request"), {})
        number = str(_LATEST + next(_numbers))
        self.media[number] = file
        return 200, {"data": {"id": number, "media_key": f"3_{number}", "size": file["size"]}}, {}

    def _message(self, customer, asked):
        attached = asked.get("attachments") or []
        known = all(each["media_id"] in self.media for each in attached)
        long = len(asked.get("text") or "") > 10_000
        unknown = set(asked) - {"text", "attachments"}
        if not (asked.get("text") or attached) or not known or long or len(attached) > 1 or unknown:
            return (*problem(400, "One or more parameters…", "invalid-request"), {})
        answer = (201, {"data": {"dm_conversation_id": f"{customer}-{ACCOUNT}"}}, {})
        return self._send(customer, asked, answer)

    def _events(self, customer):
        written = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        told = {"event_type": "MessageCreate", "sender_id": ACCOUNT, "created_at": written}
        return [{"id": "1", **told} for _, to, _ in self.sent if to == customer]

    def _post(self, asked):
        fault = self.post_faults.pop(0) if self.post_faults else None
        if isinstance(fault, tuple):
            return (*fault, {}) if len(fault) == 2 else fault
        below = asked["reply"]["in_reply_to_tweet_id"]
        if post_length(asked["text"]) > 280 or set(asked) - {"text", "reply"}:
            return (*problem(400, "text", "invalid-request"), {})
        if any(post["text"] == asked["text"] for post in self.posts):
            duplicate = "You are not allowed to create a Tweet with duplicate content."
            return (*problem(403, duplicate), {})
        number = str(_LATEST + next(_numbers))
        referenced = [{"type": "replied_to", "id": below}]
        self.posts.append({"id": number, "text": asked["text"], "referenced_tweets": referenced})
        if fault == "drop":
            return 0, b"", {}
        return 201, {"data": {"id": number, "text": asked["text"]}}, {}

    def _legacy_message(self, asked):
        if not self.legacy:
            return (*SUBSET, {})
        said = asked["event"]["message_create"]
        data = said["message_data"]
        options = data["quick_reply"]["options"]
        too_long = any(len(o["label"]) > 36 or len(o["metadata"]) > 1000 for o in options)
        if asked["event"]["type"] != "message_create" or too_long or not 0 < len(options) <= 20:
            return (*legacy_error(400, 214, "event.message_create…"), {})
        return self._send(said["target"]["recipient_id"], data, (200, {"event": {}}, {}))

    def _send(self, customer, message, answer):
        if self.allowed and len(self.sent) >= self.allowed:
            return limited(2)
        fault = self.take_message(customer, message)
        if fault in (None, "drop") and self.echo is not None:
            self.echo(own(customer, message))
        if fault == "drop":
            return 0, b"", {}
        return fault or answer


def said(customer, text="", number=None, at=None, **data):
    """A direct message of a customer, as an event."""
    return _event(customer, ACCOUNT, {"text": text, **data}, number, at)


def own(customer, message, at=None):
    """The event by which X tells of what the account sent."""
    kept = {key: value for key, value in message.items() if key in ("text", "quick_reply")}
    return _event(ACCOUNT, customer, kept, None, at)


def _event(sender, recipient, data, number, at):
    entities = {"hashtags": [], "symbols": [], "user_mentions": [], "urls": []}
    return {
        "type": "message_create",
        "id": str(number or _LATEST + next(_numbers)),
        "created_timestamp": str(int((at or time.time()) * 1000)),
        "message_create": {
            "target": {"recipient_id": str(recipient)},
            "sender_id": str(sender),
            "source_app_id": "13090192",
            "message_data": {"entities": entities, **data},
        },
    }


def snowflake(at=None):
    """A post's number, of a time."""
    return str((int((at or time.time()) * 1000) - 1_288_834_974_657 << 22) + next(_numbers))


def posted(author, text, number=None, replied_to=None, replied_user=None, **more):
    """A post that names the account wherever `@tidewick` stands, as an event."""
    at = text.find("@tidewick")
    named = {"id_str": ACCOUNT, "screen_name": "tidewick", "indices": [at, at + 9]}
    post = {
        "created_at": "Mon May 19 14:01:46 +0000 2025",
        "id_str": number or snowflake(),
        "text": text,
        "user": {"id_str": str(author), "screen_name": f"user{author}"},
        "in_reply_to_status_id_str": replied_to,
        "in_reply_to_user_id_str": replied_user,
        "entities": {"user_mentions": [named] if at >= 0 else []},
    }
    return {**post, **more}


def posts(*events, account=ACCOUNT):
    return {"for_user_id": account, "user_has_blocked": "false", "tweet_create_events": [*events]}


def deleted(event):
    status = {"id": event["id_str"], "user_id": event["user"]["id_str"]}
    told = {"status": status, "timestamp_ms": "1432228155593"}
    return {"for_user_id": ACCOUNT, "tweet_delete_events": [told]}


def photo(path, name="photo"):
    """A picture with a message, kept where X keeps those."""
    url = f"https://ton.twitter.com{path}"
    media = {"id_str": "1", "type": name, "media_url_https": url, "media_url": url}
    return {"type": "media", "media": {**media, "url": "https://t.co/pic", "indices": [0, 16]}}


def batch(*events, account=ACCOUNT, names=None):
    users = {key: {"id": key, "name": name} for key, name in (names or {}).items()}
    return {"for_user_id": account, "direct_message_events": list(events), "users": users}


def wrapped(event, account=ACCOUNT, kind="dm.received"):
    """The same by the X Activity API."""
    payload = {"direct_message_events": [event], "users": {}}
    told = {"event_uuid": "-68504", "filter": {"user_id": account}, "event_type": kind}
    return {"data": {**told, "tag": "dm-inbound", "payload": payload}}


def sign(body: bytes, secret: str = SECRET) -> str:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return "sha256=" + base64.b64encode(digest).decode()


def deliver(base: str, body, secret: str = SECRET, headers=None, timeout: float = 10.0) -> int:
    """Call a webhook as X does; the status."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = {"x-twitter-webhooks-signature": sign(data, secret)} if headers is None else headers
    request = urllib.request.Request(
        f"{base}/webhooks/x/webhook", data, {"Content-Type": "application/json", **signed}
    )
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code
