"""Names of people in Latin letters: by lists of names, and by the words around them.

A name that is also a word ("rose", "will") counts only where the words around it say so. Nothing
that works offline finds every name; what is measured stands in `docs/quality.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from typing_extensions import override

from switchboard.privacy.recognizers.name_lists import listed
from switchboard.privacy.recognizers.spans import Span, SpanRecognizer, compiled

_FIRST, _LAST, _AMBIGUOUS, _STOP = listed("latin.txt")
_W = r"[A-Za-zÀ-ÖØ-öø-ÿĀ-žẠ-ỹ]"
_UP = r"[A-ZÀ-ÖØ-ÞĀ-ŽẠ-Ỹ]"
_TOKEN = rf"(?:(?:{_UP}\.|[Oo]['’]|[Dd]['’]|Mc|Mac)?{_W}+(?:[-'’]{_W}+)*)"
CAPITAL = (
    rf"(?:{_UP}(?:['’]{_UP})?[a-zà-öø-ÿā-žạ-ỹ'’]+(?:[A-Z][a-zà-ÿ]+)?(?:-(?:{_UP}|al-)[\w'’]+)*"
    rf"|{_UP}\.|[A-Z]{{3,}}(?:['-][A-Z]+)*)"
)
_PARTICLE = (
    r"(?:de|del|della|di|da|dos|van|von|der|den|la|le|al|el|bin|ibn|y|Ó|Ní|Mac|Nic|thi|Thi|Thị"
    r"|Văn)"
)
_NAME = rf"({CAPITAL}(?:[ \t]+(?:{_PARTICLE}[ \t]+){{0,2}}{CAPITAL}){{0,4}})"
_KIN = (
    "husband|wife|son|daughter|mother|mum|mam|mom|father|dad|brother|sister|friend|partner"
    "|neighbou?r|colleague"
    "|aunt|aunty|auntie|uncle|cousin|nephew|niece|granny|gran|grandmother|nan|nana"
    "|grandfather|grandad|grandson"
    "|granddaughter|flatmate|housemate|roommate|landlord|landlady|boss|manager|boyfriend"
    "|girlfriend|fianc[ée]e?"
    "|kid|baby|ex|assistant|tenant|in[- ]law|mother[- ]in[- ]law|father[- ]in[- ]law"
    "|brother[- ]in[- ]law"
    "|sister[- ]in[- ]law|caretaker|porter|receptionist|driver|courier|agent|guy|lady|girl"
    "|man|woman"
)
_INTRODUCED = (
    r"my (?:full |first |last |middle |real )?name(?:'s| is|:| =)?|(?:full |first |last "
    r"|card ?holder |account )?"
    r"name(?:d)?(?: on (?:the )?(?:card|account|parcel|order|it)| as on it| on it| is| was"
    r"|[:,])*|surname(?: is|:)?"
    r"|called|i am called|on behalf of|name on card|account name|account holder:?"
    r"|card ?holder:?|in the name of"
    r"|recipient(?: is|:)?|addressee:?|attn:?|c/o|care of|signed(?: for)? by|signed:?"
    r"|made out to|addressed to"
    r"|deliver(?:ed)? to|ship to|leave (?:it )?with|left with|given to|handed to|ask for"
    r"|gift for|present for"
    r"|for the attention of|spoke (?:to|with)|talk(?:ed|ing)? to|chat(?:ted)? (?:to|with)"
    r"|dealt with|served by"
    r"|answered by|contact person:?|contact:|dear|to:|from:|by someone called|happy birthday"
    r"|we are the|this is"
    r"|i am|i'm|im|it'?s|its|me,|name is|thanks,|thank you,|cheers,|regards,|sincerely,|love,"
    r"|yours,|best,"
    r"|kind regards|best wishes,?|many thanks,|br,|rgds,?|ring|text|email|phone|tell|fao"
    r"|faithfully,|asked|asking for"
)
_AFTER_WORDS = compiled(
    rf"(?<!the )(?:\b(?i:{_INTRODUCED})[ \t\n,]+(?:(?i:an? |the hon\. )|[\"“'‘])?){_NAME}"
)
_AFTER_KIN = compiled(
    rf"\b(?i:(?:my|our|his|her|your|the) (?:\w+ )?(?:{_KIN}))(?:,| is| called)?[ \t]+{_NAME}"
)
_TITLED = compiled(
    rf"\b(?i:mr|mrs|ms|miss|dr|prof|sir|madam|mme|herr|frau|señor|señora|sr"
    rf"|sra)\.?[ \t]+({_TOKEN}(?:[ \t]+{CAPITAL}){{0,2}})"
)
_HERE = compiled(
    rf"(?:^|[,.!?][ \t]+|\b(?:hi|hello|hey|hiya|hola)[ \t,]+){_NAME}(?=[ \t]+(?:here|again"
    rf"|speaking|calling)\b)"
)
_SIGNED = compiled(rf"(?:[.!?…]|[—–-]|\n)[ \t]*{_NAME}[ \t]*(?:[.,]?[ \t]*(?:[\d+(]|order|$))")
_AGAIN = compiled(
    rf"\b(?:it'?s|this is|i'?m|me again,|only me,) ({_TOKEN})(?= (?:again|here|from)\b|,? the \w+)",
    re.IGNORECASE,
)
_FROM = compiled(rf"(?:^|[,.!?]\s+|\b[Hh](?:i|iya|ello|ey),? ){_NAME}(?= from [A-Z])")
_RELATIVE = compiled(
    rf"\b((?:nana|nan|granny|grandma|grandad|grandpa|auntie|aunty|aunt|uncle) {_TOKEN})",
    re.IGNORECASE,
)
_SPOKEN_OF = compiled(
    rf"\b(?i:tell|ask|asked|thank|thanks to|who is|who's|whose|spoke to|spoke with|could|can"
    rf"|did|does|is|was|has|will|give|for) {_NAME}"
    r"(?= (?:in|call|ring|who|said|says|told|promised|back|please|again|from|at|there|get"
    r"|still|know|help\w*|has|had|was|is)\b|[?,.!]|$)"
)
_BRACKETED = compiled(rf"\b(?i:{_KIN})(?:['’]s)? \({_NAME}\)")
_NOTE = compiled(
    rf"\b(?i:note|card|saying|reads?|says?|message)\b[^\n]{{0,24}}?\b(?:[Tt]o|[Dd]ear|[Ff]or"
    rf"|[Ll]ove,?) {_NAME}(?: (?:and|&) ({CAPITAL}))?"
)
_INITIALS = compiled(
    rf"(?<![A-Za-z0-9])((?:[A-Z]\. ?){{1,3}}(?:{_PARTICLE} )?"
    r"[A-ZÀ-Þ][a-zà-ÿ'’]{2,}(?:-[A-ZÀ-Þ][a-zà-ÿ]+)?)"
)
_FRONT = compiled(rf"^{_NAME},(?=[ \t]+[\w+])")
_LOWER = compiled(
    rf"\b(?:this is|i'?m|i am|its|it's|name is|name|my (?:{_KIN})|for|with|to|ask for|from"
    rf"|called|by|ring|mrs|mr|ms|of)"
    rf"[ \t]+({_TOKEN}(?:[ \t]+{_TOKEN}){{0,2}})",
    re.IGNORECASE,
)
_CALLED = compiled(
    rf"\b(?:my (?:full )?name is|my name's|i am called|surname is(?: spel[lt](?:ed)?)?)"
    rf"[ \t]+({_TOKEN}(?:[ \t]+{_TOKEN})?)",
    re.IGNORECASE,
)
"""What follows is a name in small letters too, whether or not a list has it."""
_WORDLIKE = (
    r"(?:summer|joy|rose|grace|hope|will|mark|april|may|june|dawn|amber|ruby|ivy|holly|daisy|iris"
    r"|violet|olive|penny|drew|bill|rob|sue|pat|jack|hazel|faith|robin|jade|pearl|angel"
    r"|victoria|grant)"
)
_CALLED_WORD = compiled(
    rf"\b(?:called|named|ask for|asked for|(?:^|[,.!?]\s*|\bhi[, ]+)(?:it'?s|i'?m|im|this is))"
    rf"[ \t]+({_WORDLIKE})(?=[ \t]*(?:[,.!?]|$)|[ \t]+(?:and|at|from|here|again|on)\b)",
    re.IGNORECASE,
)
"""A name that is a word, where it can be no other."""
_ON_DOOR = compiled(
    rf"\b(?i:buzzer|bell|door ?bell|name ?plate|letter ?box"
    rf"|intercom)\b(?i:[^\n.,]{{0,12}}?(?:says|reads|is|marked|under))"
    rf"[ \t]+{_NAME}"
)
_HELLO = compiled(
    rf"^(?:hi|hello|hola|hey|hiya)?[, ]*({_TOKEN}(?:[ \t]+{_TOKEN}){{0,2}})[ \t]+(?:here|again)\b",
    re.IGNORECASE,
)
_TOKENS = compiled(rf"{_TOKEN}")
_STRONG = (_AFTER_WORDS, _AFTER_KIN, _HERE, _FROM, _BRACKETED)
_WEAK = (_SIGNED, _FRONT, _SPOKEN_OF)


class LatinNameRecognizer(SpanRecognizer):
    """Finds names of people in Latin letters."""

    kind = "name"

    @override
    def spans(self, text: str) -> Iterator[Span]:
        """The names, with first names, particles and surnames as one."""
        yield from _after_words(text)
        yield from _titled(text)
        for pattern in (_CALLED_WORD, _ON_DOOR):
            yield from (match.span(1) for match in pattern.finditer(text))
        for match in _CALLED.finditer(text):
            span = _trimmed(text, *match.span(1))
            if span and match[1].split()[0].lower() not in _STOP:
                yield span
        for pattern in (_LOWER, _HELLO):  # names in small letters: lists alone can tell
            for match in pattern.finditer(text):
                yield from _run(text, *match.span(1), introduced=True)
        yield from _run(text, 0, len(text), introduced=False)


def _after_words(text: str) -> Iterator[Span]:
    """Names that the words around them introduce."""
    for match in _INITIALS.finditer(text):
        yield match.span(1)
    for pattern in (_AGAIN, _RELATIVE):
        for match in pattern.finditer(text):
            last = match[1].split()[-1].lower()
            if last not in _STOP | _RELATIVES and len(match[1]) > 2 and not last.endswith("ing"):
                yield match.span(1)
    for match in _NOTE.finditer(text):
        for group in (1, 2):
            if match[group] and match[group].lower() not in _STOP:
                yield match.span(group)
    for pattern in (*_STRONG, *_WEAK):
        spans = (_trimmed(text, *match.span(1)) for match in pattern.finditer(text))
        yield from (span for span in spans if span and _is_name(text, span, pattern in _WEAK))


def _is_name(text: str, span: Span, weak: bool) -> bool:
    """Whether capitals in a name's place are one; a weak place wants a name that is on a list."""
    if _GOODS.match(text[span[1] : span[1] + 40]):
        return False
    return _known(text[slice(*span)]) or (not weak and _unusual(text, span))


def _titled(text: str) -> Iterator[Span]:
    for match in _TITLED.finditer(text):
        word = match[1].split()[0].lower()
        if (match[1][0].isupper() or word not in _STOP) and word not in _TITLES | {"or", "and"}:
            yield match.span(1)


def _run(text: str, start: int, end: int, introduced: bool) -> Iterator[Span]:
    """Runs of listed names between two places."""
    tokens = [m for m in _TOKENS.finditer(text, start, end)]
    at = 0
    while at < len(tokens):
        first = tokens[at]
        if not _is_first(first[0], introduced):
            at += 1
            continue
        last = at
        while (
            last + 1 < len(tokens)
            and last - at < _MOST_PARTS
            and _goes_on(text, tokens[last], tokens[last + 1])
        ):
            last += 1
        alone = last == at and not introduced
        goods = _of_goods(text, first.start(), tokens[last].end(), introduced)
        if not goods and (not alone or _telling(first[0])):
            yield first.start(), tokens[last].end()
        at = last + 1


_MOST_PARTS = 4
_RELATIVES = frozenset("in law and or who is was has had said says will would can".split())
_GOODS = compiled(
    r"^['’]?s?\s+(?:\w+\s+)?(?:duvets?|bed(?:side)?|beds|table|tables|chairs?|armchairs?"
    r"|stools?|sofas?|lamps?|shelf|shelves"
    r"|shelving|pans?|pots?|cushions?|mugs?|bowls?|plates?|cups?|throws?|rugs?|curtains?"
    r"|towels?|sheets|bedding"
    r"|range|collection|series|set|desk|cabinet|wardrobe|mirror|vase|clock|candles?|basket"
    r"|blanket|pillows?|board"
    r"|knife|knives|kettle|design|pattern|model|style|edition|brand|fabric|wallpaper|paint|cot"
    r"|bench|ottoman)\b",
    re.IGNORECASE,
)
_ARTICLE = compiled(r"\b(?:the|an?|this|that|these|those|your|new|of)\s+$", re.IGNORECASE)


def _of_goods(text: str, start: int, end: int, introduced: bool) -> bool:
    """Whether a name is a product's: "the Charlotte duvet", "is it the Charlotte or the Sienna"."""
    if _GOODS.match(text[end : end + 40]):
        return True
    return not introduced and _ARTICLE.search(text[max(0, start - 8) : start]) is not None


_TITLES = frozenset("mr mrs ms miss dr prof sir".split())


def _is_first(token: str, introduced: bool) -> bool:
    """Whether a word can begin a name: a listed one; in small letters only where introduced."""
    plain = token.lower()
    if plain in _STOP or plain in _TITLES or (not introduced and not token[0].isupper()):
        return False
    named = plain in _FIRST or plain in _LAST or plain.split("-")[0] in _FIRST
    return named and (plain not in _AMBIGUOUS or (introduced and token[0].isupper()))


def _telling(token: str) -> bool:
    """Whether a single listed name is a name without any words around it."""
    plain = token.lower()
    return plain in _FIRST and plain not in _AMBIGUOUS and plain not in _LAST


def _goes_on(text: str, token: re.Match[str], following: re.Match[str]) -> bool:
    between = text[token.end() : following.start()]
    word = following[0]
    if between.strip(" ") or not between or word.lower() in _STOP:
        return False
    named = word.lower() in _LAST or word.lower() in _FIRST or word.lower().startswith("al-")
    particle = re.fullmatch(_PARTICLE, word) is not None
    return named or particle or (word[0].isupper() and token[0][0].isupper())


def _known(name: str) -> bool:
    """Whether some part of a name is on a list, or in an alphabet with marks of its own."""
    if not name.isascii():
        return True
    parts = [part.lower().rstrip(".") for part in re.split(r"[\s-]+", name)]
    return any((p in _FIRST or p in _LAST) and p not in _AMBIGUOUS for p in parts)


def _unusual(text: str, span: Span) -> bool:
    """Whether capitals after an introduction are no words of everyday use."""
    parts = text[slice(*span)].split()
    usual = _STOP | _TITLES
    return all(part.lower().strip(".") not in usual for part in parts) and (
        len(parts) > 1 or len(parts[0]) > 2
    )


def _trimmed(text: str, start: int, end: int) -> Span | None:
    """A span without words of everyday use at its ends; None if nothing is left."""
    tokens = list(_TOKENS.finditer(text, start, end))
    while tokens and tokens[0][0].lower() in _STOP:
        tokens.pop(0)
    while tokens and tokens[-1][0].lower() in _STOP:
        tokens.pop()
    return (tokens[0].start(), tokens[-1].end()) if tokens else None
