"""Which lines of an order, which variants, which means of payment a customer names in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice

from rapidfuzz.fuzz import ratio

from switchboard.orders.line_counts import count_alone, count_beside
from switchboard.orders.model import Customer, Item, Order, PaymentMethod, Variant
from switchboard.shop.speech import Speech
from switchboard.text.language import has_han
from switchboard.text.words import split_words

MAX_CHARACTERS = 2000
_SIMILAR = 85.0  # of 100
_ALL = re.compile(
    r"\b(?:everything|(?:all|each|both) (?:of )?(?:them|it|those|these|items?|the items|things)"
    r"|the (?:whole|entire|full|complete) (?:order|lot|thing|purchase)|all items|both"
    r"|all of the (?:items|order)"
    r"|(?:them|the order) all)\b|全部|所有|整单|都[要退换]|两[个件]都",
    re.IGNORECASE,
)
_BUT = re.compile(
    r"\b(?:except|but not|apart from|other than|all but|keep)\b|除了|留下|不包括", re.I
)
_ASIDE = re.compile(
    r"\b(?:for|to|into|with|be|want|like|instead|prefer|get|rather have)\b|->|→|换成|改成|换|要",
    re.I,
)
_INSTEAD_OF = re.compile(r"\binstead of\b|\brather than\b|而不是", re.IGNORECASE)
_BETWEEN = re.compile(
    r"\band\b|\bplus\b|\balso\b|\bthen\b|[,;.\n，；、。]|和|还有|以及", re.IGNORECASE
)
_SAME = re.compile(
    r"\b(?:same|identical|exact(?:ly)?|unchanged|like for like|as it (?:is|was)|as before)\b"
    r"|同款|一样的|同样的|一模一样",
    re.IGNORECASE,
)
_CHEAPEST = re.compile(r"\bcheap(?:est|er)?\b|lowest price|least expensive|最便宜", re.IGNORECASE)
_DEAREST = re.compile(r"\bmost expensive\b|\bpriciest\b|\bdearest\b|最贵", re.IGNORECASE)
_GAP = r"[^\S\n]*"
_HAN = "\u4e00-\u9fff"
_SIGNS = re.compile(r"[\s_/‐-―-]+")
_NO = r"(?:no|not|non|without|w/o|isn'?t|not be)"


def _plain(text: str) -> str:
    return _SIGNS.sub(" ", text[:MAX_CHARACTERS].casefold()).strip()


@lru_cache(maxsize=4096)
def _pattern(phrase: str) -> re.Pattern[str]:
    """A phrase as customers write it: with or without hyphens, spaces before units, a plural s."""
    if has_han(phrase):
        return re.compile(re.escape(phrase.casefold()))
    parts = re.findall(r"\d+(?:\.\d+)?|[^\W\d_]+|[^\w\s]", phrase.casefold())
    words = [re.escape(re.sub(r"(?<=[a-z]{3})(?:e?s)$", "", part)) for part in parts if part != "-"]
    plural = [
        f"{word}(?:e?s)?" if part[-1:].isalpha() and len(part) > 2 else word
        for word, part in zip(words, [part for part in parts if part != "-"], strict=True)
    ]
    phrase = _GAP.join(plural)
    # Chinese has no spaces: what stands beside it may begin and end a name.
    return re.compile(rf"(?<![^\W{_HAN}])(?<!\.){phrase}(?![^\W{_HAN}])(?!\.\d)")


def _names(item: Item, speech: Speech) -> list[str]:
    return list(dict.fromkeys(_plain(name) for name in (speech.item(item), item.name) if name))


def _places(text: str, item: Item, order: Iterable[Item], speech: Speech) -> list[int]:
    """Where a text names an item."""
    return [start for start, _ in _spans(text, item, order, speech)]


def _spans(text: str, item: Item, order: Iterable[Item], speech: Speech) -> list[tuple[int, int]]:
    """The same with the ends."""
    return _exact(text, item, order, speech) or _misspelt(text, item, speech)


def _exact(text: str, item: Item, order: Iterable[Item], speech: Speech) -> list[tuple[int, int]]:
    """By its name, else by the last word of it that no other shares."""
    for name in _names(item, speech):
        found = [match.span() for match in _pattern(name).finditer(text)]
        if found:
            return found
    for name in _names(item, speech):
        head = name.split(" ")[-1]
        others = {n for other in order if other.name != item.name for n in _names(other, speech)}
        if len(head) > 2 and not any(head in other.split(" ") for other in others):
            found = [match.span() for match in _pattern(head).finditer(text)]
            if found:
                return found
    return []


_POINTED_AT = re.compile(r"(?:\b(?:the|my|our|this|that|a|an|and)|[和跟、把]) ?$")


def _misspelt(text: str, item: Item, speech: Speech) -> list[tuple[int, int]]:
    words = list(islice(split_words(text), 200))
    for name in _names(item, speech):
        length = len(name.split(" "))
        for first in range(len(words) - length + 1):
            said = " ".join(word.text for word in words[first : first + length])
            if len(name) >= 5 and ratio(said, name) >= _SIMILAR:
                last = words[first + length - 1]
                return [(words[first].start, last.start + len(last.text))]
    return []


def named_lines(
    text: str, order: Order, speech: Speech, everything: bool = True
) -> tuple[Item, ...]:
    """The lines of an order that a text names, in the order's own sequence. Of several lines with
    one name those are meant whose options the text names, all of them if it names none. Of a line
    of several pieces so many are meant as the text says, else all: they are its quantity then.
    `everything`: whether words such as "all of it" name them too."""
    plain = _plain(text)
    found = {item.line: _spans(plain, item, order.items, speech) for item in order.items}
    exact = any(_exact(plain, item, order.items, speech) for item in order.items)
    named = [
        item
        for item in order.items
        # "the kitchen table" is no misspelt tablet, where other things are named as they are.
        if _exact(plain, item, order.items, speech)
        or any(not exact or _POINTED_AT.search(plain[:start]) for start, _ in found[item.line])
    ]
    but = _BUT.search(plain)
    if everything and (but or not named) and _ALL.search(plain):
        kept = [
            item
            for item in named
            if but and max(_places(plain, item, order.items, speech)) > but.start()
        ]
        return tuple(item for item in order.items if item not in kept)
    if but:
        named = [i for i in named if min(_places(plain, i, order.items, speech)) < but.start()]
    chosen: list[Item] = []
    for item in named:
        alike = [other for other in named if other.name == item.name]
        if len(alike) > 1:
            places = _places(plain, item, order.items, speech)
            fits = {other.line: _best_fit(plain, places, other, speech) for other in alike}
            if len(places) < len(alike) and fits[item.line] < max(fits.values()):
                continue
        chosen.append(item)
    chosen = [item for item in chosen if not _one_twin_too_many(plain, item, chosen, speech)]
    return tuple(_so_many(plain, item, order.items, speech) for item in chosen)


def _one_twin_too_many(text: str, item: Item, chosen: Sequence[Item], speech: Speech) -> bool:
    """Whether the item is one of several lines of one article of which a text names fewer, each by
    itself: "the bottle", where there are two."""
    twins = [other.line for other in chosen if other.sku == item.sku]
    if len(twins) < 2 or _ALL.search(text):
        return False
    spans = _spans(text, item, chosen, speech)
    if any(text[:end].endswith("s") and not item.name.endswith("s") for _, end in spans):
        return False
    return twins.index(item.line) >= len(spans)


def _so_many(text: str, item: Item, order: Iterable[Item], speech: Speech) -> Item:
    """The item with the count that a text has beside its name, if any."""
    if item.quantity < 2:
        return item
    spans = _spans(text, item, order, speech)
    counts = (count_beside(text, start, end, item.quantity) for start, end in spans)
    # "I got three mugs, one mug is chipped": the smallest is the one that is acted on.
    return replace(item, quantity=min((count for count in counts if count), default=item.quantity))


def so_many_of_them(text: str, item: Item) -> Item | None:
    """The item with the count of a text that names none: "just one of them"; None for no count."""
    count = count_alone(_plain(text), item.quantity) if item.quantity > 1 else None
    return replace(item, quantity=count) if count else None


_KEPT = re.compile(
    r"\b(?:keep(?:ing)?|h(?:old|ang)(?:ing)? on ?to|leave (?:\w+ ){0,4}?(?:out|off|alone)"
    r"|(?:take|taking) (?:\w+ ){0,4}?(?:out|off)|remove|drop|without|except|but not"
    r"|not (?:the|my)|skip|forget (?:about )?|exclude"
    r"|(?:don'?t|do not|not) (?:return|exchange|send|include|cancel|swap|touch)(?:ing)?)\b"
    r"|留|不退|不换|不取消|去掉|除了|不包括|别",
    re.I,
)
_CLAUSE = re.compile(
    r"[,;.!\n，；。！]|\b(?:but|just|only|the rest)\b"
    r"|\b(?:and|then) (?=(?:i|i'll|just|only|return|exchange|keep|send|cancel|leave|do)\b)",
    re.I,
)


def kept_lines(text: str, order: Order, speech: Speech) -> tuple[Item, ...]:
    """The lines that a text takes out of a wish: "not the lamp after all", "I keep the mug"."""
    clauses = (part for part in _CLAUSE.split(text[:MAX_CHARACTERS]) if _KEPT.search(part))
    kept = [
        item.line
        for clause in clauses
        for item in order.items
        if _places(_plain(clause), item, order.items, speech)
    ]
    return tuple(item for item in order.items if item.line in kept)


_NEAR = 90


def _best_fit(text: str, places: Sequence[int], item: Item, speech: Speech) -> int:
    """How many of an item's own options stand near one of the places."""
    spans = (text[max(0, place - _NEAR) : place + _NEAR] for place in places)
    return max(
        sum(_option_named(span, key, value, speech) for key, value in item.options.items())
        for span in spans
    )


def _option_named(text: str, key: str, value: str, speech: Speech) -> bool:
    return bool(_option_places(text, key, value, speech))


def _option_places(text: str, key: str, value: str, speech: Speech) -> list[tuple[int, int]]:
    """Where a text names an option's value. `yes`, `no` and `none` are named by the option."""
    plain_key, plain_value = _plain(key), _plain(value)
    if plain_value in ("yes", "no", "none"):
        said_key = _pattern(plain_key).pattern
        denied = rf"{_NO} (?:\w+ )?{said_key}|{said_key} ?[:=]? ?(?:no|none|off)\b|{said_key}less"
        if plain_value == "yes":
            found = [m.span() for m in re.finditer(said_key, text)]
            refused = [m.span() for m in re.finditer(denied, text)]
            return [s for s in found if not any(a <= s[0] < b for a, b in refused)]
        return [m.span() for m in re.finditer(denied, text)]
    forms = dict.fromkeys([plain_value, _plain(speech.word("options", value))])
    return [match.span() for form in forms for match in _pattern(form).finditer(text)]


def options_named(text: str, item: Item, speech: Speech) -> dict[str, list[str]]:
    """The values that a text names for each option of the item's product, longest reading first."""
    values: dict[str, list[str]] = {}
    for variant in item.product.variants if item.product else ():
        for key, value in variant.options.items():
            if value not in values.setdefault(key, []):
                values[key].append(value)
    plain, taken = _plain(text), list[tuple[int, int]]()
    found: dict[str, list[str]] = {}
    pairs = [(key, value) for key, options in values.items() for value in options]
    read: list[tuple[str, str, tuple[int, int]]] = []
    for key, value in sorted(pairs, key=lambda pair: -len(pair[1])):
        read.extend((key, value, span) for span in _option_places(plain, key, value, speech))
    for key, value, span in sorted(read, key=lambda entry: entry[2][0] - entry[2][1]):
        inside = any(a <= span[0] and span[1] <= b and (a, b) != span for a, b in taken)
        if not inside:
            taken.append(span)
            if value not in found.setdefault(key, []):
                found[key].append(value)
    return _one_key_each(found, plain)


def _one_key_each(found: dict[str, list[str]], text: str) -> dict[str, list[str]]:
    """A value that two options share belongs to the option that is named beside it, if one is."""
    for value in {value for values in found.values() for value in values}:
        keys = [key for key, values in found.items() if value in values]
        named = [key for key in keys if _pattern(_plain(key)).search(text)]
        for key in keys if len(keys) > 1 and len(named) == 1 else ():
            if key not in named:
                found[key].remove(value)
    return {key: values for key, values in found.items() if values}


@dataclass(frozen=True)
class Swaps:
    """What shall come in place of which line: `chosen` article numbers by line, `open` the variants
    that are left for a line, where several are."""

    chosen: Mapping[str, str] = field(default_factory=dict)
    open: Mapping[str, tuple[Variant, ...]] = field(default_factory=dict)


def read_swaps(text: str, items: Sequence[Item], speech: Speech, answering: str = "") -> Swaps:
    """The variants that a text wants for lines of an order; `answering` is the line that was asked
    about, which a text without a product's name is about."""
    plain = _plain(text)
    chosen: dict[str, str] = {}
    left: dict[str, tuple[Variant, ...]] = {}
    for item, part in _parts(plain, items, speech, answering):
        fits = fitting_variants(part, item, speech, bool(answering))
        if len(fits) == 1:
            chosen[item.line] = fits[0].sku
        elif fits:
            left[item.line] = fits
    return Swaps(chosen, left)


def _parts(
    text: str, items: Sequence[Item], speech: Speech, answering: str
) -> list[tuple[Item, str]]:
    """Each item with the part of the text that is about it."""
    starts: list[tuple[int, Item]] = []
    used: set[int] = set()
    for item in items:
        places = [p for p in _places(text, item, items, speech) if p not in used]
        if places:
            best = max(places, key=lambda place: (_best_fit(text, [place], item, speech), -place))
            used.add(best)
            starts.append((best, item))
    starts.sort(key=lambda entry: entry[0])
    if not starts or (len(starts) == 1 and len(items) == 1):
        about = [item for item in items if item.line == answering] or list(items[:1])
        return [(about[0], text)] if answering or len(items) == 1 else []
    parts = []
    begin = 0
    for index, (place, item) in enumerate(starts):
        end = starts[index + 1][0] if index + 1 < len(starts) else len(text)
        if index + 1 < len(starts):
            borders = [m.start() for m in _BETWEEN.finditer(text, place, end)]
            end = borders[-1] if borders else end
        parts.append((item, text[begin:end]))
        begin = end
    return parts


def fitting_variants(text: str, item: Item, speech: Speech, answer: bool) -> tuple[Variant, ...]:
    """The variants of an item's product that a text may mean; none if it names nothing of them.

    What is not named stays as it is, as far as there is such a variant. `answer`: the text answers
    the question for the variant, so that all of it is about the new one.
    """
    if item.product is None:
        return ()
    new = _wanted_part(text, answer)
    named = options_named(new, item, speech)
    wanted = {
        key: [value for value in values if value != item.options.get(key)] or values
        for key, values in named.items()
    }
    available = tuple(v for v in item.product.variants if v.available)
    own = item.product.variant(item.sku)
    by_price = _CHEAPEST.search(new) or _DEAREST.search(new)
    if not wanted and not by_price:
        same = _SAME.search(text) is not None
        return (own,) if own is not None and own.available and same else ()
    if (
        not answer
        and not by_price
        and all(value == [item.options.get(key)] for key, value in wanted.items())
    ):
        return (own,) if own is not None and _SAME.search(text) else ()
    fits = next((found for meant in _readings(wanted) if (found := _with(meant, available))), [])
    if by_price and fits:
        pick = min if _CHEAPEST.search(new) else max
        return (pick(fits, key=lambda v: v.price),)
    kept = [
        v
        for v in fits
        if all(v.options.get(k) == o for k, o in item.options.items() if k not in wanted)
    ]
    ranked = sorted(kept or fits, key=lambda v: _differences(v, item))
    return tuple(ranked)


def _with(wanted: Mapping[str, list[str]], variants: Sequence[Variant]) -> list[Variant]:
    return [
        v for v in variants if all(v.options.get(key) in values for key, values in wanted.items())
    ]


def _readings(wanted: dict[str, list[str]]) -> Iterator[dict[str, list[str]]]:
    """What may be meant where two options share a value ("black", of frame and of lens): both, else
    one of them alone."""
    yield wanted
    shared = [key for key in wanted if any(wanted[key] == wanted[o] for o in wanted if o != key)]
    for key in shared:
        yield {k: values for k, values in wanted.items() if k == key or k not in shared}


def _wanted_part(text: str, answer: bool) -> str:
    """The part of a text that describes the new variant."""
    turned = _INSTEAD_OF.search(text)
    if turned:
        return text[: turned.start()]
    if answer:
        return text
    aside = list(_ASIDE.finditer(text))
    return text[aside[0].end() :] if aside else text


def _differences(variant: Variant, item: Item) -> int:
    return sum(variant.options.get(key) != value for key, value in item.options.items())


_CARD_WORDS = re.compile(r"\b(?:credit |debit |bank )?card\b|信用卡|银行卡|卡", re.IGNORECASE)
_GIFT_CARD = re.compile(r"gift ?cards?|礼品卡", re.IGNORECASE)
_ORIGINAL = re.compile(
    r"\b(?:original|same (?:way|card|method|one|payment)|way i paid|how i paid|used (?:for|to pay)"
    r"|paid with|initial)\b|原路|原来的|付款的那",
    re.IGNORECASE,
)


def named_payment(text: str, customer: Customer, order: Order) -> PaymentMethod | None:
    """The means of payment on file that a text names: by its kind, brand or last digits, or as the
    one the order was paid with; None for none or several."""
    plain, methods = _plain(text), customer.payment_methods
    exact = [m for m in methods if m.id.casefold() == text.strip().casefold()]
    if exact:
        return exact[0]
    scores = {method.id: _payment_score(plain, method) for method in methods}
    best = max(scores.values(), default=0)
    found = [method for method in methods if scores[method.id] == best and best > 0]
    if len(found) != 1 and _ORIGINAL.search(plain):
        found = [method for method in methods if method.id == order.payment_method]
    return found[0] if len(found) == 1 else None


def _payment_score(text: str, method: PaymentMethod) -> int:
    """2 for the kind, 3 for each part of the label: the digits tell one card from another."""
    gift = "gift" in method.kind or "礼品" in method.kind
    names = {_plain(method.kind), "gift card" if gift else "", "礼品卡" if gift else ""} - {""}
    others = text if gift else _GIFT_CARD.sub(" ", text)
    kind = any(_pattern(name).search(others) for name in names)
    if not gift and "card" in method.kind:
        kind = kind or _CARD_WORDS.search(others) is not None
    label = sum(bool(_pattern(part).search(text)) for part in _plain(method.label).split())
    return 2 * kind + 3 * label
