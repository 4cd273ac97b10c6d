"""Who was replied to below which post, so that it happens once, over processes and restarts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.clock import epoch_now
from switchboard.comments.comment import PostComment
from switchboard.comments.comment_decision import CommentAct
from switchboard.database.connection import insert_new
from switchboard.database.tables import comment_replies
from switchboard.text.storable import storable

HOUR = 3600.0


class PrivateReply(str, Enum):
    """How a private reply stands; `BEGUN`: a call was on its way, and may have arrived."""

    NONE = ""
    BEGUN = "begun"
    SENT = "sent"
    REFUSED = "refused"


@dataclass(frozen=True)
class CommentClaim:
    """One reply to a person below a post. `conversation` is the private one, once it is known."""

    id: int
    platform: str
    account: str
    post: str
    author: str
    comment_id: str
    act: str
    at: float
    thread: str
    private: PrivateReply
    public_begun: bool
    conversation: str | None


@dataclass(frozen=True)
class Standing:
    """What is known before a comment is read: whether its author had a reply below the post, and
    how many replies the post has had within the hour."""

    replied: bool
    within_hour: int


class CommentClaims:
    """The replies of a deployment. Methods raise SQLAlchemy's errors."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = epoch_now) -> None:
        self.engine, self._clock = engine, clock

    def standing(self, comment: PostComment) -> Standing:
        """How a comment's author and post stand."""
        below = _below(comment)
        author = comment_replies.c.author == storable(comment.author)
        recent = comment_replies.c.at > self._clock() - HOUR
        count = sa.select(sa.func.count()).select_from(comment_replies)
        with self.engine.connect() as db:
            replied = db.execute(count.where(below & author)).scalar_one()
            return Standing(
                bool(replied), int(db.execute(count.where(below & recent)).scalar_one())
            )

    def claim(
        self, db: Connection, comment: PostComment, act: CommentAct, per_post_hour: int
    ) -> int | None:
        """Claim the reply to a comment's author below its post, in the caller's transaction, in
        which the reply is queued; the claim's id.

        None if there was one, or the post has had as many replies within the hour as it may.
        """
        row: dict[str, Any] = {
            "platform": comment.platform,
            "account": storable(comment.account),
            "post": storable(comment.post),
            "author": storable(comment.author),
            "comment_id": storable(comment.id),
            "act": act.value,
            "at": self._clock(),
            "thread": storable(comment.thread),
            "private": PrivateReply.NONE.value,
            "public_begun": False,
        }
        if not insert_new(db, comment_replies, row):
            return None
        recent = _below(comment) & (comment_replies.c.at > self._clock() - HOUR)
        count = sa.select(sa.func.count()).select_from(comment_replies).where(recent)
        mine = _below(comment) & (comment_replies.c.author == row["author"])
        if int(db.execute(count).scalar_one()) > per_post_hour:
            db.execute(sa.delete(comment_replies).where(mine))
            return None
        return int(db.execute(sa.select(comment_replies.c.id).where(mine)).scalar_one())

    def get(self, number: int) -> CommentClaim | None:
        """A claim by its id; None once it was forgotten."""
        return self._find(comment_replies.c.id == number)

    def of(self, comment: PostComment) -> CommentClaim | None:
        """The claim of a comment's author below its post."""
        return self._find(_below(comment) & (comment_replies.c.author == storable(comment.author)))

    def give_up(self, number: int) -> bool:
        """Forget a claim of which nothing was begun; False if something may have been said."""
        mine = (comment_replies.c.id == number) & ~comment_replies.c.public_begun
        unsaid = comment_replies.c.private == PrivateReply.NONE.value
        with self.engine.begin() as db:
            return bool(db.execute(sa.delete(comment_replies).where(mine & unsaid)).rowcount)

    def _find(self, condition: sa.sql.ColumnElement) -> CommentClaim | None:
        with self.engine.connect() as db:
            row = db.execute(sa.select(comment_replies).where(condition)).mappings().first()
        if row is None:
            return None
        values = {**row, "private": PrivateReply(row["private"])}
        return CommentClaim(**{name: values[name] for name in CommentClaim.__dataclass_fields__})

    def begin_public(self, number: int) -> None:
        """Note that the public reply is on its way, before it is."""
        self._change(number, public_begun=True)

    def set_private(self, number: int, state: PrivateReply) -> None:
        """Note how the private reply stands."""
        self._change(number, private=state.value)

    def _change(self, number: int, **values: object) -> None:
        with self.engine.begin() as db:
            mine = comment_replies.c.id == number
            db.execute(sa.update(comment_replies).where(mine).values(**values))


def _below(comment: PostComment) -> sa.sql.ColumnElement:
    return (
        (comment_replies.c.platform == comment.platform)
        & (comment_replies.c.account == storable(comment.account))
        & (comment_replies.c.post == storable(comment.post))
    )
