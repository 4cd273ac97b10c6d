"""Addresses of houses: streets with numbers, houses with names, postcodes; in parts too.

A town or a country alone is no address: "do you deliver to Cork" stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from typing_extensions import override

from switchboard.privacy.recognizers.spans import Span, SpanRecognizer, compiled, simplified

_STREET = (
    r"(?:street|str|st|road|rd|avenue|ave|av|lane|ln|drive|dr|close|cl|court|ct|square|sq"
    r"|terrace|tce|quay"
    r"|place|pl|row|way|gardens|gdns|crescent|cres|park|hill|green|grove|mews|heights|view"
    r"|walk|rise"
    r"|parade|wharf|boulevard|blvd|circle|trail|estate|manor|lawn|wood|woods|meadows?|downs"
    r"|paddocks?"
    r"|orchard|cottages|villas|bank|strand|mall|esplanade|promenade|alley|yard|loop|pike"
    r"|highway|hwy"
    r"|circus|vale|glen|haven|point|ridge|fields?|common|gate|dale|drove|chase|copse|brae"
    r"|house|nagar|marg|colony|chowk|bazaar|salai)"
)
_WORD = r"[A-Za-zÀ-ÖØ-öø-ÿ'’.-]{1,40}"
_EIRCODE = r"[A-Z]\d[\dW] ?[A-Z0-9]{4}"
_BRITISH = r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"
_AMERICAN = r"[A-Z]{2} \d{5}(?:-\d{4})?"
_CITY = (
    rf"\d{{2}}-\d{{3}} {_WORD}|\d{{4}} ?[A-Z]{{2}} {_WORD}|\d{{4,6}} {_WORD}(?: {_WORD})?"
    rf"|Singapore \d{{6}}"
)
_POSTCODE = rf"(?:{_EIRCODE}|{_BRITISH}|{_AMERICAN}|{_CITY})"
_UNIT = (
    r"(?:(?:flat|apt|apartment|unit|room|suite|ste|floor|house|block|blk|tower|level|studio|no"
    r"|number|#)\.?\s*(?:\d{1,5}[a-z]?(?:-\d{1,4})?|[a-z]\d{0,3})(?![a-z])|#\d{2}-\d{2,4}"
    r"|\d{1,3}(?:st|nd|rd|th) floor|(?:ground|top|first|second|third|fourth|fifth) floor)"
)
_HOUSE = r"(?:house no\.? |number |no\.? )?\d{1,5}(?:[/-]\d{1,4})?\s?[a-z]?(?: bis| ter)?"
_NUMBERED = (
    rf"(?:{_UNIT},?\s+){{0,2}}{_HOUSE},?\s+(?:{_WORD}\s+){{0,4}}?{_STREET}\b\.?(?:\s+(?:upper"
    rf"|lower|north|south|east|west))?"
)
_THE = rf"(?:{_UNIT},?\s+)?(?![24] ){_HOUSE},?\s+the\s+{_WORD}"
_GERMAN = (
    rf"(?:{_WORD} )?{_WORD}(?:straße|strasse|str\.|weg|platz|gasse|allee|ring|ufer|damm|straat"
    rf"|gracht|laan|kade|plein|dijk|singel|vej|gade|gatan|vägen|katu)\s+\d{{1,4}}(?:\s?(?:[a-z]"
    rf"|bis|-[IVX]+))?(?:,\s*(?:hinterhaus|vorderhaus|seitenflügel))?"
)
_ROMANCE = (
    rf"{_HOUSE},?\s+(?:rue|avenue|av\.|boulevard|bd|place|chemin|impasse|allée|quai|route|cours"
    rf"|square)\s+"
    rf"(?:(?:de|du|des|la|le|les|l'|d')\s*)*{_WORD}(?:\s+{_WORD})?"
    rf"|(?:calle|c/|avenida|plaza|paseo|via|viale|piazza|corso|rua|praça|ulica"
    rf"|ul\.)\s+(?:{_WORD}\s+){{1,4}}\d{{1,4}}(?:/\d{{1,4}})?"
)
_PLACE = (
    rf"(?:[A-ZÀ-Þ]{_WORD}(?:\s+[A-ZÀ-Þ]{_WORD}){{0,2}}|(?:co|county)\.?\s+(?:na\s+)?{_WORD}"
    rf"|dublin \d{{1,2}}w?)"
)
_IN_HOUSE = (
    rf"(?:flat|apt|apartment|unit"
    rf"|suite)\.?\s*\d{{1,4}}[a-z]?,?\s+(?:{_WORD}\s+){{1,3}}{_STREET}\b"
)
_TAIL = (
    rf"(?:,?\s+(?:{_UNIT}|\d\. OG(?: \w+)?))?"
    rf"(?:,\s*(?:{_UNIT}|{_POSTCODE}|{_PLACE}(?:\s+(?:{_POSTCODE}|\d{{1,2}}))?))*"
    rf"(?:,?\s+{_POSTCODE})?"
)
_LOWER_TAIL = (
    rf"(?:(?:,?\s+{_WORD}){{1,4}},?\s+{_POSTCODE}"
    rf"|(?:,?\s+{_WORD}){{0,2}}\s+co\.?\s+{_WORD}(?:\s+{_POSTCODE})?|,\s*(?!(?:and|but|is"
    rf"|please|the|so|not|it|i|she|he|we|can)\b){_WORD}(?=\s+(?:instead|please)|[,.!?]|$))"
)
_STREETS = compiled(
    rf"(?<![A-Za-z0-9.])((?:{_WORD}\s+(?:house|court|lodge|hall|mews"
    rf"|buildings?),\s+)?(?:{_NUMBERED}|{_GERMAN}|{_ROMANCE}|{_IN_HOUSE}"
    rf"|{_THE})(?:{_LOWER_TAIL}|{_TAIL}))",
    re.IGNORECASE,
)
_BEFORE = compiled(
    rf"((?:{_UNIT}|[A-Z]{_WORD}(?:\s+[A-Z]{_WORD})?\s+(?:House|Court|Lodge|Hall|Mews|Buildings?"
    rf"|Tower|Cottage)),\s*)+$"
)
_NAMED_HOUSE = compiled(
    rf"((?:[A-ZÀ-Þ]{_WORD}\s+){{1,3}}(?:House|Lodge|Cottage|Farm|Hall|Court|Villa|Manor|Mews"
    rf"|Rest|View),\s*{_PLACE}(?:,\s*(?:{_PLACE}|{_POSTCODE}))*)"
)
_PART = (
    rf"(?:(?i:{_UNIT})|{_POSTCODE}|(?:co|county)\.?\s+(?:na\s+)?{_WORD}"
    rf"|(?:{_HOUSE}\s+)?[A-ZÀ-Þ]{_WORD}"
    rf"(?:\s+(?:[A-ZÀ-Þ]{_WORD}|y|an|na|the|of|upon|am|de"
    rf"|\d{{1,2}})){{0,3}}(?:\s+(?:{_POSTCODE}|\d{{1,3}}[a-z]?))?|\d{{1,2}}/F)"
)
_ROW = compiled(rf"(?<![A-Za-z0-9])({_PART}(?:,\s*{_PART}){{1,6}})")
_SURE = compiled(
    rf"{_EIRCODE}|{_BRITISH}|{_AMERICAN}|\b[Cc]o(?:unty)?\.?\s+[A-Z]|\bDublin \d"
    rf"|^(?i:{_UNIT}).*\d|\d{{5}} [A-Z]|\d{{4}} [A-Z]{{2}} |Singapore|Kowloon|Hong Kong"
)
_COUNTY = compiled(
    rf"((?:[A-ZÀ-Þ]{_WORD}\s+){{0,2}}[A-ZÀ-Þ]{_WORD},\s*Co\.?\s+(?:na\s+)?[A-ZÀ-Þ]{_WORD}(?:,?\s+{_EIRCODE})?)"
)
_POSTCODES = compiled(rf"(?<![A-Za-z0-9_-])({_EIRCODE}|{_BRITISH})(?![A-Za-z0-9_-])", re.IGNORECASE)
_NO_STREET = compiled(
    r"^\d+\s?(?:x|pcs|pieces|days?|weeks?|months?|hours?|minutes?|euros?|eur|cm|mm|kg|items?"
    r"|of|to|and|per|in|at|or"
    r"|boxes|plates|mugs|towels|lamps|times?|years?|working|persons?|people|sets?)\b",
    re.IGNORECASE,
)
_HAN_PART = r"[\u4e00-\u9fffA-Za-z0-9·\-－—#]"
_HAN_END = (
    r"(?:\d{1,5}|[一二三四五六七八九十东西南北]{1,3}|[A-Za-z])\s*(?:号楼|号院|号|弄|栋|幢|座"
    r"|单元|室|房|舍|铺|楼|层|户|组|队|村|支弄|门(?!口)|F)(?:之\d{1,3})?"
)
_HAN_ADDRESS = compiled(
    rf"(?:{_HAN_PART}{{2,40}}?(?:省|自治区|市|区|县|镇|乡|街道|路|街|巷|大道|胡同|小区|花园|苑"
    rf"|里|新村|公寓|大厦|广场|园)"
    rf"{_HAN_PART}{{0,24}}?(?:{_HAN_END}{_HAN_PART}{{0,6}}?)+(?:\d{{1,5}}(?![\d:]))?|"
    rf"(?:{_HAN_END}){{2,}}|{_HAN_PART}{{2,30}}?(?:县|镇|乡){_HAN_PART}{{1,12}}?(?:村|组|屯"
    rf"|寨)(?:[一二三四五六七八九十]+组)?|"
    rf"{_HAN_PART}{{2,30}}?(?:小区|花园|苑|新村"
    rf"|公寓){_HAN_PART}{{0,6}}?\d{{1,4}}(?:-\d{{1,5}}){{1,3}}"
    rf"|{_HAN_PART}{{2,40}}?(?:路|街|道|巷)\d{{1,5}}号{_HAN_PART}{{2,12}}?\d{{3,5}}(?!\d))"
    rf"(?:\d{{1,5}})?"
)
_HAN_LEAD = compiled(
    r"^.*?(?:寄到|送到|送去|寄去|寄往|发到|改成|改为|改到|换成|地址(?:是|为|写|：|:)?|住在|住"
    r"|位于|收货|小区是|门牌是|我在"
    r"|家在|公司在|[是在到给寄往：:，,。！!？?、；;\s]|楼下|麻烦|请)(?=\S)"
)
_PROVINCE = compiled(
    r"(?:北京|上海|天津|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南"
    r"|湖北|湖南|广东|海南|四川"
    r"|贵州|云南|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门)"
)
_ZIP = compiled(r"邮(?:政)?编(?:码)?[是为：:\s]*(\d{6})(?!\d)")


class StreetAddressRecognizer(SpanRecognizer):
    """Finds addresses in English, German, French and Chinese forms."""

    kind = "address"

    @override
    def spans(self, text: str) -> Iterator[Span]:
        """The addresses, from the house to the postcode where these follow each other."""
        for match in _STREETS.finditer(text):
            if _NO_STREET.match(match[1]):
                continue
            start, end = match.span(1)
            before = _BEFORE.search(text[:start])
            yield before.start() if before else start, end
        for match in _ROW.finditer(text):
            if _SURE.search(match[1]):
                yield match.span(1)
        for pattern in (_NAMED_HOUSE, _COUNTY, _POSTCODES):
            for match in pattern.finditer(text):
                yield match.span(1)
        yield from self._chinese(text)

    @staticmethod
    def _chinese(text: str) -> Iterator[Span]:
        text = simplified(text)
        for start, end in _joined(text, [match.span() for match in _HAN_ADDRESS.finditer(text)]):
            province = _PROVINCE.search(text, start, end)
            lead = _HAN_LEAD.match(text[start:end])
            if province:
                start = province.start()
            elif lead:
                start += lead.end()
            if end - start >= _LEAST_HAN:
                yield start, end
        for match in _ZIP.finditer(text):
            yield match.span(1)


_LEAST_HAN = 5
_BETWEEN = compiled(r"^[\u4e00-\u9fffA-Za-z0-9·\s-]{0,10}$")
_REST = compiled(r"^(?:[\u4e00-\u9fff]{0,6}(?:楼|舍|座|栋|号))?\d{1,5}(?:-\d{1,5})*室?")


def _joined(text: str, spans: list[Span]) -> Iterator[Span]:
    """Spans with nothing but a few characters between them as one, with the room behind them."""
    joined: list[Span] = []
    for start, end in spans:
        if joined and _BETWEEN.match(text[joined[-1][1] : start]):
            joined[-1] = joined[-1][0], end
        else:
            joined.append((start, end))
    for start, end in joined:
        rest = _REST.match(text[end:])
        yield start, end + (rest.end() if rest else 0)
