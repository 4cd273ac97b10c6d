"""What a customer answers to the question for consent, and how they take it back."""

from __future__ import annotations

import re

from switchboard.text.consent import MAX_CHARACTERS, normal_reply, read_consent
from switchboard.text.language import has_han

_POLITE = r"(?:(?:hi|hello|hey|please|pls|thanks|thank you|ok|okay|yes|well|so|and|sorry|ta) ?)*"
_OBJECT = (
    r"(?: (?:to|with) (?:it|this|that|(?:the|your) (?:terms|privacy notice|notice|processing)))?"
)
_AGREES = re.compile(
    rf"{_POLITE}(?:no (?:problem|objection)s? )?i (?:do )?(?:hereby )?(?:agree|consent|accept)"
    rf"(?: the (?:terms|privacy notice|notice))?{_OBJECT} ?{_POLITE}"
    rf"|{_POLITE}(?:i (?:hereby )?(?:give (?:you )?)?my (?:consent|permission)|(?:i )?accept(?:ed)?"
    rf"|consent given|thats fine|that is fine|you have my (?:consent|permission)) ?{_POLITE}"
)
_REFUSES = re.compile(
    rf"{_POLITE}(?:no )?i (?:dont|do not|wont|will not|cannot|cant) (?:agree|consent|accept|want"
    rf"|give (?:you )?my consent)(?: (?:it|that|this))?{_OBJECT} ?{_POLITE}"
    rf"|{_POLITE}(?:no )?(?:i )?(?:refuse|decline|object|disagree) ?{_POLITE}"
    rf"|{_POLITE}no i dont want (?:that|this|it) ?{_POLITE}"
)
_CHINESE_POLITE = r"(?:好的?|行|嗯|可以|没问题|谢谢|请继续|继续吧?|吧|的|啊|了|ok|yes|是的?)*"
_CHINESE_AGREES = re.compile(
    rf"{_CHINESE_POLITE}我?(?:同意|接受|授权|愿意|没意见|允许){_CHINESE_POLITE}"
)
_CHINESE_REFUSES = re.compile(
    r"(?:抱歉|不好意思|对不起)?我?(?:不|拒绝|不要|不想|不能)(?:同意|接受|授权|愿意|允许)?(?:了|的|谢谢|吧)*"
)
_GIVE_UP = (
    r"(?:withdraw(?:ing)?|revok(?:e|ing)|cancel(?:ling|ing)?|tak(?:e|ing) back|retract(?:ing)?"
    r"|end(?:ing)?|remov(?:e|ing))"
)
_WISH = (
    r"(?:(?:hi|hello|hey|please|pls|hereby|now|i|id|want|wish|would|like|need|to|can|could|you"
    r"|ill|will|am|im|have|decided|must|let me|ask) ?)*"
)
_WHAT = (
    r"(?:(?:my|the) )?(?:consent|agreement|permission|approval)(?: i (?:gave|have given)(?: you)?)?"
    r"(?: (?:to|for|with|about) (?:it|this|that|(?:the |your |my )?(?:privacy notice|privacy policy"
    r"|notice|terms|chat|(?:personal )?data(?: processing| protection)?|processing"
    r"(?: of my (?:personal )?data)?)))?"
)
_END = r"(?: (?:please|pls|now|thanks|thank you|immediately|right away|today|again))*"
_WITHDRAWS = re.compile(
    rf"{_WISH}{_GIVE_UP} {_WHAT}{_END}"
    r"|(?:hi |hello |sorry |please |i (?:have )?changed my mind )*"
    r"i (?:no longer (?:consent|agree)|(?:dont|do not|wont)"
    r" (?:consent|agree)(?: to (?:this|that|it|(?:the|your) (?:privacy notice|notice|terms)))?"
    r" (?:any ?more|any longer))"
    rf"(?: to (?:this|that|it|(?:the|your) (?:privacy notice|notice|terms|processing)))?{_END}"
)
_CHINESE_WITHDRAWS = re.compile(
    r"(?:你好|您好|请问?|麻烦|帮我|我|要|想|想要|需要|希望|现在|能不能|能|可以|可不可以|给你们?的|先)*"
    r"(?:撤回|撤销|撤消|取消|收回|终止|解除)(?:一?下)?(?:我|之前|以前|给你们?|你们|对你们|刚才|已?给出|的)*"
    r"(?:个人信息处理的?|隐私(?:声明|政策)的?|处理信息的?)?(?:同意|授权|许可)(?:书)?"
    r"(?:了|吗|吧|谢谢|的|呢)*"
    r"|(?:你好|您好|现在)*我?(?:不再|不想再|再也不)(?:同意|授权)(?:你们)?(?:了|继续|处理|使用|保存|我的?|个人|信息"
    r"|数据|资料|聊天记录)*"
    r"|(?:你好|您好)*我?不(?:同意|授权)(?:你们)?(?:再|继续)(?:处理|使用|保存|收集)(?:我的?)?(?:个人)?(?:信息|数据|资料)了?"
)


def read_consent_answer(text: str) -> bool | None:
    """True for a clear yes, False for a clear no, None for anything else."""
    if len(text) > MAX_CHARACTERS:
        return None
    said = _bare(text)
    if said.endswith("?"):
        return None
    refused, agreed = _REFUSES, _AGREES
    if has_han(said):
        refused, agreed = _CHINESE_REFUSES, _CHINESE_AGREES
    if "不是不" in said:  # neither: two denials, of which a pattern sees one
        return None
    if refused.fullmatch(said):
        return False
    return True if agreed.fullmatch(said) else read_consent(text)


def withdraws_consent(text: str) -> bool:
    """Whether a message says that consent is taken back, and nothing else."""
    if len(text) > MAX_CHARACTERS:
        return False
    said = _bare(text).removesuffix(" ?").removesuffix("?")
    pattern = _CHINESE_WITHDRAWS if has_han(said) else _WITHDRAWS
    return pattern.fullmatch(said) is not None


def _bare(text: str) -> str:
    said = normal_reply(text)
    return said.replace(" ", "") if has_han(said) else said
