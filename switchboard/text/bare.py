"""Whether a message only gives a number or an address ("my order number is 4711")."""

from __future__ import annotations

from collections.abc import Iterable

from switchboard.text.words import split_words

MAX_CHARACTERS = 120
_INTRODUCING = frozenset(
    """a address and contact e-mail email for here here's hi i'm is it it's its mail me mean meant
    mobile my no nr number on order or phone purchase sorry that the this
    单号 订单 订单号 号 号码 号是 我 我的 的 是 它 和 这个 应该
    邮箱 电子邮箱 电话 手机 手机号 电话号码 您好 你好 不好意思""".split()
)


def only_names(text: str, spans: Iterable[tuple[int, int]]) -> bool:
    """Whether a text has nothing but what stands at `spans` (one at least) and words that only
    introduce it."""
    named = {i for start, end in spans for i in range(start, end)}
    if not named or len(text) > MAX_CHARACTERS:
        return False
    rest = (word.text.lower() for word in split_words(text) if word.start not in named)
    return all(word in _INTRODUCING for word in rest)
