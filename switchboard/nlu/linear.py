"""The linear classifiers behind intents and moods."""

from __future__ import annotations

from typing import Any

import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

_SEED = 7


def fit_margins(rows: sp.csr_matrix, labels: Any, c: float) -> LinearSVC:
    """A linear support vector machine on sparse rows, one class against the rest.

    `c` is the inverse regularisation. Classes count alike, however many examples they have.
    """
    return LinearSVC(C=c, class_weight="balanced", tol=0.05, random_state=_SEED).fit(rows, labels)


def fit_linear(rows: sp.csr_matrix, labels: Any, c: float) -> LogisticRegression:
    """Logistic regression on sparse rows; `c` is the inverse regularisation.

    liblinear in its dual form: a tenth of lbfgs's time at the same accuracy. It draws lots, hence
    the seed.
    """
    return LogisticRegression(
        C=c,
        solver="liblinear",
        dual=True,
        tol=0.05,
        max_iter=200,
        class_weight="balanced",
        random_state=_SEED,
    ).fit(rows, labels)
