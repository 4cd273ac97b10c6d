"""Fits how sure a search is, on the shop's own question sets.

`data/questions/answerable.yml` has questions by the passage that answers them, and
`unanswerable.yml` those that none does. None of them is a key of a passage: else the weights would
learn that every question is among the keys.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import yaml
from sklearn.linear_model import LogisticRegression

from switchboard.errors import ConfigurationError
from switchboard.knowledge.certainty import CertaintyWeights, read_unanswerable
from switchboard.knowledge.library import LiveLibrary
from switchboard.text.bounded_yaml import read_yaml
from switchboard.text.language import SPOKEN, language_of

FEWEST = 40
"""Questions of each sort; with fewer, the weights that come with the program hold."""
ANSWERED_WRONGLY = 0.08
"""The share of the unanswerable questions that may be answered."""
_HITS = 2
_Row = tuple[tuple[float, ...], bool]


def fit_certainty(library: LiveLibrary, folder: Path) -> CertaintyWeights | None:
    """The weights; None if the shop has listed too few questions.

    Raises:
        ConfigurationError: a file of questions cannot be used.
    """
    answerable, unanswerable = list(read_answerable(folder)), read_unanswerable(folder)
    if min(len(answerable), len(unanswerable)) < FEWEST:
        return None
    rows: list[_Row] = []
    for question, passage, language in answerable:
        rows += _rows(library, question, language, passage)
    without = [_rows(library, question, language_of(question), "") for question in unanswerable]
    rows += [row for found in without for row in found]
    values = np.array([features for features, _ in rows])
    labels = np.array([right for _, right in rows])
    spread = values.std(axis=0) + 1e-9
    fitted = LogisticRegression(class_weight="balanced", max_iter=1000).fit(values / spread, labels)
    weights = tuple(float(weight) for weight in fitted.coef_[0] / spread)
    sums = [max(float(np.dot(weights, values)) for values, _ in found) for found in without]
    # So many of the unanswerable questions are as sure as ENOUGH.
    constant = -float(np.quantile(sums, 1 - ANSWERED_WRONGLY))
    return CertaintyWeights(weights, constant)


def read_answerable(folder: Path) -> Iterator[tuple[str, str, str]]:
    """(question, id of the passage, language) of the answerable questions.

    Raises:
        ConfigurationError: the file is not lists of questions by language and passage.
    """
    path = folder / "answerable.yml"
    if not path.exists():
        return
    try:
        raw = read_yaml(path.read_text(encoding="utf-8"))
        for passage, asked in raw.items():
            for language in SPOKEN:
                for question in asked.get(language) or ():
                    yield str(question), str(passage), language
    except (OSError, yaml.YAMLError, AttributeError, TypeError) as error:
        raise ConfigurationError(f"cannot read {path}: {type(error).__name__}") from error


def _rows(library: LiveLibrary, question: str, language: str, right: str) -> list[_Row]:
    """The features of the best hits, and whether each is the right passage."""
    index = library.index(language)
    if index is None:
        return []
    hits = index.search(question, _HITS + 1)
    features = library.certainty.features(question, hits, index.rarity, itself=False)
    pairs = zip(features[:_HITS], hits[:_HITS], strict=False)
    return [(values, hit.passage.id == right) for values, hit in pairs]
