"""Questions about what is known of the customer, and the wish that it be forgotten.

An account and its data are another matter: "forget me" and "delete my data" are not read here.
"""

from __future__ import annotations

import re

from switchboard.text.consent import normal_reply
from switchboard.text.language import has_han

MAX_CHARACTERS = 100
_POLITE = (
    r"(?:(?:hi|hello|hey|ok|okay|so|and|well|please|pls|can you|could you|would you|can i|may i"
    r"|i want you to|id like you to|tell me|show me|let me see|i want to know|id like to know"
    r"|exactly) )*"
)
_AFTER = r"(?: (?:please|pls|thanks|thank you|now|exactly|so far|already))*"
_LEARNED = r"(?:know|remember(?:ed)?|learned|learnt|noted|saved|stored|kept)"
_FACTS = r"(?:info(?:rmation)?|data|facts|details)"
_TELL = (
    rf"(?:what (?:exactly )?(?:(?:do|did|have) you |you |else do you )(?:actually |all )?{_LEARNED}"
    r"(?: down)? about me"
    r"|(?:do you )?(?:know|remember) anything about me"
    rf"|what {_FACTS} (?:do|did) you (?:have|hold|keep|store) (?:about|on) me"
    rf"|what {_FACTS} (?:have you|you have|you got)(?: got| stored| kept| saved)? (?:about|on) me"
    r"|what (?:have you got|do you have|is)(?: on file)? (?:about|on) me(?: on file)?"
    r"|(?:show|see|view|open)(?: me)? my profile|my profile|whats in my profile"
    r"|what is in my profile)"
)
_TOLD = r"i (?:have )?(?:told you(?: about (?:me|myself))?|said about (?:me|myself))"
_FORGET = (
    r"(?:(?:forget|delete|clear|erase|remove)"
    r" (?:(?:everything |all )?(?:that )?(?:what )?"
    rf"(?:you (?:have )?{_LEARNED}(?: down)? about me|{_TOLD})|my preferences|(?:all )?my wishes)"
    r"|forget my profile)"
)
_HAN_POLITE = (
    r"(?:你好|您好|请问|请|麻烦|帮我|我想|想|能|可以|不能|告诉我|给我|看看|说说|知道|一下|现在)*"
)
_HAN_AFTER = r"(?:吗|呢|啊|吧|了|的|谢谢|好吗|都)*"
_YOU = r"(?:你们|您们|你|您)"
_MATTERS = r"(?:信息|资料|数据|情况|事情?|内容|东西)"
_WHICH = r"(?:什么|哪些|多少|啥)"
_HAN_TELL = (
    rf"(?:{_YOU}(?:现在|都|到底|已经|究竟)*(?:知道|了解|记得|记住|记下|掌握|保存|存)(?:了)?(?:我|关于我)(?:的)?{_WHICH}(?:{_MATTERS})?"
    rf"|{_YOU}(?:都)?(?:记住|记下|保存|存|知道|掌握|了解)(?:了)?(?:我的|关于我的|我){_WHICH}(?:{_MATTERS})?"
    rf"|{_YOU}(?:都|那里?|这里?)*有(?:我的?|关于我的?){_WHICH}(?:{_MATTERS})"
    rf"|{_YOU}对我(?:都)?(?:知道|了解|掌握)(?:了)?(?:多少|什么|哪些)"
    rf"|{_YOU}?(?:都)?(?:知道|记得|记住|记下|了解)(?:了|的)?(?:我的|关于我的)(?:{_MATTERS}|什么|哪些|一切)"
    rf"|(?:查看|显示|打开|查一?下|看)?我的(?:档案|画像)(?:里)?(?:有|是|都有)?(?:什么|哪些|啥)?(?:{_MATTERS})?)"
)
_KNOWN = (
    rf"(?:{_YOU}?(?:所)?(?:知道|记得|记住|记下|了解|保存)(?:了|的)*(?:关于我|我)?(?:的)?(?:一切|所有|全部)?(?:{_MATTERS}|一切)?"
    rf"|我(?:告诉|跟|对){_YOU}(?:说)?(?:过)?的(?:一切|所有|全部)?(?:{_MATTERS}|话)?"
    rf"|我的(?:偏好|喜好|档案|画像))"
)
_DROP = r"(?:忘掉|忘记|忘了|删除|删掉|删了|清除|清空)"
_HAN_FORGET = rf"(?:(?:全部|都)?{_DROP}{_KNOWN}|把{_KNOWN}(?:全部|都|全)*{_DROP})"
_PATTERNS = {
    "tell": (
        re.compile(_POLITE + _TELL + _AFTER),
        re.compile(_HAN_POLITE + _HAN_TELL + _HAN_AFTER),
    ),
    "forget": (
        re.compile(_POLITE + _FORGET + _AFTER),
        re.compile(_HAN_POLITE + _HAN_FORGET + _HAN_AFTER),
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
