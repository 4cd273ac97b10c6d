"""The heads: their gradients, how much of one message can be in them, and that they learn."""

import numpy as np
import pytest

from switchboard.federated.apart.agreed_terms import Terms
from switchboard.federated.apart.heads import (
    NO_LABEL,
    Table,
    beginning,
    gradient_sum,
    joined,
    predicted,
    shares,
    train_alone,
)

TERMS = Terms(("a", "b", "c", "d"), ("angry", "calm"), 16, messages=50.0)


def table(messages=80, seed=1, labels=4):
    """Messages around a direction for each label, as unit vectors."""
    random = np.random.default_rng(seed)
    intents = random.integers(0, labels, messages).astype(np.int16)
    moods = random.integers(NO_LABEL, 2, messages).astype(np.int16)
    vectors = np.eye(TERMS.size)[intents] + 0.3 * random.normal(size=(messages, TERMS.size))
    vectors[:, 8] += moods
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Table(vectors.astype(np.float32), intents, moods)


def length(update):
    return np.sqrt(sum((part**2).sum() for part in update))


def difference(first, second):
    return [one - other for one, other in zip(first, second, strict=True)]


@pytest.fixture(params=range(5))
def weights(request):
    random = np.random.default_rng(request.param)
    return [random.normal(scale=request.param * 2, size=shape) for shape in TERMS.shapes]


def loss(own, weights):
    total = 0.0
    for head, labels in zip(weights, (own.intents, own.moods), strict=True):
        known = np.flatnonzero(labels != NO_LABEL)
        total -= np.log(
            shares(own.vectors[known], head)[np.arange(len(known)), labels[known]]
        ).sum()
    return total


def test_the_gradient_is_the_loss_s(weights):
    own, found = table(30), gradient_sum(table(30), weights)
    for head in (0, 1):
        moved = [part.copy() for part in weights]
        moved[head][3, 1] += 1e-5
        slope = (loss(own, moved) - loss(own, weights)) / 1e-5
        assert slope == pytest.approx(found[head][3, 1], abs=1e-3)


def test_a_message_less_changes_the_sum_by_the_bound_at_most(weights):
    own = table()
    whole = gradient_sum(own, weights, 1.0)
    for gone in range(len(own.intents)):
        rest = own.chosen(np.delete(np.arange(len(own.intents)), gone))
        assert length(difference(whole, gradient_sum(rest, weights, 1.0))) <= 1.0 + 1e-9


def test_another_message_in_its_place_changes_it_by_twice_the_bound_at_most(weights):
    own, others = table(), table(seed=2)
    whole, changes = gradient_sum(own, weights, 1.0), []
    for at in range(len(own.intents)):
        other = joined([own.chosen(np.delete(np.arange(80), at)), others.chosen(np.array([at]))])
        changes.append(length(difference(whole, gradient_sum(other, weights, 1.0))))
    assert max(changes) <= 2.0 + 1e-9
    assert max(changes) > 0.1


def test_without_a_bound_one_message_can_weigh_more():
    """So the bound is what holds, and not the vectors' length alone."""
    own = table(1)
    wrong = [np.full(shape, 0.0) for shape in TERMS.shapes]
    wrong[0][:, (own.intents[0] + 1) % 4] = 50.0 * own.vectors[0]
    assert length(gradient_sum(own, wrong)) > 1.2
    assert length(gradient_sum(own, wrong, 1.0)) == pytest.approx(1.0)


def test_a_message_without_a_mood_teaches_none():
    own = table()
    silent = Table(own.vectors, own.intents, np.full_like(own.moods, NO_LABEL))
    intents, moods = gradient_sum(silent, beginning(TERMS))
    assert not moods.any()
    assert intents.any()


def test_they_learn():
    weights = train_alone(table(400), TERMS, 100)
    test = table(200, seed=9)
    right = predicted(test.vectors, weights)
    assert (right[:, 0] == test.intents).mean() > 0.8
    known = test.moods != NO_LABEL
    assert (right[known, 1] == test.moods[known]).mean() > 0.8


def test_a_table_comes_back_as_it_was_and_pickles_are_refused(tmp_path):
    own = table()
    own.save(tmp_path / "t.npz")
    assert np.array_equal(Table.read(tmp_path / "t.npz").vectors, own.vectors)
    np.savez(tmp_path / "p.npz", vectors=np.array([{}], dtype=object), intents=0, moods=0)
    with pytest.raises(ValueError, match="pickle"):
        Table.read(tmp_path / "p.npz")


def test_terms_come_back_as_they_were(tmp_path):
    TERMS.write(tmp_path / "terms.json")
    assert Terms.read(tmp_path / "terms.json") == TERMS
