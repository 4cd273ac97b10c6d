"""Questions about what is known of the customer, and the wish that it be forgotten.

"Delete my data" is such a wish too: what is known goes at once, and the answer says where the rest
is asked for. An account, an address or an order is another matter.
"""

from __future__ import annotations

import re

from switchboard.text.consent import normal_reply
from switchboard.text.language import has_han

MAX_CHARACTERS = 100
_POLITE = (
    r"(?:(?:hi|hello|hey|ok|okay|so|and|well|please|pls|plz|can (?:you|u)|could (?:you|u)"
    r"|would you|can i|may i|i want you to|i want to|id like you to|id like to|tell me|show me"
    r"|let me see|give me|send me|i want to know|i request|i demand|under (?:the )?gdpr"
    r"|a copy of|just|exactly) )*"
)
_AFTER = (
    r"(?: (?:please|pls|plz|thanks|thank you|thx|now|exactly|so far|already|right now|completely))*"
)
_YOU_ALL = r"(?:you|u|ya)(?: guys| people| all)?"
_LEARNED = (
    r"(?:know|remember(?:ed)?|learned|learnt|note|noted|saved?|stored?|keep|kept|hold|have|got"
    r"|collect(?:ed)?|recorded)"
)
_HELD = rf"(?:(?:ve|have|already|all|actually|really|got|now) )*{_LEARNED}"
_FACTS = r"(?:(?:personal )?(?:info(?:rmation)?|data|facts|details|things|stuff))"
_ME = r"(?:about|on|of) me"
_KNOWN_OF_ME = rf"{_YOU_ALL}(?:ve)? {_HELD}(?: down| stored| saved| on file)? {_ME}(?: on file)?"
_TELL = (
    rf"(?:(?:what|which)(?: {_FACTS})?(?: exactly| else)? (?:(?:do|did|have) )?{_KNOWN_OF_ME}"
    rf"|(?:what|which) {_FACTS} (?:of mine|about me|on me) (?:(?:do|did|have) )?{_YOU_ALL} {_HELD}"
    rf"|(?:everything|all)(?: that| the {_FACTS})? {_KNOWN_OF_ME}"
    rf"|(?:do you )?(?:know|remember) anything {_ME}"
    r"|do you (?:know|remember) me(?: what do you (?:know|remember))?"
    r"|what is(?: on file)? (?:about|on) me(?: on file)?"
    r"|(?:what do you have|what have you got) on file (?:about|on) me"
    r"|(?:see|view) (?:all )?my personal (?:data|information|info)"
    r"|(?:show|see|view|open)(?: me)? my profile|my profile|whats in my profile"
    r"|what is in my profile)"
)
_TOLD = r"i (?:have )?(?:told you(?: about (?:me|myself))?|said about (?:me|myself))"
_MY_DATA = r"(?:all )?(?:of )?my (?:personal )?(?:data|information|info)"
_GONE = r"(?:forgotten|deleted|erased|removed|wiped)"
_FORGET = (
    r"(?:(?:forget|delete|clear|erase|remove|wipe|get rid of)"
    r" (?:(?:everything |all )?(?:that )?(?:what )?"
    rf"(?:{_KNOWN_OF_ME}|{_TOLD})|(?:everything|all) about me|{_MY_DATA}|my preferences"
    r"|(?:all )?my wishes)"
    r"|forget (?:my profile|me)"
    rf"|i (?:want|would like|wish) (?:to be forgotten|{_MY_DATA} (?:to be )?{_GONE}))"
)
_HAN_POLITE = (
    r"(?:你好|您好|请问|请|麻烦|帮我|我想|我要求|我要|我希望|想|能|可以|不能|告诉我|给我|看看|说说|知道|一下"
    r"|现在|立刻|马上)*"
)
_HAN_AFTER = r"(?:吗|呢|啊|吧|了|的|谢谢|好吗|都)*"
_YOU = r"(?:你们|您们|你|您)"
_MATTERS = r"(?:(?:个人)?(?:信息|资料|数据)|情况|事情?|内容|东西)"
_WHICH = r"(?:些什么|点什么|什么|些啥|哪些|多少|啥)"
_HAN_TELL = (
    rf"(?:{_YOU}(?:现在|都|到底|已经|究竟)*(?:知道|了解|记得|记住|记下|掌握|保存|存)(?:了)?(?:我|关于我)(?:的)?{_WHICH}(?:{_MATTERS})?"
    rf"|{_YOU}(?:都)?(?:记住|记下|保存|存|知道|掌握|了解)(?:了)?(?:我的|关于我的|我){_WHICH}(?:{_MATTERS})?"
    rf"|{_YOU}(?:都|那里?|这里?)*有(?:我的?|关于我的?){_WHICH}(?:{_MATTERS})"
    rf"|{_YOU}对我(?:都)?(?:知道|了解|掌握)(?:了)?(?:多少|什么|哪些)"
    rf"|{_YOU}?(?:都)?(?:知道|记得|记住|记下|了解)(?:了|的)?(?:我的|关于我的)(?:{_MATTERS}|什么|哪些|一切)"
    rf"|把{_YOU}(?:知道|记住|记下|保存|存|掌握|收集)的(?:关于)?我的(?:{_MATTERS})(?:都|全部)?(?:给我|发给我|告诉我)(?:看看|看一下|看)?"
    rf"|(?:查看|查一?下|看)我的个人(?:信息|资料|数据)"
    rf"|我的(?:信息|资料|数据)里面?(?:都)?有{_WHICH}"
    rf"|(?:查看|显示|打开|查一?下|看)?我的(?:档案|画像)(?:里)?(?:有|是|都有)?(?:什么|哪些|啥)?(?:{_MATTERS})?)"
)
_ALL = r"(?:一切|所有|全部)"
_KNOWN = (
    rf"(?:{_YOU}?(?:所)?(?:知道|记得|记住|记下|了解|保存|存|掌握|收集)(?:了|的)*(?:关于我|我)?(?:的)?{_ALL}?(?:{_MATTERS}|一切)?"
    rf"|我(?:告诉|跟|对){_YOU}(?:说)?(?:过)?的{_ALL}?(?:{_MATTERS}|话)?"
    rf"|(?:关于)?我的{_ALL}?(?:的)?(?:(?:个人)?(?:信息|资料|数据)|记录)"
    rf"|我的(?:偏好|喜好|档案|画像))"
)
_DROP = r"(?:忘掉|忘记|忘了|删除|删掉|删了|清除|清空|清掉|抹掉|抹去)"
_HAN_FORGET = (
    rf"(?:(?:全部|都|全)?{_DROP}{_KNOWN}|把{_KNOWN}(?:全部|都|全)*{_DROP}"
    rf"|(?:不要|别)再(?:记住|记录|保存)(?:关于)?我的(?:任何|{_ALL})?(?:{_MATTERS}))"
)
_HAN_FORGET_ME = r"请?(?:忘掉|忘记|忘了)我吧?|请?把我忘(?:掉|记|了)吧?"
_PATTERNS = {
    "tell": (
        re.compile(_POLITE + _TELL + _AFTER),
        re.compile(_HAN_POLITE + _HAN_TELL + _HAN_AFTER),
    ),
    "forget": (
        re.compile(_POLITE + _FORGET + _AFTER),
        re.compile(f"{_HAN_POLITE}{_HAN_FORGET}{_HAN_AFTER}|{_HAN_FORGET_ME}"),
    ),
}


def asks_for_profile(text: str) -> bool:
    """Whether a message asks what is known of the customer, and nothing else."""
    return _says("tell", text)


def asks_to_forget(text: str) -> bool:
    """Whether a message asks to forget what the customer said and was, and nothing else."""
    return _says("forget", text)


def _says(what: str, text: str) -> bool:
    if len(text) > MAX_CHARACTERS:
        return False
    said = normal_reply(text).removesuffix(" ?").strip()
    latin, han = _PATTERNS[what]
    if has_han(said):
        return han.fullmatch(said.replace(" ", "")) is not None
    return latin.fullmatch(said) is not None
