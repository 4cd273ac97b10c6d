"""Whether a reply to "Shall I?" is a clear yes, a clear no, or neither.

Only a yes and nothing else is one: an act on an order follows. A reply is read phrase by phrase,
and counts only if every phrase of it agrees or is filling; "hmm", "ok wait" and "yes, but the mug"
are neither, and the question is put once more. The cost of asking again is a turn; that of acting
unasked is an order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from switchboard.text.language import has_han
from switchboard.text.normal import plain_text

MAX_CHARACTERS, MAX_CHINESE = 80, 24
"""Longer is more than a yes; and the patterns may be read in several ways, which must stay few."""
_IT = (
    r"(?:it|that|this|them|so|all(?: of (?:it|them))?|everything|the (?:whole )?(?:thing|lot)"
    r"|(?:(?:the|my|this|that) )?(?:whole )?order|the (?:change|report|return|exchange|refund))"
)
_YES = r"""y|ya|yah|ye|yea+h*|yeh|yes+|yess+|yep+|yup+|yas+|aye|sure(?: thing)?|of course|absolutely
|ok|okay|okey|okie|okey dokey|k|kk|alright|all right|fine|right|correct|exactly|definitely|certainly
|indeed|totally|100|agreed?|i agree|confirm(?:ed|ing)?|i confirm(?: it| that)?|confirm it
|affirmative
|approved?|accept(?:ed)?|i accept|sounds? (?:good|fine|great|right)|works for me|fine (?:by|with) me
|(?:im|i am) (?:sure|certain|positive|ok(?:ay)? with (?:it|that)|fine with (?:it|that)
|happy with that)
|thats (?:right|correct|fine|ok(?:ay)?|it|good|the one|what i want|all right|alright)
|that is (?:right
|correct|fine|ok(?:ay)?|what i want)|do (?:it|that|so)|do|please do|proceed|go|go (?:right )?(?:on
|ahead)|go for it|continue|carry on|make it so|lets (?:do|go)(?: it| that| for it| ahead)?|i do
|by all means|you (?:can|may)(?: do (?:it|that|so))?|(?:you have )?my (?:ok|consent|permission)
|i agree to (?:it|that|the fee)|(?:no problem with|i accept) the fee|(?:i want|id like|i would like)
 (?:it|that|to|you to)|mhm|yse|yes i (?:do|want|would|am)|👍+|👌+|✅+|✔+|🆗+|💯+
|haode|hao de|hao|xing|keyi|queren|dui|shide|shi de|en+"""
_NO = r"""buyao|bu yao|bu|bie|suanle|suan le|n|no+|nope+|nop|nah+|na|nay|never|no way|not at all
|negative
|(?:absolutely|certainly|definitely) not|i (?:dont|do not) agree|on second thoughts?(?: no)?
|dont(?: do (?:it|that|taht|so))?
|do not(?: do (?:it|that|so))?|please dont|keep (?:it|them|that|this|everything|(?:the|my) order)
|leave (?:it|that|this|them|everything|(?:the|my) order)(?: (?:as (?:it )?is|alone|be|like that
|there|how it is|the way it is))?|never ?mind|nvm|nm|forget (?:it|that|about it)
|not (?:now|today|any ?more|really|that|interested)|(?:i|ive|i have) changed my mind
|skip it
|id rather (?:not|keep it)|i would rather (?:not|keep it)|rather not|better not|lets not
|i (?:dont|do not) (?:want|wish|need)(?: (?:it|that|this|to))?
|(?:i|ill|i will) keep (?:it|them|(?:the|my) order)
|i (?:want|would like|id like) to keep (?:it|them|(?:the|my) order)|i want (?:it|them
|the order)(?: still)?
|i still want (?:it|them|the order)|👎+|❌+|🚫+|🙅+"""
_FILLING = r"""sorry|im sorry|i am sorry|please|pls|plz|pleas|thanks?|thank you|thx|ty|tks
|cheers|now|then|just|well|oh|so
|and|very much
|for me|mate|man|sir|maam|dear|buddy|bro|guys|asap|already|straight away|right away|right now|a lot
|(?:and )?(?:everything|all|that|it) (?:is|looks) (?:in order|fine|good|right|correct|ok(?:ay)?)
|(?:i have |ive )?(?:read|checked) (?:it|that|this|everything)(?: through| over)?
|the fee is (?:ok(?:ay)?|fine)|i understand|understood|good|great|perfect|cool|🙏+|😊+|🙂+|lol
|haha|as"""
WISHED = (
    r"(?:(?:thats|that is|its|it is) )?(?:just |exactly |precisely )*what i (?:was (?:hoping"
    r"|looking|after|asking)(?: for)?|wanted|want|had in mind|need|needed|asked for)"
)
_VERB_YES = (
    r"(?:(?:you can|you may|i want to|i want you to|id like to|i would like to"
    r"|id like you to|i do want to"
    r"|go ahead and|lets|can you|could you|please|just|i wanna|we can) )*(?:{verbs})(?: {it})?"
)
_VERB_NO = (
    r"(?:please )?(?:dont|do not|not|never|no need to|i dont want (?:you )?to"
    r"|i do not want (?:you )?to"
    r"|i wont|id rather not|better not|lets not) (?:{verbs})(?: {it})?"
)
_CHINESE_YES = (
    r"是的?|是[啊呀滴]|对[的啊呀滴]?|没错|正确|好[的滴哒啊呀嘞哈吧]?|行[的啊吧]?|可以[的啊呀]?|可"
    r"|[嗯恩][呐呢哪]?|确认[的]?|确定[的]?|同意|要的?|需要|没问题|没意见|没毛病|要得|必须的?|成|中|妥|得嘞|ok(?:ay|了|的)?"
    r"|yes|y|就这样[吧]?|就这么(?:办|定|着|做)[了吧]?|那就这样[吧]?|照办|办吧|您?你?看着办吧?|我?(?:很)?确[定认]|[办弄搞](?:吧|呗|就行)?"
    r"|那?(?:就|麻烦)?(?:请|帮我|给我|帮忙|麻烦|直接|赶紧|马上|立刻|现在就?|快|你|您|我要|我想|我|都|就|那就)*"
    r"(?:{verbs}|办理|操作|处理|提交|继续|执行|弄)(?:掉|它|一下|这单|订单|这个订单|全部)*"
    r"|👍|👌|✅|🆗|💯"
)
_CHINESE_NO = (
    r"不|不是|不确[认定]|不要|不用|不必|不了|不行|不可以|不可|不同意|不对|不需要|不想|不愿意|否|没有|别|别了|拒绝|no|nope"
    r"|(?:我|先|还是|暂时|那|就|那就|请|千万|你|您|都|我还是|现在)*(?:不|别|不要|不用|不想|不必|先不|先别|勿|莫|唔好)"
    r"(?:给我|帮我|再)?(?:{verbs}|动|办|弄|操作|处理|改)"
    r"|(?:这件事|这个|这单|这事|那|就|先|暂时|我)*不(?:办|弄|搞|要|退|换|改|取消|用)(?:了|吧)*"
    r"|(?:还是|那就?|就|都|先|我)*(?:罢了|拉倒|作罢)|(?:我)?(?:还是|想|要|先|就|那就)*(?:留着|保留|留下)"
    r"(?:它|订单|这单)?|(?:我)?后悔了|(?:我)?改主意了|👎|❌"
)
_CHINESE_FILLING = (
    r"不好意思|抱歉|谢谢|谢了|多谢|感谢|麻烦(?:你|您)?|辛苦|请|亲|哈|啊|呀|吧|了|哦|噢|喔|的|呢|啦|嘛|哟|唉|那|就|你|您|客服|"
    r"🙏|😊|thanks"
)
_SARCASM = re.compile(r"\b(?:yeah|yes|ya|sure|oh) right\b|\byeah sure\b")
_ACT_VERBS = {
    "cancel": ("cancel(?:ling|led)?|cancle|cancell", "取消|退订|撤销"),
    "change": ("change|update|make the change", "修改|改|更改|变更|换"),
    "return": ("return|send (?:it|them) back", "退|退货|退掉"),
    "exchange": ("exchange|swap|change", "换|换货|更换|调换"),
    "report": ("report|file|submit|send", "登记|上报|报修|报"),
    "issue": ("issue|make|send|create", "开|开票|开具|开发票"),
    "refund": ("refund|request", "退|退款|申请|申请退款"),
}
_OF_TITLES = (
    ("取消", "cancel"),
    ("修改", "change"),
    ("退货", "return"),
    ("换货", "exchange"),
    ("登记", "report"),
    ("开票", "issue"),
    ("退款", "refund"),
    ("申请", "refund"),
    *((verb, verb) for verb in _ACT_VERBS),
)


_LIMITS = re.compile(
    r"\b(?:meant|mean|other|only|just the|(?<!you )know|instead|if|unless|but)\b|如果|要是|但|只"
    r"|另外|换|是说|知道",
    re.IGNORECASE,
)


def refuses_in_many_words(text: str) -> bool:
    """Whether a longer reply that a classifier takes for a no limits or corrects nothing."""
    return not hesitates(text) and _LIMITS.search(text[: MAX_CHARACTERS * 4]) is None


_PAUSE = re.compile(r"(?<!\s)\s*(?:(?<!\.)\.{2,}|(?<!…)…+)\s*(?=\w)")
"""Dots between two phrases, which are read each by itself; at the end they are a doubt."""
_HESITATION = re.compile(
    r"\b(?:think|thinking|decide|deciding|undecided|unsure|not sure|idk|dunno|wait|hold on"
    r"|hang on|moment"
    r"|a minute|minutes|a sec|later|maybe|perhaps|hm+|not yet|ask my|check with|sleep on it"
    r"|wondering)\b"
    r"|想想|想一想|考虑|犹豫|没想好|没决定|还没|等等|等一下|等下|等会|稍等|纠结|不确定|再说|问问|问一下|商量|再看看|觉定",
    re.IGNORECASE,
)


def hesitates(text: str) -> bool:
    """Whether a reply puts the answer off."""
    return _HESITATION.search(text[: MAX_CHARACTERS * 4]) is not None


def without_apostrophes(text: str) -> str:
    """As the patterns are written: "dont", "ill"."""
    return re.sub("['\u2019\u02bc`]", "", text)


def normal_reply(text: str) -> str:
    """Lower case, narrow, simplified, without apostrophes and punctuation. A question, and what
    trails off, end in its mark."""
    text = plain_text(text[: MAX_CHARACTERS * 2].replace("…", "...")).lower()
    text = re.sub("['\u2019\u02bc`\u200d\ufe0f\U0001f3fb-\U0001f3ff]", "", text)
    asks = "?" in text or text.rstrip().endswith("...")
    text = re.sub(
        r"[\s.,!;:~\-–—_()\[\]\"“”。，！、；：～…*%^@#&+=/\\|]+", " ", text.replace("?", " ")
    )
    return text.strip() + (" ?" if asks else "")


def is_sarcastic(text: str) -> bool:
    """Whether a reply says yes and means none of it: "yeah right"."""
    return _SARCASM.search(normal_reply(text)) is not None


def verb_of(titles: Iterable[str]) -> str | None:
    """The verb of the act that a question's buttons name ("Yes, cancel it"); None if none does."""
    said = " ".join(titles).lower()
    return next((verb for part, verb in _OF_TITLES if part in said), None)


@lru_cache(maxsize=64)
def _patterns(verb: str | None) -> tuple[re.Pattern[str], ...]:
    english, chinese = _ACT_VERBS.get(verb or "", (r"(?!)", r"(?!)"))
    yes, no, filling = (part.replace("\n", "") for part in (_YES, _NO, _FILLING))
    yes_verb, no_verb = (p.format(verbs=english, it=_IT) for p in (_VERB_YES, _VERB_NO))
    return (
        _sequence(f"{yes_verb}|{yes}|{WISHED}", filling, " "),
        _sequence(f"{no_verb}|{no}", filling, " "),
        _sequence(_CHINESE_YES.format(verbs=chinese), _CHINESE_FILLING, " ?"),
        _sequence(_CHINESE_NO.format(verbs=chinese), _CHINESE_FILLING, " ?"),
    )


def _sequence(core: str, filling: str, space: str) -> re.Pattern[str]:
    """Phrases of which one at least is of the core."""
    return re.compile(
        rf"(?:(?:{filling}){space})*(?:{core})(?:{space}(?:{core}|{filling}))*", re.IGNORECASE
    )


def read_consent(text: str, titles: Iterable[str] = (), named: str = "") -> bool | None:
    """True for a clear yes, False for a clear no, None for anything else.

    `titles` are the buttons of the question: their verb may be repeated ("cancel it"), and so may
    the order's number, `named`, in it.
    """
    if len(text) > MAX_CHARACTERS:
        return None
    text = _PAUSE.sub(". ", text)
    said = normal_reply(text.replace(named, " ") if named else text)
    if not said or said.endswith("?") or _SARCASM.search(said):
        return None
    yes, no, chinese_yes, chinese_no = _patterns(verb_of(titles))
    if has_han(said):
        said = said.replace(" ", "")
        if len(said) > MAX_CHINESE:
            return None
        yes, no = chinese_yes, chinese_no
    refused, agreed = no.fullmatch(said), yes.fullmatch(said)
    if refused and not agreed:
        return False
    return True if agreed and not refused else None
