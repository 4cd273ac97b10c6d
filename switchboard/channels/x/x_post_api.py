"""Replies to posts on X: the direct message to their author, the answer below, hiding.

Follows docs.x.com/x-api/posts and docs.x.com/x-api/direct-messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from switchboard.channels.payload import mappings, string
from switchboard.channels.platform import FINAL, Trouble, Undelivered
from switchboard.channels.x.x_api import XApi, read_refusal
from switchboard.channels.x.x_posts import read_post
from switchboard.comments.comment import PostComment
from switchboard.comments.comment_claims import CommentClaim
from switchboard.comments.comment_reply import CommentReply
from switchboard.text.post_length import fit_post

_LOOKED_AT = "20"
"""Of the account's newest posts, when one may stand there already."""


class XPostApi:
    """The posts that speak to an account, as `CommentPlatform` needs them."""

    channel = "x"

    def __init__(self, api: XApi) -> None:
        self._api = api

    def read(self, payload: Any) -> tuple[PostComment, bool] | None:
        """The post of a stored event."""
        return read_post(payload) if isinstance(payload, Mapping) else None

    async def write_privately(self, claim: CommentClaim, reply: CommentReply) -> str:
        """Send a direct message to the author; refused where they take none of ours."""
        path = f"2/dm_conversations/with/{claim.author}/messages"
        try:
            await self._ask("POST", path, {"text": reply.private})
        except Undelivered as error:
            if error.trouble is Trouble.INVALID:  # not for a second try: X has no such rule
                raise Undelivered(Trouble.BLOCKED, error.detail) from None
            raise
        return self.likely_conversation(claim)

    async def private_conversation(self, claim: CommentClaim) -> str | None:
        """Whether the account wrote to the author since the claim."""
        wanted = {"dm_event.fields": "sender_id,created_at", "event_types": "MessageCreate"}
        path = f"2/dm_conversations/with/{claim.author}/dm_events"
        try:
            data = await self._ask("GET", path, params={**wanted, "max_results": "10"})
        except Undelivered as error:
            if error.trouble in FINAL:
                return None
            raise
        own = [e for e in mappings(data.get("data")) if e.get("sender_id") == claim.account]
        newest = max((_seconds(event.get("created_at")) for event in own), default=0.0)
        return self.likely_conversation(claim) if newest > claim.at - 5 else None

    def likely_conversation(self, claim: CommentClaim) -> str:
        """Both sides are known by their numbers."""
        return f"x:{claim.account}:{claim.author}"

    async def answer(self, account: str, reply: CommentReply, text: str) -> None:
        """Answer below the post."""
        below = {"in_reply_to_tweet_id": reply.comment_id}
        await self._ask("POST", "2/tweets", {"text": fit_post(text), "reply": below})

    async def is_answered(self, account: str, reply: CommentReply, text: str) -> bool:
        """Whether one of the account's newest posts replies to it."""
        wanted = {"tweet.fields": "referenced_tweets", "max_results": _LOOKED_AT}
        data = await self._ask("GET", f"2/users/{account}/tweets", params=wanted)
        answered = {
            string(other.get("id"))
            for post in mappings(data.get("data"))
            for other in mappings(post.get("referenced_tweets"))
            if other.get("type") == "replied_to"
        }
        return reply.comment_id in answered

    async def hide(self, account: str, reply: CommentReply) -> None:
        """Hide the post; X allows it for replies to the account's own."""
        await self._ask("PUT", f"2/tweets/{reply.comment_id}/hidden", {"hidden": True})

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()

    async def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Mapping[str, Any]:
        reply = await self._api.ask(method, path, body, params)
        refused = read_refusal(reply)
        if refused is not None:
            raise refused
        return reply.data


def _seconds(written: object) -> float:
    """A time as version 2 writes it, in seconds since the epoch; 0 for anything else."""
    try:
        return datetime.fromisoformat(string(written).replace("Z", "+00:00")).timestamp()
    except (ValueError, OverflowError):
        return 0.0
