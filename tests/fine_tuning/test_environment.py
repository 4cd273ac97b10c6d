"""The environment for training: its pins, what it is made by, and the whole way on a tiny model."""

import json
import random
import re
import shutil

import pytest

from switchboard.errors import ConfigurationError
from switchboard.fine_tuning.environment import (
    FOLDER,
    PINS,
    TRAINER,
    is_made,
    make_environment,
    train,
)


def test_all_is_pinned_and_no_index_named():
    lines = [line for line in PINS.read_text().splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines)
    assert {"torch", "transformers", "trl"} <= {line.partition("==")[0] for line in lines}


def test_the_trainer_needs_nothing_of_ours():
    assert "switchboard." not in TRAINER.read_text().replace("`switchboard ", "")


def test_without_uv_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigurationError, match="uv"):
        make_environment(folder=tmp_path / "made")


def test_what_cannot_be_made_leaves_nothing(tmp_path, monkeypatch):
    """A uv that makes an environment, and then finds no package."""
    fake = tmp_path / "bin" / "uv"
    fake.parent.mkdir()
    fake.write_text(
        '#!/bin/sh\n[ "$1" = venv ] && mkdir "$5" && exit 0\necho "no torch" >&2; exit 1\n'
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:/usr/bin:/bin")
    with pytest.raises(ConfigurationError, match="uv: no torch"):
        make_environment(folder=tmp_path / "made")
    assert not (tmp_path / "made").exists()
    assert not is_made(tmp_path / "made")
    with pytest.raises(ConfigurationError, match="--install"):
        train([], {}, tmp_path / "made")


@pytest.mark.long
@pytest.mark.skipif(not is_made(), reason="made by `switchboard learn fine-tune --install`")
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
    assert train(arguments, {"HOME": str(tmp_path)}, FOLDER) == 0
    report = json.loads((out / "report.json").read_text())
    assert report["supervised"]["loss"] < 0.8 * report["supervised"]["loss_before"]
    assert report["preferences"]["preferred_after"] > 0.8
    assert (out / "model.safetensors").exists()
    assert (out / "tokenizer.json").exists()
    assert not (tmp_path / ".model.part").exists()
    shutil.rmtree(out)
