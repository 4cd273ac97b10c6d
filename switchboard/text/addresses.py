"""A postal address in what a customer writes."""

from __future__ import annotations

import re

from switchboard.text.language import has_han
from switchboard.text.patterns import EMAIL
from switchboard.text.words import split_words

MAX_CHARACTERS = 200
_READ = 400
_SHORT = r"(?:(?:St|Rd|Ave?|Blvd|Mrs?|Ms|Dr|Ln|Apt|No|Pl|Sq|Ct|Mt|Ste|Fl|[A-ZÀ-Þ])|\w*[Ss]tr)\."
"""What ends in a dot that ends no sentence."""
_NAME = rf"(?:{_SHORT}|[A-ZÀ-Þ][\w'’-]*(?:\.[\w'’-]+)*)"
_HOUSE = r"\d[\w/-]{0,7}"
_JOINED = r"(?:of|the|de|la|le|du|des|van|von|der|den|am|an|im|st\.?|c/o)"
_RUN = re.compile(rf"(?:{_NAME}|{_HOUSE})(?:[ ,]{{1,3}}(?:{_NAME}|{_HOUSE}|{_JOINED}(?=[ ,])))+")
"""Names and numbers side by side: where an address stands in a sentence."""
_CHINESE_RUN = re.compile(
    r"[\u4e00-\u9fff\dA-Za-z#-]{6,100}(?: [\u4e00-\u9fff\dA-Za-z#-]{2,60}){0,3}"
)
_NAMED = re.compile(r"[A-ZÀ-Þ]\w")
_WISHED = re.compile(
    r"^(?:(?:Want|Need|Send|Deliver|Ship|Bring|Make|Change|Give|Please|Pls|Yes|No|Ok|Hi|Hello|Order)"
    r"[ ,]+)+|(?:[ ,]+(?:of|the|de|la|le|du|des|Thanks?|Thank|Thx|Cheers|Please|Pls))+$"
)
"""What stands beside an address and begins with a capital, or joins what is no part of it."""
_PLACES = re.compile(r"[省市区县州镇乡村路街道巷弄号室栋楼座层苑园]")
_CHINESE_LEAD = re.compile(
    r"^.*?(?:地址(?:是|为)?|改成|改为|(?:改|转|重新|换)[寄送发投](?:[到去往给至])?|改到|换成|换到"
    r"|[寄送发][到去往至]|是|到)(?=.{6})"
)
_LEAD = re.compile(
    r"^(?:no|yes|ok|sure|please|sorry|hi|hello|so|well)?[\s,]*"
    r"(?:(?:(?:my|the|our) )?(?:new )?(?:delivery |shipping )?addr?(?:ess)?\b(?: is"
    r"| would be| should be)?"
    r"|(?:please )?(?:send|deliver|ship|bring)(?: (?:it|them|everything))? to|to|it'?s"
    r"|that'?s)?[\s:,]*",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"[\s,.;!]+(?:please|pls|plz|thanks?|thank you|thx|cheers)[\s.!]*$", re.IGNORECASE
)
_ABOUT = re.compile(
    r"\b(?:order|purchase|parcel)(?:\s?(?:number|no\.?|nr\.?|#))?\s?#?[A-Z]{0,4}-?\d{4,8}\b"
    r"|(?:订单号?|单号)\s?[A-Z]{0,4}-?\d{4,8}(?:的)?|#?[A-Z]{1,4}-?\d{4,8}\b|#\d{4,8}\b",
    re.IGNORECASE,
)
_MAIL = re.compile(EMAIL)


def find_address(text: str) -> str | None:
    """The address that a message names, whatever stands around it."""
    line = " ".join(_MAIL.sub(" ", _ABOUT.sub(" ", text[:_READ])).split())
    latin = [_WISHED.sub("", m[0]).strip(" ,.") for m in _RUN.finditer(line)]
    latin = [run for run in latin if len(_NAMED.findall(run)) > 1]
    if has_han(line) and not any(map(_is_address, latin)):
        runs = [_only_places(_CHINESE_LEAD.sub("", m[0])) for m in _CHINESE_RUN.finditer(line)]
        found = [r for r in runs if len(set(_PLACES.findall(r))) >= 2 and _is_address(r)]
    else:
        found = [run for run in latin if _is_address(run)]
    return max(found, key=len) if found else None


def read_address(text: str) -> str | None:
    """The address that an answer is, on one line without what introduces it; None if it is none.

    Long enough, with a number and at least two words.
    """
    found = find_address(text)
    if found is not None:
        return found
    line = " ".join(text[:_READ].split())
    address = _TAIL.sub("", _LEAD.sub("", line, count=1)).strip(" ,.;:!")
    return address if _is_address(address) else None


def _only_places(run: str) -> str:
    """Without the parts at either end that name no place ("别写错了")."""
    parts = run.split()
    named = [i for i, part in enumerate(parts) if _PLACES.search(part) or re.search(r"\d", part)]
    return " ".join(parts[named[0] : named[-1] + 1]) if named else ""


def _is_address(address: str) -> bool:
    words = [w for w in split_words(address) if len(w.text) > 1 and w.text[0].isalpha()]
    long_enough = 8 if has_han(address) else 10
    return (
        long_enough <= len(address) <= MAX_CHARACTERS
        and len(words) >= 2
        and re.search(r"\d", address) is not None
    )
