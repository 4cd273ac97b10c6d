"""Vectors are kept from training to training."""

from __future__ import annotations

import numpy as np

from switchboard.embedding.stored_vectors import StoredVectors


class CountingEncoder:
    """A vector of letters; notes what it was asked for."""

    size = 2

    def __init__(self):
        self.asked = []

    def encode(self, texts, pieces):
        self.asked += texts
        return np.array([[len(text), 1.0] for text in texts], np.float32)


def test_a_text_is_encoded_once_also_after_a_restart(tmp_path):
    encoder, path = CountingEncoder(), tmp_path / "vectors.npz"
    stored = StoredVectors(encoder, path)
    first = stored.encode(["order", "parcel", "order"])
    stored.keep()
    again = StoredVectors(encoder, path).encode(["order", "refund"])
    assert encoder.asked == ["order", "parcel", "refund"]
    assert np.array_equal(first[0], again[0])


def test_what_is_no_longer_asked_for_is_not_kept(tmp_path):
    encoder, path = CountingEncoder(), tmp_path / "vectors.npz"
    for texts in (["order", "parcel"], ["order"], ["parcel"]):
        stored = StoredVectors(encoder, path)
        stored.encode(texts)
        stored.keep()
    assert encoder.asked == ["order", "parcel", "parcel"]


def test_a_broken_file_is_none(tmp_path):
    path = tmp_path / "vectors.npz"
    path.write_bytes(b"PK\x03\x04 not whole")
    stored = StoredVectors(CountingEncoder(), path)
    assert stored.encode(["order"]).shape == (1, 2)
    stored.keep()
    assert len(np.load(path)["keys"]) == 1
