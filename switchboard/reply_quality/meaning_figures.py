"""How near a reply's meaning comes to a reference, by the assistant's own sentence vectors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from switchboard.embedding.encoder import Encoder
from switchboard.reply_quality.answer_pairs import GivenReply
from switchboard.reply_quality.reply_figures import Matrix, MeanFigure


class SimilarityFigure(MeanFigure):
    """The cosine of reply and nearest reference, relative to everyday sentences.

    It knows paraphrases, and next to nothing of numbers and of yes and no.
    """

    def __init__(self, encoder: Encoder) -> None:
        super().__init__("similarity", "similarity")
        self._encoder = encoder

    def statistics(self, replies: Sequence[GivenReply]) -> Matrix:
        """The cosine of each reply beside a 1, of a declined one nought; nothing without a
        reference."""
        found = np.zeros((len(replies), 2))
        texts = {text for r in replies if r.text for text in (r.text, *r.pair.references)}
        listed = sorted(texts)
        vectors = dict(zip(listed, self._encoder.encode(listed), strict=True)) if listed else {}
        for row, reply in enumerate(replies):
            if reply.pair.references:
                found[row, 1] = 1.0
            if reply.pair.references and reply.text:
                own = vectors[reply.text]
                found[row, 0] = max(float(own @ vectors[text]) for text in reply.pair.references)
        return found
