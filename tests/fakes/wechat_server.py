"""The API of an official account, and the calls that WeChat makes to a callback.

Written after developers.weixin.qq.com/doc/service (stable_token, message/custom/send, typing,
media, passive replies); no line of it was tried against the real one.
"""

from __future__ import annotations

import itertools
import json
import time
import urllib.error
import urllib.request
from collections import defaultdict
from urllib.parse import parse_qs, urlsplit

from tests.fakes import weixin_envelope as envelope
from tests.fakes.messaging import FakePlatform, read_body

APP, SECRET, TOKEN, ACCOUNT = (
    "wx1234567890abcdef",
    "app-secret",
    "callback-token",
    "gh_0123456789ab",
)
OF_MESSAGE, OF_EVENT = (5, 48 * 3600), (3, 60)
"""Messages that a customer's message allows, and for how many seconds; and what a pressed menu
item, a new follower or a scanned code does."""
UNAVAILABLE = "该公众号提供的服务出现故障，请稍后再试"
_numbers = itertools.count(6_054_768_590_064_713_728)


def error(code, words="refused"):
    return 200, {"errcode": code, "errmsg": words}


class FakeWechat(FakePlatform):
    def __init__(self) -> None:
        self.tokens_given: list[bool] = []
        self.good = ""  # the token that is accepted
        self.stale = 0  # so many times the same stale token is given out
        self.media: dict[str, bytes] = {}
        self.uploads: list[dict] = []
        self.typing: list[str] = []
        self.asked: dict[str, float] = {}  # when a customer last wrote
        self.used: dict[str, int] = defaultdict(int)
        self.allowed: dict[str, tuple[int, int]] = defaultdict(lambda: OF_MESSAGE)
        self.limited = True
        self.may_send = True
        super().__init__()

    @property
    def environment(self) -> dict[str, str]:
        return {
            "WECHAT_API_BASE": self.url,
            "WECHAT_APP_ID": APP,
            "WECHAT_APP_SECRET": SECRET,
            "WECHAT_TOKEN": TOKEN,
            "WECHAT_ENCODING_AES_KEY": envelope.KEY,
        }

    def text_of(self, message):
        return message.get("text", {}).get("content", "")

    def answer(self, method, path, headers, body):
        parts = urlsplit(path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if parts.path == "/cgi-bin/stable_token":
            return self._token(json.loads(body))
        if query.get("access_token") != self.good:
            return (*error(40001, "invalid credential, access_token is invalid"), {})
        if parts.path == "/cgi-bin/media/get":
            content = self.media.get(query.get("media_id"))
            return (
                (200, content, {"Content-Type": "image/jpeg"})
                if content
                else (
                    *error(40007, "invalid media_id"),
                    {},
                )
            )
        if parts.path == "/cgi-bin/customservice/getkflist":
            return (200, {"kf_list": []}, {}) if self.may_send else (*error(48001), {})
        asked = read_body(headers, body)
        if parts.path == "/cgi-bin/media/upload":
            self.uploads.append({"type": query.get("type"), **asked["media"]})
            return 200, {"type": "image", "media_id": f"up{len(self.uploads)}"}, {}
        if parts.path == "/cgi-bin/message/custom/typing":
            self.typing.append(asked["touser"])
            return (*error(0, "ok"), {})
        if parts.path == "/cgi-bin/message/custom/send":
            return self._send(asked)
        return 404, {}, {}

    def _token(self, asked):
        assert asked["grant_type"] == "client_credential"
        if asked["appid"] != APP:
            return (*error(40013, "invalid appid"), {})
        if asked["secret"] != SECRET:
            return (*error(40125, "invalid appsecret"), {})
        forced = bool(asked.get("force_refresh"))
        self.tokens_given.append(forced)
        if forced or not self.good:
            self.good = f"token-{len(self.tokens_given)}"
        if self.stale and not forced:
            self.stale -= 1
            return 200, {"access_token": "stale", "expires_in": 7200}, {}
        return 200, {"access_token": self.good, "expires_in": 7200}, {}

    def _send(self, asked):
        chat = asked["touser"]
        if not self.may_send:
            return (*error(48001, "api unauthorized"), {})
        kind = asked.get("msgtype")
        if kind not in ("text", "image", "news", "msgmenu") or kind not in asked:
            return (*error(40008, "invalid message type"), {})
        if kind == "text" and len(asked["text"]["content"].encode()) > 2048:
            return (*error(45002, "content size out of limit"), {})
        if kind == "text" and not asked["text"]["content"]:
            return (*error(44004, "empty content"), {})
        if kind == "image" and not asked["image"].get("media_id"):
            return (*error(40007, "invalid media_id"), {})
        with self._lock:
            most, window = self.allowed[chat]
            if self.limited and time.time() - self.asked.get(chat, 0) > window:
                return (*error(45015, "response out of time limit or subscription is canceled"), {})
            if self.limited and self.used[chat] >= most:
                return (*error(45047, "out of response count limit"), {})
            self.used[chat] += 1
        fault = self.take_message(chat, asked)
        if fault == "drop":
            return 0, b"", {}
        return fault or (*error(0, "ok"), {})

    def wrote(self, customer, allowed=OF_MESSAGE) -> None:
        """A customer wrote or did something: as if nothing were left of what was allowed before."""
        with self._lock:
            self.asked[str(customer)], self.used[str(customer)] = time.time(), 0
            self.allowed[str(customer)] = allowed


def said(customer, text=None, kind="text", **fields):
    """A customer's message as the callback gets it, before it is encrypted."""
    told = {"Content": text} if text is not None else {}
    return {
        "ToUserName": ACCOUNT,
        "FromUserName": str(customer),
        "CreateTime": int(time.time()),
        "MsgType": kind,
        **told,
        **fields,
        "MsgId": next(_numbers),
    }


def event(customer, name, key="", **fields):
    told = said(customer, kind="event", Event=name, EventKey=key, **fields)
    return {name: value for name, value in told.items() if name != "MsgId"}


def pack(message, sealed=True, token=TOKEN, key=envelope.KEY, receiver=APP, at=None):
    """The body and the arguments of a call."""
    xml = message if isinstance(message, str) else envelope.write(message)
    if not sealed:
        return xml.encode(), envelope.query(token, at=at, openid="x")
    encrypted = envelope.encrypt(xml, receiver, key)
    body = envelope.write({"ToUserName": ACCOUNT, "Encrypt": encrypted})
    return body.encode(), envelope.query(token, encrypted, at=at, encrypt_type="aes")


def post(base, body, query, timeout=10.0):
    """One call; the status and the answer."""
    url = f"{base}/webhooks/wechat/webhook?{query}"
    request = urllib.request.Request(url, body, {"Content-Type": "text/xml"})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def shown(answer: str, sealed=True) -> str:
    """What a customer sees of an answer to a call; empty for nothing."""
    if answer in ("success", ""):
        return ""
    told = envelope.read(answer)
    if sealed:
        stamp, nonce = told["TimeStamp"], told["Nonce"]
        assert told["MsgSignature"] == envelope.sign(TOKEN, stamp, nonce, told["Encrypt"])
        xml, receiver = envelope.decrypt(told["Encrypt"])
        assert receiver == APP
        told = envelope.read(xml)
    assert told["FromUserName"] == ACCOUNT
    assert told["MsgType"] == "text"
    assert len(told["Content"].encode()) <= 2048
    return told["Content"]


def deliver(base, message, fake=None, sealed=True, patience=5.0, tries=3) -> str:
    """Call as WeChat does: with the same message up to three times, for five seconds each. What
    the customer sees; `UNAVAILABLE` is WeChat's own word when no call was answered."""
    if fake is not None:
        of_event = message["MsgType"] == "event"
        fake.wrote(message["FromUserName"], OF_EVENT if of_event else OF_MESSAGE)
    for _ in range(tries):
        body, query = pack(message, sealed)
        try:
            status, answer = post(base, body, query, timeout=patience)
        except (TimeoutError, OSError):
            continue
        assert status == 200, (status, answer)
        return shown(answer, sealed)
    return UNAVAILABLE
