"""Comments of pages and Instagram accounts through the Graph API: private replies, public ones,
hiding.

Follows developers.facebook.com/docs/messenger-platform/discovery/private-replies, …/graph-api/
reference/comment and …/instagram-platform/comment-moderation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from switchboard.channels.facebook.facebook_events import OURS
from switchboard.channels.facebook.feed_events import read_feed_event
from switchboard.channels.facebook.graph_api import GraphApi, read_refusal
from switchboard.channels.pace import Pace
from switchboard.channels.payload import inner, mappings, string
from switchboard.channels.platform import Trouble
from switchboard.comments.comment import PostComment
from switchboard.comments.comment_claims import CommentClaim
from switchboard.comments.comment_reply import CommentReply

PAUSE = 30.0
"""Seconds for which a page rests after a refusal for pace that names no time."""


class FeedApi:
    """The comments of all pages and accounts of an app."""

    channel = "facebook"

    def __init__(self, graph: GraphApi, pace: Pace) -> None:
        self._graph, self._pace = graph, pace

    def read(self, payload: Any) -> tuple[PostComment, bool] | None:
        """The comment of a stored event."""
        return read_feed_event(payload) if isinstance(payload, Mapping) else None

    async def write_privately(self, claim: CommentClaim, reply: CommentReply) -> str:
        """Send the private reply: one message, with a button that goes on."""
        message: dict[str, Any] = {"text": reply.private, "metadata": f"{OURS}:comment"}
        if reply.go_on:
            title = {"title": reply.go_on_title, "payload": f"/{reply.go_on}"}
            message["quick_replies"] = [{"content_type": "text", **title}]
        body = {
            "recipient": {"comment_id": reply.comment_id},
            "messaging_type": "RESPONSE",
            "message": message,
        }
        data = await self._ask("POST", claim.account, "me/messages", body)
        customer = string(data.get("recipient_id"))
        return self._conversation(claim, customer or claim.author)

    async def private_conversation(self, claim: CommentClaim) -> str | None:
        """Ask Facebook whether the comment had its private reply; Instagram does not tell."""
        if claim.platform != "facebook":
            return None
        fields = "can_reply_privately,private_reply_conversation{participants}"
        data = await self._ask("GET", claim.account, claim.comment_id, fields=fields)
        there = inner(data, "private_reply_conversation")
        if not there and data.get("can_reply_privately") is not False:
            return None
        people = [string(p.get("id")) for p in mappings(inner(there, "participants").get("data"))]
        others = [person for person in people if person and person != claim.account]
        return self._conversation(claim, others[0] if others else claim.author)

    def likely_conversation(self, claim: CommentClaim) -> str:
        """The author's id is the one by which the page, or the account, knows them."""
        return self._conversation(claim, claim.author)

    async def answer(self, account: str, reply: CommentReply, text: str) -> None:
        """Answer below the comment."""
        await self._ask("POST", account, self._replies(reply), {"message": text})

    async def is_answered(self, account: str, reply: CommentReply, text: str) -> bool:
        """Whether the page's own answer stands below the comment."""
        instagram = reply.platform == "instagram"
        fields = "text,from" if instagram else "message,from"
        data = await self._ask("GET", account, self._replies(reply), fields=fields, limit="100")
        said = [
            string(entry.get("text" if instagram else "message"))
            for entry in mappings(data.get("data"))
            if string(inner(entry, "from").get("id")) in ("", account)
        ]
        return text in said

    async def hide(self, account: str, reply: CommentReply) -> None:
        """Hide the comment."""
        field = "hide" if reply.platform == "instagram" else "is_hidden"
        await self._ask("POST", account, reply.comment_id, {field: True})

    async def close(self) -> None:
        """Close the connections."""
        await self._graph.close()

    @staticmethod
    def _replies(reply: CommentReply) -> str:
        if reply.platform == "instagram":
            return f"{reply.below or reply.comment_id}/replies"
        return f"{reply.comment_id}/comments"

    @staticmethod
    def _conversation(claim: CommentClaim, customer: str) -> str:
        return f"{claim.platform}:{claim.account}:{customer}"

    async def _ask(
        self,
        method: str,
        account: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        **params: str,
    ) -> Mapping[str, Any]:
        await self._pace.turn(account)
        reply = await self._graph.ask(method, account, path, body, params)
        refused = read_refusal(reply)
        if refused is None:
            return reply.data
        if refused.trouble is Trouble.RATE:
            await self._pace.pause(account, refused.retry_after or PAUSE)
        raise refused
