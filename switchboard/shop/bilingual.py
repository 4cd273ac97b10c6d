"""The shop's texts in two languages: the language of an answer, and the text in it.

Two formats are read, and only here: `{en: …, zh: …}` in the shop's own files; Rasa's variants in
responses and replies, of which the Chinese one has a condition on the slot `language`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from switchboard.text.language import CHINESE, ENGLISH, SPOKEN

Form = TypeVar("Form")


def spoken(language: object) -> str:
    """The language in which a conversation is answered: Chinese for a Chinese one, else English."""
    return CHINESE if language == CHINESE else ENGLISH


def form_in(forms: Mapping[str, Form], language: object) -> Form:
    """The form in the language of the answer, else the English one.

    Raises:
        KeyError: there is no English form.
    """
    code = spoken(language)
    return forms[code] if code in forms else forms[ENGLISH]


def read_forms(raw: Mapping[Any, Any]) -> dict[str, str]:
    """The forms of a text that needs one in each language.

    Raises:
        KeyError: one is missing.
    """
    return {code: str(raw[code]) for code in SPOKEN}


def variant_in(variants: Sequence[Mapping[str, Any]], language: object) -> Mapping[str, Any]:
    """The first of Rasa's variants for the language of the answer."""
    chinese = spoken(language) == CHINESE
    return next(variant for variant in variants if ("condition" in variant) is chinese)
