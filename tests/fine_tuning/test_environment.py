"""The recipe for training in its own environment: the whole way on a tiny model."""

import json
import random
import shutil

import pytest

from switchboard.fine_tuning.environment import TRAINER, TRAINING, torch_options


def test_the_trainer_needs_nothing_of_ours():
    assert "switchboard." not in TRAINER.read_text().replace("`switchboard ", "")


def test_the_backend_is_uvs():
    assert torch_options("auto") == ["--torch-backend", "auto"]
    assert torch_options("default") == []


@pytest.mark.long
@pytest.mark.skipif(
    not TRAINING.is_made(), reason="made by `switchboard learn fine-tune --install`"
)
def test_a_tiny_model_learns(tmp_path):
    """The loss on held-out conversations falls, and the chosen answers come to be preferred."""
    answers = {
        "where is my order [number]": "It is on its way.",
        "can I wash the board": "No, wash it by hand.",
        "砧板可以放洗碗机吗": "不可以，请手洗。",
    }
    chance, texts = random.Random(1), list(answers)
    supervised = (tmp_path / "supervised.jsonl").open("w")
    preferences = (tmp_path / "preferences.jsonl").open("w")
    with supervised, preferences:
        for talk in range(150):
            text = chance.choice(texts)
            row = {"talk": talk, "prompt": [{"role": "user", "content": text}]}
            good = [{"role": "assistant", "content": answers[text]}]
            bad = [{"role": "assistant", "content": "Please ask again."}]
            supervised.write(json.dumps({**row, "completion": good}) + "\n")
            preferences.write(json.dumps({**row, "chosen": good, "rejected": bad}) + "\n")
    out = tmp_path / "model"
    arguments = ["--data", str(tmp_path), "--out", str(out), "--epochs", "1"]
    assert TRAINING.run(TRAINER, arguments, {"HOME": str(tmp_path)}) == 0
    report = json.loads((out / "report.json").read_text())
    assert report["supervised"]["loss"] < 0.8 * report["supervised"]["loss_before"]
    assert report["preferences"]["preferred_after"] > 0.8
    assert (out / "model.safetensors").exists()
    assert (out / "tokenizer.json").exists()
    assert not (tmp_path / ".model.part").exists()
    shutil.rmtree(out)
