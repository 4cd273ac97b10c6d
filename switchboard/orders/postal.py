"""A postal address in its parts, and how one line of text is taken apart."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from switchboard.text.language import has_han

_EXTRA = re.compile(
    r"^(?:apt|apartment|suite|ste|unit|flat|floor|fl|room|rm|building|bldg|block|c/o|#)(?!\w)\.?\s*\S",
    re.IGNORECASE,
)
_EXTRA_BEHIND = re.compile(
    r"^(?P<street>.+?)\s+(?P<extra>(?:apt|apartment|suite|ste|unit|flat|room)\.?\s*#?\w+)$",
    re.IGNORECASE,
)
_POSTCODE = re.compile(
    r"(?<!\w)(?P<code>[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|[A-Z]\d{2}(?:\s?[A-Z\d]{4})?"
    r"|(?:[A-Z]{1,2}-)?\d{4,6}(?:-\d{3,4}|\s[A-Z]{2}(?!\w))?)(?!\w)"
)
_REGION = re.compile(r"^[A-Z]{2,3}$")
_COUNTRIES = re.compile(
    r"^(?:(?:the )?(?:united states(?: of america)?|united kingdom|netherlands)"
    r"|usa|u\.s\.a?\.?|us|uk"
    r"|ireland|france|germany|deutschland|belgium|finland|spain|italy|austria|switzerland|portugal"
    r"|canada|mexico|australia|china|great britain|england|scotland|wales|denmark|sweden|norway"
    r"|poland)$",
    re.IGNORECASE,
)
_SAME_COUNTRY = {"us": "USA", "u.s.": "USA", "u.s.a.": "USA", "united states": "USA"}


@dataclass(frozen=True)
class PostalAddress:
    """Where a parcel goes. A system that knows only one line gives it as `street`; `written` is the
    line from which the parts were taken, which people recognise best."""

    street: str
    extra: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""
    written: str = field(default="", compare=False, repr=False)

    def __str__(self) -> str:
        """On one line, as a customer reads it."""
        if self.written:
            return self.written
        town = " ".join(part for part in (self.city, self.region, self.postcode) if part)
        return ", ".join(part for part in (self.street, self.extra, town, self.country) if part)


def split_address(line: str) -> PostalAddress:
    """The parts of an address on one line. What cannot be told apart stays in `street`."""
    parts = [part.strip() for part in line.split(",") if part.strip()]
    if has_han(line) or len(parts) < 2:
        return PostalAddress(line.strip(), written=line.strip())
    country = ""
    for index in (len(parts) - 1, len(parts) - 2):  # "…, USA, 80279" as well as "…, 80279, USA"
        if index > 0 and _COUNTRIES.match(parts[index]):
            country = parts.pop(index)
            country = _SAME_COUNTRY.get(country.lower(), country)
            break
    street, rest = parts[0], parts[1:]
    extra = rest.pop(0) if len(rest) > 1 and _EXTRA.match(rest[0]) else ""
    behind = _EXTRA_BEHIND.match(street)
    if not extra and behind:
        street, extra = behind["street"], behind["extra"]
    postcode, rest = _take_postcode(rest)
    region = rest.pop() if len(rest) > 1 and _REGION.match(rest[-1]) else ""
    if not region and rest:
        words = rest[-1].rsplit(" ", 1)
        if len(words) == 2 and _REGION.match(words[1]):
            rest[-1], region = words
    return PostalAddress(street, extra, ", ".join(rest), region, postcode, country, line.strip())


def _take_postcode(parts: list[str]) -> tuple[str, list[str]]:
    """The postcode out of the last part that has one, and the parts without it."""
    for index in range(len(parts) - 1, -1, -1):
        found = _POSTCODE.search(parts[index])
        if found:
            left = (parts[index][: found.start()] + parts[index][found.end() :]).strip()
            kept = [*parts[:index], *([left] if left else []), *parts[index + 1 :]]
            return found["code"], kept
    return "", parts
