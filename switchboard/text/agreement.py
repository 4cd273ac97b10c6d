"""Whether a longer reply to "Shall I?" is a yes, where `consent` knows no phrase of it.

It is one if something in it agrees, or orders the very act that was asked about, and nothing in it
doubts, asks, limits, quotes, refuses, or names another act or a number that was not told. A
classifier may still hear something else in it (`switchboard.nlu.reply_reader`).
"""

from __future__ import annotations

import re

from switchboard.text.consent import MAX_CHARACTERS, WISHED, is_sarcastic, without_apostrophes
from switchboard.text.language import has_han
from switchboard.text.numbers import (
    CHINESE_COUNT_PATTERN,
    ENGLISH_PATTERN,
    chinese_number,
    english_number,
)
from switchboard.text.patterns import listed

_HARMLESS = re.compile(
    WISHED
    + r"|\b(?:"
    + listed(
        r"""(?:(?:i )?(?:have|see|got) )?no (?:problem|objections?|worries|issue|hurry|rush)\b,
        (?:i )?(?:quite |fully |do )?understand\b(?: (?:it|that|the (?:price|fee|amount|terms))\b)?,
        (?:should|would|id) (?:like|love|be (?:most |very )?(?:grateful|glad|happy|obliged))\b,
        if you (?:could|would)\b, (?:that|it) (?:would|will|should) be\b, thatll (?:do|be)\b,
        if thats what it costs\b, (?:could|would) you please\b, my love\b,
        all right then love\b,
        (?:i have |ive )?(?:read|checked|thought) (?:it|that|this|everything)(?: over| through)?\b,
        (?:thats|that is) (?:where|what|the one|the place)\b,
        (?:with|about|for) the (?:money|fee|price)\b"""
    )
    + ")|"
    + listed(
        """没有?(?:任何|什么|啥)?(?:异议|意见|问题|关系), [冇莫]得?(?:问题|意见|关系|事),
        [没冇]错, 没事, 没毛病, 不用谢, 不客气, 扣就扣[嘛吧呗]?,
        就这[么样](?:办|定|着|整|弄|搞)?, 唔该, 用不[着上了], 睡不着"""
    ),
    re.IGNORECASE,
)
"""What has a doubting word in it, and doubts nothing."""
_DOUBTS = re.compile(
    r"[?？\"“”‘…<>{}/|\\\[\]]|\.\.|\d|\b(?:"
    + listed(
        r"""but, if, wait, hold, hang, may ?be, perhaps, unless, except, only, just the, one of,
        until, probably, likely, kinda, kind of, sort of, first, before, after, or, why, what,
        how, when, where, who, which, really, think, thinking, other, instead, also, another,
        rather, hm+, guess, suppose, should, would, could, later, tomorrow, soon, said, say,
        says, word, means?, answer, understand, depends?, reluctant, unsure, whatever, i see,
        half, person, human, ask(?:ed)?, check, see, read, love, money, giving, free, joking,
        kidding, though, tho, too, although, however, shame, sad, pity, sorry, ignore,
        ignoring, instructions?, as well, already, otherwise, elsewhere, cheaper,
        and (?:send|tell|give|call|email|mail) me, not, no, never, dont, cannot, nah, nope,
        nop, nay, naw, nuh, negative, without, refrain, avoid,
        (?:did|do|does|wo|ca|is|are|was|were|would|could|should|have|has|had)nt, keep, leave,
        stop, forget, scrap, drop, nvm, mind, against, decline, refuse, reject, regret,
        changed, stays?, staying, retain, undo, abort, as (?:it )?(?:is|was|before),
        (?:im|i am|were|we are) (?:all )?(?:good|fine|ok(?:ay)?|right)(?! with| by),
        (?:its|it is) (?:all )?(?:good|fine|ok(?:ay)?|right)(?! with| by)"""
    )
    + r")\b|"
    + listed(
        """不, 没, 别, 等, 先, 想想, 想一想, 考虑, 再, 但, 可是, 不过, 如果, 要是, 若, 万一, 吗,
        (?<![这那])么, 呢, 还是, 算了, 算[啦咯], 只, 除了, 另外, 怎么, 为什么, 为啥, 啥, 什么,
        几, 多少, 真的, 听说, 换, 还有, 也许, 可能, 大概, 应该, 要看, 问问, 商量, 说的, 意思,
        嘛, 呗, 说了算, 都行, 都可以, 随, 任, 唉, 哎, 无所谓, 勉强, 莫, 勿, 唔, 呵, 哼,
        好好好, 这么玩, 哪, 然后, 留, 拒绝, 反对, 撤回, 作罢, 拉倒, 罢了, 后悔, 反悔, 保留,
        保持, 维持, 照旧, 停, 甭, 免了, 达咩, 否, 滚, 骗, 坑, 贵, 亏,
        [一两三四五六七八九十]个, 才"""
    ),
    re.IGNORECASE,
)
"""Words of a reply that may be more, or less, than a yes."""
_AGREES = re.compile(
    r"\b(?:"
    + listed(
        """y, ya, yes+, yessir, yea+h*, ye, yep+, yup, aye, sure, ok(?:ay|k)?, alright,
        all right, aight, right, bet, absolutely, definitely, certainly, indeed, very well,
        go ahead, (?:right|go) on, right ahead, please do, do it, do that, do so,
        carry it out, make it so, work away, crack on, of course, confirm(?:ed)?, agreed?,
        accept(?:ed)?, fine, proceed, correct, for sure, spot on, sound, grand, by all means,
        no objections?"""
    )
    + r")\b|"
    + listed(
        """(?<![你您最只刚正幸友])好(?=[的啊呀吧滴哒嘞了哈哦额好，。！!~ ,]|$),
        (?<!银)行(?=[的啊呀吧叭了行，。！!~ ,]|$), 可以, 是的, 对(?![了不于面比折象待方]), 嗯,
        同意, 确认, 确定, 没问题, 要的, [办弄整搞]吧, 照办, 接受, 无误, 正是, [莫冇]得?问题,
        没有?(?:异议|意见), 巴适, 要得, 扣就扣, 就这[么样](?:办|定|着|整|弄|搞),
        请.{0,8}(?:办理|处理|操作|执行|继续|提交), 敬请, 烦请, ^[中成得妥]+[，。！! ,], haode,
        keyi, queren"""
    ),
    re.IGNORECASE,
)
ORDERED = {
    "cancel": ("cancel|cancle|call (?:it|that) off", "取消|撤单|退订|撤销"),
    "change": ("change|update|send|ship|deliver|make the change", "修改|改|更改|变更|寄|送"),
    "return": (r"return|send (?:\w+ ){1,2}back|take (?:\w+ ){1,2}back|open", "退"),
    "exchange": ("exchange|swap|change", "换|调换"),
    "report": ("report|file|submit|register", "登记|上报|报修|报"),
    "issue": ("issue|make|send|create", "开"),
    "refund": ("refund|request|pay (?:it|me|that) back", "退|申请"),
}
"""By the verb of an act: what orders it, and no past of it."""
_ORDERS = (
    r"(?:^\W*|[,.;!]\s*|\b(?:please|pls|plz|just|so|then|and|kindly|you|to|go|ok|okay|yes|yeah|ye|ya"
    r"|aye|bro|mate|it)\s+)"
)
"""What stands before an order; not "dnt", however it is written."""
_ACTS = re.compile(
    r"\b(?:cancel|call off|change|update|return|send|ship|deliver|exchange|swap|replace|refund"
    r"|report|issue|remove|add|track|close|delete)\b|取消|撤|改|退|换|寄|发|送|开票|登记|删|加|查",
    re.IGNORECASE,
)
_NUMBERS = re.compile(rf"\d+(?:[.,]\d+)?|{ENGLISH_PATTERN}|(?:{CHINESE_COUNT_PATTERN})(?=[块元欧])")


def agrees_in_many_words(text: str, act: str = "", told: str = "") -> bool:
    """Whether a reply agrees. `act` is the verb of the act asked about, a key of `ORDERED`; `told`
    is the question."""
    if len(text) > MAX_CHARACTERS * 2 or is_sarcastic(text):
        return False
    said = without_apostrophes(text)
    known = {_value(number[0]) for number in _NUMBERS.finditer(told)}
    said = _NUMBERS.sub(lambda number: " " if _value(number[0]) in known else number[0], said)
    agreed = _AGREES.search(said) is not None
    rest = _HARMLESS.sub(" ", said)
    if act in ORDERED:
        latin, han = ORDERED[act]
        own = re.compile(rf"{_ORDERS}(?:{latin})\b|{han}", re.IGNORECASE)
        agreed = agreed or own.search(rest) is not None
        rest = own.sub(" ", rest)
        if _ACTS.search(rest):
            return False
    return agreed and _DOUBTS.search(rest) is None


def _value(number: str) -> float:
    if number[0].isdigit():
        return float(number.replace(",", "."))
    return float(chinese_number(number) or 0) if has_han(number) else float(english_number(number))
