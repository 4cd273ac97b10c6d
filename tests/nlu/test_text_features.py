import numpy as np
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import normalize

from switchboard.nlu.text_features import TextFeatures, word_terms
from switchboard.text.normal import normal_text

TEXTS = ["where is my order", "cancel order 0000 please", "don't cancel!!", "🙂 thanks", "我要退货"]


def test_rows_are_those_of_scikit_learn():
    features = TextFeatures().fit(TEXTS)
    texts = [*TEXTS, "order of something else", ""]
    words, chars = features._words.transform(texts), features._chars.transform(texts) * 0.9
    expected = normalize(sp.hstack([words, chars]).tocsr()).toarray()
    assert np.allclose(features.transform(texts).toarray(), expected, atol=1e-6)


def test_terms_are_words_pairs_and_marks():
    assert word_terms("我要退货 now!!") == ["我要", "退货", "now", "我要 退货", "退货 now", "!!"]


def test_a_stored_featurizer_gives_the_same_rows(tmp_path):
    features = TextFeatures(char_weight=0.5).fit(TEXTS)
    features.save(tmp_path, "f")
    loaded = TextFeatures.load(tmp_path, "f")
    assert (loaded.transform(TEXTS) != features.transform(TEXTS)).nnz == 0


@given(st.text(max_size=3000))
def test_any_text_is_bounded(text):
    features = TextFeatures().fit(TEXTS)
    row = features.transform([normal_text(text)])
    assert row.shape == (1, features.width)
    assert np.isfinite(row.data).all()
