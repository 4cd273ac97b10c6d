"""How much of a reference a reply has in common with it: BLEU, chrF, ROUGE and METEOR.

They are what the literature compares by, and blind to what matters most in a shop: "30 days" and
"14 days" differ by one word. A declined reply that has references counts as an empty one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from nltk.stem.porter import PorterStemmer
from nltk.translate.meteor_score import meteor_score
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from switchboard.reply_quality.answer_pairs import GivenReply
from switchboard.reply_quality.reply_figures import Matrix, MeanFigure
from switchboard.text.language import CHINESE
from switchboard.text.words import split_words

ORDERS = 4
_BY_CHARACTER = ("ja", "ko", "th")


class BleuFigure:
    """Corpus BLEU (Papineni and others 2002) as sacrebleu has it: for Chinese with its tokenizer
    `zh`, for what is written without spaces else with `char`, for the rest with `13a`."""

    name, title, better, most = "bleu", "BLEU", 1, 100.0
    width = 2 * ORDERS + 2

    def __init__(self) -> None:
        self._of = {
            name: BLEU(tokenize=name, effective_order=True) for name in ("13a", "zh", "char")
        }

    def statistics(self, replies: Sequence[GivenReply]) -> Matrix:
        """Matches by order, n-grams by order, and the lengths of reply and reference in words."""
        found = np.zeros((len(replies), self.width))
        for row, reply in enumerate(replies):
            if reply.pair.references:
                bleu = self._of[_tokenizer(reply.pair.language)]
                score = bleu.sentence_score(reply.text, list(reply.pair.references))
                found[row] = *score.counts, *score.totals, score.sys_len, score.ref_len
        return found

    def total(self, sums: Matrix) -> Matrix:
        """BLEU with sacrebleu's usual smoothing; NaN without a reference."""
        return np.array([_bleu(row) for row in np.rint(sums).astype(int).tolist()])


def _bleu(row: Sequence[int]) -> float:
    if not row[-1]:
        return float("nan")
    counts, totals = list(row[:ORDERS]), list(row[ORDERS : 2 * ORDERS])
    return float(BLEU.compute_bleu(counts, totals, row[-2], row[-1], smooth_method="exp").score)


def _tokenizer(language: str) -> str:
    if language == CHINESE:
        return "zh"
    return "char" if language in _BY_CHARACTER else "13a"


class ChrfFigure:
    """Corpus chrF2 (Popović 2015) as sacrebleu has it."""

    name, title, better, most = "chrf", "chrF", 1, 100.0

    def __init__(self) -> None:
        self._chrf = CHRF()
        self.width = 3 * self._chrf.char_order

    def statistics(self, replies: Sequence[GivenReply]) -> Matrix:
        """Character n-grams of reply and reference, and those in both, by order."""
        found = np.zeros((len(replies), self.width))
        for row, reply in enumerate(replies):
            if reply.pair.references:
                # sacrebleu tells the counts behind a score by no public name.
                told = self._chrf._extract_corpus_statistics(
                    [reply.text], [[text] for text in reply.pair.references]
                )
                found[row] = told[0]
        return found

    def total(self, sums: Matrix) -> Matrix:
        """chrF, macro-averaged over the orders that reply and reference both have."""
        replied, wanted, both = (sums[:, at::3] for at in range(3))
        counted = (replied > 0) & (wanted > 0)
        orders = counted.sum(axis=1)
        means = [
            np.divide(both, whole, out=np.zeros_like(both, dtype=float), where=counted).sum(axis=1)
            / np.maximum(orders, 1)
            for whole in (replied, wanted)
        ]
        precision, recall = means
        beta = self._chrf.beta**2
        below = beta * precision + recall
        score = np.divide(
            100 * (1 + beta) * precision * recall,
            below,
            out=np.zeros(len(sums)),
            where=below > 0,
        )
        return np.where(wanted.sum(axis=1) > 0, score, np.nan)


class RougeFigure(MeanFigure):
    """ROUGE (Lin 2004), F1 against the reference that fits best, as Google's `rouge_score` has it.

    Its own tokenizer keeps ASCII alone, so the words are those of the assistant: jieba's in
    Chinese, stemmed in English.
    """

    def __init__(self, kind: str) -> None:
        super().__init__(kind.lower(), kind.upper().replace("ROUGE", "ROUGE-"))
        self._kind = kind
        self._scorer = RougeScorer([kind], tokenizer=_Words())

    def value(self, reply: GivenReply) -> float | None:
        """The F1 of a reply."""
        if not reply.pair.references:
            return None
        found = self._scorer.score_multi(list(reply.pair.references), reply.text)
        return float(found[self._kind].fmeasure)


class MeteorFigure(MeanFigure):
    """METEOR (Lavie and Agarwal 2007) of exact and stemmed words, as nltk has it.

    Its third step, synonyms, needs WordNet, which is 30 MB of download and English alone: it is
    left out, and a paraphrase gets less than in papers. For Chinese, words are jieba's and only
    exact ones match.
    """

    def __init__(self) -> None:
        super().__init__("meteor", "METEOR without synonyms")
        self._stemmer, self._synonyms = PorterStemmer(), _NoSynonyms()

    def value(self, reply: GivenReply) -> float | None:
        """METEOR against the reference that fits best."""
        if not reply.pair.references:
            return None
        return float(
            meteor_score(
                [reply_words(text) for text in reply.pair.references],
                reply_words(reply.text),
                stemmer=self._stemmer,
                wordnet=self._synonyms,
            )
        )


class _NoSynonyms:
    """Stands where nltk expects WordNet."""

    def synsets(self, _word: str) -> list[object]:
        return []


class _Words:
    """A tokenizer as `rouge_score` wants one."""

    def __init__(self) -> None:
        self._stemmer = PorterStemmer()

    def tokenize(self, text: str) -> list[str]:
        return [self._stemmer.stem(word) if len(word) > 3 else word for word in reply_words(text)]


def reply_words(text: str) -> list[str]:
    """The words of a text in lower case, without punctuation."""
    return [word.text.lower() for word in split_words(text)]
