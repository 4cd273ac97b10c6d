"""Names that people have on other services: WeChat, QQ, Telegram, Instagram."""

from __future__ import annotations

import re
from collections.abc import Iterator

from typing_extensions import override

from switchboard.privacy.recognizers.spans import Span, SpanRecognizer, compiled, group_spans

_SERVICE = (
    r"(?:\b(?:we ?chat|weixin|wx|vx|qq|telegram|tg|insta(?:gram)?|ig|ins|snap(?:chat)?"
    r"|tik ?tok|skype"
    r"|line|kakao|discord|signal|viber|facebook|fb|twitter)\b|微信号?|薇信|企鹅号?|抖音号?"
    r"|小红书号?|旺旺)"
)
_NAMED = compiled(
    rf"{_SERVICE}(?:[ \t]*(?:id|name|number|user(?:name)?|handle|号|账号|is|at|it's|[:：是=,，]"
    rf"|还是|加我|加"
    r"|me|on|under|as|my|me at|吧|哦|呢|啊))*[ \t]*(@?[A-Za-z0-9](?=[\w.-]*[\d_.]"
    r"|[\w.-]{5})[\w.-]{3,31})(?<![.])",
    re.IGNORECASE | re.ASCII,
)
_AT = compiled(r"(?<![\w.@/])(@[A-Za-z_][\w.]{2,31})(?<![.])", re.ASCII)
_MINE = compiled(
    rf"{_SERVICE}[^\n]{{0,24}}?\b(?:mine is|mine's|i'm)\s+(@?[A-Za-z][\w.-]{{3,31}})(?<![.])",
    re.I | re.A,
)
_HAN_NAMED = compiled(
    r"(?:小红书|抖音|微博|公众号|b站)(?:账号|号)?(?:叫做?|名叫|名字?是"
    r"|是)([^\s,，。!！?？;；]{2,12})",
    re.IGNORECASE,
)
_HAN_AT = compiled(
    r"(?:微信|小红书|抖音|微博|b站|ins|公众号)[^\n，。]{0,4}(@[\w\u4e00-\u9fff]{2,12})",
    re.IGNORECASE,
)
_WECHAT = compiled(r"(?<![A-Za-z0-9_])(wxid_\w{6,})", re.ASCII)
_QQ = compiled(r"(?:\bqq|企鹅|扣扣)[^\n\d]{0,8}(\d{5,11})(?!\d)", re.IGNORECASE)
_USER = compiled(
    r"(?:\busername(?: is| was|:)?|\blogged in as|\buser(?: ?id)?:|\blogin(?: name)? is"
    r"|用户名(?:是|：|:)?|登录名(?:是|：|:)?|账号(?:是|：|:)?|昵称(?:是)?)"
    r"\s*([A-Za-z](?=[\w.-]*[\d_.]|[\w.-]{7})[\w.-]{3,31})(?<![.])",
    re.IGNORECASE | re.ASCII,
)
_NO_HANDLE = frozenset(
    """please thanks because instead support message messages account service delivery order
    chat page group video photos pictures anymore today tomorrow tagged follow story
    stories posts""".split()
)


class HandleRecognizer(SpanRecognizer):
    """Finds handles behind the service's name, and `@names`."""

    kind = "handle"

    @override
    def spans(self, text: str) -> Iterator[Span]:
        """The handles."""
        for pattern in (_NAMED, _MINE, _AT, _HAN_AT, _HAN_NAMED, _WECHAT, _QQ, _USER):
            for start, end in group_spans(pattern, text):
                if text[start:end].lower() not in _NO_HANDLE:
                    yield start, end
