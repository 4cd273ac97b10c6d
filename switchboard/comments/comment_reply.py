"""A reply to a comment on its way through the outbox: what a platform's connector carries out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from switchboard.comments.comment import PostComment
from switchboard.comments.comment_decision import CommentDecision
from switchboard.mailroom.message import Outgoing

REPLY = "comment_reply"


@dataclass(frozen=True)
class CommentReply:
    """What to do, in this order: `private`, `public` (`alone` where the private one was refused),
    `hide`. `claim` is its row in `CommentClaims`; 0 where nothing is said."""

    claim: int
    platform: str
    comment_id: str
    private: str = ""
    go_on: str = ""
    go_on_title: str = ""
    public: str = ""
    alone: str = ""
    hide: bool = False
    below: str = ""

    def as_message(self) -> Outgoing:
        """As it stands in the outbox."""
        return Outgoing(custom={REPLY: asdict(self)})


def reply_to(comment: PostComment, decision: CommentDecision, claim: int) -> CommentReply:
    """The reply that a decision asks for."""
    return CommentReply(
        claim,
        comment.platform,
        comment.id,
        decision.private if claim else "",
        decision.go_on,
        decision.go_on_title,
        decision.public if claim else "",
        decision.alone if claim else "",
        decision.hide,
        comment.below,
    )


def read_reply(message: Outgoing) -> CommentReply | None:
    """The reply that a message of the outbox carries; None for any other message."""
    raw = (message.custom or {}).get(REPLY)
    return reply_from(raw) if isinstance(raw, Mapping) else None


def reply_from(raw: Mapping[str, Any]) -> CommentReply:
    """The same, from its fields."""
    return CommentReply(**raw)
