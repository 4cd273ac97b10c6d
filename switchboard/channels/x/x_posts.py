"""Reads the posts that speak to the account: what X delivers as posts of others, and deletions.

What is within the words of a post counts as a mention. A reply carries the names of those it
replies to before its words; by these alone it speaks to us only if it replies to the account.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

from switchboard.channels.payload import inner, is_shallow, is_whole, mappings, string
from switchboard.channels.x.x_deliveries import read_id
from switchboard.clock import epoch_now
from switchboard.comments.comment import PostComment
from switchboard.mailroom.inbox import Arrival

POST, WRAPPED_POST, GONE = "post", "mention", "gone"
_MENTION = "post.mention.create"
_FIRST_MS = 1_288_834_974_657
"""Since which a post's number tells its time, in milliseconds; its low 22 bits are a count."""
_MAX_TEXT = 8000
_DAY = 86_400.0


def read_post_arrivals(body: Mapping[str, Any], account: str) -> list[tuple[PostComment, Arrival]]:
    """The posts of a delivery that speak to this account and those that were deleted, each with
    what is stored of it."""
    found = []
    for kind, post in _posts(body, account):
        payload = {"kind": kind, "account": account, "post": post}
        for replied in (False, True) if kind == GONE else (False,):
            stored = {**payload, "replied": replied}
            read = read_post(stored) if is_shallow(post) else None
            if read is not None:
                comment, gone = read
                number = f"{comment.id}:{'gone' if gone else 'post'}"
                arrival = Arrival(f"{number}:{comment.post}"[:200], comment.thread, stored)
                found.append((comment, arrival))
    return found


def read_post(payload: Mapping[str, Any]) -> tuple[PostComment, bool] | None:
    """A stored post as a comment, and whether it was deleted; None for what speaks to others."""
    account, post = read_id(payload.get("account")), inner(payload, "post")
    kind = payload.get("kind")
    if not account:
        return None
    if kind == GONE:
        return _deleted(account, post, bool(payload.get("replied")))
    read = _of_activity if kind == WRAPPED_POST else _of_account
    comment = read(account, post)
    return None if comment is None or comment.author in ("", account) else (comment, False)


def _posts(body: Mapping[str, Any], account: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if read_id(body.get("for_user_id")) == account:
        if str(body.get("user_has_blocked")).lower() != "true":
            yield from ((POST, post) for post in mappings(body.get("tweet_create_events")))
        for told in mappings(body.get("tweet_delete_events")):
            yield GONE, inner(told, "status")
    wrapped = inner(body, "data")
    mine = read_id(inner(wrapped, "filter").get("user_id")) == account
    if mine and wrapped.get("event_type") == _MENTION:
        yield WRAPPED_POST, inner(wrapped, "payload")


def _of_account(account: str, post: Mapping[str, Any]) -> PostComment | None:
    """A post as the Account Activity API delivers it."""
    number, author = read_id(post.get("id_str")), read_id(inner(post, "user").get("id_str"))
    if not number or inner(post, "retweeted_status"):
        return None
    whole = inner(post, "extended_tweet") or post
    text = string(whole.get("full_text")) or string(post.get("text"))
    begin = _beginning(whole.get("display_text_range"))
    named = [
        mention
        for mention in mappings(inner(whole, "entities").get("user_mentions"))
        if read_id(mention.get("id_str")) == account and _beginning(mention.get("indices")) >= begin
    ]
    replied = bool(read_id(post.get("in_reply_to_status_id_str")))
    if not named and read_id(post.get("in_reply_to_user_id_str")) != account:
        return None
    below = _replies(number) if replied else number
    return _comment(account, below, number, author, text[begin:], replied)


def _of_activity(account: str, post: Mapping[str, Any]) -> PostComment | None:
    """A mention as the X Activity API delivers it."""
    number, author = read_id(post.get("id")), read_id(post.get("author_id"))
    referenced = {
        entry.get("type")
        for entry in mappings(post.get("referenced_tweets"))
        if isinstance(entry.get("type"), str)
    }
    if not number or "retweeted" in referenced:
        return None
    replied = "replied_to" in referenced or read_id(post.get("in_reply_to_user_id")) != ""
    below = _replies(number) if replied else number
    return _comment(account, below, number, author, string(post.get("text")), replied)


def _comment(
    account: str, below: str, number: str, author: str, text: str, replied: bool
) -> PostComment:
    link = f"https://x.com/i/status/{number}"
    return PostComment(
        "x",
        account,
        below,
        number,
        author,
        text[:_MAX_TEXT].strip(),
        replied,
        _moment(number),
        to_us=True,
        link=link,
    )


def _deleted(
    account: str, status: Mapping[str, Any], replied: bool
) -> tuple[PostComment, bool] | None:
    number, author = read_id(status.get("id")), read_id(status.get("user_id"))
    if not number or author in ("", account):
        return None
    below = _replies(number) if replied else number
    return PostComment("x", account, below, number, author, "", replied), True


def _replies(number: str) -> str:
    """What replies are below: X names the post that they answer and not the first one of a thread,
    so that each answer of ours would be a new one. One person's of one day count together."""
    day = datetime.fromtimestamp(_moment(number), timezone.utc).date()
    return f"replies-{day.isoformat()}"


def _moment(number: str) -> float:
    """When a post was made, in seconds since the epoch; now for a time that cannot be."""
    now, at = epoch_now(), ((int(number) >> 22) + _FIRST_MS) / 1000
    return at if int(number) >> 22 and at <= now + _DAY else now


def _beginning(pair: object) -> int:
    """The first of two places in a text; 0 for what is none."""
    first = pair[0] if isinstance(pair, list) and pair else 0
    return first if is_whole(first, 0, _MAX_TEXT) else 0
