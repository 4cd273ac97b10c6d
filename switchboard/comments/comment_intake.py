"""How many comments of one post are taken in: a post that everybody comments on fills no inbox."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable

from switchboard.comments.comment import PostComment
from switchboard.comments.comment_rules import CommentRules

HOUR = 3600.0
READ_FOR_EACH = 10
"""Comments that are read for each reply that a post may have: most ask for none."""
_MAX_POSTS = 1000


class CommentIntake:
    """Counts in this process what each post had within the hour."""

    def __init__(self, rules: CommentRules, clock: Callable[[], float] = time.monotonic) -> None:
        self._rules, self._clock = rules, clock
        self._posts: OrderedDict[tuple[str, str, str], deque[float]] = OrderedDict()

    def admits(self, comment: PostComment) -> bool:
        """Whether a comment is to be looked at; counts it if so."""
        if comment.author in ("", comment.account) or not self._rules.on.get(comment.platform):
            return False
        key = (comment.platform, comment.account, comment.post)
        times = self._posts.setdefault(key, deque())
        self._posts.move_to_end(key)
        if len(self._posts) > _MAX_POSTS:
            self._posts.popitem(last=False)
        now = self._clock()
        while times and now - times[0] > HOUR:
            times.popleft()
        if len(times) < self._rules.per_post_hour * READ_FOR_EACH:
            times.append(now)
            return True
        return any(
            on and self._rules.has(kind, comment.text) for kind, on in self._rules.hide.items()
        )
