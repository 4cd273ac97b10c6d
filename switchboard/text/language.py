"""The language of one message: by script where that tells it, else by lingua's n-grams.

Lingua (Stahl) takes short English for Danish or Polish, so a message counts as another Latin-script
language only when lingua is sure, three words long at least, and free of English function words.
"""

from __future__ import annotations

import re
from functools import lru_cache

from lingua import Language, LanguageDetector, LanguageDetectorBuilder

from switchboard.text.patterns import EMAIL, LINK

ENGLISH, CHINESE = "en", "zh"
SPOKEN = (ENGLISH, CHINESE)
"""What the assistant's own texts are written in."""
MAX_CHARACTERS = 500
_SURE = 0.8
_NOT_ENGLISH = 0.05
_OTHERS = (
    "GERMAN FRENCH SPANISH ITALIAN PORTUGUESE DUTCH POLISH SWEDISH TURKISH DANISH CZECH ROMANIAN "
    "HUNGARIAN FINNISH VIETNAMESE INDONESIAN"
).split()
HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAN = re.compile(f"[{HAN}]")
_SCRIPTS = {  # the language that most people write in a script, for scripts that tell enough
    "ja": re.compile("[\u3040-\u30ff]"),
    "ko": re.compile("[\uac00-\ud7af\u1100-\u11ff]"),
    "ru": re.compile("[\u0400-\u04ff]"),
    "ar": re.compile("[\u0600-\u06ff\u0750-\u077f]"),
    "he": re.compile("[\u0590-\u05ff]"),
    "el": re.compile("[\u0370-\u03ff]"),
    "hi": re.compile("[\u0900-\u097f]"),
    "th": re.compile("[\u0e00-\u0e7f]"),
}
_NAMED = re.compile(rf"{LINK}|{EMAIL}|[@#]\w+|(?<!\w)\w{{0,40}}\d\w*", re.ASCII)
_WORD = re.compile(r"[^\W\d_]{2,}")
_ENGLISH_WORDS = frozenset(
    """a am an and any are as at be been but by can cancel could did do does don't for from get got
    have help hi how i i'm in is it my no not of on or order our please pls refund return so that
    the them there they this thx to track want was we what when where which who why will with would
    you your""".split()
)

_SHARED_WORDS = frozenset(
    """a am an any as be do have i in is me my no not of on or our so the was we what when will with
    order""".split()
) - {"my", "not", "our", "the", "what", "when", "with", "order", "any", "have"}
"""English words that other languages have too."""
_FOREIGN_WORDS = frozenset(
    """ich ist wann wo mein meine meinen paket bestellung nicht kommt bitte und das der die kein
    keine habe haben wie geld mi pedido ha hablo habla quiero dónde donde está esta mis el la los
    las una un que por para inglés español gracias hola devolver je mon ma est où commande bonjour
    merci pas les le sur une il mio ordine dove non sono grazie vorrei meu minha não onde está
    encomenda obrigado waar mijn bestelling pakket niet een het ik kan graag dank gdzie jest moje
    zamówienie nie proszę hvor er min var nerede siparişim""".split()
)
_GRAMMAR = frozenset("是的了吗呢我你在不没哪怎么有这那要吧")
_STREET = re.compile(
    r"""\b\d{1,5}[A-Za-z]?,?\ (?:[A-Z][\w'.-]{0,30}\ ){1,4}
        (?i:street|st|road|rd|lane|ln|avenue|ave|drive|dr|way|square|court|close|place|terrace|
        quay|park|row|grove|gardens|crescent|boulevard|blvd)\b
    | (?i:\b\w{0,30}(?:stra(?:ß|ss)e|weg|platz|gasse|allee)\b|\b(?:rue|calle|via|avenida|rua)\ \w)
    | \b(?:[A-Z]{1,2}\d{1,2}[A-Z]?\ ?\d[A-Z]{2}|[A-Z]\d{2}\ ?[A-Z0-9]{4})\b
    """,
    re.VERBOSE,
)
"""A street with its number, or a postcode: its words are names and no language."""


@lru_cache(maxsize=1)
def _detector() -> LanguageDetector:
    languages = [getattr(Language, name) for name in ("ENGLISH", *_OTHERS)]
    builder = LanguageDetectorBuilder.from_languages(*languages)
    return builder.with_low_accuracy_mode().with_preloaded_language_models().build()


def read_language(text: str) -> str | None:
    """An ISO 639-1 code; None when the message does not tell, as `4711`, `ok` or an address.

    A mixture of Chinese and English counts as Chinese if it has at least as many Chinese
    characters as Latin words, or Chinese grammar around a few Latin ones. An address tells nothing.
    """
    text = text[:MAX_CHARACTERS]
    address = _STREET.search(text) is not None
    text = _NAMED.sub(" ", text)
    letters = [char for char in text if char.isalpha()]
    if not letters:
        return None
    for code, script in _SCRIPTS.items():
        if sum(1 for char in letters if script.match(char)) * 4 >= len(letters):
            return code
    han = len(_HAN.findall(text))
    words = [word.lower() for word in _WORD.findall(_HAN.sub(" ", text))]
    if han:
        grammar = any(char in _GRAMMAR for char in text) and len(words) <= 3 * han
        return CHINESE if han >= len(words) or grammar else ENGLISH
    return _latin(text, words, address)


def _latin(text: str, words: list[str], address: bool) -> str | None:
    telling = set(re.findall(r"[a-z']+", text.lower())) & _ENGLISH_WORDS
    foreign = _FOREIGN_WORDS.intersection(words)
    if telling - _SHARED_WORDS or (telling and not foreign):
        return ENGLISH
    if address:
        return None
    if len(words) < (3 if foreign else 4):
        return None
    values = _detector().compute_language_confidence_values(text)
    english = next(v.value for v in values if v.language == Language.ENGLISH)
    best = values[0]
    sure = best.value >= _SURE and english <= _NOT_ENGLISH
    if best.language != Language.ENGLISH and (sure or len(foreign) > 1):
        return str(best.language.iso_code_639_1.name).lower()
    return ENGLISH


def has_han(text: str) -> bool:
    """Whether there is any Chinese character in a text."""
    return _HAN.search(text) is not None


def language_of(text: str) -> str:
    """`zh` for a text with any Chinese in it, else `en`: whose examples it is like."""
    return CHINESE if has_han(text) else ENGLISH


def prepare() -> None:
    """Load the models now, so that no customer waits for them."""
    _detector()
