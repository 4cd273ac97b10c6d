"""Proposes articles and canned texts from the chats of another system.

An article answers what many customers asked, in the words of the answer that is most like all the
others given to it; a canned text is what the shop's people wrote often in the same words. Both are
redacted, and drafts: nobody has checked that they are still true.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from switchboard.answering.gaps import group_alike
from switchboard.collecting.chat_pairs import AskedOften, answers_to, most_asked, said_often
from switchboard.collecting.hiding import Hider
from switchboard.collecting.work_file import WorkFile
from switchboard.knowledge.importing import ArticleDraft
from switchboard.text.language import CHINESE, ENGLISH, SPOKEN, has_han, read_language
from switchboard.text.normal import plain_text

QUESTIONS, ANSWERS, CANNED = 3000, 30, 100
"""At most: questions that are compared, answers of each group, canned texts."""
AGREED = 0.85
"""Mean cosine of the answers to the one that stands for them; below, they contradict each other or
belong to one customer's case."""
BOTH = 0.9
"""Cosine from which an English and a Chinese text say the same."""
_LISTED = 8
_TITLE = 120


class Sentences(Protocol):
    """Makes unit vectors of texts, of one space for all languages."""

    def encode(self, texts: Sequence[str]) -> NDArray[Any]:
        """One row a text."""


@dataclass(frozen=True)
class ProposedArticle:
    """A draft; how often it was asked, how far the answers agree (mean cosine), and the article
    that answers it already, or nothing."""

    draft: ArticleDraft
    times: int
    agreement: float
    covered_by: str = ""


@dataclass(frozen=True)
class ProposedCanned:
    """A canned text, in one language or both."""

    english: str
    chinese: str
    times: int


def propose_articles(
    work: WorkFile,
    encoder: Sentences,
    hider: Hider,
    covered: Callable[[str, str], str],
    least: int,
    tell: Callable[[str], None] = lambda _line: None,
) -> list[ProposedArticle]:
    """Articles for what at least so many customers asked, most asked first. `covered`: the name of
    the article that answers (question, language), or nothing."""
    asked = most_asked(work, QUESTIONS)
    if not asked:
        return []
    tell(f"{len(asked)} different questions are compared")
    shown = [hider.hide(one.question) for one in asked]
    vectors = encoder.encode([plain_text(text) for text in shown])
    found = []
    for group in group_alike(vectors):
        times = sum(asked[place].times for place in group)
        if times >= least:
            found.append(_article(work, group, asked, shown, vectors, times, encoder, hider))
    for at, proposed in enumerate(found):
        name = covered(proposed.draft.title, proposed.draft.language)
        found[at] = ProposedArticle(proposed.draft, proposed.times, proposed.agreement, name)
    return sorted(found, key=lambda proposed: -proposed.times)


def _article(
    work: WorkFile,
    group: list[int],
    asked: list[AskedOften],
    shown: list[str],
    vectors: NDArray[Any],
    times: int,
    encoder: Sentences,
    hider: Hider,
) -> ProposedArticle:
    fewest = min(shown[place].count("[") for place in group)
    plain = [place for place in group if shown[place].count("[") == fewest]
    title = shown[plain[_middle(vectors[plain])[0]]][:_TITLE]
    answers = answers_to(work, [asked[place].key for place in group], ANSWERS)
    hidden = [hider.hide(answer) for answer in answers]
    best, agreement = _middle(encoder.encode([plain_text(answer) for answer in hidden]))
    language = read_language(title) or ENGLISH
    draft = ArticleDraft(
        title,
        hidden[best],
        language if language in SPOKEN else ENGLISH,
        tuple(dict.fromkeys(shown[place][:_TITLE] for place in plain[:_LISTED])),
    )
    return ProposedArticle(draft, times, agreement)


def _middle(vectors: NDArray[Any]) -> tuple[int, float]:
    """The place of the row that is most like all, and its mean cosine with the others."""
    alike = vectors @ vectors.T
    best = int(alike.mean(axis=1).argmax())
    others = np.delete(alike[best], best)
    return best, float(others.mean()) if len(others) else 1.0


def propose_canned(
    work: WorkFile, encoder: Sentences, hider: Hider, least: int
) -> list[ProposedCanned]:
    """Texts said in at least so many conversations; what says the same in the other language goes
    with it."""
    often = [(hider.hide(text), times) for text, times in said_often(work, least, CANNED)]
    if not often:
        return []
    vectors = encoder.encode([plain_text(text) for text, _ in often])
    found: list[ProposedCanned] = []
    taken: set[int] = set()
    for place, (text, times) in enumerate(often):
        if place in taken:
            continue
        mate = _mate(place, often, vectors, taken)
        taken.add(place)
        forms = {_spoken(text): text}
        if mate is not None:
            taken.add(mate)
            forms[_spoken(often[mate][0])] = often[mate][0]
            times += often[mate][1]
        found.append(ProposedCanned(forms.get(ENGLISH, ""), forms.get(CHINESE, ""), times))
    return found


def _spoken(text: str) -> str:
    return CHINESE if has_han(text) else ENGLISH


def _mate(
    place: int, often: list[tuple[str, int]], vectors: NDArray[Any], taken: set[int]
) -> int | None:
    mine = _spoken(often[place][0])
    others = [
        other
        for other in range(len(often))
        if other not in taken and other != place and _spoken(often[other][0]) != mine
    ]
    best = max(others, key=lambda other: float(vectors[place] @ vectors[other]), default=None)
    if best is None or float(vectors[place] @ vectors[best]) < BOTH:
        return None
    return best
