"""Secrets that customers tell: passwords, codes sent to them, numbers of cards' backs, tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator

from typing_extensions import override

from switchboard.privacy.recognizers.spans import Span, SpanRecognizer, compiled, group_spans

_IS = (
    r"(?:\s*(?:is|was|are|to|as|it's|that is|on the (?:front|back)|[:：=是为成叫]|改成|设成"
    r"|设为|改为))*\s*[\"'“‘]?"
)
_WORDY = (
    r"(?=[^\s，。；、\u4e00-\u9fff]{0,63}[\d!@#$%^&*_+=~-])"
    r"[^\s，。；、,;\"'”“）)\u4e00-\u9fff]{4,64}(?:(?<![.?!])|(?<=!)(?=[,，]))"
)
"""A word with a digit or a sign in it, as passwords have."""
_PASSWORD = compiled(
    r"(?:\b(?:pass ?(?:word|wort|code|phrase)|pw|pwd|passwd|kennwort|login|credentials)\b"
    rf"|密码|口令)[^\n]{{0,24}}?{_IS}({_WORDY})",
    re.IGNORECASE,
)
_PASSWORD_NEXT = compiled(
    rf"(?:\bnew one\b|改成了?|换成了?|\bor\b|还是){_IS}({_WORDY})", re.IGNORECASE
)
_LOGIN = compiled(
    rf"[\w.+-]{{1,64}}@[\w.-]{{1,64}}\s*(?:/|\||密码|pw|pass(?:word)?)\s*({_WORDY})", re.IGNORECASE
)
_CODE_WORD = (
    r"(?:\b(?:cvv2?|cvc2?|csc|pin(?: ?code)?|otp|passcode|one[- ]time (?:code|password"
    r"|passcode)|tan"
    r"|security (?:code|number)|sms(?: code)?|3d secure[\w -]{0,20}|verification (?:code|number)"
    r"|(?:gate|door|entry|key ?box|lock|alarm|auth(?:entication)?|confirmation|login|access"
    r"|2fa|mfa)"
    r" (?:code|pin)|\d[- ]digit (?:thing|code|number|pin)|delivery pin|code (?:from|in) (?:the|my) "
    r"(?:sms|text|app|mail|email))\b"
    r"|验证码|校验码|动态码|动态口令|取件码|提货码|安全码|支付密码|门锁密码|门禁(?:密码|码)?"
    r"|密码|后三位|一次性密码)"
)
_CODE = r"(?<![\d.,€$£])(\d(?:[ -]?\d){2,7}#?)(?![\d%]|[.,]\d)"
_CODES = (
    compiled(
        r"\b(?:gate|door|entry|lock|access) code[^\n\d]{0,12}?\b([A-Z]\d{3,6}|\d{3,6}[A-Z])\b",
        re.IGNORECASE,
    ),
    compiled(rf"\bcode\b[^\n\d.,?!]{{0,30}}\b(?:is|was|says)\b\s*:?\s*{_CODE}", re.IGNORECASE),
    compiled(rf"\b(?:texted|messaged) me {_CODE}", re.IGNORECASE),
    compiled(r"\b(?:on|at) (?:the|its) back\b\D{0,8}(?<![\d.,€$£])(\d{3,4})(?![\d%]|[.,]\d)", re.I),
    compiled(r"\b(?:the|a|this|that|my) code (\d{4,8})(?=[\s,.!?]|$)", re.IGNORECASE),
    compiled(rf"{_CODE_WORD}[^\n\d]{{0,24}}{_CODE}", re.IGNORECASE),
    compiled(
        rf"{_CODE}(?=\s*(?:as|is|for|was)?\s*(?:the |my |as )?(?:delivery |gate |door |sms )?"
        r"(?:pin|otp|cvv|cvc|passcode|verification code|one[- ]time code)\b)",
        re.IGNORECASE,
    ),
    compiled(
        rf"\b(?:one[- ]time )?code\s+{_CODE}(?=\s+(?:arrived|came|expired|is|was|does|did|not))",
        re.I,
    ),
    compiled(
        rf"\b(?:got|received|sent|send|texted|e-?mailed|entered|typed"
        rf"|put in)\b[^\n\d]{{0,24}}\bcode\b"
        rf"[^\n\d]{{0,16}}{_CODE}",
        re.IGNORECASE,
    ),
    compiled(
        rf"\bdigits?\b[^\n\d.?!]{{0,24}}\b(?:is|are|were|was)\s+{_CODE}|(?:后"
        rf"|背面)[^\n\d]{{0,8}}{_CODE}",
        re.IGNORECASE,
    ),
    compiled(
        rf"\b(?:text|sms|message|app|screen|mail) (?:said|says|reads?"
        rf"|shows?)[^\n\d]{{0,12}}{_CODE}",
        re.I,
    ),
    compiled(r"\b(?:code|pin|otp)\b[^\n\d]{0,12}\b([A-Z]{1,3}-\d{4,8})\b"),
    compiled(
        rf"\bcode\b[^\n\d]{{0,8}}\bfront\b\D{{0,6}}{_CODE}|\bkey ?(?:safe"
        rf"|box)\b[^\n\d]{{0,10}}{_CODE}",
        re.I,
    ),
    compiled(rf"刚?收到的?(?:码|数字)?\s*{_CODE}(?=[,，]?(?:是不是|要不要|报))"),
    compiled(
        rf"(?<![!-~])({_WORDY})(?=\s*(?:as (?:a|my|the) (?:password|pin)|这种密码|当密码|做密码"
        rf"|是密码))",
        re.I,
    ),
    compiled(rf"(?:短信|sms|text message)[^\n\d]{{0,12}}{_CODE}", re.IGNORECASE),
    compiled(rf"(?:支付|登录|开锁|取款)密码[^\n\d]{{0,16}}{_CODE}"),
    compiled(r"取件码\s*(\d{1,2}-\d{1,2}-\d{3,5})"),
    compiled(rf"{_CODE}(?=[^\n\d]{{0,6}}(?:卡背面|是验证码|是密码|这个码))"),
)
_TOKENS = (
    compiled(
        r"[?&#;](?:t|k|c|[a-z_-]{0,20}(?:token|secret|password|passwd|pwd|auth|session|sid"
        r"|sig(?:nature)?"
        r"|otp|code|key|jwt|magic|reset|invite))=([^\s&#，。\"'<>]{4,})",
        re.IGNORECASE,
    ),
    compiled(
        r"https?://[^\s?#]+/((?=[A-Za-z_-]*\d)(?=[^\s/]*[A-Z])[A-Za-z0-9_-]{9,})(?![\w./-]*\.html?)"
    ),
    compiled(r"/(?:reset|verify|magic|login|invite|confirm|l|t)/([A-Za-z0-9_-]{8,})"),
    compiled(r"\b([a-z]{2,6}_(?:live|test|prod)_\w{6,})"),
    compiled(r"(?<![A-Za-z0-9_-])([a-z]{2,5}_(?:sk|pk|ak|key)_[\w-]{6,})"),
    compiled(r"(?<![A-Za-z0-9_-])((?:sk|pk|ak|tk|rk|api|key|ghp|xox[bp]|pat|whsec)[_-][\w-]{6,})"),
    compiled(r"(?<![A-Za-z0-9_.])(eyJ[\w-]{6,}(?:\.[\w-]+){0,2})"),
    compiled(
        r"(?:\bapi[ -]?key|\btoken|\bsecret(?: key)?|接口密钥|密钥|令牌)"
        rf"{_IS}([A-Za-z0-9][\w.-]{{7,}})",
        re.IGNORECASE,
    ),
)
_ANSWERS = (
    compiled(
        r"\b(?:security (?:question|answer)|secret (?:question|answer|word)|memorable (?:word"
        r"|name))"
        r"\b[^\n]{0,20}?\b(?:is|was|:)\s+([\w'’-]+(?: the \w+)?)",
        re.IGNORECASE,
    ),
    compiled(r"\bmother'?s maiden name(?: is| was|:)?\s+([\w'’-]+)", re.IGNORECASE),
    compiled(r"(?:密保|安全问题)[^\n，。]{0,6}(?:答案)?(?:是|为|：)\s*([^\s，。,]{1,20})"),
    compiled(r"(?:名字|答案)?是([^\s，。,]{2,12})，密保"),
)
_NO_SECRET = compiled(
    r"^(?:www|http|e-?mail|sms|e-mails?|[A-Za-z]+-?(?:[A-Za-z]+)?|\d{1,2}[-/]\d{1,2}[-/]\d{2,4})$",
    re.IGNORECASE,
)
_ANOTHER_CODE = compiled(
    r"(?:voucher|discount|promo|coupon|product|order|tracking|post(?:al)?|zip|bar|colou?r"
    r"|area|country|dial|error|优惠|折扣|订单|邮政|错误|商品)\s*(?:code|number|no\.?|码"
    r"|号)?[^\n]{0,10}$",
    re.IGNORECASE,
)


class SecretRecognizer(SpanRecognizer):
    """Finds secrets by the words before them, and tokens by their form."""

    kind = "secret"

    @override
    def spans(self, text: str) -> Iterator[Span]:
        """The values, without the words that name them."""
        passwords = False
        for pattern in (_PASSWORD, _LOGIN):
            for start, end in group_spans(pattern, text):
                if not _NO_SECRET.match(text[start:end]):
                    passwords = True
                    yield start, end
        if passwords:
            yield from group_spans(_PASSWORD_NEXT, text)
        for pattern in _CODES:
            for start, end in group_spans(pattern, text):
                if not _ANOTHER_CODE.search(text[:start]):
                    yield start, end
        for pattern in (*_TOKENS, *_ANSWERS):
            yield from group_spans(pattern, text)
