"""Rows of turns for the overview's tests, and an encoder by words instead of a model."""

import numpy as np

from switchboard.text.words import split_words


def turn(conversation_id, at, **more):
    row = {
        "conversation_id": conversation_id,
        "at": at,
        "channel": "rest",
        "route": "known",
        "cause": "intent",
        "reason": "",
        "intent": "check_refund_policy",
        "mood": None,
        "level": "calm",
        "result": "answered",
    }
    return {**row, **more}


def open_turn(conversation_id, at, question, outcome="model", **more):
    row = {
        "conversation_id": conversation_id,
        "at": at,
        "language": "en",
        "question": question,
        "outcome": outcome,
        "reason": "",
        "passage": "",
        "score": 0.0,
        "model": "m",
        "cached": False,
        "prompt_tokens": 100,
        "completion_tokens": 10,
        "money": 0.01,
        "milliseconds": 5.0,
    }
    return {**row, **more}


class ByWords:
    """Texts of the same words have the same vector."""

    size = 64

    def encode(self, texts):
        vectors = np.zeros((len(texts), self.size), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in split_words(text.lower()):
                row[sum(word.text.encode()) % self.size] += 1
            row /= max(np.linalg.norm(row), 1e-9)
        return vectors

    def keep(self):
        pass
