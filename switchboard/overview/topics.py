"""Topics: open questions of one meaning, found by the density of their sentence vectors."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from switchboard.knowledge.terms import whole_words

DIMENSIONS = 15
"""Density means little in hundreds of dimensions; these keep what questions differ by most."""
FEW = 5
"""Wordings from which questions are a topic; also how often one wording alone has to come."""
WORDS = 4
MOST_WORDS = 255


@dataclass(frozen=True)
class Topic:
    """A topic: its members by number, the one nearest the middle first, and its telling words."""

    members: tuple[int, ...]
    words: tuple[str, ...]


def find_topics(
    questions: Sequence[str], vectors: NDArray[Any], times: Sequence[int]
) -> list[Topic]:
    """The topics of different questions, each asked so many times; most frequent first.

    What is like nothing else belongs to none, unless it is asked often in the same words.
    """
    labels = _labels(vectors)
    members: dict[int, list[int]] = {}
    for number, label in enumerate(labels):
        if label >= 0:
            members.setdefault(int(label), []).append(number)
        elif times[number] >= FEW:
            members[-1 - number] = [number]
    ordered = [_from_middle(group, vectors, times) for group in members.values()]
    told = _telling_words([[questions[number] for number in group] for group in ordered])
    topics = [Topic(group, words) for group, words in zip(ordered, told, strict=True)]
    return sorted(topics, key=lambda topic: -sum(times[number] for number in topic.members))


def _labels(vectors: NDArray[Any]) -> Sequence[int]:
    if len(vectors) < 2 * FEW:
        return [-1] * len(vectors)
    import hdbscan  # slow to import, and needed once an hour
    from sklearn.decomposition import PCA

    most = min(DIMENSIONS, *vectors.shape)
    reduced = PCA(most, random_state=0).fit_transform(vectors)
    found = hdbscan.HDBSCAN(
        min_cluster_size=FEW, min_samples=1, cluster_selection_method="leaf", core_dist_n_jobs=1
    ).fit(reduced)
    return [int(label) for label in found.labels_]


def _from_middle(
    group: Sequence[int], vectors: NDArray[Any], times: Sequence[int]
) -> tuple[int, ...]:
    """The members by how near they are to the middle, in which each counts as often as it came."""
    rows = vectors[list(group)]
    middle = np.average(rows, axis=0, weights=[times[number] for number in group])
    return tuple(group[int(at)] for at in np.argsort(-(rows @ middle), kind="stable"))


def _telling_words(topics: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """The words of each topic that are frequent in it and seldom in the others (class-based
    tf-idf)."""
    counts = [
        Counter(word for text in texts for word in set(whole_words(text)) if _tells(word))
        for texts in topics
    ]
    everywhere: Counter[str] = Counter()
    for count in counts:
        everywhere.update(count)
    mean = sum(everywhere.values()) / max(1, len(counts))
    told = []
    for count in counts:
        weights = {w: n * math.log(1 + mean / everywhere[w]) for w, n in count.items()}
        told.append(tuple(sorted(weights, key=lambda w: (-weights[w], w))[:WORDS]))
    return told


def _tells(word: str) -> bool:
    return len(word) > 1 and not word[0].isdigit() and word[0].isalpha()


def is_rising(now: int, before: int, all_now: int, all_before: int) -> bool:
    """Whether a topic grew by more than chance explains.

    Expected is its share of the questions before; asked `FEW` times at least, it has to exceed that
    by 2.6 standard deviations of a count (one in two hundred by chance).
    """
    if now < FEW or not all_before:
        return False
    expected = before * all_now / all_before
    return (now - expected) / math.sqrt(now + expected) >= 2.6
