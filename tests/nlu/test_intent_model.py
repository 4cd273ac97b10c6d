"""What is learned about intents, on a few vectors that tell everything."""

from __future__ import annotations

import numpy as np
import pytest
from rasa.shared.nlu.training_data.message import Message

from switchboard.nlu.folds import example_label, split_by_author
from switchboard.nlu.intent_calibration import IntentCalibration
from switchboard.nlu.intent_model import OPEN_EXAMPLES, IntentModel, TextRows
from switchboard.nlu.nearest import NearestExamples

NAMES = ["track_order", "get_refund", OPEN_EXAMPLES]
WORDS = {"track_order": "where parcel", "get_refund": "money back", OPEN_EXAMPLES: "kettle whistle"}


def examples(per_class: int, seed: int = 1):
    """Texts, unit vectors around one direction for each class, and labels."""
    random = np.random.default_rng(seed)
    labels = [name for name in NAMES for _ in range(per_class)]
    centre = np.eye(8)[[NAMES.index(label) for label in labels]]
    vectors = centre + random.normal(0, 0.15, centre.shape)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    texts = [f"{WORDS[label]} {i}" for i, label in enumerate(labels)]
    return texts, vectors.astype(np.float32), labels


@pytest.fixture(scope="module")
def trained():
    texts, vectors, labels = examples(30)
    rows = TextRows.of(texts, vectors)
    authors = [f"author {i % 6}" for i in range(len(labels))]
    folds = split_by_author(labels, authors)
    classes, signs = IntentModel.cross_validate(rows, labels, folds, 1.0)
    calibration = IntentCalibration.fit(
        classes,
        signs,
        np.array(labels, dtype=object),
        np.array(["en"] * len(labels), dtype=object),
        np.ones(len(labels), bool),
        0.05,
        0.02,
    )
    return IntentModel.fit(rows, labels, 1.0), calibration


def test_an_author_is_left_out_whole_and_every_row_is_tested_once():
    authors = ["ann"] * 5 + ["bo"] * 3 + ["cy"] * 4 + ["di"] * 2 + [""] * 8
    folds = split_by_author(["x"] * len(authors), authors)
    tested = sorted(row for _, test in folds for row in test)
    assert tested == list(range(len(authors)))
    for train, test in folds:
        assert not {authors[i] for i in train} & {authors[i] for i in test} - {""}
        assert not set(train) & set(test)


def test_without_authors_the_rows_are_dealt_out():
    folds = split_by_author(["x", "y"] * 10, [""] * 20)
    assert [len(test) for _, test in folds] == [5, 5, 5, 5]


def test_labels_stand_on_an_example_or_its_block():
    block = {"metadata": {"intent": {"author": "ann", "mood": "calm"}}}
    own = {"metadata": {"intent": {"mood": "calm"}, "example": {"mood": "angry"}}}
    assert example_label(Message(data=block), "author") == "ann"
    assert example_label(Message(data=own), "mood") == "angry"
    assert example_label(Message(data={}), "mood") is None


def test_probabilities_are_of_known_intents_and_add_up(trained):
    model, calibration = trained
    texts, vectors, labels = examples(10, seed=2)
    signs = model.read(texts, vectors)
    names, shares = calibration.probabilities(model.classes, signs.margins)
    assert OPEN_EXAMPLES not in names
    assert np.allclose(shares.sum(axis=1), 1.0)
    known = np.array(labels) != OPEN_EXAMPLES
    said = np.array(names)[shares.argmax(axis=1)]
    assert (said[known] == np.array(labels)[known]).all()


def test_open_questions_stay_below_the_bar_that_known_ones_reach(trained):
    model, calibration = trained
    texts, vectors, labels = examples(20, seed=3)
    score = calibration.known(model.classes, model.read(texts, vectors))
    below, known = score < calibration.bars["en"], np.array(labels) != OPEN_EXAMPLES
    assert below[~known].mean() > 0.9
    assert below[known].mean() < 0.2


def test_a_saved_model_says_the_same(trained, tmp_path):
    model, calibration = trained
    model.save(tmp_path)
    texts, vectors, _ = examples(5, seed=4)
    first, again = (m.read(texts, vectors) for m in (model, IntentModel.load(tmp_path)))
    assert np.allclose(first.margins, again.margins)
    assert np.allclose(first.openness, again.openness, atol=1e-2)  # neighbours are kept in 16 bits
    assert IntentCalibration(**calibration.as_dict()) == calibration


def test_a_shop_without_open_examples_has_a_model_too():
    texts, vectors, labels = examples(12)
    some = [i for i, label in enumerate(labels) if label != OPEN_EXAMPLES]
    rows = TextRows.of([texts[i] for i in some], vectors[some])
    chosen = [labels[i] for i in some]
    folds = split_by_author(chosen, [""] * len(chosen))
    classes, signs = IntentModel.cross_validate(rows, chosen, folds, 1.0)
    languages = np.array(["en"] * len(chosen), dtype=object)
    counted = np.ones(len(chosen), bool)
    calibration = IntentCalibration.fit(
        classes, signs, np.array(chosen, dtype=object), languages, counted, 0.05, 0.02
    )
    assert calibration.known(classes, signs).mean() > 0.5


def test_the_nearest_example_is_found_among_known_and_open_ones():
    _, vectors, labels = examples(30)
    nearest = NearestExamples.fit(vectors, np.array(labels) == OPEN_EXAMPLES)
    cosines = nearest.cosines(np.eye(8, dtype=np.float32)[[0, 2]])
    assert cosines[0, 0] > cosines[0, 1]
    assert cosines[1, 1] > cosines[1, 0]
    assert cosines.max() <= 1.0 + 1e-5
