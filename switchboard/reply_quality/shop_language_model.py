"""How usual a reply's wording is for the shop: perplexity by a small model of its own texts.

An n-gram model of characters (Witten and Bell 1991, by nltk): a shop's few thousand sentences teach
it spelling, phrases and names; words would leave most of a customer's unknown. No sentence is
judged by a model that was trained on it: the texts are in parts, and a sentence of the shop is read
by the model that its part was held out from. Low is usual, not right: a false statement in the
shop's own words reads as usual as a true one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from nltk.lm import Vocabulary, WittenBellInterpolated
from nltk.lm.preprocessing import padded_everygram_pipeline

from switchboard.reply_quality.answer_pairs import GivenReply
from switchboard.reply_quality.reply_figures import Matrix, ratio
from switchboard.reply_quality.shop_texts import ShopSentence, fold_of
from switchboard.text.sentences import sentences

ORDER = 5
"""Characters that are read together."""
FOLDS = 4
_SEEN = 2
"""A character seen fewer times counts as unknown, which is how the model learns of unknown ones."""
_UNKNOWN = 5_000
"""Characters among which an unknown one is guessed, so that no gibberish reads as usual."""
_LEAST = 1e-7
_ENOUGH = 50
"""Sentences in a language without which there is no model of it."""
_KEPT = 500_000
_HELD_OUT = 400


class ShopLanguageModel:
    """The models of each language, trained when they are first asked for."""

    def __init__(self, texts: Iterable[ShopSentence]) -> None:
        self._texts: dict[str, list[ShopSentence]] = {}
        self._folds: dict[str, int] = {}
        for said in texts:
            self._texts.setdefault(said.language, []).append(said)
            self._folds[said.text] = fold_of(said.source, FOLDS)
        self._model = lru_cache(maxsize=None)(self._trained)
        self._bits = lru_cache(maxsize=_KEPT)(self._bits_of)

    def reads(self, language: str) -> bool:
        """Whether there are texts enough in a language."""
        return len(self._texts.get(language, ())) >= _ENOUGH

    def bits(self, text: str, language: str) -> tuple[float, int]:
        """How surprising a text is, in bits, and its characters with the ends of sentences."""
        bits, characters = 0.0, 0
        for sentence in sentences(text):
            fold = self._folds.get(sentence, 0)
            told = ["<s>"] * (ORDER - 1) + list(sentence) + ["</s>"]
            for at in range(ORDER - 1, len(told)):
                gram = tuple(told[at - ORDER + 1 : at + 1])
                bits += self._bits(language, fold, gram)
            characters += len(sentence) + 1
        return bits, characters

    def held_out(self, language: str) -> float | None:
        """The perplexity of the shop's own texts, each by a model that did not see it; None where
        there are too few."""
        if not self.reads(language):
            return None
        texts = self._texts[language]
        step = max(1, len(texts) // _HELD_OUT)
        read = [self.bits(said.text, language) for said in texts[::step]]
        bits, characters = (sum(part) for part in zip(*read, strict=True))
        return float(2 ** (bits / max(characters, 1)))

    def _bits_of(self, language: str, fold: int, gram: tuple[str, ...]) -> float:
        model = self._model(language, fold)
        *context, char = gram
        likely = model.score(char, context)
        if model.vocab.lookup(char) == model.vocab.unk_label:
            likely /= _UNKNOWN
        return -math.log2(max(likely, _LEAST))

    def _trained(self, language: str, fold: int) -> WittenBellInterpolated:
        texts = [list(s.text) for s in self._texts[language] if self._folds[s.text] != fold]
        grams, _ = padded_everygram_pipeline(ORDER, texts)
        seen = (char for text in texts for char in ("<s>", *text, "</s>"))
        model = WittenBellInterpolated(ORDER, vocabulary=Vocabulary(seen, unk_cutoff=_SEEN))
        model.fit(grams)
        return model


class PerplexityFigure:
    """Two to the bits of a character; nothing of declined replies and of other languages."""

    name, title, better, most, width = "perplexity", "perplexity of a character", -1, 0.0, 2

    def __init__(self, model: ShopLanguageModel) -> None:
        self._model = model

    def statistics(self, replies: Sequence[GivenReply]) -> Matrix:
        """Bits and characters of each reply."""
        found = np.zeros((len(replies), 2))
        for row, reply in enumerate(replies):
            if reply.text and self._model.reads(reply.pair.language):
                found[row] = self._model.bits(reply.text, reply.pair.language)
        return found

    def total(self, sums: Matrix) -> Matrix:
        """The perplexities."""
        return np.exp2(ratio(sums[:, 0], sums[:, 1]))
