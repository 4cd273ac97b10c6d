"""Comments that are read without a trained model: what the words say, by a table."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from switchboard.project import PROJECT as ROOT


def parsed(intent="nlu_fallback", confidence=0.9, level="calm", cause="", **more):
    """Parse data as the assistant's NLU makes it."""
    first = {"name": intent, "confidence": confidence}
    below = [{"name": more.pop("below"), "confidence": confidence}] if "below" in more else []
    mood = {"level": level, "negative": more.pop("negative", 0.0), "anger": 0.0}
    if cause:
        mood |= {"cause": cause, "detail": "'x'"}
    return {
        "intent": first,
        "intent_ranking": [first, *below],
        "intent_evidence": {"score": 0.9, "threshold": 0.4},
        "entities": more.pop("entities", []),
        "mood": mood,
        "language": more.pop("language", "en"),
    }


def switched_on(folder: Path, **changes) -> Path:
    """A copy of the shop's data with comments on, and other values in `comments.yml`."""
    if not (folder / "policy.yml").exists():
        for name in ("responses", "replies", "articles"):
            shutil.copytree(ROOT / "data" / name, folder / name)
        for path in (ROOT / "data").glob("*.yml"):
            shutil.copy(path, folder)
    raw = yaml.safe_load((ROOT / "data" / "comments.yml").read_text())
    raw["platforms"] = {"facebook": True, "instagram": True}
    for name, value in changes.items():
        raw[name] = {**raw[name], **value} if isinstance(value, dict) else value
    (folder / "comments.yml").write_text(yaml.safe_dump(raw, allow_unicode=True))
    return folder


@pytest.fixture
def shop_data(tmp_path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return switched_on(folder)
