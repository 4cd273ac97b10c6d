"""Names of people in Chinese text: by jieba's dictionary, surnames and the words around them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import rjieba
from typing_extensions import override

from switchboard.privacy.recognizers.latin_names import CAPITAL
from switchboard.privacy.recognizers.name_lists import listed
from switchboard.privacy.recognizers.spans import Span, SpanRecognizer, compiled, simplified

_SURNAMES, _HAN_WORDS = listed("chinese.txt")
_SINGLE = frozenset("".join(word for word in _SURNAMES if len(word) > 2))
_DOUBLE = frozenset(word for word in _SURNAMES if len(word) == 2)
_HAN = r"[\u4e00-\u9fff]"
_ONE = f"(?:{'|'.join(sorted(_DOUBLE))}|[{''.join(sorted(_SINGLE))}])"
_GIVEN = r"[\u4e00-\u9fff]{1,2}?"
_MINORITY = r"[\u4e00-\u9fff]{2,6}·[\u4e00-\u9fff]{2,6}"
_HAN_END = (
    r"(?=[\s，,。.!！?？;；、）)：:\d（(—+/]|$|的|是|在|先生|女士|小姐|收|代|签|说|和|跟|住|付"
    r"|已|不|那|寄|下单|怀|她|他|今|这|明|昨|刚|来|没|要|有|也|就|都|过|生|买|定|订)"
)
_HAN_KIN = (
    r"(?:我|您|你|他|她)?(?:妈妈?|爸爸?|老公|老婆|爷爷|奶奶|外公|外婆|姥姥|姥爷|女儿|儿子|儿媳"
    r"|女婿|媳妇|同事|邻居|朋友|闺蜜|师傅"
    r"|阿姨|叔叔|室友|舅舅|姑姑|姨妈|哥哥?|姐姐?|弟弟?|妹妹?|表[哥姐弟妹]|堂[哥姐弟妹]|对象"
    r"|男友|女友|男朋友|女朋友|同学|老师|房东|老板|经理|客服|快递员|前台|孩子|母亲|父亲|婆婆"
    r"|公公)"
)
_HAN_AFTER = compiled(
    r"(?:我叫|叫做|名叫|叫|姓名(?:是|为|写|：|:)?|名字(?:是|叫|写|改成|为|：|:)?|收件人?(?:是"
    r"|写|改成|改为|叫|：|:)?|收货人(?:是|写|改成|：|:)?"
    r"|联络人|联系人(?:是|：|:)?|户名(?:是|：|:)?|持卡人(?:是|：|:)?|名字写全，|用户名(?:是|：|:)?"
    r"|寄给|转给|交给|署名|签名|抬头(?:是|写)?|名|给|请找|找|本人"
    rf"|我是(?:上次)?(?:[^，。,]{{0,10}}的)?|这里是|这边是|不是我|我名字"
    rf"|{_HAN_KIN})\s*({_MINORITY}|{_ONE}{_GIVEN})" + _HAN_END
)
_HAN_PET = compiled(
    rf"(?:{_HAN_KIN}|找|问|联络人|客服|谢谢|感谢|落款写?|署名|我是(?:上周的|昨天的)?|叫|写给?"
    rf"|刻字?|取件人写?|收件人写?"
    r"|昵称|祝"
    r"|爱你的)[「“\"]?((?:外婆|奶奶|爷爷|姥姥|妈妈|爸爸)?(?:(?!老[公婆板师伴人乡]"
    r"|小[时孩姐哥妹包]|阿姨)[小阿老][\u4e00-\u9fff]{1,2}"
    r"|([\u4e00-\u9fff])\2)(?:儿)?)(?=[\s，,。.!！、答说收的把」”]|生日|六岁|周岁|$)"
)
_HAN_CARD = compiled(
    r"刻[^，,。]{0,3}[「“]([\u4e00-\u9fff]{2,3})(?:[和与&]([\u4e00-\u9fff]{2,3}))?[」”]"
)
_HAN_ALONE = compiled(rf"(?:^|[,，。:：、\s])({_ONE}{_HAN}{{2}})(?=收?(?:[,，。\s]|$))")
_HAN_DOUBLE = compiled(
    rf"(?:^|[,，。:：、\s])((?:{'|'.join(sorted(_DOUBLE))}){_HAN}{{1,2}})(?=[,，。\s]|$)"
)
_HAN_LEFT = compiled(
    r"(?:^"
    r"|[,，。:：、\s])((?![奶爷妈爸哥姐弟妹姥叔伯宝谢天刚常婆公舅])([\u4e00-\u9fff])\2)(?=留"
    r"|敬上|上$)"
)
_FUNCTION = frozenset("的吗了呢吧啊不是有在要能会可到得着过么哦呀嘛啦没就都还也很太")
_HAN_SURNAME = compiled(rf"姓({_ONE})(?!名)")
_HAN_GIVEN = compiled(r"姓[\u4e00-\u9fff]{1,2}[，,、 ]?名(?:叫|是)?([\u4e00-\u9fff]{1,2})")
_HAN_TITLED = compiled(
    rf"(?<![\u4e00-\u9fff])?({_ONE}(?:{_HAN}{{1,2}})?(?:先生|女士|小姐|太太|阿姨|叔叔|大爷|大妈"
    rf"|老师|师傅|医生|经理|总|哥|姐)|{_ONE}太(?=[\s，,。.!！]|$)"
    rf"|阿(?![姨里胶司富拉尔么根迪斯])[\u4e00-\u9fff](?=[\u4e00-\u9fff，,。！、\s])"
    rf"|[小老阿]{_ONE}(?![\u4e00-\u9fff]?(?:号|大|家|店|户)|客|板|女|子))"
)
_HAN_END_OF = compiled(
    rf"(?:[。！!？?～~—…，,\s]|此致)[—\s]*({_ONE}{_HAN}{{1,2}})\s*[。.]?\s*(?:[，,]?\s*[\d+]|$)"
)
_HAN_FRONT = compiled(rf"^({_ONE}{_HAN}{{1,2}})(?=[，,\s]\s*(?:1[3-9]\d|\+|电话|手机))")
_HAN_VERB = compiled(
    rf"({_ONE}{_HAN}{{1,2}}?)(?=代收|签收|代签|代领|帮我(?:签|收)|付的|下的单|收$)"
)
_LATIN_MIXED = compiled(
    rf"((?:阿|小){CAPITAL}|{CAPITAL} ?(?!付){_ONE}(?=接待|[，,。、\s]|说|的|$))"
)
_LATIN_TITLED = compiled(rf"({CAPITAL}(?: {CAPITAL})?(?:先生|女士|小姐|太太|老师|经理))")
_LATIN_IN_HAN = compiled(
    rf"(?:{_HAN_KIN}|"
    r"我叫|名字(?:是|叫)?|姓名(?:是|：|:)?|收件人?(?:是|：|:)?|持卡人(?:是)?|户名(?:是)?"
    r"|联系人|转给|寄给|交给|给|叫|找|跟|和|我是|拼音|客服)\s*"
    rf"({CAPITAL}(?:[ \t]+{CAPITAL}){{0,3}}|[A-Z]{{2,}}(?:[ \t]+[A-Z]{{2,}}){{0,3}})(?![-\d])"
)


class ChineseNameRecognizer(SpanRecognizer):
    """Finds Chinese names, and names in Latin letters that Chinese words introduce."""

    kind = "name"

    @override
    def spans(self, text: str) -> Iterator[Span]:
        """The names, with a title behind a surname."""
        text = simplified(text)
        if not re.search(_HAN, text):
            return
        for pattern in (_HAN_AFTER, _HAN_END_OF, _HAN_FRONT, _HAN_VERB, _HAN_TITLED):
            for match in pattern.finditer(text):
                if not _is_word(match[1]) and not _quoted(text, *match.span(1)):
                    yield match.span(1)
        for match in _HAN_CARD.finditer(text):
            yield from (match.span(group) for group in (1, 2) if match[group])
        for pattern in (
            _HAN_PET, _HAN_SURNAME, _HAN_GIVEN, _HAN_DOUBLE, _HAN_LEFT,
            _LATIN_IN_HAN, _LATIN_TITLED, _LATIN_MIXED,
        ):  # fmt: skip
            yield from (match.span(1) for match in pattern.finditer(text))
        for match in _HAN_ALONE.finditer(text):
            if _stands_as_name(match[1]):
                yield match.span(1)
        yield from _in_dictionary(text)


def _stands_as_name(segment: str) -> bool:
    """Whether three characters between signs are a name: no word of the dictionary begins them."""
    if _is_word(segment) or _FUNCTION & set(segment):
        return False
    first = rjieba.cut(segment)[0]
    return len(first) != 2


def _in_dictionary(text: str) -> Iterator[Span]:
    """What jieba takes for a person's name and begins with a surname."""
    at = 0
    for word, tag in rjieba.tag(text, True):
        start = text.find(word, at)
        at = start + len(word)
        surname = word[:2] in _DOUBLE or word[:1] in _SINGLE
        named = tag.startswith("nr") and surname and 2 <= len(word) <= 4 and not _is_word(word)
        counted = _COUNTED.search(text[max(0, start - 2) : start])
        if named and not counted and not _quoted(text, start, at):
            yield start, at


_SERIES = compiled(r"^[”’》」\"]?(?:系列|款|牌|同款|色|子|家的|味|风格)")
_COUNTED = compiled(r"[这那几一每两三整半][\s]*$")


def _quoted(text: str, start: int, end: int) -> bool:
    """Whether what looks like a name is that of a product: “小白”, 安娜系列."""
    return bool(_SERIES.match(text[end : end + 4])) or text[start - 1 : start] in ("“", "《", "「")


def _is_word(name: str) -> bool:
    """Whether what looks like a name is a word of everyday use, or begins with one."""
    return name in _HAN_WORDS or name[:2] in _HAN_WORDS
