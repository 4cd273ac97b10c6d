"""Which messages tell one wish: with the real sentence model, on examples of a small shop."""

import numpy as np
import pytest
import yaml

from benchmarks.rephrasing import ranked, read_pairs, shared_words
from switchboard.embedding.encoder import Encoder
from switchboard.overview.wish_space import SAME_WISH, open_wish_space
from switchboard.project import PROJECT, VAR

EXAMPLES = {
    "return_item": [
        "I want to send it back",
        "return the lamp",
        "can I give the mug back",
        "我要退货",
    ],
    "track_order": ["where is my parcel", "my order has not come", "track the mug", "快递到哪了"],
    "get_invoice": ["I need an invoice", "send me the bill", "an invoice for the lamp", "开发票"],
    "greet": ["hello", "hi there"],
}


@pytest.fixture(scope="module")
def encoder():
    return Encoder(cache=VAR / "embedding")


def written(folder, examples):
    blocks = [
        {"intent": intent, "examples": "".join(f"- {text}\n" for text in texts)}
        for intent, texts in examples.items()
    ]
    folder.mkdir(exist_ok=True)
    (folder / "all.yml").write_text(yaml.safe_dump({"version": "3.1", "nlu": blocks}))
    return folder


@pytest.fixture
def kept(encoder, tmp_path, monkeypatch):
    monkeypatch.setattr(encoder, "_cache", tmp_path / "cache")
    return tmp_path / "cache"


def test_a_wish_is_nearer_to_itself_than_to_another_about_the_same_thing(encoder, tmp_path, kept):
    space = open_wish_space(written(tmp_path / "nlu", EXAMPLES), encoder)
    same = space.likeness("I'd like to give the lamp back", "how do I return something")
    assert same > space.likeness("I'd like to give the lamp back", "an invoice for the lamp please")
    assert space.likeness("return 4711", "return 4712") == pytest.approx(1.0, abs=1e-5)


def test_it_is_made_once_for_each_state_of_the_examples(encoder, tmp_path, kept):
    folder = written(tmp_path / "nlu", EXAMPLES)
    first = open_wish_space(folder, encoder)
    assert len(list(kept.glob("wishes-*.npz"))) == 1
    assert not list(kept.glob("*.part"))
    again = open_wish_space(folder, encoder)
    assert np.array_equal(first.vector("give it back"), again.vector("give it back"))
    written(folder, {**EXAMPLES, "cancel_order": ["cancel it", "stop my order"]})
    open_wish_space(folder, encoder)
    assert len(list(kept.glob("wishes-*.npz"))) == 2


def test_a_damaged_file_is_made_anew(encoder, tmp_path, kept):
    folder = written(tmp_path / "nlu", EXAMPLES)
    open_wish_space(folder, encoder)
    (file,) = kept.glob("wishes-*.npz")
    file.write_bytes(file.read_bytes()[:100])
    assert open_wish_space(folder, encoder) is not None
    assert len(file.read_bytes()) > 100


def test_too_few_intents_tell_nothing(encoder, tmp_path, kept):
    few = {"greet": EXAMPLES["greet"], "return_item": EXAMPLES["return_item"]}
    assert open_wish_space(written(tmp_path / "nlu", few), encoder) is None
    assert open_wish_space(tmp_path / "nowhere", encoder) is None


def test_on_the_seen_pairs_wishes_tell_more_than_shared_words(encoder):
    """With the shop's own examples; the half that was kept unseen is for the report."""
    space = open_wish_space(PROJECT / "data" / "nlu", encoder)
    pairs = read_pairs("seen")
    same = np.array([pair["same"] for pair in pairs])
    by_wish = np.array([space.likeness(pair["first"], pair["then"]) for pair in pairs])
    by_words = np.array([shared_words(pair["first"], pair["then"]) for pair in pairs])
    assert ranked(by_wish, same) > 0.7 > ranked(by_words, same)
    assert np.mean((by_wish >= SAME_WISH) == same) >= 0.7
