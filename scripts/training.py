"""Train when anything that matters changed: data, domain, pipeline, components, packages."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODELS = ROOT / "models"
STAMP = MODELS / ".trained-from"
_FOLDERS = (
    "data/nlu",
    "data/rules",
    "data/stories",
    "data/responses",
    "components",
    "switchboard/embedding",
    "switchboard/reading",
)
_FILES = ("domain.yml", "config.yml", "requirements.txt")


def fingerprint() -> str:
    """A checksum over everything that a model is made from."""
    paths = [ROOT / name for name in _FILES]
    for folder in _FOLDERS:
        paths += [p for p in (ROOT / folder).rglob("*") if p.suffix in (".yml", ".py")]
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def newest_model() -> Path | None:
    """The model that Rasa would load."""
    found = sorted(MODELS.glob("*.tar.gz"), key=lambda p: p.stat().st_mtime)
    return found[-1] if found else None


def fresh() -> bool:
    """Whether the newest model was made from the present files."""
    newest = newest_model()
    try:
        return newest is not None and STAMP.read_text() == f"{newest.name} {fingerprint()}"
    except OSError:
        return False


def rasa_environment() -> dict[str, str]:
    """The environment for Rasa's commands: no telemetry, no TensorFlow chatter."""
    quiet = {
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONWARNINGS": "ignore",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    }
    return {**os.environ, **quiet}


def train(force: bool = False) -> int:
    """Train if needed; Rasa's exit code."""
    if fresh() and not force:
        return 0
    wanted = fingerprint()
    rasa = Path(sys.executable).parent / "rasa"
    print("Training the model (about a minute) ...", flush=True)
    done = subprocess.run(
        [rasa, "train", "--force", "--out", "models"], cwd=ROOT, env=rasa_environment()
    )
    newest = newest_model()
    if done.returncode != 0 or newest is None:
        print("switchboard: training failed", file=sys.stderr)
        return done.returncode or 1
    STAMP.write_text(f"{newest.name} {wanted}")
    for old in MODELS.glob("*.tar.gz"):
        if old != newest:
            old.unlink()
    return 0


if __name__ == "__main__":
    raise SystemExit(train("--force" in sys.argv))
