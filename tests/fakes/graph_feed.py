"""Comments as the Graph API has them, and the webhook calls that tell of them.

Written after developers.facebook.com/docs/graph-api/reference/comment, …/messenger-platform/
discovery/private-replies and …/instagram-platform; no line of it was tried against the real one.
"""

from __future__ import annotations

import itertools
import time
from collections import deque

_numbers = itertools.count(1)
PAGE = "1001"


def refused(status, code, subcode=None, message="refused"):
    told = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A1"}
    if subcode:
        told["error_subcode"] = subcode
    return status, {"error": told}, {}


NO_COMMENT = refused(400, 100, 33, "Unsupported request: object does not exist")
REPLIED = refused(400, 10900, None, "Activity already replied to")
TOO_LATE = refused(400, 10901, None, "Activity is too old to reply to")


class FakeFeed:
    """The comments below posts. `faults` are taken one by one by the calls that answer, write or
    hide: a refusal, or "drop": done, and no answer."""

    def __init__(self) -> None:
        self.authors: dict[str, str] = {}
        self.answers: dict[str, list[str]] = {}
        self.hidden: set[str] = set()
        self.written: dict[str, list[dict]] = {}
        self.faults: deque = deque()
        self.private_faults: deque = deque()
        self.asked: list[str] = []

    def knows(self, path: str) -> bool:
        return path.split("/")[0] in self.authors

    def answer(self, method, path, query, body):
        """A call about a comment."""
        comment, _, edge = path.partition("/")
        if comment not in self.authors:
            return NO_COMMENT
        if method == "GET":
            self.asked.append(path)
            return 200, self._look(comment, edge), {}
        fault = self.faults.popleft() if self.faults else None
        if isinstance(fault, tuple):
            return fault
        if edge in ("comments", "replies"):
            if comment in self.hidden and edge == "replies":
                return refused(400, 100, None, "You cannot reply to hidden comments")
            if edge == "replies" and len(body["message"]) > 2200:
                return refused(400, 100, None, "too long")
            self.answers.setdefault(comment, []).append(body["message"])
        elif body.get("is_hidden") is True or body.get("hide") is True:
            self.hidden.add(comment)
        else:
            return refused(400, 100, None, "nothing to do")
        done = {"id": f"{comment}_{next(_numbers)}"} if edge else {"success": True}
        return (0, b"", {}) if fault == "drop" else (200, done, {})

    def _look(self, comment, edge):
        if edge:
            text = "text" if edge == "replies" else "message"
            page = {"id": PAGE, "name": "Shop"}
            said = self.answers.get(comment, [])
            return {
                "data": [{"id": str(n), text: each, "from": page} for n, each in enumerate(said)]
            }
        told = {"id": comment, "can_reply_privately": comment not in self.written}
        if comment in self.written:
            people = [{"id": PAGE}, {"id": self.psid(comment)}]
            told["private_reply_conversation"] = {"id": "t_1", "participants": {"data": people}}
        return told

    def psid(self, comment: str) -> str:
        """As the page knows the author in Messenger."""
        return f"8{self.authors[comment]}"

    def write(self, body):
        """A private reply; the answer."""
        comment = body["recipient"]["comment_id"]
        if comment not in self.authors:
            return NO_COMMENT
        fault = self.private_faults.popleft() if self.private_faults else None
        if isinstance(fault, tuple):
            return fault
        if comment in self.written:
            return REPLIED
        self.written[comment] = [body["message"]]
        if fault == "drop":
            return 0, b"", {}
        return 200, {"recipient_id": self.psid(comment), "message_id": f"m{next(_numbers)}"}, {}

    def comments(self, author, text, post="1001_55", comment=None, verb="add", **more):
        """A page's webhook call for a comment, which the feed knows from now on."""
        number = comment or f"55_{next(_numbers)}"
        self.authors[number] = str(author)
        value = {
            "from": {"id": str(author), "name": "Maya Lind"},
            "post": {
                "status_type": "added_photos",
                "is_published": True,
                "updated_time": "2026-11-22T19:00:00+0000",
                "permalink_url": "https://www.facebook.com/1001/posts/55",
                "promotion_status": "inactive",
                "id": post,
            },
            "message": text,
            "post_id": post,
            "comment_id": number,
            "created_time": int(time.time()),
            "item": "comment",
            "parent_id": post,
            "verb": verb,
            **more,
        }
        if verb == "remove":
            del value["message"]
            del self.authors[number]
        entry = {"id": PAGE, "time": int(time.time())}
        return {
            "object": "page",
            "entry": [{**entry, "changes": [{"field": "feed", "value": value}]}],
        }

    def comments_on_instagram(self, author, text, media="17900", comment=None, **more):
        """An Instagram account's webhook call for a comment."""
        number = comment or f"179{next(_numbers):05}"
        self.authors[number] = str(author)
        value = {
            "from": {"id": str(author), "username": "maya.l"},
            "media": {"id": media, "media_product_type": "FEED"},
            "id": number,
            "text": text,
            **more,
        }
        entry = {"id": PAGE, "time": int(time.time())}
        change = {"field": "comments", "value": value}
        return {"object": "instagram", "entry": [{**entry, "changes": [change]}]}


def comment_in(body) -> str:
    """The id of the comment of a webhook call."""
    value = body["entry"][0]["changes"][0]["value"]
    return value.get("comment_id") or value["id"]
