"""Which statements of an article an answer was made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from switchboard.knowledge.articles import Passage
from switchboard.text.language import SPOKEN

MOST = 6


def citing(
    passages: Mapping[str, Iterable[Passage]], hide: Callable[[str], str]
) -> Callable[[str, str, str], tuple[str, ...]]:
    """A finder of statements: (passage's id, language, the redacted answer) to the statements of
    that passage, in any of its forms, that stand in the answer. `passages`: by language."""
    statements: dict[tuple[str, str], list[tuple[str, list[str]]]] = {}
    for language, listed in passages.items():
        for passage in listed:
            # As hidden as the answer is: a phone of the shop is a phone.
            statements[language, passage.id] = [
                (said.text, [hide(said.text), *(hide(text) for _, text in said.forms)])
                for said in passage.statements
            ]

    def cited(passage_id: str, language: str, answer: str) -> tuple[str, ...]:
        spoken = [language, *(code for code in SPOKEN if code != language)]
        for code in spoken:
            found = [
                text
                for text, forms in statements.get((code, passage_id), ())
                if any(form and form in answer for form in forms)
            ]
            if found:
                return tuple(found[:MOST])
        return ()

    return cited
