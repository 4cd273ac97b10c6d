"""A comment below a post, as every platform has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class PostComment:
    """What somebody wrote below a post of the shop's `account`.

    `author` is the platform's id of the person, `is_reply` true below another comment, `at` in
    seconds since the epoch. `to_us`: it names the shop's account itself, as a mention on X does.
    `link`: where people see it. `below`: the comment below which its answer has to stand, if not
    itself.
    """

    platform: str
    account: str
    post: str
    id: str
    author: str
    text: str
    is_reply: bool = False
    at: float = 0.0
    to_us: bool = False
    link: str = ""
    below: str = ""

    @property
    def thread(self) -> str:
        """The conversation of the comments of one person below one post, which is no private one:
        `facebook-comments:<account>:<post>.<author>`."""
        return f"{channel_of(self.platform)}:{self.account}:{self.post}.{self.author}"

    def as_dict(self) -> dict[str, Any]:
        """As it travels with a message."""
        return asdict(self)


def channel_of(platform: str) -> str:
    """The channel of a platform's comments in the mailroom: those of Instagram come with
    Facebook's."""
    return f"{'facebook' if platform == 'instagram' else platform}-comments"


def comment_from(raw: Mapping[str, Any]) -> PostComment:
    """Read what `PostComment.as_dict` wrote."""
    return PostComment(**raw)
