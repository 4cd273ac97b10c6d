"""Finds labels that are likely wrong, by confident learning (Northcutt, Jiang, Chuang 2021).

Each text is classified by a model that was fitted without it; of the labels that the model is sure
against, cleanlab says how many are wrong and which. A label that is found is looked at by a person,
never changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from switchboard.errors import ConfigurationError
from switchboard.text.normal import normal_text
from switchboard.text.words import split_words

FOLDS = 5
LEAST = 10
"""Examples of a label; a rarer one is not judged."""
AGAINST = 40.0
"""How many times likelier than the label that stands another one has to be. Without this bound,
cleanlab finds two thousand among twelve thousand examples as hard as a shop's, of which one in five
is wrong."""
MOST = 60_000
"""Texts that are judged at once: about 600 MB."""


@dataclass(frozen=True)
class Suspect:
    """A label that is likely wrong. `place`: of the text; `sure`: the model's probability of the
    label that stands, the lower the more suspect."""

    place: int
    label: str
    likely: str
    sure: float


def find_bad_labels(
    texts: Sequence[str],
    labels: Sequence[str],
    tell: Callable[[str], None] = lambda _line: None,
) -> list[Suspect]:
    """The suspects, worst first.

    Raises:
        ConfigurationError: what does it is not installed, or there are too many texts.
    """
    if len(texts) > MOST:
        raise ConfigurationError(f"labels are checked for up to {MOST} texts at once")
    counts = Counter(labels)
    judged = [place for place, label in enumerate(labels) if counts[label] >= LEAST]
    names = sorted({labels[place] for place in judged})
    if len(names) < 2:
        return []
    given = np.array([names.index(labels[place]) for place in judged])
    chances = out_of_sample(
        [texts[place] for place in judged],
        given,
        tell,
    )
    issues = _issues(given, chances)
    return [
        Suspect(
            judged[at], names[given[at]], names[chances[at].argmax()], float(chances[at, given[at]])
        )
        for at in issues
        if chances[at, given[at]] * AGAINST < chances[at].max()
    ]


def out_of_sample(
    texts: Sequence[str],
    given: NDArray[Any],
    tell: Callable[[str], None] = lambda _line: None,
) -> NDArray[Any]:
    """The probabilities of each label for each text, by models that did not see it."""
    try:
        from sklearn.linear_model import SGDClassifier
    except ImportError:
        raise ConfigurationError("labels are checked with scikit-learn: install it") from None
    features = _features(texts)
    chances = np.zeros((len(texts), int(given.max()) + 1))
    for number, (fitted, held) in enumerate(_folds(given), start=1):
        model = SGDClassifier(loss="log_loss", alpha=2e-5, max_iter=6, tol=None, random_state=1)
        model.fit(features[fitted], given[fitted])
        chances[np.ix_(held, model.classes_)] = model.predict_proba(features[held])
        tell(f"labels: part {number} of {FOLDS} of {len(texts)} texts")
    chances += 1e-9
    return np.asarray(chances / chances.sum(axis=1, keepdims=True))


def _features(texts: Sequence[str]) -> Any:
    """Words, pairs of them and pieces of words: no vectors, which take minutes for so many."""
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfVectorizer

    plain = [normal_text(text) for text in texts]
    words = TfidfVectorizer(
        analyzer=_word_pairs, sublinear_tf=True, min_df=2, dtype=np.float32
    ).fit_transform(plain)
    pieces = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, min_df=3, dtype=np.float32
    ).fit_transform(plain)
    return hstack([words, pieces]).tocsr()


def _word_pairs(text: str) -> list[str]:
    words = [word.text for word in split_words(text)]
    return words + [f"{one} {other}" for one, other in pairwise(words)]


def _folds(given: NDArray[Any]) -> Iterator[tuple[Any, Any]]:
    from sklearn.model_selection import StratifiedKFold

    yield from StratifiedKFold(n_splits=FOLDS, shuffle=True, random_state=1).split(given, given)


def _issues(given: NDArray[Any], chances: NDArray[Any]) -> list[int]:
    try:
        from cleanlab.filter import find_label_issues
    except ImportError:
        raise ConfigurationError(
            "labels are checked with cleanlab: install switchboard[learn]"
        ) from None
    found = find_label_issues(
        given,
        chances,
        filter_by="both",
        return_indices_ranked_by="self_confidence",
        n_jobs=1,
    )
    return [int(at) for at in found]
