"""Reads from a message that a customer wants to be told of something by itself, or no more.

By rules alone: what agrees to be written to has to be said plainly, and what asks for no more has
to be heard always. Every pattern is bounded, so reading stays linear.
"""

from __future__ import annotations

import re

from switchboard.outreach.news_kinds import OF_ORDERS, NewsKind

_READ = 500
"""Characters of a message that are read."""
_SENTENCE = re.compile(r"[.!?;\n。！？；]+(?:\s|$)|[。！？；]")
_ME = r"(?:me|us)"
_A_NOTE = (
    r"(?:an?\s)?(?:quick\s|short\s)?(?:message|msg|note|text|update|notification|line|word"
    r"|e?-?mail)"
)
_TELL = re.compile(
    rf"""\b(?:
      (?:tell|notify|inform|alert|remind|ping|message|msg|text|dm|update|contact|e-?mail)\ {_ME}
      | write\ (?:to\ )?{_ME} | let\ {_ME}\ know | lmk
      | (?:send|drop|shoot)\ {_ME}\ {_A_NOTE}
      | give\ {_ME}\ (?:a\ )?(?:shout|heads[- ]?up|buzz|nudge)
      | keep\ {_ME}\ (?:posted|informed|updated|in\ the\ loop|up\ to\ date)
      | (?:like|love|want|wish|prefer|great|good|nice|happy)\ to\ (?:be\ (?:notified|told|informed
        |updated|alerted)|hear\ (?:from\ you|back)|know)
      | (?:like|love|want|appreciate)\ (?:an?\ )?(?:update|message|note|notification)
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
_UNTIL = re.compile(
    r"(?:[ ,]+(?:please|pls|plz|here|too|then|also|asap|right away|straight away|immediately"
    r"|kindly|again)){0,3}[ ,]*"
    r"\b(?P<when>when(?:ever)?|once|as soon as|soon as|if|in case|the (?:moment|minute|second|day)"
    r"|after|should)\b(?P<what>.{1,90})",
    re.IGNORECASE,
)
_ASKS_WHEN = re.compile(
    r"\b(?:will|'ll|would|is going to|are you going to|do you|does it|gonna)\b"
    r"|(?<!is )(?<!has )(?<!been )(?<!gets )(?<!have )(?<!'s )(?<!its )\b(?:shipped|sent|left)\b",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"^\W*(?:on|about|of|with|regarding)\b.{0,40}?(?:\b(?:order|parcel|package|delivery|shipment"
    r"|refund|purchase)\b|\b\d{4,}\b)|^\W*(?:please|pls)?\W*$",
    re.IGNORECASE,
)
_NEWS = re.compile(
    r"\b(?:news|update|updates|progress|anything new|something (?:new|happens)|changes?)\b",
    re.IGNORECASE,
)
_EVENTS = (
    (
        NewsKind.REFUND,
        re.compile(
            r"\brefund(?:s|ed|ing)?\b|\bmoney\b.{0,25}\b(?:back|refunded|returned|arrives|there)\b"
            r"|\b(?:paid|pay|credited) back\b|\breimburs",
            re.IGNORECASE,
        ),
    ),
    (
        NewsKind.STOCK,
        re.compile(
            r"\b(?:back|available|in stock|restock(?:s|ed|ing)?|sold again|buyable)\b",
            re.IGNORECASE,
        ),
    ),
    (
        NewsKind.DELIVERY,
        re.compile(
            r"\b(?:ships?|shipped|shipping|dispatched|leaves|left|sent|posted|mailed|handed over"
            r"|(?:goes|gone|going|went|is|it'?s) out|late|later|delay(?:s|ed)?|held up"
            r"|running behind|behind schedule|overdue"
            r"|(?:on|under) (?:its|it's|the|their) way|in the (?:post|mail)|en route|underway)\b",
            re.IGNORECASE,
        ),
    ),
)
_NOT = re.compile(
    r"\b(?:don'?t|do not|doesn'?t|didn'?t|did not|never|no need|needn'?t|not|nobody|no one|why"
    r"|promised|said|told|supposed|should have|would be notified|was going to|do you|does it"
    r"|did you|always|without)\b",
    re.IGNORECASE,
)
_TELL_ZH = (
    r"(?:(?:告诉|通知|提醒|叫|喊|@|＠|联系|提示|告知)(?:一下|下)?我|给我(?:发|来|留)|发(?:个|条)?"
    r"(?:消息|信息|短信|通知)给我|[跟和]我说|说一[声下]|(?:通知|提醒|告知)一[声下]|推送给我)"
)
_EVENTS_ZH = (
    (NewsKind.REFUND, r"退款|退(?:回)?(?:来|到|了)|到账|钱(?:退|回)"),
    (NewsKind.STOCK, r"到货|有货|补货|上架|有库存|有现货|重新(?:上|有)"),
    (
        NewsKind.DELIVERY,
        r"发货|寄出|寄了|发出|发了|出库|上路|在路上|晚(?:到|了|点)|延误|延迟|推迟|耽误|物流(?:有)?更新",
    ),
)
_WHEN_ZH = r"(?:了|后|以后|之后|时|的时候|就|的话|完成|来|，|,|更新|[^。！？?]{0,6})"
_NEWS_ZH = r"有(?:什么|任何)?(?:消息|进展|更新|动静|变化|情况)"
_NOT_ZH = re.compile(
    r"什么时候|几时|多久|[吗么？?]|怎么|为什么|没(?:有)?(?:人)?(?:通知|告诉|提醒|说|给我)|从来|从不"
    r"|不用|不必|别|不要|说好|说过|答应|结果"
)

_WORD = r"(?:messages|notifications|updates|reminders|alerts|texts|pings)"
_DO_NOT = r"\b(?:don'?t|do\ not|never)\ "
_STOPS = re.compile(
    rf"""
    ^\W*(?:(?:ok(?:ay)?|please|pls|just|no|can\ you|could\ you|would\ you)\W+){{0,3}}
      (?:stopp?(?:\W+stop){{0,3}}(?:\ (?:it|this|that|these|them|all|now|already))?
      |unsubscribe(?:\ me)?|opt(?:\ me)?\ out|end|quit|td|leave\ me\ alone
      |(?:请[你您]?)?(?:停止?|停下来?|退订|取消(?:通知|提醒|推送))[吧了]?)
      (?:[\W_]+(?:it|now|please|pls|thanks|thank\ you|谢谢)){{0,2}}\W*$
    | \b(?:no\ need|don'?t\ (?:need|have)|stop)\ (?:to\ )?(?:tell|notify|message|text|write\ to
      |remind|update|inform)(?:ing)?\ me
      (?:\ (?:about|when|if|once|any\ ?more|again)\b.{{0,40}})?\W*$
    | \b(?:don'?t|do\ not|no\ longer)\ need\ (?:(?:any|more|the|these|your)\ ){{0,2}}{_WORD}\b
    | \bstop\ (?:bugging|spamming|annoying)\ me\b
    | \bstop\ (?:messag|text|notify|writ|remind|updat|contact|alert|ping|dm|pester|bother)\w*ing\b
    | \bstop\ (?:(?:all|the|these|those|your|with|sending|me|any|more)\ ){{0,5}}{_WORD}\b
    | \b(?:no\ more|shut\ up\ with(?:\ the)?|enough\ (?:of\ )?(?:the|these|your)
      |turn\ off(?:\ the)?|cancel(?:\ the|\ all)?)\ {_WORD}\b
    | {_DO_NOT}(?:message|text|notify|write\ to|contact|remind|alert|ping|inform)\ me\b
    | {_DO_NOT}send\ me\ (?:(?:any|more|these|further)\ ){{0,3}}{_WORD}\b
    | \b(?:no\ longer|don'?t|do\ not)\ (?:wish|want|like)\b.{{0,30}}\b(?:{_WORD}|hear\ from\ you)\b
    | (?:别|不要|不用|请勿|停止|不准)(?:再)?(?:给我)?(?:发|通知|提醒|推送|打扰|联系)
      (?:我|消息|信息|通知|提醒|给我|了|$|\W)
    | 不想(?:再)?(?:收到|接收|看到).{{0,12}}(?:消息|信息|通知|提醒|推送)
    """,
    re.IGNORECASE | re.VERBOSE,
)


def wishes_in(text: str) -> frozenset[NewsKind]:
    """What a message asks to be told of by itself; none where it only asks, or complains."""
    read = text[:_READ].replace("’", "'")
    if stops_news(read):
        return frozenset()
    found: set[NewsKind] = set()
    for sentence in filter(str.strip, _SENTENCE.split(read)):
        found |= _english(sentence) or _chinese(sentence, asks=f"{sentence}？" in read)
    return frozenset(found)


def stops_news(text: str) -> bool:
    """Whether a message asks not to be written to any more, or is a bare stop."""
    return _STOPS.search(text[:_READ].replace("’", "'")) is not None


def _english(sentence: str) -> set[NewsKind]:
    for tell in _TELL.finditer(sentence):
        if _NOT.search(sentence[: tell.start()]):
            continue
        rest = sentence[tell.end() :]
        general = tell[0].lower().startswith("keep") or _NEWS.search(rest[:40])
        if general and _ABOUT.search(rest):
            return set(OF_ORDERS)
        until = _UNTIL.match(rest)
        if until is None or (until["when"].lower() == "when" and _ASKS_WHEN.search(until["what"])):
            continue
        kind = next((kind for kind, said in _EVENTS if said.search(until["what"])), None)
        if kind is not None:
            return {kind}
        if _NEWS.search(until["what"]):
            return set(OF_ORDERS)
    return set()


def _chinese(sentence: str, asks: bool) -> set[NewsKind]:
    if asks or _NOT_ZH.search(sentence):
        return set()
    for kind, event in _EVENTS_ZH:
        if re.search(rf"(?:{event}){_WHEN_ZH}[^。！？?]{{0,12}}{_TELL_ZH}", sentence):
            return {kind}
    if re.search(rf"{_NEWS_ZH}[^。！？?]{{0,12}}{_TELL_ZH}", sentence):
        return set(OF_ORDERS)
    return set()
