"""The API of WeCom customer service, and the calls that WeCom makes to a callback.

Written after developer.work.weixin.qq.com (微信客服: kf/sync_msg, kf/send_msg, send_msg_on_event,
service_state); no line of it was tried against the real one. The documentation says that a `msgid`
that was used before is refused, and not by which code.
"""

from __future__ import annotations

import itertools
import re
import time
import urllib.error
import urllib.request
from collections import defaultdict
from urllib.parse import parse_qs, urlsplit

from tests.fakes import weixin_envelope as envelope
from tests.fakes.messaging import FakePlatform, read_body
from tests.fakes.wechat_server import error

CORP, SECRET, TOKEN, ACCOUNT = "ww12345678910", "kf-secret", "callback-token", "wkAbCdEf1"
UNTREATED, ASSISTANT, POOL, PERSON, OVER = range(5)
MOST, WINDOW_SECONDS = 5, 48 * 3600
_numbers = itertools.count(1)


class FakeWecom(FakePlatform):
    def __init__(self) -> None:
        self.good = ""
        self.messages: list[dict] = []  # the log that sync_msg reads; a cursor is a place in it
        self.pulled: list[tuple[str, str]] = []  # cursor and token of each call
        self.page = 1000
        self.tokens_expired = False
        self.cursors_lost = False
        self.media: dict[str, bytes] = {}
        self.uploads: list[dict] = []
        self.states: dict[str, int] = {}
        self.codes: dict[str, float] = {}
        self.asked: dict[str, float] = {}
        self.used: dict[str, int] = defaultdict(int)
        self.known: set[str] = set()
        self.on_event: list[dict] = []
        self.accounts = [{"open_kfid": ACCOUNT, "name": "Shop", "manage_privilege": True}]
        super().__init__()

    @property
    def environment(self) -> dict[str, str]:
        return {
            "WECOM_API_BASE": self.url,
            "WECOM_CORP_ID": CORP,
            "WECOM_KF_SECRET": SECRET,
            "WECOM_TOKEN": TOKEN,
            "WECOM_ENCODING_AES_KEY": envelope.KEY,
        }

    def text_of(self, message):
        told = message.get("text", {}).get("content")
        return told or message.get("msgmenu", {}).get("head_content", "")

    def answer(self, method, path, headers, body):
        parts = urlsplit(path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if parts.path == "/cgi-bin/gettoken":
            if query.get("corpid") != CORP or query.get("corpsecret") != SECRET:
                return (*error(40001, "invalid credential"), {})
            self.good = self.good or f"token-{next(_numbers)}"
            told = {"errcode": 0, "errmsg": "ok", "access_token": self.good, "expires_in": 7200}
            return 200, told, {}
        if query.get("access_token") != self.good:
            return (*error(42001, "access_token expired"), {})
        if parts.path == "/cgi-bin/media/get":
            content = self.media.get(query.get("media_id"))
            return (200, content, {}) if content else (*error(40007, "invalid media_id"), {})
        asked = read_body(headers, body)
        if parts.path == "/cgi-bin/media/upload":
            self.uploads.append({"kind": query.get("type"), **asked["media"]})
            return 200, {"errcode": 0, "media_id": f"up{len(self.uploads)}"}, {}
        name = parts.path.removeprefix("/cgi-bin/kf/").replace("/", "_")
        return getattr(self, f"_{name}")(asked)

    def _account_list(self, asked):
        return 200, {"errcode": 0, "errmsg": "ok", "account_list": self.accounts}, {}

    def _sync_msg(self, asked):
        cursor, account = asked.get("cursor", ""), asked["open_kfid"]
        assert asked["limit"] <= 1000
        if asked.get("token") and self.tokens_expired:
            return (*error(95007, "invalid msgtoken"), {})
        if cursor and self.cursors_lost:  # the documentation names no code
            return (*error(40058, "cursor"), {})
        with self._lock:
            self.pulled.append((cursor, asked.get("token", "")))
            start = int(cursor.removeprefix("c")) if cursor else 0
            found = self.messages[start : start + min(asked["limit"], self.page)]
            after, more = start + len(found), start + len(found) < len(self.messages)
        listed = found if account == ACCOUNT else []
        told = {"errcode": 0, "errmsg": "ok", "next_cursor": f"c{after}", "has_more": int(more)}
        return 200, {**told, "msg_list": listed}, {}

    def _service_state_get(self, asked):
        state = self.states.get(asked["external_userid"], UNTREATED)
        return 200, {"errcode": 0, "errmsg": "ok", "service_state": state}, {}

    def _service_state_trans(self, asked):
        if self.states.get(asked["external_userid"], UNTREATED) != UNTREATED:
            return (*error(95016, "not allowed"), {})
        self.states[asked["external_userid"]] = asked["service_state"]
        return 200, {"errcode": 0, "errmsg": "ok"}, {}

    def _wrong(self, asked):
        kind = asked.get("msgtype")
        if not re.fullmatch(r"[0-9a-zA-Z_-]{1,32}", asked.get("msgid", "")):
            return error(40058, "msgid")
        if kind not in ("text", "image", "file", "msgmenu") or kind not in asked:
            return error(40008, "invalid message type")
        if kind == "text" and not 0 < len(asked["text"]["content"].encode()) <= 2048:
            return error(40058, "text.content")
        if kind == "msgmenu":
            menu = asked["msgmenu"]
            if len(menu["head_content"].encode()) > 1024 or not 0 < len(menu["list"]) <= 10:
                return error(95008, "menu")
            for item in menu["list"]:
                told = item[item["type"]]
                if len(told["content"].encode()) > 128 or len(told.get("id", "").encode()) > 64:
                    return error(95009, "menu item")
        return None

    def _send_msg(self, asked):
        chat, wrong = asked["touser"], self._wrong(asked)
        if wrong:
            return (*wrong, {})
        if asked["open_kfid"] != ACCOUNT:
            return (*error(95000, "invalid open_kfid"), {})
        with self._lock:
            if asked["msgid"] in self.known:
                return (*error(99999, "msgid duplicated"), {})
            if self.states.get(chat, UNTREATED) not in (UNTREATED, ASSISTANT):
                return (*error(95018, "send msg session status invalid"), {})
            if time.time() - self.asked.get(chat, 0) > WINDOW_SECONDS:
                return (*error(95002, "out of time limit"), {})
            if self.used[chat] >= MOST:
                return (*error(95001, "send msg count limit"), {})
            self.used[chat] += 1
        return self._take(chat, asked)

    def _send_msg_on_event(self, asked):
        wrong = self._wrong(asked)
        if wrong or asked["msgtype"] not in ("text", "msgmenu"):
            return (*(wrong or error(40008)), {})
        with self._lock:
            if self.codes.pop(asked["code"], 0) < time.time():
                return (*error(40058, "code"), {})
            self.on_event.append(asked)
        return 200, {"errcode": 0, "errmsg": "ok", "msgid": asked["msgid"]}, {}

    def _take(self, chat, asked):
        fault = self.take_message(chat, asked)
        if fault in (None, "drop"):
            self.known.add(asked["msgid"])
        if fault == "drop":
            return 0, b"", {}
        return fault or (200, {"errcode": 0, "errmsg": "ok", "msgid": asked["msgid"]}, {})

    def add(self, *messages):
        """What sync_msg will give out; a customer's message allows five more."""
        with self._lock:
            for message in messages:
                if message.get("origin") == 3:
                    customer = message["external_userid"]
                    self.asked[customer], self.used[customer] = time.time(), 0
                self.messages.append(message)


def said(customer, text=None, kind="text", at=None, origin=3, menu_id=None, **content):
    """A message as sync_msg gives it out."""
    told = {"content": text} if text is not None else {}
    if menu_id:
        told["menu_id"] = menu_id
    return {
        "msgid": f"m{next(_numbers)}",
        "open_kfid": ACCOUNT,
        "external_userid": str(customer),
        "send_time": int(time.time() if at is None else at),
        "origin": origin,
        "msgtype": kind,
        kind: {**told, **content},
    }


def event(customer, name, at=None, **more):
    told = {"event_type": name, "open_kfid": ACCOUNT, "external_userid": str(customer), **more}
    return {
        "msgid": f"m{next(_numbers)}",
        "send_time": int(time.time() if at is None else at),
        "origin": 4,
        "msgtype": "event",
        "event": told,
    }


def pack(message, token=TOKEN, key=envelope.KEY, receiver=CORP, at=None):
    xml = message if isinstance(message, str) else envelope.write(message)
    encrypted = envelope.encrypt(xml, receiver, key)
    body = envelope.write({"ToUserName": receiver, "AgentID": "", "Encrypt": encrypted})
    return body.encode(), envelope.query(token, encrypted, at=at)


def announce(base, account=ACCOUNT, **how):
    """Call as WeCom does when there is something to pull; the status."""
    told = {
        "ToUserName": CORP,
        "CreateTime": int(time.time()),
        "MsgType": "event",
        "Event": "kf_msg_or_event",
        "Token": "ENCpull",
        "OpenKfId": account,
    }
    return post(base, *pack(told, **how))


def post(base, body, query):
    url = f"{base}/webhooks/wecom/webhook?{query}"
    request = urllib.request.Request(url, body, {"Content-Type": "text/xml"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code
