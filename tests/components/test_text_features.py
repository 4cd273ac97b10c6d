import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import normalize

from components.text_features import TextFeatures, normal_text

TEXTS = ["where is my order", "cancel order 0000 please", "don't cancel!!", "🙂 thanks"]


def test_rows_are_those_of_scikit_learn():
    features = TextFeatures().fit(TEXTS)
    texts = [*TEXTS, "order of something else", ""]
    words, chars = features._words.transform(texts), features._chars.transform(texts) * 0.9
    expected = normalize(sp.hstack([words, chars]).tocsr()).toarray()
    assert np.allclose(features.transform(texts).toarray(), expected, atol=1e-6)


def test_a_stored_featurizer_gives_the_same_rows(tmp_path):
    features = TextFeatures(char_weight=0.5).fit(TEXTS)
    features.save(tmp_path, "f")
    loaded = TextFeatures.load(tmp_path, "f")
    assert (loaded.transform(TEXTS) != features.transform(TEXTS)).nnz == 0


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("WHERE is 4711??", "where is 0000??"),
        ("sooooo late", "soo late"),
        ("mail a.b@example.com now", "mail  emailaddress  now"),
        ("see https://x.example/y?z", "see  link"),
        ("#refund", "refund"),
        ("don’t", "don't"),
    ],
)
def test_normalising(text, normal):
    assert normal_text(text) == normal


@given(st.text(max_size=3000))
def test_any_text_is_bounded(text):
    features = TextFeatures().fit(TEXTS)
    row = features.transform([normal_text(text)])
    assert row.shape == (1, features.width)
    assert np.isfinite(row.data).all()
