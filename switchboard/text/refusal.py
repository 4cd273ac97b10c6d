"""Whether a longer reply to "Shall I?" is a plain no, whatever else it tells."""

from __future__ import annotations

import re

from switchboard.text.consent import MAX_CHARACTERS, refuses_in_many_words, without_apostrophes
from switchboard.text.patterns import listed

_NO_AT_FIRST = (
    r"^\W*(?:(?:oh|well|ah|um+|sorry|actually|hell|god|thanks|thank you)\W+){0,2}"
    r"(?:no+|nah|nope|nay|naw|nein)\b(?! (?:problem|worries|objection|issue|rush|hurry|doubt|wait))"
)
_REFUSES = re.compile(
    _NO_AT_FIRST
    + r"|\b(?:"
    + listed(
        """never ?mind, forget (?:it|about it|the whole thing), lets not, id rather not,
        rather not, on second thoughts?, changed my mind, scrap (?:it|that), do nothing,
        (?:must|have to) decline,
        leave (?:it|things|everything|them)(?: all)? (?:be|alone|as|the way|how),
        leave (?:the|my) order (?:be|alone|as|the way|how|unaltered|unchanged),
        (?:ill|i will|rather|wanna|want to|prefer to) (?:just )?(?:keep|retain|hang on to),
        keep (?:it|them|my order|the order|things|everything), let it (?:be|stay),
        withdraw my request, no (?:further|more) action, refrain from,
        (?:dont|do not) (?:do (?:it|that|this|anything)|bother|go ahead|proceed|touch),
        (?:dont|do not) (?:change anything|consent|agree|accept|cancel|return|exchange|send)"""
    )
    + r")\b|"
    + listed(
        """(?<!就)(?<!说)算[了啦](?!算), 就?当我没说, (?:照|按|保持|维持)(?:原来|原样|原状|现状),
        (?:不|别|不要|不用|先不|甭|莫|勿要|唔好)(?:办|弄|搞|动它?|操作|处理)(?:了|啦|吧|$|[，。]),
        (?:不|不想|不要|不用|别|甭)(?:退|换|改|取消|办理|同意|动)(?!货?款?[吗么]), 请勿,
        勿[作做动], 留着, 保留, 留下, 撤回, 拉倒, 作罢, 不折腾, 免了, 达咩, 唔使, 放着吧,
        ^(?:不了|不必|不用|不要(?!了)|别|甭)"""
    ),
    re.IGNORECASE,
)


def refuses_plainly(text: str) -> bool:
    """Whether a reply says in plain words that nothing shall be done, and limits or corrects
    nothing."""
    said = without_apostrophes(text[: MAX_CHARACTERS * 2])
    return _REFUSES.search(said) is not None and refuses_in_many_words(text)
