"""Carries out replies to comments, each part once, whatever platform they are on.

In this order: the private reply, the public one, hiding. Before a part that may have been done
already is done again, the platform is asked whether it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

from typing_extensions import override

from switchboard.channels.platform import FINAL, Call, Platform, Trouble, Undelivered
from switchboard.comments.comment import PostComment
from switchboard.comments.comment_book import COMMENT, CommentBook
from switchboard.comments.comment_claims import CommentClaim, PrivateReply
from switchboard.comments.comment_reply import REPLY, CommentReply, read_reply, reply_from
from switchboard.mailroom.inbox import Arrival, Inbox
from switchboard.mailroom.message import Incoming
from switchboard.mailroom.outbox import Delivery

PRIVATE, PUBLIC, HIDE = "private", "public", "hide"


class CommentApi(Protocol):
    """A platform as far as comments need it. Every call may raise `Undelivered`."""

    channel: str
    """The channel of private conversations."""

    def read(self, payload: Any) -> tuple[PostComment, bool] | None:
        """The comment of an event as it was stored, and whether it was taken away."""

    async def write_privately(self, claim: CommentClaim, reply: CommentReply) -> str:
        """Send the private reply; returns the conversation that it began."""

    async def private_conversation(self, claim: CommentClaim) -> str | None:
        """The conversation of a private reply that was sent; None if there is none, or the platform
        cannot tell."""

    def likely_conversation(self, claim: CommentClaim) -> str:
        """Where the private reply to this author would be."""

    async def answer(self, account: str, reply: CommentReply, text: str) -> None:
        """Answer below the comment."""

    async def is_answered(self, account: str, reply: CommentReply, text: str) -> bool:
        """Whether that answer stands below the comment."""

    async def hide(self, account: str, reply: CommentReply) -> None:
        """Hide the comment; done twice it is the same."""

    async def close(self) -> None:
        """Close the connections."""


class CommentPlatform(Platform):
    """The comments of a platform, as the dispatcher uses it."""

    def __init__(self, api: CommentApi, book: CommentBook, inbox: Inbox) -> None:
        self._api, self._book, self._inbox = api, book, inbox

    @override
    async def read(self, batch: Sequence[Arrival]) -> Incoming | None:
        found = self._api.read(batch[0].payload)
        if found is None:
            return None
        comment, gone = found
        if gone:
            await asyncio.to_thread(self._book.removed, comment)
            return None
        if await asyncio.to_thread(self._is_taken_away, comment):
            return None
        return Incoming(comment.text or " ", {COMMENT: comment.as_dict()})

    @override
    def calls(self, delivery: Delivery) -> Sequence[Call]:
        reply = read_reply(delivery.message)
        if reply is None:
            return []
        parts = {PRIVATE: reply.private, PUBLIC: reply.public or reply.alone, HIDE: reply.hide}
        return [Call(part, {REPLY: reply.__dict__}) for part, there in parts.items() if there]

    @override
    async def send(self, conversation: str, call: Call) -> None:
        reply, account = reply_from(call.body[REPLY]), conversation.split(":", 2)[1]
        if call.method == HIDE:
            await self._api.hide(account, reply)
            return
        claim = await asyncio.to_thread(self._book.claims.get, reply.claim)
        if claim is None:  # erased, or forgotten
            return
        if call.method == PRIVATE:
            await self._write_privately(claim, reply)
        else:
            await self._answer(claim, reply, account)

    @override
    async def show_typing(self, conversation: str) -> None:
        return

    @override
    async def close(self) -> None:
        await self._api.close()

    def _is_taken_away(self, comment: PostComment) -> bool:
        """Whether word of it waits already."""
        later = (self._api.read(each.payload) for each in self._inbox.pending(comment.thread))
        return any(found and found[1] and found[0].id == comment.id for found in later)

    async def _write_privately(self, claim: CommentClaim, reply: CommentReply) -> None:
        if claim.private in (PrivateReply.SENT, PrivateReply.REFUSED):
            return
        maybe = claim.private is PrivateReply.BEGUN
        conversation = await self._api.private_conversation(claim) if maybe else None
        if conversation is None:
            await self._note(claim, PrivateReply.BEGUN)
            try:
                conversation = await self._api.write_privately(claim, reply)
            except Undelivered as error:
                if error.trouble not in FINAL:
                    raise
                if not (maybe and error.trouble is Trouble.INVALID):
                    await self._note(claim, PrivateReply.REFUSED)
                    return
                # A comment takes one private reply, and this is the second try.
                conversation = self._api.likely_conversation(claim)
        join, channel = self._book.join, self._api.channel
        await asyncio.to_thread(join, claim.id, conversation, channel, reply.private)
        await self._note(claim, PrivateReply.SENT)

    async def _answer(self, claim: CommentClaim, reply: CommentReply, account: str) -> None:
        refused = bool(reply.private) and claim.private is PrivateReply.REFUSED
        text = reply.alone if refused else reply.public
        if not text:
            return
        if claim.public_begun and await self._api.is_answered(account, reply, text):
            return
        await asyncio.to_thread(self._book.claims.begin_public, claim.id)
        await self._api.answer(account, reply, text)

    async def _note(self, claim: CommentClaim, state: PrivateReply) -> None:
        await asyncio.to_thread(self._book.claims.set_private, claim.id, state)
