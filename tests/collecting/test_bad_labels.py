"""Labels that are wrong are found among the shop's own examples, a twentieth of them falsified."""

import random

import pytest

pytest.importorskip("sklearn")

from benchmarks.nlu_data import read_nlu
from switchboard.collecting.bad_labels import find_bad_labels

INTENTS = ("track_order", "get_refund", "create_account", "get_invoice", "delivery_options")


def test_most_of_what_is_wrong_is_found_worst_first():
    chance = random.Random(5)
    examples = [e for e in read_nlu() if e.intent in INTENTS and not e.author]
    chance.shuffle(examples)
    examples = examples[:600]
    labels = [e.intent for e in examples]
    wrong = set(chance.sample(range(len(labels)), 30))
    for place in wrong:
        labels[place] = chance.choice([i for i in INTENTS if i != labels[place]])
    found = find_bad_labels([e.text for e in examples], labels)
    hits = [suspect.place in wrong for suspect in found]
    assert sum(hits) >= 20
    assert sum(hits) / len(hits) >= 0.35, "of so few examples; the figures of all are in the docs"
    assert sum(hits[:15]) > 7, "worst first: by chance it would be one"
    right = [s for s, hit in zip(found, hits, strict=True) if hit]
    likely = [s.likely == examples[s.place].intent for s in right]
    assert sum(likely) / len(likely) >= 0.8


def test_a_label_with_few_examples_is_not_judged():
    assert find_bad_labels(["a b c"] * 5 + ["d e f"] * 5, ["one"] * 5 + ["two"] * 5) == []
