"""Reads comments from the webhook of a page (`feed`) and of an Instagram account (`comments`).

Follows developers.facebook.com/docs/graph-api/webhooks/reference/page and …/reference/instagram.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from switchboard.channels.payload import inner, is_shallow, is_whole, mappings, string
from switchboard.clock import epoch_now
from switchboard.comments.comment import PostComment
from switchboard.mailroom.inbox import Arrival

_ID = re.compile(r"[0-9A-Za-z_-]{1,100}", re.ASCII)
_FIELDS = {"page": "feed", "instagram": "comments"}
_PLATFORMS = {"page": "facebook", "instagram": "instagram"}
_FIRST = 1_400_000_000
_DAY = 86_400
_MAX_TEXT = 8000
_LINK = re.compile(r"https://[\w./?=&%:-]{1,500}", re.ASCII)


def read_comment_arrivals(body: Mapping[str, Any]) -> list[tuple[PostComment, Arrival]]:
    """The comments that were added or taken away, each with what is stored of it.

    Edits, likes, posts, what was hidden, and the page's own comments are nothing.
    """
    found = []
    for kind, entry, change in _changes(body):
        payload = {"kind": kind, "id": entry.get("id"), "time": entry.get("time"), "change": change}
        comment = read_feed_event(payload) if is_shallow(change) else None
        if comment is not None:
            verb = "remove" if comment[1] else "add"
            # Orders a comment and its removal, which may come in one second, as they came.
            arrival = Arrival(f"{comment[0].id}:{verb}", comment[0].thread, payload)
            found.append((comment[0], arrival))
    return found


def read_feed_event(payload: Mapping[str, Any]) -> tuple[PostComment, bool] | None:
    """The comment of a stored event, and whether it was taken away; None for anything else."""
    kind, value = payload.get("kind"), inner(payload, "change", "value")
    account = _id(payload.get("id"))
    read = _of_page if kind == "page" else _of_instagram
    found = read(account, value, payload.get("time")) if account else None
    if found is None or found[0].author in ("", account):
        return None
    return found


def _changes(body: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    kind = body.get("object")
    field = _FIELDS.get(kind) if isinstance(kind, str) else None
    for entry in mappings(body.get("entry")) if field else ():
        # With Instagram's own login the change stands in the entry itself.
        itself = {"field": entry.get("field"), "value": entry.get("value")}
        for change in (*mappings(entry.get("changes")), itself):
            if change.get("field") == field:
                yield str(kind), entry, change


def _of_page(
    account: str, value: Mapping[str, Any], _time: object
) -> tuple[PostComment, bool] | None:
    verb = value.get("verb")
    if value.get("item") != "comment" or verb not in ("add", "remove"):
        return None
    post, comment, parent = (
        _id(value.get(name)) for name in ("post_id", "comment_id", "parent_id")
    )
    if not post or not comment:
        return None
    link = string(inner(value, "post").get("permalink_url"))
    read = PostComment(
        "facebook",
        account,
        post,
        comment,
        _id(inner(value, "from").get("id")),
        string(value.get("message"))[:_MAX_TEXT] if verb == "add" else "",
        is_reply=bool(parent) and parent != post,
        at=_moment(value.get("created_time")),
        link=link if _LINK.fullmatch(link) else "",
    )
    return read, verb == "remove"


def _of_instagram(
    account: str, value: Mapping[str, Any], time: object
) -> tuple[PostComment, bool] | None:
    author, media = inner(value, "from"), inner(value, "media")
    post, comment, parent = _id(media.get("id")), _id(value.get("id")), _id(value.get("parent_id"))
    if not post or not comment or author.get("self_ig_scoped_id"):
        return None
    text = string(value.get("text"))[:_MAX_TEXT]
    at = _moment(time)
    read = PostComment(
        "instagram", account, post, comment, _id(author.get("id")), text, bool(parent), at
    )
    return (read if not parent else _below(read, parent)), False


def _below(comment: PostComment, parent: str) -> PostComment:
    """A reply: Instagram takes answers below comments alone, not below replies to them."""
    return PostComment(**{**comment.as_dict(), "below": parent})


def _id(value: object) -> str:
    text = str(value) if is_whole(value, 1, 10**20) else value
    return text if isinstance(text, str) and _ID.fullmatch(text) else ""


def _moment(value: object) -> float:
    """Seconds since the epoch; now for a time that cannot be, in milliseconds too."""
    now = epoch_now()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return now
    seconds = value / 1000 if value > _FIRST * 100 else value
    return float(seconds) if _FIRST <= seconds <= now + _DAY else now
