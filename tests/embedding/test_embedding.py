"""Sentence vectors: the wheel's model, and any shop's own."""

import json

import numpy as np
import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, pre_tokenizers

from switchboard.embedding import prepared
from switchboard.embedding.encoder import Encoder, default_encoder
from switchboard.embedding.stored_vectors import encode_stored
from switchboard.errors import ConfigurationError

WIDTH, WIDE, LAYERS = 8, 16, 2
WORDS = ["[PAD]", "[UNK]", "where", "is", "my", "order", "query:"]


def tiny_model(folder, pooling="mean", prompt=""):
    """A BERT of eight dimensions with random weights, laid out as sentence-transformers does."""
    random = np.random.default_rng(7)

    def matrix(*shape):
        return random.normal(0, 0.3, shape).astype(np.float32)

    tensors = {
        "embeddings.word_embeddings.weight": matrix(len(WORDS), WIDTH),
        "embeddings.position_embeddings.weight": matrix(32, WIDTH),
        "embeddings.token_type_embeddings.weight": matrix(2, WIDTH),
        "embeddings.LayerNorm.weight": np.ones(WIDTH, np.float32),
        "embeddings.LayerNorm.bias": np.zeros(WIDTH, np.float32),
    }
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}"
        for name, shape in (
            ("attention.self.query", (WIDTH, WIDTH)),
            ("attention.self.key", (WIDTH, WIDTH)),
            ("attention.self.value", (WIDTH, WIDTH)),
            ("attention.output.dense", (WIDTH, WIDTH)),
            ("intermediate.dense", (WIDE, WIDTH)),
            ("output.dense", (WIDTH, WIDE)),
        ):
            tensors[f"{at}.{name}.weight"] = matrix(*shape)
            tensors[f"{at}.{name}.bias"] = matrix(shape[0])
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            tensors[f"{at}.{name}.weight"] = np.ones(WIDTH, np.float32)
            tensors[f"{at}.{name}.bias"] = np.zeros(WIDTH, np.float32)
    folder.mkdir()
    save_file(tensors, str(folder / "model.safetensors"))
    config = {
        "model_type": "bert",
        "hidden_size": WIDTH,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": 2,
        "layer_norm_eps": 1e-12,
    }
    (folder / "config.json").write_text(json.dumps(config))
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "1_Pooling").mkdir()
    said = {"pooling_mode_cls_token": pooling == "cls"}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(said))
    if prompt:
        prompts = {"prompts": {"query": prompt}}
        (folder / "config_sentence_transformers.json").write_text(json.dumps(prompts))
    return folder


def test_both_languages_share_one_space():
    texts = ["where is my order", "我的订单在哪里", "I want my money back", "今天天气真好"]
    order, in_chinese, money, weather = default_encoder().encode(texts)
    assert order @ in_chinese > max(order @ money, order @ weather)


def test_vectors_are_of_length_one_whatever_is_written():
    texts = ["", " ", "🙂", "a" * 100_000, "退货" * 5000, "\x00\u202e", "where is my order"]
    vectors = default_encoder().encode(texts)
    assert vectors.shape == (len(texts), default_encoder().size)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-4)


def test_a_sentence_has_the_same_vector_alone_and_among_others():
    encoder = default_encoder()
    texts = ["where is my order", "a much longer sentence that makes the others wait for it here"]
    together = encoder.encode(texts)
    assert np.allclose(together[0], encoder.encode(texts[:1])[0], atol=0.05)


def test_a_shops_own_model_is_taken_as_it_is(tmp_path):
    encoder = Encoder(tiny_model(tmp_path / "own"), tmp_path / "cache")
    vectors = encoder.encode(["where is my order", "my order", "where is my order"])
    assert encoder.size == WIDTH
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert np.allclose(vectors[0], vectors[2])
    assert not np.allclose(vectors[0], vectors[1])


def test_pooling_and_prompt_come_from_the_folder(tmp_path):
    text = ["where is my order"]
    mean, first, prompted = (
        Encoder(tiny_model(tmp_path / name, pooling, prompt), tmp_path / "cache").encode(text)
        for name, pooling, prompt in (("a", "mean", ""), ("b", "cls", ""), ("c", "mean", "query: "))
    )
    assert not np.allclose(mean, first)
    assert not np.allclose(mean, prompted)


def test_stored_vectors_are_computed_once(tmp_path):
    encoder = Encoder(tiny_model(tmp_path / "own"), tmp_path / "cache")
    first = encode_stored(encoder, ["my order", "my parcel"])
    encode_stored(encoder, ["my refund"])
    (file,) = (tmp_path / "cache").glob("texts-*.npz")
    before = file.stat().st_mtime_ns
    again = encode_stored(encoder, ["my parcel", "my order", "my refund"])
    assert np.array_equal(again[:2], first[::-1])
    assert file.stat().st_mtime_ns == before, "what was kept was encoded once more"
    file.write_bytes(b"broken")
    assert np.allclose(encode_stored(encoder, ["my order"]), first[:1], atol=0.02)


@pytest.mark.parametrize("broken", ["config.json", "model.safetensors"])
def test_a_folder_without_a_part_is_named(tmp_path, broken):
    folder = tiny_model(tmp_path / "own")
    (folder / broken).unlink()
    with pytest.raises(ConfigurationError, match="own"):
        Encoder(folder, tmp_path / "cache")


def test_another_architecture_is_refused(tmp_path):
    folder = tiny_model(tmp_path / "own")
    (folder / "config.json").write_text(json.dumps({"model_type": "t5"}))
    with pytest.raises(ConfigurationError, match="not a BERT"):
        Encoder(folder, tmp_path / "cache")


def test_a_wheel_with_other_weights_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(prepared, "WHEEL_SHA256", "0" * 64)
    with pytest.raises(ConfigurationError, match="not the model"):
        Encoder(None, tmp_path / "cache")
